/* cmd_plan.c - what an audit would ask for, how often and how long that takes. Contacts nothing. */
#include "base/buf.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "commands.h"
#include "context.h"
#include "exitcode.h"
#include "explain_view.h"
#include "graph/collect.h"
#include "model/store.h"
#include "needs.h"
#include "rules/engine.h"
#include "run.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WIDTH_MIN = 40,
    WIDTH_MAX = 100,
    LABEL = 14,
    TEXT_BYTES = 64 * 1024,
    /* What one request takes, milliseconds, apart from limits: an assumption, and said so. Exchange
     * computes a page of mailboxes for about a second. */
    GRAPH_REPLY_MS = 300,
    EXCHANGE_REPLY_MS = 1500
};

/* What an earlier run met: rows and requests of one resource. */
struct seen {
    bool is_known;
    int64_t rows, requests;
};

struct plan {
    struct needs needs;
    struct seen *seen; /* one a collector; NULL without a snapshot */
    int64_t requests[PLAN_BUDGETS + 1];
    bool is_open[PLAN_BUDGETS + 1]; /* some number is not known: at least so many */
    int64_t budget_ms[PLAN_BUDGETS];
    int64_t longest_ms; /* of the chains, a page at a time */
    const char *longest;
};

static enum err_code load_seen(struct plan *p, const char *path, struct err *e)
{
    struct store *s = NULL;
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code = store_open(path, false, &s, e);

    p->seen = xcalloc(p->needs.n, sizeof *p->seen);
    if (code == ERR_OK)
        code = stmt_prepare(s,
                            "SELECT resource, rows, requests FROM collection "
                            "WHERE state = 'complete' OR state = 'partial'",
                            &st, e);
    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row) {
        size_t at = plan_find(stmt_text(st, 0));

        if (at != SIZE_MAX)
            p->seen[at] = (struct seen){true, stmt_int(st, 1), stmt_int(st, 2)};
    }
    stmt_free(st);
    store_close(s);
    return code;
}

/* Requests for one resource; *is_open: at least so many. A page is never fuller than page_rows, and
 * what the earlier run sent is not less than what it needed. */
static int64_t requests_of(const struct plan *p, size_t i, bool *is_open)
{
    const struct plan_row *r = &p->needs.v[i].row;
    const struct seen *s = p->seen != NULL ? &p->seen[i] : NULL;

    *is_open = false;
    if (s != NULL && s->is_known) {
        if (r->per == NULL && r->page_rows > 0) {
            int64_t pages = (s->rows + r->page_rows - 1) / r->page_rows;

            return pages > 0 ? pages : 1;
        }
        return s->requests;
    }
    *is_open = r->per != NULL || r->page_rows > 0;
    return r->per != NULL ? 0 : 1;
}

/* The last request of `n` goes out when so many windows have passed. */
static int64_t budget_ms(const struct plan_budget *b, int64_t n)
{
    return n > 0 ? (n - 1) / b->requests * b->window_ms : 0;
}

static void estimate(struct plan *p)
{
    for (size_t i = 0; i < p->needs.n; i++) {
        const struct need *one = &p->needs.v[i];
        bool is_open;
        int64_t n = requests_of(p, i, &is_open);
        int64_t each =
            str_eq(one->row.info->service, "exchange") ? EXCHANGE_REPLY_MS : GRAPH_REPLY_MS;

        if (!need_is_needed(one))
            continue;
        p->requests[one->row.budget] += n;
        p->is_open[one->row.budget] = p->is_open[one->row.budget] || is_open;
        if (one->row.budget < PLAN_BUDGETS && one->row.per == NULL && n * each > p->longest_ms) {
            p->longest_ms = n * each;
            p->longest = one->row.info->title;
        }
    }
    for (size_t b = 0; b < PLAN_BUDGETS; b++) {
        struct plan_budget budget = plan_budget_at(b);

        p->budget_ms[b] = budget_ms(&budget, p->requests[b]);
    }
}

/* ---- text ---- */

static size_t width_of(const struct context *c)
{
    return c->width < WIDTH_MIN ? WIDTH_MIN : c->width > WIDTH_MAX ? WIDTH_MAX : c->width;
}

static void row(const struct context *c, const char *label, const char *text)
{
    char lead[LABEL + 8];

    (void)snprintf(lead, sizeof lead, "    %-*s", LABEL - 4, label);
    wrap_text(stdout, width_of(c), LABEL, lead, text);
}

