#include "waive.h"

#include "base/mem.h"
#include "base/strs.h"
#include "base/text.h"
#include "model/store.h"
#include "rules/waivers.h"

#include <stdlib.h>
#include <string.h>

enum { WARNING_BYTES = 4096, OWNER_CHARS = 80 };

/* One waiver in this evaluation. */
struct use {
    struct waiver_info w;
    enum waiver_state state;
    int64_t days;
    bool is_here;   /* of this tenant */
    bool has_rule;  /* its rule is part of this run */
    bool is_judged; /* its rule was judged on all its evidence: what it does not match is gone */
    int version;    /* of the rule */
    size_t matched; /* failing resources */
};

struct waive {
    struct use *v;
    size_t n;
    size_t *mine; /* those of the rule that runs, in the file's order */
    size_t mine_n;
    size_t waived; /* rows of the rule that runs */
};

/* The name in front of .onmicrosoft.com (or .us, .cn), which is the tenant's slug. */
static bool is_slug_of(const char *tenant, const char *domain)
{
    size_t n = strlen(tenant);

    return str_istarts(domain, tenant) && str_istarts(domain + n, ".onmicrosoft.");
}

static void mark_here(struct waive *v, const char *name, bool is_domain)
{
    if (name == NULL || name[0] == '\0')
        return;
    for (size_t i = 0; i < v->n; i++)
        if (str_ieq(v->v[i].w.tenant, name) || (is_domain && is_slug_of(v->v[i].w.tenant, name)))
            v->v[i].is_here = true;
}

/* A waiver counts for the tenant's id, a domain that it has proved to own, and its slug. A display
 * name is not enough: anybody may choose it. */
static enum err_code find_tenant(struct waive *v, struct store *s, struct err *e)
{
    static const char *const sqls[] = {
        "SELECT tenant_id FROM snapshot WHERE tenant_id IS NOT NULL",
        "SELECT tenant_domain FROM snapshot WHERE tenant_domain IS NOT NULL",
        "SELECT name FROM domain WHERE is_verified = 1 ORDER BY name"};
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < v->n; i++)
        v->v[i].is_here = str_eq(v->v[i].w.tenant, "*");
    for (size_t i = 0; code == ERR_OK && i < COUNT_OF(sqls); i++) {
        struct stmt *st = NULL;
        bool row = false;

        code = stmt_prepare(s, sqls[i], &st, e);
        while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row)
            mark_here(v, stmt_text(st, 0), i > 0);
        stmt_free(st);
    }
    return code;
}

enum err_code waive_open(const struct waivers *w, struct store *s, int64_t as_of_ms,
                         struct waive **out, struct err *e)
{
    struct waive *v = xcalloc(1, sizeof *v);

    v->n = waivers_count(w);
    v->v = xcalloc(v->n + 1, sizeof *v->v);
    v->mine = xcalloc(v->n + 1, sizeof *v->mine);
    for (size_t i = 0; i < v->n; i++) {
        waivers_info(w, i, &v->v[i].w);
        v->v[i].state = waiver_state_at(&v->v[i].w, as_of_ms, &v->v[i].days);
    }
    *out = v;
    return v->n > 0 ? find_tenant(v, s, e) : ERR_OK;
}

void waive_close(struct waive *v)
{
    if (v == NULL)
        return;
    free(v->v);
    free(v->mine);
    free(v);
}

void waive_begin(struct waive *v, const struct rule *r)
{
    v->mine_n = 0;
    v->waived = 0;
    for (size_t i = 0; i < v->n; i++)
        if (str_eq(v->v[i].w.rule, r->id)) {
            v->v[i].has_rule = true;
            v->v[i].version = r->version;
            v->v[i].matched = 0;
            v->v[i].is_judged = false;
            if (v->v[i].is_here)
                v->mine[v->mine_n++] = i;
        }
}

static const char *days_word(int64_t days)
{
    return days == 1 ? "day" : "days";
}

static void add_end(const struct use *u, struct buf *out)
{
    if (u->state == WAIVER_EXPIRING && u->days == 0)
        buf_adds(out, "ends today");
    else
        buf_addf(out, "ends in %lld %s", (long long)u->days, days_word(u->days));
}

