/* Table behind the view ca_effect_people: how many people of each kind share an effect. */
#include "ca_effect.h"
#include "derive.h"

#include "base/attrs.h"
#include "base/mem.h"
#include "base/strs.h"
#include "model/store.h"

#include <stdlib.h>

/* Of account_enabled and is_guest: NULL, 0, 1. */
enum { FLAG_NULL, FLAG_NO, FLAG_YES, FLAG_COUNT, KINDS = FLAG_COUNT * FLAG_COUNT };

static int flag_of(bool is_null, bool is_set)
{
    return is_null ? FLAG_NULL : is_set ? FLAG_YES : FLAG_NO;
}

static enum err_code count_people(struct store *s, struct ca_model *m, int64_t *people, size_t n,
                                  struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code = stmt_prepare(s, "SELECT id, account_enabled, user_type FROM user", &st, e);

    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row) {
        size_t user = ca_user_find(m, stmt_text(st, 0));
        int enabled = flag_of(stmt_is_null(st, 1), stmt_int(st, 1) == 1);
        int guest = flag_of(stmt_is_null(st, 2), str_eq(stmt_text(st, 2), "Guest"));
        size_t effect = user != SIZE_MAX ? ca_user_effect(m, user) : n;

        if (effect >= n)
            BUG("a person without an effect");
        people[effect * KINDS + (size_t)(enabled * FLAG_COUNT + guest)]++;
    }
    stmt_free(st);
    return code;
}

static void bind_flag(struct stmt *st, int at, int flag)
{
    if (flag == FLAG_NULL)
        stmt_bind_null(st, at);
    else
        stmt_bind_int(st, at, flag == FLAG_YES);
}

enum err_code ca_effect_people_derive(struct store *s, const struct derive_context *c,
                                      struct err *e)
{
    size_t n = ca_effect_count(c->ca); /* user_protection asked for everybody's */
    int64_t *people = xcalloc(n * KINDS + 1, sizeof *people);
    struct stmt *st = NULL;
    enum err_code code = count_people(s, c->ca, people, n, e);

    if (code == ERR_OK)
        code = stmt_prepare(s,
                            "INSERT INTO ca_effect_people_row(effect_id, account_enabled, is_guest,"
                            " people) VALUES (?,?,?,?)",
                            &st, e);
    for (size_t i = 0; code == ERR_OK && i < n * KINDS; i++) {
        if (people[i] == 0)
            continue;
        stmt_bind_int(st, 1, (int64_t)(i / KINDS));
        bind_flag(st, 2, (int)(i % KINDS) / FLAG_COUNT);
        bind_flag(st, 3, (int)(i % KINDS) % FLAG_COUNT);
        stmt_bind_int(st, 4, people[i]);
        code = stmt_write(st, e);
    }
    stmt_free(st);
    free(people);
    return code;
}
