/* rules/facts/ca_pool.h - memory that lives as long as one model, and a table from bytes to
 * numbers.
 *
 * Nothing is freed one by one. A table keeps its own copy of every key in its pool. */
#ifndef RULES_FACTS_CA_POOL_H
#define RULES_FACTS_CA_POOL_H
#include "base/attrs.h"

#include <stddef.h>
#include <stdint.h>

struct ca_chunk;
struct ca_pool {
    struct ca_chunk *last;
    size_t bytes; /* taken from the system */
};
void *ca_pool_get(struct ca_pool *p, size_t n, size_t size) __attribute__((returns_nonnull));
char *ca_pool_text(struct ca_pool *p, const char *s) __attribute__((returns_nonnull));
char *ca_pool_textf(struct ca_pool *p, const char *fmt, ...) PRINTF(2, 3)
    __attribute__((returns_nonnull));
void ca_pool_release(struct ca_pool *p); /* fine on a zeroed one */

struct ca_slot {
    const void *key;
    size_t n;
    uint64_t hash;
    uint32_t value;
};
struct ca_map {
    struct ca_pool *pool; /* borrowed: keys go here */
    struct ca_slot *slot;
    size_t cap, used;
};
#define CA_MAP_NONE UINT32_MAX
void ca_map_init(struct ca_map *m, struct ca_pool *pool);
void ca_map_release(struct ca_map *m);
/* The value under this key, or CA_MAP_NONE. */
uint32_t ca_map_get(const struct ca_map *m, const void *key, size_t n);
/* The value under this key; stores `value` first when there is none. */
uint32_t ca_map_add(struct ca_map *m, const void *key, size_t n, uint32_t value);
/* The kept copy of the key that was looked up or added last is at slot->key; for texts this gives
 * one address per text. The length includes the NUL. */
const char *ca_map_text(struct ca_map *m, const char *s);

#endif