/* What is said beside a finding. */
static void add_note(const struct use *u, struct buf *out)
{
    const struct waiver_info *w = &u->w;

    if (w->disposition == WAIVER_PLANNED) {
        buf_addf(out, "repair planned by ");
        text_add_cut(out, w->owner, OWNER_CHARS);
        buf_addf(out, " until %s (%s)", w->expires, w->id);
        if (u->state == WAIVER_EXPIRED)
            buf_addf(out, ", overdue by %lld %s", (long long)u->days, days_word(u->days));
    } else if (u->state == WAIVER_EXPIRED) {
        buf_addf(out, "waiver %s expired %lld %s ago", w->id, (long long)u->days,
                 days_word(u->days));
    } else {
        buf_addf(out, "waived until %s (%s, %s)", w->expires, w->id,
                 waiver_disposition_name(w->disposition));
        if (u->state == WAIVER_EXPIRING) {
            buf_adds(out, ", ");
            add_end(u, out);
        }
    }
}

static bool suppresses(const struct use *u)
{
    return u->w.disposition != WAIVER_PLANNED && u->state != WAIVER_EXPIRED;
}

const char *waive_row(struct waive *v, const char *resource_id, struct buf *note)
{
    const struct use *best = NULL;

    for (size_t i = 0; i < v->mine_n; i++) {
        struct use *u = &v->v[v->mine[i]];

        if (!waiver_covers(&u->w, resource_id))
            continue;
        u->matched++;
        /* One in force speaks before an expired or a planned one, else the file's order decides. */
        if (best == NULL || (suppresses(u) && !suppresses(best)))
            best = u;
    }
    if (best == NULL)
        return NULL;
    add_note(best, note);
    if (!suppresses(best))
        return NULL;
    v->waived++;
    return best->w.id;
}

void waive_end(struct waive *v, const struct evidence_states *states, struct run_result *run,
               struct buf *extra)
{
    if (v->waived > 0)
        run_waive(run, v->waived, states);
    for (size_t i = 0; i < v->mine_n; i++) {
        struct use *u = &v->v[v->mine[i]];

        if (run->outcome == OUTCOME_ERROR)
            u->matched = 0; /* its rows mean nothing and were taken back */
        u->is_judged = run->outcome != OUTCOME_ERROR && !run->is_incomplete;
        if (u->matched > 0 && !suppresses(u) && run->outcome == OUTCOME_FAIL) {
            buf_adds(extra, "; ");
            add_note(u, extra);
        }
    }
}

static const char *state_word(const struct use *u)
{
    return u->is_here ? waiver_state_name(u->state) : "other_tenant";
}

static void separate(struct buf *out)
{
    if (out->n > 0)
        buf_adds(out, "; ");
}

static void warn_match(const struct use *u, struct buf *out)
{
    size_t named = u->w.covers_all ? 1 : u->w.resources_n;

    if (!u->has_rule) {
        separate(out);
        buf_addf(out, "matches nothing: rule %s is not part of this run", u->w.rule);
    } else if (u->is_judged && u->matched == 0) {
        separate(out);
        buf_adds(out, "matches nothing: no resource that it names fails");
    } else if (u->is_judged && u->matched < named) {
        separate(out);
        buf_addf(out, "%zu of its %zu resources do not fail", named - u->matched, named);
    }
}

/* What somebody has to do about a waiver; nothing for one of another tenant. */
static void add_warning(const struct use *u, struct buf *out)
{
    if (!u->is_here)
        return;
    if (u->state == WAIVER_EXPIRED)
        buf_addf(out, "expired %lld %s ago", (long long)u->days, days_word(u->days));
    else if (u->state == WAIVER_EXPIRING)
        add_end(u, out);
    warn_match(u, out);
    if (u->has_rule && u->w.rule_version > 0 && u->w.rule_version != u->version) {
        separate(out);
        buf_addf(out, "written for version %d of rule %s, which is now %d", u->w.rule_version,
                 u->w.rule, u->version);
    }
}

enum err_code waive_save(struct waive *v, struct store *s, struct err *e)
{
    enum err_code code = ERR_OK;
    struct buf warning;

    buf_init(&warning, WARNING_BYTES);
    for (size_t i = 0; code == ERR_OK && i < v->n; i++) {
        const struct use *u = &v->v[i];
        const struct waiver_info *w = &u->w;

        buf_clear(&warning);
        add_warning(u, &warning);
        code = store_run(s, e,
                         "INSERT INTO waiver(waiver_id, position, rule_id, tenant, disposition, "
                         "owner, approved_by, ticket, reason, created, expires, state, days, "
                         "matched, warning) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                         "titttttttttti"
                         "it",
                         w->id, (int64_t)i, w->rule, w->tenant,
                         waiver_disposition_name(w->disposition), w->owner, w->approved_by,
                         w->ticket, w->reason, w->created, w->expires, state_word(u), u->days,
                         (int64_t)u->matched, warning.n > 0 ? warning.p : NULL);
    }
    buf_release(&warning);
    return code;
}
