/* The effective switch and policy of each mailbox, as a table. */
#include "smtp_switch.h"

#include "base/buf.h"
#include "base/mem.h"
#include "model/store.h"
#include "service_plan.h"

#include <stdlib.h>

enum { PLAN_JSON_BYTES = 4096 };

/* Plans with a mailbox that serve their users: as in user_service_plan, but looked up by person,
 * where the view would be built whole. */
#define MAIL_PLAN_CTE                                                                              \
    " mail_plan(sku_id, plan_id) AS MATERIALIZED ("                                                \
    "  SELECT p.sku_id, p.plan_id FROM sku_service_plan p JOIN sku s ON s.sku_id = p.sku_id"       \
    "  WHERE s.capability_status IN ('Enabled','Warning')"                                         \
    "    AND p.plan_id IN (SELECT value FROM json_each(?1)))"
/* Of a licence `l`: does it leave the plan `p` on; is it one that nobody can tell about, its
 * subscription being `s`? */
#define LEAVES_PLAN                                                                                \
    " substr(l.disabled_plans_json, 1, 1) = '['"                                                   \
    " AND substr(l.disabled_plans_json, -1) = ']'"                                                 \
    " AND instr(lower(l.disabled_plans_json), '\"' || p.plan_id || '\"') = 0"
#define IS_UNCLEAR " (s.capability_status IS NULL OR NOT json_valid(l.disabled_plans_json))"

const char smtp_switch_ctes[] =
    " policy_key(key, allow) AS MATERIALIZED ("
    "  SELECT key, CASE WHEN count(*) = count(allow) AND min(allow) = max(allow)"
    "              THEN min(allow) END"
    "  FROM (SELECT lower(name) AS key, allow_basic_auth_smtp AS allow FROM authentication_policy"
    "        UNION ALL SELECT lower(identity), allow_basic_auth_smtp FROM authentication_policy"
    "        UNION ALL SELECT lower(guid), allow_basic_auth_smtp FROM authentication_policy"
    "        UNION ALL SELECT lower(distinguished_name), allow_basic_auth_smtp"
    "                  FROM authentication_policy)"
    "  WHERE key IS NOT NULL GROUP BY key),"
    /* one row each, whether or not the evidence is there */
    " tenant(flag) AS MATERIALIZED ("
    "  SELECT coalesce((SELECT CASE smtp_client_authentication_disabled"
    "                          WHEN 0 THEN 'on' WHEN 1 THEN 'off' END"
    "                   FROM transport_config WHERE smtp_flag_known = 1), 'unknown')),"
    " org(known, policy) AS MATERIALIZED ("
    "  SELECT EXISTS (SELECT 1 FROM organization_config WHERE default_policy_known = 1),"
    "         (SELECT nullif(default_authentication_policy, '') FROM organization_config)),"
    " box AS ("
    "  SELECT m.*, t.flag AS tenant_flag,"
    "    CASE WHEN m.smtp_flag_known <> 1 THEN 'unknown'"
    "         WHEN m.smtp_client_authentication_disabled IS NULL THEN 'inherit'"
    "         WHEN m.smtp_client_authentication_disabled = 0 THEN 'on'"
    "         WHEN m.smtp_client_authentication_disabled = 1 THEN 'off'"
    "         ELSE 'unknown' END AS mailbox_flag,"
    "    CASE WHEN m.authentication_policy_known <> 1 THEN 'unknown'"
    "         WHEN nullif(m.authentication_policy, '') IS NOT NULL THEN 'user'"
    "         WHEN o.known = 0 THEN 'unknown'"
    "         WHEN o.policy IS NOT NULL THEN 'default'"
    "         ELSE 'none' END AS policy_source,"
    "    nullif(m.authentication_policy, '') AS own_policy, o.policy AS default_policy"
    "  FROM mailbox m, tenant t, org o)," MAIL_PLAN_CTE ","
    " named AS ("
    "  SELECT *, CASE policy_source WHEN 'user' THEN own_policy"
    "                 WHEN 'default' THEN default_policy END AS policy_name"
    "  FROM box),"
    " switched AS ("
    "  SELECT n.*,"
    "   CASE n.mailbox_flag WHEN 'inherit' THEN n.tenant_flag ELSE n.mailbox_flag END AS effective,"
    "   CASE WHEN n.mailbox_flag IN ('on','off') THEN 'mailbox'"
    "        WHEN n.mailbox_flag = 'inherit' AND n.tenant_flag <> 'unknown' THEN 'tenant'"
    "        ELSE 'unknown' END AS decided_by,"
    "   CASE n.policy_source WHEN 'none' THEN 'allow' WHEN 'unknown' THEN 'unknown'"
    "        ELSE CASE k.allow WHEN 1 THEN 'allow' WHEN 0 THEN 'block' ELSE 'unknown' END END"
    "     AS policy_basic_smtp,"
    /* a plan found is a plan; "none" needs the person, every SKU, and every licence understood */
    "   CASE WHEN EXISTS (SELECT 1 FROM user_licence l"
    "                     CROSS JOIN mail_plan p ON p.sku_id = l.sku_id"
    "                     WHERE l.user_id = n.user_id AND" LEAVES_PLAN ") THEN 1"
    "        WHEN ?2 = 0 OR NOT EXISTS (SELECT 1 FROM user u WHERE u.id = n.user_id) THEN NULL"
    "        WHEN EXISTS (SELECT 1 FROM user_licence l LEFT JOIN sku s ON s.sku_id = l.sku_id"
    "                     WHERE l.user_id = n.user_id AND" IS_UNCLEAR ") THEN NULL"
    "        ELSE 0 END AS has_exchange_plan"
    "  FROM named n LEFT JOIN policy_key k ON k.key = lower(n.policy_name))";

