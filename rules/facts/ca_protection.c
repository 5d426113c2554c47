/* Table user_protection: what Conditional Access, security defaults and per-user MFA do to each
 * person, and the gap that is left. */
#include "ca_gap.h"
#include "ca_verdict.h"
#include "derive.h"
#include "shared_text.h"

#include "base/strs.h"
#include "model/pour.h"
#include "model/store.h"

#include <stdlib.h>
#include <string.h>

/* Sets of answers, as bits: several when it hangs on what was not read. */
enum { SET_ALWAYS = 1, SET_SOMETIMES = 2, SET_NEVER = 4 };

static unsigned set_of(const struct ca_effect *f)
{
    switch (f->mfa) {
    case CA_MFA_ALWAYS:
        return SET_ALWAYS;
    case CA_MFA_SOMETIMES:
        return SET_SOMETIMES;
    case CA_MFA_NEVER:
        return SET_NEVER;
    case CA_MFA_UNDECIDED:
        break;
    }
    return f->is_gap_certain ? SET_SOMETIMES | SET_NEVER : SET_ALWAYS | SET_SOMETIMES | SET_NEVER;
}

/* Security defaults: always for administrators, "when necessary" for everybody else. */
static unsigned with_defaults(unsigned set, enum ca_tri is_admin)
{
    unsigned others = (set & SET_ALWAYS) | ((set & ~(unsigned)SET_ALWAYS) != 0 ? SET_SOMETIMES : 0);

    switch (is_admin) {
    case CA_YES:
        return SET_ALWAYS;
    case CA_NO:
        return others;
    case CA_MAYBE:
        break;
    }
    return others | SET_ALWAYS;
}

/* Are security defaults in force for this person? The synchronization account is left alone. */
static enum ca_tri defaults_for(const struct ca_model *m, const struct ca_user *u)
{
    return ca_and(m->security_defaults, ca_not((enum ca_tri)u->is_sync));
}

static unsigned mfa_set(const struct ca_model *m, const struct ca_user *u,
                        const struct ca_effect *f)
{
    enum ca_tri defaults = defaults_for(m, u);
    unsigned plain = set_of(f);
    unsigned set = 0;

    if (u->mfa_state == CA_MFA_ON)
        return SET_ALWAYS;
    if (defaults != CA_YES)
        set |= plain;
    if (defaults != CA_NO)
        set |= with_defaults(plain, (enum ca_tri)u->is_admin);
    return u->mfa_state == CA_MFA_UNKNOWN ? set | SET_ALWAYS : set;
}

static const char *mfa_word(unsigned set)
{
    return set == SET_ALWAYS      ? "always"
           : set == SET_SOMETIMES ? "sometimes"
           : set == SET_NEVER     ? "never"
                                  : "unknown";
}

/* What besides the policies has a part in the answer. */
static unsigned reasons_of(const struct ca_model *m, const struct ca_user *u, unsigned set)
{
    enum ca_tri defaults = defaults_for(m, u);
    unsigned why = defaults == CA_YES ? CA_GAP_DEFAULTS : 0;
    bool is_known = (set & (set - 1)) == 0;

    if (is_known)
        return why;
    why |= CA_GAP_UNKNOWN;
    if (m->security_defaults == CA_MAYBE)
        why |= CA_GAP_DEFAULTS_UNREAD;
    if (defaults != CA_NO &&
        (u->is_admin == CA_MAYBE || (u->is_sync == CA_MAYBE && m->security_defaults != CA_NO)))
        why |= CA_GAP_ROLES_UNREAD;
    if (u->mfa_state == CA_MFA_UNKNOWN)
        why |= CA_GAP_MFA_UNREAD;
    return why;
}

static const char *legacy_word(enum ca_verdict v)
{
    static const char *const words[] = {[CA_ALLOW] = "allowed",
                                        [CA_CONDITIONAL] = "conditional",
                                        [CA_UNKNOWN] = "unknown",
                                        [CA_BLOCK] = "blocked"};

    return words[v];
}

