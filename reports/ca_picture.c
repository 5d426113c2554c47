#include "ca_picture.h"

#include "base/strs.h"
#include "model/store.h"

#include <stdio.h>
#include <string.h>

const char *const ca_mfa_words[4] = {"always", "sometimes", "never", "unknown"};
const char *const ca_legacy_words[4] = {"blocked", "conditional", "allowed", "unknown"};

static void add_to(size_t counts[4], const char *const words[4], const char *word, size_t n)
{
    size_t i = 0;

    while (i < 3 && !str_eq(words[i], word))
        i++; /* the last one, unknown, takes every other word */
    counts[i] += n;
}

static enum err_code load_states(const struct report_model *m, struct ca_totals *t, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code =
        stmt_prepare(m->s, "SELECT state, count(*) FROM ca_policy GROUP BY 1 ORDER BY 1", &st, e);

    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row) {
        const char *state = stmt_text(st, 0);
        size_t *count = str_eq(state, "enabled")                             ? &t->on
                        : str_eq(state, "disabled")                          ? &t->off
                        : str_eq(state, "enabledForReportingButNotEnforced") ? &t->report_only
                                                                             : &t->other;

        *count += (size_t)stmt_int(st, 1);
        t->policies += (size_t)stmt_int(st, 1);
    }
    stmt_free(st);
    return code;
}

/* Counted here: GROUP BY makes SQLite sort all people, and takes twice as long. */
static enum err_code load_people(const struct report_model *m, struct ca_totals *t, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code =
        stmt_prepare(m->s,
                     "SELECT p.mfa, p.legacy_auth FROM user AS u LEFT JOIN user_protection AS p "
                     "ON p.user_id = u.id WHERE u.account_enabled IS NOT 0 ORDER BY u.id",
                     &st, e);

    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row) {
        add_to(t->mfa, ca_mfa_words, stmt_text(st, 0), 1);
        add_to(t->legacy, ca_legacy_words, stmt_text(st, 1), 1);
        t->people++;
    }
    stmt_free(st);
    return code;
}

enum err_code ca_totals_load(const struct report_model *m, struct ca_totals *out, struct err *e)
{
    struct stmt *st = NULL;
    int64_t accounts = 0;
    bool row = false;
    enum err_code code;

    memset(out, 0, sizeof *out);
    out->are_read = evidence_missing(evidence_needs("ca_policy", NULL), &m->states) == 0;
    out->exclusions_known = evidence_missing(evidence_needs("ca_exclusion", NULL), &m->states) == 0;
    out->people_known = evidence_missing(evidence_needs("user_protection", "mfa"), &m->states) == 0;
    (void)snprintf(out->security_defaults, sizeof out->security_defaults, "unknown");
    code = stmt_prepare(m->s, "SELECT is_enabled FROM security_defaults", &st, e);
    if (code == ERR_OK)
        code = stmt_step(st, &row, e);
    if (code == ERR_OK && row)
        (void)snprintf(out->security_defaults, sizeof out->security_defaults, "%s",
                       stmt_int(st, 0) != 0 ? "on" : "off");
    stmt_free(st);
    if (code == ERR_OK)
        code = load_states(m, out, e);
    if (code == ERR_OK)
        code = load_people(m, out, e);
    if (code == ERR_OK)
        code = store_int(m->s, "SELECT count(*) FROM user", &accounts, e);
    out->accounts = (size_t)accounts;
    return code;
}
