/* The cases of the JUnit report. The extended dialect adds what no schema allows and several
 * consumers read: a case's properties, the rule file, and the steps of the repair. */
#include "base/digest.h"
#include "base/limits.h"
#include "base/mem.h"
#include "escape.h"
#include "junit.h"
#include "reports/report.h"
#include "xmlout.h"

#include <stdlib.h>
#include <string.h>

enum { ID_CHARS = 120, HASH_CHARS = 8 };

void junit_property(struct xmlout *x, const char *name, const char *value)
{
    xo_start(x, "property");
    xo_attr(x, "name", name);
    xo_attr(x, "value", value != NULL ? value : "");
    xo_end(x);
}

static bool is_extended(const struct junit_writer *w)
{
    return w->o->junit_dialect == JUNIT_EXTENDED;
}

static void start_case(struct junit_writer *w, const char *service, const char *name)
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
static void verdict(struct junit_writer *w, enum junit_kind kind, const char *type,
                    const char *body)
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

void junit_put_run_case(struct junit_writer *w, const char *service, const struct junit_case *c)
{
    start_case(w, service, c->name);
    verdict(w, c->kind, c->type, c->message != NULL ? c->message : "");
    xo_end(w->x);
}

/* ---- the extended dialect ---- */

static void put_file(struct junit_writer *w, const struct report_rule *r)
{
    char *uri;

    if (!is_extended(w))
        return;
    uri = escape_rule_uri(r->file);
    xo_attr(w->x, "file", uri);
    xo_attr(w->x, "line", "1");
    free(uri);
}

static void put_properties(struct junit_writer *w, const struct report_rule *r,
                           const struct report_row *row)
{
    struct xmlout *x = w->x;
    char *version = xasprintf("%lld", (long long)r->version);

    if (is_extended(w)) {
        xo_start(x, "properties");
        junit_property(x, "rule", r->id);
        junit_property(x, "rule.version", version);
        junit_property(x, "severity", severity_name(r->severity));
        if (row == NULL) {
            junit_property(x, "outcome", outcome_name(r->outcome));
            if (r->reason != REASON_NONE)
                junit_property(x, "reason_code", reason_name(r->reason));
        } else {
            junit_property(x, "resource.id", row->resource_id);
            junit_property(x, "resource.name", row->resource_name);
            if (row->baseline != NULL)
                junit_property(x, "baseline", row->baseline);
        }
        xo_end(x);
    }
    free(version);
}

static void put_help(struct junit_writer *w, const struct report_rule *r)
{
    struct buf b;

    if (!is_extended(w) || r->outcome != OUTCOME_FAIL)
        return;
    buf_init(&b, LIMIT_REPORT_TEXT_BYTES);
    junit_help(r, &b);
    if (b.n > 0)
        xo_elem(w->x, "system-out", b.p);
    buf_release(&b);
}

/* ---- rules and resources ---- */

static char *type_of(const struct report_rule *r)
{
    if (r->outcome == OUTCOME_FAIL || r->outcome == OUTCOME_WAIVED)
        return xstrdup(severity_name(r->severity));
    if (r->outcome == OUTCOME_ERROR)
        return xstrdup("internal");
    return xasprintf("not_evaluated.%s",
                     r->reason != REASON_NONE ? reason_name(r->reason) : "unknown");
}

enum err_code junit_put_rule(struct junit_writer *w, const char *service,
                             const struct report_rule *r, size_t own, struct err *e)
{
    enum junit_kind kind = junit_kind(r, w->o);
    enum err_code code = ERR_OK;
    char *name = w->o->junit_name_is_id ? xstrdup(r->id) : xasprintf("%s %s", r->id, r->title);
    char *type = type_of(r);
    struct buf body;

    buf_init(&body, LIMIT_REPORT_TEXT_BYTES);
    if (kind != JUNIT_PASS)
        code = junit_body(w, r, own, &body, e);
    start_case(w, service, name);
    put_file(w, r);
    put_properties(w, r, NULL);
    verdict(w, kind, type, body.p);
    put_help(w, r);
    xo_end(w->x);
    buf_release(&body);
    free(type);
    free(name);
    return code;
}

/* "<rule id>: <resource id>": ids do not change when somebody renames a mailbox, and the colon
 * keeps a resource from taking the name of its rule's case. An id that does not stand there letter
 * by letter also has its digest: two stay two. */
static char *resource_name(const struct report_rule *r, const struct report_row *row)
{
    char hex[SHA256_HEX_BYTES];
    struct buf line;
    char *name;

    buf_init(&line, LIMIT_REPORT_TEXT_BYTES);
    escape_line(&line, row->resource_id, ID_CHARS);
    if (str_eq(line.p, row->resource_id)) {
        name = xasprintf("%s: %s", r->id, line.p);
    } else {
        sha256_hex(row->resource_id, strlen(row->resource_id), hex);
        name = xasprintf("%s: %s (%.*s)", r->id, line.p, (int)HASH_CHARS, hex);
    }
    buf_release(&line);
    return name;
}

void junit_put_resource(struct junit_writer *w, const char *service, const struct report_rule *r,
                        const struct report_row *row)
{
    char *name = resource_name(r, row);
    struct buf body;

    buf_init(&body, LIMIT_REPORT_TEXT_BYTES);
    junit_resource_body(w->o, r, row, &body);
    start_case(w, service, name);
    put_file(w, r);
    put_properties(w, r, row);
    verdict(w, JUNIT_FAILURE, severity_name(r->severity), body.p);
    xo_end(w->x);
    buf_release(&body);
    free(name);
}
