#include "oneline.h"

#include "base/text.h"

void oneline_add(struct buf *b, const char *s, size_t n, size_t max)
{
    size_t count = 0;
    bool gap = false;

    for (size_t at = 0; at < n;) {
        uint32_t cp = utf8_next(s, n, &at);

        if (cp == ' ' || (cp >= '\t' && cp <= '\r') || cp == 0) {
            gap = count > 0;
            continue;
        }
        if (count + (gap ? 1 : 0) >= max) {
            utf8_add(b, 0x2026);
            return;
        }
        if (gap)
            buf_addc(b, ' ');
        utf8_add(b, text_is_hostile(cp) ? 0xFFFD : cp);
        count += gap ? 2 : 1;
        gap = false;
    }
}
