/* cmd_diff.c - what changed between two snapshots. */
#include "commands.h"
#include "context.h"
#include "diff_pair.h"
#include "exitcode.h"

int cmd_diff(struct context *c)
{
    struct diff_view v = {.f = stdout, .json = c->opt.json, .in_full = c->opt.verbose};
    char *const *paths = c->opt.arguments.v;
    struct err e = ERR_INIT;
    int rc = EXIT_CODE_PASSED;

    if (c->opt.arguments.n != 2)
        err_set(&e, ERR_USAGE, "diff takes two snapshots: graphaudit diff OLD NEW");
    if (e.code == ERR_OK && diff_pair_show(c, paths[0], paths[1], &v, &e) == ERR_OK)
        rc = v.n > 0 ? EXIT_CODE_FINDINGS : EXIT_CODE_PASSED;
    if (e.code != ERR_OK)
        rc = context_fail(c, &e);
    diff_view_release(&v);
    return rc;
}
