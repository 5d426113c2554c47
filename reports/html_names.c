#include "html_names.h"

#include "base/limits.h"
#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The ids as one text of the page and the names as another have room for no more. */
enum { MOST_BYTES = 2 * LIMIT_REPORT_TEXT_BYTES };

const char *html_names_at(const struct html_names *a, size_t i)
{
    return a->bytes.p + a->v[i];
}

/* A row of a file that somebody else made may have no id. */
static const char *text_of(const char *s)
{
    return s != NULL ? s : "";
}

static const char *name_or_id(const char *id, const char *name)
{
    return name != NULL && name[0] != '\0' ? name : id;
}

/* As strcmp() of the entry with "id\x1fname". */
static int compare(const char *entry, const char *id, const char *name)
{
    size_t n = strlen(id);
    int d = strncmp(entry, id, n);

    if (d == 0)
        d = (unsigned char)entry[n] - HTML_NAMES_BETWEEN;
    return d != 0 ? d : strcmp(entry + n + 1, name);
}

/* The first entry that is not before it, found from where the last one was: rows come in the order
 * of their ids, so that it is nearly always a few places on. */
static size_t place_of(const struct html_names *a, const char *id, const char *name)
{
    size_t low = 0;
    size_t high = a->at;
    size_t step = 1;

    if (a->at < a->n && compare(html_names_at(a, a->at), id, name) < 0) {
        low = a->at + 1;
        while (low + step < a->n && compare(html_names_at(a, low + step), id, name) < 0) {
            low += step + 1;
            step *= 2;
        }
        high = low + step < a->n ? low + step : a->n;
    } else if (high > 0 && compare(html_names_at(a, high - 1), id, name) < 0) {
        return high;
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare(html_names_at(a, middle), id, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const struct html_names *a, size_t at, const char *id, const char *name)
{
    return at < a->n && compare(html_names_at(a, at), id, name) == 0;
}

static void append(size_t **v, size_t *n, size_t *cap, size_t value)
{
    if (*n == *cap) {
        *cap = *cap > 0 ? *cap * 2 : 1024;
        *v = xreallocarray(*v, *cap, sizeof **v);
    }
    (*v)[(*n)++] = value;
}

void html_names_add(struct html_names *a, const char *id, const char *name)
{
    static const char between = HTML_NAMES_BETWEEN;
    size_t begin;

    id = text_of(id);
    name = name_or_id(id, name);
    if (a->bytes.p == NULL)
        buf_init(&a->bytes, MOST_BYTES);
    a->at = place_of(a, id, name);
    if (is_at(a, a->at, id, name))
        return;
    begin = a->bytes.n;
    buf_adds(&a->bytes, id);
    buf_add(&a->bytes, &between, 1);
    buf_add(&a->bytes, name, strlen(name) + 1);
    if (!a->bytes.failed)
        append(&a->fresh, &a->fresh_n, &a->fresh_cap, begin);
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_sorted(const struct html_names *a)
{
    for (size_t i = 1; i < a->fresh_n; i++)
        if (strcmp(a->bytes.p + a->fresh[i - 1], a->bytes.p + a->fresh[i]) >= 0)
            return false;
    return true;
}

/* Rows are in the order of ids, but an id may go on with less than what stands behind another. */
static void sort_fresh(struct html_names *a)
{
    const char **text = xcalloc(a->fresh_n + 1, sizeof *text);
    size_t kept = 0;

    for (size_t i = 0; i < a->fresh_n; i++)
        text[i] = a->bytes.p + a->fresh[i];
    qsort(text, a->fresh_n, sizeof *text, by_bytes);
    for (size_t i = 0; i < a->fresh_n; i++)
        if (kept == 0 || strcmp(text[i], a->bytes.p + a->fresh[kept - 1]) != 0)
            a->fresh[kept++] = (size_t)(text[i] - a->bytes.p);
    a->fresh_n = kept;
    free(text);
}

void html_names_settle(struct html_names *a)
{
    size_t from = a->n;
    size_t to;

    if (!is_sorted(a))
        sort_fresh(a);
    to = a->n + a->fresh_n;
    if (to > a->cap) {
        a->cap = to;
        a->v = xreallocarray(a->v, a->cap, sizeof *a->v);
    }
    a->n = to;
    while (a->fresh_n > 0) { /* from the end, so that nothing is in the way */
        const size_t last = a->fresh[a->fresh_n - 1];

        if (from > 0 && strcmp(a->bytes.p + a->v[from - 1], a->bytes.p + last) > 0) {
            a->v[--to] = a->v[--from];
        } else {
            a->v[--to] = last;
            a->fresh_n--;
        }
    }
    a->at = 0;
}

size_t html_names_find(struct html_names *a, const char *id, const char *name)
{
    id = text_of(id);
    name = name_or_id(id, name);
    a->at = place_of(a, id, name);
    return is_at(a, a->at, id, name) ? a->at : SIZE_MAX;
}

void html_names_release(struct html_names *a)
{
    buf_release(&a->bytes);
    free(a->v);
    free(a->fresh);
    memset(a, 0, sizeof *a);
}
