#include "smtp_reader.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "ca_pool.h"
#include "model/store.h"
#include "smtp_switch.h"
#include "smtp_text.h"

#include <stdlib.h>
#include <string.h>

static const char people_sql[] =
    "SELECT id, account_enabled, per_user_mfa_state, user_principal_name FROM user ORDER BY id";
static const char licences_sql[] =
    "SELECT user_id, sku_id, disabled_plans_json FROM user_licence ORDER BY user_id, sku_id";
static const char licences_of_sql[] =
    "SELECT user_id, sku_id, disabled_plans_json FROM user_licence WHERE user_id = ? ORDER BY "
    "sku_id";
static const char mailboxes_sql[] =
    "SELECT guid, user_id, primary_smtp_address, recipient_type, authentication_policy,"
    " user_principal_name, is_hve, smtp_client_authentication_disabled, smtp_flag_known,"
    " authentication_policy_known, account_disabled, sku_assigned FROM mailbox ORDER BY guid";
enum { BOX_GUID, BOX_USER_ID, BOX_ADDRESS, BOX_TYPE, BOX_POLICY, BOX_UPN, BOX_FIRST_NUMBER };
enum { NUMBER_IS_HVE, NUMBER_FLAG, NUMBER_FLAG_KNOWN, NUMBER_POLICY_KNOWN, NUMBER_DISABLED };
enum { NUMBERS = NUMBER_DISABLED + 2 }; /* and whether a SKU is assigned */

/* Does a licence, or do all of somebody's, give a mailbox? Of several the greatest counts. */
enum plan { PLAN_NONE, PLAN_UNCLEAR, PLAN_HELD };

static const char *const mfa_states[] = {NULL, "disabled", "enabled", "enforced"};

/* What smtp_case.c looks at of an account, in the order of the model's people. */
struct person {
    uint32_t zone; /* number + 1; 0: without a name to sign in with */
    uint8_t enabled, mfa, plan;
};

/* What follows the @ of a name to sign in with. */
struct zone {
    const char *domain, *type;
};

/* Everything that tells mailboxes apart but their names; two texts follow it in a key. */
struct traits {
    int64_t number[NUMBERS];
    uint32_t nulls; /* a bit for each number that is NULL */
    uint32_t class_id, zone;
    uint8_t enabled, mfa, plan, naming;
};
/* In place of a class: an account that was not read, none at all. */
#define CLASS_NOT_READ UINT32_MAX
#define CLASS_NOBODY (UINT32_MAX - 1)

struct smtp_reader {
    struct store *store;
    const struct derive_context *d;
    bool is_loaded;
    struct stmt *mailboxes, *switches, *licence, *licences_of;
    struct person *person;
    size_t people;

    struct ca_pool pool; /* of domains: there are as many as people have */
    struct ca_map zone_at;
    struct zone *zone;
    size_t zones, zones_cap;
    struct ca_map type_at; /* from a domain of the tenant to its kind of sign-in */
    const char **type;
    size_t types;

    struct ca_pool kept; /* of what is remembered, up to a limit */
    struct ca_map licence_at, switch_at, alike_at;
    const char *(*switch_row)[SMTP_SWITCH_COLUMNS];
    size_t switch_rows;
    struct smtp_alike **alike;
    size_t alikes;

    char *key;
    size_t key_n, key_cap;
};

static bool is_full(const struct smtp_reader *r)
{
    return r->kept.bytes >= LIMIT_SMTP_KINDS_BYTES;
}

static void key_add(struct smtp_reader *r, const void *bytes, size_t n)
{
    if (r->key_cap - r->key_n < n) {
        r->key_cap = (r->key_cap + n) * 2;
        r->key = xreallocarray(r->key, r->key_cap, 1);
    }
    memcpy(r->key + r->key_n, bytes, n);
    r->key_n += n;
}

static void key_add_text(struct smtp_reader *r, const char *text)
{
    key_add(r, text != NULL ? "=" : "-", 1);
    if (text != NULL)
        key_add(r, text, strlen(text) + 1);
}

