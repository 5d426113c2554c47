/* OCSF compliance findings (class 2003), one JSON object a line: for Microsoft Sentinel, Amazon
 * Security Lake, Splunk.
 *
 * One event a resource that fails, is waived, could not be judged or waits for a person; one a rule
 * that has none, or that got no verdict. Only attributes of OCSF 1.1 and later are used. What did
 * not get a verdict is a Warning ("no result due to missing information"), never a Pass. */
#include "base/attrs.h"
#include "base/digest.h"
#include "base/jsonx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/timex.h"
#include "escape.h"
#include "formats.h"
#include "jsonout.h"
#include "report_model.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

enum {
    CLASS_COMPLIANCE_FINDING = 2003,
    CATEGORY_FINDINGS = 2,
    ACTIVITY_CREATE = 1,
    FINDING_NEW = 1,
    FINDING_SUPPRESSED = 3,
    FINDING_RESOLVED = 4
};

/* All events of a rule are the same but for the resource, so that what they share is written once.
 */
struct out {
    struct jsonout *to;
    const struct report_model *m;
    const struct report_rule *r;
    int64_t time_ms;     /* of the evidence */
    bool wrote;          /* a resource that is not fixed */
    struct buf head;     /* up to the finding's uid */
    struct buf about;    /* behind it, up to the status of the compliance */
    struct buf solution; /* the remediation */
};

/* compliance.status_id */
struct word {
    int id;
    const char *word;
};
static const struct word passed = {1, "Pass"}, warning = {2, "Warning"}, failed = {3, "Fail"},
                         other = {99, "Other"};

static const struct word *of_outcome(enum outcome o)
{
    static const struct word *const all[OUTCOME_COUNT] = {
        [OUTCOME_PASS] = &passed,    [OUTCOME_FAIL] = &failed,
        [OUTCOME_WAIVED] = &failed,  [OUTCOME_NOT_APPLICABLE] = &other,
        [OUTCOME_MANUAL] = &warning, [OUTCOME_NOT_EVALUATED] = &warning,
        [OUTCOME_ERROR] = &other,
    };

    return all[o];
}

static const struct word *of_row(const char *status)
{
    if (str_eq(status, "fail"))
        return &failed;
    return str_eq(status, "fixed") ? &passed : &warning;
}

static int severity_id(enum severity s)
{
    static const int ids[SEVERITY_COUNT] = {[SEVERITY_CRITICAL] = 5,
                                            [SEVERITY_HIGH] = 4,
                                            [SEVERITY_MEDIUM] = 3,
                                            [SEVERITY_LOW] = 2,
                                            [SEVERITY_INFO] = 1};

    return ids[s];
}

static void set(json_t *o, const char *key, json_t *v)
{
    (void)json_object_set_new_nocheck(o, key, v);
}

static void set_text(json_t *o, const char *key, const char *v)
{
    if (v != NULL && v[0] != '\0')
        set(o, key, escape_json(v));
}

static json_t *metadata(const struct out *out)
{
    const struct report_model *m = out->m;
    json_t *o = json_object();
    json_t *product = json_object();

    set_text(product, "name", "graphaudit");
    set_text(product, "vendor_name", "graphaudit");
    set_text(product, "version",
             m->evaluator_version != NULL ? m->evaluator_version : m->tool_version);
    set(o, "version", json_string("1.1.0"));
    set(o, "product", product);
    set_text(o, "tenant_uid", m->tenant_id);
    set_text(o, "correlation_uid", m->digest);
    if (m->redacted != 0) {
        char *kinds = report_redacted_kinds(m);
        char *label = xasprintf("redacted: %s", kinds);

        set(o, "labels", json_pack("[s]", label));
        free(label);
        free(kinds);
    }
    return o;
}

