#include "token_reply.h"

#include "aadsts.h"
#include "base/clock.h"
#include "base/jsonx.h"
#include "base/limits.h"
#include "base/strs.h"
#include "base64url.h"
#include "oneline.h"
#include "retry.h"
#include "transport.h"

#include <stdio.h>
#include <string.h>

enum { LEAST_LIFETIME_S = 1, MOST_LIFETIME_S = 2 * 24 * 3600, ID_BYTES = 64 };

void token_reply_release(struct token_reply *r)
{
    secret_release(&r->bearer);
    json_decref(r->claims);
    r->claims = NULL;
}

/* A token goes into a header: anything else than its alphabet (RFC 6750 section 2.1) is refused. */
static bool is_bearer(const char *s)
{
    size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=");

    return n > 0 && s[n] == '\0';
}

/* The parser keeps its own copy of the token: jansson has no way to wipe it, so it is done here. */
static void wipe_string(const json_t *v)
{
    const char *text = json_string_value(v);
    char *bytes;

    memcpy(&bytes, &text, sizeof bytes); /* it is ours: nobody else looks at it any more */
    if (text != NULL)
        secret_wipe(bytes, json_string_length(v));
}

static json_t *read_claims(const char *jwt)
{
    const char *from = strchr(jwt, '.');
    const char *to = from != NULL ? strchr(from + 1, '.') : NULL;
    struct err ignored = ERR_INIT; /* an opaque token is allowed: claims only explain */
    json_t *claims = NULL;
    struct buf b;

    if (to == NULL)
        return NULL;
    buf_init(&b, LIMIT_TOKEN_REPLY_BYTES);
    if (base64url_decode(&b, from + 1, (size_t)(to - from - 1)) && !b.failed)
        (void)(jx_parse(b.p, b.n, "token", &claims, &ignored) == ERR_OK);
    buf_release(&b);
    return claims;
}

/* Managed identities of App Service say when, in seconds of the epoch, as a text. */
static bool read_expires_on(const json_t *root, int64_t *s)
{
    int64_t at;

    if (jx_int(root, "expires_on", &at) != JX_OK &&
        !str_int(jx_text(root, "expires_on"), 0, INT32_MAX, &at))
        return false;
    *s = at - clock_real_ms() / 1000;
    return true;
}

static bool read_lifetime(const json_t *root, int64_t *ms)
{
    int64_t s;
    const char *text;

    if (jx_int(root, "expires_in", &s) != JX_OK) {
        text = jx_text(root, "expires_in"); /* some endpoints send it as a string */
        if (text != NULL ? !str_int(text, 0, MOST_LIFETIME_S, &s) : !read_expires_on(root, &s))
            return false;
    }
    if (s < LEAST_LIFETIME_S)
        return false;
    *ms = (s < MOST_LIFETIME_S ? s : MOST_LIFETIME_S) * 1000;
    return true;
}

/* A person's token says "scp" where an application's says "roles": the same names, in one text. */
static void scopes_as_roles(json_t *claims)
{
    const char *text = jx_text(claims, "scp");
    json_t *list;

    if (text == NULL || json_object_get(claims, "roles") != NULL)
        return;
    list = json_array();
    for (const char *p = text + strspn(text, " "); *p != '\0'; p += strspn(p, " ")) {
        size_t n = strcspn(p, " ");

        (void)json_array_append_new(list, json_stringn(p, n));
        p += n;
    }
    (void)json_object_set_new(claims, "roles", list);
}

static enum err_code read_token(const json_t *root, const char *who, struct token_reply *out,
                                struct err *e)
{
    const char *bearer = jx_text(root, "access_token");
    const char *type = jx_text(root, "token_type");

    if (bearer == NULL || !is_bearer(bearer) || !str_ieq(type, "Bearer") ||
        !read_lifetime(root, &out->lifetime_ms))
        return err_set(e, ERR_NET, "sign-in for %s: the reply holds no usable token", who);
    secret_set(&out->bearer, bearer, strlen(bearer));
    out->claims = read_claims(bearer);
    scopes_as_roles(out->claims);
    return ERR_OK;
}

