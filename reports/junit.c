/* JUnit XML in the dialect that both schemas in use accept (Jenkins' xUnit plugin junit-10.xsd and
 * Ant's JUnit.xsd): see reports/README.md. Written as a stream; the counts come first, from the
 * model. The extended dialect adds totals, and what junit_case.c says. */
#include "junit.h"
#include "formats.h"

#include "base/limits.h"
#include "base/mem.h"
#include "reports/report.h"
#include "xmlout.h"

#include <stdlib.h>
#include <string.h>

struct counts {
    size_t tests, failures, errors, skipped;
};
struct suite {
    char *service;
    size_t first, count; /* rules */
    struct counts n;
};

/* The whole report before it is written. */
struct plan {
    struct suite *suites;
    size_t n;
    size_t *own; /* of each rule: failing resources that get a case of their own */
    struct junit_cases run;
    struct counts all;
};

char *junit_slug(const char *name)
{
    char *slug = str_slug(name);

    if (slug[0] != '\0')
        return slug;
    free(slug);
    return xstrdup("tenant");
}

/* What --tenant was given: always there, and the same in every run of a pipeline. */
static char *tenant_slug(const struct report_model *m)
{
    return junit_slug(m->tenant_domain != NULL ? m->tenant_domain
                      : m->tenant_id != NULL   ? m->tenant_id
                                               : "tenant");
}

/* ---- what will be written ---- */

static void count_kind(struct counts *c, enum junit_kind kind)
{
    c->tests++;
    c->failures += kind == JUNIT_FAILURE;
    c->errors += kind == JUNIT_ERROR;
    c->skipped += kind == JUNIT_SKIPPED;
}

static enum err_code count_row(void *ctx, const struct report_row *row, struct err *e)
{
    (void)row;
    (void)e;
    ++*(size_t *)ctx;
    return ERR_OK;
}

/* In the order of the report, as far as --junit-max-cases goes. */
static enum err_code plan_resources(const struct junit_writer *w, struct plan *p, struct err *e)
{
    const struct report_model *m = w->m;
    size_t left = w->o->junit_by == JUNIT_BY_RESOURCE ? w->o->junit_max_cases : 0;
    enum err_code code = ERR_OK;

    p->own = xcalloc(m->rule_count > 0 ? m->rule_count : 1, sizeof *p->own);
    for (size_t i = 0; code == ERR_OK && left > 0 && i < m->rule_count; i++) {
        if (m->rules[i].outcome != OUTCOME_FAIL)
            continue;
        code = report_rows_each(m, m->rules[i].id, "fail", left, count_row, &p->own[i], e);
        left -= p->own[i];
    }
    return code;
}

static void plan_suite(const struct junit_writer *w, struct plan *p, const char *service)
{
    const struct report_model *m = w->m;
    struct suite *s;

    p->suites = xreallocarray(p->suites, p->n + 1, sizeof *p->suites);
    s = &p->suites[p->n];
    memset(s, 0, sizeof *s);
    s->first = p->n > 0 ? p->suites[p->n - 1].first + p->suites[p->n - 1].count : 0;
    s->service = junit_slug(service);
    for (size_t i = 0; p->n == 0 && i < p->run.n; i++)
        count_kind(&s->n, p->run.v[i].kind);
    for (size_t i = s->first; i < m->rule_count && str_eq(m->rules[i].service, service); i++) {
        s->count++;
        count_kind(&s->n, junit_kind(&m->rules[i], w->o));
        s->n.tests += p->own[i];
        s->n.failures += p->own[i];
    }
    p->all.tests += s->n.tests;
    p->all.failures += s->n.failures;
    p->all.errors += s->n.errors;
    p->all.skipped += s->n.skipped;
    p->n++;
}

/* Rules are sorted by service, with `run` first: one pass, one suite a service. */
static enum err_code make_plan(const struct junit_writer *w, struct plan *p, struct err *e)
{
    const struct report_model *m = w->m;
    enum err_code code = plan_resources(w, p, e);
    size_t at = 0;

    if (code != ERR_OK)
        return code;
    junit_run_cases(m, w->o, &p->run);
    do {
        plan_suite(w, p, p->n == 0 ? "run" : m->rules[at].service);
        at = p->suites[p->n - 1].first + p->suites[p->n - 1].count;
    } while (at < m->rule_count);
    return ERR_OK;
}

static void release_plan(struct plan *p)
{
    for (size_t i = 0; i < p->n; i++)
        free(p->suites[i].service);
    free(p->suites);
    free(p->own);
    junit_cases_release(&p->run);
}

/* ---- writing ---- */

