#include "html_data.h"

#include "base/attrs.h"
#include "base/fsx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "escape.h"
#include "formats.h"
#include "reports/report.h"
#include "words.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { FIXED_COLUMNS = 3, MORE_COLUMNS = 6, COLUMNS = FIXED_COLUMNS + MORE_COLUMNS };

/* Between an id and its name; escape_text() leaves none in either. */
static const char between[] = "\x1f";

/* Resources of all packed rules: "id\x1fname", sorted, each once. */
struct names {
    char **v;
    size_t n, cap;
};

static char *name_of(const struct report_row *row)
{
    return xasprintf("%s%s%s", row->resource_id, between,
                     row->resource_name != NULL && row->resource_name[0] != '\0'
                         ? row->resource_name
                         : row->resource_id);
}

static enum err_code note_name(void *ctx, const struct report_row *row, struct err *e)
{
    struct names *a = ctx;

    (void)e;
    if (a->n == a->cap) {
        a->cap = a->cap > 0 ? a->cap * 2 : 1024;
        a->v = xreallocarray(a->v, a->cap, sizeof *a->v);
    }
    a->v[a->n++] = name_of(row);
    return ERR_OK;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort_names(struct names *a)
{
    size_t kept = 0;

    if (a->n > 1)
        qsort(a->v, a->n, sizeof *a->v, by_bytes);
    for (size_t i = 0; i < a->n; i++) {
        if (kept > 0 && strcmp(a->v[kept - 1], a->v[i]) == 0)
            free(a->v[i]);
        else
            a->v[kept++] = a->v[i];
    }
    a->n = kept;
}

static void names_release(struct names *a)
{
    for (size_t i = 0; i < a->n; i++)
        free(a->v[i]);
    free(a->v);
}

static size_t place_of(const struct names *a, const struct report_row *row)
{
    char *key = name_of(row);
    char **at = bsearch(&key, a->v, a->n, sizeof *a->v, by_bytes);

    free(key);
    if (at == NULL)
        BUG("a row that was not there a moment ago");
    return (size_t)(at - a->v);
}

bool html_data_is_cut(const struct report_rule *r, size_t shown)
{
    return r->fail > shown || r->manual > shown || r->unknown > shown || r->waived > shown;
}

static size_t rows_shown(const struct report_model *m, size_t each)
{
    size_t n = 0;

    for (size_t i = 0; i < m->rule_count; i++) {
        const struct report_rule *r = &m->rules[i];
        const size_t counts[] = {r->fail, r->manual, r->unknown, r->waived};

        for (size_t k = 0; k < COUNT_OF(counts); k++)
            n += counts[k] < each ? counts[k] : each;
    }
    return n;
}

size_t html_data_rows_each(const struct report_model *m, size_t most)
{
    static const size_t steps[] = {100, 50, 25, 15, 10};
    size_t at = 0;

    while (at + 1 < COUNT_OF(steps) &&
           (steps[at] > most || rows_shown(m, steps[at]) > LIMIT_HTML_ROWS))
        at++;
    return steps[at];
}

/* The values of one column so far, as JSON with a comma before each but the first. */
struct column {
    struct buf name, values;
};
struct packer {
    struct column v[COLUMNS];
    size_t n; /* columns; known with the first row */
    const char *keys[MORE_COLUMNS];
    json_t *first; /* keeps the keys */
    size_t rows;
    size_t place; /* of the last row, in the names */
};

/* Nothing in it that escape_text() or JSON would write in another way. So are nearly all of a
 * hundred thousand names, and asking is ten times faster than writing them twice. */
static bool is_plain(const char *text)
{
    const char *p = text;

    while (*p >= ' ' && *p <= '~' && *p != '"' && *p != '\\' && *p != '#')
        p++;
    return *p == '\0' && strncmp(text, "::", 2) != 0;
}

static void add_json(struct buf *b, const char *text)
{
    struct buf clean;
    json_t *v;

    if (b->n > 0)
        buf_addc(b, ',');
    if (is_plain(text)) {
        buf_addc(b, '"');
        buf_adds(b, text);
        buf_addc(b, '"');
        return;
    }
    buf_init(&clean, LIMIT_REPORT_TEXT_BYTES);
    escape_text(&clean, text);
    v = json_string(clean.p);
    escape_json_dump(b, v);
    json_decref(v);
    buf_release(&clean);
}

static void add_value(struct buf *b, const json_t *v)
{
    char *text;

    if (v == NULL || json_is_null(v)) {
        add_json(b, v == NULL ? "absent" : "null"); /* as the tables say it */
        return;
    }
    if (json_is_string(v)) {
        text = words_list(json_string_value(v)); /* as the tables say it */
        add_json(b, text != NULL ? text : json_string_value(v));
        free(text);
        return;
    }
    text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
    add_json(b, text != NULL ? text : "");
    free(text);
}

static void begin(struct packer *p, enum lang lang, json_t *evidence)
{
    static const enum msg fixed[FIXED_COLUMNS] = {MSG_COL_RESOURCE, MSG_COL_OUTCOME,
                                                  MSG_COL_REASON};
    const char *key;
    json_t *v;

    for (; p->n < FIXED_COLUMNS; p->n++)
        add_json(&p->v[p->n].name, message_text(lang, fixed[p->n]));
    p->first = json_incref(evidence);
    json_object_foreach(p->first, key, v)
    {
        if (p->n < COLUMNS) {
            p->keys[p->n - FIXED_COLUMNS] = key;
            add_json(&p->v[p->n++].name, key);
        }
    }
}

struct packing {
    struct packer *p;
    const struct names *names;
    enum lang lang;
};

static enum err_code pack_row(void *ctx, const struct report_row *row, struct err *e)
{
    struct packing *g = ctx;
    struct packer *p = g->p;
    struct err ignored = ERR_INIT;
    json_t *evidence = NULL;
    size_t place = place_of(g->names, row);

