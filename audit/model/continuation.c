#include "model/continuation.h"

#include "base/mem.h"
#include "model/store.h"

#include <stdlib.h>
#include <string.h>

void continuation_release(struct continuation *c)
{
    free(c->request);
    free(c->subject);
    free(c->next);
    free(c->odd_first);
    free(c->reason_code);
    free(c->detail);
    free(c->started_at);
    memset(c, 0, sizeof *c);
}

void continuation_key(const char *resource, const char *request, const char *body,
                      char out[SHA256_HEX_BYTES])
{
    const char *const parts[] = {resource, request, body};
    struct digest *d = digest_new();

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (parts[i] != NULL)
            digest_add(d, parts[i], strlen(parts[i]) + 1);
        else
            digest_add(d, "", 1);
    digest_finish(d, out);
}

static int64_t stored(uint64_t n)
{
    return n <= INT64_MAX ? (int64_t)n : INT64_MAX;
}

/* A file may say anything; a count is at least nothing. */
static uint64_t count_at(const struct stmt *st, int at)
{
    int64_t n = stmt_int(st, at);

    return n > 0 ? (uint64_t)n : 0;
}

static char *text_at(const struct stmt *st, int at)
{
    const char *text = stmt_text(st, at);

    return text != NULL ? xstrdup(text) : NULL;
}

enum err_code continuation_put(struct store *s, const char *resource, const char *key,
                               const struct continuation *c, struct err *e)
{
    return store_run(s, e,
                     "INSERT OR REPLACE INTO continuation(resource, key, request, subject, next, "
                     "rows, pages, requests, seen, served, odd, odd_first, reason_code, detail, "
                     "started_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                     "tttttiiiiiitttt", resource, key, c->request, c->subject, c->next,
                     stored(c->rows), stored(c->pages), stored(c->requests), stored(c->seen),
                     stored(c->served), stored(c->odd), c->odd_first, c->reason_code, c->detail,
                     c->started_at);
}

enum err_code continuation_get(struct store *s, const char *resource, const char *key,
                               struct continuation *out, bool *found, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code =
        stmt_prepare(s,
                     "SELECT request, subject, next, odd_first, reason_code, detail, "
                     "started_at, rows, pages, requests, seen, served, odd FROM continuation "
                     "WHERE resource = ? AND key = ?",
                     &st, e);

    *found = false;
    if (code != ERR_OK)
        return code;
    stmt_bind_text(st, 1, resource);
    stmt_bind_text(st, 2, key);
    code = stmt_step(st, &row, e);
    if (code == ERR_OK && row) {
        *found = true;
        *out = (struct continuation){
            .request = text_at(st, 0),
            .subject = text_at(st, 1),
            .next = text_at(st, 2),
            .odd_first = text_at(st, 3),
            .reason_code = text_at(st, 4),
            .detail = text_at(st, 5),
            .started_at = text_at(st, 6),
            .rows = count_at(st, 7),
            .pages = count_at(st, 8),
            .requests = count_at(st, 9),
            .seen = count_at(st, 10),
            .served = count_at(st, 11),
            .odd = count_at(st, 12),
        };
    }
    stmt_free(st);
    return code;
}

enum err_code continuation_drop(struct store *s, const char *resource, const char *key,
                                struct err *e)
{
    if (key == NULL)
        return store_run(s, e, "DELETE FROM continuation WHERE resource = ?", "t", resource);
    return store_run(s, e, "DELETE FROM continuation WHERE resource = ? AND key = ?", "tt",
                     resource, key);
}
