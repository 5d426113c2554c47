/* The Markdown report: a first screen for a job summary or a pull request, not the whole truth.
 *
 * GitHub refuses a job summary of more than 1 MiB as a whole, so everything here is bounded: lists
 * have a length, texts a width, and the whole has a budget far below that, checked while writing.
 * Tables are GitHub Flavored Markdown; without them it is still readable text. */
#include "formats.h"

#include "base/limits.h"
#include "escape.h"
#include "missing.h"
#include "report_model.h"
#include "smtp_picture.h"
#include "words.h"

#include <stdlib.h>

enum {
    FINDINGS = 20,
    RESOURCES = 5, /* named of one finding */
    GROUPS = 20,
    RULES = 30, /* ids in one line */
    TEXT_CHARS = 300,
    NAME_CHARS = 80
};

struct out {
    struct buf b;
    const struct report_model *m;
};

static void add(struct out *o, const char *text, size_t chars)
{
    escape_markdown(&o->b, text, chars);
}

static void add_count(struct out *o, size_t n, const char *noun)
{
    char digits[WORDS_BYTES];

    buf_addf(&o->b, "%s %s%s", words_count(n, digits), noun, words_s(n));
}

static void add_title(struct out *o)
{
    const struct report_model *m = o->m;
    char when[WORDS_BYTES];
    char *words = report_redacted_words(m);

    buf_adds(&o->b, "## ");
    add(o, report_tenant(m), NAME_CHARS);
    buf_addf(&o->b, "\n\nEvidence of %s%s.\n\n",
             words_time(m->finished_at != NULL ? m->finished_at : m->started_at, when),
             m->finished_at == NULL ? " (**the collection was interrupted**)" : "");
    if (m->sittings != NULL)
        buf_addf(&o->b, "Collected in %zu sittings: it was cut and resumed.\n\n",
                 json_array_size(m->sittings));
    if (words != NULL) {
        add(o, words, TEXT_CHARS);
        buf_adds(&o->b, "\n\n");
    }
    free(words);
}

static void add_counts(struct out *o)
{
    static const enum outcome order[] = {
        OUTCOME_FAIL,   OUTCOME_ERROR, OUTCOME_NOT_EVALUATED, OUTCOME_MANUAL,
        OUTCOME_WAIVED, OUTCOME_PASS,  OUTCOME_NOT_APPLICABLE};
    const struct report_model *m = o->m;
    char digits[WORDS_BYTES];

    buf_adds(&o->b, "| outcome | rules |\n|---|--:|\n");
    for (size_t i = 0; i < COUNT_OF(order); i++)
        if (m->outcomes[order[i]] > 0)
            buf_addf(&o->b, "| %s | %s |\n", words_outcome(order[i]),
                     words_count(m->outcomes[order[i]], digits));
    buf_addf(&o->b, "\nCoverage: %s of ", words_count(report_judged(m), digits));
    add_count(o, m->rule_count, "rule");
    buf_adds(&o->b, " judged");
    if (report_unjudged(m) > 0)
        buf_addf(&o->b, ", **%s not**", words_count(report_unjudged(m), digits));
    if (m->outcomes[OUTCOME_MANUAL] > 0)
        buf_addf(&o->b, ", %s for a person to check",
                 words_count(m->outcomes[OUTCOME_MANUAL], digits));
    buf_adds(&o->b, ".\n");
}

static enum err_code add_smtp(struct out *o, struct err *e)
{
    struct smtp_picture p;
    char digits[WORDS_BYTES];
    enum err_code code = smtp_picture_load(o->m, &p, e);

