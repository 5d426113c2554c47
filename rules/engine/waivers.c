#include "rules/waivers.h"

#include "base/buf.h"
#include "base/fsx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/timex.h"
#include "problems.h"
#include "rule.h"
#include "shape.h"
#include "waiver_file.h"
#include "yaml.h"

#include <stdlib.h>
#include <string.h>

enum { WAIVER_SCHEMA = 1, WORD_BYTES = 80, NAME_BYTES = 200, PROSE_BYTES = 2000 };
static const int64_t day_ms = (int64_t)24 * 3600 * 1000;

struct waivers {
    struct yn *tree; /* the texts of `v` are borrowed from it */
    struct waiver_info *v;
    const char ***ids; /* the resources of each, owned */
    size_t n;
};

static const char *const dispositions[WAIVER_DISPOSITION_COUNT + 1] = {
    [WAIVER_RISK_ACCEPTED] = "risk_accepted",
    [WAIVER_COMPENSATING_CONTROL] = "compensating_control",
    [WAIVER_FALSE_POSITIVE] = "false_positive",
    [WAIVER_PLANNED] = "planned",
    NULL};

const char *waiver_disposition_name(enum waiver_disposition d)
{
    return dispositions[d];
}

const char *waiver_state_name(enum waiver_state s)
{
    static const char *const names[] = {
        [WAIVER_ACTIVE] = "active", [WAIVER_EXPIRING] = "expiring", [WAIVER_EXPIRED] = "expired"};

    return names[s];
}

static const struct field resource_shape[] = {
    {.key = "id", .kind = FIELD_TEXT, .is_required = true, .max_bytes = LIMIT_RESOURCE_ID_BYTES},
    {.key = "name", .kind = FIELD_TEXT, .max_bytes = NAME_BYTES}, /* for the reviewer */
    {.key = NULL},
};

static const struct field waiver_shape[] = {
    {.key = "id", .kind = FIELD_TEXT, .is_required = true, .max_bytes = WORD_BYTES},
    {.key = "rule", .kind = FIELD_TEXT, .is_required = true, .max_bytes = WORD_BYTES},
    {.key = "rule_version", .kind = FIELD_INT},
    {.key = "tenant", .kind = FIELD_TEXT, .is_required = true, .max_bytes = NAME_BYTES},
    {.key = "resources", .kind = FIELD_MAPS, .fields = resource_shape},
    {.key = "all", .kind = FIELD_ANY},
    {.key = "disposition", .kind = FIELD_WORD, .is_required = true, .words = dispositions},
    {.key = "owner", .kind = FIELD_TEXT, .is_required = true, .max_bytes = NAME_BYTES},
    {.key = "approved_by", .kind = FIELD_TEXT, .max_bytes = NAME_BYTES},
    {.key = "ticket", .kind = FIELD_TEXT, .max_bytes = NAME_BYTES},
    {.key = "reason", .kind = FIELD_TEXT, .is_required = true, .max_bytes = PROSE_BYTES},
    {.key = "created", .kind = FIELD_TEXT, .is_required = true, .max_bytes = WORD_BYTES},
    {.key = "expires", .kind = FIELD_TEXT, .is_required = true, .max_bytes = WORD_BYTES},
    {.key = NULL},
};

static const struct field file_shape[] = {
    {.key = "schema", .kind = FIELD_INT, .is_required = true},
    {.key = "allow_wildcard", .kind = FIELD_ANY},
    {.key = "waivers", .kind = FIELD_MAPS, .is_required = true, .fields = waiver_shape},
    {.key = NULL},
};

static int by_bytes(const void *a, const void *b)
{
    const char *const *x = a;
    const char *const *y = b;

    return strcmp(*x, *y);
}

static void read_resources(const struct yn *y, struct waiver_info *w, const char ***owned,
                           struct problems *p)
{
    const struct yn *list = yn_get(y, "resources");
    const struct yn *all = yn_get(y, "all");
    const char **ids;

    if (all != NULL && (!yn_bool(all, &w->covers_all) || !w->covers_all))
        problem_node(p, all, "'all' can only be true: leave it out to name resources");
    if ((list != NULL) == (all != NULL)) {
        problem_node(p, y, "a waiver has either 'resources', a list of ids, or 'all: true'");
        return;
    }
    if (list == NULL)
        return;
    if (list->n == 0)
        problem_node(p, list, "'resources' is empty: this waiver would waive nothing");
    ids = xcalloc(list->n + 1, sizeof *ids);
    for (struct yn *c = list->child; c != NULL; c = c->next) {
        const struct yn *id = yn_get(c, "id");

        if (str_is_guid(id->text)) /* as the evidence has them; portals show them in capitals too */
            str_lower_inplace(id->text);
        ids[w->resources_n++] = id->text;
    }
    qsort(ids, w->resources_n, sizeof *ids, by_bytes);
    w->resources = ids;
    *owned = ids;
}

static void read_dates(const struct yn *y, struct waiver_info *w, struct problems *p)
{
    const struct yn *created = yn_get(y, "created");
    const struct yn *expires = yn_get(y, "expires");
    int64_t from = 0;

    if (!rule_date(created, &from)) {
        problem_node(p, created, "'created' is not a date such as 2026-08-01");
        return;
    }
    if (!rule_date(expires, &w->expires_ms)) {
        problem_node(p, expires, "'expires' is not a date such as 2027-01-31");
        return;
    }
    if (w->expires_ms < from)
        problem_node(p, expires, "'expires' comes before 'created'");
    else if ((w->expires_ms - from) / day_ms > WAIVER_DAYS_MAX)
        problem_node(p, expires, "'expires' is more than %d days after 'created'", WAIVER_DAYS_MAX);
}