    if (row->evidence != NULL)
        (void)escape_parse(row->evidence, "evidence", &evidence, &ignored);
    if (p->rows++ == 0)
        begin(p, g->lang, evidence);
    buf_addf(&p->v[0].values, "%s%lld", p->v[0].values.n > 0 ? "," : "",
             (long long)place - (long long)p->place);
    p->place = place;
    add_json(&p->v[1].values, row->waiver_id != NULL ? row->waiver_id : row->status);
    add_json(&p->v[2].values, row->reason != NULL ? row->reason : "");
    for (size_t i = FIXED_COLUMNS; i < p->n; i++)
        add_value(&p->v[i].values, json_object_get(evidence, p->keys[i - FIXED_COLUMNS]));
    json_decref(evidence);
    for (size_t i = 0; i < p->n; i++)
        if (p->v[i].values.failed)
            return err_set(e, ERR_LIMIT, "the rows of a rule are longer than %d bytes",
                           LIMIT_REPORT_TEXT_BYTES);
    return ERR_OK;
}

/* gzip without a time or a name in it. The whole input is at hand, and so is room for the result.
 */
static enum err_code compress_bytes(const struct buf *in, struct buf *out, struct err *e)
{
    enum { GZIP = 16 };
    z_stream z;
    unsigned char *room;
    uLong most;

