/* changes.h - what the two forms of a document of changes share: reports/changes.h is the way in.
 */
#ifndef REPORTS_CHANGES_PRIVATE_H
#define REPORTS_CHANGES_PRIVATE_H
#include "base/buf.h"
#include "reports/changes.h"
#include "xmlout.h"

#include <stdbool.h>

enum { CHANGE_MARKS = CHANGE_CHANGED + 1 };

struct changes_kind {
    const char *title;
    size_t n[CHANGE_MARKS];
};

struct changes_writer {
    void (*begin)(struct changes *c, struct err *e);
    void (*begin_kind)(struct changes *c, const char *title);
    void (*row)(struct changes *c, const struct change *x);
    void (*end_kind)(struct changes *c, size_t more);
    void (*gap)(struct changes *c, const char *what, const char *why, bool is_first);
    void (*totals)(struct changes *c); /* and the end */
};
extern const struct changes_writer changes_html;
extern const struct changes_writer changes_markdown;

struct changes {
    const struct changes_options *o;
    const struct changes_writer *w;
    FILE *f;
    struct err err;
    struct changes_kind *kinds; /* so far; the last is being written */
    size_t n;
    size_t lines, more, gaps;
    bool is_empty;   /* nothing differs: the document is about what was not compared */
    struct xmlout x; /* HTML */
    struct buf line; /* Markdown */
    size_t bytes;    /* Markdown: written */
};

const char *change_word(enum change_mark m); /* "Added" */

#endif
