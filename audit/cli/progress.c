#include "progress.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "context.h"
#include "graph/plan.h"
#include "progress_view.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    HEARTBEAT_MS = 30000,
    REDRAW_MS = 100,
    LINES_MAX = 64,
    FRAME_BYTES = 64 * 1024,
    WIDTH_USUAL = 80,
    HEIGHT_USUAL = 24
};

struct progress {
    const struct context *c;
    bool moving; /* draw on a terminal */
    int64_t started_ms, last_ms;
    int64_t heartbeat_ms;
    struct progress_row *row; /* as many as there are collectors */
    size_t n;
    /* What stands on the terminal now, above the cursor. */
    struct buf shown;
    size_t lengths[LINES_MAX];
    size_t lines;
    struct sigaction old_cont;
};

/* Stopped and continued: the shell wrote below our lines meanwhile. */
static volatile sig_atomic_t was_continued;

static void on_continue(int signal)
{
    (void)signal;
    was_continued = 1;
}

/* A CI system may offer a terminal that nobody looks at; a dumb one cannot move the cursor. */
static bool can_move(const struct context *c)
{
    const char *term = getenv("TERM");
    const char *ci = getenv("CI");

    return c->stderr_is_terminal && !c->opt.quiet && !c->log.json && term != NULL &&
           *term != '\0' && !str_eq(term, "dumb") &&
           (ci == NULL || *ci == '\0' || str_eq(ci, "false"));
}

/* GRAPHAUDIT_HEARTBEAT: seconds between signs of life, for CI systems with less patience. */
static int64_t heartbeat_ms(void)
{
    int64_t s;

    return str_int(getenv("GRAPHAUDIT_HEARTBEAT"), 1, 3600, &s) ? s * 1000 : HEARTBEAT_MS;
}

static void set_pace(struct progress_row *r, size_t i)
{
    struct plan_row plan;

    if (plan_at(i, &plan) && plan.budget < PLAN_BUDGETS) {
        const struct plan_budget b = plan_budget_at(plan.budget);

        progress_row_pace(r, b.name, b.requests, b.window_ms);
    }
}

struct progress *progress_new(const struct context *c)
{
    struct progress *p = xcalloc(1, sizeof *p);

    p->c = c;
    p->moving = can_move(c);
    p->started_ms = clock_mono_ms(c->clock);
    p->last_ms = p->started_ms;
    p->heartbeat_ms = heartbeat_ms();
    p->n = collector_count();
    p->row = xcalloc(p->n, sizeof *p->row);
    for (size_t i = 0; i < p->n; i++) {
        p->row[i].resource = collector_at(i)->resource;
        p->row[i].service = collector_at(i)->service;
        set_pace(&p->row[i], i);
    }
    buf_init(&p->shown, FRAME_BYTES);
    if (p->moving) {
        struct sigaction sa = {.sa_handler = on_continue, .sa_flags = SA_RESTART};

        was_continued = 0;
        (void)sigaction(SIGCONT, &sa, &p->old_cont);
    }
    return p;
}

static struct progress_row *row_of(struct progress *p, const char *resource)
{
    for (size_t i = 0; i < p->n; i++)
        if (str_eq(p->row[i].resource, resource))
            return &p->row[i];
    return NULL;
}

/* ---- the terminal ---- */

/* Asked before each drawing: the window may have another size by now. */
static void window_size(unsigned *width, unsigned *height)
{
    struct winsize ws = {0};
    bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &ws) == 0;

    *width = known && ws.ws_col > 0 ? ws.ws_col : WIDTH_USUAL;
    *height = known && ws.ws_row > 0 ? ws.ws_row : HEIGHT_USUAL;
}

/* Moves to the first of our lines. Terminals break lines anew when the window gets narrower, so
 * more rows may have to go than were drawn; never more than the window has. */
