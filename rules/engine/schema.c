#include "schema.h"

#include "base/mem.h"
#include "base/strs.h"
#include "model/store.h"
#include "shape.h"

#include <stdlib.h>

struct schema {
    struct table *tables;
    size_t n;
};

static enum err_code load_columns(struct store *s, struct table *t, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code = stmt_prepare(
        s, "SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info(?)", &st, e);

    if (code == ERR_OK)
        stmt_bind_text(st, 1, t->name);
    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row) {
        struct column *c;

        t->columns = xreallocarray(t->columns, t->n + 1, sizeof *t->columns);
        c = &t->columns[t->n++];
        c->name = xstrdup(stmt_text(st, 0));
        c->is_integer = str_ieq(stmt_text(st, 1), "INTEGER");
        c->is_required = stmt_int(st, 2) != 0 && stmt_is_null(st, 3);
        c->is_key = stmt_int(st, 4) != 0;
    }
    stmt_free(st);
    return code;
}

enum err_code schema_load(struct store *s, struct schema **out, struct err *e)
{
    static const enum table_kind kinds[] = {TABLE_META, TABLE_EVIDENCE, TABLE_DERIVED};
    struct schema *sc = xcalloc(1, sizeof *sc);
    enum err_code code = ERR_OK;
    const char *name;

    for (size_t k = 0; k < COUNT_OF(kinds); k++)
        for (size_t i = 0; code == ERR_OK && (name = evidence_table_at(kinds[k], i)) != NULL; i++) {
            struct table *t;

            sc->tables = xreallocarray(sc->tables, sc->n + 1, sizeof *sc->tables);
            t = &sc->tables[sc->n++];
            *t = (struct table){.name = name, .kind = kinds[k]};
            code = load_columns(s, t, e);
        }
    if (code != ERR_OK) {
        schema_free(sc);
        return code;
    }
    *out = sc;
    return ERR_OK;
}

void schema_free(struct schema *sc)
{
    if (sc == NULL)
        return;
    for (size_t i = 0; i < sc->n; i++) {
        for (size_t c = 0; c < sc->tables[i].n; c++)
            free(sc->tables[i].columns[c].name);
        free(sc->tables[i].columns);
    }
    free(sc->tables);
    free(sc);
}

const struct table *schema_table(const struct schema *sc, const char *name)
{
    for (size_t i = 0; i < sc->n; i++)
        if (str_eq(sc->tables[i].name, name))
            return &sc->tables[i];
    return NULL;
}

const struct column *table_column(const struct table *t, const char *name)
{
    for (size_t i = 0; i < t->n; i++)
        if (str_eq(t->columns[i].name, name))
            return &t->columns[i];
    return NULL;
}

const char *schema_near(const struct schema *sc, const char *name)
{
    for (size_t i = 0; i < sc->n; i++) {
        const char *const one[] = {sc->tables[i].name, NULL};

        if (word_near(one, name) != NULL)
            return sc->tables[i].name;
    }
    return NULL;
}

const char *table_near(const struct table *t, const char *name)
{
    for (size_t i = 0; i < t->n; i++) {
        const char *const one[] = {t->columns[i].name, NULL};

        if (word_near(one, name) != NULL)
            return t->columns[i].name;
    }
    return NULL;
}
