/* GitHub Flavored Markdown: a table a kind. GitHub refuses a text that is too long as a whole: rows
 * past the budget are only counted. */
#include "base/limits.h"
#include "changes.h"
#include "escape.h"
#include "words.h"

enum {
    CELL_CHARS = 200,
    GAP_CHARS = 2000,
    TAIL_BYTES = 64 * 1024 /* kept free for counts and what was not compared */
};

static void add(struct changes *c, const char *text)
{
    if (text != NULL)
        escape_markdown(&c->line, text, CELL_CHARS);
}

static void flush(struct changes *c)
{
    if (c->line.failed)
        err_set(&c->err, ERR_LIMIT, "a difference is longer than %d bytes",
                LIMIT_REPORT_TEXT_BYTES);
    (void)fwrite(c->line.p, 1, c->line.n, c->f);
    c->bytes += c->line.n;
    buf_clear(&c->line);
}

static void side(struct changes *c, const char *name, const struct changes_side *s)
{
    char when[WORDS_BYTES];

    buf_addf(&c->line, "- %s: ", name);
    add(c, s->path);
    buf_addf(&c->line, ", collected %s", words_time(s->collected, when));
    if (s->as_of != NULL) {
        buf_adds(&c->line, ", judged as of ");
        add(c, s->as_of);
    } else {
        buf_adds(&c->line, ", **never evaluated**");
    }
    buf_addc(&c->line, '\n');
}

static void begin(struct changes *c, struct err *e)
{
    (void)e;
    buf_init(&c->line, LIMIT_REPORT_TEXT_BYTES);
    buf_adds(&c->line, "## What changed: ");
    add(c, c->o->tenant);
    buf_adds(&c->line, "\n\n");
    side(c, "before", &c->o->old);
    side(c, "after", &c->o->new);
    if (c->o->redacted != NULL) {
        buf_addc(&c->line, '\n');
        escape_markdown(&c->line, c->o->redacted, GAP_CHARS);
        buf_addc(&c->line, '\n');
    }
    if (c->is_empty)
        buf_adds(&c->line, "\nNothing differs in what was compared.\n");
    flush(c);
}

static void begin_kind(struct changes *c, const char *title)
{
    buf_addf(&c->line,
             "\n### %s\n\n| change | what | property | before | after |\n|---|---|---|---|---|\n",
             title);
    flush(c);
}

static void row(struct changes *c, const struct change *x)
{
    const char *const cells[] = {x->what, x->property, x->old, x->new};

    buf_addf(&c->line, "| %s |", change_word(x->mark));
    for (size_t i = 0; i < COUNT_OF(cells); i++) {
        buf_addc(&c->line, ' ');
        add(c, cells[i]);
        buf_adds(&c->line, " |");
    }
    buf_addc(&c->line, '\n');
    if (c->bytes + c->line.n > LIMIT_MARKDOWN_BYTES - TAIL_BYTES) {
        buf_clear(&c->line);
        c->more++;
    } else {
        flush(c);
    }
}

static void end_kind(struct changes *c, size_t more)
{
    if (more > 0)
        buf_addf(&c->line, "\n... and %zu more.\n", more);
    flush(c);
}

static void gap(struct changes *c, const char *what, const char *why, bool is_first)
{
    if (is_first)
        buf_adds(&c->line, "\n### Not compared\n\n");
    buf_adds(&c->line, "- **");
    add(c, why);
    buf_adds(&c->line, "**: ");
    escape_markdown(&c->line, what, GAP_CHARS);
    buf_addc(&c->line, '\n');
    flush(c);
}

static void totals(struct changes *c)
{
    char digits[WORDS_BYTES];

    if (c->is_empty)
        return;
    buf_adds(&c->line, "\n### In all\n\n| kind | added | removed | changed |\n|---|--:|--:|--:|\n");
    for (size_t i = 0; i < c->n; i++) {
        buf_addf(&c->line, "| %s |", c->kinds[i].title);
        for (size_t k = 0; k < CHANGE_MARKS; k++)
            buf_addf(&c->line, " %s |", words_count(c->kinds[i].n[k], digits));
        buf_addc(&c->line, '\n');
    }
    flush(c);
}

const struct changes_writer changes_markdown = {begin, begin_kind, row, end_kind, gap, totals};
