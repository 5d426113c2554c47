#include "smtp_auth.h"

#include "base/mem.h"
#include "smtp_wire.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Texts made here hold secrets: each is allocated at its full size and wiped by let_go(). */
static void let_go(char *s)
{
    if (s == NULL)
        return;
    secret_wipe(s, strlen(s));
    free(s);
}

static char *base64(const char *bytes, size_t n)
{
    char *out = xcalloc((n + 2) / 3 * 4 + 1, 1);

    (void)EVP_EncodeBlock((unsigned char *)out, (const unsigned char *)bytes, (int)n);
    return out;
}

/* base64("user=" user ^A "auth=Bearer " token ^A ^A) */
static char *xoauth2_text(const char *user, const struct secret *token)
{
    size_t n = strlen("user=\1auth=Bearer \1\1") + strlen(user) + token->n;
    char *plain = xcalloc(n + 1, 1);
    char *out;

    (void)snprintf(plain, n + 1, "user=%s\1auth=Bearer %s\1\1", user, token->p);
    out = base64(plain, n);
    secret_wipe(plain, n);
    free(plain);
    return out;
}

static void forget_reply(struct probe_reply *r)
{
    strlist_release(&r->lines);
    r->code = 0;
}

/* Sends a line and reads the reply. *goes_on: it was 334, the server wants more. */
static enum err_code say(struct smtp_wire *w, const char *line, const char *shown,
                         struct probe_reply *r, bool *goes_on, struct err *e)
{
    forget_reply(r);
    *goes_on = false;
    if (smtp_wire_send(w, line, shown, e) == ERR_OK && smtp_wire_read(w, r, e) == ERR_OK)
        *goes_on = r->code == 334;
    return e->code;
}

enum err_code smtp_auth_login(struct smtp_wire *w, const char *user, const struct secret *password,
                              struct probe_reply *r, struct err *e)
{
    char *name = base64(user, strlen(user));
    char *secret = base64(password->p, password->n);
    bool goes_on = false;

    if (say(w, "AUTH LOGIN", NULL, r, &goes_on, e) == ERR_OK && goes_on &&
        say(w, name, "(the user name)", r, &goes_on, e) == ERR_OK && goes_on)
        (void)say(w, secret, "(the password)", r, &goes_on, e);
    if (e->code == ERR_OK && goes_on) /* a third question has no answer */
        err_set(e, ERR_NET, "AUTH LOGIN: the server went on asking");
    free(name);
    let_go(secret);
    return e->code;
}

enum err_code smtp_auth_xoauth2(struct smtp_wire *w, const char *user, const struct secret *token,
                                struct probe_reply *r, struct err *e)
{
    char *text = xoauth2_text(user, token);
    size_t n = strlen("AUTH XOAUTH2 ") + strlen(text);
    char *line = xcalloc(n + 1, 1);
    bool goes_on = false;

    (void)snprintf(line, n + 1, "AUTH XOAUTH2 %s", text);
    /* 334 with an error as base64 JSON: an empty line asks for the reply itself */
    if (say(w, line, "AUTH XOAUTH2 (the token)", r, &goes_on, e) == ERR_OK && goes_on)
        (void)say(w, "", NULL, r, &goes_on, e);
    if (e->code == ERR_OK && goes_on)
        err_set(e, ERR_NET, "AUTH XOAUTH2: the server went on asking");
    let_go(text);
    let_go(line);
    return e->code;
}

void smtp_auth_hide(const char *user, const struct secret *secret, struct strlist *hide)
{
    char *forms[] = {xoauth2_text(user, secret), base64(secret->p, secret->n)};

    strlist_add(hide, forms[0]);
    strlist_add(hide, forms[1]);
    strlist_add(hide, secret->p);
    let_go(forms[0]);
    let_go(forms[1]);
}

void smtp_auth_forget(struct strlist *hide)
{
    for (size_t i = 0; i < hide->n; i++)
        secret_wipe(hide->v[i], strlen(hide->v[i]));
    strlist_release(hide);
}