/* The same finding in the next run: rule, tenant and resource. */
static void add_uid(struct buf *b, const struct out *out, const char *resource)
{
    char *key =
        xasprintf("%s\n%s\n%s", out->r->id, out->m->tenant_id != NULL ? out->m->tenant_id : "",
                  resource != NULL ? resource : "");
    char hex[SHA256_HEX_BYTES];

    sha256_hex(key, strlen(key), hex);
    buf_addf(b, "\"%s\"", hex);
    free(key);
}

/* Behind another member; nothing for no text. */
static void add_text(struct buf *b, const char *key, const char *text)
{
    if (text != NULL && text[0] != '\0')
        jsonout_member(b, key, text);
}

/* Begins the object of the compliance. */
static void add_standards(struct buf *b, const struct report_rule *r)
{
    json_t *standards = json_array();
    json_t *requirements = json_array();
    const char *framework;
    json_t *controls;

    json_object_foreach(r->mappings, framework, controls)
    {
        size_t i;
        json_t *c;

        (void)json_array_append_new(standards, escape_json(framework));
        json_array_foreach(controls, i, c)
        {
            (void)json_array_append_new(requirements, escape_json(json_string_value(c)));
        }
    }
    if (json_array_size(standards) == 0)
        (void)json_array_append_new(standards, json_string("graphaudit"));
    buf_adds(b, "{\"standards\":");
    escape_json_dump(b, standards);
    buf_adds(b, ",\"requirements\":");
    escape_json_dump(b, requirements);
    json_decref(standards);
    json_decref(requirements);
}

static json_t *remediation(const struct report_rule *r)
{
    const char *summary = jx_text(r->remediation, "summary");
    json_t *references = json_array();
    json_t *o = json_object();
    size_t i;
    json_t *v;

    json_array_foreach(r->references, i, v)
    {
        const char *url = jx_text(v, "url");

        if (url != NULL)
            (void)json_array_append_new(references, escape_json(url));
    }
    set_text(o, "desc",
             summary != NULL && summary[0] != '\0' ? summary
             : r->title[0] != '\0'                 ? r->title
                                                   : r->id);
    set(o, "references", references);
    return o;
}

static void write_head(struct out *out)
{
    json_t *o = json_object();
    struct buf *b = &out->head;

    set(o, "class_uid", json_integer(CLASS_COMPLIANCE_FINDING));
    set(o, "class_name", json_string("Compliance Finding"));
    set(o, "category_uid", json_integer(CATEGORY_FINDINGS));
    set(o, "category_name", json_string("Findings"));
    set(o, "activity_id", json_integer(ACTIVITY_CREATE));
    set(o, "activity_name", json_string("Create"));
    set(o, "type_uid", json_integer(CLASS_COMPLIANCE_FINDING * 100 + ACTIVITY_CREATE));
    set(o, "time", json_integer(out->time_ms));
    set(o, "severity_id", json_integer(severity_id(out->r->severity)));
    set(o, "severity",
        json_string(out->r->severity == SEVERITY_INFO ? "Informational"
                                                      : words_severity(out->r->severity)));
    set(o, "metadata", metadata(out));
    buf_clear(b);
    escape_json_dump(b, o);
    if (b->n > 0)
        b->p[--b->n] = '\0'; /* the brace: the object goes on */
    buf_adds(b, ",\"finding_info\":{\"uid\":");
    json_decref(o);
}

static void write_shared(struct out *out)
{
    const struct report_rule *r = out->r;
    json_t *solution = remediation(r);

    write_head(out);
    buf_clear(&out->about);
    add_text(&out->about, "title", r->title);
    add_text(&out->about, "desc", r->message[0] != '\0' ? r->message : r->summary);
    buf_adds(&out->about, "},\"compliance\":");
    add_standards(&out->about, r);
    add_text(&out->about, "control", r->id);
    buf_clear(&out->solution);
    escape_json_dump(&out->solution, solution);
    json_decref(solution);
    out->to->failed =
        out->to->failed || out->head.failed || out->about.failed || out->solution.failed;
}

