#include "options.h"

#include "base/mem.h"
#include "base/strs.h"
#include "base/timex.h"
#include "config.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define COLLECT_COMMANDS (CMD_AUDIT | CMD_COLLECT)
#define TENANT_COMMANDS (COLLECT_COMMANDS | CMD_WHY | CMD_DOCTOR)
#define JUDGE_COMMANDS (CMD_AUDIT | CMD_EVALUATE)
#define NEEDS_COMMANDS (CMD_PERMISSIONS | CMD_PLAN | CMD_DOCTOR)
#define PLAIN_COMMANDS (CMD_HELP | CMD_VERSION | CMD_COMPLETION) /* work whatever is configured */
#define AT(field) offsetof(struct options, field)

/* Grouped as `help` shows them; a name stands once for each command. */
static const struct option_info table[] = {
    {"tenant", 't', OPTION_TEXT, AT(tenant), 0, 0, NULL, "AZURE_TENANT_ID", TENANT_COMMANDS,
     "ID|DOMAIN", "tenant to read: its GUID or a verified domain"},
    {"client-id", 0, OPTION_TEXT, AT(client_id), 0, 0, NULL, "AZURE_CLIENT_ID",
     TENANT_COMMANDS | CMD_PERMISSIONS, "ID", "application (client) id of the app registration"},
    {"client-secret-file", 0, OPTION_TEXT, AT(client_secret_file), 0, 0, NULL, NULL,
     TENANT_COMMANDS, "FILE",
     "file that holds the client secret (mode 600); see `graphaudit help environment` for others"},
    {"client-certificate-file", 0, OPTION_TEXT, AT(client_certificate_file), 0, 0, NULL, NULL,
     TENANT_COMMANDS, "FILE",
     "PEM or PFX file with certificate and private key (mode 600); goes before a credential out of "
     "the environment"},
    {"client-certificate-password-file", 0, OPTION_TEXT, AT(client_certificate_password_file), 0, 0,
     NULL, NULL, TENANT_COMMANDS, "FILE",
     "file that holds its password (mode 600); without it AZURE_CLIENT_CERTIFICATE_PASSWORD "
     "counts"},
    {"auth", 0, OPTION_TEXT, AT(auth), 0, 0, NULL, NULL, TENANT_COMMANDS, "MODE",
     "sign in this way only: secret, certificate, workload-identity, github, azure-pipelines, "
     "managed-identity or device-code; without it the first that is set up"},
    {"device-code", 0, OPTION_FLAG, AT(device_code), 0, 0, NULL, NULL, TENANT_COMMANDS, NULL,
     "sign in as a person, in a browser somewhere else (--auth device-code)"},
    {"no-token-cache", 0, OPTION_FLAG, AT(no_token_cache), 0, 0, NULL, NULL, TENANT_COMMANDS, NULL,
     "do not keep the sign-in of a device code for the next run"},
    {"cloud", 0, OPTION_TEXT, AT(cloud), 0, 0, NULL, NULL,
     TENANT_COMMANDS | CMD_PROBE | CMD_PERMISSIONS, "NAME|FILE",
     "global, usgov, dod, china, or a YAML file with login:, graph:, exchange:, smtp: URLs; "
     "without "
     "it the cloud of AZURE_AUTHORITY_HOST, else global"},
    {"ca-file", 0, OPTION_TEXT, AT(ca_file), 0, 0, NULL, NULL, TENANT_COMMANDS | CMD_PROBE, "PEM",
     "certificate authorities to trust"},
    {"proxy", 0, OPTION_TEXT, AT(proxy), 0, 0, NULL, NULL, TENANT_COMMANDS, "URL",
     "HTTP proxy; without it HTTPS_PROXY and NO_PROXY count"},
    {"dns-server", 0, OPTION_TEXT, AT(dns_server), 0, 0, NULL, NULL, TENANT_COMMANDS,
     "ADDRESS[:PORT]", "resolver for SPF, DKIM and DMARC; without it the system's"},
    {"deadline", 0, OPTION_DURATION, AT(deadline_ms), 0, 0, NULL, NULL,
     TENANT_COMMANDS & ~(unsigned)CMD_DOCTOR, "TIME",
     "end the collection in time with what there is, such as 45m; the rest is marked"},
    {"trace-http", 0, OPTION_TEXT, AT(trace_http), 0, 0, NULL, NULL, TENANT_COMMANDS, "FILE",
     "write every HTTP request and reply to this file, as JSON lines without secrets"},
    {"concurrency", 0, OPTION_NUMBER, AT(concurrency), 1, 32, "8", NULL, TENANT_COMMANDS, "N",
     "requests in flight at once, 1 to 32"},
    {"snapshot", 's', OPTION_TEXT, AT(snapshot), 0, 0, NULL, NULL, COLLECT_COMMANDS, "FILE",
     "keep the evidence in this SQLite file; without it a temporary one is used"},
    {"resume", 0, OPTION_TEXT, AT(resume), 0, 0, NULL, NULL, COLLECT_COMMANDS, "SNAPSHOT",
     "go on with an unfinished collection where it was cut, instead of beginning a new one"},
    {"incremental", 0, OPTION_FLAG, AT(incremental), 0, 0, NULL, NULL, COLLECT_COMMANDS, NULL,
     "note in the snapshot where the next collection can ask for what changed"},
    {"collect-all", 0, OPTION_FLAG, AT(collect_all), 0, 0, NULL, NULL, CMD_AUDIT, NULL,
     "read all that graphaudit can read, and not only what the chosen rules need"},
    {"since", 0, OPTION_TEXT, AT(since), 0, 0, NULL, NULL, COLLECT_COMMANDS, "SNAPSHOT",
     "take users that did not change from this earlier snapshot; implies --incremental"},
    {"snapshot", 's', OPTION_TEXT, AT(snapshot), 0, 0, NULL, NULL, CMD_EXPLAIN, "FILE",
     "say which causes the settings in this snapshot confirm or rule out"},
    {"snapshot", 's', OPTION_TEXT, AT(snapshot), 0, 0, NULL, NULL, CMD_WHY, "FILE",
     "ask this snapshot, which is only read; without it the tenant is asked"},
    {"snapshot", 's', OPTION_TEXT, AT(snapshot), 0, 0, NULL, NULL, CMD_PLAN, "FILE",
     "estimate from the counts of this snapshot"},
    {"snapshot", 's', OPTION_TEXT, AT(snapshot), 0, 0, NULL, NULL, CMD_DOCTOR, "FILE",
     "the file an audit would write: checks that it can be created there"},
    {"address", 0, OPTION_TEXT, AT(address), 0, 0, NULL, NULL, CMD_EXPLAIN, "ADDRESS",
     "the mailbox that sends, when the log does not name it"},
    {"server", 0, OPTION_TEXT, AT(server), 0, 0, NULL, NULL, CMD_PROBE, "HOST[:PORT]",
     "ask this submission server instead of the cloud's (port 587)"},
    {"password-file", 0, OPTION_TEXT, AT(password_file), 0, 0, NULL, NULL, CMD_PROBE, "FILE",
     "sign in once with the password in this file (mode 600)"},
    {"token-file", 0, OPTION_TEXT, AT(token_file), 0, 0, NULL, NULL, CMD_PROBE, "FILE",
     "sign in once with the access token in this file (mode 600)"},
    {"send-to", 0, OPTION_TEXT, AT(send_to), 0, 0, NULL, NULL, CMD_PROBE, "ADDRESS",
     "send one short test message to this address"},
    {"tls-scan", 0, OPTION_FLAG, AT(tls_scan), 0, 0, NULL, NULL, CMD_PROBE, NULL,
     "try TLS 1.0 to 1.3, each on a connection of its own"},
    {"deadline", 0, OPTION_DURATION, AT(deadline_ms), 0, 0, "90s", NULL, CMD_PROBE, "TIME",
     "give up after this time"},
    {"deadline", 0, OPTION_DURATION, AT(deadline_ms), 0, 0, "2m", NULL, CMD_DOCTOR, "TIME",
     "what is not checked after this time is said to be not checked"},
    {"demo", 0, OPTION_FLAG, AT(demo), 0, 0, NULL, NULL, CMD_AUDIT, NULL,
     "audit the bundled demo tenant: no credentials, no network"},
    {"demo", 0, OPTION_FLAG, AT(demo), 0, 0, NULL, NULL, CMD_WHY, NULL,
     "ask the bundled demo tenant: no credentials, no network"},
    {"what-if", 'w', OPTION_LIST, AT(what_if), 0, 0, NULL, NULL, CMD_WHY, "KEY=VALUE,...",
     "and if this were so? such as mailbox-smtp=on; repeatable; nothing is changed"},
    {"sign-in", 0, OPTION_LIST, AT(sign_in), 0, 0, NULL, NULL, CMD_WHY, "KEY=VALUE,...",
     "ask Conditional Access about one imagined sign-in, such as client=smtp,ip=192.0.2.1"},
    {"policy", 0, OPTION_TEXT, AT(policy), 0, 0, NULL, NULL, CMD_WHY, "NAME|ID",
     "whom this Conditional Access policy reaches, whom it leaves out, and by which way"},
    {"output", 'o', OPTION_LIST, AT(outputs), 0, 0, NULL, NULL, JUDGE_COMMANDS, "FORMAT=PATH",
     "write a report: html, junit, json, ndjson, csv, sarif, markdown or another of `help "
     "formats`; "
     "repeatable; PATH - is standard output, once"},
    {"output-dir", 0, OPTION_TEXT, AT(output_dir), 0, 0, NULL, NULL, CMD_AUDIT, "DIR",
     "keep a dated snapshot and the newest reports in this folder, and compare with the run "
     "before"},
    {"keep", 0, OPTION_NUMBER, AT(keep), 1, 100000, NULL, NULL, CMD_AUDIT, "N",
     "in --output-dir, remove the tenant's snapshots older than the latest N whole ones"},
    {"on-change", 0, OPTION_TEXT, AT(on_change), 0, 0, NULL, NULL, CMD_AUDIT, "PROGRAM",
     "run this program, without a shell, when something differs from the run before"},
    {"tenants", 0, OPTION_TEXT, AT(tenants), 0, 0, NULL, NULL, CMD_FLEET, "FILE",
     "the tenants and their options (YAML); report: who of them was not audited is named"},
    {"output-dir", 0, OPTION_TEXT, AT(output_dir), 0, 0, NULL, NULL, CMD_FLEET, "DIR",
     "a folder for each tenant goes into this folder; who is done there is not audited again"},
    {"parallel", 0, OPTION_NUMBER, AT(parallel), 1, 256, NULL, NULL, CMD_FLEET, "N",
     "tenants audited at a time, 1 to 256; without it as many as there are processors"},
    {"index", 0, OPTION_NUMBER, AT(index), 0, 99999, NULL, "JOB_COMPLETION_INDEX", CMD_FLEET, "I",
     "with --of: the part that is ours, from 0"},
    {"of", 0, OPTION_NUMBER, AT(of), 1, 100000, NULL, NULL, CMD_FLEET, "N",
     "take every Nth tenant only: what one of N workers does"},
    {"tenant-timeout", 0, OPTION_DURATION, AT(tenant_timeout_ms), 0, 0, NULL, NULL, CMD_FLEET,
     "TIME", "stop a tenant's audit after this time, such as 2h; the next run goes on with it"},
    {"again", 0, OPTION_FLAG, AT(again), 0, 0, NULL, NULL, CMD_FLEET, NULL,
     "audit those too who are done already"},
    {"max-age", 0, OPTION_DURATION, AT(max_age_ms), 0, 0, NULL, NULL, CMD_FLEET, "TIME",
     "an audit that began longer ago, such as 12h, does not count: it is done again; report: named "
     "as missing"},
    {"round", 0, OPTION_TEXT, AT(round), 0, 0, NULL, NULL, CMD_FLEET, "NAME",
     "in --history, what all workers of one night have in common; without it the output folder"},
    {"output", 'o', OPTION_LIST, AT(outputs), 0, 0, NULL, NULL, CMD_FLEET, "FORMAT=PATH",
     "report: write html, csv or junit over all tenants; repeatable; PATH - is standard output"},
    {"html-profile", 0, OPTION_TEXT, AT(html_profile), 0, 0, "screen", NULL, JUDGE_COMMANDS,
     "screen|print", "print: the HTML report for paper, with everything open and no script"},
    {"language", 0, OPTION_TEXT, AT(language), 0, 0, "en", NULL, JUDGE_COMMANDS, "en|de",
     "of the HTML report; texts of rules stay as they were written"},
    {"brand", 0, OPTION_TEXT, AT(brand), 0, 0, NULL, NULL, JUDGE_COMMANDS, "FILE",
     "client, logo, colours and confidentiality line of the HTML report (YAML)"},
    {"rules", 'r', OPTION_LIST, AT(rules), 0, 0, NULL, NULL,
     JUDGE_COMMANDS | CMD_COLLECT | CMD_RULES | NEEDS_COMMANDS, "PATH",
     "rule file or pack folder instead of the shipped packs; repeatable"},
    {"profile", 0, OPTION_TEXT, AT(profile), 0, 0, NULL, NULL,
     JUDGE_COMMANDS | CMD_COLLECT | CMD_RULES | NEEDS_COMMANDS, "NAME|FILE",
     "which rules count, how severe they are and with which parameters: a shipped profile or a "
     "file"},
    {"profiles", 0, OPTION_FLAG, AT(list_profiles), 0, 0, NULL, NULL, CMD_RULES, NULL,
     "list: the shipped profiles instead of rules"},
    {"mutate", 0, OPTION_FLAG, AT(mutate), 0, 0, NULL, NULL, CMD_RULES, NULL,
     "test: also change each rule in small ways and name the changes that no test notices"},
    {"strict", 0, OPTION_FLAG, AT(strict), 0, 0, NULL, NULL, CMD_RULES, NULL,
     "test: a change that no test notices counts as a failed test; check: a warning as a problem"},
    {"against", 0, OPTION_TEXT, AT(against), 0, 0, NULL, NULL, CMD_RULES, "PATH",
     "check: run the rules on this snapshot too, or compare versions with this older folder or "
     "rule"},
    {"format", 0, OPTION_TEXT, AT(format), 0, 0, NULL, NULL, CMD_RULES, "NAME",
     "check: text, json or sarif"},
    {"secret-key", 0, OPTION_TEXT, AT(secret_key), 0, 0, NULL, NULL, CMD_RULES, "FILE",
     "sign: a minisign secret key (mode 600)"},
    {"password-file", 0, OPTION_TEXT, AT(password_file), 0, 0, NULL, NULL, CMD_RULES, "FILE",
     "sign: the password of that key is in this file (mode 600)"},
    {"trusted-keys", 0, OPTION_TEXT, AT(trusted_keys), 0, 0, NULL, NULL,
     JUDGE_COMMANDS | CMD_RULES | NEEDS_COMMANDS, "PATH",
     "minisign public key, or a folder of *.pub, instead of /etc/graphaudit/trusted-keys.d"},
    {"rules-trust", 0, OPTION_TEXT, AT(rules_trust), 0, 0, "warn", NULL,
     JUDGE_COMMANDS | NEEDS_COMMANDS, "strict|warn|off",
     "what to do about --rules that no trusted key signed: refuse, warn or nothing"},
    {"baseline", 0, OPTION_TEXT, AT(baseline), 0, 0, NULL, NULL, JUDGE_COMMANDS, "SNAPSHOT",
     "tell findings that are new from those that this earlier, evaluated snapshot had"},
    {"fail-on-new", 0, OPTION_FLAG, AT(fail_on_new), 0, 0, NULL, NULL, JUDGE_COMMANDS, NULL,
     "only findings that the baseline did not have fail the gate"},
    {"history", 0, OPTION_TEXT, AT(history), 0, 0, NULL, NULL, JUDGE_COMMANDS | CMD_FLEET,
     "FILE|URL",
     "record this run in a database of past runs: a SQLite file, or postgresql://HOST/DATABASE"},
    {"history", 0, OPTION_TEXT, AT(history), 0, 0, NULL, NULL, CMD_HISTORY, "FILE|URL",
     "the database of past runs: a SQLite file, or postgresql://HOST/DATABASE"},
    {"tenant", 't', OPTION_TEXT, AT(tenant), 0, 0, NULL, NULL, CMD_HISTORY, "ID",
     "the tenant's GUID, when the history is of several"},
    {"limit", 0, OPTION_NUMBER, AT(limit), 1, 100000, "30", NULL, CMD_HISTORY, "N",
     "show the newest N rows"},
    {"waivers", 0, OPTION_TEXT, AT(waivers), 0, 0, NULL, NULL, JUDGE_COMMANDS, "FILE",
     "findings that somebody accepted, with owner, reason and end (YAML); see the command waivers"},
    {"as-of", 0, OPTION_TEXT, AT(as_of), 0, 0, NULL, NULL, JUDGE_COMMANDS | CMD_WHY, "DATE",
     "judge as of this date (YYYY-MM-DD); without it the day the evidence was collected"},
    {"as-of", 0, OPTION_TEXT, AT(as_of), 0, 0, NULL, NULL, CMD_WAIVERS, "DATE",
     "the date that ends are counted to (YYYY-MM-DD); without it today, UTC"},
    {"id", 0, OPTION_TEXT, AT(waiver.id), 0, 0, NULL, NULL, CMD_WAIVERS, "ID",
     "add: the waiver's id; without it the next free W-YEAR-NUMBER"},
    {"rule", 0, OPTION_TEXT, AT(waiver.rule), 0, 0, NULL, NULL, CMD_WAIVERS, "ID",
     "add: the rule that fails"},
    {"rule-version", 0, OPTION_NUMBER, AT(waiver.rule_version), 1, 1000000, NULL, NULL, CMD_WAIVERS,
     "N", "add: the rule's version that was judged; a warning follows when it moves on"},
    {"tenant", 't', OPTION_TEXT, AT(tenant), 0, 0, NULL, NULL, CMD_WAIVERS, "ID|DOMAIN",
     "add: the tenant it is for: its GUID or a verified domain"},
    {"resource", 0, OPTION_LIST, AT(waiver.resources), 0, 0, NULL, NULL, CMD_WAIVERS, "ID",
     "add: a failing resource's id, as the reports have it; repeatable"},
    {"all", 0, OPTION_FLAG, AT(waiver.all), 0, 0, NULL, NULL, CMD_WAIVERS, NULL,
     "add: cover every failing resource of the rule, future ones too"},
    {"disposition", 0, OPTION_TEXT, AT(waiver.disposition), 0, 0, NULL, NULL, CMD_WAIVERS, "WORD",
     "add: risk_accepted, compensating_control, false_positive, or planned (does not suppress)"},
    {"owner", 0, OPTION_TEXT, AT(waiver.owner), 0, 0, NULL, NULL, CMD_WAIVERS, "WHO",
     "add: who answers for it"},
    {"approved-by", 0, OPTION_TEXT, AT(waiver.approved_by), 0, 0, NULL, NULL, CMD_WAIVERS, "WHO",
     "add: who accepted it"},
    {"ticket", 0, OPTION_TEXT, AT(waiver.ticket), 0, 0, NULL, NULL, CMD_WAIVERS, "TEXT",
     "add: where it is written down"},
    {"reason", 0, OPTION_TEXT, AT(waiver.reason), 0, 0, NULL, NULL, CMD_WAIVERS, "TEXT",
     "add: why it is accepted"},
    {"created", 0, OPTION_TEXT, AT(waiver.created), 0, 0, NULL, NULL, CMD_WAIVERS, "DATE",
     "add: the day it was accepted; without it --as-of, or today"},
    {"expires", 0, OPTION_TEXT, AT(waiver.expires), 0, 0, NULL, NULL, CMD_WAIVERS, "DATE",
     "add: its last day, at most 365 days after --created"},
    {"smtp-removal-date", 0, OPTION_TEXT, AT(smtp_removal_date), 0, 0, NULL, NULL,
     JUDGE_COMMANDS | CMD_WHY, "DATE",
     "the day Microsoft removes basic SMTP AUTH for good, once announced; without it not known"},
    {"fail-on", 0, OPTION_TEXT, AT(fail_on), 0, 0, NULL, NULL, JUDGE_COMMANDS, "SEVERITY",
     "lowest severity that fails the gate: critical, high (default, unless the profile says), "
     "medium, low or none"},
    {"allow-incomplete", 0, OPTION_FLAG, AT(allow_incomplete), 0, 0, NULL, NULL, JUDGE_COMMANDS,
     NULL, "pass the gate even when rules at or above --fail-on were not evaluated"},
    {"exit-zero", 0, OPTION_FLAG, AT(exit_zero), 0, 0, NULL, NULL, JUDGE_COMMANDS | CMD_FLEET, NULL,
     "end with 0 instead of 1 or 3: answers are no failures to who starts us; 2, 4, 5, 70 stay"},
    {"junit-resources", 0, OPTION_NUMBER, AT(junit_resources), 0, 1000, "20", NULL, JUDGE_COMMANDS,
     "N", "failing resources named in a JUnit failure, 0 to 1000"},
    {"junit-by", 0, OPTION_TEXT, AT(junit_by), 0, 0, "rule", NULL, JUDGE_COMMANDS, "rule|resource",
     "one JUnit case a rule, or one more for each of its failing resources"},
    {"junit-max-cases", 0, OPTION_NUMBER, AT(junit_max_cases), 1, 100000, "5000", NULL,
     JUDGE_COMMANDS, "N", "with --junit-by resource: cases of resources in the whole report"},
    {"junit-dialect", 0, OPTION_TEXT, AT(junit_dialect), 0, 0, "strict", NULL, JUDGE_COMMANDS,
     "strict|extended",
     "extended adds totals, properties, rule file and steps, which no schema has"},
    {"junit-not-evaluated", 0, OPTION_TEXT, AT(junit_not_evaluated), 0, 0, "error", NULL,
     JUDGE_COMMANDS, "WORD", "what a JUnit case without a verdict is: error, skipped or failure"},
    {"junit-waived", 0, OPTION_TEXT, AT(junit_waived), 0, 0, "skipped", NULL, JUDGE_COMMANDS,
     "WORD", "what a JUnit case of a waived rule is: skipped, pass or failure"},
    {"junit-name", 0, OPTION_TEXT, AT(junit_name), 0, 0, "title", NULL, JUDGE_COMMANDS, "title|id",
     "names of JUnit cases: rule id and title, or the id alone"},
    {"csv-bom", 0, OPTION_FLAG, AT(csv_bom), 0, 0, NULL, NULL, JUDGE_COMMANDS, NULL,
     "begin CSV reports with a byte order mark, so that Excel reads them as UTF-8"},
    {"csv-raw", 0, OPTION_FLAG, AT(csv_raw), 0, 0, NULL, NULL, JUDGE_COMMANDS, NULL,
     "leave cells of CSV reports as they are that a spreadsheet takes for formulas"},
    {"redact", 0, OPTION_TEXT, AT(redact), 0, 0, NULL, NULL,
     JUDGE_COMMANDS | CMD_DIFF | CMD_WHY | CMD_EXPLAIN, "KIND,...",
     "put tokens into what is written for upn (people's names and addresses), ip, secret; see "
     "`help "
     "redaction`"},
    {"redact-key-file", 0, OPTION_TEXT, AT(redact_key_file), 0, 0, NULL, NULL,
     JUDGE_COMMANDS | CMD_DIFF | CMD_WHY | CMD_EXPLAIN, "FILE",
     "make them with the key in this file (mode 600, 16 bytes or more), the same in all reports"},
    {"json", 0, OPTION_FLAG, AT(json), 0, 0, NULL, NULL,
     CMD_RULES | CMD_WAIVERS | CMD_HISTORY | CMD_QUERY | CMD_WHY | CMD_EXPLAIN | CMD_PROBE |
         CMD_DIFF | CMD_VERSION | NEEDS_COMMANDS,
     NULL, "machine-readable output"},
    {"json", 0, OPTION_FLAG, AT(json), 0, 0, NULL, NULL, CMD_CONFIG, NULL,
     "machine-readable output, with origins"},
    {"origin", 0, OPTION_FLAG, AT(origin), 0, 0, NULL, NULL, CMD_CONFIG, NULL,
     "say of each value where it comes from"},
    {"format", 0, OPTION_TEXT, AT(format), 0, 0, NULL, NULL, CMD_HELP, "NAME",
     "text, man (the manual page of COMMAND, for mandoc or man) or names (of all commands)"},
    {"format", 0, OPTION_TEXT, AT(format), 0, 0, NULL, NULL, CMD_DIFF, "NAME",
     "text, json, html or markdown, on standard output"},
    {"format", 0, OPTION_TEXT, AT(format), 0, 0, NULL, NULL, CMD_PERMISSIONS, "NAME",
     "text, json, manifest (for the app registration), or a grant script: powershell, az"},
    {"config", 0, OPTION_TEXT, AT(config), 0, 0, NULL, NULL, CMD_ALL & ~(unsigned)PLAIN_COMMANDS,
     "FILE", "take options from this YAML file; none takes them from no file; see `help config`"},
    {"quiet", 'q', OPTION_FLAG, AT(quiet), 0, 0, NULL, NULL, CMD_ALL, NULL,
     "no progress and no summary; errors and warnings only"},
    {"verbose", 'v', OPTION_FLAG, AT(verbose), 0, 0, NULL, NULL, CMD_ALL, NULL,
     "say more on standard error"},
    {"log-format", 0, OPTION_TEXT, AT(log_format), 0, 0, "text", NULL, CMD_ALL, "text|json",
     "form of the messages on standard error"},
    {"no-color", 0, OPTION_FLAG, AT(no_color), 0, 0, NULL, NULL, CMD_ALL, NULL,
     "no colour; NO_COLOR does the same"},
    {"help", 'h', OPTION_FLAG, AT(help), 0, 0, NULL, NULL, CMD_ALL, NULL, "this help"},
};

