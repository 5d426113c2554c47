/* The parts of the Conditional Access evaluator by themselves: device filters, addresses, set
 * arithmetic, strengths and controls, hash tables. */
#include "ca_axis.h"
#include "ca_box.h"
#include "ca_cidr.h"
#include "ca_filter.h"
#include "ca_model.h"
#include "ca_world.h"

/* ---- device filters ---- */

struct device {
    const char *ownership, *model, *labels;
};

static const char *value_of(const void *device, const char *property)
{
    const struct device *d = device;

    if (strcmp(property, "deviceownership") == 0)
        return d->ownership;
    if (strcmp(property, "model") == 0)
        return d->model;
    if (strcmp(property, "systemlabels") == 0)
        return d->labels;
    if (strcmp(property, "mystery") == 0)
        return ca_unknown_value;
    return NULL;
}

static void filters(void **state)
{
    static const struct {
        const char *rule;
        enum ca_tri registered, unregistered;
    } cases[] = {
        /* Microsoft Learn, filter for devices: operators, and null for unregistered devices */
        {"device.deviceOwnership -eq \"Company\"", CA_YES, CA_NO},
        {"device.deviceOwnership -ne \"Company\"", CA_NO, CA_YES},
        {"device.deviceOwnership -eq 'company'", CA_YES, CA_NO},
        {"DEVICE.DEVICEOWNERSHIP -EQ \"Company\"", CA_YES, CA_NO},
        {"device.deviceOwnership eq \"Company\"", CA_YES, CA_NO},
        {"device.model -startsWith \"Surf\"", CA_YES, CA_NO},
        {"device.model -notStartsWith \"Surf\"", CA_NO, CA_YES},
        {"device.model -endsWith \"PRO 9\"", CA_YES, CA_NO},
        {"device.model -notEndsWith \"x\"", CA_YES, CA_YES},
        {"device.model -contains \"face p\"", CA_YES, CA_NO},
        {"device.model -notContains \"face\"", CA_NO, CA_YES},
        {"device.model -in [\"a\",\"Surface Pro 9\"]", CA_YES, CA_NO},
        {"device.model -notIn [\"a\", \"b\"]", CA_YES, CA_YES},
        {"device.model -in []", CA_MAYBE, CA_MAYBE},              /* not a rule */
        {"device.systemLabels -contains \"M365\"", CA_NO, CA_NO}, /* whole elements only */
        {"device.systemLabels -contains \"M365Managed\"", CA_YES, CA_NO},
        {"device.model -eq null", CA_NO, CA_YES},
        {"device.model -ne null", CA_YES, CA_NO},
        {"device.serial -eq null", CA_YES, CA_YES},
        {"-not (device.deviceOwnership -eq \"Company\")", CA_NO, CA_YES},
        {"device.model -eq \"x\" -or device.deviceOwnership -eq \"Company\"", CA_YES, CA_NO},
        {"device.model -eq \"x\" -and device.deviceOwnership -eq \"Company\"", CA_NO, CA_NO},
        /* and binds closer than or */
        {"device.deviceOwnership -eq \"Company\" -or device.model -eq \"x\" -and device.model -eq "
         "\"y\"",
         CA_YES, CA_NO},
        {"(device.deviceOwnership -eq \"Company\" -or device.model -eq \"x\") -and device.model "
         "-eq "
         "\"y\"",
         CA_NO, CA_NO},
        {"((device.model -startsWith \"Surf\"))", CA_YES, CA_NO},
        {"device.mystery -eq \"1\"", CA_MAYBE, CA_MAYBE},
        {"device.mystery -eq \"1\" -and device.model -eq \"x\"", CA_NO, CA_NO},
        {"device.mystery -eq \"1\" -or device.deviceOwnership -eq \"Company\"", CA_YES, CA_MAYBE},
        {"device.model -eq \"say `\"hi`\"\"", CA_NO, CA_NO},
        /* what cannot be read may say anything */
        {"", CA_MAYBE, CA_MAYBE},
        {"device.model", CA_MAYBE, CA_MAYBE},
        {"device.model -like \"x\"", CA_MAYBE, CA_MAYBE},
        {"device.model -eq \"x", CA_MAYBE, CA_MAYBE},
        {"device.model -eq \"x\" trailing", CA_MAYBE, CA_MAYBE},
        {"user.model -eq \"x\"", CA_MAYBE, CA_MAYBE},
        {"device. -eq \"x\"", CA_MAYBE, CA_MAYBE},
        {"(device.model -eq \"x\"", CA_MAYBE, CA_MAYBE},
        {"device.model -eq [\"a\",\"b\"]", CA_MAYBE, CA_MAYBE},
        {"device.model -eq", CA_MAYBE, CA_MAYBE},
        {"device.model -in [\"a\",]", CA_MAYBE, CA_MAYBE},
    };
    static const struct device company = {"Company", "Surface Pro 9", "M365Managed"};
    static const struct device none = {NULL, NULL, NULL};
    struct ca_pool pool = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct ca_rule *r = ca_rule_parse(&pool, cases[i].rule);
        enum ca_tri a = r != NULL ? ca_rule_match(r, value_of, &company) : CA_MAYBE;
        enum ca_tri b = r != NULL ? ca_rule_match(r, value_of, &none) : CA_MAYBE;

        if (a != cases[i].registered || b != cases[i].unregistered)
            fail_msg("%s: got %s, %s", cases[i].rule, ca_tri_name(a), ca_tri_name(b));
    }
    ca_pool_release(&pool);
}

