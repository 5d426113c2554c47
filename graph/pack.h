/* graph/pack.h - the rows of one page of a long list, ready to be stored as runs.
 *
 * Made from the scanner's values on whatever thread read the page: nothing here touches the store,
 * a task or a chain. What `each` of a collector does to a row, `row` does here; test_pack compares
 * the two. */
#ifndef GRAPH_PACK_H
#define GRAPH_PACK_H
#include "base/buf.h"
#include "base/jscan.h"
#include "map.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cell;

enum { PACK_PARTS = 2 };

/* A row that was added: where it stands, and how its first key begins. */
struct pack_row {
    uint64_t head;
    size_t at, length;
};

struct pack {
    const struct pack_kind *kind;
    struct pack_part {
        struct buf cells; /* in the order of arrival */
        struct pack_row *rows;
        size_t n, cap;
    } part[PACK_PARTS];
    struct buf room;
    uint64_t taken, seen, served;
    struct map_odd odd;
};

struct pack_kind {
    const struct map_table *part[PACK_PARTS]; /* NULL: none */
    /* One object of the list. NULL: as the first table has it, and counted. */
    void (*row)(struct pack *p, const struct jscan *j, const struct jscan_value *row);
};

/* Never NULL. pack_free() takes NULL too. */
struct pack *pack_page(const struct pack_kind *kind, const struct jscan *j,
                       const struct jscan_value *list);
void pack_free(struct pack *p);
/* More than LIMIT_STAGED_BYTES: not all rows are there. */
bool pack_is_too_large(const struct pack *p);
/* The rows of one part in the order of their keys, equal ones in the order of arrival. */
void pack_run(const struct pack *p, int part, struct buf *out, size_t *rows);
/* Compares the keys that two rows begin with. */
int pack_compare(const char *a, size_t an, const char *b, size_t bn, size_t keys);
/* The first eight bytes of the first key: rows of different heads are in the order of these. */
uint64_t pack_head(const char *row, size_t length);
size_t pack_keys(const struct map_table *t); /* they come first in every table */

/* For `row`: an object into the first part as its table says, false when it cannot go in; texts
 * into the second, where every column is a text. */
bool pack_object(struct pack *p, const struct jscan *j, const struct jscan_value *row);
void pack_texts(struct pack *p, const struct cell *cells, size_t n);

/* What is packed, by the collector that it belongs to. */
extern const struct pack_kind pack_users, pack_user_mfa, pack_user_activity, pack_registrations,
    pack_mailboxes, pack_cas_mailboxes, pack_exchange_users;

#endif
