/* The scanner of long lists reads what jansson reads, and refuses what it refuses. */
#include "../unit/jscan_same.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct jscan j; /* its memory is used again, as from page to page */

    if (!jscan_is_same(&j, (const char *)data, size))
        abort();
    return 0;
}