/* Room for one more: arrays double at the powers of two. */
static void *grown(void *v, size_t n, size_t size)
{
    return (n & (n - 1)) == 0 ? xreallocarray(v, n > 0 ? 2 * n : 1, size) : v;
}

/* Text or NULL, in the pool. */
static const char *kept_text(struct ca_pool *p, const char *text)
{
    return text != NULL ? ca_pool_text(p, text) : NULL;
}

/* Number + 1 of what follows the first @, which is part of the key, or of all of a name without
 * one. */
static uint32_t zone_of(struct smtp_reader *r, const char *upn)
{
    const char *at = upn != NULL ? strchr(upn, '@') : NULL;
    const char *from = at != NULL ? at : upn;
    const char *text;
    uint32_t n;

    if (from == NULL)
        return 0;
    r->key_n = 0;
    key_add(r, from, strlen(from) + 1);
    str_lower_inplace(r->key);
    n = ca_map_add(&r->zone_at, r->key, r->key_n, (uint32_t)r->zones);
    if (n == r->zones) {
        uint32_t type = CA_MAP_NONE;

        text = ca_pool_text(&r->pool, at != NULL ? r->key + 1 : r->key);
        if (at != NULL)
            type = ca_map_get(&r->type_at, text, strlen(text) + 1);
        r->zone = grown(r->zone, r->zones, sizeof *r->zone);
        r->zone[r->zones++] = (struct zone){text, type != CA_MAP_NONE ? r->type[type] : NULL};
    }
    return n + 1;
}

static enum err_code load_domains(struct smtp_reader *r, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code = smtp_case_select_domains(r->store, &st, e);

    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row) {
        const char *name = stmt_text(st, 0);

        if (name == NULL)
            continue;
        r->type = grown(r->type, r->types, sizeof *r->type);
        (void)ca_map_add(&r->type_at, name, strlen(name) + 1, (uint32_t)r->types);
        r->type[r->types++] = kept_text(&r->pool, stmt_text(st, 1));
    }
    stmt_free(st);
    return code;
}

/* NULL, or whatever is neither: 0. */
static uint8_t flag_of(const struct stmt *st, int at)
{
    int64_t v = stmt_int(st, at);

    return stmt_is_null(st, at) || (v != 0 && v != 1) ? 0 : (uint8_t)(v + 1);
}

static const char *flag_text(uint8_t flag)
{
    return flag == 0 ? NULL : flag == 1 ? "0" : "1";
}

static uint8_t mfa_of(const char *word)
{
    uint8_t n = COUNT_OF(mfa_states) - 1;

    while (n > 0 && !str_ieq(word, mfa_states[n]))
        n--;
    return n;
}

static enum err_code load_people(struct smtp_reader *r, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    size_t n = 0;
    enum err_code code = stmt_prepare(r->store, people_sql, &st, e);

    r->people = ca_user_count(r->d->ca);
    r->person = xcalloc(r->people + 1, sizeof *r->person);
    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row) {
        if (n == r->people || strcmp(stmt_text(st, 0), ca_user_id(r->d->ca, n)) != 0) {
            code = err_set(e, ERR_STORE, "table user has changed since it was read");
            break;
        }
        r->person[n].enabled = flag_of(st, 1);
        r->person[n].mfa = mfa_of(stmt_text(st, 2));
        r->person[n++].zone = zone_of(r, stmt_text(st, 3));
    }
    stmt_free(st);
    return code;
}

/* What the licence on which the statement stands gives. */
static enum err_code ask_licence(struct smtp_reader *r, const struct stmt *st, enum plan *out,
                                 struct err *e)
{
    bool row = false;
    uint32_t at;

