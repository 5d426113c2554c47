/* cmd_diff.c - what changed between two snapshots. */
#include "base/attrs.h"
#include "base/strs.h"
#include "commands.h"
#include "context.h"
#include "diff_pair.h"
#include "exitcode.h"

static enum err_code form_of(const struct context *c, enum diff_form *out, struct err *e)
{
    static const char *const words[] = {[DIFF_TEXT] = "text",
                                        [DIFF_JSON] = "json",
                                        [DIFF_HTML] = "html",
                                        [DIFF_MARKDOWN] = "markdown"};

    *out = c->opt.json ? DIFF_JSON : DIFF_TEXT;
    if (c->opt.format == NULL)
        return ERR_OK;
    if (c->opt.json && !str_eq(c->opt.format, "json"))
        return err_set(e, ERR_USAGE, "--json and --format %s: choose one", c->opt.format);
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (str_eq(words[i], c->opt.format)) {
            *out = (enum diff_form)i;
            return ERR_OK;
        }
    return err_set(e, ERR_USAGE, "--format takes text, json, html or markdown, not '%s'",
                   c->opt.format);
}

int cmd_diff(struct context *c)
{
    struct diff_view v = {.f = stdout, .in_full = c->opt.verbose};
    char *const *paths = c->opt.arguments.v;
    struct err e = ERR_INIT;
    int rc = EXIT_CODE_PASSED;

    if (form_of(c, &v.form, &e) == ERR_OK && c->opt.arguments.n != 2)
        err_set(&e, ERR_USAGE, "diff takes two snapshots: graphaudit diff OLD NEW");
    if (e.code == ERR_OK && diff_pair_show(c, paths[0], paths[1], &v, &e) == ERR_OK)
        rc = v.n > 0 ? EXIT_CODE_FINDINGS : EXIT_CODE_PASSED;
    if (e.code != ERR_OK)
        rc = context_fail(c, &e);
    diff_view_release(&v);
    return rc;
}