static void add_list(struct buf *b, const struct strlist *l)
{
    for (size_t i = 0; i < l->n; i++)
        buf_addf(b, "%s%s", l->v[i], i + 1 < l->n ? ", " : "");
}

static void add_permission(struct buf *b, const struct collector_info *c)
{
    char name[PERMISSION_NAME_BYTES];

    if (str_eq(c->service, "dns"))
        buf_adds(b, "none");
    else if (str_eq(c->service, "exchange"))
        buf_addf(b, "%s and the role %s", permission_exchange, c->permission);
    for (size_t g = 0; c->accepted != NULL && permission_least(c->accepted, g, name); g++)
        buf_addf(b, "%s%s", g > 0 ? " and " : "", name);
    if (c->licence != NULL)
        buf_addf(b, "; licence %s", c->licence);
}

static void add_count(struct buf *b, const struct plan *p, size_t i)
{
    const struct plan_row *r = &p->needs.v[i].row;
    bool is_open;
    int64_t n = requests_of(p, i, &is_open);

    if (p->seen != NULL && p->seen[i].is_known)
        buf_addf(b, "%lld, for %lld rows", (long long)n, (long long)p->seen[i].rows);
    else if (r->per != NULL)
        buf_addf(b, "1 for each %s", r->per);
    else if (r->page_rows > 0)
        buf_addf(b, "1 for each %u rows, at least 1", r->page_rows);
    else
        buf_addf(b, "%lld", (long long)n);
    if (is_open && p->seen != NULL)
        buf_adds(b, " (the snapshot does not have it)");
}

static void print_resource(const struct context *c, const struct plan *p, size_t i)
{
    const struct need *one = &p->needs.v[i];
    struct buf b;

    buf_init(&b, TEXT_BYTES);
    printf("\n  %s\n", one->row.info->title);
    row(c, "asks", one->row.info->request);
    add_permission(&b, one->row.info);
    row(c, "needs", b.p);
    buf_clear(&b);
    add_count(&b, p, i);
    row(c, "requests", b.p);
    buf_clear(&b);
    add_list(&b, &one->rules);
    row(c, "for", b.p);
    buf_release(&b);
}

static void add_seconds(struct buf *b, int64_t ms)
{
    int64_t s = (ms + 999) / 1000;

    if (s >= 120)
        buf_addf(b, "%lld min %lld s", (long long)(s / 60), (long long)(s % 60));
    else
        buf_addf(b, "%lld s", (long long)s);
}

static void print_budgets(const struct context *c, const struct plan *p)
{
    int64_t most = p->longest_ms;
    struct buf b;

    buf_init(&b, TEXT_BYTES);
    printf(c->colour ? "\n\033[1m%s\033[0m\n" : "\n%s\n", "Requests and limits");
    for (size_t i = 0; i < PLAN_BUDGETS; i++) {
        struct plan_budget budget = plan_budget_at(i);

        if (p->requests[i] == 0 && !p->is_open[i])
            continue;
        buf_clear(&b);
        add_seconds(&b, p->budget_ms[i]);
        printf("  %-20s %s%lld; limit %u in %.1f s, so %s%s\n", budget.name,
               p->is_open[i] ? "at least " : "", (long long)p->requests[i], budget.requests,
               (double)budget.window_ms / 1000, p->is_open[i] ? "at least " : "", b.p);
        most = p->budget_ms[i] > most ? p->budget_ms[i] : most;
    }
    buf_clear(&b);
    if (p->seen != NULL && p->longest != NULL) {
        buf_adds(&b, "About ");
        add_seconds(&b, most);
        buf_addf(&b,
                 " in all, when a reply of Graph takes %d ms and one of Exchange %d ms (an "
                 "assumption). Collections run side by side; the longest is: %s.",
                 (int)GRAPH_REPLY_MS, (int)EXCHANGE_REPLY_MS, p->longest);
    } else {
        buf_adds(&b, "Give --snapshot FILE of an earlier run for numbers and a time.");
    }
    printf("\n");
    wrap_text(stdout, width_of(c), 0, "", b.p);
    buf_release(&b);
}

