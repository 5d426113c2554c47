#include "model/heap.h"

#include <malloc.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>

static _Thread_local int64_t used;
static bool is_by_thread; /* written once, before any thread reads it */

static int size_of(void *p)
{
    return p != NULL ? (int)malloc_usable_size(p) : 0; /* SQLite asks for 2^31-256 at most */
}

static void *take(int n)
{
    void *p = malloc((size_t)n);

    used += size_of(p);
    return p;
}

static void give_back(void *p)
{
    used -= size_of(p);
    free(p);
}

static void *resize(void *p, int n)
{
    int before = size_of(p);
    void *q = realloc(p, (size_t)n);

    if (q != NULL)
        used += size_of(q) - before;
    return q;
}

static int round_up(int n)
{
    return (n + 7) & ~7;
}

static int start(void *unused)
{
    (void)unused;
    return SQLITE_OK;
}

static void stop(void *unused)
{
    (void)unused;
}

static void configure(void)
{
    static const sqlite3_mem_methods methods = {.xMalloc = take,
                                                .xFree = give_back,
                                                .xRealloc = resize,
                                                .xSize = size_of,
                                                .xRoundup = round_up,
                                                .xInit = start,
                                                .xShutdown = stop};

    is_by_thread = sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) == SQLITE_OK &&
                   sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK;
}

void heap_count_by_thread(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void)pthread_once(&once, configure);
}

int64_t heap_used(void)
{
    return is_by_thread ? used : sqlite3_memory_used();
}