static void property_count(struct xmlout *x, const char *prefix, const char *name, size_t n)
{
    xo_start(x, "property");
    xo_attrf(x, "name", "%s%s", prefix, name);
    xo_attrf(x, "value", "%zu", n);
    xo_end(x);
}

static void write_properties(struct junit_writer *w)
{
    const struct report_model *m = w->m;
    struct xmlout *x = w->x;
    char *sittings = report_sittings_text(m);
    char *redacted = report_redacted_kinds(m);

    xo_start(x, "properties");
    junit_property(x, "schema", "1");
    xo_start(x, "property");
    xo_attr(x, "name", "tool");
    xo_attrf(x, "value", "graphaudit %s",
             m->evaluator_version != NULL ? m->evaluator_version : m->tool_version);
    xo_end(x);
    junit_property(x, "tenant.id", m->tenant_id != NULL ? m->tenant_id : "not read");
    junit_property(x, "snapshot.digest", m->digest != NULL ? m->digest : "not sealed");
    if (sittings != NULL)
        junit_property(x, "snapshot.sittings", sittings);
    free(sittings);
    if (m->redacted != 0)
        junit_property(x, "redacted", redacted);
    free(redacted);
    junit_property(x, "rules.digest", m->rules_digest != NULL ? m->rules_digest : "not evaluated");
    junit_property(x, "as_of", m->as_of != NULL ? m->as_of : "not evaluated");
    property_count(x, "coverage.", "rules", m->rule_count);
    property_count(x, "coverage.", "judged", report_judged(m));
    property_count(x, "coverage.", "not_judged", report_unjudged(m));
    for (size_t i = 0; i < OUTCOME_COUNT; i++)
        property_count(x, "count.", outcome_name((enum outcome)i), m->outcomes[i]);
    xo_end(x);
}

static void write_counts(struct xmlout *x, const struct counts *n)
{
    xo_attrf(x, "tests", "%zu", n->tests);
    xo_attrf(x, "failures", "%zu", n->failures);
    xo_attrf(x, "errors", "%zu", n->errors);
    xo_attrf(x, "skipped", "%zu", n->skipped);
    xo_attr(x, "time", "0.000"); /* times of a run are no property of the snapshot */
}

static void start_suite(struct junit_writer *w, size_t id, const struct suite *s)
{
    struct xmlout *x = w->x;

    xo_start(x, "testsuite");
    xo_attrf(x, "id", "%zu", id);
    xo_attr(x, "package", w->slug);
    xo_attr(x, "name", s->service);
    xo_attr(x, "timestamp", w->timestamp);
    xo_attr(x, "hostname", "graphaudit");
    write_counts(x, &s->n);
    write_properties(w);
}

struct resources {
    struct junit_writer *w;
    const char *service;
    const struct report_rule *r;
};

static enum err_code put_resource(void *ctx, const struct report_row *row, struct err *e)
{
    struct resources *to = ctx;

    (void)e;
    junit_put_resource(to->w, to->service, to->r, row);
    return ERR_OK;
}

static enum err_code write_suite(struct junit_writer *w, const struct plan *p, size_t id,
                                 struct err *e)
{
    const struct suite *s = &p->suites[id];
    enum err_code code = ERR_OK;

    start_suite(w, id, s);
    for (size_t i = 0; id == 0 && i < p->run.n; i++)
        junit_put_run_case(w, s->service, &p->run.v[i]);
    for (size_t i = s->first; code == ERR_OK && i < s->first + s->count; i++) {
        const struct report_rule *r = &w->m->rules[i];
        struct resources to = {w, s->service, r};

        code = junit_put_rule(w, s->service, r, p->own[i], e);
        if (code == ERR_OK && p->own[i] > 0)
            code = report_rows_each(w->m, r->id, "fail", p->own[i], put_resource, &to, e);
    }
    xo_elem(w->x, "system-out", NULL);
    xo_elem(w->x, "system-err", NULL);
    xo_end(w->x);
    return code;
}

static enum err_code write_suites(struct junit_writer *w, struct err *e)
{
    struct plan p = {NULL, 0, NULL, {NULL, 0}, {0, 0, 0, 0}};
    enum err_code code = make_plan(w, &p, e);

    xo_start(w->x, "testsuites");
    if (w->o->junit_dialect == JUNIT_EXTENDED) {
        xo_attr(w->x, "name", "graphaudit");
        write_counts(w->x, &p.all);
    }
    for (size_t i = 0; code == ERR_OK && i < p.n; i++)
        code = write_suite(w, &p, i, e);
    release_plan(&p);
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
    struct junit_writer w = {.m = &m, .o = o, .x = &x};
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
