#include "output.h"

#include "base/buf.h"
#include "base/mem.h"
#include "context.h"
#include "model/store.h"
#include "reports/brand.h"
#include "reports/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WAIVER_LINES = 20 /* of warnings on standard error */ };

static enum err_code unknown_format(const char *name, struct err *e)
{
    struct buf list;
    enum err_code code;

    buf_init(&list, 512);
    for (size_t i = 0; i < report_format_count(); i++)
        buf_addf(&list, "%s%s", i > 0 ? ", " : "", report_format_at(i)->name);
    code = err_set(e, ERR_USAGE, "--output: unknown format '%s' (known: %s)", name, list.p);
    buf_release(&list);
    return code;
}

static enum err_code check_folder(const char *path, struct err *e)
{
    const char *slash = strrchr(path, '/');
    char *folder =
        slash == NULL ? xstrdup(".") : xstrndup(path, slash == path ? 1 : (size_t)(slash - path));
    enum err_code code = ERR_OK;

    if (access(folder, W_OK | X_OK) != 0)
        code = err_set(e, ERR_USAGE, "--output: cannot write '%s': folder '%s': %s", path, folder,
                       strerror(errno));
    free(folder);
    return code;
}

static enum err_code parse_one(const char *spec, struct outputs *out, struct err *e)
{
    const char *eq = strchr(spec, '=');
    struct output o = {NULL, NULL};
    enum err_code code = ERR_OK;
    char *name;

    if (eq == NULL || eq == spec || eq[1] == '\0')
        return err_set(e, ERR_USAGE,
                       "--output takes FORMAT=PATH, such as html=report.html, not '%s'", spec);
    name = xstrndup(spec, (size_t)(eq - spec));
    o.format = report_format_find(name);
    if (o.format == NULL)
        code = unknown_format(name, e);
    free(name);
    if (code != ERR_OK)
        return code;
    for (size_t i = 0; i < out->n; i++)
        if (str_eq(out->v[i].path, eq + 1))
            return err_set(e, ERR_USAGE, "--output: '%s' is named twice", eq + 1);
    if (str_eq(eq + 1, "-"))
        out->uses_stdout = true;
    else
        code = check_folder(eq + 1, e);
    if (code == ERR_OK) {
        o.path = xstrdup(eq + 1);
        out->v = xreallocarray(out->v, out->n + 1, sizeof *out->v);
        out->v[out->n++] = o;
    }
    return code;
}

/* The place of `word` among `words`, which end with NULL, as an enum's value. */
static enum err_code choose(const char *option, const char *word, const char *const *words,
                            unsigned *out, struct err *e)
{
    struct buf list;

    for (*out = 0; words[*out] != NULL; ++*out)
        if (str_eq(words[*out], word))
            return ERR_OK;
    buf_init(&list, 256);
    for (size_t i = 0; words[i] != NULL; i++)
        buf_addf(&list, "%s%s", i > 0 ? ", " : "", words[i]);
    err_set(e, ERR_USAGE, "--%s takes one of %s, not '%s'", option, list.p, word);
    buf_release(&list);
    return e->code;
}

/* Words in the order of the enums. */
static enum err_code parse_options(const struct options *opt, struct report_options *o,
                                   struct err *e)
{
    static const char *const by[] = {"rule", "resource", NULL};
    static const char *const dialects[] = {"strict", "extended", NULL};
    static const char *const unread[] = {"error", "skipped", "failure", NULL};
    static const char *const waived[] = {"skipped", "pass", "failure", NULL};
    static const char *const names[] = {"title", "id", NULL};
    const struct {
        const char *option, *word;
        const char *const *words;
    } choices[] = {{"junit-by", opt->junit_by, by},
                   {"junit-dialect", opt->junit_dialect, dialects},
                   {"junit-not-evaluated", opt->junit_not_evaluated, unread},
                   {"junit-waived", opt->junit_waived, waived},
                   {"junit-name", opt->junit_name, names}};
    unsigned chosen[COUNT_OF(choices)] = {0};

