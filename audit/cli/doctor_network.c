/* doctor_network.c - proxy, names, TLS of the three hosts, and the clock. */
#include "doctor.h"
#include "exitcode.h"

#include <stdlib.h>

enum {
    HOST_MS = 15 * 1000,
    DISCOVERY_MS = 20 * 1000,
    SKEW_HINT_MS = 60 * 1000,
    /* Entra ID accepts an assertion five minutes off. */
    SKEW_FAIL_MS = 5 * 60 * 1000
};

static const char used_up[] = "not checked: the time (--deadline) is used up";

struct host_of {
    const char *origin, *what;
    int exit_code; /* Exchange apart, nothing goes on without it */
};

static void line_of_chain(struct doctor *d, const struct host_check *h, const struct host_of *o)
{
    const struct host_certificate *own = &h->chain[0];
    const struct host_certificate *top = h->chain_count > 0 ? &h->chain[h->chain_count - 1] : own;
    const char *trust = d->c->opt.ca_file != NULL ? "the system's authorities and " : "";
    const char *file = d->c->opt.ca_file != NULL ? d->c->opt.ca_file : "the system's authorities";

    if (h->stage == HOST_DONE) {
        doctor_add(d, "tls", DOCTOR_PASS,
                   "%s (%s): %s, until %.10s; issued by %s; root %s; trusted by %s%s", h->host,
                   o->what, own->subject, own->not_after, own->issuer, top->issuer, trust, file);
        return;
    }
    if (h->chain_count > 0)
        doctor_advise(doctor_fail(d, "tls", o->exit_code,
                                  "%s (%s): %s; it shows %s, issued by %s (trusted: %s%s)", h->host,
                                  o->what, h->trouble, own->subject, own->issuer, trust, file),
                      "a proxy that inspects TLS? Then name its CA with --ca-file; check this "
                      "machine's clock");
    else
        (void)doctor_fail(d, "tls", o->exit_code, "%s (%s): %s", h->host, o->what, h->trouble);
}

static void lines_of_host(struct doctor *d, const struct host_check *h, const struct host_of *o)
{
    switch (h->stage) {
    case HOST_PROXY:
        doctor_advise(doctor_fail(d, "proxy", o->exit_code, "no way to %s (%s): %s", h->host,
                                  o->what, h->trouble),
                      "check --proxy, HTTPS_PROXY and NO_PROXY");
        doctor_add(d, "tls", DOCTOR_UNCHECKED, "not checked: %s, no connection", o->what);
        break;
    case HOST_NAME:
        doctor_advise(
            doctor_fail(d, "dns", o->exit_code, "%s (%s): %s", h->host, o->what, h->trouble),
            "check the resolver of this machine, or set a proxy");
        doctor_add(d, "tls", DOCTOR_UNCHECKED, "not checked: %s, no address", o->what);
        break;
    case HOST_CONNECT:
        doctor_add(d, "dns", DOCTOR_PASS, "%s (%s) has an address", h->host, o->what);
        doctor_advise(
            doctor_fail(d, "connection", o->exit_code, "%s (%s): %s", h->host, o->what, h->trouble),
            "a firewall? Port 443 has to be open to this host, or a proxy set");
        doctor_add(d, "tls", DOCTOR_UNCHECKED, "not checked: %s, no connection", o->what);
        break;
    case HOST_TLS:
    case HOST_DONE:
        doctor_add(d, "dns", DOCTOR_PASS, "%s (%s): connected to %s", h->host, o->what, h->address);
        line_of_chain(d, h, o);
        break;
    }
}

static void check_proxy(struct doctor *d)
{
    char proxy[CHECK_TEXT_BYTES];
    const char *said_by;

    if (host_check_proxy(d->c->opt.proxy, proxy, &said_by))
        doctor_add(d, "proxy", DOCTOR_PASS, "%s says %s", said_by, proxy);
    else
        doctor_add(d, "proxy", DOCTOR_PASS, "none is set");
}

