#include "shape.h"

#include "base/buf.h"
#include "base/strs.h"

#include <string.h>

/* Further apart than this, a suggestion is a guess. */
enum { NEAR_ENOUGH = 2, WORDS_BYTES = 1024 };

const char *word_near(const char *const *words, const char *given)
{
    const char *best = NULL;
    unsigned least = NEAR_ENOUGH + 1;

    for (; *words != NULL; words++) {
        unsigned d = str_distance(*words, given);

        if (d < least && d < strlen(*words)) {
            least = d;
            best = *words;
        }
    }
    return best;
}

static void check_text(const struct yn *y, const struct field *f, struct problems *p)
{
    if (y->kind != YN_SCALAR)
        problem_node(p, y, "'%s' has to be text", f->key);
    else if (yn_is_null(y) || y->text[0] == '\0')
        problem_node(p, y, "'%s' is empty", f->key);
    else if (f->max_bytes > 0 && strlen(y->text) > f->max_bytes)
        problem_node(p, y, "'%s' is longer than %zu bytes", f->key, f->max_bytes);
}

static void check_int(const struct yn *y, const struct field *f, struct problems *p)
{
    int64_t n;

    if (!yn_int(y, &n) || n < 1 || n > INT32_MAX)
        problem_node(p, y, "'%s' has to be a whole number from 1", f->key);
}

static void check_word(const struct yn *y, const struct field *f, struct problems *p)
{
    const char *near;
    struct buf all;

    if (y->kind != YN_SCALAR) {
        problem_node(p, y, "'%s' has to be one word", f->key);
        return;
    }
    for (const char *const *w = f->words; *w != NULL; w++)
        if (str_eq(*w, y->text))
            return;
    near = word_near(f->words, y->text);
    if (near != NULL) {
        problem_node(p, y, "'%s' is not a word for '%s': did you mean '%s'?", y->text, f->key,
                     near);
        return;
    }
    buf_init(&all, WORDS_BYTES);
    for (const char *const *w = f->words; *w != NULL; w++)
        buf_addf(&all, "%s%s", all.n > 0 ? ", " : "", *w);
    problem_node(p, y, "'%s' is not a word for '%s': use one of %s", y->text, f->key, all.p);
    buf_release(&all);
}

static bool is_collection(const struct yn *y, const struct field *f, enum yn_kind kind,
                          struct problems *p)
{
    if (y->kind != kind)
        problem_node(p, y, "'%s' has to be a %s", f->key, kind == YN_MAP ? "mapping" : "list");
    return y->kind == kind;
}

static void check_texts(const struct yn *y, const struct field *f, struct problems *p)
{
    if (!is_collection(y, f, YN_SEQ, p))
        return;
    for (const struct yn *c = y->child; c != NULL; c = c->next)
        check_text(c, f, p);
}

static void check_texts_or_n(const struct yn *y, const struct field *f, struct problems *p)
{
    int64_t n;

    if (y->kind != YN_SCALAR)
        check_texts(y, f, p);
    else if (!yn_int(y, &n) || n < 0)
        problem_node(p, y, "'%s' has to be a list, or a whole number from 0", f->key);
}

static void check_children(const struct yn *y, const struct field *f, struct problems *p)
{
    enum yn_kind kind = f->kind == FIELD_MAPS ? YN_SEQ : YN_MAP;

    if (!is_collection(y, f, kind, p))
        return;
    for (const struct yn *c = y->child; c != NULL; c = c->next)
        if (f->kind == FIELD_NAMED_TEXTS)
            check_texts(c, f, p);
        else
            (void)shape_check(c, f->fields, p);
}

static void check_value(const struct yn *y, const struct field *f, struct problems *p)
{
    switch (f->kind) {
    case FIELD_TEXT:
        check_text(y, f, p);
        break;
    case FIELD_INT:
        check_int(y, f, p);
        break;
    case FIELD_WORD:
        check_word(y, f, p);
        break;
    case FIELD_TEXTS:
        check_texts(y, f, p);
        break;
    case FIELD_TEXTS_OR_N:
        check_texts_or_n(y, f, p);
        break;
    case FIELD_MAP:
        (void)shape_check(y, f->fields, p);
        break;
    case FIELD_MAPS:
    case FIELD_NAMED_MAPS:
    case FIELD_NAMED_TEXTS:
        check_children(y, f, p);
        break;
    case FIELD_NAMED_ANY:
        (void)is_collection(y, f, YN_MAP, p);
        break;
    case FIELD_ANY:
        break;
    }
}

static void unknown_key(const struct yn *y, const struct field *fields, struct problems *p)
{
    const char *near = NULL;

    for (; fields->key != NULL && near == NULL; fields++) {
        const char *const one[] = {fields->key, NULL};

        near = word_near(one, y->key);
    }
    if (near != NULL)
        problem_key(p, y, "unknown key '%s': did you mean '%s'?", y->key, near);
    else
        problem_key(p, y, "unknown key '%s'", y->key);
}

bool shape_check(const struct yn *y, const struct field *fields, struct problems *p)
{
    size_t before = p->n;

    if (y->kind != YN_MAP) {
        problem_node(p, y, "%s%s%shas to be a mapping", y->key != NULL ? "'" : "this ",
                     y->key != NULL ? y->key : "", y->key != NULL ? "' " : "");
        return false;
    }
    for (const struct yn *c = y->child; c != NULL; c = c->next) {
        const struct field *f = fields;

        while (f->key != NULL && !str_eq(f->key, c->key))
            f++;
        if (f->key == NULL)
            unknown_key(c, fields, p);
        else
            check_value(c, f, p);
    }
    for (const struct field *f = fields; f->key != NULL; f++)
        if (f->is_required && yn_get(y, f->key) == NULL)
            problem_key(p, y, "'%s' is missing%s%s", f->key, y->key != NULL ? " in " : "",
                        y->key != NULL ? y->key : "");
    return p->n == before;
}
