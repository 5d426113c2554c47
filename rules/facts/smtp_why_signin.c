/* --sign-in: an imagined sign-in, policy by policy. */
#include "smtp_why.h"

#include "base/limits.h"
#include "base/text.h"
#include "model/store.h"

#include <stddef.h>
#include <string.h>

/* Everyday words for what the wire calls otherwise. */
static const struct {
    const char *key, *word, *is;
} words[] = {
    {"app", "exchange", "00000002-0000-0ff1-ce00-000000000000"},
    {"app", "sharepoint", "00000003-0000-0ff1-ce00-000000000000"},
    {"app", "graph", "00000003-0000-0000-c000-000000000000"},
    {"app", "azure", "797f4846-ba00-4fd7-ba43-dac1f8f63013"},
    {"client", "smtp", "other"},
    {"client", "imap", "other"},
    {"client", "pop", "other"},
    {"client", "legacy", "other"},
    {"client", "app", "mobileAppsAndDesktopClients"},
    {"client", "activesync", "exchangeActiveSync"},
    {"platform", "ios", "iOS"},
    {"platform", "macos", "macOS"},
    {"flow", "device-code", "deviceCodeFlow"},
    {"flow", "transfer", "authenticationTransfer"},
    {"device", "hybrid-joined", "hybridJoined"},
};

static const struct {
    const char *key;
    size_t at;
} keys[] = {
    {"app", offsetof(struct ca_sign_in, app)},
    {"client", offsetof(struct ca_sign_in, client)},
    {"ip", offsetof(struct ca_sign_in, ip)},
    {"platform", offsetof(struct ca_sign_in, platform)},
    {"country", offsetof(struct ca_sign_in, country)},
    {"user-risk", offsetof(struct ca_sign_in, user_risk)},
    {"sign-in-risk", offsetof(struct ca_sign_in, sign_in_risk)},
    {"insider-risk", offsetof(struct ca_sign_in, insider_risk)},
    {"flow", offsetof(struct ca_sign_in, flow)},
    {"device", offsetof(struct ca_sign_in, device)},
};

static const char help[] =
    "user=NAME, app=exchange|ID, client=smtp|browser|app|activesync, ip=ADDRESS, country=XX, "
    "platform=android|iOS|windows|windowsPhone|macOS|linux|none, user-risk=none|low|medium|high, "
    "sign-in-risk=none|low|medium|high, insider-risk=none|minor|moderate|elevated, "
    "flow=none|device-code|transfer, device=unregistered|registered|compliant|hybrid-joined";

static const char *word_of(struct why *w, const char *key, const char *value)
{
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (str_eq(words[i].key, key) && str_ieq(words[i].word, value))
            return words[i].is;
    return ca_pool_text(&w->pool, value);
}

static enum err_code unknown(const char *key, struct err *e)
{
    const char *near = "user";
    unsigned best = str_distance(key, near);

    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (str_distance(key, keys[i].key) < best) {
            best = str_distance(key, keys[i].key);
            near = keys[i].key;
        }
    if (best <= 3)
        return err_set(e, ERR_USAGE, "--sign-in has no '%s': did you mean %s?", key, near);
    return err_set(e, ERR_USAGE, "--sign-in has no '%s': it takes %s", key, help);
}

enum err_code why_sign_in_check(const struct strlist *said, struct err *e)
{
    struct strlist pairs = {0};

    if (why_split("--sign-in", said, &pairs, e) == ERR_OK)
        for (size_t i = 0; e->code == ERR_OK && i + 1 < pairs.n; i += 2) {
            bool is_known = str_eq(pairs.v[i], "user");

            for (size_t k = 0; k < COUNT_OF(keys); k++)
                is_known = is_known || str_eq(pairs.v[i], keys[k].key);
            if (!is_known)
                (void)unknown(pairs.v[i], e);
        }
    strlist_release(&pairs);
    return e->code;
}

static enum err_code set(struct why *w, const char *key, const char *value, struct ca_sign_in *s,
                         const char **person, struct err *e)
{
    if (str_eq(key, "user")) {
        if (why_user(w, value, &s->user_id, e) != ERR_OK)
            return e->code;
        if (s->user_id == NULL)
            return err_set(e, ERR_USAGE, "no user '%s' in the snapshot (or several)", value);
        *person = ca_pool_text(&w->pool, value);
        return ERR_OK;
    }
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (str_eq(keys[i].key, key)) {
            *(const char **)(void *)((char *)s + keys[i].at) = word_of(w, key, value);
            return ERR_OK;
        }
    return unknown(key, e);
}

