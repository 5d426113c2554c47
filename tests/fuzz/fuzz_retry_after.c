/* Retry-After of any kind: never negative, never above the cap, and a wait never undercuts it. */
#include "base/limits.h"
#include "retry.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct prng prng = {size};
    int64_t ms = -1;
    int64_t wait;

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    if (retry_after_parse(text, 1795406706000, &ms)) {
        wait = retry_wait_ms(&prng, 1, ms);
        if (ms < 0 || ms > LIMIT_RETRY_WAIT_MS || wait < ms || wait > LIMIT_RETRY_WAIT_MS)
            abort();
    } else if (ms != -1) {
        abort();
    }
    free(text);
    return 0;
}
