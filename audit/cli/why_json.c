#include "base/attrs.h"
#include "explain_view.h"
#include "rules/smtp_reply.h"
#include "rules/why.h"
#include "why_view.h"

static void set(json_t *o, const char *key, json_t *value)
{
    (void)json_object_set_new(o, key, value);
}

static void set_text(json_t *o, const char *key, const char *value)
{
    set(o, key, json_text(value));
}

static json_t *gate(const struct why_gate *g)
{
    json_t *o = json_object();

    set_text(o, "id", g->id);
    set_text(o, "title", g->title);
    set_text(o, "layer", g->layer);
    set_text(o, "value", g->value);
    set_text(o, "where", g->where);
    set_text(o, "evidence", g->evidence);
    set_text(o, "resource", g->resource);
    set_text(o, "basic", why_effect_name(g->effect));
    set_text(o, "oauth_delegated", g->oauth_delegated);
    set_text(o, "oauth_app", g->oauth_app);
    set_text(o, "because", g->because);
    set(o, "is_supposed", json_boolean(g->is_supposed));
    return o;
}

static json_t *reply(const struct smtp_reply *r, bool is_likely)
{
    json_t *o;

    if (r == NULL)
        return json_null();
    o = json_object();
    set_text(o, "id", r->id);
    set(o, "code", json_integer(r->code));
    set_text(o, "enhanced", r->enhanced[0] != '\0' ? r->enhanced : NULL);
    set_text(o, "text", r->text);
    set(o, "is_wording_likely_only", json_boolean(is_likely));
    return o;
}

static json_t *verdict(const struct why_verdict *v)
{
    json_t *o = json_object();
    json_t *gates = json_array();
    json_t *policies = json_array();
    json_t *layers = json_loads(v->layers, 0, NULL);

    for (size_t i = 0; i < COUNT_OF(v->gates); i++)
        (void)json_array_append_new(gates, gate(&v->gates[i]));
    for (size_t i = 0; i < v->policies_n; i++) {
        json_t *p = json_object();

        set_text(p, "id", v->policies[i].id);
        set_text(p, "name", v->policies[i].name);
        set_text(p, "bearing", v->policies[i].bearing);
        set_text(p, "words", v->policies[i].words);
        (void)json_array_append_new(policies, p);
    }
    set_text(o, "basic", v->basic);
    set_text(o, "oauth_delegated", v->oauth_delegated);
    set_text(o, "oauth_app", v->oauth_app);
    set_text(o, "confidence", v->confidence);
    set_text(o, "decided_by", v->decides < WHY_GATES ? v->gates[v->decides].id : NULL);
    set(o, "layers", layers != NULL ? layers : json_array());
    set(o, "reply", reply(v->reply, v->is_reply_likely));
    set_text(o, "explanation", v->explanation);
    set(o, "gates", gates);
    set(o, "policies", policies);
    return o;
}

static json_t *path(const struct why_path *p)
{
    json_t *o = json_object();
    json_t *steps = json_array();

    for (size_t i = 0; i < p->n; i++) {
        json_t *s = json_object();

        set_text(s, "text", p->steps[i].text);
        set_text(s, "powershell", p->steps[i].powershell);
        set_text(s, "portal", p->steps[i].portal);
        set_text(s, "url", p->steps[i].url);
        (void)json_array_append_new(steps, s);
    }
    set_text(o, "id", p->id);
    set_text(o, "title", p->title);
    set(o, "steps", steps);
    set_text(o, "cost", p->cost);
    return o;
}

static json_t *what_if(const struct why_answer *a)
{
    json_t *o;
    json_t *changes;

    if (a->changes_n == 0)
        return json_null();
    o = json_object();
    changes = json_array();
    for (size_t i = 0; i < a->changes_n; i++) {
        json_t *one = json_object();

        set_text(one, "change", a->changes[i].text);
        set_text(one, "warning", a->changes[i].warning);
        (void)json_array_append_new(changes, one);
    }
    set(o, "changes", changes);
    set(o, "verdict", verdict(&a->after));
    return o;
}

static json_t *not_read(const struct why_answer *a)
{
    json_t *list = json_array();

    for (size_t i = 0; i < a->unread_n; i++) {
        json_t *one = json_object();

        set_text(one, "id", a->unread[i].id);
        set_text(one, "text", a->unread[i].text);
        set_text(one, "how", a->unread[i].how);
        (void)json_array_append_new(list, one);
    }
    return list;
}

/* "fixes", "next" and "not_read" are about what --what-if supposes, where it supposes something. */
json_t *why_json(const struct why_answer *a)
{
    json_t *o = json_object();
    json_t *m = json_object();
    json_t *fixes = json_array();
    json_t *next = json_array();

    set_text(m, "guid", a->mailbox.guid);
    set_text(m, "address", a->mailbox.address);
    set_text(m, "user_principal_name", a->mailbox.upn);
    set_text(m, "display_name", a->mailbox.display_name);
    set_text(m, "recipient_type", a->mailbox.type);
    set_text(m, "user_id", a->mailbox.user_id);
    for (size_t i = 0; i < a->paths_n; i++)
        (void)json_array_append_new(fixes, path(&a->paths[i]));
    for (size_t i = 0; i < a->next_n; i++)
        (void)json_array_append_new(next, json_text(a->next[i]));
    set(o, "schema", json_integer(1));
    set(o, "mailbox", m);
    set_text(o, "as_of", a->as_of);
    set_text(o, "collected", a->collected);
    set(o, "verdict", verdict(&a->before));
    set(o, "what_if", what_if(a));
    set(o, "fixes", fixes);
    set(o, "next", next);
    set(o, "not_read", not_read(a));
    return o;
}

static json_t *policy_result(const struct why_policy_result *p)
{
    json_t *o = json_object();
    json_t *conditions = json_array();

    for (size_t i = 0; i < COUNT_OF(p->conditions); i++) {
        json_t *c = json_object();

        set_text(c, "name", p->conditions[i].name);
        set_text(c, "met", p->conditions[i].met);
        set_text(c, "detail", p->conditions[i].detail);
        (void)json_array_append_new(conditions, c);
    }
    set_text(o, "id", p->id);
    set_text(o, "name", p->name);
    set_text(o, "state", p->state);
    set(o, "is_enforced", json_boolean(p->is_enforced));
    set_text(o, "applies", p->applies);
    set(o, "is_excluded_by_hypothesis", json_boolean(p->is_excluded_by_hypothesis));
    set_text(o, "controls", p->controls);
    set(o, "conditions", conditions);
    return o;
}

json_t *why_json_sign_in(const struct why_sign_in *s)
{
    json_t *o = json_object();
    json_t *policies = json_array();

    for (size_t i = 0; i < s->n; i++)
        (void)json_array_append_new(policies, policy_result(&s->v[i]));
    set(o, "schema", json_integer(1));
    set_text(o, "user", s->person);
    set_text(o, "sign_in", s->text);
    set_text(o, "blocked", s->blocked);
    set_text(o, "needs_mfa", s->needs_mfa);
    set(o, "policies", policies);
    return o;
}
