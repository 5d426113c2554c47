#include "html_pack.h"

#include "base/attrs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "escape.h"
#include "evidence.h"
#include "words.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define ZLIB_CONST /* it reads what it packs */
#include <zlib.h>

enum { FIXED_COLUMNS = 3, MORE_COLUMNS = 6, COLUMNS = FIXED_COLUMNS + MORE_COLUMNS };

/* ---- gzip and base64 ---- */

enum { PACKED_BYTES = LIMIT_REPORT_TEXT_BYTES * COLUMNS, PIECE_BYTES = 64 * 1024 };

struct gz {
    z_stream z;
    struct buf out;
    bool is_open;
    unsigned char piece[PIECE_BYTES];
};

/* gzip without a time or a name in it. */
static enum err_code gz_open(struct gz *g, int level, int strategy, struct err *e)
{
    enum { GZIP = 16, MOST_MEMORY = 9 };

    memset(&g->z, 0, sizeof g->z);
    buf_init(&g->out, PACKED_BYTES);
    g->is_open =
        deflateInit2(&g->z, level, Z_DEFLATED, MAX_WBITS + GZIP, MOST_MEMORY, strategy) == Z_OK;
    return g->is_open ? ERR_OK : err_set(e, ERR_BUG, "zlib does not start");
}

/* Bytes that come piece by piece pack as they would in one. */
static void gz_put(struct gz *g, const void *bytes, size_t n, int flush)
{
    g->z.next_in = bytes;
    g->z.avail_in = (uInt)n;
    do {
        g->z.next_out = g->piece;
        g->z.avail_out = PIECE_BYTES;
        (void)deflate(&g->z, flush);
        buf_add(&g->out, g->piece, PIECE_BYTES - g->z.avail_out);
    } while (g->z.avail_out == 0);
}

static void gz_puts(struct gz *g, const char *s)
{
    gz_put(g, s, strlen(s), Z_NO_FLUSH);
}

/* Base64 of the whole. */
static char *gz_finish(struct gz *g, struct err *e)
{
    char *text;

    gz_put(g, "", 0, Z_FINISH);
    if (g->out.failed) {
        err_set(e, ERR_LIMIT, "packed rows are longer than %d bytes", PACKED_BYTES);
        return NULL;
    }
    text = xcalloc((g->out.n + 2) / 3 * 4 + 1, 1);
    (void)EVP_EncodeBlock((unsigned char *)text, (const unsigned char *)g->out.p, (int)g->out.n);
    return text;
}

static void gz_close(struct gz *g)
{
    if (g->is_open)
        (void)deflateEnd(&g->z);
    buf_release(&g->out);
}

/* ---- columns ---- */

/* The values of one column so far, as JSON with a comma before each but the first. Most values of
 * most columns are those of the row before. */
struct column {
    struct buf name; /* as the rule's query has it */
    struct buf values;
    struct buf last, last_json; /* a value, as it is and as JSON */
    bool last_is_list;
};

struct packer {
    struct column v[COLUMNS];
    size_t n; /* columns; known with the first row */
    size_t rows;
    size_t place; /* of the last row, in the names */
};

/* Escaped as a table's cell is. */
static void add_json(struct buf *b, const char *text)
{
    struct buf clean;

    if (escape_is_plain(text)) {
        escape_json_text(b, text);
        return;
    }
    buf_init(&clean, LIMIT_REPORT_TEXT_BYTES);
    escape_text(&clean, text);
    escape_json_text(b, clean.p);
    buf_release(&clean);
}

static void put_json(struct buf *values, const char *json, size_t n)
{
    if (values->n > 0)
        buf_addc(values, ',');
    buf_add(values, json, n);
}

/* `may_be_list`: a list of words as JSON becomes words, as the tables say it. */
static void put_value(struct column *c, const char *text, bool may_be_list)
{
    if (c->last_json.n == 0 || c->last_is_list != may_be_list || strcmp(c->last.p, text) != 0) {
        char *list = may_be_list ? words_list(text) : NULL;

        buf_clear(&c->last);
        buf_clear(&c->last_json);
        buf_adds(&c->last, text);
        add_json(&c->last_json, list != NULL ? list : text);
        c->last_is_list = may_be_list;
        c->values.failed = c->values.failed || c->last.failed || c->last_json.failed;
        free(list);
    }
    put_json(&c->values, c->last_json.p, c->last_json.n);
}

static void packer_open(struct packer *p)
{
    memset(p, 0, sizeof *p);
    for (size_t i = 0; i < COLUMNS; i++) {
        struct buf *bufs[] = {&p->v[i].name, &p->v[i].values, &p->v[i].last, &p->v[i].last_json};

        for (size_t k = 0; k < COUNT_OF(bufs); k++)
            buf_init(bufs[k], LIMIT_REPORT_TEXT_BYTES);
    }
}

static void packer_close(struct packer *p)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        struct buf *bufs[] = {&p->v[i].name, &p->v[i].values, &p->v[i].last, &p->v[i].last_json};

        for (size_t k = 0; k < COUNT_OF(bufs); k++)
            buf_release(bufs[k]);
    }
}

