#include "facts_view.h"

#include "base/mem.h"
#include "context.h"
#include "model/snapshot.h"
#include "model/store.h"
#include "rules/facts.h"
#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum err_code copy_name(char **out, struct err *e)
{
    const char *tmp = getenv("TMPDIR");
    char *path = xasprintf("%s/graphaudit-XXXXXX", tmp != NULL && *tmp != '\0' ? tmp : "/tmp");
    int fd = mkstemp(path);

    if (fd < 0) {
        err_set(e, ERR_IO, "cannot create a temporary file '%s': %s", path, strerror(errno));
        free(path);
        return e->code;
    }
    (void)close(fd);
    (void)unlink(path); /* store_copy() makes it anew, exclusively */
    *out = path;
    return ERR_OK;
}

static enum err_code derive_in_copy(struct context *c, struct facts_view *v, struct err *e)
{
    struct facts_options fo = {0};
    struct store *copy = NULL;

    if (copy_name(&v->copy, e) != ERR_OK || store_copy(v->store, v->copy, e) != ERR_OK ||
        store_open(v->copy, true, &copy, e) != ERR_OK)
        return e->code;
    store_close(v->store);
    v->store = copy;
    if (run_facts_options(c, copy, &fo, e) == ERR_OK)
        (void)facts_derive(copy, &fo, e);
    return e->code;
}

enum err_code facts_view_open(struct context *c, const char *path, struct facts_view *v,
                              struct err *e)
{
    int64_t missing = 0;
    bool ok = false;
    char *sealed = NULL;

    memset(v, 0, sizeof *v);
    if (store_open(path, false, &v->store, e) != ERR_OK ||
        store_text(v->store, "SELECT sealed_at FROM snapshot", &sealed, e) != ERR_OK ||
        snapshot_verify(v->store, &ok, e) != ERR_OK)
        goto out;
    if (sealed != NULL && !ok) {
        err_set(e, ERR_USAGE, "%s: the evidence was changed after it was sealed", path);
        goto out;
    }
    if (store_int(
            v->store,
            "SELECT (SELECT count(*) FROM mailbox) > 0 AND (SELECT count(*) FROM smtp_auth) = 0",
            &missing, e) == ERR_OK &&
        missing == 1)
        (void)derive_in_copy(c, v, e);
out:
    free(sealed);
    return e->code;
}

void facts_view_close(struct facts_view *v)
{
    store_close(v->store);
    if (v->copy != NULL)
        (void)unlink(v->copy);
    free(v->copy);
    memset(v, 0, sizeof *v);
}
