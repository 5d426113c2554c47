/* Reading policies, their conditions and controls. */
#include "ca_model.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "ca_asked.h"
#include "ca_filter.h"
#include "ca_places.h"
#include "ca_verdict.h"
#include "model/evidence.h"
#include "model/store.h"

#include <stdlib.h>
#include <string.h>

const char *ca_text(struct ca_model *m, const char *s)
{
    return s != NULL ? ca_map_text(&m->texts, s) : NULL;
}

static const struct {
    const char *word;
    enum ca_kind kind;
} dimensions[] = {
    {"user", CA_KIND_USER},
    {"group", CA_KIND_GROUP},
    {"role", CA_KIND_ROLE},
    {"guest", CA_KIND_GUEST},
    {"application", CA_KIND_APP},
    {"application_filter", CA_KIND_APP_FILTER},
    {"user_action", CA_KIND_USER_ACTION},
    {"authentication_context", CA_KIND_CONTEXT},
    {"client_app", CA_KIND_CLIENT},
    {"platform", CA_KIND_PLATFORM},
    {"location", CA_KIND_LOCATION},
    {"device_filter", CA_KIND_DEVICE_FILTER},
    {"user_risk", CA_KIND_USER_RISK},
    {"sign_in_risk", CA_KIND_SIGN_IN_RISK},
    {"insider_risk", CA_KIND_INSIDER_RISK},
    {"authentication_flow", CA_KIND_FLOW},
};

static enum ca_kind kind_of(const char *word)
{
    for (size_t i = 0; i < COUNT_OF(dimensions); i++)
        if (str_eq(dimensions[i].word, word))
            return dimensions[i].kind;
    return CA_KIND_OTHER;
}

static enum ca_state state_of(const char *word)
{
    if (str_ieq(word, "enabled"))
        return CA_STATE_ENFORCED;
    if (str_ieq(word, "enabledForReportingButNotEnforced"))
        return CA_STATE_REPORT_ONLY;
    return str_ieq(word, "disabled") ? CA_STATE_DISABLED : CA_STATE_UNSEEN;
}

static enum err_code load_policies(struct ca_model *m, struct store *s, struct err *e)
{
    struct stmt *st = NULL;
    size_t cap = 0;
    bool row = false;
    enum err_code code = stmt_prepare(
        s, "SELECT id, display_name, state FROM ca_policy WHERE is_workload = 0 ORDER BY id", &st,
        e);

    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row) {
        struct ca_policy *p;

        if (m->policies == LIMIT_CA_POLICIES) {
            m->missing_policies = ca_pool_textf(
                &m->pool, "there are more than %zu Conditional Access policies", m->policies);
            break;
        }
        if (m->policies == cap) {
            cap = cap > 0 ? cap * 2 : 32;
            m->policy = xreallocarray(m->policy, cap, sizeof *m->policy);
        }
        p = &m->policy[m->policies++];
        memset(p, 0, sizeof *p);
        p->id = ca_text(m, stmt_text(st, 0));
        p->name = stmt_text(st, 1) != NULL ? ca_pool_text(&m->pool, stmt_text(st, 1)) : p->id;
        p->state_text = ca_pool_text(&m->pool, stmt_text(st, 2) != NULL ? stmt_text(st, 2) : "");
        p->state = state_of(stmt_text(st, 2));
        p->session.hours = CA_HOURS_NONE;
    }
    stmt_free(st);
    return code;
}

/* Rows come in the policies' order. NULL when the row's policy is not there. */
static struct ca_policy *policy_at(struct ca_model *m, const char *id, size_t *at)
{
    while (*at < m->policies && strcmp(m->policy[*at].id, id) < 0)
        (*at)++;
    return *at < m->policies && strcmp(m->policy[*at].id, id) == 0 ? &m->policy[*at] : NULL;
}

