/* Waiver files: any bytes are either read, or refused with a place. */
#include "base/timex.h"
#include "rules/waivers.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count(void *ctx, const char *file, int line, int column, const char *text)
{
    size_t *told = ctx;

    if (file == NULL || text[0] == '\0' || line < 0 || column < 0)
        abort();
    (*told)++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct waivers *w = NULL;
    struct err e = ERR_INIT;
    size_t told = 0;
    char *text = malloc(size + 1);
    enum err_code code;

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    code = waivers_read("f", text, size, count, &told, &w, &e);
    if ((code == ERR_OK) != (told == 0) || (code == ERR_OK) != (w != NULL) ||
        (code != ERR_OK && code != ERR_USAGE))
        abort();
    for (size_t i = 0; i < waivers_count(w); i++) {
        struct waiver_info info;
        int64_t days = 0;

        waivers_info(w, i, &info);
        (void)waiver_state_at(&info, 0, &days);
        if (days < 0 || waivers_find(w, info.id) != i || info.owner[0] == '\0' ||
            info.reason[0] == '\0' || info.covers_all != (info.resources_n == 0))
            abort();
        for (size_t k = 0; k < info.resources_n; k++)
            if (!waiver_covers(&info, info.resources[k]))
                abort();
    }
    waivers_free(w);
    free(text);
    return 0;
}
