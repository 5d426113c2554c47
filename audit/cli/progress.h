/* progress.h - what people see while a tenant is read.
 *
 * On a terminal a few lines that move: totals, and a line for each resource that is being read,
 * with rows, pages, rate, and why it waits. Never more lines than the window has; those of
 * resources that are done go away. Elsewhere (CI, a file, --log-format json, TERM=dumb) plain
 * lines: one for each resource that is done, and a sign of life every 30 seconds, because CI
 * systems end silent jobs. All of it on standard error, none with --quiet. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H
#include "graph/collect.h"

struct context;
struct progress; /* opaque; at most one at a time */

struct progress *progress_new(const struct context *c);
struct collect_observer progress_observer(struct progress *p);
/* Takes the moving lines off the terminal. */
void progress_free(struct progress *p);

#endif