    if (code != ERR_OK || p.is_empty)
        return code;
    buf_addf(&o->b, "\nSMTP AUTH: %s of %s", words_count(p.basic[SMTP_ALLOW], digits),
             p.is_partial ? "at least " : "");
    buf_addf(&o->b, "%s mailbox%s can send with a password", words_count(p.mailboxes, digits),
             p.mailboxes == 1 ? "" : "es");
    if (p.basic[SMTP_CONDITIONAL] > 0)
        buf_addf(&o->b, ", %s under conditions", words_count(p.basic[SMTP_CONDITIONAL], digits));
    if (p.basic[SMTP_UNKNOWN] > 0)
        buf_addf(&o->b, ", %s not known", words_count(p.basic[SMTP_UNKNOWN], digits));
    buf_adds(&o->b, ".\n");
    return ERR_OK;
}

struct names {
    struct out *o;
    size_t n;
};

static enum err_code add_name(void *ctx, const struct report_row *row, struct err *e)
{
    struct names *names = ctx;
    const char *name = row->resource_name != NULL && row->resource_name[0] != '\0'
                           ? row->resource_name
                           : row->resource_id;

    (void)e;
    buf_adds(&names->o->b, names->n++ > 0 ? ", " : "");
    add(names->o, name, NAME_CHARS);
    return ERR_OK;
}

static enum err_code add_finding(struct out *o, const struct report_rule *r, struct err *e)
{
    struct names names = {o, 0};
    enum err_code code;

    buf_addf(&o->b, "| %s | ", words_severity(r->severity));
    add(o, r->id, NAME_CHARS);
    buf_adds(&o->b, " | ");
    add(o, r->message[0] != '\0' ? r->message : r->title, TEXT_CHARS);
    if (r->is_incomplete)
        buf_adds(&o->b, " (on part of the evidence)");
    buf_adds(&o->b, " | ");
    code = report_rows_each(o->m, r->id, "fail", RESOURCES, add_name, &names, e);
    if (code == ERR_OK && r->fail > names.n)
        buf_addf(&o->b, "%s%zu more", names.n > 0 ? " and " : "", r->fail - names.n);
    buf_adds(&o->b, " |\n");
    return code;
}

static enum err_code add_findings(struct out *o, struct err *e)
{
    const struct report_rule *worst[FINDINGS];
    size_t n = report_worst(o->m, worst, FINDINGS);
    size_t all = o->m->outcomes[OUTCOME_FAIL];
    enum err_code code = ERR_OK;

    if (n == 0)
        return ERR_OK;
    buf_adds(&o->b, "\n### Findings\n\n| severity | rule | what | where |\n|---|---|---|---|\n");
    for (size_t i = 0; code == ERR_OK && i < n; i++)
        code = add_finding(o, worst[i], e);
    if (all > n)
        buf_addf(&o->b, "\nThe worst %zu of %zu; the other reports have all of them.\n", n, all);
    return code;
}

static void add_ids(struct out *o, const struct strlist *l)
{
    for (size_t i = 0; i < l->n && i < RULES; i++) {
        buf_adds(&o->b, i > 0 ? ", " : "");
        add(o, l->v[i], NAME_CHARS);
    }
    if (l->n > RULES)
        buf_addf(&o->b, " and %zu more", l->n - RULES);
}

static void add_missing(struct out *o)
{
    struct missing_groups g;

    missing_groups_build(o->m, &g);
    if (g.n > 0)
        buf_adds(&o->b, "\n### Not evaluated\n\n");
    for (size_t i = 0; i < g.n && i < GROUPS; i++) {
        const struct missing_group *v = &g.v[i];

        buf_addf(&o->b, "- **%s**",
                 v->reason != REASON_NONE ? words_reason(v->reason)
                                          : "single resources could not be judged");
        if (v->needs != NULL) {
            buf_adds(&o->b, v->reason == REASON_PERMISSION ? ": grant " : ": ");
            add(o, v->needs, TEXT_CHARS);
        }
        if (v->rules.n > 0) {
            buf_adds(&o->b, ": ");
            add_ids(o, &v->rules);
        }
        if (v->incomplete.n > 0) {
            buf_adds(&o->b, v->rules.n > 0 ? "; failing already, perhaps on more: "
                                           : ": failing already, perhaps on more: ");
            add_ids(o, &v->incomplete);
        }
        buf_addc(&o->b, '\n');
    }
    if (g.n > GROUPS)
        buf_addf(&o->b, "- and %zu more reasons\n", g.n - GROUPS);
    missing_groups_release(&g);
}