    for (size_t i = 0; i < COUNT_OF(choices); i++)
        if (choose(choices[i].option, choices[i].word, choices[i].words, &chosen[i], e) != ERR_OK)
            return e->code;
    *o = (struct report_options){
        .junit_resources = (unsigned)opt->junit_resources,
        .junit_max_cases = (size_t)opt->junit_max_cases,
        .junit_by = (enum junit_by)chosen[0],
        .junit_dialect = (enum junit_dialect)chosen[1],
        .junit_not_evaluated = (enum junit_unread)chosen[2],
        .junit_waived = (enum junit_waived)chosen[3],
        .junit_name_is_id = chosen[4] == 1,
        .csv_bom = opt->csv_bom,
        .csv_raw = opt->csv_raw,
    };
    return ERR_OK;
}

static enum err_code check_looks(const struct context *c, struct outputs *out, struct err *e)
{
    size_t i = 0;

    if (!str_eq(c->opt.html_profile, "screen") && !str_eq(c->opt.html_profile, "print"))
        return err_set(e, ERR_USAGE, "--html-profile is screen or print, not '%s'",
                       c->opt.html_profile);
    while (report_language_at(i) != NULL && !str_eq(report_language_at(i), c->opt.language))
        i++;
    if (report_language_at(i) == NULL)
        return err_set(e, ERR_USAGE, "--language is en or de, not '%s'", c->opt.language);
    return c->opt.brand != NULL ? report_brand_load(c->opt.brand, &out->brand, e) : ERR_OK;
}

enum err_code outputs_parse(const struct context *c, struct outputs *out, struct err *e)
{
    enum err_code code;

    memset(out, 0, sizeof *out);
    code = check_looks(c, out, e);
    if (code == ERR_OK)
        code = parse_options(&c->opt, &out->options, e);
    if (code == ERR_OK)
        code = redaction_parse(c, &out->redaction, e);
    out->options.language = c->opt.language;
    out->options.is_print = str_eq(c->opt.html_profile, "print");
    out->options.brand = out->brand;
    for (size_t i = 0; code == ERR_OK && i < c->opt.outputs.n; i++)
        code = parse_one(c->opt.outputs.v[i], out, e);
    return code;
}

void outputs_release(struct outputs *o)
{
    for (size_t i = 0; i < o->n; i++)
        free(o->v[i].path);
    free(o->v);
    report_brand_free(o->brand);
    redaction_release(&o->redaction);
    memset(o, 0, sizeof *o);
}

void outputs_warn_of_waivers(const struct context *c, struct store *s)
{
    struct err e = ERR_INIT; /* a warning that cannot be given costs nothing else */
    struct stmt *st = NULL;
    bool row = false;
    int n = 0;

    if (stmt_prepare(s,
                     "SELECT waiver_id, rule_id, warning, count(*) OVER () FROM waiver "
                     "WHERE warning IS NOT NULL ORDER BY position",
                     &st, &e) != ERR_OK)
        return;
    while (n < WAIVER_LINES && stmt_step(st, &row, &e) == ERR_OK && row) {
        log_line(&c->log, LOG_WARNING, "waiver %s (%s): %s", stmt_text(st, 0), stmt_text(st, 1),
                 stmt_text(st, 2));
        if (++n == WAIVER_LINES && stmt_int(st, 3) > n)
            log_line(&c->log, LOG_WARNING, "%lld more waivers to look at: see the reports",
                     (long long)stmt_int(st, 3) - n);
    }
    stmt_free(st);
}

enum err_code outputs_write(const struct context *c, const struct outputs *o, struct store *s,
                            struct err *e)
{
    for (size_t i = 0; i < o->n; i++) {
        struct err mine = ERR_INIT;

        if (report_save(s, o->v[i].format, &o->options, o->v[i].path, &mine) != ERR_OK)
            err_set(e, mine.code, "%s report: %s", o->v[i].format->name, mine.msg);
        else if (!str_eq(o->v[i].path, "-"))
            log_line(&c->log, LOG_INFO, "wrote %s", o->v[i].path);
    }
    return e->code;
}