    memset(&z, 0, sizeof z);
    /* Z_BEST_COMPRESSION takes twice as long and saves 0.6 %. */
    if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + GZIP, 9,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return err_set(e, ERR_BUG, "zlib does not start");
    most = deflateBound(&z, (uLong)in->n);
    room = xcalloc(most, 1);
    z.next_in = (Bytef *)in->p;
    z.avail_in = (uInt)in->n;
    z.next_out = room;
    z.avail_out = (uInt)most;
    if (deflate(&z, Z_FINISH) == Z_STREAM_END)
        buf_add(out, room, z.total_out);
    else
        err_set(e, ERR_BUG, "zlib did not end");
    (void)deflateEnd(&z);
    free(room);
    return e->code;
}

static char *to_base64(const struct buf *in)
{
    unsigned char *out = xcalloc((in->n + 2) / 3 * 4 + 1, 1);

    (void)EVP_EncodeBlock(out, (const unsigned char *)in->p, (int)in->n);
    return (char *)out;
}

/* {"columns": [...], "data": [[first column], ...]} */
static char *finish(const struct packer *p, struct err *e)
{
    struct buf json;
    struct buf gz;
    char *text = NULL;

    buf_init(&json, (size_t)LIMIT_REPORT_TEXT_BYTES * COLUMNS);
    buf_init(&gz, (size_t)LIMIT_REPORT_TEXT_BYTES * COLUMNS);
    buf_adds(&json, "{\"columns\":[");
    for (size_t i = 0; i < p->n; i++)
        buf_addf(&json, "%s%s", i > 0 ? "," : "", p->v[i].name.p);
    buf_adds(&json, "],\"data\":[");
    for (size_t i = 0; i < p->n; i++) {
        buf_adds(&json, i > 0 ? ",[" : "[");
        buf_add(&json, p->v[i].values.p, p->v[i].values.n);
        buf_addc(&json, ']');
    }
    buf_adds(&json, "]}");
    if (compress_bytes(&json, &gz, e) == ERR_OK)
        text = to_base64(&gz);
    buf_release(&json);
    buf_release(&gz);
    return text;
}

static void packer_open(struct packer *p)
{
    memset(p, 0, sizeof *p);
    for (size_t i = 0; i < COLUMNS; i++) {
        buf_init(&p->v[i].name, LIMIT_REPORT_TEXT_BYTES);
        buf_init(&p->v[i].values, LIMIT_REPORT_TEXT_BYTES);
    }
}

static void packer_close(struct packer *p)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        buf_release(&p->v[i].name);
        buf_release(&p->v[i].values);
    }
    json_decref(p->first);
}

static enum err_code pack_rule(const struct report_model *m, const struct report_rule *r,
                               const struct names *names, enum lang lang, char **out, struct err *e)
{
    struct packer p;
    struct packing g = {&p, names, lang};

    packer_open(&p);
    if (report_rows_each(m, r->id, NULL, 0, pack_row, &g, e) == ERR_OK)
        *out = finish(&p, e);
    packer_close(&p);
    return e->code;
}

static enum err_code pack_names(const struct names *names, char **out, struct err *e)
{
    struct packer p;

    packer_open(&p);
    for (p.n = 0; p.n < 2; p.n++)
        add_json(&p.v[p.n].name, p.n == 0 ? "id" : "name");
    for (size_t i = 0; i < names->n; i++) {
        char *name = strstr(names->v[i], between);

        *name = '\0'; /* for a moment */
        add_json(&p.v[0].values, names->v[i]);
        add_json(&p.v[1].values, name + 1);
        *name = between[0];
    }
    if (p.v[0].values.failed || p.v[1].values.failed)
        err_set(e, ERR_LIMIT, "the names of resources are longer than %d bytes",
                LIMIT_REPORT_TEXT_BYTES);
    else
        *out = finish(&p, e);
    packer_close(&p);
    return e->code;
}

static size_t rows_of(const struct report_rule *r)
{
    return r->fail + r->manual + r->unknown + r->waived;
}

/* Only cards have tables of resources: the others have a line with the rule's message. */
static bool has_tables(const struct report_rule *r)
{
    return r->outcome == OUTCOME_FAIL || r->outcome == OUTCOME_MANUAL ||
           r->outcome == OUTCOME_WAIVED;
}

/* Rules whose rows are cut, as long as all their rows together are few enough. */
static enum err_code choose_rules(const struct report_model *m, size_t shown, bool *is_chosen,
                                  struct names *names, struct html_data *out, struct err *e)
{
    size_t rows = 0;

