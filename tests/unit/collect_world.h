/* collect_world.h - graph_collect() against a client that is a table (for test_collect*.c).
 *
 * Defines client_* in place of graph/client.c, so that the collectors run unchanged, without a
 * network and one chain after the other. What is not in the table answers with an empty list. */
#ifndef TESTS_COLLECT_WORLD_H
#define TESTS_COLLECT_WORLD_H
#include "base/clock.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strs.h"
#include "client.h"
#include "graph/cloud.h"
#include "graph/collect.h"
#include "model/store.h"
#include "pack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { WORLD_REPLIES = 16, WORLD_PAGES = 4, WORLD_CHAINS = 256 };

/* The first one whose `match` is the cmdlet, or is found in the path, answers. */
struct reply {
    const char *match;
    const char *pages[WORLD_PAGES];
    enum err_code code; /* after the pages */
    const char *message, *error_code;
    long status;
};

struct world {
    struct reply replies[WORLD_REPLIES]; /* of the case; then the base below */
    const char *tenant;                  /* the token's; NULL: no such claim */
    const char *roles;                   /* JSON; NULL: the token has no such claim */
    enum err_code sign_in[SERVICE_COUNT];
    size_t chains;          /* end the run after so many; 0: never */
    enum err_code run_code; /* with this code */
    size_t pages;           /* the same after so many pages, in the middle of a chain */
    bool resume, refuses_to_go_on;
    bool row_by_row; /* long lists too go straight into their tables */
    /* what happened */
    struct strlist sent; /* path, or cmdlet, of every chain */
    struct strlist notices;
    struct store *s;
    struct err err;
};
static struct world *now; /* the client's functions have no other way to it */

struct waiting_chain {
    struct chain_spec spec;
    char *target;
    size_t from; /* the page it begins at */
};
struct client {
    struct waiting_chain chains[WORLD_CHAINS];
    size_t first, count, played;
    json_t *roles;
};

static const struct reply base_world[] = {
    {.match = "/organization",
     .pages =
         {"{\"value\":[{\"id\":\"AAAAAAAA-0000-4000-8000-000000000001\",\"displayName\":"
          "\"Tenant\",\"tenantType\":\"AAD\",\"assignedPlans\":[{\"service\":\"exchange\"}]}]}"}},
    {.match = "identitySecurityDefaults", .pages = {"{\"isEnabled\":false}"}},
    {.match = "adminConsentRequestPolicy",
     .pages = {"{\"isEnabled\":false,\"notifyReviewers\":false,\"remindersEnabled\":false,"
               "\"requestDurationInDays\":0}"}},
    {.match = "defaultAppManagementPolicy", .pages = {"{\"isEnabled\":false}"}},
    {.match = "authenticationMethodsPolicy",
     .pages = {"{\"policyMigrationState\":null,\"authenticationMethodConfigurations\":[]}"}},
    {.match = "authorizationPolicy",
     .pages = {"{\"allowInvitesFrom\":\"everyone\",\"guestUserRoleId\":\"X\"}"}},
};

enum err_code client_new(const struct client_options *o, struct client **out, struct err *e)
{
    (void)e;
    assert_non_null(o->user_agent);
    *out = xcalloc(1, sizeof **out);
    if (now->roles != NULL)
        (*out)->roles = json_loads(now->roles, 0, NULL);
    return ERR_OK;
}

void client_free(struct client *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->count; i++)
        free(c->chains[i].target);
    json_decref(c->roles);
    free(c);
}

enum err_code client_sign_in(struct client *c, enum service s, struct err *e)
{
    (void)c;
    return now->sign_in[s] == ERR_OK ? ERR_OK : err_set(e, now->sign_in[s], "no token for %d", s);
}

const json_t *client_roles(const struct client *c, enum service s)
{
    return s == SERVICE_GRAPH ? c->roles : NULL;
}

const json_t *client_wids(const struct client *c, enum service s)
{
    (void)c;
    (void)s;
    return NULL;
}

const char *client_tenant(const struct client *c, enum service s)
{
    (void)c;
    (void)s;
    return now->tenant;
}

enum err_code client_submit(struct client *c, const struct chain_spec *spec, struct err *e)
{
    (void)e;
    assert_true(c->count < WORLD_CHAINS);
    c->chains[c->count].spec = *spec;
    c->chains[c->count].from = 0;
    if (spec->next_url != NULL) { /* made-up links end with the number of their page */
        const char *number = strrchr(spec->next_url, '=');

        assert_non_null(number);
        c->chains[c->count].from = (size_t)strtoul(number + 1, NULL, 10);
    }
    c->chains[c->count].target = xstrdup(spec->path != NULL ? spec->path : spec->cmdlet);
    strlist_add(&now->sent, c->chains[c->count].target);
    c->count++;
    return ERR_OK;
}

static const struct reply *reply_for(const struct waiting_chain *w)
{
    for (size_t i = 0; i < WORLD_REPLIES && now->replies[i].match != NULL; i++)
        if (strstr(w->target, now->replies[i].match) != NULL)
            return &now->replies[i];
    for (size_t i = 0; i < COUNT_OF(base_world); i++)
        if (strstr(w->target, base_world[i].match) != NULL)
            return &base_world[i];
    return NULL;
}

static void play_packed(const struct waiting_chain *w, const char *text, struct chain_end *end,
                        struct err *e)
{
    size_t n = strlen(text);
    char *copy = xstrdup(text);
    struct jscan j = {0};
    struct pack *p;

