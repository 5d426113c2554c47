/* The picture of the three layers as one flow, and what the end of December 2026 does to it. */
#include "html.h"

#include "base/attrs.h"

#include <string.h>

/* From top to bottom; what is stopped is the ground that they stand on. */
static const struct {
    enum smtp_verdict verdict;
    const char *classes, *fill;
} bands[] = {
    {SMTP_ALLOW, "f-allow", "#3f5fa8"},
    {SMTP_CONDITIONAL, "f-conditional", "#3c7482"},
    {SMTP_UNKNOWN, "f-unknown", "#a06a00"},
};
enum { STEP = 100, HEIGHT = 120, NARROW_FROM = 30, NARROW_TO = 70 };

/* Where the lower edge of band `b` is after `stage` layers (0: before the first). */
static size_t edge(const struct smtp_picture *p, size_t stage, size_t b)
{
    size_t n = 0;

    if (stage == 0)
        return HEIGHT; /* everything arrives, and is in the first band */
    for (size_t i = 0; i <= b; i++)
        n += p->past[stage - 1][bands[i].verdict];
    return (size_t)((double)n * HEIGHT / (double)p->mailboxes + 0.5);
}

static size_t upper(const struct smtp_picture *p, size_t stage, size_t b)
{
    return b == 0 ? 0 : edge(p, stage, b - 1);
}

static void write_band(struct html *h, size_t b)
{
    struct xmlout *x = h->x;
    struct buf d;

    buf_init(&d, 4096);
    for (size_t s = 0; s < SMTP_LAYERS; s++)
        buf_addf(&d, "%s%zu,%zu %zu,%zu", s > 0 ? " " : "", s * STEP + NARROW_FROM,
                 upper(&h->smtp, s, b), s * STEP + NARROW_TO, upper(&h->smtp, s + 1, b));
    buf_addf(&d, " %d,%zu %d,%zu", STEP * (SMTP_LAYERS + 1), upper(&h->smtp, SMTP_LAYERS, b),
             STEP * (SMTP_LAYERS + 1), edge(&h->smtp, SMTP_LAYERS, b));
    for (size_t s = SMTP_LAYERS; s-- > 0;)
        buf_addf(&d, " %zu,%zu %zu,%zu", s * STEP + NARROW_TO, edge(&h->smtp, s + 1, b),
                 s * STEP + NARROW_FROM, edge(&h->smtp, s, b));
    if (b == 0)
        buf_addf(&d, " 0,%d 0,0", HEIGHT);
    xo_class(x, "polygon", bands[b].classes);
    xo_attr(x, "fill", bands[b].fill);
    xo_attr(x, "points", d.p);
    xo_end(x);
    buf_release(&d);
}

/* A picture without text of its own: each column stands above the layer that narrows it, whose
 * numbers are text. */
void html_flow(struct html *h)
{
    struct xmlout *x = h->x;
    const struct smtp_picture *p = &h->smtp;
    char n[SMTP_LAYERS][24];

    if (p->mailboxes == 0)
        return;
    for (size_t i = 0; i < SMTP_LAYERS; i++)
        (void)snprintf(n[i], sizeof n[i], "%zu", p->past[i][SMTP_ALLOW]);
    xo_class(x, "svg", "flow");
    xo_attr(x, "role", "img");
    xo_attr(x, "aria-labelledby", "flow-title");
    xo_attrf(x, "viewBox", "0 0 %d %d", STEP * (SMTP_LAYERS + 1), HEIGHT);
    xo_attr(x, "preserveAspectRatio", "none");
    xo_attr(x, "width", "100%");
    xo_attr(x, "height", "20");
    xo_start(x, "title");
    xo_attr(x, "id", "flow-title");
    html_say(
        h, MSG_FLOW_TITLE,
        SAY(.n = p->mailboxes, .a = n[LAYER_TENANT], .b = n[LAYER_POLICY], .c = n[LAYER_MAILBOX]));
    xo_end(x);
    xo_class(x, "rect", "f-ground");
    xo_attr(x, "fill", "#e3e7ec");
    xo_attrf(x, "width", "%d", STEP * (SMTP_LAYERS + 1));
    xo_attrf(x, "height", "%d", HEIGHT);
    xo_end(x);
    for (size_t b = 0; b < COUNT_OF(bands); b++)
        write_band(h, b);
    xo_end(x);
    xo_nl(x);
}

