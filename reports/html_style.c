/* What a language and a branding file add to the style: the words in the margins of paper, and the
 * two colours. */
#include "html.h"

#include "base/limits.h"
#include "base/text.h"
#include "reports/brand.h"

#include <string.h>

/* A CSS string (CSS Syntax 3, 4.3.7): everything but plain letters and digits as an escape, so that
 * nothing can end the string, the rule or the element. */
static void add_css_text(struct buf *b, const char *text)
{
    size_t n = strlen(text);
    size_t at = 0;

    buf_addc(b, '"');
    while (at < n) {
        uint32_t c = utf8_next(text, n, &at);

        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ' ')
            buf_addc(b, (char)c);
        else
            buf_addf(b, "\\%06x ", (unsigned)c);
    }
    buf_addc(b, '"');
}

char *html_own_style(const struct html *h)
{
    const struct report_brand *brand = h->brand;
    struct buf b;

    buf_init(&b, LIMIT_REPORT_TEXT_BYTES);
    if (brand != NULL && brand->accent != NULL)
        buf_addf(&b, ":root{--link:%s;--focus:%s}\n", brand->accent, brand->accent);
    if (brand != NULL && (brand->accent != NULL || brand->accent_dark != NULL))
        buf_addf(&b, "@media screen and (prefers-color-scheme:dark){:root{--link:%s;--focus:%s}}\n",
                 brand->accent_dark != NULL ? brand->accent_dark : "#8cc2f2",
                 brand->accent_dark != NULL ? brand->accent_dark : "#8cc2f2");
    if (h->lang != LANG_EN || (brand != NULL && brand->confidentiality != NULL)) {
        buf_adds(&b, "@page{@bottom-left{content:");
        add_css_text(&b, brand != NULL && brand->confidentiality != NULL
                             ? brand->confidentiality
                             : html_word(h, MSG_CONFIDENTIAL_SHORT));
        buf_adds(&b, "}}\n");
    }
    return buf_take(&b);
}
