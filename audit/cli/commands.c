#include "commands.h"

#include "base/strs.h"
#include "options.h"

static const struct command table[] = {
    {"audit", CMD_AUDIT, "", "collect, evaluate, report (the main job)",
     "Reads the tenant, evaluates the rules over what was read, writes the reports and prints a\n"
     "summary. Nothing in the tenant is changed. Findings at or above --fail-on end with exit 1;\n"
     "a gate that cannot be judged for lack of evidence ends with exit 3.",
     cmd_audit},
    {"collect", CMD_COLLECT, "", "read a tenant into a snapshot",
     "Reads the tenant into the file that --snapshot names and stops there. `evaluate` goes on.",
     cmd_collect},
    {"evaluate", CMD_EVALUATE, "SNAPSHOT", "evaluate rules on a snapshot, report",
     "Judges recorded evidence: no network. The snapshot's derived and result tables are\n"
     "replaced; its evidence is not touched.",
     cmd_evaluate},
    {"query", CMD_QUERY, "SNAPSHOT [SQL]", "read-only SQL on a snapshot",
     "Runs one SELECT, or reads statements from a prompt (or standard input) when SQL is left\n"
     "out. `SELECT name FROM sqlite_schema` lists the tables.",
     cmd_query},
    {"rules", CMD_RULES,
     "list | show ID | check [PATH...] | test [PATH...] | docs FOLDER | new ID [FOLDER] | "
     "sign FOLDER... | verify FOLDER...",
     "list, show, check, test, document, start and sign rules",
     "list and show print the rules; check reports everything that is wrong or odd in rule files\n"
     "with line and column, and runs their tests; test runs the tests, and with --mutate what "
     "they\n"
     "would not notice. docs writes a page of Markdown a rule, and an index; new starts a rule "
     "file.\n"
     "sign writes a pack's MANIFEST.json and its signature, verify checks them;\n"
     "keys and signatures are minisign's.",
     cmd_rules},
    {"waivers", CMD_WAIVERS, "check FILE | list FILE | add FILE",
     "check, list and extend a file of accepted findings",
     "check reports every problem of the file with line and column; list shows each waiver with "
     "its\n"
     "state on the date of --as-of; add appends a well-formed one, all by options, and leaves the\n"
     "rest of the file as it is. Exit 1 from check and list: some waiver has expired.",
     cmd_waivers},
    {"why", CMD_WHY, "ADDRESS", "which gate stops a mailbox's SMTP AUTH, and the smallest safe fix",
     "Goes through the gates one by one: what was seen, where it was read, whether it lets a\n"
     "password pass. Then the verdict, the reply the device's log will show, the ways to repair "
     "it\n"
     "(the safest first), what is in the way after that, and what it costs in security. ADDRESS is "
     "a\n"
     "primary address, UPN, GUID or display name. Asks a snapshot, or the tenant. --what-if and\n"
     "--sign-in only think: nothing is changed. Exit 3 means not known for lack of evidence.\n"
     "\n"
     "--what-if  tenant-smtp=on|off, mailbox-smtp=on|off|inherit, auth-policy=allow|block,\n"
     "           account=enabled|disabled, federated=yes|no, security-defaults=on|off,\n"
     "           exclude-from=POLICY (id or name), per-user-mfa=off|enabled|enforced,\n"
     "           app-password=yes|no (the device stores one), licence=yes|no,\n"
     "           ip=ADDRESS (the mail is sent from there), country=XX,\n"
     "           removal-date=DATE\n"
     "--sign-in  user=NAME, app=exchange|ID, client=smtp|browser|app|activesync, ip=ADDRESS,\n"
     "           country=XX, platform=windows|macOS|linux|iOS|android|none,\n"
     "           device=unregistered|registered|compliant|hybrid-joined,\n"
     "           flow=none|device-code|transfer, user-risk=, sign-in-risk=none|low|medium|high,\n"
     "           insider-risk=none|minor|moderate|elevated",
     cmd_why},
    {"history", CMD_HISTORY, "[runs | tenants | rule ID | findings [ID] | mailbox ADDRESS]",
     "trends over past runs",
     "Shows what runs with --history recorded, oldest first: a tenant's runs (the default), one\n"
     "rule's outcome in each, findings with the first and the last time they were seen, or when a\n"
     "mailbox's SMTP AUTH verdict changed. A finding is fixed once a run judged all of its rule "
     "and\n"
     "did not see it.",
     cmd_history},
    {"fleet", CMD_FLEET, "[report DIR|FILE|URL]", "audit many tenants, roll them up",
     "Audits the tenants of --tenants, each in a process of its own, into DIR/NAME: snapshot, "
     "HTML,\n"
     "JUnit, JSON, log and result.json. DIR/NAME.partial was cut or failed; started again, fleet\n"
     "leaves alone who is done and goes on with the rest. --index and --of share a file among "
     "workers.\n"
     "`fleet report DIR` shows all tenants, the worst first, each rule across them, and who was "
     "not\n"
     "audited and why (exit code 3); `fleet report FILE|URL` does so out of a history. HTML in DIR "
     "or\n"
     "above it links to the tenants' own reports.\n"
     "\n"
     "Of all tenants' exit codes the first of 70, 5, 4, 2, 1, 3, 0 is fleet's; an audit that a "
     "signal\n"
     "killed counts as 70, one that --tenant-timeout ended as 5. --exit-zero makes 0 of 1 and 3, "
     "for a\n"
     "scheduler to which they would be failures.\n"
     "\n"
     "schema: 1\n"
     "defaults: {client-id: ID, profile: essential}\n"
     "tenants:\n"
     "  - {name: contoso, tenant: contoso.example, client-secret-file: /run/secrets/contoso}\n"
     "\n"
     "Keys are the options of audit, without dashes. No secret stands in the file. Paths are as "
     "on\n"
     "the command line; a configuration file does not count for these audits.",
     cmd_fleet},
    {"explain", CMD_EXPLAIN, "TEXT|-", "what an SMTP error line or a device's log means",
     "Names the answer in an error line, or in a whole log on standard input (-), of any client:\n"
     "which layer stops the mail, the causes with the likeliest first, how to tell them apart, "
     "and\n"
     "what to do. Answers of other providers are told apart; what is not known is called unknown.\n"
     "Offline. Passwords in a log are not repeated.",
     cmd_explain},
    {"probe", CMD_PROBE, "ADDRESS", "ask the real submission server, explain its reply",
     "Greeting, STARTTLS, certificate and what the server offers. With --password-file or\n"
     "--token-file it signs in once, never twice, and only over TLS that verifies; with --send-to\n"
     "it sends one test message. A refusal is explained. Exit 1: refused; exit 5: not reached, or\n"
     "no TLS that verifies.",
     cmd_probe},
    {"permissions", CMD_PERMISSIONS, "",
     "the least permissions for the chosen rules, or how to grant them",
     "Worked out from what the rules' SQL reads: permissions, the Exchange role, licences, and "
     "what\n"
     "is lost without each. --format manifest prints requiredResourceAccess for the app\n"
     "registration; powershell and az print a script that grants exactly this set, for an\n"
     "administrator to read and run. Nothing is contacted.",
     cmd_permissions},
    {"plan", CMD_PLAN, "", "the requests an audit would send; contacts nothing",
     "Each request with its permission, licence and the rules that need it, how many there will "
     "be\n"
     "and how long the services' limits make them take. With --snapshot the counts of an earlier\n"
     "run are used.",
     cmd_plan},
    {"doctor", CMD_DOCTOR, "", "check clock, network, sign-in, permissions, licences and files",
     "Looks at everything an audit depends on, and goes on after what fails. Each line is pass,\n"
     "fail, hint or not checked (-). The exit code is the one that an audit would run into; 3\n"
     "when something would be missing, or could not be checked.",
     cmd_doctor},
    {"diff", CMD_DIFF, "OLD NEW", "what changed between two snapshots of a tenant",
     "Settings, policies, exclusions, role members, mailboxes, domains, verdicts and outcomes:\n"
     "which property, and its old and new value. Exit code 0: nothing changed, and nothing is\n"
     "printed; 1: differences; 2: not two whole snapshots of one tenant. What was not read in one\n"
     "of them is not compared, and said so. At most 20 lines a kind; --verbose prints all.",
     cmd_diff},
    {"config", CMD_CONFIG, "show [COMMAND]", "the options a command would run with",
     "Prints what the command line, the environment, the configuration file and the defaults come\n"
     "to for COMMAND (audit without it), as YAML that a configuration file may hold; with\n"
     "--origin where each value comes from. See `graphaudit help config`.",
     cmd_config},
    {"completion", CMD_COMPLETION, "bash|zsh|fish", "completion of commands and options in a shell",
     "Prints a script for the shell to load. The Debian package installs all three. Without it:\n"
     "source <(graphaudit completion bash); graphaudit completion fish | source; for zsh a file\n"
     "_graphaudit in a folder of fpath.",
     cmd_completion},
    {"version", CMD_VERSION, "", "print the version",
     "Prints the version; with --json also what it was built from and how, the libraries (as\n"
     "compiled and as running) and the schemas it speaks.",
     cmd_version},
    {"help", CMD_HELP, "[COMMAND|TOPIC]", "help on a command or topic",
     "Topics: exit-codes, environment, formats, config. --format man prints the manual page of a\n"
     "command.",
     cmd_help},
};

size_t command_count(void)
{
    return COUNT_OF(table);
}

const struct command *command_at(size_t i)
{
    return i < COUNT_OF(table) ? &table[i] : NULL;
}

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(table); i++)
        if (str_eq(table[i].name, name))
            return &table[i];
    return NULL;
}
