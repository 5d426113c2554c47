/* Exchange resources are a cmdlet and a table of columns; here is what is not. */
#include "base/strs.h"
#include "collect_run.h"

/* High Volume Email is not in every cloud and organization. Where it is not, the cmdlet does not
 * know the parameter, and there are no such accounts. */
static bool lacks_feature(const struct chain_end *end)
{
    return end->code != ERR_OK && end->code != ERR_DENIED && end->pages == 0 &&
           str_icontains(end->message, "parameter cannot be found") &&
           str_icontains(end->message, "HVEAccount");
}

static void hve_done(struct collect_chain *ch, const struct chain_end *end)
{
    if (lacks_feature(end))
        collect_remark(ch->task, "this organization has no High Volume Email: %s", end->message);
    else
        collect_settle(ch, end);
}

enum err_code hve_start(struct collect_task *t, struct err *e)
{
    struct chain_request r = {.cmdlet = t->c->cmdlet,
                              .parameters = t->c->parameters,
                              .select = t->c->select,
                              .done = hve_done};

    return collect_submit(t, &r, e);
}
