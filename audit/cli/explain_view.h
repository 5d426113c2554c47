/* explain_view.h - what was found in a log, for people and for programs. */
#ifndef CLI_EXPLAIN_VIEW_H
#define CLI_EXPLAIN_VIEW_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct buf;
struct explain_finding;
struct explain_mailbox;
struct explanation;

/* How to print. `mailbox` and `snapshot` are NULL without --snapshot. */
struct explain_view {
    const struct explanation *x;
    struct explain_mailbox *mailbox;
    const char *snapshot;  /* file name */
    const char *collected; /* day the snapshot was collected, or NULL */
    const char *address;   /* the mailbox asked about or found; NULL: none */
    size_t width;          /* columns */
    bool colour, in_full;  /* in_full: the less telling findings too */
    bool has_lines;        /* line numbers mean something to the reader */
};

void explain_print(const struct explain_view *v, FILE *f);
/* One finding with causes and fix, without a heading of its own; for `probe`. */
void explain_print_finding(const struct explain_view *v, const struct explain_finding *finding,
                           size_t indent, FILE *f);
/* Caller owns the result. */
json_t *explain_json(const struct explain_view *v);

/* Words of `text`, which may be a stranger's, in lines of `width` columns, `indent` blanks before
 * each. `lead` (ours) stands before the first word, in the indent's place when it is longer. */
void wrap_text(FILE *f, size_t width, size_t indent, const char *lead, const char *text);
/* The same when `at` columns of the first line are there already. */
void wrap_text_at(FILE *f, size_t width, size_t indent, size_t at, const char *lead,
                  const char *text);
/* A string of JSON from text that may be no UTF-8; null for NULL. */
json_t *json_text(const char *s);

#endif
