/* graphaudit-simulator: a Microsoft 365 tenant on loopback, for end-to-end tests. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ca.h"
#include "dns.h"
#include "faults.h"
#include "options.h"
#include "proxy.h"
#include "reqlog.h"
#include "server.h"
#include "smtp.h"
#include "tenant.h"
#include "timetext.h"

void sim_sleep_ms(struct sim *s, long ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&s->lock);
    while (!s->stopping && pthread_cond_timedwait(&s->wake, &s->lock, &until) != ETIMEDOUT)
        ;
    pthread_mutex_unlock(&s->lock);
}

static void sim_init(struct sim *s)
{
    pthread_condattr_t attr;
    unsigned char raw[16];
    char hex[33];

    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&s->wake, &attr);
    pthread_condattr_destroy(&attr);
    random_bytes(s->page_key, sizeof s->page_key);
    random_bytes(raw, sizeof raw);
    hex_lower(raw, sizeof raw, hex);
    snprintf(s->default_secret, sizeof s->default_secret, "sim~8Q%.32s", hex);
    random_bytes(raw, sizeof raw);
    hex_lower(raw, sizeof raw, hex);
    snprintf(s->smtp_password, sizeof s->smtp_password, "sim Pw!%.32s", hex);
    s->seen_assertions = json_object();
    s->faults = xcalloc(s->opt.faults.n, sizeof *s->faults);
    for (size_t i = 0; i < s->opt.faults.n; i++)
        if (!fault_parse(s->opt.faults.v[i], &s->faults[s->fault_count++]))
            exit(2);
}

static void save_text(const struct sim *s, const char *name, const char *text, unsigned mode)
{
    if (!file_write(s->opt.state_dir, name, text, strlen(text), mode))
        die("cannot write %s/%s: %s", s->opt.state_dir, name, strerror(errno));
}

/* For whoever sent SIGHUP: the description has been read. */
static void save_generation(const struct sim *s)
{
    const struct tenant *t = s->tenant;
    char *text = xasprintf("%u\n", t->generation);

    save_text(s, "generation", text, 0644);
    free(text);
}

static const char *secret_of(const struct sim *s)
{
    const json_t *app = json_array_get(json_object_get(s->tenant->doc, "apps"), 0);
    const char *secret = jstr(app, "secret");

    return secret != NULL ? secret : s->default_secret;
}

static void write_state(const struct sim *s)
{
    const json_t *app = json_array_get(json_object_get(s->tenant->doc, "apps"), 0);
    char *dir = realpath(s->opt.state_dir, NULL);
    char *cloud, *text;
    json_t *ready;

    if (dir == NULL)
        die("no state directory %s", s->opt.state_dir);
    save_text(s, "client.secret", secret_of(s), 0600);
    save_text(s, "smtp.password", s->smtp_password, 0600);
    cloud = xasprintf("# The simulated cloud: pass this file as --cloud.\n"
                      "login: %s\ngraph: %s\nexchange: %s\nsmtp: localhost:%u\n",
                      s->urls[SVC_LOGIN], s->urls[SVC_GRAPH], s->urls[SVC_EXCHANGE],
                      s->ports[SVC_SMTP]);
    save_text(s, "cloud.yaml", cloud, 0644);
    ready = json_object();
    jset(ready, "pid", json_integer(getpid()));
    for (int i = 0; i < SVC_DNS; i++)
        jset(ready, service_names[i], json_string(s->urls[i]));
    jset(ready, "dns", json_sprintf("127.0.0.1:%u", s->ports[SVC_DNS]));
    jset(ready, "smtp", json_sprintf("localhost:%u", s->ports[SVC_SMTP]));
    jset(ready, "machine", json_sprintf("http://127.0.0.1:%u", s->machine_port));
    jset(ready, "proxy", json_sprintf("http://127.0.0.1:%u", s->ports[SVC_PROXY]));
    jset(ready, "ports", json_object());
    for (int i = 0; i < SVC_COUNT; i++)
        jset(json_object_get(ready, "ports"), service_names[i],
             json_integer((json_int_t)s->ports[i]));
    jset(ready, "tenant_id", json_string(s->tenant->id));
    jset(ready, "tenant_domain", json_string(s->tenant->initial_domain));
    jset(ready, "client_id", jtext(jstr(app, "clientId")));
    jset(ready, "ca_file", json_sprintf("%s/ca.pem", dir));
    jset(ready, "cloud_file", json_sprintf("%s/cloud.yaml", dir));
    jset(ready, "client_secret_file", json_sprintf("%s/client.secret", dir));
    jset(ready, "smtp_password_file", json_sprintf("%s/smtp.password", dir));
    jset(ready, "client_certificate_pem", json_sprintf("%s/client.pem", dir));
    jset(ready, "client_certificate_pfx", json_sprintf("%s/client.pfx", dir));
    jset(ready, "client_certificate_password_file", json_sprintf("%s/client.pfx.password", dir));
    jset(ready, "unregistered_certificate_pem", json_sprintf("%s/unregistered.pem", dir));
    jset(ready, "client_certificate_sha1", json_string(s->keys->app_sha1));
    jset(ready, "client_certificate_sha256", json_string(s->keys->app_sha256));
    text = json_dumps(ready, JSON_INDENT(2));
    save_text(s, "ready.json", text, 0644);
    free(text);
    free(cloud);
    free(dir);
    json_decref(ready);
}

