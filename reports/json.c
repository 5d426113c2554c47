/* The JSON report: the contract for programs. Schema 1, see schema/report-1.schema.json.
 *
 * Rules and resource rows are written one a line, each as it comes out of the store, so that the
 * size of a tenant does not become the size of a tree in memory. */
#include "formats.h"

#include "escape.h"
#include "evidence.h"
#include "jsonout.h"
#include "missing.h"
#include "report_model.h"
#include "smtp_picture.h"

static void put_member(struct jsonout *o, const char *name, json_t *v)
{
    (void)fprintf(o->f, o->lines ? ", \"%s\": " : ",\n\"%s\": ", name);
    jsonout_value(o, v);
}

static void start_array(struct jsonout *o, const char *name)
{
    if (o->lines)
        return;
    (void)fprintf(o->f, ",\n\"%s\": [", name);
    o->first = true;
}

static void end_array(struct jsonout *o)
{
    if (!o->lines)
        jsonout_put(o, "\n]");
}

/* In a document the array says what an item is. */
static json_t *new_item(const struct jsonout *o, const char *type)
{
    json_t *v = json_object();

    if (o->lines)
        (void)json_object_set_new_nocheck(v, "type", json_string(type));
    return v;
}

static void set_text(json_t *o, const char *key, const char *value)
{
    (void)json_object_set_new_nocheck(o, key, escape_json(value));
}

static void set_count(json_t *o, const char *key, size_t n)
{
    (void)json_object_set_new_nocheck(o, key, json_integer((json_int_t)n));
}

/* A part that came out of the store as JSON; null when it was not there. */
static void set_part(json_t *o, const char *key, json_t *part)
{
    (void)json_object_set_nocheck(o, key, part != NULL ? part : json_null());
}

static json_t *tool_of(const struct report_model *m)
{
    json_t *o = json_object();

    set_text(o, "name", "graphaudit");
    set_text(o, "version", m->evaluator_version != NULL ? m->evaluator_version : m->tool_version);
    return o;
}

static json_t *tenant_of(const struct report_model *m)
{
    json_t *o = json_object();

    set_text(o, "id", m->tenant_id);
    set_text(o, "name", m->tenant_name);
    set_text(o, "domain", m->tenant_domain);
    set_text(o, "cloud", m->cloud);
    return o;
}

static json_t *snapshot_of(const struct report_model *m)
{
    json_t *o = json_object();

    set_text(o, "digest", m->digest);
    set_text(o, "started_at", m->started_at);
    set_text(o, "finished_at", m->finished_at);
    set_text(o, "sealed_at", m->sealed_at);
    set_text(o, "tool_version", m->tool_version);
    (void)json_object_set_new_nocheck(o, "schema_version", json_integer(m->schema_version));
    set_text(o, "client_id", m->client_id);
    set_part(o, "granted_permissions", m->granted);
    if (m->sittings != NULL)
        set_part(o, "sittings", m->sittings);
    return o;
}

static json_t *evaluation_of(const struct report_model *m)
{
    json_t *o;

    if (!m->has_evaluation)
        return json_null();
    o = json_object();
    set_text(o, "as_of", m->as_of);
    set_text(o, "smtp_removal_date", m->smtp_removal_date);
    set_text(o, "profile", m->profile);
    set_text(o, "rules_digest", m->rules_digest);
    set_text(o, "fail_on", m->fail_on);
    set_part(o, "profile_details", m->profile_details);
    set_part(o, "baseline", m->baseline);
    return o;
}

static json_t *list_of(const struct strlist *l)
{
    json_t *a = json_array();

    for (size_t i = 0; i < l->n; i++)
        (void)json_array_append_new(a, escape_json(l->v[i]));
    return a;
}

