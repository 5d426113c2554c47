/* doctor_tenant.c - tokens, permissions granted against needed, roles, licences, cmdlets. */
#include "base/buf.h"
#include "base/mem.h"
#include "doctor.h"
#include "exitcode.h"
#include "graph/collect.h"
#include "graph/credential.h"
#include "permissions_view.h"

#include <stdlib.h>

enum { QUESTION_MS = 30 * 1000, LIST_BYTES = 64 * 1024 };

static void add_name(struct buf *b, const char *name)
{
    buf_addf(b, "%s%s", b->n > 0 ? ", " : "", name);
}

/* ---- tokens ---- */

static bool check_token(struct doctor *d, enum check_service s)
{
    const char *who = s == CHECK_GRAPH ? "Microsoft Graph" : "Exchange Online";
    struct err e = ERR_INIT;

    if (tenant_check_sign_in(d->tenant, s, &e) != ERR_OK) {
        int code = s == CHECK_EXCHANGE  ? EXIT_CODE_INCOMPLETE
                   : e.code == ERR_AUTH ? EXIT_CODE_AUTH
                                        : exit_code_of(e.code);

        (void)doctor_fail(d, "token", code, "%s: %s", who, e.msg);
        return false;
    }
    doctor_add(d, "token", DOCTOR_PASS, "%s, with a %s", who, credential_kind(d->credential));
    return true;
}

/* ---- permissions ---- */

/* All of the permission's resources can be read with what is granted. */
static bool is_served(const struct doctor *d, const struct need_grant *g, const json_t *roles)
{
    for (size_t i = 0; i < g->resources.n; i++) {
        const struct collector_info *c = collector_at(plan_find(g->resources.v[i]));
        const json_t *one;
        bool has = false;
        size_t k;

        json_array_foreach(roles, k, one)
        {
            has = has || (json_is_string(one) && c->accepted != NULL &&
                          permission_does_for(c->accepted, g->name, json_string_value(one)));
        }
        if (!has)
            return false;
    }
    (void)d;
    return true;
}

static void check_granted(struct doctor *d)
{
    const json_t *roles = tenant_check_roles(d->tenant, CHECK_GRAPH);
    size_t needed = 0;
    size_t missing = 0;

    for (size_t i = 0; i < d->needs.grant_count; i++) {
        const struct need_grant *g = &d->needs.grants[i];
        struct doctor_line *l;

        if (g->info != NULL && g->info->api == API_EXCHANGE)
            continue;
        needed++;
        if (is_served(d, g, roles))
            continue;
        missing++;
        l = doctor_fail(d, "permission", EXIT_CODE_INCOMPLETE, "%s is not granted", g->name);
        doctor_lose(l, &g->rules);
        doctor_advise(l, "graphaudit permissions --format az prints what grants it");
    }
    if (missing == 0)
        doctor_add(d, "permission", DOCTOR_PASS,
                   "Microsoft Graph: all %zu that the rules need are granted", needed);
    /* Nothing at all: an audit would end with "consent is missing". */
    if (missing > 0 && missing == needed && json_array_size(roles) == 0)
        d->lines[d->n - 1].exit_code = EXIT_CODE_AUTH;
}

static bool is_needed(const struct doctor *d, const char *name)
{
    for (size_t i = 0; i < d->needs.n; i++) {
        const struct collector_info *c = d->needs.v[i].row.info;
        char least[PERMISSION_NAME_BYTES];

        /* What any collector asks for is no excess, whatever the chosen rules. */
        for (size_t g = 0; c->accepted != NULL && permission_least(c->accepted, g, least); g++)
            if (str_eq(least, name))
                return true;
    }
    return str_eq(name, permission_exchange);
}

static void check_excess_of(struct doctor *d, enum check_service s)
{
    const json_t *roles = tenant_check_roles(d->tenant, s);
    const json_t *one;
    struct buf writes;
    struct buf reads;
    size_t i;

    buf_init(&writes, LIST_BYTES);
    buf_init(&reads, LIST_BYTES);
    json_array_foreach(roles, i, one)
    {
        const char *name = json_string_value(one);

        if (name != NULL && !is_needed(d, name))
            add_name(permission_reads_only(name) ? &reads : &writes, name);
    }
    if (writes.n > 0)
        doctor_advise(doctor_add(d, "excess", DOCTOR_HINT,
                                 "does more than read, and is not needed: %s", writes.p),
                      "take it away: an auditor that can change the tenant is a risk of its own");
    if (reads.n > 0)
        doctor_add(d, "excess", DOCTOR_HINT, "reads what no audit reads: %s", reads.p);
    if (writes.n == 0 && reads.n == 0 && s == CHECK_GRAPH)
        doctor_add(d, "excess", DOCTOR_PASS, "nothing is granted that an audit does not use");
    buf_release(&writes);
    buf_release(&reads);
}

