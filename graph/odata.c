#include "odata.h"

#include "base/jsonx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/text.h"
#include "oneline.h"
#include "pack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The buffer refuses a whole code point at a time, so that a cut text stays UTF-8. */
static void put_text(char *out, size_t size, const char *s, size_t n)
{
    struct buf b;

    buf_init(&b, size - 1);
    oneline_add(&b, s, n, LIMIT_ERROR_TEXT);
    (void)snprintf(out, size, "%s", b.p);
    buf_release(&b);
}

static void put(char *out, size_t size, const char *s)
{
    if (s != NULL)
        put_text(out, size, s, strlen(s));
}

/* A member whose spelling differs between services: innerError, innererror. */
static json_t *member(json_t *o, const char *name)
{
    const char *key;
    json_t *v;

    if (!json_is_object(o))
        return NULL;
    json_object_foreach(o, key, v)
    {
        if (str_ieq(key, name))
            return v;
    }
    return NULL;
}

static const char *text_member(json_t *o, const char *name)
{
    const char *s = json_string_value(member(o, name));

    return s != NULL && *s != '\0' ? s : NULL;
}

/* details[].message of Exchange: JSON text with a Message, or the older "code|type|text". */
static bool read_detail(json_t *detail, struct odata_error *out)
{
    const char *s = text_member(detail, "message");
    struct err ignored = ERR_INIT;
    json_t *inner = NULL;
    const char *text;

    if (s == NULL)
        return false;
    if (*s == '{' && jx_parse(s, strlen(s), "detail", &inner, &ignored) == ERR_OK) {
        text = text_member(inner, "Message");
        put(out->text, sizeof out->text, text != NULL ? text : s);
    } else {
        const char *bar = strrchr(s, '|');

        put(out->text, sizeof out->text, bar != NULL && bar[1] != '\0' ? bar + 1 : s);
    }
    json_decref(inner);
    return out->text[0] != '\0';
}

static bool read_details(const json_t *details, struct odata_error *out)
{
    size_t i;
    json_t *d;

    json_array_foreach(details, i, d)
    {
        if (read_detail(d, out))
            return true;
    }
    return false;
}

static void read_error_object(json_t *error, struct odata_error *out)
{
    json_t *inner = member(error, "innererror");
    json_t *internal = member(inner, "internalexception");
    const char *code = text_member(error, "code");
    const char *id = text_member(inner, "request-id");

    put(out->code, sizeof out->code, code != NULL ? code : text_member(inner, "code"));
    if (str_is_guid(id))
        (void)snprintf(out->request_id, sizeof out->request_id, "%s", id);
    if (read_details(member(error, "details"), out))
        return;
    put(out->text, sizeof out->text, text_member(internal, "message"));
    if (out->text[0] == '\0')
        put(out->text, sizeof out->text, text_member(error, "message"));
    if (out->text[0] == '\0')
        put(out->text, sizeof out->text, text_member(inner, "message"));
}

/* True when the body carries an error member that is not null. */
static bool error_in(const json_t *root, struct odata_error *out)
{
    static const char *const names[] = {"error", "@odata.error", "odata.error"};

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        json_t *v = json_object_get(root, names[i]);

        if (v == NULL || json_is_null(v))
            continue;
        if (json_is_string(v))
            put(out->code, sizeof out->code, json_string_value(v));
        else
            read_error_object(v, out);
        return true;
    }
    return false;
}

static const char *skip_space(const char *s, size_t *n)
{
    if (*n >= 3 && memcmp(s, "\xEF\xBB\xBF", 3) == 0) { /* a byte order mark in front */
        s += 3;
        *n -= 3;
    }
    while (*n > 0 && (*s == ' ' || *s == '\t' || *s == '\r' || *s == '\n')) {
        s++;
        *n -= 1;
    }
    return s;
}

void odata_error_read(const char *bytes, size_t n, struct odata_error *out)
{
    struct err ignored = ERR_INIT;
    json_t *root = NULL;

    memset(out, 0, sizeof *out);
    bytes = skip_space(bytes, &n);
    if (n == 0)
        return;
    if (*bytes == '<') {
        put(out->text, sizeof out->text, "an HTML page instead of an error message");
        return;
    }
    if (jx_parse(bytes, n, "error", &root, &ignored) != ERR_OK)
        put_text(out->text, sizeof out->text, bytes, n);
    else if (!error_in(root, out))
        put(out->text, sizeof out->text, text_member(root, "message"));
    json_decref(root);
}

