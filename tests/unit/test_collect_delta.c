/* When an earlier snapshot may stand for users that did not change. */
#include "base/limits.h"
#include "base/strs.h"
#include "base/timex.h"
#include "collect_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct delta_facts good(void)
{
    struct delta_facts f = {.sealed_at = "2026-11-23T03:00:00Z",
                            .users_state = "complete",
                            .cloud = "global",
                            .client_id = "a",
                            .tool_version = "1",
                            .now_cloud = "global",
                            .now_client_id = "A",
                            .now_tool_version = "1",
                            .link = "https://graph.microsoft.com/v1.0/users/delta?x=1",
                            .request = "/v1.0/users",
                            .now_request = "/v1.0/users",
                            .taken_at = "2026-11-18T03:00:00Z",
                            .full_at = "2026-11-17T03:00:00Z",
                            .is_intact = true};

    assert_true(time_parse("2026-11-24T03:00:00Z", &f.now_ms));
    return f;
}

static void what_is_good_is_used(void **state)
{
    const struct delta_facts f = good();

    (void)state;
    assert_null(delta_refuse(&f)); /* six and seven days old, to the second */
}

static void what_is_doubtful_is_not(void **state)
{
    static const struct {
        const char *name;
        size_t at;
        const char *value, *part;
    } cases[] = {
        {"unsealed", offsetof(struct delta_facts, sealed_at), NULL, "not finished"},
        {"another cloud", offsetof(struct delta_facts, cloud), "china", "cloud"},
        {"no cloud", offsetof(struct delta_facts, cloud), NULL, "cloud"},
        {"another application", offsetof(struct delta_facts, client_id), "b", "application"},
        {"another version", offsetof(struct delta_facts, tool_version), "2", "version"},
        {"half the users", offsetof(struct delta_facts, users_state), "partial", "not complete"},
        {"no users", offsetof(struct delta_facts, users_state), NULL, "not complete"},
        {"no token", offsetof(struct delta_facts, link), NULL, "--incremental"},
        {"another $select", offsetof(struct delta_facts, request), "/v1.0/users?", "properties"},
        {"old token", offsetof(struct delta_facts, taken_at), "2026-11-18T02:59:59Z", "too old"},
        {"token of tomorrow", offsetof(struct delta_facts, taken_at), "2026-11-25T03:00:00Z",
         "too old"},
        {"no time", offsetof(struct delta_facts, taken_at), "yesterday", "too old"},
        {"old full read", offsetof(struct delta_facts, full_at), "2026-11-17T02:59:59Z",
         "full read"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct delta_facts f = good();
        const char *why;

        memcpy((char *)&f + cases[i].at, &cases[i].value, sizeof cases[i].value);
        why = delta_refuse(&f);
        if (why == NULL || strstr(why, cases[i].part) == NULL)
            fail_msg("%s: %s", cases[i].name, why != NULL ? why : "used");
    }
}

static void changed_evidence_is_not(void **state)
{
    struct delta_facts f = good();

    (void)state;
    f.is_intact = false;
    assert_non_null(strstr(delta_refuse(&f), "changed after"));
}

static void many_changes_are_read_with_the_rest(void **state)
{
    (void)state;
    assert_false(delta_is_too_much(0, 0));
    assert_false(delta_is_too_much(LIMIT_DELTA_FEW, 1));
    assert_true(delta_is_too_much(LIMIT_DELTA_FEW + 1, 1));
    assert_false(delta_is_too_much(100, 100 * LIMIT_DELTA_SHARE));
    assert_true(delta_is_too_much(101, 100 * LIMIT_DELTA_SHARE));
    assert_false(delta_is_too_much(LIMIT_DELTA_USERS, 1000000));
    assert_true(delta_is_too_much(LIMIT_DELTA_USERS + 1, 1000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_good_is_used),
        cmocka_unit_test(what_is_doubtful_is_not),
        cmocka_unit_test(changed_evidence_is_not),
        cmocka_unit_test(many_changes_are_read_with_the_rest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