static void filters_have_limits(void **state)
{
    struct ca_pool pool = {0};
    char *deep = calloc(1, 5000);
    size_t n = 0;

    (void)state;
    assert_non_null(deep);
    memset(deep, '(', 500);
    assert_null(ca_rule_parse(&pool, deep));
    memset(deep, 'x', 4000);
    assert_null(ca_rule_parse(&pool, deep));
    memset(deep, 0, 5000);
    for (int i = 0; i < 600; i++)
        n += (size_t)snprintf(deep + n, 5000 - n, "%s-not", i > 0 ? " " : "");
    assert_null(ca_rule_parse(&pool, deep));
    assert_null(ca_rule_parse(&pool, NULL));
    free(deep);
    ca_pool_release(&pool);
}

static void mixed_filters(void **state)
{
    struct ca_pool pool = {0};

    (void)state;
    assert_false(
        ca_rule_is_mixed(ca_rule_parse(&pool, "device.a -eq \"1\" -or device.b -in [\"2\"]")));
    assert_false(ca_rule_is_mixed(ca_rule_parse(&pool, "device.a -ne \"1\"")));
    assert_true(
        ca_rule_is_mixed(ca_rule_parse(&pool, "device.a -ne \"1\" -and device.b -eq \"2\"")));
    ca_pool_release(&pool);
}

/* ---- addresses ---- */