static void sim_clear(struct sim *s)
{
    for (size_t i = 0; i < s->fault_count; i++)
        fault_free(&s->faults[i]);
    free(s->faults);
    json_decref(s->seen_assertions);
    tenant_free(s->tenant);
    keys_free(s->keys);
    reqlog_close(s->log);
    pthread_cond_destroy(&s->wake);
    pthread_mutex_destroy(&s->lock);
    options_free(&s->opt);
}

int main(int argc, char **argv)
{
    static struct sim s;
    struct server *server;
    struct dns *dns;
    struct smtp *smtp;
    struct proxy *proxy;
    sigset_t stop;
    bool help;
    int signal_number;
    pid_t parent = getppid();

    if (!options_parse(argc, argv, &s.opt, &help)) {
        options_free(&s.opt);
        return help ? 0 : 2;
    }
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    sigaddset(&stop, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &stop, NULL); /* before any thread: all inherit it */
    (void)signal(SIGPIPE, SIG_IGN);
    if (s.opt.parent_exit && (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent))
        die("the parent process is gone");
    clock_set_offset(s.opt.clock_offset);
    if (mkdir(s.opt.state_dir, 0700) != 0 && errno != EEXIST)
        die("cannot make %s: %s", s.opt.state_dir, strerror(errno));
    sim_init(&s);
    s.tenant = tenant_load(&s.opt);
    if (s.opt.log != NULL && (s.log = reqlog_open(s.opt.log)) == NULL)
        die("cannot write %s: %s", s.opt.log, strerror(errno));
    if (s.opt.keys != NULL && mkdir(s.opt.keys, 0700) != 0 && errno != EEXIST)
        die("cannot make %s: %s", s.opt.keys, strerror(errno));
    s.keys = keys_make(s.opt.state_dir, s.opt.keys);
    server = server_start(&s);
    dns = dns_start(&s);
    smtp = smtp_start(&s);
    proxy = proxy_start(&s);
    write_state(&s);

    while (sigwait(&stop, &signal_number) == 0 && signal_number == SIGHUP) {
        s.tenant = tenant_reload(&s.opt, s.tenant);
        save_generation(&s);
    }

    pthread_mutex_lock(&s.lock);
    s.stopping = true;
    pthread_cond_broadcast(&s.wake);
    pthread_mutex_unlock(&s.lock);
    proxy_stop(proxy);
    smtp_stop(smtp);
    dns_stop(dns);
    server_stop(server);
    sim_clear(&s);
    return 0;
}
