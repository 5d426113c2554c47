/* Managed identities: App Service (and what speaks like it), Azure Arc, virtual machines.
 *
 * Sources: Microsoft Entra "How to use managed identities for Azure resources on an Azure VM to
 * acquire an access token"; "How to use managed identities for App Service"; Azure Arc
 * "Authenticate against Azure resources with Azure Arc-enabled servers". */
#include "base/fsx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "credential_internal.h"
#include "grant_step.h"
#include "secret_buf.h"
#include "token_reply.h"
#include "transport.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { ARC_KEY_BYTES = 4096, URL_BYTES = 4096 };
#define ARC_KEY_FOLDER "/var/opt/azcmagent/tokens/"

static const struct machine {
    enum grant_step step;
    const char *version, *header;
    bool has_secret; /* the header's value is the credential's secret */
    bool has_client; /* several identities: client_id chooses */
} machines[] = {
    {GRANT_APP_SERVICE, "2019-08-01", "X-IDENTITY-HEADER: ", true, true},
    {GRANT_ARC, "2020-06-01", "Metadata: true", false, false},
    {GRANT_ARC_ANSWER, "2020-06-01", "Metadata: true", false, false},
    {GRANT_IMDS, "2018-02-01", "Metadata: true", false, true},
};

static const struct machine *machine_of(enum grant_step step)
{
    for (size_t i = 0; i < COUNT_OF(machines); i++)
        if (machines[i].step == step)
            return &machines[i];
    return &machines[0];
}

void grant_ask_machine(struct grant *g, struct grant_request *out)
{
    const struct machine *m = machine_of(g->step);
    const struct credential *c = g->home->credential;
    struct buf b;
    char *header;

    buf_init(&b, URL_BYTES);
    buf_addf(&b, "%s?api-version=%s&resource=", c->url, m->version);
    grant_percent(&b, g->resource);
    if (m->has_client && g->home->client_id != NULL)
        buf_addf(&b, "&client_id=%s", g->home->client_id);
    out->url = xstrdup(b.p);
    buf_release(&b);
    out->method = "GET";
    out->target = GUARD_METADATA;
    header = xasprintf("%s%s", m->header, m->has_secret ? c->secret.p : "");
    strlist_add(&out->headers, header);
    secret_wipe(header, strlen(header));
    free(header);
    if (g->step == GRANT_ARC_ANSWER) {
        header = xasprintf("Authorization: Basic %s", g->proof.p);
        strlist_add(&out->headers, header);
        secret_wipe(header, strlen(header));
        free(header);
    }
}

const char *grant_arc_key_refused(const char *path)
{
    static const char folder[] = ARC_KEY_FOLDER, end[] = ".key";
    size_t n = strlen(path);

    if (!str_starts(path, folder) || strchr(path + strlen(folder), '/') != NULL)
        return "it is not in " ARC_KEY_FOLDER;
    if (n < strlen(folder) + sizeof end || strcmp(path + n - strlen(end), end) != 0)
        return "its name does not end in .key";
    return NULL;
}

/* The agent answers with the name of a file that only its group can read. Whoever plays the agent
 * must not make us send any other file. */
static enum grant_result answer_challenge(struct grant *g, const char *challenge, struct err *e)
{
    static const char scheme[] = "Basic realm=";
    struct buf b;
    const char *path, *why;

    if (challenge == NULL || !str_starts(challenge, scheme)) {
        err_set(e, ERR_AUTH, "sign-in for %s: Azure Arc's agent sent no challenge", g->who);
        return GRANT_REFUSED;
    }
    path = challenge + strlen(scheme);
    why = grant_arc_key_refused(path);
    if (why != NULL) {
        err_set(e, ERR_AUTH, "sign-in for %s: Azure Arc's agent names a file that is not sent: %s",
                g->who, why);
        return GRANT_REFUSED;
    }
    if (file_read(path, ARC_KEY_BYTES, &b, e) == ERR_OK && b.n > 0) {
        secret_release(&g->proof);
        secret_set(&g->proof, b.p, b.n);
        g->step = GRANT_ARC_ANSWER;
    } else if (e->code != ERR_OK) {
        e->code = ERR_AUTH;
        (void)err_wrap(e, "Azure Arc's key (is this user in the group himds?)");
    } else {
        err_set(e, ERR_AUTH, "Azure Arc's key is empty");
    }
    secret_buf_release(&b);
    return e->code == ERR_OK ? GRANT_GOES_ON : GRANT_REFUSED;
}

enum grant_result grant_take_machine(struct grant *g, const struct transfer_reply *r,
                                     struct token_reply *out, struct err *e)
{
    if (g->step == GRANT_ARC && r->code == ERR_OK && r->status == 401)
        return answer_challenge(g, r->www_authenticate, e);
    if (token_reply_read(r, g->who, out, e) == ERR_OK)
        return GRANT_HAS_TOKEN;
    out->try_other_alg = false;
    if (r->code != ERR_OK) {
        out->may_retry = false; /* it is on this machine: it is there, or it is not */
        (void)err_wrap(e, "no managed identity answers here");
    }
    return GRANT_REFUSED;
}