static void sentence(struct html *h, enum msg m, const struct say *s)
{
    html_say(h, m, s);
    xo_text(h->x, " ");
}

/* The removal date is the operator's: Microsoft had announced none when this was written. */
static void write_removal(struct html *h, bool is_gone)
{
    xo_start(h->x, "p");
    sentence(h, is_gone ? MSG_READY_REMOVED : MSG_READY_WILL_GO, SAY(.a = h->m->smtp_removal_date));
    xo_end(h->x);
    xo_nl(h->x);
}

static void write_before(struct html *h)
{
    const struct smtp_picture *p = &h->smtp;
    size_t affected = p->basic[SMTP_ALLOW] + p->basic[SMTP_CONDITIONAL];

    sentence(h, MSG_READY_BEFORE, SAY());
    if (affected > 0 || p->basic[SMTP_UNKNOWN] == 0)
        sentence(h, p->basic[SMTP_CONDITIONAL] > 0 ? MSG_READY_AFFECTED_SOME : MSG_READY_AFFECTED,
                 SAY(.n = affected));
    if (p->basic[SMTP_UNKNOWN] > 0)
        html_say(h, MSG_READY_UNKNOWN, SAY(.n = p->basic[SMTP_UNKNOWN]));
}

/* What is in use has to move first; what OAuth lets through can. */
static void write_use(struct html *h)
{
    static const enum msg headings[] = {MSG_COL_USE, MSG_COL_MAILBOXES, MSG_COL_OAUTH_READY,
                                        MSG_COL_OAUTH_NOT};
    static const enum msg uses[] = {MSG_USE_UNSEEN, MSG_USE_SEEN};

    html_table_say(h, MSG_CAP_READY, SAY(), headings, COUNT_OF(headings), false);
    for (size_t seen = COUNT_OF(uses); seen-- > 0;) {
        const struct smtp_use *u = &h->smtp.use[seen];

        xo_start(h->x, "tr");
        html_row_head(h, html_word(h, uses[seen]));
        html_cell_count(h, u->mailboxes);
        html_cell_count(h, u->oauth_ready);
        html_cell_count(h, u->mailboxes - u->oauth_ready);
        xo_end(h->x);
        xo_nl(h->x);
    }
    html_table_end(h);
    if (!h->smtp.sign_ins_known)
        html_para_say(h, "warn", MSG_READY_USE_UNREAD, SAY());
}

/* Microsoft, Exchange team blog of 27 January 2026: basic authentication for client submission is
 * off by default for existing tenants from the end of December 2026; administrators can turn it on
 * again. */
void html_ready(struct html *h)
{
    const char *as_of = h->m->as_of != NULL ? h->m->as_of : h->m->started_at;
    bool is_gone = h->m->smtp_removal_date != NULL && strcmp(as_of, h->m->smtp_removal_date) >= 0;

    html_elem(h, "h3", MSG_READY_LABEL);
    xo_class(h->x, "div", "callout");
    xo_attr(h->x, "role", "note");
    if (h->m->smtp_removal_date != NULL)
        write_removal(h, is_gone);
    xo_start(h->x, "p");
    if (is_gone)
        html_say(h, MSG_READY_MUST_MOVE, SAY());
    else if (strcmp(as_of, "2027-01-01") < 0)
        write_before(h);
    else
        html_say(h, MSG_READY_AFTER, SAY());
    xo_end(h->x);
    xo_end(h->x);
    xo_nl(h->x);
    if (h->smtp.mailboxes > h->smtp.basic[SMTP_BLOCK])
        write_use(h);
}