static enum err_code parse_failed(const char *bytes, size_t n, const struct err *why,
                                  bool *may_pass, struct err *e)
{
    if (!utf8_valid(bytes, n))
        return err_set(e, ERR_PARSE, "the reply holds bytes that are not UTF-8");
    /* Most often cut off on the way. A duplicate key comes from the service and stays. */
    *may_pass = !str_icontains(why->msg, "duplicate");
    return err_set(e, ERR_PARSE, "%s", why->msg);
}

static bool all_objects(const json_t *array)
{
    size_t i;
    json_t *v;

    json_array_foreach(array, i, v)
    {
        if (!json_is_object(v))
            return false;
    }
    return true;
}

static bool is_cut_off(const char *warning)
{
    /* With a ResultSize that is too small, and without one (the first 1,000 then). */
    return str_icontains(warning, "more results available") ||
           (str_icontains(warning, "only the first") && str_icontains(warning, "ResultSize"));
}

/* Exchange: errors of single objects, and the sentence by which a cmdlet says that ResultSize cut
 * its answer, both inside an answer that looks complete. */
static enum err_code judge_warnings(const json_t *root, bool is_last, struct odata_error *error,
                                    struct err *e)
{
    const json_t *errors = json_object_get(root, "@adminapi.errors");
    const json_t *warnings = json_object_get(root, "@adminapi.warnings");
    size_t i;
    json_t *v;

    if (json_array_size(errors) > 0) {
        v = json_array_get(errors, 0);
        put(error->text, sizeof error->text,
            json_is_string(v) ? json_string_value(v) : text_member(v, "message"));
        return err_set(e, ERR_PARSE, "the reply came with an error beside its rows: %s",
                       error->text);
    }
    json_array_foreach(warnings, i, v)
    {
        if (is_last && json_is_string(v) && is_cut_off(json_string_value(v)))
            return err_set(e, ERR_LIMIT, "the service says that it left rows out");
    }
    return ERR_OK;
}

static enum err_code judge_list(struct odata_page *p, struct odata_error *error, struct err *e)
{
    const json_t *value = json_object_get(p->root, "value");
    const json_t *next = json_object_get(p->root, "@odata.nextLink");

    if (!json_is_array(value))
        return err_set(e, ERR_PARSE, "the reply has no list: \"value\" is %s",
                       value == NULL         ? "missing"
                       : json_is_null(value) ? "null"
                                             : "no array");
    if (!all_objects(value))
        return err_set(e, ERR_PARSE, "\"value\" holds something that is no object");
    if (next != NULL && !json_is_null(next) &&
        (!json_is_string(next) || json_string_length(next) == 0))
        return err_set(e, ERR_PARSE, "\"@odata.nextLink\" is no text");
    if (json_is_string(next) && strlen(json_string_value(next)) != json_string_length(next))
        return err_set(e, ERR_PARSE, "\"@odata.nextLink\" holds a NUL");
    p->value = value;
    p->next = json_string_value(next);
    return judge_warnings(p->root, p->next == NULL, error, e);
}

/* ---- packed pages ---- */

enum { SCRATCH_KEPT_BYTES = 4 * 1024 * 1024 };

void odata_scratch_release(struct odata_scratch *s)
{
    jscan_release(&s->scan);
    free(s->text);
    memset(s, 0, sizeof *s);
}

static bool scan(struct odata_scratch *s, const char *bytes, size_t n)
{
    if (s->text == NULL || s->cap < n + 1) {
        s->cap = n + 1 + n / 4;
        s->text = xreallocarray(s->text, s->cap, 1);
    }
    memcpy(s->text, bytes, n);
    return jscan_read(&s->scan, s->text, n);
}

static const struct jscan_value *scanned(const struct jscan *j, const char *key)
{
    const struct jscan_value *v = jscan_get(j, &j->v[0], key, strlen(key));

    return v != NULL && v->kind != JSCAN_NULL ? v : NULL;
}

/* A list of objects, and nothing in it that is worth a second look. */
static bool is_plain_list(const struct jscan *j)
{
    static const char *const doubts[] = {"error", "@odata.error", "odata.error", "@adminapi.errors",
                                         "@adminapi.warnings"};
    const struct jscan_value *list = j->v[0].kind == JSCAN_OBJECT ? scanned(j, "value") : NULL;
    const struct jscan_value *next;

    if (list == NULL || list->kind != JSCAN_ARRAY)
        return false;
    for (size_t i = 0; i < COUNT_OF(doubts); i++) {
        const struct jscan_value *v = scanned(j, doubts[i]);

        if (v != NULL && (v->kind != JSCAN_ARRAY || jscan_first(j, v) != NULL))
            return false; /* Exchange sends empty lists of errors and warnings */
    }
    for (const struct jscan_value *v = jscan_first(j, list); v != NULL; v = jscan_next(j, list, v))
        if (v->kind != JSCAN_OBJECT)
            return false;
    next = scanned(j, "@odata.nextLink");
    return next == NULL || (next->kind == JSCAN_STRING && next->length > 0);
}

