#include "access.h"

#include <string.h>
#include <strings.h>

#include "ca.h"
#include "http.h"
#include "jwt.h"
#include "timetext.h"

static bool refuse(struct request *r, struct reply *p, const char *message, const char *why)
{
    reply_error(p, r, 401, "InvalidAuthenticationToken", message);
    reply_header(p, "WWW-Authenticate",
                 "Bearer realm=\"\", authorization_uri=\"%s/common/oauth2/authorize\", "
                 "client_id=\"00000003-0000-0000-c000-000000000000\", error=\"invalid_token\", "
                 "error_description=\"%s\"",
                 r->sim->urls[SVC_LOGIN], why);
    return false;
}

bool access_token(struct request *r, struct reply *p, struct token *out)
{
    const char *header = request_header(r, "Authorization");
    const char *text;
    struct jwt j;
    bool ok = false;
    json_int_t now = clock_now();

    if (header == NULL || strncasecmp(header, "Bearer ", 7) != 0) {
        request_invalid(r, "no bearer token");
        return refuse(r, p, "Access token is empty.", "missing token");
    }
    text = header + 7;
    if (!jwt_parse(text, &j)) {
        request_invalid(r, "malformed bearer token");
        return refuse(r, p, "IDX14100: JWT is not well formed.", "malformed token");
    }
    if (!jwt_verify(&j, text, r->sim->keys->token_key)) {
        request_invalid(r, "bearer token not signed by us");
        ok = refuse(r, p, "Access token validation failure. Invalid signature.", "bad signature");
    } else if (!str_eq(jstr(j.claims, "aud"), r->sim->urls[r->service])) {
        request_invalid(r, "bearer token for another audience");
        ok = refuse(r, p, "Access token validation failure. Invalid audience.", "bad audience");
    } else if (jint(j.claims, "exp", 0) <= now) {
        ok = refuse(r, p, "Lifetime validation failed, the token is expired.", "expired");
    } else if (jint(j.claims, "nbf", 0) > now + 300) {
        ok = refuse(r, p, "Lifetime validation failed, the token is not yet valid.", "too early");
    } else if ((unsigned long)jint(j.claims, "sim_serial", 0) <
               atomic_load(&r->sim->revoked_below)) {
        ok = refuse(r, p, "Access token has been revoked.", "revoked");
    } else {
        out->claims = json_incref(j.claims);
        ok = true;
    }
    jwt_clear(&j);
    return ok;
}

bool access_claim_has(const struct token *tok, const char *claim, const char *value)
{
    const json_t *list = json_object_get(tok->claims, claim);

    for (size_t i = 0; i < json_array_size(list); i++)
        if (str_ieq(json_string_value(json_array_get(list, i)), value))
            return true;
    /* a person's token says "scp" where an application's says "roles" */
    return list == NULL && str_eq(claim, "roles") && jstr(tok->claims, "scp") != NULL &&
           words_have(jstr(tok->claims, "scp"), value, strlen(value));
}

void access_token_clear(struct token *tok)
{
    json_decref(tok->claims);
    tok->claims = NULL;
}
