/* graph/secret_buf.h - a struct buf that holds a secret for a while. */
#ifndef GRAPH_SECRET_BUF_H
#define GRAPH_SECRET_BUF_H
#include "base/buf.h"

/* Makes room before the secret comes, so that growing leaves no copies behind. `b` is empty. */
void secret_buf_reserve(struct buf *b, size_t n);
/* Wipes and releases; fine on an empty one. */
void secret_buf_release(struct buf *b);

#endif
