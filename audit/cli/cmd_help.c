/* cmd_help.c - help and version, printed from the tables. */
#include "base/err.h"
#include "commands.h"
#include "context.h"
#include "exitcode.h"
#include "reports/report.h"

#include <curl/curl.h>
#include <jansson.h>
#include <openssl/crypto.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

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
           "more: graphaudit help COMMAND, graphaudit help exit-codes|environment|formats\n");
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
        {"AZURE_CLIENT_ID", "stands in for --client-id"},
        {"AZURE_CLIENT_SECRET", "the client secret (a file or a certificate is better)"},
        {"AZURE_CLIENT_CERTIFICATE_PATH", "PEM or PFX file with certificate and private key"},
        {"AZURE_CLIENT_CERTIFICATE_PASSWORD", "its password"},
        {"HTTPS_PROXY, NO_PROXY", "proxy rules when --proxy is not given"},
        {"TMPDIR", "where the temporary snapshot goes"},
        {"NO_COLOR", "no colour"},
        {"SOURCE_DATE_EPOCH", "freezes the recorded time (seconds), for reproducible reports"},
        {"GRAPHAUDIT_DATA_DIR", "folder with demo.db"},
        {"GRAPHAUDIT_HEARTBEAT", "seconds between signs of life in a log (30)"},
    };

    for (size_t i = 0; i < COUNT_OF(vars); i++)
        printf("%-34s %s\n", vars[i].name, vars[i].help);
    printf("\nA client secret file or secret variable wins over a certificate, as in Azure's own "
           "tools.\n");
}

static void topic_formats(void)
{
    for (size_t i = 0; i < report_format_count(); i++)
        printf("%-8s %s\n", report_format_at(i)->name, report_format_at(i)->help);
}

int cmd_help(struct context *c)
{
    static const struct {
        const char *name;
        void (*print)(void);
    } topics[] = {{"exit-codes", topic_exit_codes},
                  {"environment", topic_environment},
                  {"formats", topic_formats}};
    const char *what = c->opt.arguments.n > 0 ? c->opt.arguments.v[0] : NULL;
    struct err e = ERR_INIT;

    if (what == NULL) {
        help_overview();
        return EXIT_CODE_PASSED;
    }
    for (size_t i = 0; i < COUNT_OF(topics); i++)
        if (str_eq(topics[i].name, what)) {
            topics[i].print();
            return EXIT_CODE_PASSED;
        }
    if (command_find(what) != NULL) {
        help_command(command_find(what));
        return EXIT_CODE_PASSED;
    }
    err_set(&e, ERR_USAGE, "no help on '%s': see 'graphaudit help'", what);
    return context_fail(c, &e);
}

int cmd_version(struct context *c)
{
    const curl_version_info_data *cv = curl_version_info(CURLVERSION_NOW);
    json_t *o;
    char *s;

    if (!c->opt.json) {
        printf("graphaudit %s\n", GRAPHAUDIT_VERSION);
        return EXIT_CODE_PASSED;
    }
    o = json_pack("{s:s, s:s, s:s, s:s, s:s}", "version", GRAPHAUDIT_VERSION, "libcurl",
                  cv->version, "openssl", OpenSSL_version(OPENSSL_VERSION_STRING), "sqlite",
                  sqlite3_libversion(), "jansson", jansson_version_str());
    s = json_dumps(o, JSON_INDENT(2));
    printf("%s\n", s != NULL ? s : "{}");
    free(s);
    json_decref(o);
    return EXIT_CODE_PASSED;
}
