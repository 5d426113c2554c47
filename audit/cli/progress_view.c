#include "progress_view.h"

#include "base/strs.h"

#include <stdio.h>
#include <string.h>

enum {
    BAR_CELLS = 20,
    BAR_MIN_WIDTH = 70, /* narrower terminals need the room for words */
    NAME_MAX_WIDTH = 30,
    SAMPLE_MS = 1000,
    HEARTBEAT_NAMES = 3,
    LINE_BYTES = 1024
};

/* ---- numbers ---- */

static void add_number(struct buf *b, uint64_t n)
{
    char digits[32];
    size_t len = (size_t)snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);

    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            buf_addc(b, ',');
        buf_addc(b, digits[i]);
    }
}

static void add_right(struct buf *b, uint64_t n, size_t width)
{
    struct buf number;

    buf_init(&number, 64);
    add_number(&number, n);
    for (size_t i = number.n; i < width; i++)
        buf_addc(b, ' ');
    buf_adds(b, number.p);
    buf_release(&number);
}

static void add_counted(struct buf *b, uint64_t n, const char *one, const char *many)
{
    add_number(b, n);
    buf_addf(b, " %s", n == 1 ? one : many);
}

static int64_t seconds_up(int64_t ms)
{
    return ms > 0 ? (ms + 999) / 1000 : 0;
}

