/* cmd_fleet.c - many tenants: audits of each, and one report over all. */
#include "commands.h"
#include "context.h"
#include "exitcode.h"
#include "fleet.h"

static int run(struct context *c)
{
    struct fleet_file file = {NULL, 0};
    struct err e = ERR_INIT;
    int rc;

    if (c->opt.tenants == NULL)
        err_set(&e, ERR_USAGE, "which tenants? Give --tenants FILE");
    else if (c->opt.output_dir == NULL)
        err_set(&e, ERR_USAGE, "where to? Give --output-dir DIR");
    else if (c->opt.outputs.n > 0)
        err_set(&e, ERR_USAGE, "--output is for `fleet report`");
    else
        (void)fleet_file_read(c->opt.tenants, &file, &e);
    rc = e.code == ERR_OK ? fleet_run(c, &file) : context_fail(c, &e);
    fleet_file_release(&file);
    return rc;
}

int cmd_fleet(struct context *c)
{
    const struct strlist *words = &c->opt.arguments;
    struct err e = ERR_INIT;

    if (words->n == 0)
        return run(c);
    if (!str_eq(words->v[0], "report"))
        err_set(&e, ERR_USAGE, "fleet audits, or reports: what is '%s'?", words->v[0]);
    else if (words->n != 2)
        err_set(&e, ERR_USAGE,
                "fleet report takes the folder that --output-dir named, or a history");
    else
        return fleet_report(c, words->v[1]);
    return context_fail(c, &e);
}
