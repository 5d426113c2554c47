/* Past runs, in the executive summary: what fails, and which mailboxes can send, over time. A
 * picture for the eye; its numbers stand beside it, in its description and in a table. */
#include "html.h"

#include "base/attrs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/timex.h"
#include "words.h"

#include <stdlib.h>

/* Units of the picture, about a pixel each: text in it stays readable on a telephone. */
enum { WIDTH = 360, HEIGHT = 150, TOP = 10, BASE = 126, RIGHT = 354, DIGIT = 7, LEFT_MOST = 120 };
enum { DAY_CHARS = 10, SMTP_COLUMNS = 3, STEPS_TO = 100 };

/* Lines differ by dashes and marks, never by colour alone. A mark is a stroke of no length whose
 * cap shows, or a short one. */
struct line {
    enum trend_count count;
    enum msg word;
    const char *classes, *stroke, *dash, *mark, *cap;
};

static const char dot[] = "h.01";
static const char tick[] = "m0-3v6";

static const struct line rule_lines[] = {
    {TREND_FAILED, MSG_TREND_FAILED, "t-fail", "#b3261e", NULL, dot, "round"},
    {TREND_NOT_EVALUATED, MSG_TREND_NOT_EVALUATED, "t-unknown", "#a06a00", "6 4", dot, "square"},
};

static const struct line smtp_lines[] = {
    {TREND_SMTP_ALLOWED, MSG_TREND_ALLOWED, "t-allow", "#3f5fa8", NULL, dot, "round"},
    {TREND_SMTP_UNKNOWN, MSG_TREND_UNKNOWN, "t-unknown", "#a06a00", "6 4", dot, "square"},
    {TREND_SMTP_BLOCKED, MSG_TREND_BLOCKED, "t-block", "#7d8794", "2 3", tick, "butt"},
};

struct panel {
    const char *id;
    enum msg caption;
    const struct line *lines;
    size_t n;
    bool is_smtp;
};

static const struct panel rules = {"trend-rules", MSG_TREND_RULES, rule_lines, COUNT_OF(rule_lines),
                                   false};
static const struct panel mailboxes = {"trend-smtp", MSG_TREND_SMTP, smtp_lines,
                                       COUNT_OF(smtp_lines), true};

/* One panel's picture: where things are. */
struct chart {
    const struct panel *p;
    const struct trend *t;
    size_t left, top; /* units; what the uppermost line stands for */
};

static bool knows(const struct panel *p, const struct trend_run *r)
{
    return !p->is_smtp || trend_run_has_smtp(r);
}

/* 2, 4, 6, 10, 20, ...: the half of it is a whole number, too. */
static size_t round_up(size_t most)
{
    static const size_t steps[] = {2, 4, 6, 10};

    for (size_t unit = 1; unit <= SIZE_MAX / STEPS_TO; unit *= 10)
        for (size_t i = 0; i < COUNT_OF(steps); i++)
            if (steps[i] * unit >= most)
                return steps[i] * unit;
    return most;
}

static struct chart chart_of(const struct html *h, const struct panel *p)
{
    struct chart c = {.p = p, .t = &h->trend};
    struct buf widest;
    size_t most = 0;

    for (size_t i = 0; i < c.t->n; i++)
        for (size_t k = 0; k < p->n; k++)
            if (c.t->runs[i].count[p->lines[k].count] > most)
                most = c.t->runs[i].count[p->lines[k].count];
    c.top = round_up(most);
    buf_init(&widest, WORDS_BYTES);
    message_add_count(&widest, h->lang, c.top);
    c.left = DIGIT * (widest.n + 1);
    c.left = c.left < LEFT_MOST ? c.left : LEFT_MOST;
    buf_release(&widest);
    return c;
}

/* By date, not by number: a month without runs looks like one. */
static size_t x_of(const struct chart *c, size_t run)
{
    const struct trend_run *r = c->t->runs;
    double part = (double)(r[run].ms - r[0].ms) / (double)(r[c->t->n - 1].ms - r[0].ms);

    return c->left + (size_t)(part * (double)(RIGHT - c->left));
}

static size_t y_of(const struct chart *c, size_t n)
{
    return BASE - (size_t)((double)n / (double)c->top * (BASE - TOP));
}

static void write_text(struct html *h, size_t x, size_t y, const char *anchor)
{
    xo_start(h->x, "text");
    xo_attrf(h->x, "x", "%zu", x);
    xo_attrf(h->x, "y", "%zu", y);
    xo_attr(h->x, "text-anchor", anchor);
    xo_attr(h->x, "fill", "#52606d");
    xo_attr(h->x, "font-size", "11");
}