static enum err_code load_targets(struct ca_model *m, struct store *s, struct err *e)
{
    struct stmt *st = NULL;
    size_t at = 0;
    size_t n = 0;
    bool row = false;
    enum err_code code =
        stmt_prepare(s,
                     "SELECT policy_id, dimension, mode, target, detail FROM ca_policy_target"
                     " ORDER BY policy_id, dimension, mode, target",
                     &st, e);

    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row) {
        struct ca_policy *p = policy_at(m, stmt_text(st, 0), &at);

        if (p == NULL)
            continue;
        if (n++ == LIMIT_CA_TARGETS) {
            code = err_set(e, ERR_LIMIT, "more than %d Conditional Access targets",
                           (int)LIMIT_CA_TARGETS);
            break;
        }
        if ((p->targets & (p->targets - 1)) == 0) /* 0, 1, 2, 4, 8 ...: full */
            p->target =
                xreallocarray(p->target, p->targets > 0 ? p->targets * 2 : 1, sizeof *p->target);
        p->target[p->targets++] =
            (struct ca_target){.kind = kind_of(stmt_text(st, 1)),
                               .is_exclude = str_eq(stmt_text(st, 2), "exclude"),
                               .text = ca_text(m, stmt_text(st, 3)),
                               .detail = ca_text(m, stmt_text(st, 4))};
    }
    stmt_free(st);
    return code;
}

static enum ca_operator operator_of(const char *word)
{
    if (str_ieq(word, "AND"))
        return CA_OPERATOR_AND;
    return str_ieq(word, "OR") ? CA_OPERATOR_OR : CA_OPERATOR_UNSAID;
}

static enum err_code load_controls(struct ca_model *m, struct store *s, struct err *e)
{
    struct stmt *st = NULL;
    size_t at = 0;
    bool row = false;
    enum err_code code = stmt_prepare(
        s, "SELECT policy_id, kind, value FROM ca_policy_control ORDER BY policy_id, kind, value",
        &st, e);

    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row) {
        struct ca_policy *p = policy_at(m, stmt_text(st, 0), &at);
        const char *kind = stmt_text(st, 1);

        if (p == NULL)
            continue;
        if (str_eq(kind, "operator")) {
            p->operation = operator_of(stmt_text(st, 2));
        } else if (str_eq(kind, "session")) {
            p->has_session = true;
        } else {
            p->control = xreallocarray(p->control, p->controls + 1, sizeof *p->control);
            ca_control_read(m, &p->control[p->controls++], kind, stmt_text(st, 2));
        }
    }
    stmt_free(st);
    return code;
}

/* The same rule text is read once; what cannot be read stays NULL. */
static void bind_filters(struct ca_model *m)
{
    struct ca_map seen; /* from text to the target that was bound first */
    struct ca_target *first[LIMIT_CA_RULES];
    uint32_t n = 0;

    ca_map_init(&seen, &m->pool);
    for (size_t i = 0; i < m->policies; i++)
        for (size_t k = 0; k < m->policy[i].targets; k++) {
            struct ca_target *t = &m->policy[i].target[k];
            uint32_t at;

            if (t->kind != CA_KIND_DEVICE_FILTER || n == LIMIT_CA_RULES)
                continue;
            at = ca_map_add(&seen, &t->text, sizeof t->text, n);
            if (at == n) {
                t->ref = ca_rule_parse(&m->pool, t->text);
                first[n++] = t;
            } else {
                t->ref = first[at]->ref;
            }
        }
    ca_map_release(&seen);
}

static void bind_places(struct ca_model *m)
{
    for (size_t i = 0; i < m->policies; i++)
        for (size_t k = 0; k < m->policy[i].targets; k++) {
            struct ca_target *t = &m->policy[i].target[k];
            uint32_t at;

            if (t->kind != CA_KIND_LOCATION)
                continue;
            at = ca_map_get(&m->places->by_id, t->text, strlen(t->text) + 1);
            t->ref = at != CA_MAP_NONE ? &m->places->v[at] : NULL;
        }
}

static const struct evidence_status *status_of(const struct evidence_states *states,
                                               const char *resource)
{
    return &states->of[evidence_resource_find(resource)];
}

static bool is_complete(const struct evidence_states *states, const char *resource)
{
    return status_of(states, resource)->state == COLLECTION_COMPLETE;
}

/* Where reading stopped half-way, the rows that are there still count; where replies were not as
 * documented, they may lack something. */
