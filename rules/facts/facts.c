#include "rules/facts.h"

#include "ca_effect.h"
#include "derive.h"
#include "model/store.h"
#include "row_pipe.h"
#include "shared_text.h"
#include "smtp_reader.h"

/* In order: a derivation may read the tables of those before it. */
static const struct {
    const char *table;
    const char *clear;
    derive_fn *fill;
} derivations[] = {
    {"ca_exclusion", "DELETE FROM ca_exclusion", ca_exclusion_derive},
    {"ca_reach", "DELETE FROM ca_reach", ca_reach_derive},
    {"user_protection", "DELETE FROM user_protection_row", user_protection_derive},
    {"user_ca_effect", "DELETE FROM ca_effect_row; DELETE FROM admin_effect_row", ca_effect_derive},
    {"ca_effect_people", "DELETE FROM ca_effect_people_row; DELETE FROM protection_people",
     ca_people_derive},
    {"smtp_auth", "DELETE FROM mailbox_smtp; DELETE FROM smtp_auth_row", smtp_auth_derive},
};

bool derive_is_complete(const struct derive_context *c, const char *resource)
{
    size_t at = evidence_resource_find(resource);

    if (at >= COUNT_OF(c->states->of))
        BUG("no evidence resource '%s'", resource);
    return c->states->of[at].state == COLLECTION_COMPLETE;
}

static enum err_code refill(struct store *s, const struct derive_context *c, struct err *e)
{
    if (store_exec(s, "DELETE FROM shared_text", e) != ERR_OK)
        return err_wrap(e, "emptying shared_text");
    for (size_t i = 0; i < COUNT_OF(derivations); i++)
        if (store_exec(s, derivations[i].clear, e) != ERR_OK)
            return err_wrap(e, "emptying %s", derivations[i].table);
    for (size_t i = 0; i < COUNT_OF(derivations); i++)
        if (derivations[i].fill(s, c, e) != ERR_OK)
            return err_wrap(e, "deriving %s", derivations[i].table);
    return ERR_OK;
}

static enum err_code open_mailboxes(struct store *s, struct derive_context *c, struct err *e)
{
    struct row_source source;

    if (row_pipe_open(s, &c->mailboxes, e) != ERR_OK)
        return e->code;
    smtp_reader_open(row_pipe_store(c->mailboxes), c, &source);
    row_pipe_start(c->mailboxes, &source);
    return ERR_OK;
}

enum err_code facts_derive(struct store *s, const struct facts_options *o, struct err *e)
{
    struct evidence_states states = {0};
    struct derive_context c = {
        .as_of_ms = o->as_of_ms, .smtp_removal_ms = o->smtp_removal_ms, .states = &states};
    enum err_code code = store_begin(s, e);

    if (code != ERR_OK)
        return code;
    code = evidence_states_load(s, &states, e);
    if (code == ERR_OK)
        code = ca_model_load(s, &states, o->as_of_ms, &c.ca, e);
    if (code == ERR_OK)
        code = open_mailboxes(s, &c, e);
    if (code == ERR_OK)
        code = shared_texts_open(s, &c.texts, e);
    if (code == ERR_OK)
        code = refill(s, &c, e);
    row_pipe_close(c.mailboxes);
    shared_texts_close(c.texts);
    if (code == ERR_OK)
        code = store_commit(s, e);
    if (code != ERR_OK)
        store_rollback(s);
    ca_model_free(c.ca);
    evidence_states_release(&states);
    return code;
}
