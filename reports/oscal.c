/* OSCAL assessment results (NIST, model 1.1): for systems that take an audit's results as a whole.
 *
 * An observation and a finding a rule, a risk a waiver in force. The objective of a finding is the
 * rule, not the control of NIST SP 800-53 that it maps to: a rule that passes does not satisfy a
 * control. What was not evaluated is not-satisfied with the reason "other"; what is not applicable
 * has no finding. UUIDs are made from names (version 5): the same evaluation has the same ones. */
#include "base/jsonx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "escape.h"
#include "formats.h"
#include "jsonout.h"
#include "report_model.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { UUID_BYTES = 37, SHA1_BYTES = 20, TEXT_CHARS = 2000 };

static const char framework[] = "nist-800-53r5";
static const char ns[] = "https://graphaudit.invalid/ns/oscal";

struct out {
    struct jsonout *to;
    const struct report_model *m;
};

static void set(json_t *o, const char *key, json_t *v)
{
    (void)json_object_set_new_nocheck(o, key, v);
}

/* One line, never empty: OSCAL wants a character that is no space. */
static json_t *text(const char *s)
{
    struct buf b;
    json_t *v;

    buf_init(&b, (size_t)TEXT_CHARS * 16);
    escape_line(&b, s != NULL ? s : "", TEXT_CHARS);
    v = escape_json(b.n > 0 ? b.p : "-");
    buf_release(&b);
    return v;
}

/* Version 5 (RFC 9562 section 5.5) over what the snapshot is and what is named. */
static json_t *uuid(const struct out *out, const char *kind, const char *name)
{
    const char *const parts[] = {out->m->tenant_id,
                                 out->m->digest,
                                 out->m->rules_digest,
                                 out->m->as_of,
                                 out->m->profile,
                                 kind,
                                 name};
    unsigned char h[EVP_MAX_MD_SIZE];
    unsigned int n = 0;
    char id[UUID_BYTES];
    struct buf key;

    buf_init(&key, LIMIT_REPORT_TEXT_BYTES);
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        buf_addf(&key, "%s\n", parts[i] != NULL ? parts[i] : "");
    if (EVP_Digest(key.p, key.n, h, &n, EVP_sha1(), NULL) != 1 || n != SHA1_BYTES)
        BUG("OpenSSL has no SHA-1");
    h[6] = (unsigned char)((h[6] & 0x0FU) | 0x50U);
    h[8] = (unsigned char)((h[8] & 0x3FU) | 0x80U);
    (void)snprintf(id, sizeof id,
                   "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", h[0],
                   h[1], h[2], h[3], h[4], h[5], h[6], h[7], h[8], h[9], h[10], h[11], h[12], h[13],
                   h[14], h[15]);
    buf_release(&key);
    return json_string(id);
}

static json_t *prop(const char *name, const char *value)
{
    json_t *o = json_object();

    set(o, "name", json_string(name));
    set(o, "ns", json_string(ns));
    set(o, "value", text(value));
    return o;
}

static const char *end_of(const struct report_model *m)
{
    return m->finished_at != NULL ? m->finished_at : m->started_at;
}

/* ---- rules ---- */

static json_t *observation(const struct out *out, const struct report_rule *r)
{
    json_t *o = json_object();
    json_t *props = json_array();
    char count[32];

    (void)snprintf(count, sizeof count, "%zu", r->fail);
    (void)json_array_append_new(props, prop("rule-id", r->id));
    (void)json_array_append_new(props, prop("outcome", outcome_name(r->outcome)));
    (void)json_array_append_new(props, prop("severity", severity_name(r->severity)));
    (void)json_array_append_new(props, prop("failing-resources", count));
    if (r->reason != REASON_NONE)
        (void)json_array_append_new(props, prop("reason-code", reason_name(r->reason)));
    set(o, "uuid", uuid(out, "observation", r->id));
    set(o, "title", text(r->title));
    set(o, "description", text(r->message[0] != '\0' ? r->message : r->title));
    set(o, "props", props);
    set(o, "methods", json_pack("[s]", r->outcome == OUTCOME_MANUAL ? "EXAMINE" : "TEST"));
    set(o, "types", json_pack("[s]", "finding"));
    set(o, "collected", json_string(end_of(out->m)));
    return o;
}

/* ---- waivers ---- */