static json_t *missing_of(const struct report_model *m)
{
    struct missing_groups g;
    json_t *all = json_array();

    missing_groups_build(m, &g);
    for (size_t i = 0; i < g.n; i++) {
        json_t *o = json_object();

        set_text(o, "reason_code", reason_name(g.v[i].reason));
        set_text(o, "needs", g.v[i].needs);
        (void)json_object_set_new_nocheck(o, "resources", list_of(&g.v[i].resources));
        (void)json_object_set_new_nocheck(o, "not_evaluated", list_of(&g.v[i].rules));
        (void)json_object_set_new_nocheck(o, "incomplete", list_of(&g.v[i].incomplete));
        (void)json_array_append_new(all, o);
    }
    missing_groups_release(&g);
    return all;
}

static json_t *summary_of(const struct report_model *m)
{
    json_t *o;
    json_t *outcomes;
    json_t *failing;

    if (!m->has_evaluation)
        return json_null(); /* no rule ran: counts would be zeros that look like good news */
    o = json_object();
    outcomes = json_object();
    failing = json_object();
    for (size_t i = 0; i < OUTCOME_COUNT; i++)
        set_count(outcomes, outcome_name((enum outcome)i), m->outcomes[i]);
    for (size_t i = 0; i < SEVERITY_COUNT; i++)
        set_count(failing, severity_name((enum severity)i), m->failing[i]);
    set_count(o, "rules", m->rule_count);
    set_count(o, "judged", report_judged(m));
    set_count(o, "not_judged", report_unjudged(m));
    set_count(o, "incomplete_failures", m->incomplete_fails);
    (void)json_object_set_new_nocheck(o, "outcomes", outcomes);
    (void)json_object_set_new_nocheck(o, "failing", failing);
    (void)json_object_set_new_nocheck(o, "missing", missing_of(m));
    return o;
}

static json_t *verdicts_of(const size_t counts[SMTP_VERDICTS])
{
    json_t *o = json_object();

    for (size_t i = 0; i < SMTP_VERDICTS; i++)
        set_count(o, smtp_verdict_name((enum smtp_verdict)i), counts[i]);
    return o;
}

static enum err_code smtp_of(const struct report_model *m, json_t **out, struct err *e)
{
    static const char *const layers[SMTP_LAYERS] = {"tenant", "security_policy", "mailbox"};
    struct smtp_picture p;
    enum err_code code = smtp_picture_load(m, &p, e);
    json_t *o;
    json_t *by_layer;

    if (code != ERR_OK)
        return code;
    if (p.is_empty) {
        *out = json_null();
        return ERR_OK;
    }
    o = json_object();
    by_layer = json_object();
    set_count(o, "mailboxes", p.mailboxes);
    (void)json_object_set_new_nocheck(o, "is_partial", json_boolean(p.is_partial));
    (void)json_object_set_new_nocheck(o, "basic", verdicts_of(p.basic));
    (void)json_object_set_new_nocheck(o, "oauth_delegated", verdicts_of(p.delegated));
    (void)json_object_set_new_nocheck(o, "oauth_app", verdicts_of(p.app));
    for (size_t i = 0; i < SMTP_LAYERS; i++)
        (void)json_object_set_new_nocheck(by_layer, layers[i], verdicts_of(p.layer[i]));
    (void)json_object_set_new_nocheck(o, "layers", by_layer);
    *out = o;
    return ERR_OK;
}

static json_t *counts_of(const struct report_rule *r)
{
    json_t *o = json_object();

    set_count(o, "pass", r->pass);
    set_count(o, "fail", r->fail);
    set_count(o, "unknown", r->unknown);
    set_count(o, "manual", r->manual);
    set_count(o, "not_applicable", r->not_applicable);
    set_count(o, "waived", r->waived);
    set_count(o, "total", r->total);
    return o;
}

