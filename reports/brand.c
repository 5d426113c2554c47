#include "reports/brand.h"

#include "base/attrs.h"
#include "base/buf.h"
#include "base/fsx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/text.h"
#include "base/yamldoc.h"

#include <libfyaml.h>
#include <math.h>
#include <openssl/evp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum key_kind { KEY_TEXT, KEY_COLOUR, KEY_DARK_COLOUR, KEY_LOGO };
static const struct key {
    const char *name;
    enum key_kind kind;
    size_t at; /* offsetof(struct report_brand, ...) */
} keys[] = {
    {"client", KEY_TEXT, offsetof(struct report_brand, client)},
    {"prepared_by", KEY_TEXT, offsetof(struct report_brand, prepared_by)},
    {"prepared_for", KEY_TEXT, offsetof(struct report_brand, prepared_for)},
    {"title", KEY_TEXT, offsetof(struct report_brand, title)},
    {"confidentiality", KEY_TEXT, offsetof(struct report_brand, confidentiality)},
    {"footer", KEY_TEXT, offsetof(struct report_brand, footer)},
    {"logo", KEY_LOGO, offsetof(struct report_brand, logo)},
    {"accent", KEY_COLOUR, offsetof(struct report_brand, accent)},
    {"accent_dark", KEY_DARK_COLOUR, offsetof(struct report_brand, accent_dark)},
};

/* What colours stand on: --paper and --panel of assets/report.css, light and dark. */
static const char *const light_papers[] = {"#ffffff", "#f5f7f9"};
static const char *const dark_papers[] = {"#11161c", "#19212a"};
static const double least_contrast = 4.5; /* WCAG 2.2, 1.4.3 (AA), text */

static char **slot(struct report_brand *b, const struct key *k)
{
    return (char **)(void *)((char *)b + k->at);
}

void report_brand_free(struct report_brand *b)
{
    if (b == NULL)
        return;
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        free(*slot(b, &keys[i]));
    free(b);
}

/* ---- colours ---- */

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool is_colour(const char *s)
{
    if (s == NULL || s[0] != '#' || strlen(s) != 7)
        return false;
    for (int i = 1; i < 7; i++)
        if (hex(s[i]) < 0)
            return false;
    return true;
}