static bool is_in_force(const struct report_waiver *w)
{
    return w->matched > 0 && !str_eq(w->disposition, "planned") &&
           (str_eq(w->state, "active") || str_eq(w->state, "expiring"));
}

static json_t *risk(const struct out *out, const struct report_waiver *w)
{
    char *title = xasprintf("Waiver %s of %s", w->id, w->rule_id);
    char *statement = xasprintf("%s by %s until %s", w->disposition, w->owner, w->expires);
    char *deadline = xasprintf("%.10sT23:59:59Z", w->expires);
    json_t *o = json_object();

    set(o, "uuid", uuid(out, "risk", w->id));
    set(o, "title", text(title));
    set(o, "description", text(w->reason));
    set(o, "statement", text(statement));
    set(o, "status", json_string("deviation-approved"));
    set(o, "deadline", json_string(deadline));
    free(deadline);
    free(statement);
    free(title);
    return o;
}

/* ---- controls ---- */

/* "AC-6(10)" -> "ac-6.10", as NIST's catalogue calls it; "" when it is no such id. */
static char *control_id(const char *name)
{
    char *id = str_lower(name != NULL ? name : "");
    size_t n = 0;

    for (const char *p = id; *p != '\0'; p++) {
        if (*p == '(')
            id[n++] = '.';
        else if (*p != ')' && *p != ' ')
            id[n++] = *p;
    }
    id[n] = '\0';
    if (strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-.") != n || n == 0 || id[0] < 'a')
        id[0] = '\0';
    return id;
}

static void list_controls(const struct report_model *m, struct strlist *out)
{
    for (size_t i = 0; i < m->rule_count; i++) {
        json_t *v;
        size_t k;

        json_array_foreach(json_object_get(m->rules[i].mappings, framework), k, v)
        {
            char *id = control_id(json_string_value(v));

            if (id[0] != '\0')
                strlist_add(out, id);
            free(id);
        }
    }
    strlist_sort_unique(out);
}

/* ---- findings ---- */

static json_t *status_of(const struct report_rule *r)
{
    bool is_met = r->outcome == OUTCOME_PASS;
    const char *reason = is_met                                                       ? "pass"
                         : r->outcome == OUTCOME_FAIL || r->outcome == OUTCOME_WAIVED ? "fail"
                                                                                      : "other";
    json_t *o =
        json_pack("{s:s, s:s}", "state", is_met ? "satisfied" : "not-satisfied", "reason", reason);

    if (str_eq(reason, "other"))
        set(o, "remarks", text(r->message));
    return o;
}

static json_t *finding(const struct out *out, const struct report_rule *r)
{
    json_t *o = json_object();
    json_t *risks = json_array();

    for (size_t i = 0; i < out->m->waiver_count; i++) {
        const struct report_waiver *w = &out->m->waivers[i];

        if (is_in_force(w) && str_eq(w->rule_id, r->id))
            (void)json_array_append_new(risks,
                                        json_pack("{s:o}", "risk-uuid", uuid(out, "risk", w->id)));
    }
    set(o, "uuid", uuid(out, "finding", r->id));
    set(o, "title", text(r->title));
    set(o, "description", text(r->summary));
    set(o, "target",
        json_pack("{s:s, s:o, s:o}", "type", "objective-id", "target-id", text(r->id), "status",
                  status_of(r)));
    set(o, "related-observations",
        json_pack("[{s:o}]", "observation-uuid", uuid(out, "observation", r->id)));
    if (json_array_size(risks) > 0)
        set(o, "related-risks", json_incref(risks));
    json_decref(risks);
    return o;
}

/* ---- the document ---- */

/* ,"name": value */
static void put_member(const struct out *out, const char *name, json_t *v)
{
    (void)fprintf(out->to->f, ",\n\"%s\": ", name);
    jsonout_value(out->to, v);
}

static json_t *plan_link(const struct out *out)
{
    json_t *id = uuid(out, "plan", "");
    char *href = xasprintf("#%s", json_string_value(id));
    json_t *o = json_pack("{s:s}", "href", href);

    free(href);
    json_decref(id);
    return o;
}

/* The controls that the rules map to; all of them when they map to none. */
static json_t *reviewed(const struct report_model *m)
{
    struct strlist controls = {0};
    json_t *list = json_array();
    json_t *selection = json_object();

    list_controls(m, &controls);
    for (size_t i = 0; i < controls.n; i++)
        (void)json_array_append_new(list, json_pack("{s:s}", "control-id", controls.v[i]));
    if (controls.n > 0)
        set(selection, "include-controls", json_incref(list));
    else
        set(selection, "include-all", json_object());
    json_decref(list);
    strlist_release(&controls);
    return json_pack("{s:[o]}", "control-selections", selection);
}

static void put_head(const struct out *out)
{
    const struct report_model *m = out->m;
    json_t *metadata = json_object();
    char *words = report_redacted_words(m);

    set(metadata, "title", text(report_tenant(m)));
    set(metadata, "last-modified", text(end_of(m)));
    set(metadata, "version", json_string("1"));
    set(metadata, "oscal-version", json_string("1.1.2"));
    jsonout_put(out->to, "{\"assessment-results\": {\"uuid\": ");
    jsonout_value(out->to, uuid(out, "assessment-results", ""));
    put_member(out, "metadata", metadata);
    put_member(out, "import-ap", plan_link(out));
    jsonout_put(out->to, ",\n\"results\": [{\"uuid\": ");
    jsonout_value(out->to, uuid(out, "result", ""));
    put_member(out, "title", text(report_tenant(m)));
    put_member(out, "description",
               text(m->has_evaluation
                        ? "What graphaudit read in the tenant, and what its rules say of it."
                        : "No rule has been evaluated on this snapshot: nothing is known yet."));
    put_member(out, "start", text(m->started_at));
    if (m->finished_at != NULL)
        put_member(out, "end", text(m->finished_at));
    put_member(out, "props",
               json_pack("[o, o]",
                         prop("tool-version", m->evaluator_version != NULL ? m->evaluator_version
                                                                           : m->tool_version),
                         prop("snapshot-digest", m->digest)));
    if (words != NULL)
        put_member(out, "remarks", text(words));
    free(words);
    put_member(out, "reviewed-controls", reviewed(m));
}

static void start_list(const struct out *out, const char *name)
{
    (void)fprintf(out->to->f, ",\n\"%s\": [", name);
    out->to->first = true;
}

/* A list may not be empty: without rules or waivers it is left out. */
static void put_rules(const struct out *out)
{
    const struct report_model *m = out->m;
    size_t findings = 0;

    if (m->rule_count == 0)
        return;
    start_list(out, "observations");
    for (size_t i = 0; i < m->rule_count; i++) {
        jsonout_item(out->to, observation(out, &m->rules[i]));
        findings += m->rules[i].outcome != OUTCOME_NOT_APPLICABLE;
    }
    jsonout_put(out->to, "\n]");
    if (findings == 0)
        return;
    start_list(out, "findings");
    for (size_t i = 0; i < m->rule_count; i++)
        if (m->rules[i].outcome != OUTCOME_NOT_APPLICABLE)
            jsonout_item(out->to, finding(out, &m->rules[i]));
    jsonout_put(out->to, "\n]");
}

static void put_risks(const struct out *out)
{
    bool any = false;

    for (size_t i = 0; i < out->m->waiver_count; i++) {
        if (!is_in_force(&out->m->waivers[i]))
            continue;
        if (!any)
            start_list(out, "risks");
        any = true;
        jsonout_item(out->to, risk(out, &out->m->waivers[i]));
    }
    jsonout_put(out->to, any ? "\n]" : "");
}

static enum err_code put_report(struct jsonout *to, const struct report_model *m, void *ctx,
                                struct err *e)
{
    const struct out out = {to, m};

    (void)ctx;
    (void)e;
    put_head(&out);
    put_rules(&out);
    put_risks(&out);
    jsonout_put(to, "\n}]");
    put_member(&out, "back-matter",
               json_pack("{s:[{s:o, s:s, s:s}]}", "resources", "uuid", uuid(&out, "plan", ""),
                         "title", "No separate assessment plan", "description",
                         "The rules that were evaluated are the plan."));
    jsonout_put(to, "\n}}\n");
    return ERR_OK;
}

enum err_code oscal_write(struct store *s, const struct report_options *o, FILE *f, struct err *e)
{
    (void)o;
    return jsonout_report(s, f, "OSCAL", put_report, NULL, e);
}
