/* doctor_local.c - what needs no network: rules, options, credential, the place for the snapshot.
 */
#include "base/fsx.h"
#include "base/mem.h"
#include "doctor.h"
#include "exitcode.h"
#include "graph/credential.h"
#include "graph/http_trace.h"
#include "run.h"
#include "sign_in.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* A snapshot of 100,000 users takes about 150 MiB; less than this is likely to be too little. */
#define FEW_BYTES ((uint64_t)256 * 1024 * 1024)

static void check_rules(struct doctor *d)
{
    struct err e = ERR_INIT;

    if (run_load_rules(d->c, &d->rs, &e) != ERR_OK) {
        doctor_advise(doctor_fail(d, "rules", EXIT_CODE_USAGE, "%s", e.msg),
                      "graphaudit rules check shows every problem");
        return;
    }
    d->has_rules = true;
    needs_derive(&d->needs, d->rs);
    doctor_add(d, "rules", DOCTOR_PASS, "%zu rules load", d->needs.rule_count);
}

static void check_options(struct doctor *d)
{
    struct err e = ERR_INIT;

    if (run_check_tenant_options(d->c, &e) != ERR_OK) {
        (void)doctor_fail(d, "options", EXIT_CODE_USAGE, "%s", e.msg);
        err_clear(&e);
    } else {
        d->has_tenant = true;
    }
    if (cloud_load(d->c->opt.cloud, &d->cloud, &e) != ERR_OK) {
        (void)doctor_fail(d, "cloud", EXIT_CODE_USAGE, "%s", e.msg);
        return;
    }
    d->has_cloud = true;
    if (d->has_tenant)
        doctor_add(d, "options", DOCTOR_PASS, "tenant %s in cloud %s, application %s",
                   d->c->opt.tenant, d->cloud.name, d->c->opt.client_id);
}

static void check_credential(struct doctor *d)
{
    struct err e = ERR_INIT;
    char date[SIGN_IN_DATE_BYTES];
    int days = 0;

    if (sign_in_credential(d->c, &d->credential, &e) != ERR_OK) {
        d->credential = NULL;
        (void)doctor_fail(d, "credential", EXIT_CODE_USAGE, "%s", e.msg);
        return;
    }
    if (sign_in_ends_soon(d->credential, &days, date))
        doctor_advise(doctor_add(d, "credential", DOCTOR_HINT,
                                 "the certificate expires in %d days, on %s", days, date),
                      "make a new one and upload its public part to the app registration; both may "
                      "be there at the same time");
    else
        doctor_add(d, "credential", DOCTOR_PASS, "a %s", credential_kind(d->credential));
}

/* A trace is a help, not a check: where it cannot be written, that is an option's error. */
static void open_trace(struct doctor *d)
{
    struct err e = ERR_INIT;

    if (d->c->opt.trace_http != NULL &&
        http_trace_open(d->c->opt.trace_http, &d->trace, &e) != ERR_OK)
        (void)doctor_fail(d, "options", EXIT_CODE_USAGE, "%s", e.msg);
}

/* The folder that the snapshot goes to; caller frees. */
static char *folder_of(const struct context *c)
{
    const char *tmp = getenv("TMPDIR");
    const char *slash;

    if (c->opt.snapshot == NULL)
        return xstrdup(tmp != NULL && *tmp != '\0' ? tmp : "/tmp");
    slash = strrchr(c->opt.snapshot, '/');
    if (slash == NULL)
        return xstrdup(".");
    return slash == c->opt.snapshot ? xstrdup("/")
                                    : xstrndup(c->opt.snapshot, (size_t)(slash - c->opt.snapshot));
}

/* Makes a file there as the snapshot is made, looks at its mode, and takes it away again. */
static bool can_write(const char *folder, char **why)
{
    char *path = xasprintf("%s/.graphaudit-XXXXXX", folder);
    struct stat st;
    int fd = mkstemp(path);
    bool ok = false;

    if (fd < 0)
        *why = xasprintf("cannot create a file in '%s': %s", folder, strerror(errno));
    else if (fchmod(fd, S_IRUSR | S_IWUSR) != 0 || fstat(fd, &st) != 0 ||
             (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        *why = xasprintf("a file in '%s' cannot be kept from others (mode 0600)", folder);
    else
        ok = true;
    if (fd >= 0) {
        (void)close(fd);
        (void)unlink(path);
    }
    free(path);
    return ok;
}

static void check_space(struct doctor *d, const char *folder)
{
    struct statvfs v;
    uint64_t bytes;

    if (statvfs(folder, &v) != 0) {
        doctor_add(d, "disk", DOCTOR_HINT, "cannot tell how much room '%s' has: %s", folder,
                   strerror(errno));
        return;
    }
    bytes = (uint64_t)v.f_bavail * (uint64_t)v.f_frsize;
    if (bytes < FEW_BYTES)
        doctor_advise(doctor_add(d, "disk", DOCTOR_HINT, "only %llu MiB are free in '%s'",
                                 (unsigned long long)(bytes >> 20), folder),
                      "a large tenant needs more: about 150 MiB for 100,000 users");
    else
        doctor_add(d, "disk", DOCTOR_PASS, "%llu MiB free in '%s'",
                   (unsigned long long)(bytes >> 20), folder);
}

static void check_snapshot(struct doctor *d)
{
    const char *path = d->c->opt.snapshot;
    char *folder = folder_of(d->c);
    char *why = NULL;

    if (path != NULL && access(path, F_OK) == 0)
        doctor_advise(doctor_fail(d, "snapshot", EXIT_CODE_USAGE, "'%s' exists already", path),
                      "an audit does not write over evidence: name another file");
    else if (!can_write(folder, &why))
        (void)doctor_fail(d, "snapshot", EXIT_CODE_USAGE, "%s", why);
    else
        doctor_add(d, "snapshot", DOCTOR_PASS, "can be written, for you alone: %s",
                   path != NULL ? path : "a temporary file");
    check_space(d, folder);
    free(why);
    free(folder);
}

void doctor_check_local(struct doctor *d)
{
    open_trace(d);
    check_rules(d);
    check_options(d);
    check_credential(d);
    check_snapshot(d);
}
