/* SARIF 2.1.0 (OASIS, with Errata 01), in the shape that GitHub code scanning takes.
 *
 * One result a rule and tenant, so that an alert stays the same alert from run to run. Two formats:
 * `sarif` has failures only (GitHub opens an alert for whatever is in the file), `sarif-full` every
 * rule with its kind. What could not be evaluated is a notification of the tool in both, never
 * silence. GitHub refuses a whole file over one location without a file, or with a URI that is
 * none: each result points to its rule file, by a relative URI, and names resources beside it. */
#include "formats.h"

#include "base/digest.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "escape.h"
#include "jsonout.h"
#include "model/store.h"
#include "report_model.h"

#include <stdlib.h>
#include <string.h>

enum {
    RESOURCES = 20, /* named of one result; GitHub shows 100 locations and reads 1,000 */
    TEXT_CHARS = 2000,
    TITLE_CHARS = 250,
    NAME_CHARS = 200
};

static const struct {
    const char *level, *score; /* GitHub's security-severity: over 9.0 critical, from 7.0 high */
} severities[SEVERITY_COUNT] = {
    [SEVERITY_CRITICAL] = {"error", "9.5"}, [SEVERITY_HIGH] = {"error", "8.0"},
    [SEVERITY_MEDIUM] = {"warning", "5.5"}, [SEVERITY_LOW] = {"note", "2.5"},
    [SEVERITY_INFO] = {"note", "0.0"},
};

/* SARIF 2.1.0 section 3.27.9: the level is "none" for every kind but "fail". */
static const char *const kinds[OUTCOME_COUNT] = {
    [OUTCOME_PASS] = "pass",     [OUTCOME_FAIL] = "fail",
    [OUTCOME_WAIVED] = "fail",   [OUTCOME_NOT_APPLICABLE] = "notApplicable",
    [OUTCOME_MANUAL] = "review", [OUTCOME_NOT_EVALUATED] = "open",
    [OUTCOME_ERROR] = "open",
};

struct out {
    const struct report_model *m;
    struct jsonout *to;
    bool full;
};

static void set(json_t *o, const char *key, json_t *v)
{
    (void)json_object_set_new_nocheck(o, key, v);
}

static json_t *text_of(const char *s, size_t chars)
{
    struct buf b;
    json_t *v;

    buf_init(&b, LIMIT_REPORT_TEXT_BYTES);
    escape_line(&b, s != NULL ? s : "", chars);
    v = escape_json(b.p);
    buf_release(&b);
    return v;
}

static json_t *message_of(const char *s, size_t chars)
{
    json_t *o = json_object();

    set(o, "text", text_of(s, chars));
    return o;
}

static json_t *tags_of(const struct report_rule *r)
{
    json_t *tags = json_array();

    (void)json_array_append_new(tags, json_string("security"));
    (void)json_array_append_new(tags, text_of(r->service, NAME_CHARS));
    return tags;
}

