/* cmd_waivers.c - waivers check, list, add. */
#include "base/clock.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/timex.h"
#include "commands.h"
#include "context.h"
#include "exitcode.h"
#include "rules/waivers.h"
#include "run.h"

#include <jansson.h>
#include <stdlib.h>

enum { DATE_CHARS = 10, TEXT_BYTES = 64 * 1024 };

static json_t *resources_json(const struct waiver_info *w)
{
    json_t *list = json_array();

    for (size_t i = 0; i < w->resources_n; i++)
        (void)json_array_append_new(list, json_string(w->resources[i]));
    return list;
}

static json_t *waiver_json(const struct waiver_info *w, int64_t as_of_ms)
{
    int64_t days = 0;
    enum waiver_state state = waiver_state_at(w, as_of_ms, &days);

    return json_pack("{s:s, s:s, s:o, s:s, s:b, s:o, s:s, s:s, s:s?, s:s?, s:s, s:s, s:s, s:s, "
                     "s:I}",
                     "id", w->id, "rule", w->rule, "rule_version",
                     w->rule_version > 0 ? json_integer(w->rule_version) : json_null(), "tenant",
                     w->tenant, "all", (int)w->covers_all, "resources", resources_json(w),
                     "disposition", waiver_disposition_name(w->disposition), "owner", w->owner,
                     "approved_by", w->approved_by, "ticket", w->ticket, "reason", w->reason,
                     "created", w->created, "expires", w->expires, "state",
                     waiver_state_name(state), "days", (json_int_t)days);
}

static void print_json(json_t *v)
{
    char *s = jx_dump(v, JSON_INDENT(2));

    printf("%s\n", s != NULL ? s : "null");
    free(s);
    json_decref(v);
}

static void print_waiver(const struct waiver_info *w, int64_t as_of_ms)
{
    int64_t days = 0;
    enum waiver_state state = waiver_state_at(w, as_of_ms, &days);
    struct buf b;

    buf_init(&b, TEXT_BYTES);
    text_add_safe(&b, w->id);
    buf_addf(&b, "  %s until %s", waiver_state_name(state), w->expires);
    buf_addf(&b, state == WAIVER_EXPIRED ? " (%lld days ago)  " : " (%lld days left)  ",
             (long long)days);
    text_add_safe(&b, w->rule);
    if (w->covers_all)
        buf_adds(&b, "  all resources");
    else
        buf_addf(&b, "  %zu resource%s", w->resources_n, w->resources_n == 1 ? "" : "s");
    buf_addf(&b, "\n    %s, ", waiver_disposition_name(w->disposition));
    text_add_safe(&b, w->owner);
    buf_adds(&b, ", tenant ");
    text_add_safe(&b, w->tenant);
    buf_adds(&b, ": ");
    text_add_safe(&b, w->reason);
    printf("%s\n", b.p);
    buf_release(&b);
}

static size_t count_state(const struct waivers *w, int64_t as_of_ms, enum waiver_state state)
{
    size_t n = 0;

    for (size_t i = 0; i < waivers_count(w); i++) {
        struct waiver_info info;
        int64_t days;

        waivers_info(w, i, &info);
        n += waiver_state_at(&info, as_of_ms, &days) == state;
    }
    return n;
}

static int list(const struct context *c, const struct waivers *w, int64_t as_of_ms)
{
    json_t *all = json_array();

    for (size_t i = 0; i < waivers_count(w); i++) {
        struct waiver_info info;

        waivers_info(w, i, &info);
        if (c->opt.json)
            (void)json_array_append_new(all, waiver_json(&info, as_of_ms));
        else
            print_waiver(&info, as_of_ms);
    }
    if (c->opt.json)
        print_json(json_incref(all));
    json_decref(all);
    return count_state(w, as_of_ms, WAIVER_EXPIRED) > 0 ? EXIT_CODE_FINDINGS : EXIT_CODE_PASSED;
}

