/* redact_learn.c - who there is in a snapshot, and what our own texts say without meaning anybody.
 */
#include "base/attrs.h"
#include "base/mem.h"
#include "base/strs.h"
#include "messages.h"
#include "model/snapshot.h"
#include "redact_internal.h"
#include "redact_scan.h"

#include <stdlib.h>
#include <string.h>

/* Words that evidence and verdicts are made of; others come from the rules and the catalogue. */
static const char machine_words[] =
    "true false null yes no on off all none any not and or of is are the a an by in to from with "
    "allow block conditional unknown not_applicable always never sometimes blocked allowed pass "
    "fail manual waived error enabled disabled enforced enabledForReportingButNotEnforced complete "
    "partial failed skipped found missing active eligible expiring expired new open fixed "
    "GuestsOrExternalUsers Office365 MicrosoftAdminPortals AllTrusted browser mobileAppsAndDesktop "
    "exchangeActiveSync other user group role guest application policy mailbox tenant security "
    "defaults service location platform client app device high medium low critical info admin "
    "administrator mail smtp imap pop auth basic modern legacy inherit member external internal "
    "SharedMailbox UserMailbox RoomMailbox EquipmentMailbox Managed Federated";

/* But not of addresses: an example in a rule is nobody's, and might be somebody's here. */
static void add_own_words(struct redact *r, const char *text)
{
    size_t n = strlen(text);
    size_t at = 0;
    struct address_span a;
    char *copy = NULL;

    if (strchr(text, '@') != NULL) {
        copy = xstrdup(text);
        while (scan_address(copy, n, at, &a)) {
            memset(copy + a.local.from, ' ', a.local.end - a.local.from);
            at = a.sign.end;
        }
    }
    names_add_own_words(&r->names, copy != NULL ? copy : text);
    free(copy);
}

static enum err_code learn_own_words(struct redact *r, struct store *s, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code =
        stmt_prepare(s,
                     "SELECT rule_id, title, service, summary, rationale, remediation_json, "
                     "references_json, mappings_json, resources_json, query FROM rule",
                     &st, e);

    names_add_own_words(&r->names, machine_words);
    for (int l = 0; l < LANG_COUNT; l++)
        for (int m = 0; m < MSG_COUNT; m++)
            names_add_own_words(&r->names, message_text((enum lang)l, (enum msg)m));
    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row)
        for (int i = 0; i < stmt_column_count(st); i++)
            if (!stmt_is_null(st, i))
                add_own_words(r, stmt_text(st, i));
    stmt_free(st);
    return code;
}

static uint32_t person_of(struct redact *r, const char *id)
{
    uint32_t person = names_find_id(&r->names, id);
    char *lower;

    if (person < NAMES_SEVERAL)
        return person;
    person = (uint32_t)r->person_count++;
    if ((person & (person - 1)) == 0) /* room for twice as many */
        r->tokens =
            xreallocarray(r->tokens, person > 0 ? (size_t)person * 2 : 1, sizeof *r->tokens);
    lower = str_lower(id);
    r->tokens[person] = redact_token_of(r->people, "person", lower, strlen(lower));
    free(lower);
    names_add_id(&r->names, id, person);
    return person;
}

/* "jane.doe" of "jane.doe@contoso.com": two words say who it is without the domain. */
static void learn_local_part(struct redact *r, const char *address, uint32_t person)
{
    const char *sign = strchr(address, '@');
    size_t n = sign != NULL ? (size_t)(sign - address) : 0;
    size_t at = 0;
    struct word w;

    if (word_next(address, n, &at, &w) && word_next(address, n, &at, &w)) {
        char *local = xstrndup(address, n);

        names_add(&r->names, local, person);
        free(local);
    }
}

static void learn_address(struct redact *r, const char *address, uint32_t person)
{
    names_add_address(&r->names, address, person);
    learn_local_part(r, address, person);
}

/* Many accounts have an address for a display name: its domain shall stay, too. */
static void learn_name(struct redact *r, const char *name, uint32_t person)
{
    if (strchr(name, '@') != NULL && strpbrk(name, " \t\r\n") == NULL)
        learn_address(r, name, person);
    else
        names_add(&r->names, name, person);
}