static void ranges(void **state)
{
    static const struct {
        const char *range, *ip;
        bool inside;
    } cases[] = {
        {"192.0.2.0/24", "192.0.2.255", true},
        {"192.0.2.0/24", "192.0.3.0", false},
        {"12.34.221.11/22", "12.34.220.1", true}, /* host bits set, as in Graph's own example */
        {"12.34.221.11/22", "12.34.224.0", false},
        {"0.0.0.0/0", "255.255.255.255", true},
        {"0.0.0.0/0", "::1", false},
        {"198.51.100.7", "198.51.100.7", true},
        {"198.51.100.7/32", "198.51.100.8", false},
        {"2001:db8::/32", "2001:db8:ffff::1", true},
        {"2001:db8::/32", "2001:db9::", false},
        {"2001:0:9d38:90d6:0:0:0:0/63", "2001:0:9d38:90d7::1", true},
        {"::/0", "2001:db8::1", true},
        {"2001:db8::1/128", "2001:db8::1", true},
    };
    static const char *const bad[] = {
        "",           "192.0.2.0/33", "192.0.2/24",  "2001:db8::/129", "x/24",
        "192.0.2.0/", "192.0.2.0/-1", "1.2.3.4/24x", "192.0.2.0/24/3"};
    struct ca_range r;
    struct ca_ip ip;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_true(ca_range_parse(cases[i].range, &r));
        assert_true(ca_ip_parse(cases[i].ip, &ip));
        if (ca_range_has(&r, &ip) != cases[i].inside)
            fail_msg("%s in %s", cases[i].ip, cases[i].range);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (ca_range_parse(bad[i], &r))
            fail_msg("'%s' was taken", bad[i]);
    assert_false(ca_ip_parse("192.0.2.0/24", &ip));
    assert_false(ca_ip_parse(NULL, &ip));
    assert_true(ca_ip_parse("255.255.255.255", &ip));
    assert_true(ca_ip_next(&ip));
    assert_true(ca_ip_parse("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", &ip));
    assert_false(ca_ip_next(&ip));
}

/* ---- set arithmetic ---- */

enum { SIDE = 3 };

static bool is_in(const struct ca_space *s, const uint64_t *box, const unsigned at[CA_DIM_COUNT])
{
    for (int d = 0; d < CA_DIM_COUNT; d++)
        if (!ca_bit(s, box, (enum ca_dim)d, at[d]))
            return false;
    return true;
}

/* Next point; false after the last. */
static bool step(unsigned at[CA_DIM_COUNT], const size_t atoms[CA_DIM_COUNT])
{
    for (int d = 0; d < CA_DIM_COUNT; d++) {
        if (++at[d] < atoms[d])
            return true;
        at[d] = 0;
    }
    return false;
}

static void random_box(const struct ca_space *s, const size_t atoms[CA_DIM_COUNT],
                       struct ca_dice *dice, uint64_t *box)
{
    memset(box, 0, s->total * sizeof *box);
    for (int d = 0; d < CA_DIM_COUNT; d++) {
        bool full = ca_roll(dice, 3) != 0;

        for (size_t i = 0; i < atoms[d]; i++)
            if (full || ca_roll(dice, 2) == 0)
                ca_bit_set(s, box, (enum ca_dim)d, i);
    }
}

/* Against enumeration of every point; one axis past a machine word. */
static void uncovered_is_exact(void **state)
{
    struct ca_dice dice = {ca_seed() * 2 + 1};
    const size_t atoms[CA_DIM_COUNT] = {2, 70, SIDE, SIDE, 2, 2, 1, 1, SIDE};
    enum { BOXES = 8 };
    struct ca_space s;
    uint64_t *box[BOXES + 1];
    uint64_t *rest;
    size_t yes = 0;

    (void)state;
    ca_space_place(&s, atoms);
    rest = calloc(s.total, sizeof *rest);
    for (size_t i = 0; i <= BOXES; i++)
        box[i] = calloc(s.total, sizeof *box[i]);
    for (int round = 0; round < 300; round++) {
        size_t n = ca_roll(&dice, BOXES + 1);
        size_t budget = 1000000;
        unsigned at[CA_DIM_COUNT] = {0};
        bool open = false;
        enum ca_tri got;

        for (size_t i = 0; i <= n; i++)
            random_box(&s, atoms, &dice, box[i]);
        got = ca_box_uncovered(&s, box[n], (const uint64_t *const *)box, n, &budget, rest);
        do {
            bool covered = !is_in(&s, box[n], at);

            for (size_t i = 0; i < n && !covered; i++)
                covered = is_in(&s, box[i], at);
            open = open || !covered;
            if (got == CA_YES && is_in(&s, rest, at))
                assert_false(covered);
        } while (step(at, atoms));
        assert_int_equal(got, open ? CA_YES : CA_NO);
        if (got == CA_YES)
            assert_false(ca_box_is_empty(&s, rest));
        yes += got == CA_YES ? 1 : 0;
    }
    assert_in_range(yes, 20, 299); /* both answers came up */
    for (size_t i = 0; i <= BOXES; i++)
        free(box[i]);
    free(rest);
}

