/* OCSF compliance findings (class 2003), one JSON object a line: for Microsoft Sentinel, Amazon
 * Security Lake, Splunk.
 *
 * One event a resource that fails, is waived, could not be judged or waits for a person; one a rule
 * that has none, or that got no verdict. Only attributes of OCSF 1.1 and later are used. What did
 * not get a verdict is a Warning ("no result due to missing information"), never a Pass. */
#include "base/digest.h"
#include "base/jsonx.h"
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

struct out {
    struct jsonout *to;
    const struct report_model *m;
    const struct report_rule *r;
    int64_t time_ms; /* of the evidence */
    bool wrote;      /* a resource that is not fixed */
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
    return o;
}

/* The same finding in the next run: rule, tenant and resource. */
static json_t *finding_info(const struct out *out, const char *resource)
{
    const struct report_rule *r = out->r;
    char *key = xasprintf("%s\n%s\n%s", r->id, out->m->tenant_id != NULL ? out->m->tenant_id : "",
                          resource != NULL ? resource : "");
    char hex[SHA256_HEX_BYTES];
    json_t *o = json_object();

    sha256_hex(key, strlen(key), hex);
    set(o, "uid", json_string(hex));
    set_text(o, "title", r->title);
    set_text(o, "desc", r->message[0] != '\0' ? r->message : r->summary);
    free(key);
    return o;
}

static json_t *compliance(const struct out *out, const struct word *s, const char *detail)
{
    const struct report_rule *r = out->r;
    json_t *o = json_object();
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
    set(o, "standards", standards);
    set(o, "requirements", requirements);
    set_text(o, "control", r->id);
    set(o, "status_id", json_integer(s->id));
    set(o, "status", json_string(s->word));
    set_text(o, "status_code", outcome_name(r->outcome));
    set_text(o, "status_detail", detail);
    return o;
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

static json_t *event(const struct out *out, const struct word *s, const char *resource,
                     const char *detail)
{
    json_t *o = json_object();

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
    set(o, "finding_info", finding_info(out, resource));
    set(o, "compliance", compliance(out, s, detail));
    set(o, "remediation", remediation(out->r));
    return o;
}

/* finding.status_id of a resource: waived ones are suppressed, fixed ones resolved. */
static void set_status(json_t *o, const struct report_row *row)
{
    bool is_waived = row->waiver_id != NULL;
    bool is_fixed = str_eq(row->status, "fixed");

    set(o, "status_id",
        json_integer(is_waived  ? FINDING_SUPPRESSED
                     : is_fixed ? FINDING_RESOLVED
                                : FINDING_NEW));
    set(o, "status", json_string(is_waived ? "Suppressed" : is_fixed ? "Resolved" : "New"));
    set_text(o, "comment", row->note);
}

static enum err_code put_row(void *ctx, const struct report_row *row, struct err *e)
{
    struct out *out = ctx;
    json_t *o = event(out, of_row(row->status), row->resource_id, row->reason);
    json_t *resource = json_object();

    (void)e;
    set_text(resource, "uid", row->resource_id);
    set_text(resource, "name", row->resource_name);
    set(o, "resources", json_pack("[o]", resource));
    set_status(o, row);
    jsonout_item(out->to, o);
    out->wrote = out->wrote || !str_eq(row->status, "fixed");
    return ERR_OK;
}

static enum err_code put_rule(struct out *out, struct err *e)
{
    enum err_code code = report_rows_each(out->m, out->r->id, NULL, 0, put_row, out, e);
    json_t *o;

    if (code == ERR_OK)
        code = report_fixed_each(out->m, out->r->id, put_row, out, e);
    if (code != ERR_OK || (out->wrote && out->r->outcome != OUTCOME_NOT_EVALUATED &&
                           out->r->outcome != OUTCOME_ERROR))
        return code;
    o = event(out, of_outcome(out->r->outcome), NULL, out->r->message);
    jsonout_item(out->to, o);
    return code;
}

static enum err_code put_report(struct jsonout *to, const struct report_model *m, void *ctx,
                                struct err *e)
{
    struct out out = {.to = to, .m = m};
    enum err_code code = ERR_OK;

    (void)ctx;
    to->lines = true;
    if (!time_parse(m->finished_at != NULL ? m->finished_at : m->started_at, &out.time_ms))
        out.time_ms = 0;
    for (size_t i = 0; code == ERR_OK && i < m->rule_count; i++) {
        out.r = &m->rules[i];
        out.wrote = false;
        code = put_rule(&out, e);
    }
    return code;
}

enum err_code ocsf_write(struct store *s, const struct report_options *o, FILE *f, struct err *e)
{
    (void)o;
    return jsonout_report(s, f, "OCSF", put_report, NULL, e);
}
