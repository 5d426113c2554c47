#include "sign_in.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/timex.h"
#include "context.h"
#include "graph/credential.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEVICE_CODE "device-code"

/* A new certificate takes a request, an upload and a roll-out. */
enum { FEW_DAYS = 30, DATE_CHARS = 10 };
static const int64_t day_ms = INT64_C(24) * 60 * 60 * 1000;

static enum err_code check_mode(const char *mode, struct err *e)
{
    struct buf names;

    for (size_t i = 0; credential_mode_at(i) != NULL; i++)
        if (str_eq(credential_mode_at(i), mode))
            return ERR_OK;
    buf_init(&names, ERR_MSG_BYTES);
    for (size_t i = 0; credential_mode_at(i) != NULL; i++)
        buf_addf(&names, "%s%s", i > 0 ? ", " : "", credential_mode_at(i));
    err_set(e, ERR_USAGE, "--auth is one of %s, not '%s'", names.p, mode);
    buf_release(&names);
    return e->code;
}

static void make_folder(const char *path, struct err *e)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        err_set(e, ERR_USAGE,
                "cannot make '%s' for the sign-in cache: %s (or use --no-token-cache)", path,
                strerror(errno));
}

/* One file a tenant and application: both were checked to be letters, digits, '.' and '-'. */
static enum err_code cache_path(const struct context *c, char **out, struct err *e)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    char *base, *folder;

    *out = NULL;
    if ((state == NULL || *state != '/') && (home == NULL || *home != '/'))
        return ERR_OK; /* nowhere to keep it */
    if (state != NULL && *state == '/') {
        base = xstrdup(state);
    } else {
        char *local = xasprintf("%s/.local", home);

        make_folder(local, e);
        base = xasprintf("%s/state", local);
        free(local);
    }
    folder = xasprintf("%s/graphaudit", base);
    if (e->code == ERR_OK)
        make_folder(base, e);
    if (e->code == ERR_OK)
        make_folder(folder, e);
    if (e->code == ERR_OK)
        *out = xasprintf("%s/%s_%s.token", folder, c->opt.tenant, c->opt.client_id);
    free(base);
    free(folder);
    return e->code;
}

/* What systemd's LoadCredential= left for us, unless something else was set up. */
static void take_credentials_folder(struct credential_source *src, char **secret_file)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    char *certificate;

    if (folder == NULL || *folder != '/' || src->client_secret_file != NULL ||
        src->client_certificate_file != NULL || getenv("AZURE_CLIENT_SECRET") != NULL ||
        getenv("AZURE_CLIENT_CERTIFICATE_PATH") != NULL)
        return;
    certificate = xasprintf("%s/client.pem", folder);
    *secret_file = xasprintf("%s/client.secret", folder);
    if (!str_eq(src->auth, "secret") && access(certificate, F_OK) == 0)
        (void)setenv("AZURE_CLIENT_CERTIFICATE_PATH", certificate, 1);
    else if (access(*secret_file, F_OK) == 0)
        src->client_secret_file = *secret_file;
    free(certificate);
}

enum err_code sign_in_credential(const struct context *c, struct credential **out, struct err *e)
{
    struct credential_source src = {.client_secret_file = c->opt.client_secret_file,
                                    .client_certificate_file = c->opt.client_certificate_file,
                                    .client_certificate_password_file =
                                        c->opt.client_certificate_password_file,
                                    .auth = c->opt.device_code ? DEVICE_CODE : c->opt.auth};
    char *cache = NULL, *secret_file = NULL;
    enum err_code code = ERR_OK;

    *out = NULL;
    if (c->opt.device_code && c->opt.auth != NULL && !str_eq(c->opt.auth, DEVICE_CODE))
        return err_set(e, ERR_USAGE, "--device-code and --auth %s exclude each other", c->opt.auth);
    if (src.client_secret_file != NULL && src.client_certificate_file != NULL)
        return err_set(e, ERR_USAGE,
                       "--client-secret-file and --client-certificate-file exclude each other");
    if (src.client_certificate_password_file != NULL && src.client_certificate_file == NULL &&
        getenv("AZURE_CLIENT_CERTIFICATE_PATH") == NULL)
        return err_set(e, ERR_USAGE,
                       "--client-certificate-password-file needs --client-certificate-file");
    if (src.auth != NULL)
        code = check_mode(src.auth, e);
    if (code == ERR_OK && str_eq(src.auth, DEVICE_CODE) && !c->opt.no_token_cache &&
        c->opt.client_id != NULL)
        code = cache_path(c, &cache, e);
    src.cache = cache;
    take_credentials_folder(&src, &secret_file);
    if (code == ERR_OK)
        code = credential_load(&src, out, e);
    if (code == ERR_USAGE && *out == NULL && c->opt.client_id == NULL && src.auth == NULL &&
        str_starts(e->msg, "no credential")) {
        err_clear(e);
        err_set(e, ERR_USAGE,
                "which app registration? Give --client-id ID or set AZURE_CLIENT_ID, and a "
                "credential");
    }
    if (code == ERR_OK && c->opt.client_id == NULL && credential_needs_client_id(*out))
        code = err_set(e, ERR_USAGE,
                       "which app registration? Give --client-id ID or set AZURE_CLIENT_ID");
    free(cache);
    free(secret_file);
    if (code != ERR_OK) {
        credential_free(*out);
        *out = NULL;
    }
    return code;
}

bool sign_in_ends_soon(const struct credential *cred, int *days, char date[SIGN_IN_DATE_BYTES])
{
    char text[TIME_TEXT_BYTES];
    int64_t end_ms = 0;
    int64_t left;

    if (!credential_ends_at(cred, &end_ms))
        return false;
    left = end_ms - clock_real_ms();
    if (left > FEW_DAYS * day_ms)
        return false;
    *days = left > 0 ? (int)(left / day_ms) : 0;
    (void)snprintf(date, SIGN_IN_DATE_BYTES, "%.*s", (int)DATE_CHARS, time_format(end_ms, text));
    return true;
}