/* The rows as they were sent: the scanner's copy is decoded. */
static char *ends_of(const struct jscan *j, const struct jscan_value *list, const char *bytes)
{
    const struct jscan_value *first = jscan_first(j, list);
    const struct jscan_value *last = first;
    size_t n = 0;

    for (const struct jscan_value *v = first; v != NULL; v = jscan_next(j, list, v), n++)
        last = v;
    return first != NULL ? xasprintf("%zu %.*s %.*s", n, (int)first->length,
                                     bytes + (first->of.text - j->text), (int)last->length,
                                     bytes + (last->of.text - j->text))
                         : NULL;
}

static void pack_list(const struct jscan *j, const char *bytes, const struct pack_kind *kind,
                      struct odata_page *out)
{
    const struct jscan_value *list = scanned(j, "value");
    const char *next = jscan_text(scanned(j, "@odata.nextLink"));

    out->ends = ends_of(j, list, bytes);
    out->own_next = next != NULL ? xstrdup(next) : NULL;
    out->next = out->own_next;
    out->pack = pack_page(kind, j, list);
}

static enum err_code read_parsed(const char *bytes, size_t n, bool is_singleton,
                                 struct odata_page *out, struct odata_error *error, bool *may_pass,
                                 struct err *e)
{
    struct err why = ERR_INIT;

    if (jx_parse(bytes, n, "reply", &out->root, &why) != ERR_OK)
        return parse_failed(bytes, n, &why, may_pass, e);
    if (!json_is_object(out->root))
        return err_set(e, ERR_PARSE, "the reply is JSON, but no object");
    if (error_in(out->root, error)) {
        *may_pass = true;
        return err_set(e, ERR_PARSE, "an error inside of a reply with status 200: %s%s%s",
                       error->code, error->code[0] != '\0' ? ": " : "", error->text);
    }
    return is_singleton ? ERR_OK : judge_list(out, error, e);
}

/* What the scanner has doubts about is judged as every other reply is; what is then good after all
 * is packed too, for the rows of one list are stored in one way. */
static enum err_code check_list(const char *bytes, size_t n, struct odata_scratch *scratch,
                                struct odata_page *out, struct odata_error *error, bool *may_pass,
                                struct err *e)
{
    bool is_read = scan(scratch, bytes, n);

    if (!is_read || !is_plain_list(&scratch->scan)) {
        if (read_parsed(bytes, n, false, out, error, may_pass, e) != ERR_OK)
            return e->code;
        json_decref(out->root);
        out->root = NULL;
        out->value = NULL;
        if (!is_read)
            return err_set(e, ERR_PARSE, "the reply holds a NUL between its values");
    }
    return ERR_OK;
}

static enum err_code read_long_list(const char *bytes, size_t n, const struct odata_want *want,
                                    struct odata_page *out, struct odata_error *error,
                                    bool *may_pass, struct err *e)
{
    struct odata_scratch own = {0};
    struct odata_scratch *scratch = want->scratch != NULL ? want->scratch : &own;

    if (check_list(bytes, n, scratch, out, error, may_pass, e) == ERR_OK) {
        pack_list(&scratch->scan, bytes, want->pack, out);
        if (pack_is_too_large(out->pack))
            err_set(e, ERR_LIMIT, "the rows of one reply are larger than %d bytes",
                    LIMIT_STAGED_BYTES);
    }
    odata_scratch_release(&own);
    if (scratch->cap > SCRATCH_KEPT_BYTES)
        odata_scratch_release(scratch);
    return e->code;
}

enum err_code odata_page_read(const char *bytes, size_t n, const struct odata_want *want,
                              struct odata_page *out, struct odata_error *error, bool *may_pass,
                              struct err *e)
{
    memset(out, 0, sizeof *out);
    memset(error, 0, sizeof *error);
    *may_pass = false;
    bytes = skip_space(bytes, &n);
    if (n == 0 || *bytes == '<') {
        *may_pass = true;
        return err_set(e, ERR_PARSE,
                       n == 0 ? "the reply is empty" : "the reply is an HTML page, not JSON");
    }
    if (want->pack != NULL && !want->is_singleton)
        return read_long_list(bytes, n, want, out, error, may_pass, e);
    return read_parsed(bytes, n, want->is_singleton, out, error, may_pass, e);
}

void odata_page_release(struct odata_page *p)
{
    json_decref(p->root);
    pack_free(p->pack);
    free(p->own_next);
    free(p->ends);
    memset(p, 0, sizeof *p);
}
