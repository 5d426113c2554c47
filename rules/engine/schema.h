/* schema.h - the tables of a snapshot, as a store has them: for checking and building the data of
 * rule tests. */
#ifndef ENGINE_SCHEMA_H
#define ENGINE_SCHEMA_H
#include "base/err.h"
#include "model/evidence.h"

#include <stdbool.h>
#include <stddef.h>

struct store;

struct column {
    char *name;
    bool is_integer;  /* else text: the schema knows no third type */
    bool is_required; /* NOT NULL without a default */
    bool is_key;      /* part of the primary key */
};
struct table {
    const char *name; /* constant */
    enum table_kind kind;
    struct column *columns;
    size_t n;
};
struct schema; /* opaque */

/* Evidence, derived and meta tables. Caller frees. */
enum err_code schema_load(struct store *s, struct schema **out, struct err *e);
void schema_free(struct schema *sc); /* NULL is a no-op */
/* Borrowed; NULL when there is none. Names are compared exactly. */
const struct table *schema_table(const struct schema *sc, const char *name);
const struct column *table_column(const struct table *t, const char *name);
/* The nearest name, for "did you mean"; NULL when none is near. */
const char *schema_near(const struct schema *sc, const char *name);
const char *table_near(const struct table *t, const char *name);

#endif
