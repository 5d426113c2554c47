/* Least privilege: the tables of permissions and roles, and what is derived from the rules. */
#include "base/strs.h"
#include "graph/collect.h"
#include "graph/permission.h"
#include "graph/plan.h"
#include "model/evidence.h"
#include "needs.h"
#include "permissions_view.h"
#include "rules/engine.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void permissions_have_ids_and_only_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < permission_count(); i++) {
        const struct permission *p = permission_at(i);

        if (i > 0 && strcmp(permission_at(i - 1)->name, p->name) >= 0)
            fail_msg("%s comes after %s", p->name, permission_at(i - 1)->name);
        if (!str_is_guid(p->id))
            fail_msg("%s: id %s", p->name, p->id);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(permission_at(k)->id, p->id);
        if (p->api == API_GRAPH && !permission_reads_only(p->name))
            fail_msg("%s does more than read", p->name);
        assert_true(strlen(p->gives) > 0);
    }
    assert_null(permission_at(permission_count()));
    assert_non_null(permission_find(permission_exchange));
    assert_null(permission_find("Mail.Send"));
    assert_true(str_is_guid(permission_api_info(API_GRAPH)->app_id));
    assert_true(str_is_guid(permission_api_info(API_EXCHANGE)->app_id));
}

static void every_collector_has_a_permission_with_an_id(void **state)
{
    (void)state;
    for (size_t i = 0; i < collector_count(); i++) {
        const struct collector_info *c = collector_at(i);
        char name[PERMISSION_NAME_BYTES];
        size_t g;

        if (!str_eq(c->service, "graph"))
            continue;
        for (g = 0; permission_least(c->accepted, g, name); g++) {
            const struct permission *p = permission_find(name);

            if (p == NULL || p->api != API_GRAPH)
                fail_msg("%s: the id of %s is not known", c->resource, name);
            assert_true(permission_does_for(c->accepted, name, name));
        }
        assert_true(g > 0);
    }
}

static void every_permission_is_of_use(void **state)
{
    (void)state;
    for (size_t i = 0; i < permission_count(); i++) {
        const struct permission *p = permission_at(i);
        bool used = p->api == API_EXCHANGE;
        char name[PERMISSION_NAME_BYTES];

        for (size_t k = 0; k < collector_count(); k++)
            for (size_t g = 0; collector_at(k)->accepted != NULL &&
                               permission_least(collector_at(k)->accepted, g, name);
                 g++)
                used = used || str_eq(name, p->name);
        if (!used)
            fail_msg("no collector asks for %s", p->name);
    }
}