/* ---- Exchange: permission, directory role, cmdlets ---- */

static bool check_exchange_permission(struct doctor *d)
{
    const json_t *roles = tenant_check_roles(d->tenant, CHECK_EXCHANGE);
    struct doctor_line *l;

    if (permission_in_claim(roles, permission_exchange)) {
        doctor_add(d, "permission", DOCTOR_PASS, "Exchange Online: %s is granted",
                   permission_exchange);
        return true;
    }
    l = doctor_fail(d, "permission", EXIT_CODE_INCOMPLETE, "%s is not granted",
                    permission_exchange);
    for (size_t i = 0; i < d->needs.grant_count; i++)
        if (str_eq(d->needs.grants[i].name, permission_exchange))
            doctor_lose(l, &d->needs.grants[i].rules);
    doctor_advise(l, "graphaudit permissions --format az prints what grants it");
    return false;
}

static void check_directory_role(struct doctor *d)
{
    const json_t *wids = tenant_check_wids(d->tenant, CHECK_EXCHANGE);
    const json_t *one;
    struct buf opens;
    struct buf writes;
    size_t i;

    buf_init(&opens, LIST_BYTES);
    buf_init(&writes, LIST_BYTES);
    json_array_foreach(wids, i, one)
    {
        const struct directory_role *r = directory_role_find(json_string_value(one));

        if (r != NULL && r->opens_exchange)
            add_name(&opens, r->name);
        if (r != NULL && !r->reads_only)
            add_name(&writes, r->name);
    }
    if (writes.n > 0)
        doctor_advise(doctor_add(d, "role", DOCTOR_HINT, "%s can change the tenant", writes.p),
                      "%s is enough to read", permissions_role);
    else if (opens.n > 0)
        doctor_add(d, "role", DOCTOR_PASS, "%s", opens.p);
    else
        doctor_advise(doctor_add(d, "role", DOCTOR_HINT,
                                 "the token has no directory role that opens Exchange Online"),
                      "fine when an Exchange role group holds the application; else give it %s",
                      permissions_role);
    buf_release(&opens);
    buf_release(&writes);
}

static void line_of_cmdlet(struct doctor *d, const struct need *one, const struct err *result)
{
    struct doctor_line *l;

    if (result->code == ERR_OK)
        return;
    l = doctor_fail(d, "cmdlet", EXIT_CODE_INCOMPLETE, "%s: %s", one->row.info->request,
                    result->msg);
    doctor_lose(l, &one->rules);
    if (result->code == ERR_DENIED)
        doctor_advise(l, "it needs the Exchange role %s, or the directory role %s",
                      one->row.info->permission, permissions_role);
}

static void check_cmdlets(struct doctor *d)
{
    struct cmdlet_check *v = xcalloc(d->needs.n, sizeof *v);
    size_t *at = xcalloc(d->needs.n, sizeof *at);
    size_t n = 0;
    size_t bad = 0;

    for (size_t i = 0; i < d->needs.n; i++)
        if (need_is_needed(&d->needs.v[i]) && d->needs.v[i].row.cmdlet != NULL) {
            at[n] = i;
            v[n++].resource = d->needs.v[i].row.info->resource;
        }
    tenant_check_cmdlets(d->tenant, v, n);
    for (size_t i = 0; i < n; i++) {
        line_of_cmdlet(d, &d->needs.v[at[i]], &v[i].result);
        bad += v[i].result.code != ERR_OK ? 1 : 0;
    }
    if (bad == 0)
        doctor_add(d, "cmdlet", DOCTOR_PASS, "all %zu that the rules need may be run", n);
    free(at);
    free(v);
}

