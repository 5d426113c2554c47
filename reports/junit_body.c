/* What a failing, unjudged or waived case of the JUnit report says: first line, what was expected,
 * how to fix it, and the first resources, within a size that every consumer shows. */
#include "base/jsonx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/text.h"
#include "escape.h"
#include "junit.h"
#include "reports/report.h"

#include <stdlib.h>

enum {
    BODY_BYTES = 4096, /* Bitbucket shows 2,000 characters, Harness 4,000 */
    FIELD_CHARS = 400  /* expected, fix, portal: so that resources keep some room */
};

enum junit_kind junit_not_evaluated(const struct report_options *o)
{
    static const enum junit_kind kinds[] = {[JUNIT_AS_ERROR] = JUNIT_ERROR,
                                            [JUNIT_AS_SKIPPED] = JUNIT_SKIPPED,
                                            [JUNIT_AS_FAILURE] = JUNIT_FAILURE};

    return kinds[o->junit_not_evaluated];
}

static enum junit_kind waived(const struct report_options *o)
{
    static const enum junit_kind kinds[] = {[JUNIT_WAIVED_SKIPPED] = JUNIT_SKIPPED,
                                            [JUNIT_WAIVED_PASS] = JUNIT_PASS,
                                            [JUNIT_WAIVED_FAILURE] = JUNIT_FAILURE};

    return kinds[o->junit_waived];
}

enum junit_kind junit_kind(const struct report_rule *r, const struct report_options *o)
{
    static const enum junit_kind kinds[OUTCOME_COUNT] = {
        [OUTCOME_ERROR] = JUNIT_ERROR,    [OUTCOME_FAIL] = JUNIT_FAILURE,
        [OUTCOME_MANUAL] = JUNIT_SKIPPED, [OUTCOME_PASS] = JUNIT_PASS,
        [OUTCOME_WAIVED] = JUNIT_SKIPPED, [OUTCOME_NOT_APPLICABLE] = JUNIT_SKIPPED,
    };

    if (r->outcome == OUTCOME_NOT_EVALUATED)
        return r->reason == REASON_LICENCE ? JUNIT_SKIPPED : junit_not_evaluated(o);
    return r->outcome == OUTCOME_WAIVED ? waived(o) : kinds[r->outcome];
}

static void add_field(struct buf *b, const char *name, const char *value)
{
    if (value == NULL || value[0] == '\0')
        return;
    buf_addf(b, "%s: ", name);
    escape_line(b, value, FIELD_CHARS);
    buf_addc(b, '\n');
}

static void add_missing(struct buf *b, const struct report_rule *r)
{
    size_t at;
    json_t *v;

    json_array_foreach(r->missing, at, v)
    {
        const char *reason = jx_text(v, "reason_code");
        const char *need = str_eq(reason, "licence")      ? jx_text(v, "licence")
                           : str_eq(reason, "permission") ? jx_text(v, "permission")
                                                          : NULL;
        const char *resource = jx_text(v, "resource");
        char *line = xasprintf("%s (%s)%s%s", resource != NULL ? resource : "?",
                               reason != NULL ? reason : "?", need != NULL ? ", needs " : "",
                               need != NULL ? need : "");

        add_field(b, "missing", line);
        free(line);
    }
}

struct listing {
    struct buf lines;
    size_t shown;
    size_t room; /* bytes that may still be used */
};

static enum err_code list_row(void *ctx, const struct report_row *row, struct err *e)
{
    struct listing *l = ctx;
    struct buf line;

    (void)e;
    buf_init(&line, LIMIT_REPORT_TEXT_BYTES);
    buf_adds(&line, "  ");
    escape_line(&line, row->resource_name != NULL ? row->resource_name : row->resource_id, 80);
    if (row->resource_name != NULL && !str_eq(row->resource_name, row->resource_id)) {
        buf_adds(&line, "  ");
        escape_line(&line, row->resource_id, 80);
    }
    if (row->reason != NULL && row->reason[0] != '\0') {
        buf_adds(&line, "  ");
        escape_line(&line, row->reason, 120);
    }
    buf_addc(&line, '\n');
    if (line.n <= l->room) {
        l->room -= line.n;
        l->shown++;
        buf_add(&l->lines, line.p, line.n);
    } else {
        l->room = 0; /* no later, shorter line may slip in */
    }
    buf_release(&line);
    return ERR_OK;
}

struct body {
    const struct junit_writer *w;
    const struct report_rule *r;
    struct buf *b;
};

static enum err_code add_rows(const struct body *to, const char *status, const char *noun,
                              size_t total, struct err *e)
{
    struct buf *body = to->b;
    static const size_t heading = 120;
    struct listing l = {
        .shown = 0, .room = body->n + heading < BODY_BYTES ? BODY_BYTES - body->n - heading : 0};
    enum err_code code = ERR_OK;

    if (total == 0)
        return ERR_OK;
    buf_init(&l.lines, BODY_BYTES);
    if (to->w->o->junit_resources > 0)
        code = report_rows_each(to->w->m, to->r->id, status, to->w->o->junit_resources, list_row,
                                &l, e);
    buf_addf(body, "%s (%zu shown of %zu; all of them: the csv and json reports):\n", noun, l.shown,
             total);
    buf_add(body, l.lines.p, l.lines.n);
    buf_release(&l.lines);
    return code;
}