static bool is_waiver_id(const char *s)
{
    return s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")] ==
           '\0';
}

static void read_waiver(const struct yn *y, bool allows_wildcard, struct waivers *all,
                        struct problems *p)
{
    struct waiver_info *w = &all->v[all->n];
    const struct yn *version_node = yn_get(y, "rule_version");
    int64_t version = 0;

    w->id = yn_text(y, "id");
    w->rule = yn_text(y, "rule");
    w->tenant = yn_text(y, "tenant");
    w->owner = yn_text(y, "owner");
    w->approved_by = yn_text(y, "approved_by");
    w->ticket = yn_text(y, "ticket");
    w->reason = yn_text(y, "reason");
    w->created = yn_text(y, "created");
    w->expires = yn_text(y, "expires");
    w->line = y->line;
    if (version_node != NULL)
        (void)yn_int(version_node, &version);
    w->rule_version = (int)version;
    for (int i = 0; i < WAIVER_DISPOSITION_COUNT; i++)
        if (str_eq(dispositions[i], yn_text(y, "disposition")))
            w->disposition = (enum waiver_disposition)i;
    if (!is_waiver_id(w->id))
        problem_node(p, yn_get(y, "id"),
                     "'%s' cannot be a waiver's id: use letters, digits, '.', '_' and '-'", w->id);
    if (waivers_find(all, w->id) != SIZE_MAX)
        problem_node(p, yn_get(y, "id"), "a second waiver '%s'", w->id);
    if (str_eq(w->tenant, "*") && !allows_wildcard)
        problem_node(p, yn_get(y, "tenant"),
                     "a waiver for every tenant needs 'allow_wildcard: true' at the top of the "
                     "file");
    read_resources(y, w, &all->ids[all->n], p);
    read_dates(y, w, p);
    all->n++;
}

static void read_all(struct waivers *w, struct problems *p)
{
    const struct yn *schema = yn_get(w->tree, "schema");
    const struct yn *wildcard = yn_get(w->tree, "allow_wildcard");
    const struct yn *list = yn_get(w->tree, "waivers");
    bool allows_wildcard = false;
    int64_t n = 0;

    if (yn_int(schema, &n) && n != WAIVER_SCHEMA)
        problem_node(p, schema, "schema %lld is not known here: this program reads schema %d",
                     (long long)n, WAIVER_SCHEMA);
    if (wildcard != NULL && !yn_bool(wildcard, &allows_wildcard))
        problem_node(p, wildcard, "'allow_wildcard' is true or false");
    w->v = xcalloc(list->n + 1, sizeof *w->v);
    w->ids = xcalloc(list->n + 1, sizeof *w->ids);
    for (const struct yn *y = list->child; y != NULL; y = y->next)
        read_waiver(y, allows_wildcard, w, p);
}

enum err_code waivers_read(const char *file, const char *text, size_t n, rules_problem_fn *problem,
                           void *ctx, struct waivers **out, struct err *e)
{
    struct problems p = {.fn = problem, .ctx = ctx, .file = file, .e = e};
    struct waivers *w = xcalloc(1, sizeof *w);

    yaml_parse(text, n, &p, &w->tree);
    if (p.n == 0 && w->tree != NULL && shape_check(w->tree, file_shape, &p))
        read_all(w, &p);
    if (p.n == 0 && w->tree == NULL)
        problem_at(&p, 0, 0, "is empty");
    if (p.n > 0) {
        waivers_free(w);
        return e->code;
    }
    *out = w;
    return ERR_OK;
}

enum err_code waivers_load(const char *path, rules_problem_fn *problem, void *ctx,
                           struct waivers **out, struct err *e)
{
    struct buf b;
    struct err why = ERR_INIT;
    enum err_code code = ERR_OK;

    if (file_read(path, LIMIT_RULE_BYTES, &b, &why) != ERR_OK) {
        struct problems p = {.fn = problem, .ctx = ctx, .file = path, .e = e};

        problem_at(&p, 0, 0, "%s", why.msg);
        code = e->code;
    } else {
        code = waivers_read(path, b.p, b.n, problem, ctx, out, e);
    }
    buf_release(&b);
    return code;
}

void waivers_free(struct waivers *w)
{
    if (w == NULL)
        return;
    for (size_t i = 0; w->ids != NULL && i < w->n; i++)
        free((void *)w->ids[i]);
    free((void *)w->ids);
    free(w->v);
    yn_free(w->tree);
    free(w);
}

const struct yn *waivers_list(const struct waivers *w)
{
    return yn_get(w->tree, "waivers");
}

size_t waivers_count(const struct waivers *w)
{
    return w != NULL ? w->n : 0;
}

void waivers_info(const struct waivers *w, size_t i, struct waiver_info *out)
{
    *out = w->v[i];
}

size_t waivers_find(const struct waivers *w, const char *id)
{
    for (size_t i = 0; i < w->n; i++)
        if (str_eq(w->v[i].id, id))
            return i;
    return SIZE_MAX;
}

enum waiver_state waiver_state_at(const struct waiver_info *w, int64_t as_of_ms, int64_t *days)
{
    int64_t today = as_of_ms - as_of_ms % day_ms; /* --as-of is a day already, and after 1970 */
    int64_t left = (w->expires_ms - today) / day_ms;

    *days = left < 0 ? -left : left;
    if (left < 0)
        return WAIVER_EXPIRED;
    return left < WAIVER_SOON_DAYS ? WAIVER_EXPIRING : WAIVER_ACTIVE;
}

bool waiver_covers(const struct waiver_info *w, const char *resource_id)
{
    return w->covers_all ||
           (w->resources_n > 0 && bsearch(&resource_id, w->resources, w->resources_n,
                                          sizeof *w->resources, by_bytes) != NULL);
}