size_t option_count(void)
{
    return COUNT_OF(table);
}

const struct option_info *option_at(size_t i)
{
    return i < COUNT_OF(table) ? &table[i] : NULL;
}

static void set_text(struct options *o, const struct option_info *info, const char *value)
{
    char **field = (char **)(void *)((char *)o + info->at);

    free(*field);
    *field = xstrdup(value);
}

static enum err_code set_flag(bool *field, const struct option_info *info, const char *value,
                              struct err *e)
{
    if (value == NULL || str_eq(value, "true") || str_eq(value, "1"))
        *field = true;
    else if (str_eq(value, "false") || str_eq(value, "0"))
        *field = false;
    else
        return err_set(e, ERR_USAGE, "%s is true or false, not '%s'", info->name, value);
    return ERR_OK;
}

static enum err_code set_value(struct options *o, const struct option_info *info, const char *value,
                               struct err *e)
{
    void *field = (char *)o + info->at;

    if (info->kind == OPTION_FLAG)
        return set_flag(field, info, value, e);
    if (value == NULL || *value == '\0')
        return err_set(e, ERR_USAGE, "--%s needs a value", info->name);
    switch (info->kind) {
    case OPTION_FLAG:
        break;
    case OPTION_TEXT:
        set_text(o, info, value);
        break;
    case OPTION_LIST:
        strlist_add(field, value);
        break;
    case OPTION_NUMBER:
        if (!str_int(value, info->min, info->max, field))
            return err_set(e, ERR_USAGE, "--%s takes a whole number from %lld to %lld, not '%s'",
                           info->name, (long long)info->min, (long long)info->max, value);
        break;
    case OPTION_DURATION:
        if (!duration_parse(value, field))
            return err_set(e, ERR_USAGE, "--%s takes a time such as 90s, 45m or 2h, not '%s'",
                           info->name, value);
        break;
    }
    return ERR_OK;
}