static void add_elapsed(struct buf *b, int64_t ms)
{
    int64_t s = ms > 0 ? ms / 1000 : 0;

    if (s >= 3600)
        buf_addf(b, "%lld:%02d:%02d", (long long)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
    else
        buf_addf(b, "%d:%02d", (int)(s / 60), (int)(s % 60));
}

void progress_row_pace(struct progress_row *r, const char *budget, unsigned requests,
                       int64_t window_ms)
{
    const char *word = requests == 1 ? "request" : "requests";

    if (window_ms < 2000) /* with what our clock and theirs may differ */
        (void)snprintf(r->pace, sizeof r->pace, "%.30s, %u %s a second", budget, requests, word);
    else
        (void)snprintf(r->pace, sizeof r->pace, "%.30s, %u %s in %lld s", budget, requests, word,
                       (long long)window_ms / 1000);
}

void progress_row_sample(struct progress_row *r, int64_t now_ms)
{
    int64_t ms = now_ms - r->sampled_ms;
    uint64_t rate;

    if (ms < SAMPLE_MS)
        return;
    rate = (r->rows - r->sampled_rows) * 1000 / (uint64_t)ms;
    r->rate = r->rate == 0 ? rate : (r->rate + rate) / 2;
    r->sampled_rows = r->rows;
    r->sampled_ms = now_ms;
}

/* ---- what is going on ---- */

static const char *service_name(const char *service)
{
    static const struct {
        const char *service, *name;
    } names[] = {{"graph", "Graph"}, {"exchange", "Exchange"}, {"dns", "DNS"}};

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (str_eq(service, names[i].service))
            return names[i].name;
    return "the service";
}

static void add_wait(struct buf *b, const struct progress_row *r, int64_t now_ms)
{
    int64_t left = seconds_up(r->until_ms - now_ms);

    if (r->until_ms == 0)
        return;
    if (r->is_paced) {
        buf_addf(b, "waiting for %s", r->pace);
        return;
    }
    if (r->is_throttled)
        buf_addf(b, "throttled by %s", service_name(r->service));
    else
        buf_adds(b, "trying again");
    if (left > 0)
        buf_addf(b, r->is_throttled ? ", %lld s" : " in %lld s", (long long)left);
}

struct totals {
    size_t asked, over, active;
    uint64_t rows, requests;
    size_t name_width;
};

static struct totals totals_of(const struct progress_view *v)
{
    struct totals t = {0};

    for (size_t i = 0; i < v->n; i++) {
        const struct progress_row *r = &v->row[i];
        size_t len = strlen(r->resource);

        if (r->phase == ROW_UNKNOWN)
            continue;
        t.asked++;
        t.over += r->phase == ROW_OVER;
        t.rows += r->rows;
        t.requests += r->requests;
        if (r->phase != ROW_ACTIVE)
            continue;
        t.active++;
        if (len > t.name_width)
            t.name_width = len;
    }
    if (t.name_width > NAME_MAX_WIDTH)
        t.name_width = NAME_MAX_WIDTH;
    return t;
}

static bool is_before(const struct progress_row *a, const struct progress_row *b)
{
    return a->started_ms != b->started_ms ? a->started_ms < b->started_ms
                                          : strcmp(a->resource, b->resource) < 0;
}

/* The active row that comes after `last` (NULL: the first), the longest running one first: lines
 * keep their order while others come and go. */
static const struct progress_row *next_active(const struct progress_view *v,
                                              const struct progress_row *last)
{
    const struct progress_row *best = NULL;

    for (size_t i = 0; i < v->n; i++) {
        const struct progress_row *r = &v->row[i];

        if (r->phase == ROW_ACTIVE && (last == NULL || is_before(last, r)) &&
            (best == NULL || is_before(r, best)))
            best = r;
    }
    return best;
}

/* ---- on a terminal ---- */

/* One column stays free: a full line would wrap, or not, as the terminal likes. */
static void end_line(struct buf *out, struct buf *line, unsigned width)
{
    size_t room = width > 2 ? width - 1 : 1;

    buf_add(out, line->p, line->n < room ? line->n : room);
    buf_addc(out, '\n');
    buf_clear(line);
}

static void add_bar(struct buf *b, size_t done, size_t of)
{
    size_t full = of > 0 ? done * BAR_CELLS / of : 0;

    buf_addc(b, '[');
    for (size_t i = 0; i < BAR_CELLS; i++)
        buf_addc(b, i < full ? '#' : '-');
    buf_adds(b, "] ");
}

static void add_headline(struct buf *b, const struct progress_view *v, const struct totals *t)
{
    if (t->asked == 0) {
        buf_adds(b, "signing in, ");
        add_elapsed(b, v->now_ms - v->started_ms);
        return;
    }
    if (v->width >= BAR_MIN_WIDTH)
        add_bar(b, t->over, t->asked);
    buf_addf(b, "%zu of %zu read, ", t->over, t->asked);
    add_counted(b, t->rows, "row", "rows");
    buf_adds(b, ", ");
    add_counted(b, t->requests, "request", "requests");
    buf_adds(b, ", ");
    add_elapsed(b, v->now_ms - v->started_ms);
}

static void add_active(struct buf *b, const struct progress_view *v, const struct progress_row *r,
                       size_t name_width)
{
    buf_addf(b, "  %-*.*s ", (int)name_width, (int)name_width, r->resource);
    add_right(b, r->rows, 10);
    buf_adds(b, r->rows == 1 ? " row  " : " rows ");
    add_right(b, r->pages, 7);
    buf_adds(b, r->pages == 1 ? " page  " : " pages ");
    if (r->rate > 0) {
        add_right(b, r->rate, 7);
        buf_adds(b, "/s");
    } else {
        buf_adds(b, "         ");
    }
    if (r->until_ms != 0) {
        buf_adds(b, "  ");
        add_wait(b, r, v->now_ms);
    }
}

size_t progress_frame(const struct progress_view *v, struct buf *out)
{
    struct totals t = totals_of(v);
    size_t room = v->height > 2 ? v->height - 2 : 0; /* headline, and a line for the cursor */
    size_t shown = t.active <= room ? t.active : room > 0 ? room - 1 : 0;
    const struct progress_row *r = NULL;
    size_t lines = 1;
    struct buf line;

    buf_init(&line, LINE_BYTES);
    add_headline(&line, v, &t);
    end_line(out, &line, v->width);
    for (size_t i = 0; i < shown && (r = next_active(v, r)) != NULL; i++, lines++) {
        add_active(&line, v, r, t.name_width);
        end_line(out, &line, v->width);
    }
    if (shown < t.active && room > 0) {
        buf_addf(&line, "  and %zu more", t.active - shown);
        end_line(out, &line, v->width);
        lines++;
    }
    buf_release(&line);
    return lines;
}

size_t progress_reflowed(const size_t *lengths, size_t n, unsigned width)
{
    size_t lines = 0;

    for (size_t i = 0; i < n; i++)
        lines += lengths[i] == 0 || width == 0 ? 1 : (lengths[i] + width - 1) / width;
    return lines;
}

/* ---- in a log ---- */

void progress_heartbeat(const struct progress_view *v, struct buf *out)
{
    struct totals t = totals_of(v);
    const struct progress_row *r = NULL;

    if (t.asked == 0) {
        buf_addf(out, "still signing in, %lld s", (long long)(v->now_ms - v->started_ms) / 1000);
        return;
    }
    buf_addf(out, "%zu of %zu resources read, ", t.over, t.asked);
    add_counted(out, t.rows, "row", "rows");
    buf_adds(out, ", ");
    add_counted(out, t.requests, "request", "requests");
    buf_addf(out, ", %lld s", (long long)(v->now_ms - v->started_ms) / 1000);
    for (size_t i = 0; i < HEARTBEAT_NAMES && (r = next_active(v, r)) != NULL; i++) {
        buf_addf(out, "; %s: ", r->resource);
        add_counted(out, r->rows, "row", "rows");
        if (r->rate > 0) {
            buf_adds(out, ", ");
            add_number(out, r->rate);
            buf_adds(out, "/s");
        }
        if (r->until_ms != 0) {
            buf_adds(out, ", ");
            add_wait(out, r, v->now_ms);
        }
    }
    if (t.active > HEARTBEAT_NAMES)
        buf_addf(out, "; and %zu more", t.active - HEARTBEAT_NAMES);
}

void progress_ended(const struct progress_row *r, int64_t now_ms, struct buf *out)
{
    int64_t ms = now_ms - r->started_ms;

    add_counted(out, r->rows, "row", "rows");
    if (r->pages > 1) {
        buf_adds(out, " in ");
        add_counted(out, r->pages, "page", "pages");
    }
    if (r->started_ms != 0)
        buf_addf(out, ", %lld.%d s", (long long)(ms / 1000), (int)(ms % 1000 / 100));
}
