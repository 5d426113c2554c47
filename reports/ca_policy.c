/* One Conditional Access policy in words: what it asks, of whom, and whom it leaves out how. */
#include "ca_picture.h"

#include "base/limits.h"
#include "base/strs.h"
#include "escape.h"
#include "model/store.h"
#include "words.h"

static const char *grant_word(const char *value)
{
    static const struct {
        const char *stored, *shown;
    } grants[] = {
        {"block", "block access"},
        {"mfa", "MFA"},
        {"compliantDevice", "compliant device"},
        {"domainJoinedDevice", "hybrid joined device"},
        {"approvedApplication", "approved app"},
        {"compliantApplication", "protected app"},
        {"passwordChange", "password change"},
        {"riskRemediation", "risk remediation"},
    };

    for (size_t i = 0; i < COUNT_OF(grants); i++)
        if (str_eq(grants[i].stored, value))
            return grants[i].shown;
    return value;
}

static enum err_code add_controls(struct stmt *st, struct buf *b, struct err *e)
{
    const char *sep = " and ";
    bool row = false;
    enum err_code code;

    while ((code = stmt_step(st, &row, e)) == ERR_OK && row) {
        const char *kind = stmt_text(st, 0);
        const char *value = stmt_text(st, 1);
        const char *name = stmt_text(st, 2);

        if (str_eq(kind, "operator")) {
            sep = str_eq(value, "OR") ? " or " : " and ";
            continue;
        }
        if (b->n > 0)
            buf_adds(b, sep);
        if (str_eq(kind, "strength"))
            buf_addf(b, "authentication strength %s", name != NULL ? name : value);
        else if (str_eq(kind, "terms_of_use"))
            buf_adds(b, "terms of use");
        else
            buf_adds(b, grant_word(value));
    }
    return code;
}

/* "everyone", "all apps", else how many of what: the names are in the evidence. */
static void add_target(struct buf *b, const char *dimension, size_t n, const char *first)
{
    static const struct {
        const char *dimension, *target, *shown;
    } whole[] = {
        {"user", "All", "everyone"},
        {"user", "None", "nobody"},
        {"user", "GuestsOrExternalUsers", "guests"},
        {"application", "All", "all apps"},
        {"application", "None", "no app"},
        {"application", "Office365", "Office 365"},
        {"application", "MicrosoftAdminPortals", "admin portals"},
        {"location", "All", "any location"},
        {"platform", "all", "all platforms"},
    };
    static const struct {
        const char *dimension, *shown;
    } kinds[] = {
        {"user", "user"},
        {"group", "group"},
        {"role", "role"},
        {"guest", "guest type"},
        {"service_principal", "service principal"},
        {"application", "app"},
        {"user_action", "user action"},
        {"client_app", "client type"},
        {"platform", "platform"},
        {"location", "location"},
        {"authentication_context", "authentication context"},
        {"user_risk", "user risk level"},
        {"sign_in_risk", "sign-in risk level"},
    };
    char digits[WORDS_BYTES];
    const char *kind = dimension;

    if (b->n > 0)
        buf_adds(b, ", ");
    for (size_t i = 0; n == 1 && i < COUNT_OF(whole); i++)
        if (str_eq(whole[i].dimension, dimension) && str_eq(whole[i].target, first)) {
            buf_adds(b, whole[i].shown);
            return;
        }
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_eq(kinds[i].dimension, dimension))
            kind = kinds[i].shown;
    buf_addf(b, "%s %s%s", words_count(n, digits), kind, words_s(n));
}

static enum err_code add_targets(struct stmt *st, struct buf *b, struct err *e)
{
    bool row = false;
    enum err_code code;

    while ((code = stmt_step(st, &row, e)) == ERR_OK && row)
        add_target(b, stmt_text(st, 0), (size_t)stmt_int(st, 1), stmt_text(st, 2));
    return code;
}

static enum err_code add_paths(struct stmt *st, struct buf *b, struct err *e)
{
    size_t shown = 0;
    size_t more = 0;
    char digits[WORDS_BYTES];
    bool row = false;
    enum err_code code;