    r->key_n = 0;
    key_add_text(r, stmt_text(st, 1));
    key_add_text(r, stmt_text(st, 2));
    at = ca_map_get(&r->licence_at, r->key, r->key_n);
    if (at != CA_MAP_NONE) {
        *out = (enum plan)at;
        return ERR_OK;
    }
    stmt_bind_text(r->licence, 2, stmt_text(st, 1));
    stmt_bind_text(r->licence, 3, stmt_text(st, 2));
    if (stmt_step(r->licence, &row, e) != ERR_OK)
        return e->code;
    *out = stmt_is_null(r->licence, 0)    ? PLAN_UNCLEAR
           : stmt_int(r->licence, 0) == 1 ? PLAN_HELD
                                          : PLAN_NONE;
    stmt_reset(r->licence);
    if (!is_full(r))
        (void)ca_map_add(&r->licence_at, r->key, r->key_n, (uint32_t)*out);
    return ERR_OK;
}

/* Both lists are in the order of people's ids. */
static enum err_code load_licences(struct smtp_reader *r, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    size_t n = 0;
    enum err_code code = stmt_prepare(r->store, licences_sql, &st, e);

    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row) {
        enum plan plan = PLAN_NONE;
        int order = -1;

        while (n < r->people && (order = strcmp(ca_user_id(r->d->ca, n), stmt_text(st, 0))) < 0)
            n++;
        if (n == r->people)
            break;
        if (order == 0 && (code = ask_licence(r, st, &plan, e)) == ERR_OK &&
            (uint8_t)plan > r->person[n].plan)
            r->person[n].plan = (uint8_t)plan;
    }
    stmt_free(st);
    return code;
}

static enum err_code load(struct smtp_reader *r, struct err *e)
{
    r->is_loaded = true;
    if (smtp_licence_select(r->store, &r->licence, e) != ERR_OK || load_domains(r, e) != ERR_OK ||
        load_people(r, e) != ERR_OK || load_licences(r, e) != ERR_OK ||
        smtp_case_select_switch(r->store, r->d, &r->switches, e) != ERR_OK ||
        stmt_prepare(r->store, licences_of_sql, &r->licences_of, e) != ERR_OK)
        return e->code;
    return stmt_prepare(r->store, mailboxes_sql, &r->mailboxes, e);
}

/* Somebody who is not among the people that were read may have licences all the same. */
static enum err_code plan_of_stranger(struct smtp_reader *r, const char *user_id, uint8_t *out,
                                      struct err *e)
{
    bool row = false;
    enum err_code code = ERR_OK;

    *out = PLAN_UNCLEAR;
    if (user_id == NULL)
        return ERR_OK;
    stmt_bind_text(r->licences_of, 1, user_id);
    while (code == ERR_OK && (code = stmt_step(r->licences_of, &row, e)) == ERR_OK && row) {
        enum plan plan = PLAN_NONE;

        code = ask_licence(r, r->licences_of, &plan, e);
        if (plan == PLAN_HELD)
            *out = PLAN_HELD;
    }
    stmt_reset(r->licences_of);
    return code;
}

static enum err_code read_traits(struct smtp_reader *r, struct traits *t, struct err *e)
{
    const struct stmt *st = r->mailboxes;
    const char *user_id = stmt_text(st, BOX_USER_ID);
    const struct smtp_case names = {.guid = stmt_text(st, BOX_GUID),
                                    .address = stmt_text(st, BOX_ADDRESS)};
    size_t user = user_id != NULL ? ca_user_find(r->d->ca, user_id) : SIZE_MAX;

    memset(t, 0, sizeof *t); /* it is compared byte by byte */
    for (int i = 0; i < NUMBERS; i++) {
        t->number[i] = stmt_int(st, BOX_FIRST_NUMBER + i);
        if (stmt_is_null(st, BOX_FIRST_NUMBER + i))
            t->nulls |= 1u << i;
    }
    t->naming = (uint8_t)smtp_text_naming(&names);
    if (user != SIZE_MAX) {
        const struct person *p = &r->person[user];

        t->class_id = ca_user_class(r->d->ca, user);
        t->zone = p->zone;
        t->enabled = p->enabled;
        t->mfa = p->mfa;
        t->plan = p->plan;
    } else {
        t->class_id = user_id != NULL ? CLASS_NOT_READ : CLASS_NOBODY;
        if (plan_of_stranger(r, user_id, &t->plan, e) != ERR_OK)
            return e->code;
    }
    if (t->plan == PLAN_NONE && !derive_is_complete(r->d, "subscribed-skus"))
        t->plan = PLAN_UNCLEAR;
    if (t->zone == 0)
        t->zone = zone_of(r, stmt_text(st, BOX_UPN));
    return ERR_OK;
}

