/* Which credential there is: one table of modes, tried in the order of Azure's SDKs. */
#include "graph/credential.h"

#include "base/buf.h"
#include "base/fsx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "credential_internal.h"
#include "metadata_url.h"
#include "url.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Microsoft's virtual machines carry this asset tag, so that nobody has to try the network to know
 * where they are. */
#define AZURE_TAG_FILE "/sys/class/dmi/id/chassis_asset_tag"
#define AZURE_TAG "7783-7084-3265-9085-8269-3286-77"
#define ARC_AGENT "/var/opt/azcmagent/bin/himds"
#define ARC_ENDPOINT "http://localhost:40342/metadata/identity/oauth2/token"
#define IMDS_HOST "http://169.254.169.254"
#define IMDS_PATH "/metadata/identity/oauth2/token"

/* What a mode found: ERR_OK and *here, or ERR_OK, not here and why; ERR_USAGE when it is there and
 * cannot be used. */
struct look {
    const struct credential_source *src;
    bool is_forced; /* --auth names it */
    bool here;
    struct buf *why;
};
typedef enum err_code look_fn(struct look *l, struct credential *c, struct err *e);

static const char *env(const char *name)
{
    const char *v = getenv(name);

    return v != NULL && *v != '\0' ? v : NULL;
}

static enum err_code absent(struct look *l, const char *why)
{
    buf_adds(l->why, why);
    return ERR_OK;
}

/* ---- secrets and certificates ---- */

static enum err_code look_secret(struct look *l, struct credential *c, struct err *e)
{
    const char *text = env("AZURE_CLIENT_SECRET");

    l->here = true;
    if (l->src->client_secret_file != NULL)
        return credential_load_secret_file(l->src->client_secret_file, c, e);
    if (text != NULL && l->src->client_certificate_file == NULL)
        return credential_load_secret_text(text, "AZURE_CLIENT_SECRET", c, e);
    l->here = false;
    return absent(l, "neither --client-secret-file nor AZURE_CLIENT_SECRET is set");
}

static enum err_code look_certificate(struct look *l, struct credential *c, struct err *e)
{
    const char *path = l->src->client_certificate_file;
    const char *password_file = l->src->client_certificate_password_file;

    if (path == NULL)
        path = env("AZURE_CLIENT_CERTIFICATE_PATH");
    if (path == NULL)
        return absent(l, "neither --client-certificate-file nor AZURE_CLIENT_CERTIFICATE_PATH is "
                         "set");
    l->here = true;
    if (password_file == NULL)
        return credential_load_certificate(path, env("AZURE_CLIENT_CERTIFICATE_PASSWORD"), c, e);
    if (credential_load_secret_file(password_file, c, e) == ERR_OK)
        (void)credential_load_certificate(path, c->secret.p, c, e);
    secret_release(&c->secret);
    return e->code;
}

/* ---- federation ---- */

/* The file is not asked to be private: Kubernetes mounts it so that every user of the pod can read
 * it, and what it holds ends within the hour. */
static enum err_code look_workload(struct look *l, struct credential *c, struct err *e)
{
    const char *path = env("AZURE_FEDERATED_TOKEN_FILE");

    if (path == NULL)
        return absent(l, "AZURE_FEDERATED_TOKEN_FILE is not set");
    l->here = true;
    if (access(path, R_OK) != 0)
        return err_set(e, ERR_USAGE, "AZURE_FEDERATED_TOKEN_FILE: cannot read '%s'", path);
    c->path = xstrdup(path);
    return ERR_OK;
}

static enum err_code oidc(const char *url_name, const char *url, const char *token,
                          struct credential *c, struct err *e)
{
    struct url u;

    if (!url_parse(url, &u))
        return err_set(e, ERR_USAGE, "%s is no https URL", url_name);
    c->url = xstrdup(url);
    secret_set(&c->secret, token, strlen(token));
    return ERR_OK;
}

static enum err_code look_github(struct look *l, struct credential *c, struct err *e)
{
    const char *url = env("ACTIONS_ID_TOKEN_REQUEST_URL");
    const char *token = env("ACTIONS_ID_TOKEN_REQUEST_TOKEN");