enum err_code options_offer(struct options *o, size_t row, const struct option_value *v,
                            struct err *e)
{
    struct option_source *src = &o->sources[row];

    if (src->origin != ORIGIN_NONE && src->origin != v->origin)
        return ERR_OK;
    if (src->origin == ORIGIN_NONE) {
        src->origin = v->origin;
        src->where = v->where != NULL ? xstrdup(v->where) : NULL;
    }
    return set_value(o, &table[row], v->text, e);
}

static enum err_code unknown(const char *name, unsigned command, struct err *e)
{
    const struct option_info *near = NULL;
    unsigned best = 4;

    for (size_t i = 0; i < COUNT_OF(table); i++) {
        unsigned d = str_distance(name, table[i].name);

        if (str_eq(name, table[i].name))
            return err_set(e, ERR_USAGE, "--%s is not an option of this command", name);
        if ((table[i].commands & command) != 0 && d < best) {
            best = d;
            near = &table[i];
        }
    }
    if (near != NULL)
        return err_set(e, ERR_USAGE, "unknown option --%s: did you mean --%s?", name, near->name);
    return err_set(e, ERR_USAGE, "unknown option --%s", name);
}

static size_t find_letter(char letter, unsigned command)
{
    for (size_t i = 0; i < COUNT_OF(table); i++)
        if (table[i].letter != 0 && table[i].letter == letter && (table[i].commands & command) != 0)
            return i;
    return COUNT_OF(table);
}

