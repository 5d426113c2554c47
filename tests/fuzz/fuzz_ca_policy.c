/* A page of Conditional Access policies into an in-memory snapshot: whatever it holds, nothing may
 * crash, the schema must hold, and no error but oddity may come of it. */
#include "base/jsonx.h"
#include "map_ca.h"
#include "model/store.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(struct store *s, const json_t *policy)
{
    struct map_odd odd = {0};
    struct err e = ERR_INIT;
    bool stored = false;

    /* A refused row is fine; a refused statement would mean that the wire can break the schema. */
    if (map_ca_policy(s, policy, &odd, &stored, &e) != ERR_OK)
        abort();
    if (!stored && odd.count == 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct store *s;
    struct err e = ERR_INIT;
    json_t *root = NULL;
    const json_t *policy;
    const json_t *value;
    size_t i;

    if (s == NULL && store_create(":memory:", &s, &e) != ERR_OK)
        abort();
    if (jx_parse((const char *)data, size, "page", &root, &e) != ERR_OK)
        return 0;
    if (store_begin(s, &e) != ERR_OK)
        abort();
    value = json_object_get(root, "value");
    json_array_foreach(value, i, policy)
    {
        if (json_is_object(policy)) /* the page loop lets nothing else through */
            take(s, policy);
    }
    store_rollback(s);
    json_decref(root);
    return 0;
}
