/* Tables behind the view ca_effect_people, and protection_people: how many people of each kind
 * share an effect, or their verdicts. One pass over the users. */
#include "ca_model.h"
#include "derive.h"

#include "base/mem.h"
#include "base/strs.h"
#include "model/store.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Of account_enabled and is_guest: NULL, 0, 1. */
enum { FLAG_NULL, FLAG_NO, FLAG_YES, FLAG_COUNT, KINDS = FLAG_COUNT * FLAG_COUNT };

static const char *const mfa_words[] = {"always", "sometimes", "never", "unknown"};
static const char *const legacy_words[] = {"blocked", "allowed", "conditional", "unknown"};
enum { MFA_COUNT = COUNT_OF(mfa_words), LEGACY_COUNT = COUNT_OF(legacy_words) };

/* mfa, is_gap_certain, legacy_auth as one number. */
enum { VERDICTS = MFA_COUNT * 2 * LEGACY_COUNT };

/* What decides about a person's verdicts besides the class: per-user MFA, and two of enum ca_tri.
 */
enum { STATES = 3 * 3 * 3, VERDICT_NOT_ASKED = UINT8_MAX };
_Static_assert((int)VERDICTS < (int)VERDICT_NOT_ASKED, "verdicts fit into a byte");
_Static_assert((int)CA_MFA_ON == 2 && (int)CA_YES == 2, "three states of each");

struct counts {
    struct ca_model *m;
    size_t effects;  /* user_protection asked for everybody's */
    int64_t *effect; /* people by effect and kind */
    int64_t verdict[VERDICTS * KINDS];
    uint8_t *known; /* verdicts by class and states, so that they are asked for once */
};

static size_t place_of(const char *const *words, size_t n, const char *word)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(words[i], word))
            return i;
    BUG("no verdict '%s'", word);
}

static bool is_gap_certain(const char *gap)
{
    json_t *o = gap != NULL ? json_loads(gap, 0, NULL) : NULL;
    bool is_certain = json_is_true(json_object_get(o, "certain"));

    json_decref(o);
    return is_certain;
}

static size_t verdict_of(struct counts *c, size_t user)
{
    const struct ca_user *u = &c->m->people.user[user];
    uint8_t *known = &c->known[(size_t)u->class_id * STATES + (size_t)u->mfa_state * 9 +
                               (size_t)u->is_admin * 3 + u->is_sync];

    if (*known == VERDICT_NOT_ASKED) {
        struct ca_protection p;

        ca_protection(c->m, user, &p);
        *known = (uint8_t)((place_of(mfa_words, MFA_COUNT, p.mfa) * 2 + is_gap_certain(p.gap)) *
                               LEGACY_COUNT +
                           place_of(legacy_words, LEGACY_COUNT, p.legacy));
    }
    return *known;
}

static size_t flag_of(bool is_null, bool is_set)
{
    return is_null ? FLAG_NULL : is_set ? FLAG_YES : FLAG_NO;
}

static enum err_code count_people(struct store *s, struct counts *c, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code = stmt_prepare(s, "SELECT id, account_enabled, user_type FROM user", &st, e);

    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row) {
        size_t user = ca_user_find(c->m, stmt_text(st, 0));
        size_t enabled = flag_of(stmt_is_null(st, 1), stmt_int(st, 1) == 1);
        size_t guest = flag_of(stmt_is_null(st, 2), str_eq(stmt_text(st, 2), "Guest"));
        size_t kind = enabled * FLAG_COUNT + guest;
        size_t effect = user != SIZE_MAX ? ca_user_effect(c->m, user) : c->effects;

        if (effect >= c->effects)
            BUG("a person without an effect");
        c->effect[effect * KINDS + kind]++;
        c->verdict[verdict_of(c, user) * KINDS + kind]++;
    }
    stmt_free(st);
    return code;
}

static void bind_kind(struct stmt *st, int at, size_t kind)
{
    const size_t flag[] = {kind / FLAG_COUNT, kind % FLAG_COUNT};

    for (int i = 0; i < 2; i++)
        if (flag[i] == FLAG_NULL)
            stmt_bind_null(st, at + i);
        else
            stmt_bind_int(st, at + i, flag[i] == FLAG_YES);
}

static enum err_code write_effects(struct store *s, const struct counts *c, struct err *e)
{
    struct stmt *st = NULL;
    enum err_code code = stmt_prepare(s,
                                      "INSERT INTO ca_effect_people_row(account_enabled, is_guest,"
                                      " effect_id, people) VALUES (?,?,?,?)",
                                      &st, e);

    for (size_t i = 0; code == ERR_OK && i < c->effects * KINDS; i++) {
        if (c->effect[i] == 0)
            continue;
        bind_kind(st, 1, i % KINDS);
        stmt_bind_int(st, 3, (int64_t)(i / KINDS));
        stmt_bind_int(st, 4, c->effect[i]);
        code = stmt_write(st, e);
    }
    stmt_free(st);
    return code;
}

static enum err_code write_verdicts(struct store *s, const struct counts *c, struct err *e)
{
    struct stmt *st = NULL;
    enum err_code code =
        stmt_prepare(s,
                     "INSERT INTO protection_people(account_enabled, is_guest, mfa,"
                     " is_gap_certain, legacy_auth, people) VALUES (?,?,?,?,?,?)",
                     &st, e);

    for (size_t i = 0; code == ERR_OK && i < COUNT_OF(c->verdict); i++) {
        size_t verdict = i / KINDS;

        if (c->verdict[i] == 0)
            continue;
        bind_kind(st, 1, i % KINDS);
        stmt_bind_borrowed(st, 3, mfa_words[verdict / LEGACY_COUNT / 2]);
        stmt_bind_int(st, 4, (int64_t)(verdict / LEGACY_COUNT % 2));
        stmt_bind_borrowed(st, 5, legacy_words[verdict % LEGACY_COUNT]);
        stmt_bind_int(st, 6, c->verdict[i]);
        code = stmt_write(st, e);
    }
    stmt_free(st);
    return code;
}

enum err_code ca_people_derive(struct store *s, const struct derive_context *d, struct err *e)
{
    struct counts *c = xcalloc(1, sizeof *c);
    enum err_code code;

    c->m = d->ca;
    c->effects = ca_effect_count(d->ca);
    c->effect = xcalloc(c->effects * KINDS + 1, sizeof *c->effect);
    c->known = xcalloc(d->ca->classes.n * STATES + 1, 1);
    memset(c->known, VERDICT_NOT_ASKED, d->ca->classes.n * STATES);
    code = count_people(s, c, e);
    if (code == ERR_OK)
        code = write_effects(s, c, e);
    if (code == ERR_OK)
        code = write_verdicts(s, c, e);
    free(c->effect);
    free(c->known);
    free(c);
    return code;
}