static const char fill_sql[] =
    "WITH%s"
    " INSERT INTO mailbox_smtp(mailbox_guid, user_id, tenant_flag, mailbox_flag, effective,"
    "   decided_by, policy_source, policy_name, policy_basic_smtp, has_exchange_plan)"
    " SELECT guid, user_id, tenant_flag, mailbox_flag, effective, decided_by, policy_source,"
    "   policy_name, policy_basic_smtp, has_exchange_plan FROM switched ORDER BY guid";

static const char licence_sql[] =
    "WITH" MAIL_PLAN_CTE " SELECT CASE WHEN EXISTS (SELECT 1 FROM mail_plan p"
    "   WHERE p.sku_id = l.sku_id AND" LEAVES_PLAN ") THEN 1 WHEN" IS_UNCLEAR
    " THEN NULL ELSE 0 END"
    " FROM (SELECT ?2 AS sku_id, ?3 AS disabled_plans_json) l LEFT JOIN sku s"
    "   ON s.sku_id = l.sku_id";

static void bind_plans(struct stmt *st)
{
    struct buf ids;

    buf_init(&ids, PLAN_JSON_BYTES);
    service_plan_mailbox_json(&ids);
    if (ids.failed)
        BUG("the table of service plans outgrew %d bytes", (int)PLAN_JSON_BYTES);
    stmt_bind_text(st, 1, ids.p);
    buf_release(&ids);
}

void smtp_switch_bind(struct stmt *st, const struct derive_context *c)
{
    bind_plans(st);
    stmt_bind_int(st, 2, derive_is_complete(c, "subscribed-skus"));
}

enum err_code smtp_licence_select(struct store *s, struct stmt **out, struct err *e)
{
    enum err_code code = stmt_prepare(s, licence_sql, out, e);

    if (code == ERR_OK)
        bind_plans(*out);
    return code;
}

enum err_code smtp_switch_derive(struct store *s, const struct derive_context *c, struct err *e)
{
    char *sql = xasprintf(fill_sql, smtp_switch_ctes);
    struct stmt *fill = NULL;

    if (stmt_prepare(s, sql, &fill, e) == ERR_OK) {
        smtp_switch_bind(fill, c);
        (void)stmt_write(fill, e);
    }
    stmt_free(fill);
    free(sql);
    return e->code;
}