    while ((code = stmt_step(st, &row, e)) == ERR_OK && row) {
        const char *via = stmt_text(st, 0);
        const char *name = stmt_text(st, 3) != NULL ? stmt_text(st, 3) : stmt_text(st, 1);

        if (shown++ >= CA_PATHS) {
            more++;
            continue;
        }
        buf_addf(b, "%s%s ", b->n > 0 ? "; " : "", words_count((size_t)stmt_int(st, 2), digits));
        if (str_eq(via, "user"))
            buf_adds(b, "named directly");
        else
            buf_addf(b, "by %s \"", str_eq(via, "guest") ? "guest type" : via);
        if (!str_eq(via, "user")) {
            escape_line(b, name, 60);
            buf_addc(b, '"');
        }
    }
    if (more > 0)
        buf_addf(b, "; and %zu more path%s", more, words_s(more));
    return code;
}

static enum err_code add_people(struct stmt *st, struct buf *b, size_t total, struct err *e)
{
    char digits[WORDS_BYTES];
    bool row = false;
    enum err_code code;

    while ((code = stmt_step(st, &row, e)) == ERR_OK && row) {
        if (b->n > 0)
            buf_adds(b, ", ");
        escape_line(b, stmt_text(st, 0), 80);
    }
    if (total > CA_PEOPLE)
        buf_addf(b, ", and %s more", words_count(total - CA_PEOPLE, digits));
    return code;
}

/* The parts of one policy, each from its own statement. */
struct parts {
    struct stmt *policies, *controls, *targets, *reach, *count, *paths, *people;
};

static const char controls_sql[] =
    "SELECT c.kind, c.value, s.display_name FROM ca_policy_control AS c "
    "LEFT JOIN authentication_strength AS s ON c.kind = 'strength' AND s.id = c.value "
    "WHERE c.policy_id = ?1 AND c.kind <> 'session' "
    "ORDER BY CASE c.kind WHEN 'operator' THEN 0 ELSE 1 END, c.kind, c.value";
/* Without what says nothing: all clients; nobody, where a group, role or guest type is named. */
static const char targets_sql[] =
    "SELECT dimension, count(*), min(target) FROM ca_policy_target AS t WHERE policy_id = ?1 "
    "AND mode = 'include' AND dimension IN ('user', 'group', 'role', 'guest', 'service_principal', "
    "'application', 'user_action', 'authentication_context', 'client_app', 'platform', 'location', "
    "'user_risk', 'sign_in_risk') AND NOT (dimension = 'client_app' AND lower(target) = 'all') "
    "AND NOT (dimension = 'user' AND target = 'None' AND EXISTS (SELECT 1 FROM ca_policy_target AS "
    "o WHERE o.policy_id = t.policy_id AND o.mode = 'include' AND o.dimension IN ('group', 'role', "
    "'guest', 'service_principal'))) GROUP BY dimension "
    "ORDER BY CASE dimension WHEN 'user' THEN 0 WHEN 'group' THEN 1 WHEN 'role' THEN 2 "
    "WHEN 'guest' THEN 3 WHEN 'service_principal' THEN 4 WHEN 'application' THEN 5 ELSE 6 END, "
    "dimension";
static const char reach_sql[] = "SELECT reached, possibly FROM ca_reach WHERE policy_id = ?1";
static const char count_sql[] =
    "SELECT count(DISTINCT user_id) FROM ca_exclusion WHERE policy_id = ?1";
static const char paths_sql[] =
    "SELECT x.via, CASE x.via WHEN 'user' THEN '' ELSE x.via_id END, count(DISTINCT x.user_id) AS "
    "n, "
    "max(coalesce(g.display_name, r.display_name)) FROM ca_exclusion AS x "
    "LEFT JOIN directory_group AS g ON x.via = 'group' AND g.id = x.via_id "
    "LEFT JOIN role AS r ON x.via = 'role' AND (r.template_id = x.via_id OR r.id = x.via_id) "
    "WHERE x.policy_id = ?1 GROUP BY 1, 2 ORDER BY n DESC, 1, 2";
static const char people_sql[] =
    "SELECT DISTINCT coalesce(u.user_principal_name, x.user_id) FROM ca_exclusion AS x "
    "LEFT JOIN user AS u ON u.id = x.user_id WHERE x.policy_id = ?1 ORDER BY 1 LIMIT ?2";

