/* Rows of three cmdlets meet in one mailbox, whatever the order in which they arrive. */
#include "base/buf.h"
#include "base/jsonx.h"
#include "base/strs.h"
#include "collect_run.h"
#include "collector_maps.h"
#include "map.h"
#include "model/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define G1 "11111111-1111-4111-8111-111111111111"
#define G2 "22222222-2222-4222-8222-222222222222"
#define U1 "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
#define U2 "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"
#define U3 "cccccccc-cccc-4ccc-8ccc-cccccccccccc"

struct arrival {
    const struct map_table *map;
    const char *row;
};

/* One person whose settings come without a Guid, one who is whole, an HVE account, and a person
 * without a mailbox. */
static const struct arrival arrivals[] = {
    {&map_mailbox, "{\"Guid\":\"" G1 "\",\"ExternalDirectoryObjectId\":\"" U1
                   "\",\"UserPrincipalName\":\"one@x\",\"DisplayName\":\"One\","
                   "\"PrimarySmtpAddress\":\"One@X\",\"RecipientTypeDetails\":\"UserMailbox\","
                   "\"AccountDisabled\":false,\"SKUAssigned\":true}"},
    {&map_cas_mailbox, "{\"ExternalDirectoryObjectId\":\"" U1
                       "\",\"SmtpClientAuthenticationDisabled\":false,\"ImapEnabled\":true,"
                       "\"PopEnabled\":false}"},
    {&map_exchange_user, "{\"Guid\":\"" G1 "\",\"AuthenticationPolicy\":\"Block\"}"},
    {&map_cas_mailbox, "{\"Guid\":\"22222222-2222-4222-8222-222222222222\","
                       "\"ExternalDirectoryObjectId\":\"" U2
                       "\",\"SmtpClientAuthenticationDisabled\":null,\"ImapEnabled\":true,"
                       "\"PopEnabled\":true}"},
    {&map_hve_account,
     "{\"Guid\":\"" G2 "\",\"ExternalDirectoryObjectId\":\"" U2
     "\",\"PrimarySmtpAddress\":\"two@x\",\"RecipientTypeDetails\":\"MailUser\"}"},
    {&map_exchange_user,
     "{\"ExternalDirectoryObjectId\":\"" U3 "\",\"AuthenticationPolicy\":null}"},
};

static const char want[] = G1 "|" U1 "|one@x|One|one@x|UserMailbox|0|1|1|0|Block|1|0|1|0|1\n" G2
                              "|" U2 "|~|~|two@x|MailUser|~|1|1|1|~|0|~|~|1|1\n";

static char *dump(struct store *s)
{
    static const char sql[] =
        "SELECT guid || '|' || ifnull(user_id, '~') || '|' || ifnull(user_principal_name, '~') || "
        "'|'"
        " || ifnull(display_name, '~') || '|' || ifnull(primary_smtp_address, '~') || '|' || "
        "ifnull(recipient_type, '~') || '|' || ifnull(smtp_client_authentication_disabled, '~') || "
        "'|' || smtp_flag_known || '|' || ifnull(imap_enabled, '~') || '|' || "
        "ifnull(pop_enabled, '~') || '|' || ifnull(authentication_policy, '~') || '|' || "
        "authentication_policy_known || '|' || ifnull(account_disabled, '~') || '|' || "
        "ifnull(sku_assigned, '~') || '|' || is_hve || '|' || is_listed FROM mailbox ORDER BY guid";
    struct err e = ERR_INIT;
    struct stmt *st = NULL;
    struct buf b;
    bool row = false;

    buf_init(&b, 1 << 16);
    assert_int_equal(stmt_prepare(s, sql, &st, &e), ERR_OK);
    while (stmt_step(st, &row, &e) == ERR_OK && row)
        buf_addf(&b, "%s\n", stmt_text(st, 0));
    stmt_free(st);
    return buf_take(&b);
}