char *junit_headline(const char *id, enum outcome outcome, enum severity severity,
                     enum reason reason, const char *message)
{
    static const char *const words[OUTCOME_COUNT] = {
        [OUTCOME_ERROR] = "ERROR",
        [OUTCOME_FAIL] = "FAIL",
        [OUTCOME_NOT_EVALUATED] = "NOT_EVALUATED",
        [OUTCOME_MANUAL] = "MANUAL",
        [OUTCOME_WAIVED] = "WAIVED",
        [OUTCOME_PASS] = "PASS",
        [OUTCOME_NOT_APPLICABLE] = "NOT_APPLICABLE",
    };

    if (outcome == OUTCOME_FAIL)
        return xasprintf("%s FAIL %s: %s", id, severity_name(severity), message);
    if (outcome == OUTCOME_NOT_EVALUATED && reason_name(reason) != NULL)
        return xasprintf("NOT_EVALUATED %s %s: %s", reason_name(reason), id, message);
    return xasprintf("%s %s: %s", words[outcome], id, message);
}

static void add_headline(struct buf *b, const struct report_rule *r)
{
    char *line = junit_headline(r->id, r->outcome, r->severity, r->reason, r->message);

    escape_line(b, line, JUNIT_MESSAGE_CHARS);
    buf_addc(b, '\n');
    free(line);
}

/* The limit of the whole body, at a character's start. */
static void cap(struct buf *b)
{
    size_t at = BODY_BYTES - 4; /* room for the ellipsis and the line's end */

    if (b->n <= BODY_BYTES)
        return;
    while (at > 0 && ((unsigned char)b->p[at] & 0xC0) == 0x80)
        at--;
    b->n = at;
    utf8_add(b, 0x2026);
    buf_addc(b, '\n');
}

enum err_code junit_body(const struct junit_writer *w, const struct report_rule *r, size_t own,
                         struct buf *b, struct err *e)
{
    const struct body to = {w, r, b};
    enum err_code code = ERR_OK;

    add_headline(b, r);
    if (r->outcome == OUTCOME_FAIL || r->outcome == OUTCOME_MANUAL) {
        add_field(b, "expected", r->summary);
        add_field(b, "fix", jx_text(r->remediation, "summary"));
        add_field(b, "portal", jx_text(r->remediation, "portal"));
    }
    if (r->is_incomplete && r->outcome == OUTCOME_FAIL)
        buf_adds(b, "incomplete: some evidence is missing, so more resources may fail\n");
    add_missing(b, r);
    if (w->o->junit_by == JUNIT_BY_RESOURCE && own < r->fail)
        buf_addf(b, "cases: %zu of %zu failing resources have one of their own\n", own, r->fail);
    code = add_rows(&to, "fail", "failing resources", r->fail, e);
    if (code == ERR_OK && r->outcome != OUTCOME_FAIL)
        code = add_rows(&to, "unknown", "resources not judged", r->unknown, e);
    if (code == ERR_OK && r->outcome == OUTCOME_MANUAL)
        code = add_rows(&to, "manual", "resources to check", r->manual, e);
    if (code == ERR_OK && r->outcome == OUTCOME_WAIVED)
        code = add_rows(&to, "waived", "waived resources", r->waived, e);
    cap(b);
    return code;
}

void junit_resource_body(const struct report_options *o, const struct report_rule *r,
                         const struct report_row *row, struct buf *b)
{
    bool has_name = o->junit_resources > 0 && row->resource_name != NULL;
    char *line = xasprintf("%s FAIL %s: %s%s%s", r->id, severity_name(r->severity),
                           has_name ? row->resource_name : row->resource_id,
                           row->reason != NULL && row->reason[0] != '\0' ? ": " : "",
                           row->reason != NULL ? row->reason : "");

    escape_line(b, line, JUNIT_MESSAGE_CHARS);
    buf_addc(b, '\n');
    free(line);
    add_field(b, "resource", row->resource_id);
    add_field(b, "waiver", row->note);
    add_field(b, "baseline", row->baseline);
    add_field(b, "fix", jx_text(r->remediation, "summary"));
}

void junit_help(const struct report_rule *r, struct buf *b)
{
    static const char *const texts[] = {"powershell", "graph", "rollback"};
    const json_t *v;
    size_t at;

    json_array_foreach(json_object_get(r->remediation, "steps"), at, v)
    {
        add_field(b, "step", json_string_value(v));
    }
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        add_field(b, texts[i], jx_text(r->remediation, texts[i]));
    json_array_foreach(r->references, at, v)
    {
        add_field(b, "see", jx_text(v, "url"));
    }
    cap(b);
}