size_t option_find(const char *name, unsigned command)
{
    for (size_t i = 0; i < COUNT_OF(table); i++)
        if (str_eq(table[i].name, name) && (table[i].commands & command) != 0)
            return i;
    return COUNT_OF(table);
}

/* One option with its value; *at moves past what was used. */
static enum err_code take_option(int argc, char *const argv[], int *at, unsigned command,
                                 struct options *o, struct err *e)
{
    const char *arg = argv[*at];
    struct option_value v = {NULL, ORIGIN_COMMAND_LINE, NULL};
    const struct option_info *info;
    size_t row;

    (*at)++;
    if (arg[1] == '-') {
        const char *eq = strchr(arg, '=');
        char *name = xstrndup(arg + 2, eq != NULL ? (size_t)(eq - arg - 2) : strlen(arg + 2));

        row = option_find(name, command);
        if (row == COUNT_OF(table))
            unknown(name, command, e);
        free(name);
        v.text = eq != NULL ? eq + 1 : NULL;
    } else {
        row = arg[2] == '\0' ? find_letter(arg[1], command) : COUNT_OF(table);
        if (row == COUNT_OF(table))
            err_set(e, ERR_USAGE, "unknown option %s", arg);
    }
    if (e->code != ERR_OK || row == COUNT_OF(table))
        return e->code;
    info = &table[row];
    if (info->kind == OPTION_FLAG && v.text != NULL)
        return err_set(e, ERR_USAGE, "--%s takes no value", info->name);
    if (info->kind != OPTION_FLAG && v.text == NULL) {
        if (*at >= argc)
            return err_set(e, ERR_USAGE, "--%s needs a value (%s)", info->name, info->arg);
        v.text = argv[(*at)++];
    }
    return options_offer(o, row, &v, e);
}