/* {"columns": [...], "data": [[first column], ...]} */
static char *finish(const struct packer *p, int level, int strategy, struct err *e)
{
    struct gz *g = xcalloc(1, sizeof *g);
    char *text = NULL;

    if (gz_open(g, level, strategy, e) == ERR_OK) {
        gz_puts(g, "{\"columns\":[");
        for (size_t i = 0; i < p->n; i++) {
            struct buf name;

            buf_init(&name, LIMIT_REPORT_TEXT_BYTES);
            add_json(&name, p->v[i].name.p);
            gz_puts(g, i > 0 ? "," : "");
            gz_puts(g, name.p);
            buf_release(&name);
        }
        gz_puts(g, "],\"data\":[");
        for (size_t i = 0; i < p->n; i++) {
            gz_puts(g, i > 0 ? ",[" : "[");
            gz_put(g, p->v[i].values.p, p->v[i].values.n, Z_NO_FLUSH);
            gz_puts(g, "]");
        }
        gz_puts(g, "]}");
        text = gz_finish(g, e);
    }
    gz_close(g);
    free(g);
    return text;
}

/* ---- a rule ---- */

struct packing {
    struct packer p;
    struct html_names *names;
    enum lang lang;
    struct evidence evidence; /* of the row at hand */
};

/* The further columns of a rule's query are the same in all of its rows. */
static void begin(struct packing *g)
{
    static const enum msg fixed[FIXED_COLUMNS] = {MSG_COL_RESOURCE, MSG_COL_OUTCOME,
                                                  MSG_COL_REASON};
    struct packer *p = &g->p;

    for (; p->n < FIXED_COLUMNS; p->n++)
        buf_adds(&p->v[p->n].name, message_text(g->lang, fixed[p->n]));
    for (size_t i = 0; i < g->evidence.n && p->n < COLUMNS; i++)
        buf_adds(&p->v[p->n++].name, g->evidence.v[i].name);
}

static enum err_code pack_row(void *ctx, const struct report_row *row, struct err *e)
{
    struct packing *g = ctx;
    struct packer *p = &g->p;
    const char *outcome = row->waiver_id != NULL ? row->waiver_id : row->status;
    size_t place = html_names_find(g->names, row->resource_id, row->resource_name);
    char number[32];
    int n;

    if (place == SIZE_MAX)
        BUG("a row that was not there a moment ago");
    evidence_read(&g->evidence, row->evidence);
    if (p->rows++ == 0)
        begin(g);
    n = snprintf(number, sizeof number, "%lld", (long long)place - (long long)p->place);
    put_json(&p->v[0].values, number, (size_t)n);
    p->place = place;
    put_value(&p->v[1], outcome != NULL ? outcome : "", false);
    put_value(&p->v[2], row->reason != NULL ? row->reason : "", false);
    for (size_t i = FIXED_COLUMNS; i < p->n; i++) {
        const struct evidence_cell *c =
            evidence_find(&g->evidence, i - FIXED_COLUMNS, p->v[i].name.p);

        put_value(&p->v[i], c != NULL ? c->text : "absent", c != NULL && c->is_string);
    }
    for (size_t i = 0; i < p->n; i++)
        if (p->v[i].values.failed)
            return err_set(e, ERR_LIMIT, "the rows of a rule are longer than %d bytes",
                           LIMIT_REPORT_TEXT_BYTES);
    return ERR_OK;
}

enum err_code html_pack_rule(const struct report_model *m, const struct report_rule *r,
                             struct html_names *names, enum lang lang, char **out, struct err *e)
{
    struct packing *g = xcalloc(1, sizeof *g);

    packer_open(&g->p);
    g->names = names;
    g->lang = lang;
    /* The highest level takes twice as long and saves 0.6 %. */
    if (report_rows_each(m, r->id, NULL, 0, pack_row, g, e) == ERR_OK)
        *out = finish(&g->p, Z_DEFAULT_COMPRESSION, Z_DEFAULT_STRATEGY, e);
    packer_close(&g->p);
    evidence_release(&g->evidence);
    free(g);
    return e->code;
}

/* ---- names ---- */

static void put_name(struct buf *values, struct buf *name, const char *text, size_t n)
{
    buf_clear(name);
    buf_add(name, text, n);
    if (values->n > 0)
        buf_addc(values, ',');
    add_json(values, name->p);
}

enum err_code html_pack_names(const struct html_names *names, char **out, struct err *e)
{
    struct packer *p = xcalloc(1, sizeof *p);
    struct buf name;

    packer_open(p);
    buf_init(&name, LIMIT_REPORT_TEXT_BYTES);
    p->n = 2;
    buf_adds(&p->v[0].name, "id");
    buf_adds(&p->v[1].name, "name");
    for (size_t i = 0; i < names->n; i++) {
        const char *id = html_names_at(names, i);
        size_t n = strcspn(id, (const char[]){HTML_NAMES_BETWEEN, '\0'});

        put_name(&p->v[0].values, &name, id, n);
        put_name(&p->v[1].values, &name, id + n + 1, strlen(id + n + 1));
    }
    if (p->v[0].values.failed || p->v[1].values.failed || name.failed)
        err_set(e, ERR_LIMIT, "the names of resources are longer than %d bytes",
                LIMIT_REPORT_TEXT_BYTES);
    else /* GUIDs have little in common but their dashes: shorter so, in half the time */
        *out = finish(p, 4, Z_FILTERED, e);
    buf_release(&name);
    packer_close(p);
    free(p);
    return e->code;
}
