#include "history/history.h"

#include "base/mem.h"
#include "base/strs.h"
#include "database.h"

#include <stdio.h>
#include <stdlib.h>

bool database_is_url(const char *where)
{
    return str_istarts(where, "postgresql://") || str_istarts(where, "postgres://");
}

enum err_code history_check(const char *where, struct err *e)
{
    if (*where == '\0')
        return err_set(e, ERR_USAGE, "the history has no name");
    return database_is_url(where) ? database_check_url(where, e) : ERR_OK;
}

int history_schema_version(void)
{
    int n = 0;

    while (database_sqlite.schema[n] != NULL)
        n++;
    return n;
}

static bool take_number(void *ctx, const struct history_row *row)
{
    int64_t *out = ctx;

    return row->n > 0 && row->v[0] != NULL && str_int(row->v[0], 0, INT64_MAX, out);
}

/* 0: no tables yet. */
static enum err_code version_of(struct history *h, int64_t *out, struct err *e)
{
    int64_t is_there = 0;
    enum err_code code =
        h->kind->query(h->d, h->kind->has_schema, NULL, 0, take_number, &is_there, e);

    *out = 0;
    if (code != ERR_OK || is_there == 0)
        return code;
    return h->kind->query(h->d, "SELECT MAX(version) FROM history_version", NULL, 0, take_number,
                          out, e);
}

static enum err_code refuse_newer(int64_t version, struct err *e)
{
    if (version <= history_schema_version())
        return ERR_OK;
    return err_set(e, ERR_USAGE,
                   "the history was made by a newer graphaudit (schema %lld, this one knows %d)",
                   (long long)version, history_schema_version());
}

static enum err_code step(struct history *h, int64_t version, struct err *e)
{
    char text[24];
    const char *values[] = {text};
    enum err_code code = h->kind->exec(h->d, h->kind->schema[version], e);

    (void)snprintf(text, sizeof text, "%lld", (long long)version + 1);
    if (code == ERR_OK)
        code = h->kind->query(h->d, "INSERT INTO history_version(version) VALUES ($1)", values, 1,
                              NULL, NULL, e);
    return code;
}

/* All steps in one transaction, one migration at a time; whoever comes second finds it done. */
static enum err_code migrate(struct history *h, struct err *e)
{
    struct err ignored = ERR_INIT; /* of the rollback: what went wrong before counts */
    int64_t version = 0;
    enum err_code code = version_of(h, &version, e);

    if (code == ERR_OK)
        code = refuse_newer(version, e);
    if (code != ERR_OK || version == history_schema_version())
        return code;
    code = h->kind->exec(h->d, h->kind->begin, e);
    if (code != ERR_OK)
        return code;
    if (h->kind->schema_lock != NULL)
        code = h->kind->exec(h->d, h->kind->schema_lock, e);
    if (code == ERR_OK)
        code = version_of(h, &version, e);
    for (; code == ERR_OK && version < history_schema_version(); version++)
        code = step(h, version, e);
    if (code == ERR_OK)
        code = h->kind->exec(h->d, "COMMIT", e);
    if (code != ERR_OK) {
        (void)h->kind->exec(h->d, "ROLLBACK", &ignored);
        err_wrap(e, "making the history's tables");
    }
    return e->code;
}

static enum err_code check_readable(struct history *h, struct err *e)
{
    int64_t version = 0;
    enum err_code code = version_of(h, &version, e);

    if (code == ERR_OK)
        code = refuse_newer(version, e);
    if (code == ERR_OK && version == 0)
        code = err_set(e, ERR_USAGE, "there is no history: no run was recorded there");
    else if (code == ERR_OK && version < history_schema_version())
        code = err_set(e, ERR_USAGE,
                       "the history has schema %lld, this graphaudit reads %d: the next recorded "
                       "run brings it up to date",
                       (long long)version, history_schema_version());
    return code;
}

enum err_code history_open(const char *where, bool writable, struct history **out, struct err *e)
{
    struct history *h;
    enum err_code code = history_check(where, e);

    if (code != ERR_OK)
        return code;
    h = xcalloc(1, sizeof *h);
    h->kind = database_is_url(where) ? &database_postgresql : &database_sqlite;
    code = h->kind->open(where, writable, &h->d, e);
    if (code == ERR_OK)
        code = writable ? migrate(h, e) : check_readable(h, e);
    if (code != ERR_OK) {
        history_close(h);
        return code;
    }
    *out = h;
    return ERR_OK;
}

void history_close(struct history *h)
{
    if (h == NULL)
        return;
    h->kind->close(h->d);
    free(h);
}