static enum err_code take_command_line(int argc, char *const argv[], int at, unsigned command,
                                       struct options *o, struct err *e)
{
    enum err_code code = ERR_OK;

    while (code == ERR_OK && at < argc) {
        if (str_eq(argv[at], "--")) {
            for (at++; at < argc; at++)
                strlist_add(&o->arguments, argv[at]);
        } else if (argv[at][0] == '-' && argv[at][1] != '\0') {
            code = take_option(argc, argv, &at, command, o, e);
        } else {
            strlist_add(&o->arguments, argv[at++]);
        }
    }
    return code;
}

static enum err_code fill_defaults(struct options *o, unsigned command, struct err *e)
{
    for (size_t i = 0; e->code == ERR_OK && i < COUNT_OF(table); i++) {
        const struct option_value v = {table[i].fallback, ORIGIN_DEFAULT, NULL};

        if ((table[i].commands & command) != 0 && v.text != NULL)
            (void)options_offer(o, i, &v, e);
    }
    return e->code;
}

enum err_code options_parse(int argc, char *const argv[], int first, unsigned command,
                            struct options *o, struct err *e)
{
    memset(o, 0, sizeof *o);
    o->sources = xcalloc(COUNT_OF(table), sizeof *o->sources);
    if (take_command_line(argc, argv, first, command, o, e) == ERR_OK && !o->help &&
        (command & PLAIN_COMMANDS) == 0 && config_environment(o, command, e) == ERR_OK)
        (void)config_load(o, command, e);
    return e->code == ERR_OK ? fill_defaults(o, command, e) : e->code;
}

void options_release(struct options *o)
{
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        void *field = (char *)o + table[i].at;

        if (table[i].kind == OPTION_TEXT) {
            free(*(char **)field);
            *(char **)field = NULL; /* another row may have the same field */
        } else if (table[i].kind == OPTION_LIST) {
            strlist_release(field);
        }
        if (o->sources != NULL)
            free(o->sources[i].where);
    }
    free(o->sources);
    free(o->config_file);
    strlist_release(&o->arguments);
    memset(o, 0, sizeof *o);
}