static int check(const struct context *c, const struct waivers *w, int64_t as_of_ms)
{
    size_t expired = count_state(w, as_of_ms, WAIVER_EXPIRED);
    size_t soon = count_state(w, as_of_ms, WAIVER_EXPIRING);

    if (c->opt.json)
        print_json(json_pack("{s:I, s:I, s:I}", "waivers", (json_int_t)waivers_count(w), "expired",
                             (json_int_t)expired, "expiring", (json_int_t)soon));
    else
        printf("%zu waivers, no problems; %zu expired, %zu end in less than %d days\n",
               waivers_count(w), expired, soon, WAIVER_SOON_DAYS);
    return expired > 0 ? EXIT_CODE_FINDINGS : EXIT_CODE_PASSED;
}

static enum err_code check_add(const struct context *c, struct err *e)
{
    const struct waiver_options *o = &c->opt.waiver;
    const struct {
        const char *option, *value;
    } needed[] = {{"rule", o->rule},   {"tenant", c->opt.tenant}, {"disposition", o->disposition},
                  {"owner", o->owner}, {"reason", o->reason},     {"expires", o->expires}};

    for (size_t i = 0; i < COUNT_OF(needed); i++)
        if (needed[i].value == NULL)
            return err_set(e, ERR_USAGE, "waivers add needs --%s", needed[i].option);
    if (o->all == (o->resources.n > 0))
        return err_set(e, ERR_USAGE, "waivers add takes --resource ID (repeatable), or --all");
    return ERR_OK;
}

static int add(struct context *c, const char *path, int64_t as_of_ms, struct err *e)
{
    const struct waiver_options *o = &c->opt.waiver;
    char today[TIME_TEXT_BYTES];
    struct waiver_entry entry = {
        .rule = o->rule,
        .tenant = c->opt.tenant,
        .disposition = o->disposition,
        .owner = o->owner,
        .approved_by = o->approved_by,
        .ticket = o->ticket,
        .reason = o->reason,
        .created = o->created,
        .expires = o->expires,
        .rule_version = o->rule_version,
        .covers_all = o->all,
        .resources = (const char *const *)o->resources.v,
        .resources_n = o->resources.n,
    };
    char *id = NULL;

    (void)time_format(as_of_ms, today);
    today[DATE_CHARS] = '\0';
    if (entry.created == NULL)
        entry.created = today;
    if (check_add(c, e) != ERR_OK || waivers_add(path, &entry, o->id, &id, e) != ERR_OK)
        return context_fail(c, e);
    if (c->opt.json)
        print_json(json_pack("{s:s, s:s}", "id", id, "file", path));
    else
        printf("added %s to %s\n", id, path);
    free(id);
    return EXIT_CODE_PASSED;
}

static enum err_code date_of(const struct context *c, int64_t *ms, struct err *e)
{
    *ms = clock_wall_ms(c->clock);
    return c->opt.as_of != NULL && !date_parse(c->opt.as_of, ms)
               ? err_set(e, ERR_USAGE, "--as-of takes a date such as 2026-12-31, not '%s'",
                         c->opt.as_of)
               : ERR_OK;
}

int cmd_waivers(struct context *c)
{
    const struct strlist *a = &c->opt.arguments;
    const char *verb = a->n > 0 ? a->v[0] : "";
    struct waivers *w = NULL;
    struct err e = ERR_INIT;
    int64_t as_of_ms = 0;
    int rc;

    if (!str_eq(verb, "check") && !str_eq(verb, "list") && !str_eq(verb, "add"))
        err_set(&e, ERR_USAGE, "waivers takes check, list or add, and a file");
    else if (a->n != 2)
        err_set(&e, ERR_USAGE, "waivers %s takes one file: graphaudit waivers %s FILE", verb, verb);
    else
        (void)date_of(c, &as_of_ms, &e);
    if (e.code == ERR_OK && str_eq(verb, "add"))
        return add(c, a->v[1], as_of_ms, &e);
    if (e.code != ERR_OK || run_load_waivers(c, a->v[1], &w, &e) != ERR_OK)
        rc = context_fail(c, &e);
    else
        rc = str_eq(verb, "list") ? list(c, w, as_of_ms) : check(c, w, as_of_ms);
    waivers_free(w);
    return rc;
}
