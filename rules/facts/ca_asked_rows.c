/* Tables behind the views user_ca_effect and admin_ca_effect: every effect once, with its answers,
 * and the effect of each role that somebody holds or may activate. */
#include "ca_effect.h"
#include "derive.h"
#include "shared_text.h"

#include "model/store.h"

#include <string.h>

static void bind_hours(struct stmt *st, int at, int hours)
{
    if (hours >= 0)
        stmt_bind_int(st, at, hours);
    else
        stmt_bind_null(st, at);
}

static enum err_code bind_shared(struct stmt *st, int at, const char *text, struct shared_texts *t,
                                 struct err *e)
{
    int64_t id = 0;

    if (text == NULL) {
        stmt_bind_null(st, at);
        return ERR_OK;
    }
    if (shared_text_id(t, text, &id, e) == ERR_OK)
        stmt_bind_int(st, at, id);
    return e->code;
}

static enum err_code write_effects(struct store *s, const struct derive_context *c, struct err *e)
{
    struct stmt *st = NULL;
    enum err_code code =
        stmt_prepare(s,
                     "INSERT INTO ca_effect_row(effect_id, question, answer, hours,"
                     " hours_least, gap, words) VALUES (?,?,?,?,?,?,?)",
                     &st, e);

    for (size_t i = 0; code == ERR_OK && i < ca_effect_count(c->ca) * ca_question_count(); i++) {
        struct ca_effect_answer a;

        ca_effect_answer(c->ca, i / ca_question_count(), i % ca_question_count(), &a);
        stmt_bind_int(st, 1, (int64_t)(i / ca_question_count()));
        stmt_bind_borrowed(st, 2, a.question);
        stmt_bind_borrowed(st, 3, a.answer);
        bind_hours(st, 4, a.hours);
        bind_hours(st, 5, a.hours_least);
        code = bind_shared(st, 6, a.gap, c->texts, e);
        if (code == ERR_OK)
            code = bind_shared(st, 7, a.words, c->texts, e);
        if (code == ERR_OK)
            code = stmt_write(st, e);
    }
    stmt_free(st);
    return code;
}

/* Active roles are part of what a person is; an eligible one counts while it is activated, whatever
 * the others. One for an administrative unit never counts: policies do not look at it. */
static enum err_code write_roles(struct store *s, const struct derive_context *c, struct err *e)
{
    struct stmt *in = NULL;
    struct stmt *out = NULL;
    bool row = false;
    enum err_code code = stmt_prepare(
        s, "SELECT DISTINCT user_id, role_template_id FROM role_member ORDER BY 1, 2", &in, e);

    if (code == ERR_OK)
        code = stmt_prepare(s,
                            "INSERT INTO admin_effect_row(user_id, role_template_id, effect_id)"
                            " VALUES (?,?,?)",
                            &out, e);
    while (code == ERR_OK && (code = stmt_step(in, &row, e)) == ERR_OK && row) {
        size_t user = ca_user_find(c->ca, stmt_text(in, 0));

        if (user == SIZE_MAX)
            continue;
        stmt_bind_text(out, 1, stmt_text(in, 0));
        stmt_bind_text(out, 2, stmt_text(in, 1));
        stmt_bind_int(out, 3, (int64_t)ca_role_effect(c->ca, user, stmt_text(in, 1)));
        code = stmt_write(out, e);
    }
    stmt_free(in);
    stmt_free(out);
    return code;
}

enum err_code ca_effect_derive(struct store *s, const struct derive_context *c, struct err *e)
{
    if (write_roles(s, c, e) != ERR_OK) /* makes effects of its own */
        return e->code;
    return write_effects(s, c, e);
}