static void check_exchange(struct doctor *d)
{
    if (d->needs.cmdlets.n == 0) {
        doctor_add(d, "token", DOCTOR_PASS, "Exchange Online: these rules do not need it");
        return;
    }
    if (!d->reached[2] || doctor_time(d, QUESTION_MS) == 0) {
        doctor_add(d, "token", DOCTOR_UNCHECKED, "not checked: Exchange Online is not reached");
        doctor_add(d, "cmdlet", DOCTOR_UNCHECKED, "not checked: Exchange Online is not reached");
        return;
    }
    d->has_exchange = check_token(d, CHECK_EXCHANGE);
    if (!d->has_exchange || !check_exchange_permission(d)) {
        doctor_add(d, "cmdlet", DOCTOR_UNCHECKED,
                   "not checked: Exchange Online does not let us in");
        return;
    }
    check_excess_of(d, CHECK_EXCHANGE);
    check_directory_role(d);
    if (doctor_time(d, QUESTION_MS) == 0)
        doctor_add(d, "cmdlet", DOCTOR_UNCHECKED, "not checked: the time (--deadline) is used up");
    else
        check_cmdlets(d);
}

/* ---- licences ---- */

static void line_of_licence(struct doctor *d, const char *licence, bool has)
{
    struct strlist rules = {0};
    struct doctor_line *l;

    if (has) {
        doctor_add(d, "licence", DOCTOR_PASS, "%s", licence);
        return;
    }
    needs_rules_of_licence(&d->needs, licence, &rules);
    l = doctor_add(d, "licence", DOCTOR_HINT, "no subscribed SKU has %s", licence);
    doctor_lose(l, &rules);
    strlist_release(&rules);
}

static void check_licences(struct doctor *d)
{
    struct err e = ERR_INIT;
    bool has_p1 = false;
    bool has_p2 = false;

    if (d->needs.licences.n == 0)
        return;
    if (doctor_time(d, QUESTION_MS) == 0 ||
        tenant_check_licences(d->tenant, &has_p1, &has_p2, &e) != ERR_OK) {
        doctor_add(d, "licence", DOCTOR_UNCHECKED, "not checked: %s",
                   e.code != ERR_OK ? e.msg : "the time (--deadline) is used up");
        return;
    }
    for (size_t i = 0; i < d->needs.licences.n; i++)
        line_of_licence(d, d->needs.licences.v[i],
                        str_eq(d->needs.licences.v[i], "Entra ID P2") ? has_p2 : has_p1);
}

/* ---- all ---- */

static const char *what_is_missing(const struct doctor *d)
{
    if (!d->has_rules)
        return "the rules do not load, so what is needed is not known";
    if (!d->has_tenant || !d->has_cloud)
        return "no tenant and application are named";
    if (d->credential == NULL)
        return "there is no credential";
    if (!d->reached[0])
        return "the sign-in service is not reached";
    return doctor_time(d, QUESTION_MS) == 0 ? "the time (--deadline) is used up" : NULL;
}

static void unchecked(struct doctor *d, const char *why)
{
    static const char *const checks[] = {"token", "permission", "role", "licence", "cmdlet"};

    for (size_t i = 0; i < COUNT_OF(checks); i++)
        doctor_add(d, checks[i], DOCTOR_UNCHECKED, "not checked: %s", why);
}

void doctor_check_tenant(struct doctor *d)
{
    const char *why = what_is_missing(d);
    struct tenant_check_options o = {.tenant = d->c->opt.tenant,
                                     .client_id = d->c->opt.client_id,
                                     .cloud = &d->cloud,
                                     .credential = d->credential,
                                     .ca_file = d->c->opt.ca_file,
                                     .proxy = d->c->opt.proxy,
                                     .tool_version = GRAPHAUDIT_VERSION,
                                     .trace = d->trace,
                                     .clock = d->c->clock,
                                     .timeout_ms = doctor_time(d, QUESTION_MS)};
    struct err e = ERR_INIT;

    if (why != NULL || tenant_check_new(&o, &d->tenant, &e) != ERR_OK) {
        unchecked(d, why != NULL ? why : e.msg);
        return;
    }
    d->has_graph = check_token(d, CHECK_GRAPH);
    if (!d->has_graph) {
        unchecked(d, "no token for Microsoft Graph");
        return;
    }
    check_granted(d);
    check_excess_of(d, CHECK_GRAPH);
    if (d->reached[1])
        check_licences(d);
    else
        doctor_add(d, "licence", DOCTOR_UNCHECKED, "not checked: Microsoft Graph is not reached");
    check_exchange(d);
}