static void print_text(const struct context *c, const struct plan *p)
{
    static const struct {
        const char *service, *title;
    } services[] = {{"graph", "Microsoft Graph"}, {"exchange", "Exchange Online"}, {"dns", "DNS"}};

    for (size_t s = 0; s < COUNT_OF(services); s++) {
        bool any = false;

        for (size_t i = 0; i < p->needs.n; i++) {
            if (!need_is_needed(&p->needs.v[i]) ||
                !str_eq(p->needs.v[i].row.info->service, services[s].service))
                continue;
            if (!any)
                printf(c->colour ? "%s\033[1m%s\033[0m\n" : "%s%s\n", s > 0 ? "\n" : "",
                       services[s].title);
            any = true;
            print_resource(c, p, i);
        }
    }
    print_budgets(c, p);
}

/* ---- JSON ---- */

static json_t *texts(const struct strlist *l)
{
    json_t *a = json_array();

    for (size_t i = 0; i < l->n; i++)
        (void)json_array_append_new(a, json_string(l->v[i]));
    return a;
}

static json_t *permissions_of(const struct collector_info *c)
{
    char name[PERMISSION_NAME_BYTES];
    json_t *a = json_array();

    if (str_eq(c->service, "exchange"))
        (void)json_array_append_new(a, json_string(permission_exchange));
    for (size_t g = 0; c->accepted != NULL && permission_least(c->accepted, g, name); g++)
        (void)json_array_append_new(a, json_string(name));
    return a;
}

static json_t *resource_json(const struct plan *p, size_t i)
{
    const struct need *one = &p->needs.v[i];
    const struct collector_info *c = one->row.info;
    bool is_open;
    int64_t n = requests_of(p, i, &is_open);
    bool known = p->seen != NULL && p->seen[i].is_known;

    return json_pack(
        "{s:s, s:s, s:s, s:s, s:o, s:s?, s:s?, s:I, s:b, s:o, s:s?, s:s?, s:o}", "resource",
        c->resource, "title", c->title, "service", c->service, "request", c->request, "permissions",
        permissions_of(c), "exchange_role", str_eq(c->service, "exchange") ? c->permission : NULL,
        "licence", c->licence, "requests", (json_int_t)n, "requests_are_at_least", is_open, "rows",
        known ? json_integer(p->seen[i].rows) : json_null(), "one_for_each", one->row.per, "budget",
        one->row.budget < PLAN_BUDGETS ? plan_budget_at(one->row.budget).name : NULL, "rules",
        texts(&one->rules));
}

static void print_json(const struct plan *p)
{
    json_t *resources = json_array();
    json_t *budgets = json_array();
    json_t *all;
    char *s;

    for (size_t i = 0; i < p->needs.n; i++)
        if (need_is_needed(&p->needs.v[i]))
            (void)json_array_append_new(resources, resource_json(p, i));
    for (size_t i = 0; i < PLAN_BUDGETS; i++) {
        struct plan_budget b = plan_budget_at(i);

        (void)json_array_append_new(
            budgets,
            json_pack("{s:s, s:I, s:b, s:i, s:I, s:i, s:I}", "budget", b.name, "requests",
                      (json_int_t)p->requests[i], "requests_are_at_least", p->is_open[i], "limit",
                      (int)b.requests, "window_ms", (json_int_t)b.window_ms, "in_flight",
                      (int)b.in_flight, "at_least_ms", (json_int_t)p->budget_ms[i]));
    }
    all = json_pack("{s:I, s:o, s:o, s:o}", "rules", (json_int_t)p->needs.rule_count, "resources",
                    resources, "budgets", budgets, "longest_chain_ms",
                    p->seen != NULL ? json_integer(p->longest_ms) : json_null());
    s = jx_dump(all, JSON_INDENT(2));
    printf("%s\n", s != NULL ? s : "{}");
    free(s);
    json_decref(all);
}

int cmd_plan(struct context *c)
{
    struct ruleset *rs = NULL;
    struct plan p;
    struct err e = ERR_INIT;

    memset(&p, 0, sizeof p);
    if (c->opt.arguments.n > 0)
        err_set(&e, ERR_USAGE, "unexpected argument '%s'", c->opt.arguments.v[0]);
    if (e.code == ERR_OK && run_load_rules(c, &rs, &e) == ERR_OK) {
        needs_derive(&p.needs, rs);
        if (c->opt.snapshot != NULL)
            (void)load_seen(&p, c->opt.snapshot, &e);
        estimate(&p);
    }
    if (e.code == ERR_OK && c->opt.json)
        print_json(&p);
    else if (e.code == ERR_OK)
        print_text(c, &p);
    free(p.seen);
    needs_release(&p.needs);
    ruleset_free(rs);
    return e.code == ERR_OK ? (int)EXIT_CODE_PASSED : context_fail(c, &e);
}
