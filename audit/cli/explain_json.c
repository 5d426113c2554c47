#include "base/buf.h"
#include "base/strs.h"
#include "base/text.h"
#include "explain_view.h"
#include "rules/explain.h"

#include <string.h>

enum { TEXT_BYTES = 64 * 1024 };

json_t *json_text(const char *s)
{
    json_t *v = s != NULL ? json_string(s) : json_null();
    struct buf b;

    if (v != NULL)
        return v;
    buf_init(&b, TEXT_BYTES);
    text_add_safe(&b, s);
    v = json_string(b.p);
    buf_release(&b);
    return v;
}

static json_t *text_or_null(const char *s)
{
    return json_text(s != NULL && *s != '\0' ? s : NULL);
}

static void set(json_t *o, const char *key, json_t *value)
{
    (void)json_object_set_new(o, key, value);
}

/* "tenant" and "evidence" are null where no snapshot was given or no setting bears on the cause. */
static json_t *causes(const struct explain_view *v, const struct smtp_reply *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < SMTP_REPLY_CAUSES && r->causes[i] != NULL; i++) {
        json_t *o = json_object();
        const char *why = NULL;
        const char *state = NULL;

        if (v->mailbox != NULL) {
            enum explain_state s = explain_check(v->mailbox, r, i, &why);

            state = why != NULL ? explain_state_name(s) : NULL;
        }
        set(o, "text", json_text(r->causes[i]));
        set(o, "tell_apart", json_text(explain_tell_apart(r, i)));
        set(o, "tenant", json_text(state));
        set(o, "evidence", json_text(why));
        (void)json_array_append_new(list, o);
    }
    return list;
}

static json_t *one_cause(const char *says)
{
    json_t *list = json_array();

    if (says != NULL)
        (void)json_array_append_new(list, json_pack("{s:s, s:n, s:n, s:n}", "text", says,
                                                    "tell_apart", "tenant", "evidence"));
    return list;
}

static json_t *support(const struct explain_support *s)
{
    if (s->host[0] == '\0')
        return json_null();
    return json_pack("{s:o, s:o, s:o}", "host", text_or_null(s->host), "time",
                     text_or_null(s->time), "id", text_or_null(s->id));
}

static const char *layer_of(const struct explain_finding *x)
{
    if (x->reply != NULL)
        return x->reply->layer;
    if (x->sign != NULL)
        return x->sign->layer;
    return x->kind == EXPLAIN_OTHER_SERVER ? "other-server" : "unknown";
}

/* Adds the fields of one finding to `o`. */
static void describe(const struct explain_view *v, const struct explain_finding *x, json_t *o)
{
    const struct smtp_reply *r = x->reply;
    json_t *candidates = json_array();
    int code = x->code != 0 || r == NULL ? x->code : r->code;
    const char *enhanced = x->enhanced[0] != '\0' || r == NULL ? x->enhanced : r->enhanced;

    for (size_t i = 0; i < x->candidate_count; i++)
        (void)json_array_append_new(candidates, json_text(x->candidates[i]->id));
    set(o, "reply", json_text(r != NULL ? r->id : NULL));
    set(o, "kind", json_text(explain_kind_name(x->kind)));
    set(o, "sign", json_text(x->sign != NULL ? x->sign->id : NULL));
    set(o, "provider", json_text(x->who));
    set(o, "code", code != 0 ? json_integer(code) : json_null());
    set(o, "enhanced", text_or_null(enhanced));
    set(o, "layer", json_text(layer_of(x)));
    set(o, "stage", json_text(r != NULL ? r->stage : NULL));
    set(o, "mechanism", json_text(r != NULL ? r->mechanism : NULL));
    set(o, "confidence", json_text(r != NULL ? r->confidence : NULL));
    set(o, "text",
        json_text(x->text != NULL   ? x->text
                  : r != NULL       ? r->text
                  : x->sign != NULL ? x->sign->texts[0]
                                    : NULL));
    set(o, "causes",
        r != NULL ? causes(v, r) : one_cause(x->sign != NULL ? x->sign->says : x->hint));
    set(o, "setting", json_text(r != NULL ? r->setting : NULL));
    set(o, "fix", json_text(r != NULL ? r->fix : x->sign != NULL ? x->sign->fix : NULL));
    set(o, "candidates", candidates);
    set(o, "line", json_integer((json_int_t)x->line));
    set(o, "last_line", json_integer((json_int_t)x->last_line));
    set(o, "count", json_integer((json_int_t)x->count));
    set(o, "carried_by", json_text(x->is_carried ? "not-authenticated" : NULL));
    set(o, "is_cut", json_boolean(x->is_cut));
    set(o, "support", support(&x->support));
}

static json_t *mailbox(const struct explain_view *v)
{
    if (v->mailbox == NULL)
        return json_null();
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "file", json_text(v->snapshot), "collected",
                     json_text(v->collected), "address",
                     json_text(explain_mailbox_address(v->mailbox)), "basic",
                     json_text(explain_mailbox_basic(v->mailbox)), "reply",
                     json_text(explain_mailbox_reply(v->mailbox)), "explanation",
                     json_text(explain_mailbox_text(v->mailbox)));
}

/* The most telling finding's fields stand at the top, and all of them in "findings". */
json_t *explain_json(const struct explain_view *v)
{
    static const struct explain_finding nothing = {.kind = EXPLAIN_UNKNOWN};
    const struct explanation *x = v->x;
    json_t *o = json_object();
    json_t *all = json_array();

    set(o, "schema", json_integer(1));
    describe(v, x->n > 0 ? &x->v[0] : &nothing, o);
    if (x->n == 0)
        set(o, "kind", json_text("none"));
    for (size_t i = 0; i < x->n; i++) {
        json_t *one = json_object();

        describe(v, &x->v[i], one);
        (void)json_array_append_new(all, one);
    }
    set(o, "findings", all);
    set(o, "lines", json_integer((json_int_t)x->lines));
    set(o, "accepted_line",
        x->accepted_line > 0 ? json_integer((json_int_t)x->accepted_line) : json_null());
    set(o, "is_clipped", json_boolean(x->is_clipped));
    set(o, "is_dotnet_530", json_boolean(x->is_dotnet_530));
    set(o, "address", json_text(v->address));
    set(o, "snapshot", mailbox(v));
    return o;
}