static const char *https_reference(const struct report_rule *r)
{
    const json_t *ref;
    size_t i;

    json_array_foreach(r->references, i, ref)
    {
        const char *url = json_string_value(json_object_get(ref, "url"));

        if (url != NULL && strncmp(url, "https://", 8) == 0 &&
            strspn(url,
                   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~.:/?#=&") ==
                strlen(url))
            return url;
    }
    return NULL;
}

/* A message may not be empty. */
static const char *title_of(const struct report_rule *r)
{
    return r->title[0] != '\0' ? r->title : r->id;
}

static json_t *rule_of(const struct report_model *m, const struct report_rule *r)
{
    char *overrides = report_override_words(m, r);
    json_t *o = json_object();
    json_t *config = json_object();
    json_t *props = json_object();
    const char *fix = json_string_value(json_object_get(r->remediation, "summary"));
    const char *title = title_of(r);
    const char *url = https_reference(r);

    set(o, "id", text_of(r->id, NAME_CHARS));
    set(o, "shortDescription", message_of(title, TITLE_CHARS));
    set(o, "fullDescription", message_of(r->summary[0] != '\0' ? r->summary : title, TEXT_CHARS));
    set(o, "help", message_of(fix != NULL && fix[0] != '\0' ? fix : title, TEXT_CHARS));
    if (url != NULL)
        set(o, "helpUri", json_string(url));
    set(config, "level", json_string(severities[r->severity].level));
    set(o, "defaultConfiguration", config);
    set(props, "security-severity", json_string(severities[r->severity].score));
    set(props, "severity", json_string(severity_name(r->severity)));
    set(props, "tags", tags_of(r));
    if (overrides != NULL)
        set(props, "changedByProfile", text_of(overrides, TEXT_CHARS));
    set(o, "properties", props);
    free(overrides);
    return o;
}

static enum err_code add_resource(void *ctx, const struct report_row *row, struct err *e)
{
    json_t *o = json_object();

    (void)e;
    set(o, "name",
        text_of(row->resource_name != NULL ? row->resource_name : row->resource_id, NAME_CHARS));
    set(o, "fullyQualifiedName", text_of(row->resource_id, NAME_CHARS));
    set(o, "kind", json_string("resource"));
    (void)json_array_append_new(ctx, o);
    return ERR_OK;
}

static enum err_code location_of(const struct out *o, const struct report_rule *r, json_t **out,
                                 struct err *e)
{
    json_t *location = json_object();
    json_t *logical = json_array();
    char *uri = escape_rule_uri(r->file);
    enum err_code code = report_rows_each(o->m, r->id, "fail", RESOURCES, add_resource, logical, e);

    set(location, "physicalLocation",
        json_pack("{s:{s:s}, s:{s:i}}", "artifactLocation", "uri", uri, "region", "startLine", 1));
    if (json_array_size(logical) > 0)
        (void)json_object_set_nocheck(location, "logicalLocations", logical);
    json_decref(logical);
    free(uri);
    *out = location;
    return code;
}

/* The same finding in the next run: the rule and the tenant, nothing that changes. */
static void set_fingerprint(json_t *o, const struct out *out, const struct report_rule *r)
{
    char *text = xasprintf("%s\n%s", r->id, out->m->tenant_id != NULL ? out->m->tenant_id : "");
    char hex[SHA256_HEX_BYTES];

    sha256_hex(text, strlen(text), hex);
    set(o, "partialFingerprints", json_pack("{s:s}", "graphaudit/v1", hex));
    free(text);
}

/* Who accepted a waived finding, and why: one suppression a waiver. */
static json_t *suppressions_of(const struct out *out, const struct report_rule *r)
{
    json_t *all = json_array();

    for (size_t i = 0; i < out->m->waiver_count; i++) {
        const struct report_waiver *w = &out->m->waivers[i];
        char *why;

        if (!str_eq(w->rule_id, r->id) || w->matched == 0)
            continue;
        why = xasprintf("%s: %s (%s, until %s)", w->id, w->reason, w->owner, w->expires);
        (void)json_array_append_new(all, json_pack("{s:s, s:s, s:o}", "kind", "external", "status",
                                                   "accepted", "justification",
                                                   text_of(why, TEXT_CHARS)));
        free(why);
    }
    if (json_array_size(all) == 0) /* a snapshot that does not hold its waivers */
        (void)json_array_append_new(
            all, json_pack("{s:s, s:s}", "kind", "external", "status", "accepted"));
    return all;
}

struct against {
    size_t new, open, not_known, fixed;
};

static enum err_code count_baseline(void *ctx, const struct report_row *row, struct err *e)
{
    struct against *n = ctx;

    (void)e;
    n->new += str_eq(row->baseline, "new");
    n->open += str_eq(row->baseline, "open");
    n->not_known += str_eq(row->baseline, "not_known");
    n->fixed += str_eq(row->baseline, "fixed");
    return ERR_OK;
}

/* Findings of the rule in the baseline, whether waived now or not; and of these, those that fail.
 */
struct before {
    int64_t all, failing;
};

static enum err_code count_before(const struct out *out, const struct report_rule *r,
                                  struct before *n, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code = stmt_prepare(out->m->s,
                                      "SELECT count(*), count(*) FILTER (WHERE state = 'open') "
                                      "FROM baseline_finding WHERE rule_id = ?",
                                      &st, e);

    if (code == ERR_OK) {
        stmt_bind_text(st, 1, r->id);
        code = stmt_step(st, &row, e);
    }
    if (code == ERR_OK && row) {
        n->all = stmt_int(st, 0);
        n->failing = stmt_int(st, 1);
    }
    stmt_free(st);
    return code;
}

/* SARIF 2.1.0 section 3.27.24, of a result that is a rule: new when the baseline judged the rule
 * and had no finding of it, unchanged when the findings are the same, updated when it had others.
 * NULL when the baseline cannot tell. What is fixed is absent, in a file that has passed rules at
 * all: GitHub would open an alert for it. */
static const char *state_of(const struct report_rule *r, const struct against *n,
                            const struct before *b)
{
    if (r->outcome == OUTCOME_PASS || r->outcome == OUTCOME_NOT_APPLICABLE)
        return b->all > 0 && n->fixed == (size_t)b->all ? "absent" : NULL;
    if (strcmp(kinds[r->outcome], "fail") != 0)
        return NULL;
    if (b->all == 0)
        return n->new > 0 ? "new" : NULL;
    return n->new + n->not_known == 0 && b->failing == b->all ? "unchanged" : "updated";
}

/* A result is a rule, a finding a resource: so there are counts beside the state. */
static enum err_code set_baseline(const struct out *out, const struct report_rule *r,
                                  json_t *result, json_t *props, struct err *e)
{
    struct against n = {0, 0, 0, 0};
    struct against waived = {0, 0, 0, 0}; /* not counted: nobody has to do anything about them */
    struct before before = {0, 0};
    const char *state;
    enum err_code code;

    if (out->m->baseline == NULL)
        return ERR_OK;
    code = report_rows_each(out->m, r->id, "fail", 0, count_baseline, &n, e);
    if (code == ERR_OK)
        code = report_rows_each(out->m, r->id, "waived", 0, count_baseline, &waived, e);
    if (code == ERR_OK)
        code = report_fixed_each(out->m, r->id, count_baseline, &n, e);
    if (code == ERR_OK)
        code = count_before(out, r, &before, e);
    state = state_of(r,
                     &(struct against){.new = n.new + waived.new,
                                       .not_known = n.not_known + waived.not_known,
                                       .fixed = n.fixed},
                     &before);
    if (state != NULL)
        set(result, "baselineState", json_string(state));
    set(props, "baseline",
        json_pack("{s:I, s:I, s:I, s:I}", "new", (json_int_t)n.new, "open", (json_int_t)n.open,
                  "notKnown", (json_int_t)n.not_known, "fixed", (json_int_t)n.fixed));
    return code;
}

static enum err_code result_of(const struct out *out, size_t i, json_t **result, struct err *e)
{
    const struct report_rule *r = &out->m->rules[i];
    bool is_fail = strcmp(kinds[r->outcome], "fail") == 0;
    json_t *o = json_object();
    json_t *props = json_object();
    json_t *location = NULL;
    enum err_code code = location_of(out, r, &location, e);

    set(o, "ruleId", text_of(r->id, NAME_CHARS));
    set(o, "ruleIndex", json_integer((json_int_t)i));
    set(o, "kind", json_string(kinds[r->outcome]));
    set(o, "level", json_string(is_fail ? severities[r->severity].level : "none"));
    set(o, "message", message_of(r->message[0] != '\0' ? r->message : title_of(r), TEXT_CHARS));
    set(o, "locations", json_pack("[o]", location));
    if (r->fail > 0)
        set(o, "occurrenceCount", json_integer((json_int_t)r->fail));
    set_fingerprint(o, out, r);
    if (r->outcome == OUTCOME_WAIVED)
        set(o, "suppressions", suppressions_of(out, r));
    set(props, "outcome", json_string(outcome_name(r->outcome)));
    set(props, "is_incomplete", json_boolean(r->is_incomplete));
    if (code == ERR_OK)
        code = set_baseline(out, r, o, props, e);
    set(o, "properties", props);
    *result = o;
    return code;
}

/* What GitHub has no word for: rules that got no verdict. */
static json_t *notification_of(size_t i, const struct report_rule *r)
{
    bool is_error = r->outcome == OUTCOME_ERROR;
    json_t *o = json_object();
    json_t *rule = json_object();
    char *text = xasprintf("%s: %s%s%s", r->id, is_error ? "engine error" : "not evaluated",
                           r->message[0] != '\0' ? ": " : "", r->message);

    set(rule, "id", text_of(r->id, NAME_CHARS));
    set(rule, "index", json_integer((json_int_t)i));
    set(o, "level", json_string(is_error ? "error" : "warning"));
    set(o, "message", message_of(text, TEXT_CHARS));
    set(o, "associatedRule", rule);
    free(text);
    return o;
}

/* A waiver that ends, matches nothing or was for an older rule. */
static void put_waiver_warnings(struct out *o)
{
    o->to->first = true;
    for (size_t i = 0; i < o->m->waiver_count; i++) {
        const struct report_waiver *w = &o->m->waivers[i];
        char *text;

        if (w->warning == NULL)
            continue;
        text = xasprintf("waiver %s (%s): %s", w->id, w->rule_id, w->warning);
        jsonout_item(o->to, json_pack("{s:s, s:o}", "level", "warning", "message",
                                      message_of(text, TEXT_CHARS)));
        free(text);
    }
}

/* What the results were read against. */
static void put_properties(struct out *o)
{
    char *words = report_baseline_words(o->m);
    json_t *props = json_object();

    if (o->m->profile != NULL)
        set(props, "profile", text_of(o->m->profile, NAME_CHARS));
    if (words[0] != '\0')
        set(props, "baseline", text_of(words, TEXT_CHARS));
    if (o->m->redacted != 0)
        set(props, "redacted", report_redacted_json(o->m));
    if (json_object_size(props) > 0) {
        jsonout_put(o->to, "\"properties\": ");
        jsonout_value(o->to, json_incref(props));
        jsonout_put(o->to, ",\n");
    }
    json_decref(props);
    free(words);
}

static void put_invocation(struct out *o)
{
    const struct report_model *m = o->m;
    bool is_whole = m->has_evaluation && m->outcomes[OUTCOME_ERROR] == 0;

    (void)fprintf(o->to->f, "\"invocations\": [{\"executionSuccessful\": %s",
                  is_whole ? "true" : "false");
    if (m->started_at != NULL) {
        jsonout_put(o->to, ", \"startTimeUtc\": ");
        jsonout_value(o->to, text_of(m->started_at, NAME_CHARS));
    }
    if (m->finished_at != NULL) {
        jsonout_put(o->to, ", \"endTimeUtc\": ");
        jsonout_value(o->to, text_of(m->finished_at, NAME_CHARS));
    }
    jsonout_put(o->to, ", \"toolExecutionNotifications\": [");
    o->to->first = true;
    if (!m->has_evaluation)
        jsonout_item(o->to, json_pack("{s:s, s:{s:s}}", "level", "error", "message", "text",
                                      "no rule has been evaluated on this snapshot"));
    for (size_t i = 0; i < m->rule_count; i++)
        if (m->rules[i].outcome == OUTCOME_NOT_EVALUATED || m->rules[i].outcome == OUTCOME_ERROR)
            jsonout_item(o->to, notification_of(i, &m->rules[i]));
    jsonout_put(o->to, "\n], \"toolConfigurationNotifications\": [");
    put_waiver_warnings(o);
    jsonout_put(o->to, "\n]}],\n");
}

static enum err_code put_run(struct out *o, struct err *e)
{
    const struct report_model *m = o->m;
    const char *version = m->evaluator_version != NULL ? m->evaluator_version : m->tool_version;
    char *id = xasprintf("graphaudit/%s/", m->tenant_id != NULL ? m->tenant_id : "unknown");
    enum err_code code = ERR_OK;

    jsonout_put(o->to,
                "{\"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\",\n\"version\": "
                "\"2.1.0\",\n\"runs\": [{\n\"tool\": {\"driver\": {\"name\": \"graphaudit\", "
                "\"version\": ");
    jsonout_value(o->to, text_of(version, NAME_CHARS));
    jsonout_put(o->to, ", \"rules\": [");
    o->to->first = true;
    for (size_t i = 0; i < m->rule_count; i++)
        jsonout_item(o->to, rule_of(m, &m->rules[i]));
    jsonout_put(o->to, "\n]}},\n\"automationDetails\": {\"id\": ");
    jsonout_value(o->to, text_of(id, NAME_CHARS));
    jsonout_put(o->to, "},\n");
    put_invocation(o);
    put_properties(o);
    jsonout_put(o->to, "\"results\": [");
    o->to->first = true;
    for (size_t i = 0; code == ERR_OK && i < m->rule_count; i++) {
        json_t *result = NULL;

        if (!o->full && m->rules[i].outcome != OUTCOME_FAIL)
            continue;
        code = result_of(o, i, &result, e);
        jsonout_item(o->to, result);
    }
    jsonout_put(o->to, "\n]\n}]}\n");
    free(id);
    return code;
}

static enum err_code put_report(struct jsonout *to, const struct report_model *m, void *ctx,
                                struct err *e)
{
    struct out o = {.m = m, .to = to, .full = *(const bool *)ctx};

    return put_run(&o, e);
}

enum err_code sarif_write(struct store *s, const struct report_options *o, FILE *f, struct err *e)
{
    bool full = false;

    (void)o;
    return jsonout_report(s, f, "SARIF", put_report, &full, e);
}

enum err_code sarif_full_write(struct store *s, const struct report_options *o, FILE *f,
                               struct err *e)
{
    bool full = true;

    (void)o;
    return jsonout_report(s, f, "SARIF", put_report, &full, e);
}