    if (url == NULL || token == NULL)
        return absent(l, env("GITHUB_ACTIONS") != NULL
                             ? "the job has no 'permissions: id-token: write'"
                             : "ACTIONS_ID_TOKEN_REQUEST_URL is not set");
    l->here = true;
    return oidc("ACTIONS_ID_TOKEN_REQUEST_URL", url, token, c, e);
}

static enum err_code look_pipelines(struct look *l, struct credential *c, struct err *e)
{
    const char *url = env("SYSTEM_OIDCREQUESTURI");
    const char *token = env("SYSTEM_ACCESSTOKEN");
    const char *connection = env("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID");
    char *whole;
    enum err_code code;

    if (url == NULL)
        return absent(l, "SYSTEM_OIDCREQUESTURI is not set");
    if (token == NULL)
        return absent(l, "SYSTEM_ACCESSTOKEN is not set (map it in the step: env: "
                         "SYSTEM_ACCESSTOKEN: $(System.AccessToken))");
    if (connection == NULL)
        return absent(l, "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID is not set (an AzureCLI or "
                         "AzurePowerShell task sets it)");
    l->here = true;
    if (!str_is_guid(connection))
        return err_set(e, ERR_USAGE, "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID is no GUID");
    whole = xasprintf("%s?api-version=7.1&serviceConnectionId=%s", url, connection);
    code = oidc("SYSTEM_OIDCREQUESTURI", whole, token, c, e);
    free(whole);
    return code;
}

/* ---- managed identity ---- */

static enum err_code metadata(const char *name, const char *url, struct credential *c,
                              struct err *e)
{
    struct url u;

    if (!metadata_url_parse(url, &u))
        return err_set(e, ERR_USAGE,
                       "%s is no URL of this machine: a managed identity is asked for over http, "
                       "at a loopback or link-local address only",
                       name);
    c->url = xstrdup(url);
    return ERR_OK;
}

static enum err_code look_app_service(struct look *l, struct credential *c, struct err *e)
{
    const char *url = env("IDENTITY_ENDPOINT");
    const char *header = env("IDENTITY_HEADER");

    if (url == NULL || header == NULL)
        return absent(l, "IDENTITY_ENDPOINT and IDENTITY_HEADER are not set");
    l->here = true;
    secret_set(&c->secret, header, strlen(header));
    return metadata("IDENTITY_ENDPOINT", url, c, e);
}

static enum err_code look_arc(struct look *l, struct credential *c, struct err *e)
{
    const char *url = env("IDENTITY_ENDPOINT");

    if (url != NULL && env("IMDS_ENDPOINT") == NULL)
        url = NULL;
    if (url == NULL && access(ARC_AGENT, F_OK) == 0)
        url = ARC_ENDPOINT;
    if (url == NULL)
        return absent(l, "this is no server of Azure Arc");
    l->here = true;
    return metadata("IDENTITY_ENDPOINT", url, c, e);
}

static bool is_azure_vm(void)
{
    struct err ignored = ERR_INIT;
    struct buf b;
    bool yes = file_read(AZURE_TAG_FILE, LIMIT_CREDENTIAL_BYTES, &b, &ignored) == ERR_OK &&
               str_starts(b.p, AZURE_TAG);

    buf_release(&b);
    return yes;
}

static enum err_code look_imds(struct look *l, struct credential *c, struct err *e)
{
    const char *host = env("AZURE_POD_IDENTITY_AUTHORITY_HOST");
    char *url;
    enum err_code code;

    if (!l->is_forced && host == NULL && !is_azure_vm())
        return absent(l, "this is no virtual machine of Azure (--auth managed-identity asks "
                         "anyway)");
    l->here = true;
    url = xasprintf("%s" IMDS_PATH, host != NULL ? host : IMDS_HOST);
    code = metadata("AZURE_POD_IDENTITY_AUTHORITY_HOST", url, c, e);
    free(url);
    return code;
}

/* ---- a person ---- */

static enum err_code look_device_code(struct look *l, struct credential *c, struct err *e)
{
    (void)e;
    if (!l->is_forced)
        return absent(l, "only with --device-code");
    l->here = true;
    if (l->src->cache != NULL)
        c->path = xstrdup(l->src->cache);
    return ERR_OK;
}

/* ---- the table ---- */

