#include "options.h"

#include <stdio.h>
#include <string.h>

#include "faults.h"

enum kind { OPT_TEXT, OPT_NUMBER, OPT_FLAG, OPT_LIST, OPT_LICENCE };

static const struct opt {
    const char *name;
    enum kind kind;
    size_t at; /* offsetof(struct options, ...) */
    long min, max;
    const char *arg, *help;
} opts[] = {
    {"tenant", OPT_TEXT, offsetof(struct options, tenant), 0, 0, "FILE", "tenant description"},
    {"state-dir", OPT_TEXT, offsetof(struct options, state_dir), 0, 0, "DIR",
     "where ca.pem, cloud.yaml, ready.json and the test credentials go"},
    {"log", OPT_TEXT, offsetof(struct options, log), 0, 0, "FILE", "request log, JSON lines"},
    {"keys", OPT_TEXT, offsetof(struct options, keys), 0, 0, "DIR",
     "keep RSA keys there and use them again: a start takes a tenth of the time"},
    {"page-size", OPT_NUMBER, offsetof(struct options, page_size), 1, 1000, "N",
     "no page holds more than N items"},
    {"page-match", OPT_TEXT, offsetof(struct options, page_match), 0, 0, "TEXT",
     "--page-size is for requests whose path and query contain TEXT; all"},
    {"latency-ms", OPT_NUMBER, offsetof(struct options, latency_ms), 0, 60000, "N",
     "wait before every reply"},
    {"jitter-ms", OPT_NUMBER, offsetof(struct options, jitter_ms), 0, 60000, "N",
     "wait up to N ms more, at random"},
    {"fault", OPT_LIST, offsetof(struct options, faults), 0, 0, "SPEC",
     "misbehave: match=TEXT[;service=S][;cmdlet=C][;nth=N][;times=K][;page=N];kind=KIND[;value=V]"},
    {"remove-permission", OPT_LIST, offsetof(struct options, removed_permissions), 0, 0, "NAME",
     "take an application permission away"},
    {"add-permission", OPT_LIST, offsetof(struct options, added_permissions), 0, 0, "NAME",
     "grant one more application permission of Graph"},
    {"licence", OPT_LICENCE, offsetof(struct options, licence), 0, 0, "none|p1|p2",
     "Entra ID licence instead of what the tenant's SKUs say"},
    {"remove-exchange-role", OPT_FLAG, offsetof(struct options, remove_exchange_role), 0, 0, NULL,
     "the app holds no directory role"},
    {"disable-cmdlet", OPT_LIST, offsetof(struct options, disabled_cmdlets), 0, 0, "Get-X",
     "the app may not call this cmdlet"},
    {"disable-endpoint", OPT_LIST, offsetof(struct options, disabled_endpoints), 0, 0, "TEXT",
     "Graph has no path that contains TEXT"},
    {"token-tenant", OPT_TEXT, offsetof(struct options, token_tenant), 0, 0, "GUID",
     "the tenant that tokens say they are of (the tenant's own)"},
    {"token-lifetime", OPT_NUMBER, offsetof(struct options, token_lifetime), 1, 86400, "SECONDS",
     "of access tokens (3599)"},
    {"clock-offset", OPT_NUMBER, offsetof(struct options, clock_offset), -315360000, 315360000,
     "SECONDS", "the services' clock is this far ahead of ours"},
    {"shift-dates", OPT_FLAG, offsetof(struct options, shift_dates), 0, 0, NULL,
     "move the sign-in log so that the tenant's auditDate is now"},
    {"keep-replies", OPT_FLAG, offsetof(struct options, keep_replies), 0, 0, NULL,
     "make each page once and keep it: for benchmarks"},
    {"public-names", OPT_FLAG, offsetof(struct options, public_names), 0, 0, NULL,
     "the services call themselves as in the worldwide cloud; reach them through the proxy"},
    {"proxy-login", OPT_TEXT, offsetof(struct options, proxy_login), 0, 0, "USER:PASSWORD",
     "what the proxy asks for (nothing)"},
    {"parent-exit", OPT_FLAG, offsetof(struct options, parent_exit), 0, 0, NULL,
     "stop when the parent process ends"},
};

static void help_print(FILE *f)
{
    fputs("Usage: graphaudit-simulator --tenant FILE --state-dir DIR [OPTION]...\n\n", f);
    fputs("  --list-faults\n        every kind of fault, where, and what happens; alone\n", f);
    for (size_t i = 0; i < COUNT_OF(opts); i++)
        fprintf(f, "  --%s%s%s\n        %s\n", opts[i].name, opts[i].arg != NULL ? " " : "",
                opts[i].arg != NULL ? opts[i].arg : "", opts[i].help);
}

static bool set_licence(const char *value, enum licence *out)
{
    static const char *const names[] = {"none", "p1", "p2"};

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (str_ieq(value, names[i])) {
            *out = (enum licence)i;
            return true;
        }
    return false;
}

static bool set(const struct opt *opt, const char *value, struct options *o)
{
    char *at = (char *)o + opt->at;

    switch (opt->kind) {
    case OPT_TEXT:
        memcpy(at, &value, sizeof value);
        return true;
    case OPT_NUMBER: {
        long n;

        if (!parse_long(value, opt->min, opt->max, &n))
            return false;
        memcpy(at, &n, sizeof n);
        return true;
    }
    case OPT_FLAG: {
        bool yes = true;

        memcpy(at, &yes, sizeof yes);
        return true;
    }
    case OPT_LIST:
        strings_add((struct strings *)(void *)at, value);
        return true;
    case OPT_LICENCE:
        return set_licence(value, &o->licence);
    }
    return false;
}

static const struct opt *find(const char *name, size_t n)
{
    for (size_t i = 0; i < COUNT_OF(opts); i++)
        if (strlen(opts[i].name) == n && memcmp(opts[i].name, name, n) == 0)
            return &opts[i];
    return NULL;
}

bool options_parse(int argc, char **argv, struct options *o, bool *help)
{
    *help = false;
    if (argc == 2 && str_eq(argv[1], "--list-faults")) {
        fault_list();
        *help = true;
        return false;
    }
    *o = (struct options){.token_lifetime = 3599, .licence = LICENCE_AUTO};
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        const char *value = strchr(word, '=');
        size_t n = value != NULL ? (size_t)(value - word) : strlen(word);
        const struct opt *opt = n > 2 && str_starts(word, "--") ? find(word + 2, n - 2) : NULL;

        if (str_eq(word, "--help")) {
            help_print(stdout);
            *help = true;
            return false;
        }
        if (opt == NULL) {
            fprintf(stderr, "graphaudit-simulator: unknown option '%s'\n", word);
            return false;
        }
        if (opt->kind != OPT_FLAG)
            value = value != NULL ? value + 1 : argv[++i];
        if ((opt->kind != OPT_FLAG && value == NULL) || !set(opt, value, o)) {
            fprintf(stderr, "graphaudit-simulator: bad value for --%s\n", opt->name);
            return false;
        }
    }
    if (o->tenant == NULL || o->state_dir == NULL) {
        fputs("graphaudit-simulator: --tenant and --state-dir are needed\n", stderr);
        return false;
    }
    return true;
}

void options_free(struct options *o)
{
    strings_free(&o->faults);
    strings_free(&o->removed_permissions);
    strings_free(&o->added_permissions);
    strings_free(&o->disabled_cmdlets);
    strings_free(&o->disabled_endpoints);
}
