/* Any bytes as the evidence of a row: the cells are the members that jansson finds, whichever way
 * they were read, and what was cut up is byte for byte what the writers of JSON would write. */
#include "base/limits.h"
#include "escape.h"
#include "evidence.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void compare(const struct evidence *ev, json_t *object)
{
    const char *key;
    json_t *v;
    size_t n = 0;

    json_object_foreach(object, key, v)
    {
        char *dump = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);

        if (n < LIMIT_RULE_COLUMNS) {
            must(n < ev->n && strcmp(ev->v[n].name, key) == 0);
            must(ev->v[n].is_string == json_is_string(v));
            must(strcmp(ev->v[n].text, json_is_string(v) ? json_string_value(v) : dump) == 0);
            must(evidence_find(ev, n + 1, key) == &ev->v[n]);
        }
        n++;
        free(dump);
    }
    must(ev->n == (n < LIMIT_RULE_COLUMNS ? n : LIMIT_RULE_COLUMNS));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = calloc(size + 1, 1);
    struct evidence ev = {.n = 0};
    struct err ignored = ERR_INIT;
    json_t *object = NULL;
    bool is_split;

    must(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    is_split = evidence_split(&ev, text);
    if (escape_parse(text, "evidence", &object, &ignored) != ERR_OK)
        object = NULL;
    must(!is_split || json_is_object(object));
    if (is_split) {
        struct buf dump;

        compare(&ev, object);
        buf_init(&dump, 8 * size + 64);
        escape_json_dump(&dump, object);
        must(strcmp(dump.p, text) == 0);
        buf_release(&dump);
    }
    evidence_read(&ev, text);
    if (json_is_object(object))
        compare(&ev, object);
    else
        must(ev.n == 0);
    evidence_release(&ev);
    json_decref(object);
    free(text);
    return 0;
}
