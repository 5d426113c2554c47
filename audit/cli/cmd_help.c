/* cmd_help.c - help, printed from the tables. */
#include "base/err.h"
#include "commands.h"
#include "context.h"
#include "exitcode.h"
#include "reports/redact.h"
#include "reports/report.h"

#include <stdio.h>

static void print_option(const struct option_info *o)
{
    char left[64];

    (void)snprintf(left, sizeof left, "%c%c%s --%s%s%s", o->letter != 0 ? '-' : ' ',
                   o->letter != 0 ? o->letter : ' ', o->letter != 0 ? "," : " ", o->name,
                   o->arg != NULL ? " " : "", o->arg != NULL ? o->arg : "");
    printf("  %-31s %s", left, o->help);
    if (o->fallback != NULL)
        printf(" (default %s)", o->fallback);
    if (o->env != NULL)
        printf(" [%s]", o->env);
    fputc('\n', stdout);
}

void help_command(const struct command *cmd)
{
    printf("usage: graphaudit %s [OPTION...]%s%s\n\n%s\n\noptions:\n", cmd->name,
           cmd->arguments[0] != '\0' ? " " : "", cmd->arguments, cmd->detail);
    for (size_t i = 0; i < option_count(); i++)
        if ((option_at(i)->commands & cmd->bit) != 0)
            print_option(option_at(i));
}

void help_overview(void)
{
    printf("graphaudit %s - audits a Microsoft 365 tenant, natively and read-only\n\n"
           "usage: graphaudit COMMAND [OPTION...]\n\n",
           GRAPHAUDIT_VERSION);
    for (size_t i = 0; i < command_count(); i++)
        printf("  %-10s %s\n", command_at(i)->name, command_at(i)->summary);
    printf("\ntry it:\n"
           "  graphaudit audit --demo --output html=report.html\n"
           "  graphaudit audit --tenant contoso.onmicrosoft.com --client-id ID \\\n"
           "    --output html=report.html --output junit=junit.xml\n\n"
           "more: graphaudit help COMMAND, graphaudit help "
           "exit-codes|environment|formats|config|redaction\n");
}

static void topic_exit_codes(void)
{
    for (const struct exit_code_info *x = exit_codes; x->meaning != NULL; x++)
        printf("%4d  %s\n", x->code, x->meaning);
}

static void topic_environment(void)
{
    static const struct {
        const char *name, *help;
    } vars[] = {
        {"AZURE_TENANT_ID", "stands in for --tenant"},
        {"JOB_COMPLETION_INDEX", "stands in for --index of fleet (Kubernetes sets it)"},
        {"AZURE_CLIENT_ID", "stands in for --client-id"},
        {"AZURE_CLIENT_SECRET", "the client secret (a file or a certificate is better)"},
        {"AZURE_CLIENT_CERTIFICATE_PATH", "PEM or PFX file with certificate and private key"},
        {"AZURE_CLIENT_CERTIFICATE_PASSWORD", "its password"},
        {"CREDENTIALS_DIRECTORY", "of systemd: client.pem or client.secret in it is used"},
        {"AZURE_AUTHORITY_HOST", "sign-in host of the cloud when --cloud is not given"},
        {"HTTPS_PROXY, NO_PROXY", "proxy rules when --proxy is not given"},
        {"TMPDIR", "where the temporary snapshot goes"},
        {"NO_COLOR", "no colour"},
        {"SOURCE_DATE_EPOCH", "freezes the recorded time (seconds), for reproducible reports"},
        {"GRAPHAUDIT_CONFIG", "configuration file; empty or none: none"},
        {"GRAPHAUDIT_DATA_DIR", "folder with demo.db"},
        {"GRAPHAUDIT_HEARTBEAT", "seconds between signs of life in a log (30)"},
    };

    for (size_t i = 0; i < COUNT_OF(vars); i++)
        printf("%-34s %s\n", vars[i].name, vars[i].help);
    printf(
        "\nA client secret file or secret variable wins over a certificate, as in Azure's own "
        "tools.\n"
        "GRAPHAUDIT_FAIL_ON stands in for --fail-on, and so on: see `graphaudit help config`.\n");
}

static void topic_formats(void)
{
    for (size_t i = 0; i < report_format_count(); i++)
        printf("%-8s %s\n", report_format_at(i)->name, report_format_at(i)->help);
}