    assert_true(jscan_read(&j, copy, n));
    p = pack_page(w->spec.pack, &j, jscan_get(&j, &j.v[0], "value", 5));
    (void)w->spec.on_packed(
        w->spec.ctx, p, jscan_text(jscan_get(&j, &j.v[0], "@odata.nextLink", 15)), &end->rows, e);
    pack_free(p);
    jscan_release(&j);
    free(copy);
}

static void play_page(const struct waiting_chain *w, const char *text, struct chain_end *end,
                      struct err *e)
{
    json_t *root = NULL;

    if (w->spec.pack != NULL && !now->row_by_row) {
        end->pages++;
        end->requests++;
        play_packed(w, text, end, e);
        return;
    }

    if (jx_parse(text, strlen(text), w->target, &root, e) != ERR_OK)
        fail_msg("%s", e->msg);
    end->pages++;
    end->requests++;
    (void)w->spec.on_page(w->spec.ctx, root,
                          w->spec.is_singleton ? NULL : json_object_get(root, "value"), &end->rows,
                          e);
    json_decref(root);
}

/* Counts pages; true when the run is to be cut before this one. */
static bool is_cut(struct client *c)
{
    return now->pages > 0 && c->played++ >= now->pages;
}

static void play(struct client *c, const struct waiting_chain *w, enum err_code stop)
{
    const struct reply *r = reply_for(w);
    struct chain_end end = {.message = "", .error_code = "", .status = 200};
    struct err e = ERR_INIT;

    if (stop != ERR_OK) {
        end.code = stop;
        end.message = "stopped";
    } else if (r == NULL) {
        if (is_cut(c))
            err_set(&e, now->run_code, "cut");
        else
            play_page(w, "{\"value\":[]}", &end, &e);
    } else if (w->from > 0 && now->refuses_to_go_on) {
        err_set(&e, ERR_NET, "the page token is not known any more");
        end.status = 410;
    } else {
        for (size_t i = w->from; i < WORLD_PAGES && r->pages[i] != NULL && e.code == ERR_OK; i++)
            if (is_cut(c))
                err_set(&e, now->run_code, "cut");
            else
                play_page(w, r->pages[i], &end, &e);
        end.code = r->code;
        end.message = r->message != NULL ? r->message : r->code != ERR_OK ? "refused" : "";
        end.error_code = r->error_code != NULL ? r->error_code : "";
        end.status = r->status != 0 ? r->status : 200;
        end.requests += end.pages == 0 ? 1 : 0;
    }
    if (e.code != ERR_OK) {
        end.code = e.code;
        end.message = e.msg;
    }
    w->spec.on_end(w->spec.ctx, &end);
}

enum err_code client_run(struct client *c, struct err *e)
{
    enum err_code stop = ERR_OK;

    for (; c->first < c->count; c->first++) {
        if (now->chains > 0 && c->first >= now->chains)
            stop = now->run_code;
        play(c, &c->chains[c->first], stop);
        if (now->pages > 0 && c->played > now->pages)
            stop = now->run_code;
    }
    return stop != ERR_OK ? err_set(e, stop, "the run was ended") : ERR_OK;
}

/* ---- running it ---- */

static void world_notice(void *ctx, const char *text)
{
    strlist_add(&((struct world *)ctx)->notices, text);
}

static enum err_code world_run(struct world *w, const char *const *only, size_t only_count)
{
    static char name[] = "test";
    const struct cloud cloud = {.name = name}; /* nobody contacts it */
    struct collect_observer obs = {.notice = world_notice, .ctx = w};
    struct collect_options o = {.tenant = "example.com",
                                .client_id = "00000000-0000-0000-0000-000000000000",
                                .cloud = &cloud,
                                .tool_version = "test",
                                .concurrency = 4,
                                .clock = clock_system(),
                                .only = only,
                                .only_count = only_count,
                                .resume = w->resume};

    if (w->s == NULL)
        assert_int_equal(store_create(":memory:", &w->s, &w->err), ERR_OK);
    now = w;
    return graph_collect(&o, w->s, &obs, &w->err);
}

static void world_release(struct world *w)
{
    store_close(w->s);
    strlist_release(&w->sent);
    strlist_release(&w->notices);
    memset(w, 0, sizeof *w);
}

/* The first column of the first row, or "~"; borrowed until the next call. */
static const char *world_text(struct world *w, const char *sql)
{
    static char *last;
    struct err e = ERR_INIT;

    free(last);
    last = NULL;
    if (store_text(w->s, sql, &last, &e) != ERR_OK)
        fail_msg("%s: %s", sql, e.msg);
    return last != NULL ? last : "~";
}

/* "state reason" of a resource, "complete" alone. */
static inline void expect_state(struct world *w, const char *resource, const char *want)
{
    char *sql = xasprintf("SELECT state || CASE WHEN reason_code IS NULL THEN '' ELSE ' ' || "
                          "reason_code END FROM collection WHERE resource = '%s'",
                          resource);
    const char *got = world_text(w, sql);

    if (!str_eq(got, want)) {
        char *copy = xstrdup(got);
        char *why = xasprintf("SELECT detail FROM collection WHERE resource = '%s'", resource);

        fail_msg("%s: got %s (%s), want %s", resource, copy, world_text(w, why), want);
    }
    free(sql);
}

static inline size_t times_sent(const struct world *w, const char *part)
{
    size_t n = 0;

    for (size_t i = 0; i < w->sent.n; i++)
        n += strstr(w->sent.v[i], part) != NULL ? 1 : 0;
    return n;
}

#endif
