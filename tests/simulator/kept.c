#include "kept.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 1 << 16 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct kept *table[BUCKETS];
static struct kept *tokens[BUCKETS]; /* only their keys */

static bool applies(const struct request *r)
{
    return r->sim->opt.keep_replies && r->sim->fault_count == 0 &&
           ((r->service == SVC_GRAPH && str_eq(r->method, "GET")) ||
            (r->service == SVC_EXCHANGE && str_eq(r->method, "POST")));
}

static size_t bucket(const char *key)
{
    uint64_t h = 1469598103934665603U;

    for (; *key != '\0'; key++)
        h = (h ^ (unsigned char)*key) * 1099511628211U;
    return (size_t)(h ^ h >> 32) % BUCKETS;
}

static struct kept *look(struct kept *const *in, const char *key)
{
    struct kept *k = in[bucket(key)];

    while (k != NULL && !str_eq(k->key, key))
        k = k->next;
    return k;
}

static struct kept *insert(struct kept **in, const char *key)
{
    struct kept *k = xcalloc(1, sizeof *k);
    size_t at = bucket(key);

    k->key = xstrdup(key);
    k->next = in[at];
    in[at] = k;
    return k;
}

static const char *header(const struct request *r, const char *name)
{
    const char *value = request_header(r, name);

    return value != NULL ? value : "";
}

static char *key_of(const struct request *r)
{
    return xasprintf("%s %s\n%s\n%s\n%s\n%s\n%s", r->method, r->target, header(r, "Prefer"),
                     header(r, "ConsistencyLevel"), header(r, "X-ResponseFormat"),
                     str_contains_nocase(header(r, "Accept-Encoding"), "gzip") ? "gzip" : "",
                     r->body);
}

const struct kept *kept_find(const struct request *r)
{
    const struct kept *found = NULL;
    char *key;

    if (!applies(r))
        return NULL;
    key = key_of(r);
    pthread_mutex_lock(&lock);
    if (look(tokens, header(r, "Authorization")) != NULL)
        found = look(table, key);
    pthread_mutex_unlock(&lock);
    free(key);
    return found;
}

void kept_add(const struct request *r, const void *data, size_t n, bool zipped)
{
    struct kept *k;
    char *key;

    if (!applies(r))
        return;
    key = key_of(r);
    pthread_mutex_lock(&lock);
    if (look(tokens, header(r, "Authorization")) == NULL)
        (void)insert(tokens, header(r, "Authorization"));
    if (look(table, key) == NULL) {
        k = insert(table, key);
        k->data = xcalloc(n + 1, 1);
        memcpy(k->data, data, n);
        k->len = n;
        k->zipped = zipped;
    }
    pthread_mutex_unlock(&lock);
    free(key);
}