static void topic_config(void)
{
    puts("An option that is not on the command line is taken from the environment, else from a\n"
         "configuration file, else from the defaults.\n"
         "\n"
         "Environment: --fail-on is GRAPHAUDIT_FAIL_ON, and so on; true or false for an option\n"
         "without value, a value a line for one that may be repeated.\n"
         "\n"
         "File: the first of these, and no other:\n"
         "  --config FILE (none: no file)\n"
         "  $GRAPHAUDIT_CONFIG\n"
         "  ./graphaudit.yaml (what decides whom to trust or runs a program is refused there)\n"
         "  $XDG_CONFIG_HOME/graphaudit/config.yaml, or ~/.config/graphaudit/config.yaml\n"
         "  /etc/graphaudit/config.yaml\n"
         "\n"
         "It is YAML, an option a line; options below the name of a command are for that command:\n"
         "  schema: 1\n"
         "  tenant: contoso.onmicrosoft.com\n"
         "  client-id: 00000000-0000-0000-0000-000000000000\n"
         "  audit:\n"
         "    fail-on: medium\n"
         "    output:\n"
         "      - html=report.html\n"
         "      - junit=junit.xml\n"
         "A key that is no option is an error, with line and column. No secret is taken from it.\n"
         "`graphaudit config show --origin` says what counts, and why.");
}

static void topic_redaction(void)
{
    puts("--redact KIND,... puts tokens into reports, so that they can be handed over or "
         "published.\n"
         "It reaches every format, the summary, and every part of them; `diff`, `why` and "
         "`explain`, too.\n"
         "Kinds:\n");
    for (size_t i = 0; redact_kind_name(i) != NULL; i++)
        printf("  %-7s %s\n", redact_kind_name(i), redact_kind_covers(i));
    puts(
        "\n"
        "  person-3f9a2c81d04e@contoso.com  an account or mailbox of the tenant; the domain stays\n"
        "  address-..., name-...            an address of nobody in the tenant; a name of several\n"
        "  ip-.../24                        an IP address; a prefix length stays, and loopback\n"
        "  secret-...                       what looks like a password, a key or a token\n"
        "\n"
        "One person, one token: in all of a report, and in all reports of one tenant. It is an\n"
        "HMAC-SHA-256 over the object id, which nobody outside of the tenant can find a name for;\n"
        "object ids stay in reports, so that an administrator can. Tokens of everything else are\n"
        "made with a key out of the whole snapshot, the same in all reports of that snapshot.\n"
        "With --redact-key-file FILE all are made with the key in FILE, and are the same in all\n"
        "reports that were made with it.\n"
        "\n"
        "Not replaced: domains, object ids, names of policies, groups and the tenant, texts of\n"
        "rules and branding, names of files. Not found: people whom the snapshot does not know,\n"
        "parts of names, names made of common words (\"Info\") within a sentence, phone numbers,\n"
        "secrets that look like words. Messages on standard error, snapshots, the history and\n"
        "--trace-http are not redacted. Look a report over before it is published.");
}

static const struct {
    const char *name;
    void (*print)(void);
} topics[] = {{"exit-codes", topic_exit_codes},
              {"environment", topic_environment},
              {"formats", topic_formats},
              {"config", topic_config},
              {"redaction", topic_redaction}};

const char *help_topic_at(size_t i)
{
    return i < COUNT_OF(topics) ? topics[i].name : NULL;
}

static enum err_code in_format(const struct context *c, const char *what, struct err *e)
{
    if (str_eq(c->opt.format, "man")) {
        const struct command *cmd = what != NULL ? command_find(what) : NULL;

        if (cmd == NULL)
            return err_set(e, ERR_USAGE, "--format man takes a command: see 'graphaudit help'");
        help_man(cmd);
    } else if (str_eq(c->opt.format, "names")) {
        for (size_t i = 0; i < command_count(); i++)
            puts(command_at(i)->name);
    } else {
        return err_set(e, ERR_USAGE, "--format is text, man or names, not '%s'", c->opt.format);
    }
    return ERR_OK;
}

int cmd_help(struct context *c)
{
    const char *what = c->opt.arguments.n > 0 ? c->opt.arguments.v[0] : NULL;
    struct err e = ERR_INIT;

    if (c->opt.format != NULL && !str_eq(c->opt.format, "text"))
        return in_format(c, what, &e) == ERR_OK ? EXIT_CODE_PASSED : context_fail(c, &e);
    if (what == NULL) {
        help_overview();
        return EXIT_CODE_PASSED;
    }
    if (command_find(what) != NULL) {
        help_command(command_find(what));
        return EXIT_CODE_PASSED;
    }
    for (size_t i = 0; i < COUNT_OF(topics); i++)
        if (str_eq(topics[i].name, what)) {
            topics[i].print();
            return EXIT_CODE_PASSED;
        }
    err_set(&e, ERR_USAGE, "no help on '%s': see 'graphaudit help'", what);
    return context_fail(c, &e);
}
