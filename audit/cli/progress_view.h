/* progress_view.h - the words of the progress display, apart from any terminal.
 *
 * Pure: state and size in, text out. All of it is ASCII of ours (resources are the collectors' own
 * names), so that bytes are columns. */
#ifndef CLI_PROGRESS_VIEW_H
#define CLI_PROGRESS_VIEW_H
#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROGRESS_PACE_BYTES = 96 };

enum row_phase {
    ROW_UNKNOWN, /* nobody asked for it */
    ROW_WAITING, /* for its turn */
    ROW_ACTIVE,
    ROW_OVER
};

/* One resource. Times are monotonic milliseconds. */
struct progress_row {
    const char *resource; /* borrowed from the collectors' table */
    const char *service;  /* graph|exchange|dns */
    enum row_phase phase;
    uint64_t rows, pages, requests;
    int64_t started_ms;
    int64_t until_ms;               /* it waits until then; 0: it does not */
    bool is_throttled;              /* that is why it waits */
    bool is_paced;                  /* or this: the service takes only so many requests */
    char pace[PROGRESS_PACE_BYTES]; /* "Conditional Access, 1 request a second" */
    /* Rows a second, over the last seconds; NULL-like 0 until it is known. */
    uint64_t rate;
    uint64_t sampled_rows;
    int64_t sampled_ms;
};

struct progress_view {
    const struct progress_row *row;
    size_t n;
    int64_t started_ms, now_ms;
    unsigned width, height; /* of the terminal; unused by the heartbeat */
};

/* What `pace` says of so many requests in that time. */
void progress_row_pace(struct progress_row *r, const char *budget, unsigned requests,
                       int64_t window_ms);

/* Counts rows into the rate, once a second. */
void progress_row_sample(struct progress_row *r, int64_t now_ms);

/* A headline and one line for each active resource, each ended by LF and shorter than `width`;
 * fewer lines than `height`, so that nothing scrolls. What does not fit is counted in the last one.
 * Returns the number of lines. */
size_t progress_frame(const struct progress_view *v, struct buf *out);
/* The same in one line for a log: the totals, and what is slowest. */
void progress_heartbeat(const struct progress_view *v, struct buf *out);
/* "1,234 rows in 2 pages, 0.4 s": how one resource ended. */
void progress_ended(const struct progress_row *r, int64_t now_ms, struct buf *out);

/* Lines that text of these lengths takes once the terminal is `width` wide. */
size_t progress_reflowed(const size_t *lengths, size_t n, unsigned width);

#endif
