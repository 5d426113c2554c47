/* Session controls: how long a session lasts, whether the browser keeps it, whether it is bound to
 * the device.
 *
 * Sources: Microsoft Graph, signInFrequencySessionControl (value; type hours|days;
 * frequencyInterval timeBased|everyTime), persistentBrowserSessionControl (mode always|never),
 * secureSignInSessionControl (beta). Which of them are on is in ca_policy_control; their values are
 * in the policy itself. */
#include "base/strs.h"
#include "ca_model.h"
#include "model/store.h"

#include <string.h>

static int hours_of(const struct stmt *st)
{
    enum { MOST_HOURS = 24 * 365 }; /* Microsoft: 1 to 23 hours, 1 to 365 days */
    const char *type = stmt_text(st, 4);
    int64_t n = 0;

    if (str_ieq(stmt_text(st, 2), "everyTime"))
        return 0;
    if (stmt_text(st, 3) == NULL || !str_int(stmt_text(st, 3), 1, MOST_HOURS, &n))
        return CA_HOURS_UNREAD;
    if (str_ieq(type, "days"))
        return (int)n * 24;
    return str_ieq(type, "hours") ? (int)n : CA_HOURS_UNREAD;
}

static enum ca_persistence persistence_of(const char *mode)
{
    if (str_ieq(mode, "never"))
        return CA_PERSIST_NEVER;
    return str_ieq(mode, "always") ? CA_PERSIST_ALWAYS : CA_PERSIST_UNREAD;
}

static void read_session(struct ca_policy *p, const struct stmt *st)
{
    const char *control = stmt_text(st, 1);

    if (str_eq(control, "signInFrequency"))
        p->session.hours = hours_of(st);
    else if (str_eq(control, "persistentBrowser"))
        p->session.persistence = persistence_of(stmt_text(st, 5));
    else if (str_eq(control, "secureSignInSession"))
        p->session.has_token_protection = true;
}

enum err_code ca_sessions_load(struct ca_model *m, struct store *s, struct err *e)
{
    struct stmt *st = NULL;
    size_t at = 0;
    bool row = false;
    enum err_code code = stmt_prepare(
        s,
        "SELECT c.policy_id, c.value,"
        "  p.raw ->> '$.sessionControls.signInFrequency.frequencyInterval',"
        "  p.raw ->> '$.sessionControls.signInFrequency.value',"
        "  p.raw ->> '$.sessionControls.signInFrequency.type',"
        "  p.raw ->> '$.sessionControls.persistentBrowser.mode'"
        " FROM ca_policy_control c"
        " JOIN (SELECT id, CASE WHEN json_valid(raw) THEN raw ELSE '{}' END AS raw FROM ca_policy)"
        "   p ON p.id = c.policy_id"
        " WHERE c.kind = 'session' ORDER BY c.policy_id, c.value",
        &st, e);

    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row) {
        while (at < m->policies && strcmp(m->policy[at].id, stmt_text(st, 0)) < 0)
            at++;
        if (at < m->policies && str_eq(m->policy[at].id, stmt_text(st, 0)))
            read_session(&m->policy[at], st);
    }
    stmt_free(st);
    return code;
}
