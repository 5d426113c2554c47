/* One Conditional Access policy in words: what it asks, of whom, and whom it leaves out how. */
#include "ca_picture.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "escape.h"
#include "model/store.h"

#include <stdlib.h>
#include <string.h>

static void add(struct buf *b, enum lang lang, enum msg m, const struct say *s)
{
    message_add(b, lang, m, MESSAGE_WHOLE, s);
}

static void add_grant(struct buf *b, enum lang lang, const char *value)
{
    static const struct {
        const char *stored;
        enum msg shown;
    } grants[] = {
        {"block", MSG_CA_BLOCK},
        {"mfa", MSG_CA_MFA},
        {"compliantDevice", MSG_CA_COMPLIANT},
        {"domainJoinedDevice", MSG_CA_JOINED},
        {"approvedApplication", MSG_CA_APPROVED},
        {"compliantApplication", MSG_CA_PROTECTED},
        {"passwordChange", MSG_CA_PASSWORD},
        {"riskRemediation", MSG_CA_RISK},
    };

    for (size_t i = 0; i < COUNT_OF(grants); i++)
        if (str_eq(grants[i].stored, value)) {
            add(b, lang, grants[i].shown, SAY());
            return;
        }
    buf_adds(b, value != NULL ? value : "");
}

static enum err_code add_controls(struct stmt *st, enum lang lang, struct buf *b, struct err *e)
{
    enum msg sep = MSG_CA_AND;
    bool row = false;
    enum err_code code;

    while ((code = stmt_step(st, &row, e)) == ERR_OK && row) {
        const char *kind = stmt_text(st, 0);
        const char *value = stmt_text(st, 1);
        const char *name = stmt_text(st, 2);

        if (str_eq(kind, "operator")) {
            sep = str_eq(value, "OR") ? MSG_CA_OR : MSG_CA_AND;
            continue;
        }
        if (b->n > 0)
            add(b, lang, sep, SAY());
        if (str_eq(kind, "strength"))
            add(b, lang, MSG_CA_STRENGTH, SAY(.a = name != NULL ? name : value));
        else if (str_eq(kind, "terms_of_use"))
            add(b, lang, MSG_CA_TERMS, SAY());
        else
            add_grant(b, lang, value);
    }
    return code;
}

/* "everyone", "all apps", else how many of what: the names are in the evidence. */
static void add_target(struct buf *b, enum lang lang, const char *dimension, size_t n,
                       const char *first)
{
    static const struct {
        const char *dimension, *target;
        enum msg shown;
    } whole[] = {
        {"user", "All", MSG_CA_ALL_USERS},
        {"user", "None", MSG_CA_NO_USERS},
        {"user", "GuestsOrExternalUsers", MSG_CA_GUESTS},
        {"application", "All", MSG_CA_ALL_APPS},
        {"application", "None", MSG_CA_NO_APP},
        {"application", "Office365", MSG_CA_OFFICE},
        {"application", "MicrosoftAdminPortals", MSG_CA_PORTALS},
        {"location", "All", MSG_CA_ALL_PLACES},
        {"platform", "all", MSG_CA_ALL_PLATFORMS},
    };
    static const struct {
        const char *dimension;
        enum msg shown;
    } kinds[] = {
        {"user", MSG_CA_N_USER},
        {"group", MSG_CA_N_GROUP},
        {"role", MSG_CA_N_ROLE},
        {"guest", MSG_CA_N_GUEST},
        {"service_principal", MSG_CA_N_PRINCIPAL},
        {"application", MSG_CA_N_APP},
        {"user_action", MSG_CA_N_ACTION},
        {"client_app", MSG_CA_N_CLIENT},
        {"platform", MSG_CA_N_PLATFORM},
        {"location", MSG_CA_N_PLACE},
        {"authentication_context", MSG_CA_N_CONTEXT},
        {"user_risk", MSG_CA_N_USER_RISK},
        {"sign_in_risk", MSG_CA_N_SIGN_IN_RISK},
    };

    if (b->n > 0)
        buf_adds(b, ", ");
    for (size_t i = 0; n == 1 && i < COUNT_OF(whole); i++)
        if (str_eq(whole[i].dimension, dimension) && str_eq(whole[i].target, first)) {
            add(b, lang, whole[i].shown, SAY());
            return;
        }
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_eq(kinds[i].dimension, dimension))
            add(b, lang, kinds[i].shown, SAY(.n = n));
}

static enum err_code add_targets(struct stmt *st, enum lang lang, struct buf *b, struct err *e)
{
    bool row = false;
    enum err_code code;

    while ((code = stmt_step(st, &row, e)) == ERR_OK && row)
        add_target(b, lang, stmt_text(st, 0), (size_t)stmt_int(st, 1), stmt_text(st, 2));
    return code;
}

