/* Any bytes as a CSV cell between two others: read back by RFC 4180 there are three cells, the
 * middle one is the sanitised text, and it starts no formula. */
#include "base/buf.h"
#include "base/text.h"
#include "escape.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

/* Reads one cell, leaves *at behind its separator. */
static void read_cell(const struct buf *line, size_t *at, struct buf *cell)
{
    bool quoted = line->p[*at] == '"';

    buf_clear(cell);
    *at += quoted;
    for (;; ++*at) {
        char c = line->p[*at];

        must(*at <= line->n);
        if (quoted && c == '"') {
            if (line->p[++*at] != '"')
                break;
        } else if (!quoted && (c == ',' || c == '\0')) {
            break;
        }
        must(quoted || (c != '"' && c != '\n' && c != '\r'));
        must(*at < line->n);
        buf_addc(cell, c);
    }
    must(line->p[*at] == ',' || *at == line->n);
    *at += *at < line->n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = calloc(size + 1, 1);
    struct buf line;
    struct buf cell;
    struct buf want;
    size_t at = 0;

    must(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    buf_init(&line, 24 * size + 64);
    buf_init(&cell, 24 * size + 64);
    buf_init(&want, 24 * size + 64);
    buf_adds(&line, "first,");
    escape_csv(&line, text);
    buf_adds(&line, ",last");
    escape_text(&want, text);
    must(!line.failed && !want.failed);
    read_cell(&line, &at, &cell);
    must(strcmp(cell.p, "first") == 0);
    read_cell(&line, &at, &cell);
    must(strcmp(cell.p, want.p) == 0 || (cell.p[0] == '\'' && strcmp(cell.p + 1, want.p) == 0));
    if (cell.n > 0) {
        size_t start = 0;
        uint32_t cp = utf8_next(cell.p, cell.n, &start);

        must(strchr("=+-@\t\r\n", (int)(cp & 0x7F)) == NULL || cp > 0x7F);
        must(cp != 0xFF1D && cp != 0xFF0B && cp != 0xFF0D && cp != 0xFF20);
    }
    read_cell(&line, &at, &cell);
    must(strcmp(cell.p, "last") == 0 && at == line.n);
    buf_release(&line);
    buf_release(&cell);
    buf_release(&want);
    free(text);
    return 0;
}
