#include "jsonout.h"

#include "base/limits.h"
#include "escape.h"
#include "report_model.h"

void jsonout_put(struct jsonout *o, const char *s)
{
    (void)fputs(s, o->f);
}

static void put_text(struct jsonout *o)
{
    (void)fwrite(o->text.p, 1, o->text.n, o->f);
    o->failed = o->failed || o->text.failed;
}

void jsonout_value(struct jsonout *o, json_t *v)
{
    buf_clear(&o->text);
    escape_json_dump(&o->text, v);
    put_text(o);
    json_decref(v);
}

struct buf *jsonout_begin(struct jsonout *o)
{
    buf_clear(&o->text);
    return &o->text;
}

void jsonout_send(struct jsonout *o)
{
    if (!o->lines)
        jsonout_put(o, o->first ? "\n" : ",\n");
    o->first = false;
    put_text(o);
    if (o->lines)
        jsonout_put(o, "\n");
}

void jsonout_item(struct jsonout *o, json_t *v)
{
    escape_json_dump(jsonout_begin(o), v);
    json_decref(v);
    jsonout_send(o);
}

void jsonout_member(struct buf *b, const char *key, const char *text)
{
    buf_adds(b, ",\"");
    buf_adds(b, key);
    buf_adds(b, "\":");
    escape_json_text(b, text);
}

enum err_code jsonout_report(struct store *s, FILE *f, const char *name, jsonout_body *body,
                             void *ctx, struct err *e)
{
    struct report_model m;
    struct jsonout o = {.f = f};
    enum err_code code = report_model_load(s, &m, e);

    buf_init(&o.text, LIMIT_REPORT_TEXT_BYTES);
    if (code == ERR_OK)
        code = body(&o, &m, ctx, e);
    if (code == ERR_OK && o.failed)
        code = err_set(e, ERR_LIMIT, "a value of the %s report is longer than %d bytes", name,
                       LIMIT_REPORT_TEXT_BYTES);
    buf_release(&o.text);
    report_model_release(&m);
    return code;
}