/* The number of boxes is limited, and reaching the limit is no answer. */
static void budget_ends_in_maybe(void **state)
{
    const size_t atoms[CA_DIM_COUNT] = {2, 2, 2, 2, 2, 2, 2, 2, 2};
    struct ca_space s;
    uint64_t universe[CA_DIM_COUNT];
    uint64_t half[CA_DIM_COUNT][CA_DIM_COUNT];
    const uint64_t *cover[CA_DIM_COUNT];
    size_t budget = 3;

    (void)state;
    ca_space_place(&s, atoms);
    for (size_t d = 0; d < CA_DIM_COUNT; d++) {
        universe[d] = 3;
        for (size_t k = 0; k < CA_DIM_COUNT; k++)
            half[d][k] = k == d ? 1 : 3;
        cover[d] = half[d];
    }
    assert_int_equal(ca_box_uncovered(&s, universe, cover, CA_DIM_COUNT, &budget, NULL), CA_MAYBE);
    assert_int_equal(budget, 0);
    budget = 1000;
    assert_int_equal(ca_box_uncovered(&s, universe, cover, CA_DIM_COUNT, &budget, NULL), CA_YES);
}

/* ---- strengths ---- */

static void strengths(void **state)
{
    static const struct {
        const char *name, *combinations, *requirements;
        const char *mfa;
    } cases[] = {
        {"built-in MFA strength",
         "[\"windowsHelloForBusiness\",\"fido2\",\"x509CertificateMultiFactor\","
         "\"deviceBasedPush\",\"temporaryAccessPassOneTime\",\"temporaryAccessPassMultiUse\","
         "\"password,microsoftAuthenticatorPush\",\"password,softwareOath\","
         "\"password,hardwareOath\",\"password,x509CertificateSingleFactor\","
         "\"password,x509CertificateMultiFactor\",\"password,sms\",\"password,voice\","
         "\"federatedMultiFactor\",\"microsoftAuthenticatorPush,federatedSingleFactor\","
         "\"softwareOath,federatedSingleFactor\",\"sms,federatedSingleFactor\"]",
         NULL, "always"},
        {"fido2 only", "[\"fido2\"]", "mfa", "always"},
        {"password alone among them", "[\"fido2\",\"password\"]", "mfa", "never"},
        {"SMS sign-in is one factor", "[\"sms\"]", "none", "never"},
        {"federated single factor", "[\"federatedSingleFactor\"]", NULL, "never"},
        {"a method that is new, and Entra says mfa", "[\"fido2\",\"passkeySynced\"]", "mfa",
         "always"},
        {"a method that is new", "[\"fido2\",\"passkeySynced\"]", NULL, "unknown"},
        {"unknownFutureValue", "[\"unknownFutureValue\"]", NULL, "unknown"},
        {"no list, mfa", NULL, "mfa", "always"},
        {"nothing said", NULL, NULL, "unknown"},
        {"an empty list", "[]", NULL, "unknown"},
        {"no list at all", "{}", NULL, "unknown"},
        {"three words", "[\"password,sms,voice\"]", NULL, "unknown"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct store *s = ca_world();
        struct ca_model *m;

        ca_run(s,
               "INSERT INTO authentication_strength(id, display_name, allowed_combinations_json,"
               " requirements_satisfied, raw) VALUES ('s1', 'S', NULLIF(?1, ''), NULLIF(?2, ''),"
               " '{}')",
               cases[i].combinations != NULL ? cases[i].combinations : "",
               cases[i].requirements != NULL ? cases[i].requirements : "", NULL, NULL, NULL);
        ca_policy(s, "p1", "+user:All +application:All +client_app:all strength:s1 operator:OR");
        m = ca_load(s);
        if (strcmp(ca_row(m, "u1").mfa, cases[i].mfa) != 0)
            fail_msg("%s: got %s", cases[i].name, ca_row(m, "u1").mfa);
        ca_model_free(m);
        store_close(s);
    }
}

/* A policy carries its strength inline when the table lacks it. */
static void strength_inline(void **state)
{
    struct store *s = ca_world();
    struct ca_model *m;

    (void)state;
    ca_policy(s, "p1", "+user:All +application:All +client_app:all strength:s1 operator:OR");
    world_do(s, "UPDATE ca_policy SET raw = '{\"grantControls\":{\"authenticationStrength\":{"
                "\"id\":\"s1\",\"allowedCombinations\":[\"fido2\"],"
                "\"requirementsSatisfied\":\"mfa\"}}}'");
    m = ca_load(s);
    assert_string_equal(ca_row(m, "u1").mfa, "always");
    ca_model_free(m);
    world_do(s, "UPDATE ca_policy SET raw = 'no json'");
    m = ca_load(s);
    assert_string_equal(ca_row(m, "u1").mfa, "unknown");
    ca_model_free(m);
    store_close(s);
}

/* ---- controls on devices ---- */

static void demands(void **state)
{
    enum { N = CA_NO, M = CA_MAYBE, Y = CA_YES };
    static const struct {
        const char *name;
        enum ca_control_kind control[2];
        int mfa[2];
        size_t n;
        enum ca_operator operation;
        int compliant; /* and joined and registered */
        int covers, blocks, demands_mfa;
    } cases[] = {
        {"nothing", {CA_CONTROL_MFA}, {Y}, 0, CA_OPERATOR_OR, Y, N, N, N},
        {"block", {CA_CONTROL_BLOCK}, {N}, 1, CA_OPERATOR_OR, Y, Y, Y, N},
        {"mfa", {CA_CONTROL_MFA}, {Y}, 1, CA_OPERATOR_UNSAID, N, Y, N, Y},
        {"compliant, is", {CA_CONTROL_COMPLIANT}, {N}, 1, CA_OPERATOR_OR, Y, N, N, N},
        {"compliant, is not", {CA_CONTROL_COMPLIANT}, {N}, 1, CA_OPERATOR_OR, N, Y, Y, N},
        {"compliant, not known", {CA_CONTROL_COMPLIANT}, {N}, 1, CA_OPERATOR_OR, M, M, M, N},
        {"mfa or compliant, is",
         {CA_CONTROL_MFA, CA_CONTROL_COMPLIANT},
         {Y, N},
         2,
         CA_OPERATOR_OR,
         Y,
         N,
         N,
         N},
        {"mfa or compliant, is not",
         {CA_CONTROL_MFA, CA_CONTROL_COMPLIANT},
         {Y, N},
         2,
         CA_OPERATOR_OR,
         N,
         Y,
         N,
         Y},
        {"mfa and compliant, is",
         {CA_CONTROL_MFA, CA_CONTROL_COMPLIANT},
         {Y, N},
         2,
         CA_OPERATOR_AND,
         Y,
         Y,
         N,
         Y},
        {"mfa and compliant, is not",
         {CA_CONTROL_MFA, CA_CONTROL_COMPLIANT},
         {Y, N},
         2,
         CA_OPERATOR_AND,
         N,
         Y,
         Y,
         N},
        {"mfa ? compliant, is",
         {CA_CONTROL_MFA, CA_CONTROL_COMPLIANT},
         {Y, N},
         2,
         CA_OPERATOR_UNSAID,
         Y,
         M,
         N,
         M},
        {"unseen", {CA_CONTROL_UNSEEN}, {M}, 1, CA_OPERATOR_OR, Y, M, M, M},
        {"unseen or mfa",
         {CA_CONTROL_UNSEEN, CA_CONTROL_MFA},
         {M, Y},
         2,
         CA_OPERATOR_OR,
         Y,
         M,
         N,
         M},
        {"terms and mfa",
         {CA_CONTROL_TERMS, CA_CONTROL_MFA},
         {N, Y},
         2,
         CA_OPERATOR_AND,
         N,
         Y,
         N,
         Y},
        {"compliant or joined, none",
         {CA_CONTROL_COMPLIANT, CA_CONTROL_JOINED},
         {N, N},
         2,
         CA_OPERATOR_OR,
         N,
         Y,
         Y,
         N},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct ca_control c[2] = {
            {cases[i].control[0], {[CA_QUALITY_MFA] = (enum ca_tri)cases[i].mfa[0]}, "", ""},
            {cases[i].control[1], {[CA_QUALITY_MFA] = (enum ca_tri)cases[i].mfa[1]}, "", ""}};
        struct ca_policy p = {
            .control = c, .controls = cases[i].n, .operation = cases[i].operation};
        enum ca_tri has = (enum ca_tri)cases[i].compliant;
        struct ca_atom device = {.compliant = has, .joined = has, .registered = has};
        struct ca_demand d = ca_demand_on(&p, &device);

        if ((int)d.covers != cases[i].covers || (int)d.blocks != cases[i].blocks ||
            (int)d.takes != cases[i].demands_mfa)
            fail_msg("%s: covers %s, blocks %s, mfa %s", cases[i].name, ca_tri_name(d.covers),
                     ca_tri_name(d.blocks), ca_tri_name(d.takes));
    }
}

/* ---- memory ---- */

static void tables(void **state)
{
    struct ca_pool pool = {0};
    struct ca_map map;
    const char *text;

    (void)state;
    ca_map_init(&map, &pool);
    assert_int_equal(ca_map_get(&map, "a", 2), CA_MAP_NONE);
    for (uint32_t i = 0; i < 10000; i++)
        assert_int_equal(ca_map_add(&map, &i, sizeof i, i * 3), i * 3);
    for (uint32_t i = 0; i < 10000; i++)
        assert_int_equal(ca_map_get(&map, &i, sizeof i), i * 3);
    assert_int_equal(ca_map_add(&map, &(uint32_t){7}, sizeof(uint32_t), 1), 21);
    text = ca_map_text(&map, "same");
    assert_ptr_equal(ca_map_text(&map, "same"), text);
    assert_ptr_not_equal(ca_map_text(&map, "other"), text);
    assert_string_equal(ca_pool_textf(&pool, "%d-%s", 5, "x"), "5-x");
    memset(ca_pool_get(&pool, 1, 1000000), 1, 1000000); /* larger than a chunk */
    ca_map_release(&map);
    ca_pool_release(&pool);
}

/* Applications of the table are known by id; what is not settled is said so. */
static void applications(void **state)
{
    (void)state;
    assert_int_equal(ca_app_value(EXO).in_office, CA_YES);
    assert_int_equal(ca_app_value(EXO).in_portals, CA_NO);
    assert_int_equal(ca_app_value(GRAPH).in_office, CA_NO);
    assert_int_equal(ca_app_value(LOB).in_office, CA_MAYBE);
    assert_int_equal(ca_app_value("c44b4083-3bb0-49c1-b47d-974e53cbdf3c").in_portals, CA_YES);
    assert_string_equal(ca_app_name(SPO), "SharePoint Online");
    assert_null(ca_app_name(LOB));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters),
        cmocka_unit_test(filters_have_limits),
        cmocka_unit_test(mixed_filters),
        cmocka_unit_test(ranges),
        cmocka_unit_test(uncovered_is_exact),
        cmocka_unit_test(budget_ends_in_maybe),
        cmocka_unit_test(strengths),
        cmocka_unit_test(strength_inline),
        cmocka_unit_test(demands),
        cmocka_unit_test(tables),
        cmocka_unit_test(applications),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