static void write_axes(struct html *h, const struct chart *c)
{
    const size_t at[] = {0, c->top / 2, c->top};
    const struct trend_run *r = c->t->runs;
    const size_t ends[] = {0, c->t->n - 1};
    char days[COUNT_OF(ends)][TIME_TEXT_BYTES];

    for (size_t i = 0; i < COUNT_OF(at); i++) {
        size_t y = y_of(c, at[i]);

        xo_class(h->x, "path", "grid");
        xo_attrf(h->x, "d", "M%zu %zuH%d", c->left, y, RIGHT);
        xo_attr(h->x, "stroke", "#d8dee5");
        xo_end(h->x);
        write_text(h, c->left - DIGIT, y + 4, "end");
        html_count(h, at[i]);
        xo_end(h->x);
    }
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        (void)time_format(r[ends[i]].ms, days[i]);
        write_text(h, i == 0 ? c->left : RIGHT, HEIGHT - 6, i == 0 ? "start" : "end");
        xo_textf(h->x, "%.*s", DAY_CHARS, days[i]);
        xo_end(h->x);
    }
}

static void start_path(struct html *h, const char *d)
{
    xo_start(h->x, "path");
    xo_attr(h->x, "d", d);
}

static void end_mark(struct html *h, const struct line *l)
{
    xo_attr(h->x, "stroke-width", l->mark == tick ? "2" : "5");
    xo_attr(h->x, "stroke-linecap", l->cap);
    xo_end(h->x);
}

static void end_line(struct html *h, const struct line *l)
{
    xo_attr(h->x, "stroke-width", "2");
    if (l->dash != NULL)
        xo_attr(h->x, "stroke-dasharray", l->dash);
    xo_end(h->x);
}

static void start_group(struct html *h, const struct line *l)
{
    xo_class(h->x, "g", l->classes);
    xo_attr(h->x, "fill", "none");
    xo_attr(h->x, "stroke", l->stroke);
}

/* A run that does not know the number is a gap in the line, not a zero. */
static void write_line(struct html *h, const struct chart *c, const struct line *l)
{
    struct buf path;
    struct buf marks;
    bool is_open = false;

    buf_init(&path, LIMIT_REPORT_TEXT_BYTES);
    buf_init(&marks, LIMIT_REPORT_TEXT_BYTES);
    for (size_t i = 0; i < c->t->n; i++) {
        size_t x = x_of(c, i);
        size_t y = y_of(c, c->t->runs[i].count[l->count]);

        if (!knows(c->p, &c->t->runs[i])) {
            is_open = false;
            continue;
        }
        buf_addf(&path, "%c%zu %zu", is_open ? 'L' : 'M', x, y);
        buf_addf(&marks, "M%zu %zu%s", x, y, l->mark);
        is_open = true;
    }
    start_group(h, l);
    start_path(h, path.p);
    end_line(h, l);
    start_path(h, marks.p);
    end_mark(h, l);
    xo_end(h->x);
    buf_release(&path);
    buf_release(&marks);
}

/* "fail: 15 in the first run, 12 in the last"; the word alone where one of them does not know. */
static char *line_words(const struct html *h, const struct chart *c, const struct line *l)
{
    const struct trend_run *first = &c->t->runs[0];
    const struct trend_run *last = &c->t->runs[c->t->n - 1];
    const char *word = html_word(h, l->word);

    if (!knows(c->p, first) || !knows(c->p, last))
        return xstrdup(word);
    return html_text(h, MSG_TREND_LINE,
                     SAY(.a = word, .of = first->count[l->count], .n = last->count[l->count]));
}

static void write_description(struct html *h, const struct chart *c)
{
    char first[TIME_TEXT_BYTES];
    char last[TIME_TEXT_BYTES];
    char from[WORDS_BYTES];
    char to[WORDS_BYTES];
    struct xmlout *x = h->x;

    (void)time_format(c->t->runs[0].ms, first);
    (void)time_format(c->t->runs[c->t->n - 1].ms, last);
    xo_start(x, "title");
    xo_attrf(x, "id", "%s-t", c->p->id);
    html_say(h, c->p->caption, SAY());
    xo_end(x);
    xo_start(x, "desc");
    xo_attrf(x, "id", "%s-d", c->p->id);
    html_say(h, MSG_TREND_DESCRIPTION,
             SAY(.n = c->t->n, .a = html_time(h, first, from), .b = html_time(h, last, to)));
    for (size_t i = 0; i < c->p->n; i++) {
        char *words = line_words(h, c, &c->p->lines[i]);

        xo_text(x, i == 0 ? " " : "; ");
        xo_text(x, words);
        free(words);
    }
    xo_end(x);
    xo_nl(x);
}

