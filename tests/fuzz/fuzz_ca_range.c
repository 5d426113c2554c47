/* Ranges of named locations: a range that was read holds its own ends and nothing outside. */
#include "ca_cidr.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct ca_range r;
    struct ca_ip past;

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    if (ca_range_parse(text, &r)) {
        past = r.last;
        if (ca_ip_compare(&r.first, &r.last) > 0 || !ca_range_has(&r, &r.first) ||
            !ca_range_has(&r, &r.last) || (ca_ip_next(&past) && ca_range_has(&r, &past)))
            abort();
    }
    (void)ca_ip_parse(text, &past);
    free(text);
    return 0;
}
