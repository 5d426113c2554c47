/* A suite a tenant, a case a rule. A tenant that was not audited is one case that is an error: a
 * missing tenant must not look like one without findings. */
#include "base/digest.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/timex.h"
#include "escape.h"
#include "junit.h"
#include "reports/rollup.h"
#include "rollup_formats.h"
#include "xmlout.h"

#include <stdlib.h>
#include <string.h>

enum { HASH_CHARS = 8 };

static enum junit_kind kind_of(const struct rollup_cell *c)
{
    static const enum junit_kind kinds[OUTCOME_COUNT] = {
        [OUTCOME_ERROR] = JUNIT_ERROR,
        [OUTCOME_FAIL] = JUNIT_FAILURE,
        [OUTCOME_NOT_EVALUATED] = JUNIT_ERROR,
        [OUTCOME_MANUAL] = JUNIT_SKIPPED,
        [OUTCOME_WAIVED] = JUNIT_SKIPPED,
        [OUTCOME_PASS] = JUNIT_PASS,
        [OUTCOME_NOT_APPLICABLE] = JUNIT_SKIPPED,
    };

    if (c->outcome == OUTCOME_NOT_EVALUATED && c->reason == REASON_LICENCE)
        return JUNIT_SKIPPED;
    return kinds[c->outcome];
}

/* The start of the name's SHA-256, for names that are more than their slug: "A" and "a" are two. */
static char *with_hash(const char *slug, const char *name)
{
    char hex[SHA256_HEX_BYTES];
    struct digest *d = digest_new();

    digest_add(d, name, strlen(name));
    digest_finish(d, hex);
    return xasprintf("%s-%.*s", slug, HASH_CHARS, hex);
}

static char *slug_of(const char *name)
{
    char *slug = junit_slug(name);
    char *out;

    if (str_eq(slug, name))
        return slug;
    out = with_hash(slug, name);
    free(slug);
    return out;
}

static void start_suite(struct xmlout *x, const struct rollup_tenant *t, const char *slug,
                        size_t id)
{
    size_t kinds[4] = {0}; /* by enum junit_kind */
    char when[TIME_TEXT_BYTES];
    int64_t ms = 0;

    for (size_t i = 0; i < t->n; i++)
        kinds[kind_of(&t->cells[i])]++;
    if (t->collected == NULL || !time_parse(t->collected, &ms))
        ms = 0;
    (void)time_format(ms, when);
    when[strcspn(when, "Z")] = '\0'; /* Ant's schema takes no zone */
    xo_start(x, "testsuite");
    xo_attrf(x, "id", "%zu", id);
    xo_attr(x, "package", "fleet");
    xo_attr(x, "name", slug);
    xo_attr(x, "timestamp", when);
    xo_attr(x, "hostname", "graphaudit");
    xo_attrf(x, "tests", "%zu", t->n + (t->why != NULL));
    xo_attrf(x, "failures", "%zu", kinds[JUNIT_FAILURE]);
    xo_attrf(x, "errors", "%zu", kinds[JUNIT_ERROR] + (t->why != NULL));
    xo_attrf(x, "skipped", "%zu", kinds[JUNIT_SKIPPED]);
    xo_attr(x, "time", "0.000");
    xo_start(x, "properties");
    junit_property(x, "tenant.name", t->name);
    junit_property(x, "tenant.id", t->id != NULL ? t->id : "not read");
    xo_end(x);
}

static void start_case(struct xmlout *x, const char *slug, const char *part, const char *name)
{
    struct buf line;

    buf_init(&line, LIMIT_REPORT_TEXT_BYTES);
    escape_line(&line, name, JUNIT_MESSAGE_CHARS);
    xo_start(x, "testcase");
    xo_attrf(x, "classname", "%s.%s", slug, part);
    xo_attr(x, "name", line.p);
    xo_attr(x, "time", "0.000");
    buf_release(&line);
}

static void verdict(struct xmlout *x, const char *element, const char *type, const char *text)
{
    struct buf line;

    buf_init(&line, LIMIT_REPORT_TEXT_BYTES);
    escape_line(&line, text, JUNIT_MESSAGE_CHARS);
    xo_start(x, element);
    if (type != NULL)
        xo_attr(x, "type", type);
    xo_attr(x, "message", line.p);
    xo_text(x, line.p);
    xo_end(x);
    buf_release(&line);
}

/* The same words as in a tenant's own report. */
static char *type_of(const struct rollup_cell *c)
{
    const char *reason = reason_name((enum reason)c->reason);

    if (c->outcome == OUTCOME_FAIL)
        return xstrdup(severity_name((enum severity)c->severity));
    if (c->outcome == OUTCOME_ERROR)
        return xstrdup("internal");
    return xasprintf("not_evaluated.%s", reason != NULL ? reason : "unknown");
}

static char *headline(const struct rollup_rule *rule, const struct rollup_cell *c)
{
    char *failing = xasprintf("%u failing resources", c->fail);
    char *line =
        junit_headline(rule->id, (enum outcome)c->outcome, (enum severity)c->severity,
                       (enum reason)c->reason, c->outcome == OUTCOME_FAIL ? failing : rule->title);

    free(failing);
    return line;
}

static void put_rule(struct xmlout *x, const char *slug, const struct rollup_rule *rule,
                     const struct rollup_cell *c)
{
    static const char *const elements[] = {
        [JUNIT_FAILURE] = "failure", [JUNIT_ERROR] = "error", [JUNIT_SKIPPED] = "skipped"};
    const enum junit_kind kind = kind_of(c);
    char *name = xasprintf("%s %s", rule->id, rule->title);
    char *text = headline(rule, c);
    char *type = type_of(c);

    start_case(x, slug, rule->service, name);
    if (kind != JUNIT_PASS)
        verdict(x, elements[kind], kind != JUNIT_SKIPPED ? type : NULL, text);
    xo_end(x);
    free(type);
    free(text);
    free(name);
}

static void put_tenant(struct xmlout *x, const struct rollup *r, size_t id)
{
    const struct rollup_tenant *t = rollup_tenant_at(r, id);
    char *slug = slug_of(t->name);
    char *why =
        xasprintf("NOT_EVALUATED %s was not audited: %s", t->name, t->why != NULL ? t->why : "");

    start_suite(x, t, slug, id);
    if (t->why != NULL) {
        start_case(x, slug, "run", "tenant audited");
        verdict(x, "error", "not_evaluated.not_collected", why);
        xo_end(x);
    }
    for (size_t i = 0; i < t->n; i++)
        put_rule(x, slug, rollup_rule_at(r, t->cells[i].rule), &t->cells[i]);
    xo_elem(x, "system-out", NULL);
    xo_elem(x, "system-err", NULL);
    xo_end(x);
    free(why);
    free(slug);
}

enum err_code rollup_junit_write(const struct rollup *r, const char *base, FILE *f, struct err *e)
{
    struct xmlout x;

    (void)base;
    if (xmlout_open(&x, f, XMLOUT_XML, e) != ERR_OK)
        return e->code;
    xo_start(&x, "testsuites");
    for (size_t i = 0; i < rollup_tenant_count(r); i++)
        put_tenant(&x, r, i);
    return xmlout_close(&x, e);
}
