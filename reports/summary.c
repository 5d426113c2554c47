/* The summary for a terminal: what failed, what is not known, and what to grant. */
#include "base/limits.h"
#include "base/text.h"
#include "missing.h"
#include "reports/report.h"
#include "smtp_picture.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

enum {
    WIDTH_MIN = 40,
    WIDTH_DEFAULT = 80,
    WIDTH_MAX = 200,
    ID_CHARS = 16,
    INDENT = 2,
    INDENT_2 = 4
};

struct out {
    FILE *f;
    size_t width;
    bool colour;
};

static const char bold[] = "1", red[] = "31", yellow[] = "33", green[] = "32", dim[] = "2";

/* `text` made safe for a terminal, at most `max` columns of it, in one SGR attribute. */
static void put(const struct out *o, const char *sgr, const char *text, size_t max)
{
    struct buf safe;
    struct buf cut;
    size_t chars = 0;

    buf_init(&safe, LIMIT_REPORT_TEXT_BYTES);
    buf_init(&cut, LIMIT_REPORT_TEXT_BYTES);
    text_add_safe(&safe, text);
    for (size_t at = 0; at < safe.n; chars++)
        (void)utf8_next(safe.p, safe.n, &at);
    text_add_cut(&cut, safe.p, chars > max && max > 0 ? max - 1 : max);
    if (o->colour && sgr != NULL)
        (void)fprintf(o->f, "\033[%sm%s\033[0m", sgr, cut.p);
    else
        (void)fputs(cut.p, o->f);
    buf_release(&cut);
    buf_release(&safe);
}

static void heading(const struct out *o, const char *text)
{
    (void)fputc('\n', o->f);
    put(o, bold, text, o->width);
    (void)fputc('\n', o->f);
}

/* Words joined by ", ", broken before a word that would pass the width. */
static void put_list(const struct out *o, const struct strlist *l, size_t indent)
{
    size_t at = indent;

    (void)fprintf(o->f, "%*s", (int)indent, "");
    for (size_t i = 0; i < l->n; i++) {
        size_t len = strlen(l->v[i]) + (i + 1 < l->n ? 2 : 0);

        if (at > indent && at + len > o->width) {
            (void)fprintf(o->f, "\n%*s", (int)indent, "");
            at = indent;
        }
        put(o, dim, l->v[i], o->width - indent);
        (void)fputs(i + 1 < l->n ? ", " : "", o->f);
        at += len;
    }
    (void)fputc('\n', o->f);
}

/* Words of ours, broken at spaces; ends within a line. */
static void put_paragraph(const struct out *o, const char *text)
{
    size_t at = INDENT;

    (void)fprintf(o->f, "%*s", INDENT, "");
    while (*text != '\0') {
        size_t n = strcspn(text, " ");

        if (at > INDENT && o->width > 0 && at + 1 + n > o->width) {
            (void)fprintf(o->f, "\n%*s", INDENT, "");
            at = INDENT;
        } else if (at > INDENT) {
            (void)fputc(' ', o->f);
            at++;
        }
        (void)fprintf(o->f, "%.*s", (int)n, text);
        at += n;
        text += n + (text[n] == ' ');
    }
}

static void put_title(const struct out *o, const struct report_model *m)
{
    char when[WORDS_BYTES];
    char *words = report_redacted_words(m);

    put(o, bold, report_tenant(m), o->width);
    (void)fprintf(o->f, "\n%*sevidence of %s", INDENT, "",
                  words_time(m->finished_at != NULL ? m->finished_at : m->started_at, when));
    if (m->finished_at == NULL)
        put(o, red, " (the collection was interrupted)", o->width);
    if (words != NULL) {
        (void)fputc('\n', o->f);
        put_paragraph(o, words);
    }
    free(words);
    (void)fputs("\n\n", o->f);
}

static void put_counts(const struct out *o, const struct report_model *m)
{
    static const struct {
        enum outcome outcome;
        const char *word, *sgr;
    } rows[] = {
        {OUTCOME_FAIL, "fail", red},
        {OUTCOME_ERROR, "engine error", red},
        {OUTCOME_NOT_EVALUATED, "not evaluated", yellow},
        {OUTCOME_MANUAL, "manual", NULL},
        {OUTCOME_WAIVED, "waived", NULL},
        {OUTCOME_PASS, "pass", green},
        {OUTCOME_NOT_APPLICABLE, "not applicable", dim},
    };
    char digits[WORDS_BYTES];
    char line[128];

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (m->outcomes[rows[i].outcome] == 0)
            continue;
        (void)snprintf(line, sizeof line, "%7s  %s",
                       words_count(m->outcomes[rows[i].outcome], digits), rows[i].word);
        put(o, rows[i].sgr, line, o->width);
        (void)fputc('\n', o->f);
    }
    (void)fprintf(o->f, "%7s  rule%s\n", words_count(m->rule_count, digits),
                  words_s(m->rule_count));
}