/* WCAG 2.2, "relative luminance". */
static double luminance(const char *colour)
{
    static const double weights[3] = {0.2126, 0.7152, 0.0722};
    double sum = 0;

    for (int i = 0; i < 3; i++) {
        double c = (hex(colour[1 + 2 * i]) * 16 + hex(colour[2 + 2 * i])) / 255.0;

        sum += weights[i] * (c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
    }
    return sum;
}

double report_contrast(const char *one, const char *other)
{
    double a;
    double b;

    if (!is_colour(one) || !is_colour(other))
        return 0;
    a = luminance(one) + 0.05;
    b = luminance(other) + 0.05;
    return a > b ? a / b : b / a;
}

struct place {
    const char *path, *key;
    int line, column; /* from 1 */
};

static enum err_code complain(const struct place *p, const char *what, struct err *e)
{
    return err_set(e, ERR_USAGE, "%s:%d:%d: '%s' %s", p->path, p->line, p->column, p->key, what);
}

static enum err_code read_colour(const char *value, bool is_dark, const struct place *p, char **out,
                                 struct err *e)
{
    const char *const *papers = is_dark ? dark_papers : light_papers;

    if (!is_colour(value))
        return complain(p, "must be a colour such as \"#0b5394\"", e);
    for (size_t i = 0; i < COUNT_OF(light_papers); i++) {
        double ratio = report_contrast(value, papers[i]);

        if (ratio < least_contrast)
            return err_set(e, ERR_USAGE,
                           "%s:%d:%d: '%s' has a contrast of %.2f:1 on the report's %s paper (%s): "
                           "text needs %.1f:1",
                           p->path, p->line, p->column, p->key, ratio, is_dark ? "dark" : "light",
                           papers[i], least_contrast);
    }
    *out = str_lower(value);
    return ERR_OK;
}

/* ---- the logo ---- */

static unsigned long big_endian(const unsigned char *p)
{
    return (unsigned long)p[0] << 24 | (unsigned long)p[1] << 16 | (unsigned long)p[2] << 8 | p[3];
}

/* The media type by the bytes themselves; NULL: neither PNG nor JPEG. A PNG's size is in its first
 * chunk (RFC 2083, 4.1.1); a browser scales what is larger than its place. */
static const char *media_type(const struct buf *b)
{
    static const unsigned char png[] = {0x89, 'P', 'N', 'G', 0x0d, 0x0a, 0x1a, 0x0a};
    static const unsigned char jpeg[] = {0xff, 0xd8, 0xff};
    const unsigned char *p = (const unsigned char *)b->p;

    if (b->n > 33 && memcmp(p, png, sizeof png) == 0 && memcmp(p + 12, "IHDR", 4) == 0)
        return big_endian(p + 16) - 1 < LIMIT_LOGO_PIXELS &&
                       big_endian(p + 20) - 1 < LIMIT_LOGO_PIXELS
                   ? "image/png"
                   : NULL;
    return b->n > 4 && memcmp(p, jpeg, sizeof jpeg) == 0 ? "image/jpeg" : NULL;
}

static char *data_address(const char *type, const struct buf *b)
{
    unsigned char *text = xcalloc((b->n + 2) / 3 * 4 + 1, 1);
    char *out;

    (void)EVP_EncodeBlock(text, (const unsigned char *)b->p, (int)b->n);
    out = xasprintf("data:%s;base64,%s", type, (const char *)text);
    free(text);
    return out;
}

static enum err_code read_logo(const char *value, const struct place *p, char **out, struct err *e)
{
    const char *slash = strrchr(p->path, '/');
    struct err why = ERR_INIT;
    struct buf bytes;
    const char *type;
    /* Beside the file that names it; with a folder before it "-" is a name like any other. */
    char *path = value[0] == '/' ? xstrdup(value)
                 : slash == NULL ? xasprintf("./%s", value)
                                 : xasprintf("%.*s/%s", (int)(slash - p->path), p->path, value);

    if (file_read(path, LIMIT_LOGO_BYTES, &bytes, &why) != ERR_OK) {
        err_set(e, ERR_USAGE, "%s:%d:%d: '%s': %s", p->path, p->line, p->column, p->key, why.msg);
    } else {
        type = media_type(&bytes);
        if (type != NULL)
            *out = data_address(type, &bytes);
        else
            complain(p, "must be a PNG (of at most 4096 by 4096 pixels) or JPEG file", e);
    }
    buf_release(&bytes);
    free(path);
    return e->code;
}

/* ---- the file ---- */

static enum err_code read_text(const char *value, const struct place *p, char **out, struct err *e)
{
    size_t bytes = strlen(value);
    size_t at = 0;
    size_t n = 0;

    if (!utf8_valid(value, bytes))
        return complain(p, "is not UTF-8", e);
    for (; at < bytes; n++)
        if (text_is_hostile(utf8_next(value, bytes, &at)))
            return complain(p, "must be one line without invisible characters", e);
    if (n == 0 || n > LIMIT_BRAND_TEXT)
        return complain(p, n == 0 ? "is empty" : "is longer than 200 characters", e);
    *out = xstrdup(value);
    return ERR_OK;
}

static void mark(struct place *p, struct fy_node *n)
{
    const struct yaml_place at = yamldoc_place(n);

    p->line = at.line;
    p->column = at.column;
}

static enum err_code read_pair(struct fy_node_pair *pair, const char *path, struct report_brand *b,
                               struct err *e)
{
    struct fy_node *kn = fy_node_pair_key(pair);
    struct fy_node *vn = fy_node_pair_value(pair);
    const char *name = kn != NULL && fy_node_is_scalar(kn) ? fy_node_get_scalar0(kn) : NULL;
    const char *value = vn != NULL && fy_node_is_scalar(vn) ? fy_node_get_scalar0(vn) : NULL;
    struct place p = {path, name != NULL ? name : "?", 1, 1};
    const struct key *k = NULL;

    mark(&p, kn);
    for (size_t i = 0; name != NULL && i < COUNT_OF(keys); i++)
        if (str_eq(keys[i].name, name))
            k = &keys[i];
    if (k == NULL)
        return err_set(e, ERR_USAGE,
                       "%s:%d:%d: unknown key '%.64s'; known keys are client, prepared_by, "
                       "prepared_for, title, confidentiality, footer, logo, accent, accent_dark",
                       path, p.line, p.column, p.key);
    mark(&p, vn);
    if (value == NULL || fy_node_is_alias(vn))
        return complain(&p, "must have a plain text value", e);
    if (k->kind == KEY_LOGO)
        return read_logo(value, &p, slot(b, k), e);
    if (k->kind == KEY_TEXT)
        return read_text(value, &p, slot(b, k), e);
    return read_colour(value, k->kind == KEY_DARK_COLOUR, &p, slot(b, k), e);
}

static enum err_code read_document(struct fy_document *doc, const char *path,
                                   struct report_brand *b, struct err *e)
{
    struct fy_node *root = fy_document_root(doc);
    struct fy_node_pair *pair;
    void *it = NULL;

    if (root == NULL || !fy_node_is_mapping(root))
        return err_set(e, ERR_USAGE, "%s: must be a mapping such as client: NAME", path);
    while ((pair = fy_node_mapping_iterate(root, &it)) != NULL)
        if (read_pair(pair, path, b, e) != ERR_OK)
            return e->code;
    return ERR_OK;
}

enum err_code report_brand_load(const char *path, struct report_brand **out, struct err *e)
{
    struct report_brand *b = xcalloc(1, sizeof *b);
    struct fy_document *doc = NULL;
    struct buf text;

    *out = NULL;
    if (file_read(path, LIMIT_BRAND_BYTES, &text, e) != ERR_OK)
        e->code = ERR_USAGE;
    else if (yamldoc_parse(text.p, text.n, path, &doc, e) == ERR_OK)
        (void)read_document(doc, path, b, e);
    fy_document_destroy(doc);
    buf_release(&text);
    if (e->code != ERR_OK) {
        report_brand_free(b);
        return e->code;
    }
    *out = b;
    return ERR_OK;
}