static json_t *rule_of(const struct jsonout *out, const struct report_rule *r)
{
    json_t *o = new_item(out, "rule");

    set_text(o, "id", r->id);
    (void)json_object_set_new_nocheck(o, "version", json_integer(r->version));
    set_text(o, "pack", r->pack);
    set_text(o, "file", r->file);
    set_text(o, "title", r->title);
    set_text(o, "service", r->service);
    set_text(o, "severity", severity_name(r->severity));
    set_text(o, "outcome", outcome_name(r->outcome));
    set_text(o, "reason_code", reason_name(r->reason));
    set_text(o, "message", r->message);
    (void)json_object_set_new_nocheck(o, "is_incomplete", json_boolean(r->is_incomplete));
    (void)json_object_set_new_nocheck(o, "counts", counts_of(r));
    set_part(o, "missing", r->missing);
    set_text(o, "summary", r->summary);
    set_text(o, "rationale", r->rationale);
    set_part(o, "remediation", r->remediation);
    set_part(o, "references", r->references);
    set_part(o, "mappings", r->mappings);
    set_part(o, "evidence", r->resources);
    set_text(o, "query", r->query);
    set_part(o, "overrides", r->overrides);
    return o;
}

struct row_ctx {
    struct jsonout *o;
    const char *rule_id;
    struct evidence evidence; /* of the row at hand */
};

/* As it was stored, when that is what we would write. */
static void add_evidence(struct row_ctx *c, struct buf *b, const char *json)
{
    struct err ignored = ERR_INIT;
    json_t *v = NULL;

    if (json != NULL && evidence_split(&c->evidence, json)) {
        buf_adds(b, json);
        return;
    }
    /* Not JSON after all (a query with two columns of one name): then it stays text. */
    if (json != NULL && escape_parse(json, "evidence", &v, &ignored) != ERR_OK)
        v = escape_json(json);
    if (v != NULL)
        escape_json_dump(b, v);
    else
        buf_adds(b, "null");
    json_decref(v);
}

static enum err_code put_row(void *ctx, const struct report_row *row, struct err *e)
{
    struct row_ctx *c = ctx;
    struct buf *b = jsonout_begin(c->o);

    (void)e;
    buf_adds(b, c->o->lines ? "{\"type\":\"resource\",\"rule_id\":" : "{\"rule_id\":");
    escape_json_text(b, c->rule_id);
    jsonout_member(b, "resource_id", row->resource_id);
    jsonout_member(b, "resource_name", row->resource_name);
    jsonout_member(b, "status", row->status);
    jsonout_member(b, "reason", row->reason);
    jsonout_member(b, "waiver_id", row->waiver_id);
    jsonout_member(b, "waiver_note", row->note);
    jsonout_member(b, "baseline", row->baseline);
    buf_adds(b, ",\"evidence\":");
    add_evidence(c, b, row->evidence);
    buf_addc(b, '}');
    jsonout_send(c->o);
    return ERR_OK;
}

static enum err_code put_rows(struct jsonout *o, const struct report_model *m, struct err *e)
{
    struct row_ctx c = {.o = o};
    enum err_code code = ERR_OK;

    start_array(o, "resources");
    for (size_t i = 0; code == ERR_OK && i < m->rule_count; i++) {
        c.rule_id = m->rules[i].id;
        code = report_rows_each(m, c.rule_id, NULL, 0, put_row, &c, e);
    }
    end_array(o);
    evidence_release(&c.evidence);
    return code;
}

static enum err_code put_fixed_row(void *ctx, const struct report_row *row, struct err *e)
{
    struct row_ctx *c = ctx;
    json_t *o = new_item(c->o, "fixed");

    (void)e;
    set_text(o, "rule_id", c->rule_id);
    set_text(o, "resource_id", row->resource_id);
    set_text(o, "resource_name", row->resource_name);
    jsonout_item(c->o, o);
    return ERR_OK;
}

static enum err_code put_fixed(struct jsonout *o, const struct report_model *m, struct err *e)
{
    enum err_code code = ERR_OK;

    start_array(o, "fixed");
    for (size_t i = 0; code == ERR_OK && i < m->rule_count; i++) {
        struct row_ctx c = {.o = o, .rule_id = m->rules[i].id};

        code = report_fixed_each(m, c.rule_id, put_fixed_row, &c, e);
    }
    end_array(o);
    return code;
}