/* Without its last brace. */
static void begin_event(struct buf *b, const struct out *out, const struct word *s,
                        const char *resource, const char *detail)
{
    buf_add(b, out->head.p, out->head.n);
    add_uid(b, out, resource);
    buf_add(b, out->about.p, out->about.n);
    buf_addf(b, ",\"status_id\":%d", s->id);
    add_text(b, "status", s->word);
    add_text(b, "status_code", outcome_name(out->r->outcome));
    add_text(b, "status_detail", detail);
    buf_adds(b, "},\"remediation\":");
    buf_add(b, out->solution.p, out->solution.n);
}

static void add_resource(struct buf *b, const struct report_row *row)
{
    json_t *resource = json_object();

    set_text(resource, "uid", row->resource_id);
    set_text(resource, "name", row->resource_name);
    buf_adds(b, ",\"resources\":[");
    escape_json_dump(b, resource);
    buf_addc(b, ']');
    json_decref(resource);
}

/* finding.status_id of a resource: waived ones are suppressed, fixed ones resolved. */
static void add_status(struct buf *b, const struct report_row *row)
{
    bool is_waived = row->waiver_id != NULL;
    bool is_fixed = str_eq(row->status, "fixed");

    buf_addf(b, ",\"status_id\":%d",
             is_waived  ? FINDING_SUPPRESSED
             : is_fixed ? FINDING_RESOLVED
                        : FINDING_NEW);
    add_text(b, "status", is_waived ? "Suppressed" : is_fixed ? "Resolved" : "New");
    add_text(b, "comment", row->note);
}

static enum err_code put_row(void *ctx, const struct report_row *row, struct err *e)
{
    struct out *out = ctx;
    struct buf *b = jsonout_begin(out->to);

    (void)e;
    begin_event(b, out, of_row(row->status), row->resource_id, row->reason);
    add_resource(b, row);
    add_status(b, row);
    buf_addc(b, '}');
    jsonout_send(out->to);
    out->wrote = out->wrote || !str_eq(row->status, "fixed");
    return ERR_OK;
}

static enum err_code put_rule(struct out *out, struct err *e)
{
    enum err_code code;
    struct buf *b;

    write_shared(out);
    code = report_rows_each(out->m, out->r->id, NULL, 0, put_row, out, e);
    if (code == ERR_OK)
        code = report_fixed_each(out->m, out->r->id, put_row, out, e);
    if (code != ERR_OK || (out->wrote && out->r->outcome != OUTCOME_NOT_EVALUATED &&
                           out->r->outcome != OUTCOME_ERROR))
        return code;
    b = jsonout_begin(out->to);
    begin_event(b, out, of_outcome(out->r->outcome), NULL, out->r->message);
    buf_addc(b, '}');
    jsonout_send(out->to);
    return code;
}

static enum err_code put_report(struct jsonout *to, const struct report_model *m, void *ctx,
                                struct err *e)
{
    struct out out = {.to = to, .m = m};
    struct buf *bufs[] = {&out.head, &out.about, &out.solution};
    enum err_code code = ERR_OK;

    (void)ctx;
    for (size_t i = 0; i < COUNT_OF(bufs); i++)
        buf_init(bufs[i], LIMIT_REPORT_TEXT_BYTES);
    to->lines = true;
    if (!time_parse(m->finished_at != NULL ? m->finished_at : m->started_at, &out.time_ms))
        out.time_ms = 0;
    for (size_t i = 0; code == ERR_OK && i < m->rule_count; i++) {
        out.r = &m->rules[i];
        out.wrote = false;
        code = put_rule(&out, e);
    }
    for (size_t i = 0; i < COUNT_OF(bufs); i++)
        buf_release(bufs[i]);
    return code;
}

enum err_code ocsf_write(struct store *s, const struct report_options *o, FILE *f, struct err *e)
{
    (void)o;
    return jsonout_report(s, f, "OCSF", put_report, NULL, e);
}