static void put_coverage(const struct out *o, const struct report_model *m)
{
    char a[WORDS_BYTES];
    char b[WORDS_BYTES];

    (void)fprintf(o->f, "\nCoverage: %s of %s rule%s judged", words_count(report_judged(m), a),
                  words_count(m->rule_count, b), words_s(m->rule_count));
    if (report_unjudged(m) > 0)
        (void)fprintf(o->f, ", %s not", words_count(report_unjudged(m), a));
    if (m->outcomes[OUTCOME_MANUAL] > 0)
        (void)fprintf(o->f, ", %s for a person to check",
                      words_count(m->outcomes[OUTCOME_MANUAL], a));
    (void)fputs(".\n", o->f);
    if (m->incomplete_fails > 0)
        (void)fprintf(o->f, "%s failing rule%s saw only part of the evidence.\n",
                      words_count(m->incomplete_fails, a), words_s(m->incomplete_fails));
}

static enum err_code put_smtp(const struct out *o, const struct report_model *m, struct err *e)
{
    struct smtp_picture p;
    char a[WORDS_BYTES];
    char b[WORDS_BYTES];
    enum err_code code = smtp_picture_load(m, &p, e);

    if (code != ERR_OK)
        return code;
    if (p.is_empty) {
        (void)fputs("SMTP AUTH: ", o->f);
        put(o, NULL, p.why, SIZE_MAX);
        (void)fputc('\n', o->f);
        return ERR_OK;
    }
    (void)fprintf(o->f, "SMTP AUTH: %s of %s%s mailbox%s can send with a password",
                  words_count(p.basic[SMTP_ALLOW], a), p.is_partial ? "at least " : "",
                  words_count(p.mailboxes, b), p.mailboxes == 1 ? "" : "es");
    if (p.basic[SMTP_CONDITIONAL] > 0)
        (void)fprintf(o->f, ", %s under conditions", words_count(p.basic[SMTP_CONDITIONAL], a));
    if (p.basic[SMTP_UNKNOWN] > 0)
        (void)fprintf(o->f, ", %s not known", words_count(p.basic[SMTP_UNKNOWN], a));
    (void)fputs(".\n", o->f);
    return ERR_OK;
}

static void put_worst(const struct out *o, const struct report_model *m)
{
    static const char *const sgr[SEVERITY_COUNT] = {"1;31", "31", "33", NULL, "2"};
    const struct report_rule *worst[REPORT_WORST];
    size_t n = report_worst(m, worst, REPORT_WORST);
    size_t id_chars = 0;
    char title[64];

    if (n == 0)
        return;
    for (size_t i = 0; i < n; i++)
        id_chars = strlen(worst[i]->id) > id_chars ? strlen(worst[i]->id) : id_chars;
    if (id_chars > ID_CHARS)
        id_chars = ID_CHARS;
    if (m->outcomes[OUTCOME_FAIL] > n)
        (void)snprintf(title, sizeof title, "Worst findings (%zu of %zu)", n,
                       m->outcomes[OUTCOME_FAIL]);
    else
        (void)snprintf(title, sizeof title, "Findings");
    heading(o, title);
    for (size_t i = 0; i < n; i++) {
        const struct report_rule *r = worst[i];
        size_t used = INDENT + 10 + id_chars + 2;
        size_t len = strlen(r->id);

        (void)fprintf(o->f, "%*s", INDENT, "");
        put(o, sgr[r->severity], words_severity(r->severity), 10);
        (void)fprintf(o->f, "%*s", (int)(10 - strlen(words_severity(r->severity))), "");
        put(o, NULL, r->id, id_chars);
        (void)fprintf(o->f, "%*s", (int)(len < id_chars ? id_chars - len + 2 : 2), "");
        put(o, NULL, r->message[0] != '\0' ? r->message : r->title,
            o->width > used + 10 ? o->width - used : 10);
        (void)fputc('\n', o->f);
    }
}