/* Columns: id, display name, then addresses. Rows without an id tell nobody. */
static enum err_code learn_people(struct redact *r, struct store *s, const char *sql, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code = stmt_prepare(s, sql, &st, e);

    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row) {
        uint32_t person;

        if (stmt_is_null(st, 0) || r->person_count >= NAMES_SEVERAL)
            continue;
        person = person_of(r, stmt_text(st, 0));
        if (!stmt_is_null(st, 1))
            learn_name(r, stmt_text(st, 1), person);
        for (int i = 2; i < stmt_column_count(st); i++)
            if (!stmt_is_null(st, i))
                learn_address(r, stmt_text(st, i), person);
    }
    stmt_free(st);
    return code;
}

/* A snapshot of an older schema that is only read may lack the table. */
static enum err_code learn_table(struct redact *r, struct store *s, const char *table,
                                 const char *sql, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code =
        stmt_prepare(s, "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", &st, e);

    if (code == ERR_OK) {
        stmt_bind_text(st, 1, table);
        code = stmt_step(st, &row, e);
    }
    stmt_free(st);
    return code == ERR_OK && row ? learn_people(r, s, sql, e) : code;
}

static enum err_code make_keys(struct redact *r, struct store *s, struct err *e)
{
    char hex[SHA256_HEX_BYTES];
    char *tenant = NULL;
    enum err_code code = ERR_OK;

    if (r->has_key)
        return ERR_OK;
    code = store_text(s, "SELECT tenant_id FROM snapshot", &tenant, e);
    if (code == ERR_OK)
        code = snapshot_key(s, "graphaudit redact 1", hex, e);
    if (code == ERR_OK) {
        char *people = xasprintf("graphaudit person 1 %s", tenant != NULL ? tenant : "");

        str_lower_inplace(people);
        hmac_free(r->people);
        hmac_free(r->values);
        r->people = hmac_new(people, strlen(people));
        r->values = hmac_new(hex, strlen(hex));
        free(people);
    }
    free(tenant);
    return code;
}

enum err_code redact_learn(struct redact *r, struct store *s, struct err *e)
{
    /* The last: names of findings whose account is gone. */
    static const struct {
        const char *table, *sql;
    } people[] = {
        {"user", "SELECT id, display_name, user_principal_name, mail FROM user"},
        {"mailbox", "SELECT coalesce(user_id, guid), display_name, user_principal_name, "
                    "primary_smtp_address FROM mailbox"},
        {"mfa_registration", "SELECT user_id, NULL, user_principal_name FROM mfa_registration"},
        {"policy_reference", "SELECT id, display_name FROM policy_reference WHERE kind = 'user'"},
        {"sign_in", "SELECT DISTINCT user_id, NULL, user_principal_name FROM sign_in"},
        {"baseline_finding",
         "SELECT resource_id, resource_name FROM baseline_finding WHERE resource_name <> '' AND "
         "length(resource_id) = 36 AND rule_id IN (SELECT f.rule_id FROM resource_result AS f JOIN "
         "user AS u ON u.id = f.resource_id UNION SELECT f.rule_id FROM baseline_finding AS f JOIN "
         "user AS u ON u.id = f.resource_id)"},
    };
    enum err_code code = make_keys(r, s, e);

    if (code == ERR_OK)
        code = learn_own_words(r, s, e);
    for (size_t i = 0; (r->kinds & REDACT_UPN) != 0 && code == ERR_OK && i < COUNT_OF(people); i++)
        code = learn_table(r, s, people[i].table, people[i].sql, e);
    return code;
}

void redact_learn_nobody(struct redact *r, const char *text, size_t n)
{
    char hex[SHA256_HEX_BYTES];

    if (r->has_key)
        return;
    sha256_hex(text, n, hex);
    hmac_free(r->people);
    hmac_free(r->values);
    r->people = hmac_new(hex, strlen(hex));
    r->values = hmac_new(hex, strlen(hex));
}
