/* Any bytes as a configuration file: read or refused in words, and never a value from a file of the
 * working folder that decides whom to trust. */
#include "config_file.h"
#include "options.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* libfyaml 0.7.12 loses 512 bytes for a single-quoted scalar with six doubled quotes in a row. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfyaml.so";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 65536)
        return 0;
    for (int project = 0; project < 2; project++) {
        struct options o = {0};
        struct err e = ERR_INIT;

        o.sources = calloc(option_count(), sizeof *o.sources);
        if (o.sources == NULL)
            abort();
        if (config_file_parse((const char *)data, size, "x.yaml", project == 1, CMD_AUDIT, &o,
                              &e) != ERR_OK &&
            (e.code != ERR_USAGE || e.msg[0] == '\0'))
            abort();
        if (project == 1 && (o.proxy != NULL || o.ca_file != NULL || o.client_secret_file != NULL))
            abort();
        options_release(&o);
    }
    return 0;
}
