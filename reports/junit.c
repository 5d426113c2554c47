/* JUnit XML in the dialect that both schemas in use accept (Jenkins' xUnit plugin junit-10.xsd and
 * Ant's JUnit.xsd): see reports/README.md. Written as a stream; the counts come first, from the
 * model. */
#include "junit.h"
#include "formats.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/timex.h"
#include "escape.h"
#include "reports/report.h"
#include "xmlout.h"

#include <stdlib.h>
#include <string.h>

struct suite {
    const char *service;
    size_t first, count; /* rules */
    size_t tests, failures, errors, skipped;
};

struct writer {
    const struct report_model *m;
    const struct report_options *o;
    struct xmlout *x;
    char *slug; /* of the tenant */
    char timestamp[TIME_TEXT_BYTES];
    struct strlist names; /* every class and name, to prove them unique */
};

/* [a-z0-9-]+: Jenkins splits a class name at its last dot. */
static char *slug_of(const char *s)
{
    char *slug = str_lower(s);
    size_t n = 0;

    for (const char *p = slug; *p != '\0'; p++) {
        bool word = (*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9');

        if (word)
            slug[n++] = *p;
        else if (n > 0 && slug[n - 1] != '-')
            slug[n++] = '-';
    }
    while (n > 0 && slug[n - 1] == '-')
        n--;
    slug[n] = '\0';
    if (n > 0)
        return slug;
    free(slug);
    return xstrdup("tenant");
}

/* What --tenant was given: always there, and the same in every run of a pipeline. */
static char *tenant_slug(const struct report_model *m)
{
    return slug_of(m->tenant_domain != NULL ? m->tenant_domain
                   : m->tenant_id != NULL   ? m->tenant_id
                                            : "tenant");
}

static void count_kind(struct suite *s, enum junit_kind kind)
{
    s->tests++;
    s->failures += kind == JUNIT_FAILURE;
    s->errors += kind == JUNIT_ERROR;
    s->skipped += kind == JUNIT_SKIPPED;
}

static void property(struct xmlout *x, const char *name, const char *value)
{
    xo_start(x, "property");
    xo_attr(x, "name", name);
    xo_attr(x, "value", value != NULL ? value : "");
    xo_end(x);
}

static void property_count(struct xmlout *x, const char *prefix, const char *name, size_t n)
{
    xo_start(x, "property");
    xo_attrf(x, "name", "%s%s", prefix, name);
    xo_attrf(x, "value", "%zu", n);
    xo_end(x);
}

static void write_properties(struct writer *w)
{
    const struct report_model *m = w->m;
    struct xmlout *x = w->x;

    xo_start(x, "properties");
    property(x, "schema", "1");
    xo_start(x, "property");
    xo_attr(x, "name", "tool");
    xo_attrf(x, "value", "graphaudit %s",
             m->evaluator_version != NULL ? m->evaluator_version : m->tool_version);
    xo_end(x);
    property(x, "tenant.id", m->tenant_id != NULL ? m->tenant_id : "not read");
    property(x, "snapshot.digest", m->digest != NULL ? m->digest : "not sealed");
    property(x, "rules.digest", m->rules_digest != NULL ? m->rules_digest : "not evaluated");
    property(x, "as_of", m->as_of != NULL ? m->as_of : "not evaluated");
    property_count(x, "coverage.", "rules", m->rule_count);
    property_count(x, "coverage.", "judged", report_judged(m));
    property_count(x, "coverage.", "not_judged", report_unjudged(m));
    for (size_t i = 0; i < OUTCOME_COUNT; i++)
        property_count(x, "count.", outcome_name((enum outcome)i), m->outcomes[i]);
    xo_end(x);
}

static void start_case(struct writer *w, const char *service, const char *name)
{
    struct buf line;
    char *class = xasprintf("%s.%s", w->slug, service);
    char *key;

    buf_init(&line, LIMIT_REPORT_TEXT_BYTES);
    escape_line(&line, name, JUNIT_MESSAGE_CHARS);
    key = xasprintf("%s %s", class, line.p);
    strlist_add(&w->names, key);
    xo_start(w->x, "testcase");
    xo_attr(w->x, "classname", class);
    xo_attr(w->x, "name", line.p);
    xo_attr(w->x, "time", "0.000");
    free(key);
    free(class);
    buf_release(&line);
}

/* GitLab shows only the content, Azure only the message: so the body repeats the message. */
static void verdict(struct writer *w, enum junit_kind kind, const char *type, const char *body)
{
    static const char *const elements[] = {
        [JUNIT_FAILURE] = "failure", [JUNIT_ERROR] = "error", [JUNIT_SKIPPED] = "skipped"};
    struct buf line;
    const char *end = strchr(body, '\n');
    char *first = end != NULL ? xstrndup(body, (size_t)(end - body)) : xstrdup(body);

    if (kind != JUNIT_PASS) {
        buf_init(&line, LIMIT_REPORT_TEXT_BYTES);
        escape_line(&line, first, JUNIT_MESSAGE_CHARS);
        xo_start(w->x, elements[kind]);
        if (type != NULL && kind != JUNIT_SKIPPED)
            xo_attr(w->x, "type", type);
        xo_attr(w->x, "message", line.p);
        xo_text(w->x, body);
        xo_end(w->x);
        buf_release(&line);
    }
    free(first);
}

static enum err_code write_rule(struct writer *w, const char *service, const struct report_rule *r,
                                struct err *e)
{
    enum junit_kind kind = junit_kind(r);
    enum err_code code = ERR_OK;
    char *name = xasprintf("%s %s", r->id, r->title);
    char *type;
    struct buf body;

    if (r->outcome == OUTCOME_FAIL)
        type = xstrdup(severity_name(r->severity));
    else if (r->outcome == OUTCOME_ERROR)
        type = xstrdup("internal");
    else
        type = xasprintf("not_evaluated.%s",
                         r->reason != REASON_NONE ? reason_name(r->reason) : "unknown");
    buf_init(&body, LIMIT_REPORT_TEXT_BYTES);
    if (kind != JUNIT_PASS)
        code = junit_body(w->m, w->o, r, &body, e);
    start_case(w, service, name);
    verdict(w, kind, type, body.p);
    xo_end(w->x);
    buf_release(&body);
    free(type);
    free(name);
    return code;
}

static void start_suite(struct writer *w, size_t id, const char *service, const struct suite *s)
{
    struct xmlout *x = w->x;

    xo_start(x, "testsuite");
    xo_attrf(x, "id", "%zu", id);
    xo_attr(x, "package", w->slug);
    xo_attr(x, "name", service);
    xo_attr(x, "timestamp", w->timestamp);
    xo_attr(x, "hostname", "graphaudit");
    xo_attrf(x, "tests", "%zu", s->tests);
    xo_attrf(x, "failures", "%zu", s->failures);
    xo_attrf(x, "errors", "%zu", s->errors);
    xo_attrf(x, "skipped", "%zu", s->skipped);
    xo_attr(x, "time", "0.000"); /* times of a run are no property of the snapshot */
    write_properties(w);
}

static enum err_code write_suite(struct writer *w, size_t id, struct suite *s,
                                 const struct junit_cases *run, struct err *e)
{
    char *service = slug_of(s->service);
    enum err_code code = ERR_OK;

    for (size_t i = 0; run != NULL && i < run->n; i++)
        count_kind(s, run->v[i].kind);
    for (size_t i = 0; i < s->count; i++)
        count_kind(s, junit_kind(&w->m->rules[s->first + i]));
    start_suite(w, id, service, s);
    for (size_t i = 0; run != NULL && i < run->n; i++) {
        const struct junit_case *c = &run->v[i];

        start_case(w, service, c->name);
        verdict(w, c->kind, c->type, c->message != NULL ? c->message : "");
        xo_end(w->x);
    }
    for (size_t i = 0; code == ERR_OK && i < s->count; i++)
        code = write_rule(w, service, &w->m->rules[s->first + i], e);
    xo_elem(w->x, "system-out", NULL);
    xo_elem(w->x, "system-err", NULL);
    xo_end(w->x);
    free(service);
    return code;
}

/* Rules are sorted by service, with `run` first: one pass, one suite a service. */
static enum err_code write_suites(struct writer *w, struct err *e)
{
    const struct report_model *m = w->m;
    struct junit_cases run;
    enum err_code code = ERR_OK;
    size_t at = 0;

    junit_run_cases(m, &run);
    for (size_t id = 0; code == ERR_OK && (id == 0 || at < m->rule_count); id++) {
        struct suite s = {.service = id == 0 ? "run" : m->rules[at].service, .first = at};

        while (at < m->rule_count && str_eq(m->rules[at].service, s.service))
            at++;
        s.count = at - s.first;
        code = write_suite(w, id, &s, id == 0 ? &run : NULL, e);
    }
    junit_cases_release(&run);
    return code;
}

/* GitLab drops a second case of the same name in silence, Jenkins renames it. */
static enum err_code check_unique(struct strlist *names, struct err *e)
{
    size_t n = names->n;

    strlist_sort_unique(names);
    if (names->n != n)
        return err_set(e, ERR_STORE, "two test cases of the JUnit report have the same name");
    return ERR_OK;
}

enum err_code junit_write(struct store *s, const struct report_options *o, FILE *f, struct err *e)
{
    struct report_model m;
    struct xmlout x;
    struct writer w = {.m = &m, .o = o, .x = &x};
    int64_t ms = 0;
    enum err_code code = report_model_load(s, &m, e);

    if (code == ERR_OK)
        code = xmlout_open(&x, f, XMLOUT_XML, e);
    if (code == ERR_OK) {
        w.slug = tenant_slug(&m);
        if (!time_parse(m.finished_at != NULL ? m.finished_at : m.started_at, &ms))
            ms = 0;
        (void)time_format(ms, w.timestamp);
        w.timestamp[strcspn(w.timestamp, "Z")] = '\0'; /* Ant's schema takes no zone */
        xo_start(&x, "testsuites");
        code = write_suites(&w, e);
        if (xmlout_close(&x, e) != ERR_OK)
            code = e->code;
    }
    if (code == ERR_OK)
        code = check_unique(&w.names, e);
    strlist_release(&w.names);
    free(w.slug);
    report_model_release(&m);
    return code;
}
