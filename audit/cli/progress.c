#include "progress.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "context.h"

#include <stdio.h>
#include <stdlib.h>

enum { HEARTBEAT_MS = 30000, REDRAW_MS = 100, RESOURCES_MAX = 64 };

struct row {
    const char *resource; /* borrowed from the collectors' table */
    bool is_over;
    uint64_t rows, requests;
};

struct progress {
    const struct context *c;
    bool moving; /* draw on a terminal */
    bool drawn;
    int64_t started_ms, last_ms;
    struct row row[RESOURCES_MAX];
    size_t n;
    char *waiting; /* why the last one waits, or NULL */
};

struct progress *progress_new(const struct context *c)
{
    struct progress *p = xcalloc(1, sizeof *p);

    p->c = c;
    p->moving = c->stderr_is_terminal && !c->opt.quiet && !c->log.json;
    p->started_ms = clock_mono_ms(c->clock);
    p->last_ms = p->started_ms;
    return p;
}

static struct row *row_of(struct progress *p, const char *resource)
{
    for (size_t i = 0; i < p->n; i++)
        if (str_eq(p->row[i].resource, resource))
            return &p->row[i];
    if (p->n == RESOURCES_MAX)
        return NULL;
    p->row[p->n].resource = resource;
    return &p->row[p->n++];
}

static void line_text(struct progress *p, struct buf *out)
{
    size_t over = 0;
    uint64_t rows = 0;
    uint64_t requests = 0;
    int64_t s = (clock_mono_ms(p->c->clock) - p->started_ms) / 1000;

    for (size_t i = 0; i < p->n; i++) {
        over += p->row[i].is_over ? 1 : 0;
        rows += p->row[i].rows;
        requests += p->row[i].requests;
    }
    buf_addf(out, "reading the tenant: %zu of %zu resources, %llu rows, %llu requests, %lld s",
             over, collector_count(), (unsigned long long)rows, (unsigned long long)requests,
             (long long)s);
    if (p->waiting != NULL)
        buf_addf(out, ", %s", p->waiting);
}

static void show(struct progress *p)
{
    int64_t now = clock_mono_ms(p->c->clock);
    struct buf line;
    struct buf cut;

    if (now - p->last_ms < (p->moving ? REDRAW_MS : HEARTBEAT_MS))
        return;
    p->last_ms = now;
    buf_init(&line, 4096);
    line_text(p, &line);
    if (p->moving) {
        buf_init(&cut, 4096);
        text_add_cut(&cut, line.p, p->c->width > 2 ? p->c->width - 2 : 1);
        fprintf(stderr, "\r\033[K%s", cut.p);
        (void)fflush(stderr);
        p->drawn = true;
        buf_release(&cut);
    } else {
        log_line(&p->c->log, LOG_INFO, "%s", line.p);
    }
    buf_release(&line);
}

static void on_progress(void *ctx, const struct collect_progress *cp)
{
    struct progress *p = ctx;
    struct row *r = row_of(p, cp->resource);
    static const char *const ends[] = {"complete", "partial", "failed", "skipped"};

    if (r == NULL)
        return;
    r->rows = cp->rows;
    r->requests = cp->requests;
    free(p->waiting);
    p->waiting = NULL;
    if (str_eq(cp->state, "throttled"))
        p->waiting =
            xasprintf("%s waits %lld s", cp->resource, (long long)(cp->wait_ms + 999) / 1000);
    for (size_t i = 0; i < COUNT_OF(ends); i++)
        if (str_eq(cp->state, ends[i])) {
            r->is_over = true;
            if (i > 0) {
                progress_end(p);
                log_line(&p->c->log, LOG_DEBUG, "%s: %s%s%s", cp->resource, cp->state,
                         cp->detail != NULL ? ": " : "", cp->detail != NULL ? cp->detail : "");
            }
        }
    show(p);
}

static void on_notice(void *ctx, const char *text)
{
    struct progress *p = ctx;

    progress_end(p);
    log_line(&p->c->log, LOG_INFO, "%s", text);
}

static void on_warning(void *ctx, const char *text)
{
    struct progress *p = ctx;

    progress_end(p);
    log_line(&p->c->log, LOG_WARNING, "%s", text);
}

struct collect_observer progress_observer(struct progress *p)
{
    struct collect_observer o = {on_progress, on_notice, p, on_warning};

    return o;
}

void progress_end(struct progress *p)
{
    if (p->drawn) {
        fputs("\r\033[K", stderr);
        (void)fflush(stderr);
        p->drawn = false;
    }
}

void progress_free(struct progress *p)
{
    if (p == NULL)
        return;
    progress_end(p);
    free(p->waiting);
    free(p);
}