static void put_waivers(struct jsonout *o, const struct report_model *m)
{
    start_array(o, "waivers");
    for (size_t i = 0; i < m->waiver_count; i++) {
        const struct report_waiver *w = &m->waivers[i];
        json_t *v = new_item(o, "waiver");

        set_text(v, "id", w->id);
        set_text(v, "rule_id", w->rule_id);
        set_text(v, "tenant", w->tenant);
        set_text(v, "disposition", w->disposition);
        set_text(v, "owner", w->owner);
        set_text(v, "approved_by", w->approved_by);
        set_text(v, "ticket", w->ticket);
        set_text(v, "reason", w->reason);
        set_text(v, "created", w->created);
        set_text(v, "expires", w->expires);
        set_text(v, "state", w->state);
        (void)json_object_set_new_nocheck(v, "days", json_integer(w->days));
        set_count(v, "matched", w->matched);
        set_text(v, "warning", w->warning);
        jsonout_item(o, v);
    }
    end_array(o);
}

static void put_collection(struct jsonout *o, const struct report_model *m)
{
    start_array(o, "collection");
    for (size_t i = 0; i < m->collection_count; i++) {
        const struct report_collection *c = &m->collection[i];
        json_t *v = new_item(o, "collection");

        set_text(v, "resource", c->resource);
        set_text(v, "state", collection_state_name(c->state));
        set_text(v, "reason_code", reason_name(c->reason));
        set_text(v, "detail", c->detail);
        set_count(v, "rows", c->rows);
        set_count(v, "pages", c->pages);
        set_count(v, "requests", c->requests);
        set_text(v, "permission", c->permission);
        set_text(v, "licence", c->licence);
        set_text(v, "request", c->request_template);
        set_text(v, "started_at", c->started_at);
        set_text(v, "finished_at", c->finished_at);
        jsonout_item(o, v);
    }
    end_array(o);
}

/* The whole as one document, or its head as the first of the lines. */
static void put_head(struct jsonout *o, const struct report_model *m, json_t *smtp)
{
    if (o->lines)
        jsonout_put(o, "{\"type\": \"report\", \"schema\": 1");
    else
        jsonout_put(o, "{\n\"schema\": 1");
    put_member(o, "tool", tool_of(m));
    put_member(o, "tenant", tenant_of(m));
    put_member(o, "snapshot", snapshot_of(m));
    if (m->redacted != 0)
        put_member(o, "redacted", report_redacted_json(m));
    put_member(o, "evaluation", evaluation_of(m));
    put_member(o, "summary", summary_of(m));
    put_member(o, "smtp_auth", smtp);
    if (o->lines)
        jsonout_put(o, "}\n");
}

static enum err_code put_report(struct jsonout *o, const struct report_model *m, void *ctx,
                                struct err *e)
{
    json_t *smtp = NULL;
    enum err_code code = smtp_of(m, &smtp, e);

    o->lines = *(const bool *)ctx;
    if (code != ERR_OK)
        return code;
    put_head(o, m, smtp);
    start_array(o, "rules");
    for (size_t i = 0; i < m->rule_count; i++)
        jsonout_item(o, rule_of(o, &m->rules[i]));
    end_array(o);
    code = put_rows(o, m, e);
    if (code == ERR_OK)
        code = put_fixed(o, m, e);
    put_waivers(o, m);
    put_collection(o, m);
    jsonout_put(o, o->lines ? "" : "\n}\n");
    return code;
}

enum err_code json_write(struct store *s, const struct report_options *opt, FILE *f, struct err *e)
{
    bool lines = false;

    (void)opt;
    return jsonout_report(s, f, "JSON", put_report, &lines, e);
}

enum err_code ndjson_write(struct store *s, const struct report_options *opt, FILE *f,
                           struct err *e)
{
    bool lines = true;

    (void)opt;
    return jsonout_report(s, f, "JSON", put_report, &lines, e);
}
