/* diff_view.h - differences as they come, for people and for programs. */
#ifndef CLI_DIFF_VIEW_H
#define CLI_DIFF_VIEW_H
#include "diff.h"

#include <stdio.h>

struct log;

/* About one of the files; NULL where not known. */
struct diff_source {
    const char *path;
    char *tenant, *collected, *tool, *as_of, *rules_digest;
};

struct diff_said {
    struct diff_gap gap;
    bool done; /* printed together with another of the same cause */
};

struct diff_view {
    FILE *f;
    struct diff_source old, new;
    bool json, in_full;
    size_t n;                     /* differences */
    const struct diff_kind *kind; /* of the last one */
    size_t lines, more;           /* of that kind: printed, and held back */
    struct diff_said *gaps;
    size_t gaps_n;
};

void diff_view_item(void *ctx, const struct diff_item *it);
void diff_view_gap(void *ctx, const struct diff_gap *g);
/* The rest of the document. For people, what was not compared goes to the log. */
void diff_view_end(struct diff_view *v, const struct log *log);
void diff_view_release(struct diff_view *v); /* fine on a zeroed one */

#endif
