/* The collectors' table against what the model knows: no resource without a collector, no collector
 * without a resource, and nothing in it that cannot be right. */
#include "base/strs.h"
#include "collector.h"
#include "model/evidence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Application permissions of Microsoft Graph that read, and the Exchange roles. */
static const char *const known_permissions[] = {
    "AuditLog.Read.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
    "Domain.Read.All",
    "Domain.ReadWrite.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    "GroupMember.Read.All",
    "GroupMember.ReadBasic.All",
    "GroupMember.ReadWrite.All",
    "GroupSettings.Read.All",
    "GroupSettings.ReadWrite.All",
    "LicenseAssignment.Read.All",
    "LicenseAssignment.ReadWrite.All",
    "Organization.Read.All",
    "Organization.ReadWrite.All",
    "Policy.Read.All",
    "Policy.Read.AuthenticationMethod",
    "Policy.ReadWrite.AuthenticationMethod",
    "RoleEligibilitySchedule.Read.Directory",
    "RoleEligibilitySchedule.ReadWrite.Directory",
    "RoleManagement.Read.All",
    "RoleManagement.Read.Directory",
    "RoleManagement.ReadWrite.Directory",
    "RoleManagementPolicy.Read.Directory",
    "RoleManagementPolicy.ReadWrite.Directory",
    "User.Read.All",
    "User.ReadWrite.All",
    "View-Only Configuration",
    "View-Only Recipients",
};

static bool is_known(const char *name, size_t n)
{
    for (size_t i = 0; i < COUNT_OF(known_permissions); i++)
        if (strlen(known_permissions[i]) == n && memcmp(known_permissions[i], name, n) == 0)
            return true;
    return false;
}

static void rows_are_sorted_and_unique(void **state)
{
    (void)state;
    for (size_t i = 1; i < collector_count(); i++)
        if (strcmp(collector_at(i - 1)->resource, collector_at(i)->resource) >= 0)
            fail_msg("%s comes after %s", collector_at(i)->resource, collector_at(i - 1)->resource);
    assert_null(collector_at(collector_count()));
}

static void every_resource_has_one_collector_and_vice_versa(void **state)
{
    (void)state;
    assert_int_equal(collector_count(), evidence_resource_count());
    for (size_t i = 0; i < evidence_resource_count(); i++) {
        const struct evidence_resource *r = evidence_resource_at(i);
        size_t at = collector_find(r->id);

        if (at == SIZE_MAX)
            fail_msg("nothing collects %s", r->id);
        assert_string_equal(collector_at(at)->title, r->title);
    }
}

static void permissions_are_named_and_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < collector_count(); i++) {
        const struct collector_info *c = collector_at(i);

        if (str_eq(c->service, "dns")) {
            assert_null(c->permission);
            continue;
        }
        if (c->permission == NULL || !is_known(c->permission, strlen(c->permission)))
            fail_msg("%s: permission %s", c->resource, c->permission);
        assert_int_equal(c->accepted != NULL, str_eq(c->service, "graph"));
        for (const char *p = c->accepted; p != NULL && *p != '\0'; p += strspn(p, " ;")) {
            size_t n = strcspn(p, " ;");

            if (!is_known(p, n))
                fail_msg("%s: accepted permission %.*s", c->resource, (int)n, p);
            p += n;
        }
        /* The least one is the first that is accepted. */
        if (c->accepted != NULL && !str_starts(c->accepted, c->permission))
            fail_msg("%s: %s is not the first of %s", c->resource, c->permission, c->accepted);
    }
}

static void requests_are_what_is_sent(void **state)
{
    (void)state;
    for (size_t i = 0; i < collector_count(); i++) {
        const struct collector *c = collector_row(i);

        assert_non_null(c->info.title);
        assert_non_null(c->info.request);
        if (str_eq(c->info.service, "graph")) {
            assert_int_equal(c->service, SERVICE_GRAPH);
            assert_true(str_starts(c->info.request, "GET /") ||
                        str_eq(c->info.request, "POST /v1.0/directoryObjects/getByIds"));
            if (c->path != NULL)
                assert_non_null(strstr(c->info.request, c->path));
        } else if (str_eq(c->info.service, "exchange")) {
            assert_int_equal(c->service, SERVICE_EXCHANGE);
            assert_true(str_starts(c->cmdlet, "Get-"));
            assert_true(str_starts(c->info.request, c->cmdlet));
            assert_int_equal(strstr(c->parameters, "ResultSize") != NULL,
                             strstr(c->info.request, "ResultSize") != NULL);
        } else {
            assert_string_equal(c->info.service, "dns");
        }
        assert_int_equal(c->plan != PLAN_NONE, c->info.licence != NULL);
        if (c->map == NULL && c->each == NULL && c->start == NULL)
            fail_msg("%s: nobody takes its rows", c->info.resource);
    }
}

static bool leads_back(const struct collector *c, const char *to, int depth)
{
    const char *const *lists[] = {c->needs, c->after};
    size_t counts[] = {COUNT_OF(c->needs), COUNT_OF(c->after)};

    if (depth == 0)
        return true;
    for (size_t l = 0; l < COUNT_OF(lists); l++)
        for (size_t i = 0; i < counts[l] && lists[l][i] != NULL; i++) {
            size_t at = collector_find(lists[l][i]);

            if (at == SIZE_MAX)
                fail_msg("%s waits for %s, which does not exist", c->info.resource, lists[l][i]);
            if (str_eq(lists[l][i], to) || leads_back(collector_row(at), to, depth - 1))
                return true;
        }
    return false;
}

static void prerequisites_exist_and_do_not_go_round(void **state)
{
    (void)state;
    for (size_t i = 0; i < collector_count(); i++)
        if (leads_back(collector_row(i), collector_at(i)->resource, (int)collector_count()))
            fail_msg("%s waits for itself", collector_at(i)->resource);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_sorted_and_unique),
        cmocka_unit_test(every_resource_has_one_collector_and_vice_versa),
        cmocka_unit_test(permissions_are_named_and_known),
        cmocka_unit_test(requests_are_what_is_sent),
        cmocka_unit_test(prerequisites_exist_and_do_not_go_round),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