static void write_chart(struct html *h, const struct chart *c)
{
    struct xmlout *x = h->x;

    xo_class(x, "svg", "chart");
    xo_attr(x, "role", "img");
    xo_attrf(x, "aria-labelledby", "%s-t", c->p->id);
    xo_attrf(x, "aria-describedby", "%s-d", c->p->id);
    xo_attrf(x, "viewBox", "0 0 %d %d", WIDTH, HEIGHT);
    write_description(h, c);
    write_axes(h, c);
    xo_nl(x);
    for (size_t i = c->p->n; i-- > 0;) /* the first is what matters: above the others */
        write_line(h, c, &c->p->lines[i]);
    xo_end(x);
    xo_nl(x);
}

static void write_keys(struct html *h, const struct chart *c)
{
    struct xmlout *x = h->x;

    xo_class(x, "ul", "keys");
    for (size_t i = 0; i < c->p->n; i++) {
        const struct line *l = &c->p->lines[i];
        char *words = line_words(h, c, l);
        char mark[32];

        xo_start(x, "li");
        xo_class(x, "svg", "key");
        xo_attr(x, "width", "32");
        xo_attr(x, "height", "10");
        xo_attr(x, "aria-hidden", "true");
        start_group(h, l);
        start_path(h, "M1 5h30");
        end_line(h, l);
        (void)snprintf(mark, sizeof mark, "M16 5%s", l->mark);
        start_path(h, mark);
        end_mark(h, l);
        xo_end(x);
        xo_end(x);
        xo_text(x, " ");
        xo_text(x, words);
        xo_end(x);
        xo_nl(x);
        free(words);
    }
    xo_end(x);
    xo_nl(x);
}

static void write_panel(struct html *h, const struct panel *p)
{
    struct chart c = chart_of(h, p);

    xo_start(h->x, "figure");
    xo_nl(h->x);
    html_elem(h, "figcaption", p->caption);
    write_chart(h, &c);
    write_keys(h, &c);
    xo_end(h->x);
    xo_nl(h->x);
}

static void write_row(struct html *h, const struct trend_run *r, bool has_smtp)
{
    static const enum trend_count columns[] = {
        TREND_FAILED,       TREND_NOT_EVALUATED, TREND_PASSED,      TREND_FINDINGS,
        TREND_SMTP_ALLOWED, TREND_SMTP_UNKNOWN,  TREND_SMTP_BLOCKED};
    char at[TIME_TEXT_BYTES];
    char when[WORDS_BYTES];

    (void)time_format(r->ms, at);
    xo_start(h->x, "tr");
    html_row_head(h, html_time(h, at, when));
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        bool is_smtp = columns[i] >= TREND_SMTP_ALLOWED;

        if (is_smtp && !has_smtp)
            continue;
        if (is_smtp && !trend_run_has_smtp(r)) {
            xo_class(h->x, "td", "n");
            html_say(h, MSG_TREND_NO_VERDICT, SAY());
            xo_end(h->x);
        } else {
            html_cell_count(h, r->count[columns[i]]);
        }
    }
    xo_end(h->x);
    xo_nl(h->x);
}

/* The same numbers to read, the newest first. */
static void write_numbers(struct html *h, bool has_smtp)
{
    static const enum msg headings[] = {
        MSG_COL_RUN,          MSG_COL_RUN_FAILED,  MSG_COL_RUN_UNJUDGED, MSG_COL_RUN_PASSED,
        MSG_COL_RUN_FINDINGS, MSG_COL_RUN_ALLOWED, MSG_COL_RUN_UNKNOWN,  MSG_COL_RUN_BLOCKED};
    const struct trend *t = &h->trend;
    size_t shown = h->is_print && t->n > HTML_PRINT_ROWS ? HTML_PRINT_ROWS : t->n;

    xo_class(h->x, "details", "aside runs");
    if (h->is_print)
        xo_attr(h->x, "open", "");
    xo_class(h->x, "summary", "plain");
    html_say(h, MSG_TREND_SHOW, SAY());
    xo_end(h->x);
    html_table_say(h, MSG_CAP_TREND, SAY(.n = shown, .of = t->n), headings,
                   has_smtp ? COUNT_OF(headings) : COUNT_OF(headings) - SMTP_COLUMNS, false);
    for (size_t i = 0; i < shown; i++)
        write_row(h, &t->runs[t->n - 1 - i], has_smtp);
    html_table_end(h);
    xo_end(h->x);
    xo_nl(h->x);
}

void html_trend(struct html *h)
{
    size_t known = 0;

    if (h->trend.n < 2) /* one point is no trend */
        return;
    for (size_t i = 0; i < h->trend.n; i++)
        known += trend_run_has_smtp(&h->trend.runs[i]);
    html_elem(h, "h3", MSG_TREND);
    xo_class(h->x, "div", "pair even trend");
    xo_nl(h->x);
    write_panel(h, &rules);
    if (known >= 2)
        write_panel(h, &mailboxes);
    xo_end(h->x);
    xo_nl(h->x);
    write_numbers(h, known > 0);
}
