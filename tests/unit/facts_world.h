/* A tenant in memory in which everything was read and basic SMTP AUTH works for one mailbox. Tests
 * change it with SQL, derive, and look. */
#ifndef TESTS_FACTS_WORLD_H
#define TESTS_FACTS_WORLD_H
#include "base/timex.h"
#include "model/evidence.h"
#include "model/store.h"
#include "rules/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char world_sql[] =
    "INSERT INTO transport_config VALUES (1, 0, 1, 0, 1, '{}');"
    "INSERT INTO organization_config VALUES (1, NULL, 1, 1, 1, 1, 0, '{}');"
    "INSERT INTO security_defaults VALUES (1, 0);"
    "INSERT INTO domain(name, authentication_type, raw) VALUES ('example.com', 'Managed', '{}');"
    "INSERT INTO user(id, user_principal_name, account_enabled, user_type, per_user_mfa_state)"
    " VALUES ('u1', 'scanner@example.com', 1, 'Member', 'disabled');"
    "INSERT INTO mailbox(guid, user_id, user_principal_name, primary_smtp_address, recipient_type,"
    "  smtp_flag_known, authentication_policy_known, account_disabled, is_listed)"
    " VALUES ('m1', 'u1', 'scanner@example.com', 'scanner@example.com', 'UserMailbox', 1, 1, 0, 1);"
    "INSERT INTO sku(sku_id, part_number, capability_status) VALUES ('s1', 'E3', 'Enabled');"
    "INSERT INTO sku_service_plan(sku_id, plan_id, plan_name) VALUES"
    "  ('s1', 'efb87545-963c-4e0d-99df-69c6916d9eb0', 'EXCHANGE_S_ENTERPRISE'),"
    "  ('s1', '113feb6c-3fe4-4440-bddc-54d774bf0318', 'EXCHANGE_S_FOUNDATION');"
    "INSERT INTO user_licence(user_id, sku_id) VALUES ('u1', 's1');";

static inline void world_do(struct store *s, const char *sql)
{
    struct err e = ERR_INIT;

    if (store_exec(s, sql, &e) != ERR_OK)
        fail_msg("%s: %s", sql, e.msg);
}

static inline struct store *world_new(void)
{
    struct store *s = NULL;
    struct err e = ERR_INIT;

    if (store_create(":memory:", &s, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    for (size_t i = 0; i < evidence_resource_count(); i++)
        if (store_run(s, &e, "INSERT INTO collection(resource, state) VALUES (?, 'complete')", "t",
                      evidence_resource_at(i)->id) != ERR_OK)
            fail_msg("%s", e.msg);
    return s;
}

static inline struct store *world_allow(void)
{
    struct store *s = world_new();

    world_do(s, world_sql);
    return s;
}

/* `removal`: day on which basic SMTP AUTH goes for good; NULL: not known. */
static inline void world_derive_until(struct store *s, const char *as_of, const char *removal)
{
    struct facts_options o = {0};
    struct err e = ERR_INIT;

    assert_true(date_parse(as_of, &o.as_of_ms));
    if (removal != NULL && !date_parse(removal, &o.smtp_removal_ms))
        fail_msg("%s is no date", removal);
    if (facts_derive(s, &o, &e) != ERR_OK)
        fail_msg("%s", e.msg);
}

static inline void world_derive(struct store *s, const char *as_of)
{
    world_derive_until(s, as_of, NULL);
}

/* The first column of the first row, "(null)" for NULL or no row. The caller frees. */
static inline char *world_ask(struct store *s, const char *sql)
{
    char *text = NULL;
    struct err e = ERR_INIT;

    if (store_text(s, sql, &text, &e) != ERR_OK)
        fail_msg("%s: %s", sql, e.msg);
    if (text == NULL) {
        text = malloc(sizeof "(null)");
        assert_non_null(text);
        memcpy(text, "(null)", sizeof "(null)");
    }
    return text;
}

static inline void world_expect(struct store *s, const char *name, const char *sql,
                                const char *expected)
{
    char *text = world_ask(s, sql);
    bool is_same = strcmp(text, expected) == 0;

    if (!is_same)
        print_error("%s: %s\n  got      %s\n  expected %s\n", name, sql, text, expected);
    free(text);
    assert_true(is_same);
}

#endif
