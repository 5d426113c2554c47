/* problems.h - defects of rule files, told with file, line and column as they are found. */
#ifndef ENGINE_PROBLEMS_H
#define ENGINE_PROBLEMS_H
#include "base/err.h"
#include "rules/engine.h"

#include <stddef.h>

struct yn;

/* Caller's storage. `file` is borrowed and may be replaced as reading goes on. */
struct problems {
    rules_problem_fn *fn; /* may be NULL */
    void *ctx;
    const char *file;
    struct err *e; /* gets the first problem, as ERR_USAGE "file:line:column: text" */
    size_t n;
};

/* `line` and `column` are 1-based; line 0 means the file as a whole. What the text quotes may be a
 * stranger's: hostile characters are made visible. */
void problem_at(struct problems *p, int line, int column, const char *fmt, ...) PRINTF(4, 5);
/* At the start of a node. */
void problem_node(struct problems *p, const struct yn *at, const char *fmt, ...) PRINTF(3, 4);
/* At the key under which a node stands in its mapping; the node itself when it has none. */
void problem_key(struct problems *p, const struct yn *at, const char *fmt, ...) PRINTF(3, 4);

#endif