    for (size_t i = 0; i < m->rule_count; i++) {
        const struct report_rule *r = &m->rules[i];

        if (!has_tables(r) || !html_data_is_cut(r, shown))
            continue;
        is_chosen[i] = rows + rows_of(r) <= LIMIT_HTML_PACKED_ROWS;
        if (!is_chosen[i]) {
            out->is_over = true;
            continue;
        }
        rows += rows_of(r);
        if (report_rows_each(m, r->id, NULL, 0, note_name, names, e) != ERR_OK)
            return e->code;
    }
    sort_names(names);
    return ERR_OK;
}

static enum err_code pack_rules(const struct report_model *m, enum lang lang, const bool *is_chosen,
                                const struct names *names, struct html_data *out, struct err *e)
{
    size_t bytes = strlen(out->names);

    for (size_t i = 0; i < m->rule_count; i++) {
        char *packed = NULL;

        if (!is_chosen[i])
            continue;
        if (pack_rule(m, &m->rules[i], names, lang, &packed, e) != ERR_OK) {
            if (e->code != ERR_LIMIT)
                return e->code;
            err_clear(e); /* too long for the page: then beside it */
        }
        if (packed == NULL || bytes + strlen(packed) > LIMIT_HTML_PACKED_BYTES) {
            out->is_over = true;
            free(packed);
            continue;
        }
        bytes += strlen(packed);
        out->packed[i] = packed;
    }
    return ERR_OK;
}

enum err_code html_data_pack(const struct report_model *m, enum lang lang, size_t shown,
                             struct html_data *out, struct err *e)
{
    struct names names = {.n = 0};
    bool *is_chosen = xcalloc(m->rule_count + 1, sizeof *is_chosen);

    memset(out, 0, sizeof *out);
    out->packed = xcalloc(m->rule_count + 1, sizeof *out->packed);
    if (choose_rules(m, shown, is_chosen, &names, out, e) == ERR_OK && names.n > 0) {
        if (pack_names(&names, &out->names, e) == ERR_OK)
            (void)pack_rules(m, lang, is_chosen, &names, out, e);
        else if (e->code == ERR_LIMIT)
            out->is_over = true;
    }
    if (e->code == ERR_LIMIT)
        err_clear(e);
    names_release(&names);
    free(is_chosen);
    return e->code;
}

/* report.html: report.rows.csv beside it. Caller frees. */
static char *path_beside(const char *path)
{
    size_t n = strlen(path);
    const char *ending = ".html";

    if (n > strlen(ending) && str_eq(path + n - strlen(ending), ending))
        n -= strlen(ending);
    return xasprintf("%.*s.rows.csv", (int)n, path);
}

static enum err_code digest_of(const char *path, char out[SHA256_HEX_BYTES], struct err *e)
{
    struct digest *d = digest_new();
    FILE *f = fopen(path, "re");
    char bytes[16384];
    size_t n;

    while (f != NULL && (n = fread(bytes, 1, sizeof bytes, f)) > 0)
        digest_add(d, bytes, n);
    if (f == NULL || ferror(f) != 0)
        err_set(e, ERR_IO, "cannot read '%s' back", path);
    if (f != NULL)
        (void)fclose(f);
    digest_finish(d, out);
    return e->code;
}

enum err_code html_data_file(const struct report_model *m, const struct report_options *o,
                             struct html_data *d, struct err *e)
{
    enum { OWNER_ONLY = 0600 };
    char *path = path_beside(o->path);
    struct outfile out;

    if (outfile_open(&out, path, OWNER_ONLY, e) == ERR_OK) {
        if (csv_write(m->s, o, out.f, e) == ERR_OK)
            (void)outfile_commit(&out, e);
        else
            outfile_abort(&out);
    }
    if (e->code == ERR_OK && digest_of(path, d->digest, e) == ERR_OK) {
        const char *slash = strrchr(path, '/');

        d->file = xstrdup(slash != NULL ? slash + 1 : path);
    }
    free(path);
    return e->code;
}

void html_data_release(struct html_data *d, size_t rules)
{
    for (size_t i = 0; d->packed != NULL && i < rules; i++)
        free(d->packed[i]);
    free(d->packed);
    free(d->names);
    free(d->file);
    memset(d, 0, sizeof *d);
}
