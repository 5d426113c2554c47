/* doctor_print.c - the lines, for people and for programs. */
#include "base/buf.h"
#include "base/jsonx.h"
#include "doctor.h"
#include "explain_view.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

enum { WIDTH_MIN = 40, WIDTH_MAX = 100, INDENT = 18, TEXT_BYTES = 64 * 1024 };

static const struct {
    const char *word, *sgr;
} states[] = {
    [DOCTOR_PASS] = {"pass", "32"},
    [DOCTOR_FAIL] = {"fail", "31"},
    [DOCTOR_HINT] = {"hint", "33"},
    [DOCTOR_UNCHECKED] = {"-", "2"},
};

static void row(const struct doctor *d, const char *label, const char *text)
{
    size_t width = d->c->width < WIDTH_MIN   ? WIDTH_MIN
                   : d->c->width > WIDTH_MAX ? WIDTH_MAX
                                             : d->c->width;
    char lead[INDENT + 16];

    (void)snprintf(lead, sizeof lead, "%*s%-*s", 6, "", INDENT - 6, label);
    wrap_text(stdout, width, INDENT, lead, text);
}

static void print_lost(const struct doctor *d, const struct doctor_line *l)
{
    struct buf b;

    buf_init(&b, TEXT_BYTES);
    for (size_t i = 0; i < l->lost.n; i++)
        buf_addf(&b, "%s%s", l->lost.v[i], i + 1 < l->lost.n ? ", " : "");
    row(d, "lost:", b.p);
    buf_release(&b);
}

void doctor_print(const struct doctor *d)
{
    for (size_t i = 0; i < d->n; i++) {
        const struct doctor_line *l = &d->lines[i];
        size_t width = d->c->width < WIDTH_MIN   ? WIDTH_MIN
                       : d->c->width > WIDTH_MAX ? WIDTH_MAX
                                                 : d->c->width;
        char lead[64];

        if (d->c->colour)
            printf("\033[%sm%-4s\033[0m", states[l->state].sgr, states[l->state].word);
        else
            printf("%-4s", states[l->state].word);
        (void)snprintf(lead, sizeof lead, "  %-*s", INDENT - 6, l->check);
        /* The state stands already in the first four columns. */
        wrap_text_at(stdout, width, INDENT, 4, lead, l->text);
        if (l->lost.n > 0)
            print_lost(d, l);
        if (l->advice != NULL)
            row(d, "do:", l->advice);
    }
}

void doctor_print_json(const struct doctor *d, int exit_code)
{
    static const char *const words[] = {"pass", "fail", "hint", "not_checked"};
    json_t *lines = json_array();
    json_t *all;
    char *s;

    for (size_t i = 0; i < d->n; i++) {
        const struct doctor_line *l = &d->lines[i];
        json_t *lost = json_array();

        for (size_t k = 0; k < l->lost.n; k++)
            (void)json_array_append_new(lost, json_string(l->lost.v[k]));
        (void)json_array_append_new(
            lines, json_pack("{s:s, s:s, s:o, s:o, s:o, s:i}", "check", l->check, "state",
                             words[l->state], "text", json_text(l->text), "advice",
                             json_text(l->advice), "rules_lost", lost, "exit_code", l->exit_code));
    }
    all = json_pack("{s:o, s:i}", "checks", lines, "exit_code", exit_code);
    s = jx_dump(all, JSON_INDENT(2));
    printf("%s\n", s != NULL ? s : "{}");
    free(s);
    json_decref(all);
}