static void add_path(struct buf *b, enum lang lang, const char *via, const char *name, size_t n)
{
    static const struct {
        const char *via;
        enum msg shown;
    } paths[] = {
        {"group", MSG_CA_PATH_GROUP}, {"role", MSG_CA_PATH_ROLE}, {"guest", MSG_CA_PATH_GUEST}};
    enum msg shown = MSG_CA_PATH_USER;
    struct buf line;

    for (size_t i = 0; i < COUNT_OF(paths); i++)
        if (str_eq(paths[i].via, via))
            shown = paths[i].shown;
    buf_init(&line, LIMIT_REPORT_TEXT_BYTES);
    escape_line(&line, name, 60);
    if (b->n > 0)
        buf_adds(b, "; ");
    add(b, lang, shown, SAY(.n = n, .a = line.p));
    buf_release(&line);
}

static enum err_code add_paths(struct stmt *st, enum lang lang, struct buf *b, struct err *e)
{
    size_t shown = 0;
    size_t more = 0;
    bool row = false;
    enum err_code code;

    while ((code = stmt_step(st, &row, e)) == ERR_OK && row) {
        if (shown++ >= CA_PATHS)
            more++;
        else
            add_path(b, lang, stmt_text(st, 0),
                     stmt_text(st, 3) != NULL ? stmt_text(st, 3) : stmt_text(st, 1),
                     (size_t)stmt_int(st, 2));
    }
    if (more > 0) {
        buf_adds(b, "; ");
        add(b, lang, MSG_CA_PATH_MORE, SAY(.n = more));
    }
    return code;
}

/* The first few by name, each once. */
struct few {
    char *v[CA_PEOPLE];
    size_t n;
};

static void few_add(struct few *f, const char *name)
{
    size_t at = f->n;

    while (at > 0 && strcmp(name, f->v[at - 1]) < 0)
        at--;
    if (at == CA_PEOPLE || (at > 0 && strcmp(name, f->v[at - 1]) == 0))
        return;
    if (f->n == CA_PEOPLE)
        free(f->v[--f->n]);
    memmove(&f->v[at + 1], &f->v[at], (f->n - at) * sizeof f->v[0]);
    f->v[at] = xstrdup(name);
    f->n++;
}

/* Chosen here: SQLite would keep and sort all who are excluded, which may be everybody. */
static enum err_code add_people(struct stmt *st, struct buf *b, struct err *e)
{
    struct few first = {.n = 0};
    bool row = false;
    enum err_code code;

    while ((code = stmt_step(st, &row, e)) == ERR_OK && row)
        if (!stmt_is_null(st, 0))
            few_add(&first, stmt_text(st, 0));
    for (size_t i = 0; i < first.n; i++) {
        if (b->n > 0)
            buf_adds(b, ", ");
        escape_line(b, first.v[i], 80);
        free(first.v[i]);
    }
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
/* Names are looked up for the paths, not for each person on them. */
static const char paths_sql[] =
    "SELECT x.via, x.id, x.n, CASE x.via "
    "WHEN 'group' THEN (SELECT g.display_name FROM directory_group AS g WHERE g.id = x.id) "
    "WHEN 'role' THEN (SELECT max(r.display_name) FROM role AS r WHERE r.template_id = x.id OR "
    "r.id = x.id) END FROM (SELECT via, CASE via WHEN 'user' THEN '' ELSE via_id END AS id, "
    "count(DISTINCT user_id) AS n FROM ca_exclusion WHERE policy_id = ?1 GROUP BY 1, 2) AS x "
    "ORDER BY x.n DESC, 1, 2";
static const char people_sql[] =
    "SELECT coalesce(u.user_principal_name, x.user_id) FROM ca_exclusion AS x "
    "LEFT JOIN user AS u ON u.id = x.user_id WHERE x.policy_id = ?1";

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

static enum err_code describe(struct parts *p, enum lang lang, struct texts *t,
                              struct ca_policy_row *row, struct err *e)
{
    struct stmt *by_id[] = {p->controls, p->targets, p->reach, p->count, p->paths, p->people};
    struct buf *bufs[] = {&t->controls, &t->scope, &t->paths, &t->people};
    enum err_code code;

    for (size_t i = 0; i < COUNT_OF(bufs); i++)
        buf_clear(bufs[i]);
    for (size_t i = 0; i < COUNT_OF(by_id); i++)
        stmt_bind_text(by_id[i], 1, row->id);
    code = add_controls(p->controls, lang, &t->controls, e);
    if (code == ERR_OK)
        code = add_targets(p->targets, lang, &t->scope, e);
    if (code == ERR_OK)
        code = count_reached(p->reach, row, e);
    if (code == ERR_OK)
        code = count_excluded(p->count, &row->excluded, e);
    if (code == ERR_OK)
        code = add_paths(p->paths, lang, &t->paths, e);
    if (code == ERR_OK)
        code = add_people(p->people, &t->people, e);
    row->controls = t->controls.p;
    row->scope = t->scope.p;
    row->paths = t->paths.p;
    row->people = t->people.p;
    return code;
}

enum err_code ca_policies_each(const struct report_model *m, enum lang lang, ca_policy_fn *fn,
                               void *ctx, struct err *e)
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
        code = describe(&p, lang, &t, &row, e);
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