static void what_only_reads_is_known(void **state)
{
    static const struct {
        const char *name;
        bool reads;
    } cases[] = {
        {"User.Read.All", true},
        {"User.ReadBasic.All", true},
        {"Policy.Read.ConditionalAccess", true},
        {"Member.Read.Hidden", true},
        {"User.ReadWrite.All", false},
        {"Policy.ReadWrite.ConditionalAccess", false},
        {"Mail.Send", false},
        {"Mail.ReadWrite", false},
        {"User.Invite.All", false},
        {"User.Export.All", false},
        {"Sites.FullControl.All", false},
        {"Sites.Selected", false},
        {"Application.ReadWrite.OwnedBy", false},
        {"AppRoleAssignment.ReadWrite.All", false},
        {"User.EnableDisableAccount.All", false},
        {"Exchange.ManageAsApp", false},
        {"SMTP.SendAsApp", false},
        {"full_access_as_app", false},
        {"Read", false},
        {"X.Read2.All", false},
        {"X.read.All", false}, /* no such name: not known is not harmless */
        {"X.", false},
        {"", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (permission_reads_only(cases[i].name) != cases[i].reads)
            fail_msg("%s", cases[i].name);
}

static void one_of_each_group_has_to_be_granted(void **state)
{
    static const struct {
        const char *accepted, *claim;
        bool granted;
    } cases[] = {
        {"A.Read B.Read", "[\"A.Read\"]", true},
        {"A.Read B.Read", "[\"B.Read\"]", true},
        {"A.Read B.Read", "[\"C.Read\"]", false},
        {"A.Read B.Read", "[]", false},
        {"A.Read; B.Read C.Read", "[\"A.Read\"]", false},
        {"A.Read; B.Read C.Read", "[\"C.Read\"]", false},
        {"A.Read; B.Read C.Read", "[\"C.Read\",\"A.Read\"]", true},
        {"A.Read", "[\"A.Read.All\"]", false},
        {"A.Read.All", "[\"A.Read\"]", false},
        {"A.Read", "[1,null,{},\"A.Read\"]", true},
        {"A.Read", "[1,null,{}]", false},
        {"A.Read", "null", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        json_t *claim = json_loads(cases[i].claim, JSON_DECODE_ANY, NULL);

        if (permission_is_granted(cases[i].accepted, claim) != cases[i].granted)
            fail_msg("%s of %s", cases[i].accepted, cases[i].claim);
        json_decref(claim);
    }
    assert_true(permission_does_for("A; B C", "B", "C"));
    assert_false(permission_does_for("A; B C", "A", "C"));
    assert_false(permission_does_for("A; B C", "C", "B")); /* C is not the least of its group */
}

static void roles_are_unique_and_one_reads(void **state)
{
    bool reads = false;

    (void)state;
    for (size_t i = 0; i < directory_role_count(); i++) {
        const struct directory_role *r = directory_role_at(i);

        assert_true(str_is_guid(r->template_id));
        assert_ptr_equal(directory_role_find(r->template_id), r);
        assert_false(directory_role_is_none(r->template_id));
        reads = reads || (r->opens_exchange && r->reads_only && str_eq(r->name, permissions_role));
        if (r->reads_only != (str_ends(r->name, "Reader") || str_ends(r->name, "Readers")))
            fail_msg("%s", r->name);
    }
    assert_true(reads);
}

static void rules_read_what_is_collected(void **state)
{
    struct ruleset *rs = NULL;
    struct needs n;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(ruleset_load(NULL, 0, NULL, NULL, &rs, &e), ERR_OK);
    needs_derive(&n, rs);
    for (size_t r = 0; r < ruleset_count(rs); r++) {
        struct rule_info info;

        ruleset_info(rs, r, &info);
        for (size_t i = 0; i < evidence_resource_count(); i++) {
            size_t at = plan_find(evidence_resource_at(i)->id);

            if ((info.needs >> i & 1) == 0)
                continue;
            assert_true(at < n.n);
            if (!strlist_has(&n.v[at].rules, info.id))
                fail_msg("%s reads %s", info.id, evidence_resource_at(i)->id);
        }
    }
    /* What has to be read before something else is needed by the same rules. */
    for (size_t i = 0; i < n.n; i++)
        for (size_t k = 0; k < COUNT_OF(n.v[i].row.needs) && n.v[i].row.needs[k] != NULL; k++)
            for (size_t r = 0; r < n.v[i].rules.n; r++)
                if (!strlist_has(&n.v[plan_find(n.v[i].row.needs[k])].rules, n.v[i].rules.v[r]))
                    fail_msg("%s before %s", n.v[i].row.needs[k], n.v[i].row.info->resource);
    for (size_t g = 0; g < n.grant_count; g++) {
        assert_non_null(n.grants[g].info);
        assert_true(n.grants[g].rules.n > 0);
        assert_false(strlist_has(&n.grants[g].covered_by, n.grants[g].name));
    }
    needs_release(&n);
    ruleset_free(rs);
}

static void one_rule_needs_no_more_than_it_reads(void **state)
{
    static const struct {
        const char *file, *permissions, *cmdlets;
    } cases[] = {
        {"rules/packs/smtp-auth/EXO-SMTP-001.yaml", "Exchange.ManageAsApp", "Get-TransportConfig"},
        {"rules/packs/identity/ENTRA-CA-005.yaml", "Policy.Read.All", ""},
        {"rules/packs/core/RUN-001.yaml", "", ""},
        /* Which domains to look up: both lists say. */
        {"rules/packs/mail-domains/DNS-SPF-001.yaml", "Domain.Read.All Exchange.ManageAsApp",
         "Get-AcceptedDomain"},
        /* The licence is no permission, but sign-in activity needs two. */
        {"rules/packs/smtp-auth/EXO-SMTP-006.yaml", "AuditLog.Read.All", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct ruleset *rs = NULL;
        struct needs n;
        struct err e = ERR_INIT;
        char got[512] = "";
        size_t at = 0;

        assert_int_equal(ruleset_load(&cases[i].file, 1, NULL, NULL, &rs, &e), ERR_OK);
        needs_derive(&n, rs);
        for (size_t g = 0; g < n.grant_count; g++)
            at += (size_t)snprintf(got + at, sizeof got - at, "%s%s", g > 0 ? " " : "",
                                   n.grants[g].name);
        assert_string_equal(got, cases[i].permissions);
        at = 0;
        got[0] = '\0';
        for (size_t k = 0; k < n.cmdlets.n; k++)
            at += (size_t)snprintf(got + at, sizeof got - at, "%s%s", k > 0 ? " " : "",
                                   n.cmdlets.v[k]);
        assert_string_equal(got, cases[i].cmdlets);
        needs_release(&n);
        ruleset_free(rs);
    }
}

static void the_plan_follows_the_table(void **state)
{
    struct plan_row r;

    (void)state;
    for (size_t i = 0; plan_at(i, &r); i++) {
        assert_ptr_equal(r.info, collector_at(i));
        assert_int_equal(plan_find(r.info->resource), i);
        assert_int_equal(r.cmdlet != NULL, str_eq(r.info->service, "exchange"));
        assert_int_equal(r.budget == PLAN_BUDGETS, str_eq(r.info->service, "dns"));
        if (strstr(r.info->request, "$top=999") != NULL)
            assert_int_equal(r.page_rows, 999);
    }
    assert_false(plan_at(collector_count(), &r));
    for (size_t i = 0; i < PLAN_BUDGETS; i++) {
        struct plan_budget b = plan_budget_at(i);

        assert_non_null(b.name);
        assert_true(b.requests > 0 && b.window_ms > 0 && b.in_flight > 0);
    }
}

static void the_manifest_has_each_id_once(void **state)
{
    struct ruleset *rs = NULL;
    struct needs n;
    struct err e = ERR_INIT;
    json_t *m;
    const json_t *api;
    size_t i;
    size_t total = 0;

    (void)state;
    assert_int_equal(ruleset_load(NULL, 0, NULL, NULL, &rs, &e), ERR_OK);
    needs_derive(&n, rs);
    m = permissions_manifest(&n);
    assert_int_equal(json_array_size(m), API_COUNT);
    json_array_foreach(m, i, api)
    {
        total += json_array_size(json_object_get(api, "resourceAccess"));
    }
    assert_int_equal(total, n.grant_count);
    json_decref(m);
    needs_release(&n);
    ruleset_free(rs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(permissions_have_ids_and_only_read),
        cmocka_unit_test(every_collector_has_a_permission_with_an_id),
        cmocka_unit_test(every_permission_is_of_use),
        cmocka_unit_test(what_only_reads_is_known),
        cmocka_unit_test(one_of_each_group_has_to_be_granted),
        cmocka_unit_test(roles_are_unique_and_one_reads),
        cmocka_unit_test(rules_read_what_is_collected),
        cmocka_unit_test(one_rule_needs_no_more_than_it_reads),
        cmocka_unit_test(the_plan_follows_the_table),
        cmocka_unit_test(the_manifest_has_each_id_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
