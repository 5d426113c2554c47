/* graph/oneline.h - a stranger's text on one line, for error messages. */
#ifndef GRAPH_ONELINE_H
#define GRAPH_ONELINE_H
#include "base/buf.h"

/* Appends at most `max` code points of `s` (an ellipsis when cut): white space becomes one space,
 * what is hostile or no UTF-8 becomes U+FFFD, leading and trailing space is dropped. */
void oneline_add(struct buf *b, const char *s, size_t n, size_t max);

#endif
