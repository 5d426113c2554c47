#include "shared_text.h"

#include "base/limits.h"
#include "base/mem.h"
#include "ca_pool.h"
#include "model/store.h"

#include <stdlib.h>
#include <string.h>

struct shared_texts {
    struct stmt *insert;
    struct ca_pool pool;
    struct ca_map seen; /* from text to id - 1 */
    uint32_t n;
};

enum err_code shared_texts_open(struct store *s, struct shared_texts **out, struct err *e)
{
    struct stmt *insert = NULL;
    struct shared_texts *t;
    enum err_code code =
        stmt_prepare(s, "INSERT INTO shared_text(id, text) VALUES (?, ?)", &insert, e);

    if (code != ERR_OK)
        return code;
    t = xcalloc(1, sizeof *t);
    t->insert = insert;
    ca_map_init(&t->seen, &t->pool);
    *out = t;
    return ERR_OK;
}

void shared_texts_close(struct shared_texts *t)
{
    if (t == NULL)
        return;
    stmt_free(t->insert);
    ca_map_release(&t->seen);
    ca_pool_release(&t->pool);
    free(t);
}

enum err_code shared_text_id(struct shared_texts *t, const char *text, int64_t *id, struct err *e)
{
    size_t size = strlen(text) + 1;
    uint32_t at = t->pool.bytes < LIMIT_SHARED_TEXTS_BYTES ? ca_map_add(&t->seen, text, size, t->n)
                                                           : ca_map_get(&t->seen, text, size);

    if (at == CA_MAP_NONE)
        at = t->n;
    *id = (int64_t)at + 1;
    if (at < t->n)
        return ERR_OK;
    t->n++;
    stmt_bind_int(t->insert, 1, *id);
    stmt_bind_text(t->insert, 2, text);
    return stmt_write(t->insert, e);
}