static void add_go_back(struct progress *p, struct buf *out, unsigned width, unsigned height)
{
    size_t up = progress_reflowed(p->lengths, p->lines, width);

    if (was_continued) {
        was_continued = 0;
        up = 0;
    }
    if (up >= height)
        up = height - 1;
    buf_addc(out, '\r');
    if (up > 0)
        buf_addf(out, "\033[%zuA", up);
}

/* One write for the whole picture: nothing flickers, and the cursor is never seen elsewhere. */
static void put(const struct buf *b)
{
    (void)fflush(stderr);
    (void)fwrite(b->p, 1, b->n, stderr);
    (void)fflush(stderr);
}

static void erase(struct progress *p)
{
    unsigned width;
    unsigned height;
    struct buf out;

    if (p->lines == 0)
        return;
    window_size(&width, &height);
    buf_init(&out, FRAME_BYTES);
    add_go_back(p, &out, width, height);
    buf_adds(&out, "\033[J");
    put(&out);
    buf_release(&out);
    buf_clear(&p->shown);
    p->lines = 0;
}

static void remember(struct progress *p, const struct buf *frame, size_t lines)
{
    const char *s = frame->p;

    buf_clear(&p->shown);
    buf_add(&p->shown, frame->p, frame->n);
    p->lines = lines < LINES_MAX ? lines : LINES_MAX;
    for (size_t i = 0; i < p->lines; i++) {
        p->lengths[i] = strcspn(s, "\n");
        s += p->lengths[i] + 1;
    }
}

/* Every line is cleared behind its new text, not before: a line never stands empty. */
static void add_lines(struct buf *out, const char *frame)
{
    while (*frame != '\0') {
        size_t n = strcspn(frame, "\n");

        buf_add(out, frame, n);
        buf_adds(out, "\033[K\n");
        frame += n + 1;
    }
    buf_adds(out, "\033[J");
}

static bool is_in_foreground(void)
{
    pid_t owner = tcgetpgrp(STDERR_FILENO);

    return owner < 0 || owner == getpgrp();
}

static void draw(struct progress *p, struct progress_view *v)
{
    struct buf frame;
    struct buf out;
    size_t lines;

    window_size(&v->width, &v->height);
    if (v->height > LINES_MAX)
        v->height = LINES_MAX;
    buf_init(&frame, FRAME_BYTES);
    lines = progress_frame(v, &frame);
    if (is_in_foreground() && (was_continued || !str_eq(frame.p, p->shown.p))) {
        buf_init(&out, FRAME_BYTES);
        add_go_back(p, &out, v->width, v->height);
        add_lines(&out, frame.p);
        put(&out);
        buf_release(&out);
        remember(p, &frame, lines);
    }
    buf_release(&frame);
}

/* ---- what happens ---- */

static void heartbeat(struct progress *p, const struct progress_view *v)
{
    struct buf line;

    buf_init(&line, FRAME_BYTES);
    progress_heartbeat(v, &line);
    log_line(&p->c->log, LOG_INFO, "%s", line.p);
    buf_release(&line);
}

static void on_tick(void *ctx)
{
    struct progress *p = ctx;
    int64_t now = clock_mono_ms(p->c->clock);
    struct progress_view v = {.row = p->row, .n = p->n, .started_ms = p->started_ms, .now_ms = now};

    for (size_t i = 0; i < p->n; i++)
        if (p->row[i].phase == ROW_ACTIVE)
            progress_row_sample(&p->row[i], now);
    if (now - p->last_ms < (p->moving ? REDRAW_MS : p->heartbeat_ms))
        return;
    p->last_ms = now;
    if (p->moving)
        draw(p, &v);
    else
        heartbeat(p, &v);
}