/* "; trace ID X": only when it is a GUID, as it is a stranger's text. */
static void add_trace(const json_t *root, struct buf *b)
{
    const char *trace = jx_text(root, "trace_id");

    if (str_is_guid(trace))
        buf_addf(b, "; trace ID %s", trace);
}

static unsigned number_of(const json_t *root)
{
    const json_t *codes = NULL;
    const char *text = jx_text(root, "error_description");
    json_int_t n = 0;

    if (jx_array(root, "error_codes", &codes) == JX_OK)
        n = json_integer_value(json_array_get(codes, 0));
    if (n > 0 && n < 1000000000)
        return (unsigned)n;
    return text != NULL ? aadsts_in_text(text) : 0;
}

static enum err_code explain_refusal(const json_t *root, long status, const char *who,
                                     struct token_reply *out, struct err *e)
{
    const char *word = jx_text(root, "error");
    const char *text = jx_text(root, "error_description");
    unsigned number = number_of(root);
    const struct aadsts *known = aadsts_find(number);
    struct buf b;

    buf_init(&b, ERR_MSG_BYTES);
    buf_addf(&b, "sign-in for %s refused: ", who);
    if (number > 0)
        buf_addf(&b, "AADSTS%u: ", number);
    if (known != NULL) {
        buf_adds(&b, known->meaning);
        if (known->advice != NULL)
            buf_addf(&b, "; %s", known->advice);
    } else {
        buf_addf(&b, "HTTP %ld ", status);
        oneline_add(&b, word != NULL ? word : "", word != NULL ? strlen(word) : 0, 64);
        if (text != NULL) {
            buf_adds(&b, ": ");
            oneline_add(&b, text, strlen(text), LIMIT_ERROR_TEXT);
        }
    }
    add_trace(root, &b);
    out->may_retry = (known != NULL && known->kind == AADSTS_TRANSIENT) ||
                     str_eq(word, "temporarily_unavailable") || retry_rule_of(status)->attempts > 1;
    out->try_other_alg = (known != NULL && known->kind == AADSTS_ASSERTION) ||
                         (str_eq(word, "invalid_client") && text != NULL &&
                          str_icontains(text, "assertion") && number != 700024);
    err_set(e, ERR_AUTH, "%s", b.p);
    buf_release(&b);
    return e->code;
}

static enum err_code read_body(const struct transfer_reply *r, const json_t *root, const char *who,
                               struct token_reply *out, struct err *e)
{
    if (r->status == 200 && json_object_get(root, "error") == NULL)
        return read_token(root, who, out, e);
    if (jx_text(root, "error") != NULL && r->status != 429)
        return explain_refusal(root, r->status, who, out, e);
    out->may_retry = retry_rule_of(r->status)->attempts > 1;
    return err_set(e, r->status == 429 ? ERR_THROTTLED : ERR_NET,
                   "sign-in for %s: HTTP %ld from the sign-in service", who, r->status);
}

enum err_code token_reply_read(const struct transfer_reply *r, const char *who,
                               struct token_reply *out, struct err *e)
{
    struct err ignored = ERR_INIT;
    json_t *root = NULL;

    memset(out, 0, sizeof *out);
    if (r->code != ERR_OK) {
        out->may_retry = r->may_retry;
        return err_set(e, r->code == ERR_TLS ? ERR_TLS : ERR_NET, "sign-in for %s: %s", who,
                       r->trouble);
    }
    if (jx_parse(r->body, r->body_len, "token reply", &root, &ignored) != ERR_OK ||
        !json_is_object(root)) {
        out->may_retry = r->status == 200 || retry_rule_of(r->status)->attempts > 1;
        err_set(e, r->status == 429 ? ERR_THROTTLED : ERR_NET,
                "sign-in for %s: HTTP %ld and no JSON from the sign-in service (is there a proxy "
                "or a sign-in portal in between?)",
                who, r->status);
    } else {
        read_body(r, root, who, out, e);
    }
    wipe_string(json_object_get(root, "access_token"));
    json_decref(root);
    return e->code;
}