static bool is_trusted(const struct evidence_status *s)
{
    return s->state == COLLECTION_COMPLETE ||
           (s->state == COLLECTION_PARTIAL && s->reason != REASON_MALFORMED);
}

static void note_evidence(struct ca_model *m, const struct evidence_states *states)
{
    const struct evidence_status *policies = status_of(states, "ca-policies");

    /* a group is "found" only once all of it was read (graph/collector_groups.c) */
    m->are_groups_trusted = is_trusted(status_of(states, "group-members"));
    m->are_roles_whole =
        is_complete(states, "role-assignments") && is_complete(states, "role-group-members");
    m->are_places_whole = is_complete(states, "named-locations");
    m->are_policies_trusted = is_trusted(policies);
    if (policies->state != COLLECTION_COMPLETE)
        m->missing_policies = ca_pool_textf(
            &m->pool, "the Conditional Access policies were not all read (%s, %s)",
            collection_state_name(policies->state),
            reason_name(policies->reason) != NULL ? reason_name(policies->reason) : "no reason");
}

static enum err_code load_tenant(struct ca_model *m, struct store *s, struct err *e)
{
    int64_t defaults = 0;
    char *country = NULL;

    if (store_int(s, "SELECT coalesce((SELECT is_enabled FROM security_defaults), -1)", &defaults,
                  e) != ERR_OK)
        return e->code;
    m->security_defaults = defaults == 1 ? CA_YES : defaults == 0 ? CA_NO : CA_MAYBE;
    if (store_text(s, "SELECT upper(country_letter_code) FROM organization ORDER BY id LIMIT 1",
                   &country, e) != ERR_OK)
        return e->code;
    if (country != NULL && strlen(country) == 2)
        m->home_country = ca_text(m, country);
    free(country);
    return ERR_OK;
}

static enum err_code load_all(struct ca_model *m, struct store *s, struct err *e)
{
    if (load_tenant(m, s, e) != ERR_OK || load_policies(m, s, e) != ERR_OK ||
        load_targets(m, s, e) != ERR_OK || load_controls(m, s, e) != ERR_OK ||
        ca_sessions_load(m, s, e) != ERR_OK || ca_places_load(m, s, e) != ERR_OK ||
        ca_strengths_load(m, s, e) != ERR_OK || ca_people_load(m, s, e) != ERR_OK ||
        ca_circles_load(m, s, e) != ERR_OK)
        return err_wrap(e, "reading Conditional Access");
    return ERR_OK;
}

static void settle(struct ca_model *m)
{
    m->live = ca_pool_get(&m->pool, m->policies + 1, sizeof *m->live);
    for (size_t i = 0; i < m->policies; i++) {
        ca_controls_settle(m, &m->policy[i]);
        if (m->policy[i].state != CA_STATE_DISABLED)
            m->live[m->lives++] = (uint32_t)i;
    }
    bind_places(m);
    bind_filters(m);
    ca_space_build(m);
    ca_scope_build(m);
    ca_verdicts_init(m);
    ca_effects_init(m);
    ca_map_init(&m->gap_at, &m->pool);
}

enum err_code ca_model_load(struct store *s, const struct evidence_states *states, int64_t as_of_ms,
                            struct ca_model **out, struct err *e)
{
    struct ca_model *m = xcalloc(1, sizeof *m);
    enum err_code code;

    ca_map_init(&m->texts, &m->pool);
    m->as_of_ms = as_of_ms;
    m->meter = &m->boxes;
    note_evidence(m, states);
    code = load_all(m, s, e);
    if (code != ERR_OK) {
        ca_model_free(m);
        return code;
    }
    settle(m);
    *out = m;
    return ERR_OK;
}

void ca_model_free(struct ca_model *m)
{
    if (m == NULL)
        return;
    ca_effects_release(m);
    ca_verdicts_release(m);
    ca_space_release(m);
    ca_people_release(m);
    ca_places_release(m);
    for (size_t i = 0; i < m->policies; i++) {
        free(m->policy[i].target);
        free(m->policy[i].control);
    }
    free(m->policy);
    free(m->classes.row);
    ca_map_release(&m->gap_at);
    free(m->gap);
    ca_map_release(&m->texts);
    ca_pool_release(&m->pool);
    free(m);
}