static void legacy_of(struct ca_model *m, const struct ca_user *u, struct ca_protection *out)
{
    const struct ca_answer *a = ca_class_answer(m, u->class_id, CA_BASIC_SMTP);
    enum ca_tri defaults = defaults_for(m, u);
    enum ca_verdict v = a->verdict;

    if (defaults == CA_YES)
        v = CA_BLOCK;
    else if (defaults == CA_MAYBE && v != CA_BLOCK)
        v = CA_UNKNOWN;
    out->legacy = legacy_word(v);
    out->legacy_json = ca_legacy_json(m, a, defaults == CA_YES, v == CA_UNKNOWN);
}

size_t ca_user_count(const struct ca_model *m)
{
    return m->people.n;
}

const char *ca_user_id(const struct ca_model *m, size_t user)
{
    return ca_people_id(&m->people, user);
}

void ca_protection(struct ca_model *m, size_t user, struct ca_protection *out)
{
    const struct ca_user *u = &m->people.user[user];
    const struct ca_effect *f = ca_class_effect(m, u->class_id);
    unsigned set = mfa_set(m, u, f);

    out->mfa = mfa_word(set);
    out->gap = set == SET_ALWAYS ? NULL : ca_gap_json(m, user, f, reasons_of(m, u, set));
    legacy_of(m, u, out);
}

void ca_model_figures(const struct ca_model *m, struct ca_figures *out)
{
    memset(out, 0, sizeof *out);
    out->users = m->people.n;
    out->policies = m->lives;
    out->classes = m->classes.n;
    for (int d = 0; d < CA_DIM_COUNT; d++)
        out->atoms += m->axis[d].n;
    out->boxes = m->boxes + m->effect_boxes;
    out->effects = ca_effect_count(m);
    out->bytes = m->pool.bytes + m->people.ids_cap + m->people.cap * sizeof *m->people.user +
                 m->people.slots * sizeof *m->people.slot +
                 m->classes.cap * (m->lives > 0 ? m->lives : 1);
    for (size_t i = 0; i < m->groups.n; i++)
        out->bytes += m->groups.v[i]->n * sizeof(uint32_t);
}

/* Rows of user_protection_row, person by person. */
struct rows {
    struct ca_model *m;
    struct shared_texts *texts;
    size_t next;
    struct cell cell[6];
};

static enum err_code next_row(void *self, const struct cell **row, struct err *e)
{
    struct rows *r = self;
    struct ca_protection p;
    int64_t gap = 0;
    int64_t policies = 0;
    size_t user = r->next++;

    if (user >= ca_user_count(r->m))
        return ERR_OK;
    ca_protection(r->m, user, &p);
    if (p.gap != NULL && shared_text_id(r->texts, p.gap, &gap, e) != ERR_OK)
        return e->code;
    if (shared_text_id(r->texts, p.legacy_json, &policies, e) != ERR_OK)
        return e->code;
    r->cell[0] = cell_text(ca_user_id(r->m, user));
    r->cell[1] = cell_text(p.mfa);
    r->cell[2] = p.gap != NULL ? cell_number(gap) : cell_text(NULL);
    r->cell[3] = cell_text(p.legacy);
    r->cell[4] = cell_number(policies);
    r->cell[5] = cell_number((int64_t)ca_user_effect(r->m, user));
    *row = r->cell;
    return ERR_OK;
}

enum err_code user_protection_derive(struct store *s, const struct derive_context *c, struct err *e)
{
    struct rows r = {.m = c->ca, .texts = c->texts};

    return store_pour(s,
                      "INSERT INTO user_protection_row(user_id, mfa, mfa_gap, legacy_auth,"
                      " legacy_auth_policies, effect_id) SELECT c0, c1, c2, c3, c4, c5 FROM pour",
                      next_row, &r, e);
}