static void say(struct progress *p, enum log_level level, const struct collect_progress *cp,
                const char *text)
{
    const struct log_field fields[] = {
        {.name = "component", .text = "collect"},
        {.name = "resource", .text = cp->resource},
        {.name = "state", .text = cp->state},
        {.name = "rows", .is_number = true, .number = (int64_t)cp->rows},
        {.name = "pages", .is_number = true, .number = (int64_t)cp->pages},
        {.name = "requests", .is_number = true, .number = (int64_t)cp->requests},
        {.name = "wait_ms", .is_number = cp->wait_ms > 0, .number = cp->wait_ms},
        {.name = "request_id", .text = cp->request_id},
        {.name = "client_request_id", .text = cp->client_request_id},
    };

    if (level > p->c->log.level)
        return;
    erase(p);
    log_event(&p->c->log, level, fields, COUNT_OF(fields), "%s: %s", cp->resource, text);
}

static void on_wait(struct progress *p, const struct progress_row *r,
                    const struct collect_progress *cp)
{
    char *text = r->is_paced
                     ? xasprintf("waits for %s", r->pace)
                     : xasprintf("%s, next try in %lld.%d s",
                                 r->is_throttled ? "throttled by the service" : "no good reply",
                                 (long long)cp->wait_ms / 1000, (int)(cp->wait_ms % 1000 / 100));

    say(p, LOG_DEBUG, cp, text);
    free(text);
}

/* What was read well is worth a line only where no picture shows it. */
static void on_over(struct progress *p, struct progress_row *r, const struct collect_progress *cp)
{
    bool is_whole = str_eq(cp->state, "complete");
    bool is_skipped = str_eq(cp->state, "skipped");
    struct buf text;

    buf_init(&text, FRAME_BYTES);
    buf_adds(&text, cp->state);
    if (!is_skipped) {
        buf_adds(&text, ", ");
        progress_ended(r, clock_mono_ms(p->c->clock), &text);
    }
    if (cp->detail != NULL)
        buf_addf(&text, ": %s", cp->detail);
    say(p, is_skipped || (is_whole && p->moving) ? LOG_DEBUG : LOG_INFO, cp, text.p);
    buf_release(&text);
}

static void on_progress(void *ctx, const struct collect_progress *cp)
{
    struct progress *p = ctx;
    struct progress_row *r = row_of(p, cp->resource);
    int64_t now = clock_mono_ms(p->c->clock);

    if (r == NULL)
        return;
    r->rows = cp->rows;
    r->pages = cp->pages;
    r->requests = cp->requests;
    r->is_throttled = str_eq(cp->state, "throttled");
    r->is_paced = str_eq(cp->state, "paced");
    r->until_ms = cp->wait_ms > 0 ? now + cp->wait_ms : 0;
    if (str_eq(cp->state, "waiting")) {
        r->phase = ROW_WAITING;
    } else if (str_eq(cp->state, "running") || r->is_throttled || r->is_paced) {
        if (r->phase != ROW_ACTIVE) {
            r->started_ms = r->sampled_ms = now;
            r->phase = ROW_ACTIVE;
        }
        if (cp->wait_ms > 0)
            on_wait(p, r, cp);
    } else {
        if (r->phase != ROW_UNKNOWN) /* else nobody asked for it */
            r->phase = ROW_OVER;
        on_over(p, r, cp);
    }
}

static const struct log_field component = {.name = "component", .text = "collect"};

static void on_notice(void *ctx, const char *text)
{
    struct progress *p = ctx;

    erase(p);
    log_event(&p->c->log, LOG_INFO, &component, 1, "%s", text);
}

static void on_warning(void *ctx, const char *text)
{
    struct progress *p = ctx;

    erase(p);
    log_event(&p->c->log, LOG_WARNING, &component, 1, "%s", text);
}

struct collect_observer progress_observer(struct progress *p)
{
    struct collect_observer o = {.progress = on_progress,
                                 .notice = on_notice,
                                 .warning = on_warning,
                                 .tick = on_tick,
                                 .ctx = p};

    return o;
}

void progress_free(struct progress *p)
{
    if (p == NULL)
        return;
    erase(p);
    if (p->moving)
        (void)sigaction(SIGCONT, &p->old_cont, NULL);
    buf_release(&p->shown);
    free(p->row);
    free(p);
}
