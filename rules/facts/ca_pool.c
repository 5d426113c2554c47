#include "ca_pool.h"

#include "base/err.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ca_chunk {
    struct ca_chunk *before;
    size_t used, size;
    max_align_t data[];
};
enum { CHUNK_BYTES = 64 * 1024 };

void *ca_pool_get(struct ca_pool *p, size_t n, size_t size)
{
    size_t want;
    struct ca_chunk *c = p->last;
    void *at;

    if (size != 0 && n > (SIZE_MAX / 2) / size)
        BUG("pool request of %zu x %zu", n, size);
    want = (n * size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    if (c == NULL || c->size - c->used < want) {
        size_t room = want > CHUNK_BYTES ? want : CHUNK_BYTES;

        c = xcalloc(1, sizeof *c + room);
        c->before = p->last;
        c->size = room;
        p->last = c;
        p->bytes += sizeof *c + room;
    }
    at = (char *)c->data + c->used;
    c->used += want;
    return at;
}

char *ca_pool_text(struct ca_pool *p, const char *s)
{
    size_t n = strlen(s) + 1;

    return memcpy(ca_pool_get(p, n, 1), s, n);
}

char *ca_pool_textf(struct ca_pool *p, const char *fmt, ...)
{
    va_list ap;
    va_list again;
    int n;
    char *s;

    va_start(ap, fmt);
    va_copy(again, ap);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        BUG("bad format '%s'", fmt);
    s = ca_pool_get(p, (size_t)n + 1, 1);
    (void)vsnprintf(s, (size_t)n + 1, fmt, again);
    va_end(again);
    return s;
}

void ca_pool_release(struct ca_pool *p)
{
    while (p->last != NULL) {
        struct ca_chunk *c = p->last;

        p->last = c->before;
        free(c);
    }
    p->bytes = 0;
}

/* Eight bytes at a time, multiply and fold: keys are ids and short bit sets, never chosen to
 * collide. */
static uint64_t hash_of(const void *key, size_t n)
{
    const unsigned char *p = key;
    uint64_t h = UINT64_C(0xcbf29ce484222325) ^ n;

    for (size_t i = 0; i < n; i += 8) {
        uint64_t w = 0;

        memcpy(&w, p + i, n - i < 8 ? n - i : 8);
        h = (h ^ w) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 32;
    }
    return h;
}

void ca_map_init(struct ca_map *m, struct ca_pool *pool)
{
    memset(m, 0, sizeof *m);
    m->pool = pool;
}

void ca_map_release(struct ca_map *m)
{
    free(m->slot);
    memset(m, 0, sizeof *m);
}

/* The slot that holds the key, or the free one where it belongs. There is always a free one. */
static struct ca_slot *find(const struct ca_map *m, const void *key, size_t n, uint64_t hash)
{
    size_t at = (size_t)hash & (m->cap - 1);

    for (;; at = (at + 1) & (m->cap - 1)) {
        struct ca_slot *s = &m->slot[at];

        if (s->key == NULL || (s->hash == hash && s->n == n && memcmp(s->key, key, n) == 0))
            return s;
    }
}

static void grow(struct ca_map *m)
{
    struct ca_slot *old = m->slot;
    size_t n = m->cap;

    m->cap = n > 0 ? n * 2 : 64;
    m->slot = xcalloc(m->cap, sizeof *m->slot);
    for (size_t i = 0; i < n; i++)
        if (old[i].key != NULL)
            *find(m, old[i].key, old[i].n, old[i].hash) = old[i];
    free(old);
}

uint32_t ca_map_get(const struct ca_map *m, const void *key, size_t n)
{
    const struct ca_slot *s;

    if (m->cap == 0)
        return CA_MAP_NONE;
    s = find(m, key, n, hash_of(key, n));
    return s->key != NULL ? s->value : CA_MAP_NONE;
}

static struct ca_slot *add(struct ca_map *m, const void *key, size_t n, uint32_t value)
{
    struct ca_slot *s;
    uint64_t hash = hash_of(key, n);

    if (m->cap == 0 || m->used >= m->cap / 2)
        grow(m);
    s = find(m, key, n, hash);
    if (s->key == NULL) {
        void *copy = ca_pool_get(m->pool, n > 0 ? n : 1, 1);

        memcpy(copy, key, n);
        *s = (struct ca_slot){.key = copy, .n = n, .hash = hash, .value = value};
        m->used++;
    }
    return s;
}

uint32_t ca_map_add(struct ca_map *m, const void *key, size_t n, uint32_t value)
{
    return add(m, key, n, value)->value;
}

const char *ca_map_text(struct ca_map *m, const char *s)
{
    return add(m, s, strlen(s) + 1, 0)->key;
}