static void put_missing(const struct out *o, const struct report_model *m)
{
    struct missing_groups g;

    missing_groups_build(m, &g);
    if (g.n > 0)
        heading(o, "Not evaluated");
    for (size_t i = 0; i < g.n; i++) {
        const struct missing_group *v = &g.v[i];
        size_t n = v->rules.n + v->incomplete.n;
        const char *why = v->reason != REASON_NONE && v->resources.n > 0 ? words_reason(v->reason)
                          : v->reason != REASON_NONE                     ? words_reason(v->reason)
                                                     : "single resources could not be judged";

        (void)fprintf(o->f, "%*s", INDENT, "");
        put(o, yellow, why, o->width);
        if (v->needs != NULL) {
            (void)fputs(v->reason == REASON_PERMISSION ? ": grant " : ": ", o->f);
            put(o, bold, v->needs, o->width);
        }
        (void)fprintf(o->f, " (%zu rule%s)\n", n, words_s(n));
        if (v->rules.n > 0)
            put_list(o, &v->rules, INDENT_2);
        if (v->incomplete.n > 0) {
            (void)fprintf(o->f, "%*sfailing already, perhaps on more resources:\n", INDENT_2, "");
            put_list(o, &v->incomplete, INDENT_2);
        }
    }
    missing_groups_release(&g);
}

static void put_errors(const struct out *o, const struct report_model *m)
{
    if (m->outcomes[OUTCOME_ERROR] == 0)
        return;
    heading(o, "Engine errors (defects of a rule or of this program)");
    for (size_t i = 0; i < m->rule_count; i++) {
        const struct report_rule *r = &m->rules[i];

        if (r->outcome != OUTCOME_ERROR)
            continue;
        (void)fprintf(o->f, "%*s", INDENT, "");
        put(o, NULL, r->id, ID_CHARS);
        (void)fputs("  ", o->f);
        put(o, NULL, r->message, o->width - ID_CHARS - INDENT_2);
        (void)fputc('\n', o->f);
    }
}

static void put_baseline(const struct out *o, const struct report_model *m)
{
    char *words = report_baseline_words(m);

    if (words[0] != '\0')
        (void)fprintf(o->f, "%s\n", words);
    free(words);
}

static void put_profile(const struct out *o, const struct report_model *m)
{
    bool wrote = false;

    for (size_t i = 0; i < m->rule_count; i++) {
        char *words = report_override_words(m, &m->rules[i]);

        if (words == NULL)
            continue;
        if (!wrote)
            heading(o, "Changed by the profile");
        wrote = true;
        (void)fprintf(o->f, "%*s", INDENT, "");
        put(o, NULL, m->rules[i].id, ID_CHARS);
        (void)fputs("  ", o->f);
        put(o, NULL, words, SIZE_MAX);
        (void)fputc('\n', o->f);
        free(words);
    }
}

static void put_waivers(const struct out *o, const struct report_model *m)
{
    if (m->waiver_warnings == 0)
        return;
    heading(o, "Waivers to look at");
    for (size_t i = 0; i < m->waiver_count; i++) {
        const struct report_waiver *w = &m->waivers[i];

        if (w->warning == NULL)
            continue;
        (void)fprintf(o->f, "%*s", INDENT, "");
        put(o, yellow, w->id, ID_CHARS);
        (void)fputs("  ", o->f);
        put(o, NULL, w->rule_id, ID_CHARS);
        (void)fputs("  ", o->f);
        put(o, NULL, w->warning, SIZE_MAX);
        (void)fputc('\n', o->f);
    }
}

enum err_code report_summary(struct store *s, FILE *f, unsigned width, bool colour, struct err *e)
{
    struct report_model m;
    struct out o = {.f = f, .width = width == 0 ? WIDTH_DEFAULT : width, .colour = colour};
    enum err_code code = report_model_load(s, &m, e);

    if (o.width < WIDTH_MIN)
        o.width = WIDTH_MIN;
    if (o.width > WIDTH_MAX)
        o.width = WIDTH_MAX;
    if (code == ERR_OK) {
        put_title(&o, &m);
        if (m.has_evaluation) {
            put_counts(&o, &m);
            put_coverage(&o, &m);
            put_baseline(&o, &m);
        } else {
            (void)fputs("No rule has been evaluated on this snapshot: nothing is known yet.\n", f);
        }
        code = put_smtp(&o, &m, e);
    }
    if (code == ERR_OK && m.has_evaluation) {
        put_worst(&o, &m);
        put_errors(&o, &m);
        put_waivers(&o, &m);
        put_profile(&o, &m);
        put_missing(&o, &m);
    }
    report_model_release(&m);
    return code;
}