static void put(struct store *s, const struct arrival *a)
{
    struct err e = ERR_INIT;
    struct map_odd odd = {0};
    struct map *m = NULL;
    json_t *row = NULL;
    bool stored = false;

    if (jx_parse(a->row, strlen(a->row), "row", &row, &e) != ERR_OK ||
        map_open(s, a->map, &m, &e) != ERR_OK || map_row(m, row, &odd, &stored, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    assert_true(stored);
    if (odd.count > 0)
        fail_msg("%s", odd.first);
    map_free(m);
    json_decref(row);
}

/* Whether all that Get-Mailbox and Get-MailUser give has come in by then. */
static bool lists_are_whole(const size_t *order, size_t n)
{
    size_t listed = 0;

    for (size_t i = 0; i < n; i++)
        listed +=
            arrivals[order[i]].map == &map_mailbox || arrivals[order[i]].map == &map_hve_account
                ? 1
                : 0;
    return listed == 2;
}

/* `cut`: the run is killed after so many, its evidence is settled twice, and it is resumed. */
static char *arrive(const size_t *order, bool is_listed, size_t cut)
{
    struct err e = ERR_INIT;
    struct store *s = NULL;
    char *got;

    assert_int_equal(store_create(":memory:", &s, &e), ERR_OK);
    for (size_t i = 0; i < COUNT_OF(arrivals); i++) {
        if (i == cut) {
            bool whole = is_listed && lists_are_whole(order, i);

            assert_int_equal(collect_merge(s, whole, false, &e), ERR_OK);
            assert_int_equal(collect_merge(s, whole, false, &e), ERR_OK);
            assert_int_equal(collect_merge_undo(s, &e), ERR_OK);
        }
        put(s, &arrivals[order[i]]);
    }
    if (collect_merge(s, is_listed, true, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    got = dump(s);
    store_close(s);
    return got;
}

/* Heap's algorithm, without recursion: the next order, false after the last. */
static bool next_order(size_t *order, size_t *c, size_t *i, size_t n)
{
    while (*i < n) {
        if (c[*i] < *i) {
            size_t k = *i % 2 == 0 ? 0 : c[*i];
            size_t swap = order[k];

            order[k] = order[*i];
            order[*i] = swap;
            c[*i]++;
            *i = 1;
            return true;
        }
        c[*i] = 0;
        (*i)++;
    }
    return false;
}

static void every_order_gives_the_same_mailboxes(void **state)
{
    size_t order[COUNT_OF(arrivals)];
    size_t c[COUNT_OF(arrivals)] = {0};
    size_t at = 1;
    size_t orders = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(order); i++)
        order[i] = i;
    do {
        char *got = arrive(order, true, orders % (COUNT_OF(arrivals) + 1));

        if (!str_eq(got, want))
            fail_msg("order %zu: got\n%s\nwant\n%s", orders, got, want);
        free(got);
        orders++;
    } while (next_order(order, c, &at, COUNT_OF(order)));
    assert_int_equal(orders, 720);
}

static void without_whole_lists_nobody_is_removed(void **state)
{
    static const size_t order[] = {0, 1, 2, 3, 4, 5};
    char *got = arrive(order, false, 3);

    (void)state;
    assert_non_null(strstr(got, U3 "|" U3)); /* stands under the Entra id, not listed */
    free(got);
}

static void passes_over_users_join_whom_they_know(void **state)
{
    struct err e = ERR_INIT;
    struct store *s = NULL;
    char *got = NULL;

    (void)state;
    assert_int_equal(store_create(":memory:", &s, &e), ERR_OK);
    assert_int_equal(
        store_exec(s,
                   "INSERT INTO user(id) VALUES ('a'), ('b');"
                   "INSERT INTO pass_user_mfa VALUES ('a', 'enforced'), ('gone', 'enabled');"
                   "INSERT INTO pass_user_activity VALUES ('b', 't1', 't2');"
                   "INSERT INTO directory_group VALUES ('g', NULL, 'found', 'policy'), "
                   "('h', 'Own', 'found', 'both');"
                   "INSERT INTO policy_reference VALUES ('g', 'group', 'Named', 'found'), "
                   "('h', 'group', 'Other', 'found');",
                   &e),
        ERR_OK);
    if (collect_merge(s, true, true, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    assert_int_equal(
        store_text(s,
                   "SELECT group_concat(id || ' ' || ifnull(per_user_mfa_state, '~') || ' ' || "
                   "ifnull(last_sign_in_at, '~') || ' ' || "
                   "ifnull(last_successful_sign_in_at, '~'), ', ') FROM user",
                   &got, &e),
        ERR_OK);
    assert_string_equal(got, "a enforced ~ ~, b ~ t1 t2");
    free(got);
    assert_int_equal(
        store_text(s, "SELECT group_concat(display_name, ', ') FROM directory_group", &got, &e),
        ERR_OK);
    assert_string_equal(got, "Named, Own");
    free(got);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order_gives_the_same_mailboxes),
        cmocka_unit_test(without_whole_lists_nobody_is_removed),
        cmocka_unit_test(passes_over_users_join_whom_they_know),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