/* In the order of Azure's environment, workload identity and managed identity credentials. */
static const struct mode {
    const char *name; /* --auth */
    const char *kind; /* for messages */
    look_fn *look;
} modes[] = {
    [CREDENTIAL_SECRET] = {"secret", "client secret", look_secret},
    [CREDENTIAL_CERTIFICATE] = {"certificate", "certificate", look_certificate},
    [CREDENTIAL_WORKLOAD_IDENTITY] = {"workload-identity", "federated token", look_workload},
    [CREDENTIAL_GITHUB] = {"github", "GitHub Actions token", look_github},
    [CREDENTIAL_AZURE_PIPELINES] = {"azure-pipelines", "Azure Pipelines token", look_pipelines},
    [CREDENTIAL_ARC] = {"managed-identity", "managed identity (Azure Arc)", look_arc},
    [CREDENTIAL_APP_SERVICE] = {"managed-identity", "managed identity (App Service)",
                                look_app_service},
    [CREDENTIAL_IMDS] = {"managed-identity", "managed identity (virtual machine)", look_imds},
    [CREDENTIAL_DEVICE_CODE] = {"device-code", "device code", look_device_code},
};
_Static_assert(COUNT_OF(modes) == CREDENTIAL_MODE_COUNT, "a row for each mode");

/* Service Fabric and Arc share a variable with App Service: the header tells them apart. */
static const enum credential_mode order[] = {
    CREDENTIAL_SECRET,
    CREDENTIAL_CERTIFICATE,
    CREDENTIAL_WORKLOAD_IDENTITY,
    CREDENTIAL_GITHUB,
    CREDENTIAL_AZURE_PIPELINES,
    CREDENTIAL_APP_SERVICE,
    CREDENTIAL_ARC,
    CREDENTIAL_IMDS,
    CREDENTIAL_DEVICE_CODE,
};
_Static_assert(COUNT_OF(order) == CREDENTIAL_MODE_COUNT, "each mode is tried once");

const char *credential_mode_at(size_t i)
{
    size_t seen = 0;

    for (size_t k = 0; k < COUNT_OF(order); k++) {
        const char *name = modes[order[k]].name;

        if (k > 0 && str_eq(name, modes[order[k - 1]].name))
            continue;
        if (seen++ == i)
            return name;
    }
    return NULL;
}

void credential_free(struct credential *c)
{
    if (c == NULL)
        return;
    secret_release(&c->secret);
    EVP_PKEY_free(c->key); /* wipes */
    X509_free(c->cert);
    free(c->url);
    free(c->path);
    free(c);
}

const char *credential_kind(const struct credential *c)
{
    return modes[c->mode].kind;
}

bool credential_is_managed(const struct credential *c)
{
    return str_eq(modes[c->mode].name, "managed-identity");
}

bool credential_needs_client_id(const struct credential *c)
{
    return !credential_is_managed(c);
}

static enum err_code try_mode(enum credential_mode mode, struct look *l, struct credential **out,
                              struct err *e)
{
    struct credential *c = xcalloc(1, sizeof *c);
    enum err_code code;

    c->mode = mode;
    l->here = false;
    buf_addf(l->why, "%s%s: ", l->why->n > 0 ? "; " : "", modes[mode].kind);
    code = modes[mode].look(l, c, e);
    if (code == ERR_OK && l->here) {
        *out = c;
        return ERR_OK;
    }
    credential_free(c);
    return code;
}

enum err_code credential_load(const struct credential_source *src, struct credential **out,
                              struct err *e)
{
    struct look l = {.src = src, .is_forced = src->auth != NULL};
    enum err_code code = ERR_OK;
    bool known = src->auth == NULL;
    struct buf why;

    *out = NULL;
    buf_init(&why, ERR_MSG_BYTES);
    l.why = &why;
    for (size_t i = 0; i < COUNT_OF(order) && code == ERR_OK && *out == NULL; i++) {
        if (src->auth != NULL && !str_eq(src->auth, modes[order[i]].name))
            continue;
        known = true;
        code = try_mode(order[i], &l, out, e);
    }
    if (!known)
        code = err_set(e, ERR_USAGE, "--auth: no mode '%s'", src->auth);
    else if (code == ERR_OK && *out == NULL)
        code = err_set(e, ERR_USAGE, "no credential: %s", why.p);
    buf_release(&why);
    return code;
}