static void add_errors(struct out *o)
{
    size_t n = 0;

    for (size_t i = 0; i < o->m->rule_count && n < FINDINGS; i++) {
        const struct report_rule *r = &o->m->rules[i];

        if (r->outcome != OUTCOME_ERROR)
            continue;
        if (n++ == 0)
            buf_adds(&o->b, "\n### Engine errors\n\n");
        buf_adds(&o->b, "- ");
        add(o, r->id, NAME_CHARS);
        buf_adds(&o->b, ": ");
        add(o, r->message, TEXT_CHARS);
        buf_addc(&o->b, '\n');
    }
}

static void add_baseline(struct out *o)
{
    char *words = report_baseline_words(o->m);

    if (words[0] != '\0')
        buf_addf(&o->b, "\n%s\n", words);
    free(words);
}

/* "and 3 more" of a list that was cut. */
static void add_more(struct out *o, size_t all)
{
    if (all > GROUPS)
        buf_addf(&o->b, "- and %zu more\n", all - GROUPS);
}

static void add_waivers(struct out *o)
{
    size_t n = 0;

    for (size_t i = 0; i < o->m->waiver_count; i++) {
        const struct report_waiver *w = &o->m->waivers[i];

        if (w->warning == NULL || n++ >= GROUPS)
            continue;
        if (n == 1)
            buf_adds(&o->b, "\n### Waivers to look at\n\n");
        buf_adds(&o->b, "- ");
        add(o, w->id, NAME_CHARS);
        buf_adds(&o->b, ", ");
        add(o, w->rule_id, NAME_CHARS);
        buf_adds(&o->b, ": ");
        add(o, w->warning, TEXT_CHARS);
        buf_addc(&o->b, '\n');
    }
    add_more(o, n);
}

static void add_overrides(struct out *o)
{
    size_t n = 0;

    for (size_t i = 0; i < o->m->rule_count; i++) {
        char *words = report_override_words(o->m, &o->m->rules[i]);

        if (words != NULL && n++ < GROUPS) {
            if (n == 1)
                buf_adds(&o->b, "\n### Changed by the profile\n\n");
            buf_adds(&o->b, "- ");
            add(o, o->m->rules[i].id, NAME_CHARS);
            buf_adds(&o->b, ": ");
            add(o, words, TEXT_CHARS);
            buf_addc(&o->b, '\n');
        }
        free(words);
    }
    add_more(o, n);
}

static enum err_code build(struct out *o, struct err *e)
{
    enum err_code code = ERR_OK;

    add_title(o);
    if (!o->m->has_evaluation) {
        buf_adds(&o->b, "No rule has been evaluated on this snapshot: nothing is known yet.\n");
        return ERR_OK;
    }
    add_counts(o);
    add_baseline(o);
    code = add_smtp(o, e);
    if (code == ERR_OK)
        code = add_findings(o, e);
    if (code == ERR_OK) {
        add_errors(o);
        add_waivers(o);
        add_overrides(o);
        add_missing(o);
    }
    return code;
}

enum err_code markdown_write(struct store *s, const struct report_options *opt, FILE *f,
                             struct err *e)
{
    struct report_model m;
    struct out o = {.m = &m};
    enum err_code code = report_model_load(s, &m, e);

    (void)opt;
    buf_init(&o.b, LIMIT_MARKDOWN_BYTES);
    if (code == ERR_OK)
        code = build(&o, e);
    if (code == ERR_OK && o.b.failed)
        code = err_set(e, ERR_LIMIT, "the Markdown report is longer than %d bytes",
                       LIMIT_MARKDOWN_BYTES);
    if (code == ERR_OK)
        (void)fwrite(o.b.p, 1, o.b.n, f);
    buf_release(&o.b);
    report_model_release(&m);
    return code;
}