/* What the switch and the policy come to: remembered, or the statement's row. With `keep` it is
 * remembered in any case, for a kind that is. */
static enum err_code ask_switch(struct smtp_reader *r, const struct traits *t, bool keep,
                                const char **cell, struct err *e)
{
    const char *found[SMTP_SWITCH_COLUMNS];
    bool row = false;
    uint32_t at;

    r->key_n = 0;
    for (int i = NUMBER_FLAG; i <= NUMBER_POLICY_KNOWN; i++)
        key_add(r, &t->number[i], sizeof t->number[i]);
    key_add(r, &t->nulls, sizeof t->nulls);
    key_add_text(r, stmt_text(r->mailboxes, BOX_POLICY));
    at = ca_map_get(&r->switch_at, r->key, r->key_n);
    if (at == CA_MAP_NONE) {
        stmt_bind_text(r->switches, 3, stmt_text(r->mailboxes, BOX_GUID));
        if (stmt_step(r->switches, &row, e) != ERR_OK)
            return e->code;
        if (!row)
            BUG("a mailbox without its switch");
        for (int i = 0; i < SMTP_SWITCH_COLUMNS; i++)
            found[i] = stmt_text(r->switches, i);
        if (keep) {
            at = (uint32_t)r->switch_rows;
            r->switch_row = grown(r->switch_row, r->switch_rows, sizeof *r->switch_row);
            for (int i = 0; i < SMTP_SWITCH_COLUMNS; i++)
                r->switch_row[at][i] = kept_text(&r->kept, found[i]);
            r->switch_rows++;
            (void)ca_map_add(&r->switch_at, r->key, r->key_n, at);
        }
    }
    for (int i = 0; i < SMTP_SWITCH_COLUMNS; i++)
        cell[smtp_case_switch_columns[i]] = at != CA_MAP_NONE ? r->switch_row[at][i] : found[i];
    return ERR_OK;
}

static const char *number_text(const struct traits *t, int at)
{
    int64_t v = t->number[at];

    return (t->nulls >> at & 1) != 0 || (v != 0 && v != 1) ? NULL : v == 0 ? "0" : "1";
}

/* All columns but those of names. */
static enum err_code fill_cells(struct smtp_reader *r, const struct traits *t, bool keep,
                                const char **cell, struct err *e)
{
    const struct zone *z = t->zone > 0 ? &r->zone[t->zone - 1] : NULL;

    cell[SMTP_COL_TYPE] = stmt_text(r->mailboxes, BOX_TYPE);
    cell[SMTP_COL_IS_HVE] = number_text(t, NUMBER_IS_HVE);
    cell[SMTP_COL_OWN_POLICY_KNOWN] = number_text(t, NUMBER_POLICY_KNOWN);
    cell[SMTP_COL_HAS_PLAN] = t->plan == PLAN_HELD ? "1" : t->plan == PLAN_NONE ? "0" : NULL;
    cell[SMTP_COL_ACCOUNT_ENABLED] = flag_text(t->enabled);
    cell[SMTP_COL_ACCOUNT_DISABLED] = number_text(t, NUMBER_DISABLED);
    cell[SMTP_COL_SKU_ASSIGNED] = number_text(t, NUMBER_DISABLED + 1);
    cell[SMTP_COL_MFA_STATE] = mfa_states[t->mfa];
    cell[SMTP_COL_DOMAIN] = z != NULL ? z->domain : NULL;
    cell[SMTP_COL_DOMAIN_TYPE] = z != NULL ? z->type : NULL;
    return ask_switch(r, t, keep, cell, e);
}

