/* options.h - one table of options: parsing, help, man page check and completion read it.
 *
 * No option takes the value of a secret: those come from files and the environment. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H
#include "base/err.h"
#include "base/strs.h"

#include <stdbool.h>
#include <stdint.h>

/* Commands as bits, so that an option can say where it belongs. */
enum command_bit {
    CMD_AUDIT = 1 << 0,
    CMD_COLLECT = 1 << 1,
    CMD_EVALUATE = 1 << 2,
    CMD_QUERY = 1 << 3,
    CMD_RULES = 1 << 4,
    CMD_VERSION = 1 << 5,
    CMD_HELP = 1 << 6,
    CMD_EXPLAIN = 1 << 7,
    CMD_WHY = 1 << 8,
    CMD_PROBE = 1 << 9,
    CMD_PERMISSIONS = 1 << 10,
    CMD_PLAN = 1 << 11,
    CMD_DOCTOR = 1 << 12,
    CMD_WAIVERS = 1 << 13,
    CMD_DIFF = 1 << 14,
    CMD_HISTORY = 1 << 15,
    CMD_FLEET = 1 << 16,
    CMD_CONFIG = 1 << 20,
    CMD_COMPLETION = 1 << 21,
    CMD_ALL = (1 << 22) - 1
};

/* Where an option's value comes from; the strongest first. */
enum option_origin {
    ORIGIN_NONE,
    ORIGIN_COMMAND_LINE,
    ORIGIN_ENVIRONMENT,
    ORIGIN_FILE,
    ORIGIN_DEFAULT
};
struct option_source {
    enum option_origin origin;
    char *where; /* the variable, or FILE:LINE; NULL for the others */
};

/* What the user asked for. Strings are owned; lists too. */
struct options {
    char *tenant, *client_id, *cloud, *ca_file, *proxy, *client_secret_file, *dns_server;
    char *client_certificate_file, *client_certificate_password_file;
    char *auth; /* how to sign in */
    bool device_code, no_token_cache;
    char *trace_http;
    int64_t deadline_ms;
    int64_t concurrency;
    char *snapshot, *resume, *since;
    bool incremental, collect_all;
    char *address;
    char *server, *password_file, *token_file, *send_to;
    bool tls_scan;
    struct strlist what_if, sign_in; /* key=value,... */
    struct strlist outputs;          /* FORMAT=PATH */
    struct strlist rules;            /* paths */
    char *waivers;                   /* path */
    char *profile, *baseline;
    char *history; /* a file or a PostgreSQL URL */
    int64_t limit;
    bool list_profiles, fail_on_new;
    bool mutate, strict; /* of `rules test` and `rules check` */
    char *against, *rules_trust, *trusted_keys, *secret_key;
    struct waiver_options {
        char *id, *rule, *disposition, *owner, *approved_by, *ticket, *reason, *created, *expires;
        int64_t rule_version;
        struct strlist resources;
        bool all;
    } waiver; /* of `waivers add` */
    char *fail_on;
    bool allow_incomplete, exit_zero;
    char *as_of;
    char *smtp_removal_date;
    char *policy;
    bool demo;
    char *html_profile, *language, *brand;
    int64_t junit_resources, junit_max_cases;
    char *junit_by, *junit_dialect, *junit_not_evaluated, *junit_waived, *junit_name;
    bool csv_bom, csv_raw;
    char *redact, *redact_key_file;
    bool json;
    char *format;
    bool quiet, verbose, no_color;
    char *log_format;
    bool help;
    char *output_dir, *on_change;
    int64_t keep;
    char *tenants; /* of `fleet`: a file */
    int64_t parallel, index, of, tenant_timeout_ms, max_age_ms;
    bool again;
    char *round;
    char *config;                  /* --config */
    char *config_file;             /* the configuration file that was read; NULL: none */
    bool origin;                   /* of `config show` */
    struct strlist arguments;      /* what is not an option */
    struct option_source *sources; /* one for each row of the table */
};

enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_LIST, OPTION_NUMBER, OPTION_DURATION };

struct option_info {
    const char *name; /* without the dashes */
    char letter;      /* 0: none */
    enum option_kind kind;
    size_t at;            /* offsetof(struct options, ...) */
    int64_t min, max;     /* for numbers */
    const char *fallback; /* default as text, for help and parsing; NULL: none */
    const char *env;      /* variable that stands in for the option; NULL: none */
    unsigned commands;    /* enum command_bit */
    const char *arg;      /* name of the value in help; NULL for flags */
    const char *help;
};
size_t option_count(void);
const struct option_info *option_at(size_t i);

/* A value from somewhere; all borrowed. */
struct option_value {
    const char *text; /* NULL: a flag on the command line */
    enum option_origin origin;
    const char *where; /* as in option_source */
};
/* Takes the value, unless the option has one from a stronger origin. A list grows within one origin
 * and is never mixed from two. ERR_USAGE: not a value of this option. */
enum err_code options_offer(struct options *o, size_t row, const struct option_value *v,
                            struct err *e);
/* The row of an option of this command; option_count() when it has none of that name. */
size_t option_find(const char *name, unsigned command);
/* GRAPHAUDIT_<NAME>, the variable that stands in for it. Caller frees; NULL: none does. */
char *option_variable(const struct option_info *info);
/* False for what makes sense on a command line only, such as --help and --resume. */
bool option_is_lasting(const struct option_info *info);

/* Parses argv[first..] for one command; then what is not there is taken from the environment, from
 * the configuration file, and from the defaults. ERR_USAGE names the option, and a near one if
 * there is. `o` is initialised here; release it always. */
enum err_code options_parse(int argc, char *const argv[], int first, unsigned command,
                            struct options *o, struct err *e);
void options_release(struct options *o);

#endif
