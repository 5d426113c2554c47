#include "jsonout.h"

#include "base/limits.h"
#include "escape.h"
#include "report_model.h"

void jsonout_put(struct jsonout *o, const char *s)
{
    (void)fputs(s, o->f);
}

void jsonout_value(struct jsonout *o, json_t *v)
{
    buf_clear(&o->text);
    escape_json_dump(&o->text, v);
    (void)fwrite(o->text.p, 1, o->text.n, o->f);
    o->failed = o->failed || o->text.failed;
    json_decref(v);
}

void jsonout_item(struct jsonout *o, json_t *v)
{
    if (!o->lines)
        jsonout_put(o, o->first ? "\n" : ",\n");
    o->first = false;
    jsonout_value(o, v);
    if (o->lines)
        jsonout_put(o, "\n");
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