/* Like one before, or a new kind; NULL in *out when no more are remembered. */
static enum err_code find_alike(struct smtp_reader *r, const struct traits *t,
                                struct smtp_alike **out, struct err *e)
{
    struct smtp_alike *a;
    uint32_t at;

    r->key_n = 0;
    key_add(r, t, sizeof *t);
    key_add_text(r, stmt_text(r->mailboxes, BOX_TYPE));
    key_add_text(r, stmt_text(r->mailboxes, BOX_POLICY));
    *out = NULL;
    if (is_full(r)) {
        at = ca_map_get(&r->alike_at, r->key, r->key_n);
        if (at != CA_MAP_NONE)
            *out = r->alike[at];
        return ERR_OK;
    }
    at = ca_map_add(&r->alike_at, r->key, r->key_n, (uint32_t)r->alikes);
    if (at < r->alikes) {
        *out = r->alike[at];
        return ERR_OK;
    }
    a = ca_pool_get(&r->kept, 1, sizeof *a);
    r->alike = grown(r->alike, r->alikes, sizeof(struct smtp_alike *));
    r->alike[r->alikes++] = *out = a;
    if (fill_cells(r, t, true, a->cell, e) == ERR_OK)
        a->cell[SMTP_COL_TYPE] = kept_text(&r->kept, a->cell[SMTP_COL_TYPE]);
    return e->code;
}

static enum err_code next(void *self, const char *cell[ROW_PIPE_COLUMNS], int *n, void **mark,
                          struct err *e)
{
    struct smtp_reader *r = self;
    struct smtp_alike *alike = NULL;
    struct traits t;
    bool row = false;

    if (!r->is_loaded && load(r, e) != ERR_OK)
        return e->code;
    stmt_reset(r->switches);
    if (stmt_step(r->mailboxes, &row, e) != ERR_OK || !row)
        return e->code;
    if (read_traits(r, &t, e) != ERR_OK || find_alike(r, &t, &alike, e) != ERR_OK ||
        (alike == NULL && fill_cells(r, &t, false, cell, e) != ERR_OK))
        return e->code;
    cell[SMTP_COL_GUID] = stmt_text(r->mailboxes, BOX_GUID);
    cell[SMTP_COL_USER_ID] = stmt_text(r->mailboxes, BOX_USER_ID);
    cell[SMTP_COL_ADDRESS] = stmt_text(r->mailboxes, BOX_ADDRESS);
    *n = alike != NULL ? SMTP_COL_ADDRESS + 1 : SMTP_COLUMNS;
    *mark = alike;
    return ERR_OK;
}

static void release(void *self)
{
    struct smtp_reader *r = self;

    stmt_free(r->mailboxes);
    stmt_free(r->switches);
    stmt_free(r->licence);
    stmt_free(r->licences_of);
    ca_map_release(&r->zone_at);
    ca_map_release(&r->type_at);
    ca_map_release(&r->licence_at);
    ca_map_release(&r->switch_at);
    ca_map_release(&r->alike_at);
    ca_pool_release(&r->pool);
    ca_pool_release(&r->kept);
    free(r->person);
    free(r->zone);
    free(r->type);
    free(r->switch_row);
    free(r->alike);
    free(r->key);
    free(r);
}

void smtp_reader_open(struct store *s, const struct derive_context *d, struct row_source *out)
{
    struct smtp_reader *r = xcalloc(1, sizeof *r);

    r->store = s;
    r->d = d;
    ca_map_init(&r->zone_at, &r->pool);
    ca_map_init(&r->type_at, &r->pool);
    ca_map_init(&r->licence_at, &r->kept);
    ca_map_init(&r->switch_at, &r->kept);
    ca_map_init(&r->alike_at, &r->kept);
    *out = (struct row_source){next, release, r};
}