static enum err_code parse(struct why *w, const struct strlist *said, struct ca_sign_in *s,
                           struct why_sign_in *out, struct err *e)
{
    struct strlist pairs = {0};
    struct buf text;

    buf_init(&text, LIMIT_CA_SENTENCE_BYTES);
    if (why_split("--sign-in", said, &pairs, e) == ERR_OK)
        for (size_t i = 0; i + 1 < pairs.n; i += 2) {
            if (set(w, pairs.v[i], pairs.v[i + 1], s, &out->person, e) != ERR_OK)
                break;
            if (str_eq(pairs.v[i], "user"))
                continue;
            buf_addf(&text, "%s%s ", text.n > 0 ? ", " : "", pairs.v[i]);
            text_add_cut(&text, word_of(w, pairs.v[i], pairs.v[i + 1]), LIMIT_CA_NAME_CHARS);
        }
    out->text = why_keep(w, &text);
    strlist_release(&pairs);
    return e->code;
}

/* Which policies --what-if excludes the person from; anything else has no meaning here. */
static enum err_code hypotheses(struct why *w, const struct strlist *changes,
                                struct ca_hypothesis **out, size_t *n, struct err *e)
{
    struct strlist pairs = {0};
    struct ca_hypothesis *h;

    if (why_split("--what-if", changes, &pairs, e) == ERR_OK) {
        h = ca_pool_get(&w->pool, pairs.n / 2 + 1, sizeof *h);
        *out = h;
        for (size_t i = 0; e->code == ERR_OK && i + 1 < pairs.n; i += 2)
            if (!str_eq(pairs.v[i], "exclude-from"))
                err_set(e, ERR_USAGE,
                        "with --sign-in, --what-if takes exclude-from=POLICY only, not '%s'",
                        pairs.v[i]);
            else if (why_policy_id(w, pairs.v[i + 1], &h[*n].policy_id, e) == ERR_OK)
                (*n)++;
    }
    strlist_release(&pairs);
    return e->code;
}

static void copy(struct why *w, const struct ca_what_if_result *r, struct why_sign_in *out)
{
    struct why_policy_result *v = ca_pool_get(&w->pool, r->n + 1, sizeof *v);

    _Static_assert((int)WHY_CONDITIONS == (int)CA_CONDITIONS, "every condition is shown");
    out->v = v;
    out->n = r->n;
    out->blocked = ca_tri_name(r->blocked);
    out->needs_mfa = ca_tri_name(r->needs_mfa);
    for (size_t i = 0; i < r->n; i++) {
        const struct ca_policy_result *p = &r->v[i];

        v[i] =
            (struct why_policy_result){.id = p->id,
                                       .name = p->name,
                                       .state = p->state,
                                       .controls = p->controls,
                                       .applies = ca_tri_name(p->applies),
                                       .is_enforced = p->is_enforced,
                                       .is_excluded_by_hypothesis = p->is_excluded_by_hypothesis};
        for (size_t c = 0; c < CA_CONDITIONS; c++)
            v[i].conditions[c] = (struct why_condition){
                p->conditions[c].name, ca_tri_name(p->conditions[c].met), p->conditions[c].detail};
    }
}

enum err_code why_sign_in_ask(struct why *w, const struct why_mailbox *m,
                              const struct strlist *said, const struct strlist *changes,
                              struct why_sign_in *out, struct err *e)
{
    struct ca_sign_in s = {0};
    struct ca_what_if_result r = {0};
    struct ca_hypothesis *h = NULL;
    size_t nh = 0;

    memset(out, 0, sizeof *out);
    if (m != NULL) {
        s.user_id = m->user_id;
        out->person = m->address != NULL ? m->address : m->guid;
    }
    if (parse(w, said, &s, out, e) != ERR_OK || hypotheses(w, changes, &h, &nh, e) != ERR_OK)
        return e->code;
    if (m != NULL && s.user_id == NULL)
        return err_set(e, ERR_USAGE, "no account is behind %s: give user=", out->person);
    if (ca_what_if(w->derive.ca, &s, h, nh, &r, e) == ERR_OK)
        copy(w, &r, out);
    ca_what_if_release(&r);
    return e->code;
}
