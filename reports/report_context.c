/* Words on what results are read against, a profile and a baseline, and on what is redacted. */
#include "report_model.h"

#include "base/buf.h"
#include "base/jsonx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "reports/redact.h"

#include <stdlib.h>

static long long number(const json_t *o, const char *key)
{
    return (long long)json_integer_value(json_object_get(o, key));
}

char *report_baseline_words(const struct report_model *m)
{
    const json_t *b = m->baseline;
    struct buf out;

    if (b == NULL)
        return xstrdup("");
    buf_init(&out, LIMIT_REPORT_TEXT_BYTES);
    buf_addf(&out, "Against the baseline: %lld new, %lld still open, %lld fixed", number(b, "new"),
             number(b, "open"), number(b, "fixed"));
    if (number(b, "not_known") > 0)
        buf_addf(&out, ", %lld not known whether new (the baseline did not judge their rules)",
                 number(b, "not_known"));
    if (number(b, "not_judged") > 0)
        buf_addf(&out, ", %lld not judged this time", number(b, "not_judged"));
    buf_addc(&out, '.');
    return buf_take(&out);
}

static void add_value(struct buf *out, const json_t *v)
{
    char *text;

    if (json_is_string(v)) {
        buf_adds(out, json_string_value(v));
        return;
    }
    text = v != NULL ? json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    buf_adds(out, text != NULL ? text : "null");
    free(text);
}

char *report_override_words(const struct report_model *m, const struct report_rule *r)
{
    struct buf out;
    size_t at;
    json_t *v;

    if (json_array_size(r->overrides) == 0)
        return NULL;
    buf_init(&out, LIMIT_REPORT_TEXT_BYTES);
    json_array_foreach(r->overrides, at, v)
    {
        const char *what = jx_text(v, "what");

        buf_addf(&out, "%s%s ", at > 0 ? ", " : "", what != NULL ? what : "");
        add_value(&out, json_object_get(v, "from"));
        buf_adds(&out, " -> ");
        add_value(&out, json_object_get(v, "to"));
    }
    buf_addf(&out, " by profile %s", m->profile != NULL ? m->profile : "");
    return buf_take(&out);
}

char *report_redacted_kinds(const struct report_model *m)
{
    return redact_kinds_text(m->redacted);
}

char *report_redacted_words(const struct report_model *m)
{
    return redact_words(m->redacted);
}

json_t *report_redacted_json(const struct report_model *m)
{
    json_t *a = json_array();

    for (size_t i = 0; redact_kind_name(i) != NULL; i++)
        if ((m->redacted & (1U << i)) != 0)
            (void)json_array_append_new(a, json_string(redact_kind_name(i)));
    return a;
}