static void check_hosts(struct doctor *d)
{
    const struct host_of hosts[] = {{d->cloud.login, "sign-in", EXIT_CODE_SERVICE},
                                    {d->cloud.graph, "Microsoft Graph", EXIT_CODE_SERVICE},
                                    {d->cloud.exchange, "Exchange Online", EXIT_CODE_INCOMPLETE}};

    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        struct host_check_options o = {d->c->opt.ca_file, d->c->opt.proxy, doctor_time(d, HOST_MS)};
        struct host_check h;
        struct err e = ERR_INIT;

        if (o.timeout_ms == 0) {
            doctor_add(d, "tls", DOCTOR_UNCHECKED, "%s", used_up);
            continue;
        }
        if (host_check(&o, hosts[i].origin, &h, &e) != ERR_OK) {
            (void)doctor_fail(d, "tls", EXIT_CODE_USAGE, "%s", e.msg);
            continue;
        }
        d->reached[i] = h.stage == HOST_DONE;
        lines_of_host(d, &h, &hosts[i]);
    }
}

static void line_of_clock(struct doctor *d, int64_t ahead_ms)
{
    int64_t off = ahead_ms < 0 ? -ahead_ms : ahead_ms;
    const char *way = ahead_ms > 0 ? "behind" : "ahead of";
    struct doctor_line *l;

    if (off <= SKEW_HINT_MS) {
        doctor_add(d, "clock", DOCTOR_PASS, "within a minute of the sign-in service's");
        return;
    }
    if (off > SKEW_FAIL_MS)
        l = doctor_fail(d, "clock", EXIT_CODE_AUTH,
                        "this machine is %lld s %s the sign-in service: signing in with a "
                        "certificate is refused, and certificates may seem invalid",
                        (long long)(off / 1000), way);
    else
        l = doctor_add(d, "clock", DOCTOR_HINT, "this machine is %lld s %s the sign-in service",
                       (long long)(off / 1000), way);
    doctor_advise(l, "let it follow a time server: timedatectl set-ntp true");
}

static void check_discovery(struct doctor *d)
{
    struct tenant_check_options o = {.tenant = d->c->opt.tenant,
                                     .cloud = &d->cloud,
                                     .ca_file = d->c->opt.ca_file,
                                     .proxy = d->c->opt.proxy,
                                     .tool_version = GRAPHAUDIT_VERSION,
                                     .trace = d->trace,
                                     .clock = d->c->clock,
                                     .timeout_ms = doctor_time(d, DISCOVERY_MS)};
    struct tenant_check *t = NULL;
    struct err e = ERR_INIT;
    bool has_date = false;
    int64_t ahead_ms = 0;

    if (!d->has_tenant || !d->reached[0] || o.timeout_ms == 0) {
        const char *why = !d->has_tenant   ? "not checked: no tenant is named"
                          : !d->reached[0] ? "not checked: the sign-in service is not reached"
                                           : used_up;

        doctor_add(d, "clock", DOCTOR_UNCHECKED, "%s", why);
        doctor_add(d, "tenant", DOCTOR_UNCHECKED, "%s", why);
        return;
    }
    if (tenant_check_new(&o, &t, &e) == ERR_OK)
        (void)tenant_check_discover(t, &has_date, &ahead_ms, &e);
    tenant_check_free(t);
    if (has_date)
        line_of_clock(d, ahead_ms);
    else
        doctor_add(d, "clock", DOCTOR_UNCHECKED,
                   "not checked: the sign-in service did not say the time");
    if (e.code == ERR_OK)
        doctor_add(d, "tenant", DOCTOR_PASS, "the sign-in service knows %s", d->c->opt.tenant);
    else
        (void)doctor_fail(d, "tenant", e.code == ERR_AUTH ? EXIT_CODE_AUTH : EXIT_CODE_SERVICE,
                          "%s", e.msg);
}

void doctor_check_network(struct doctor *d)
{
    check_proxy(d);
    if (!d->has_cloud) {
        doctor_add(d, "tls", DOCTOR_UNCHECKED, "not checked: the cloud's hosts are not known");
        return;
    }
    check_hosts(d);
    check_discovery(d);
}