/* Enforced first: what is off protects nobody. */
static const char policies_sql[] =
    "SELECT id, coalesce(display_name, id), coalesce(state, 'unknown') FROM ca_policy "
    "ORDER BY CASE state WHEN 'enabled' THEN 0 WHEN 'enabledForReportingButNotEnforced' THEN 1 "
    "WHEN 'disabled' THEN 3 ELSE 2 END, 2, 1";

static enum err_code prepare(const struct report_model *m, struct parts *p, struct err *e)
{
    const struct {
        const char *sql;
        struct stmt **st;
    } all[] = {
        {policies_sql, &p->policies}, {controls_sql, &p->controls}, {targets_sql, &p->targets},
        {reach_sql, &p->reach},       {count_sql, &p->count},       {paths_sql, &p->paths},
        {people_sql, &p->people},
    };
    enum err_code code = ERR_OK;

    for (size_t i = 0; code == ERR_OK && i < COUNT_OF(all); i++)
        code = stmt_prepare(m->s, all[i].sql, all[i].st, e);
    return code;
}

static enum err_code count_excluded(struct stmt *st, size_t *out, struct err *e)
{
    bool row = false;
    enum err_code code = stmt_step(st, &row, e);

    if (code == ERR_OK && row)
        *out = (size_t)stmt_int(st, 0);
    stmt_reset(st);
    return code;
}

static enum err_code count_reached(struct stmt *st, struct ca_policy_row *row, struct err *e)
{
    enum err_code code = stmt_step(st, &row->is_counted, e);

    if (code == ERR_OK && row->is_counted) {
        row->reached = (size_t)stmt_int(st, 0);
        row->possibly = (size_t)stmt_int(st, 1);
    }
    stmt_reset(st);
    return code;
}

struct texts {
    struct buf controls, scope, paths, people;
};

static enum err_code describe(struct parts *p, struct texts *t, struct ca_policy_row *row,
                              struct err *e)
{
    struct stmt *by_id[] = {p->controls, p->targets, p->reach, p->count, p->paths, p->people};
    struct buf *bufs[] = {&t->controls, &t->scope, &t->paths, &t->people};
    enum err_code code;

    for (size_t i = 0; i < COUNT_OF(bufs); i++)
        buf_clear(bufs[i]);
    for (size_t i = 0; i < COUNT_OF(by_id); i++)
        stmt_bind_text(by_id[i], 1, row->id);
    stmt_bind_int(p->people, 2, CA_PEOPLE);
    code = add_controls(p->controls, &t->controls, e);
    if (code == ERR_OK)
        code = add_targets(p->targets, &t->scope, e);
    if (code == ERR_OK)
        code = count_reached(p->reach, row, e);
    if (code == ERR_OK)
        code = count_excluded(p->count, &row->excluded, e);
    if (code == ERR_OK)
        code = add_paths(p->paths, &t->paths, e);
    if (code == ERR_OK)
        code = add_people(p->people, &t->people, row->excluded, e);
    row->controls = t->controls.p;
    row->scope = t->scope.p;
    row->paths = t->paths.p;
    row->people = t->people.p;
    return code;
}

enum err_code ca_policies_each(const struct report_model *m, ca_policy_fn *fn, void *ctx,
                               struct err *e)
{
    struct parts p = {.policies = NULL};
    struct texts t;
    struct buf *bufs[] = {&t.controls, &t.scope, &t.paths, &t.people};
    size_t number = 0;
    bool more = false;
    enum err_code code = prepare(m, &p, e);

    for (size_t i = 0; i < COUNT_OF(bufs); i++)
        buf_init(bufs[i], LIMIT_REPORT_TEXT_BYTES);
    while (code == ERR_OK && (code = stmt_step(p.policies, &more, e)) == ERR_OK && more) {
        struct ca_policy_row row = {.number = number + 1,
                                    .id = stmt_text(p.policies, 0),
                                    .name = stmt_text(p.policies, 1),
                                    .state = stmt_text(p.policies, 2)};

        number++;
        code = describe(&p, &t, &row, e);
        if (code == ERR_OK)
            code = fn(ctx, &row, e);
    }
    for (size_t i = 0; i < COUNT_OF(bufs); i++)
        buf_release(bufs[i]);
    stmt_free(p.policies);
    stmt_free(p.controls);
    stmt_free(p.targets);
    stmt_free(p.reach);
    stmt_free(p.count);
    stmt_free(p.paths);
    stmt_free(p.people);
    return code;
}
