/* progress.h - what people see while a tenant is read: one line that moves on a terminal, a plain
 * line every 30 seconds elsewhere (CI systems end silent jobs). */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H
#include "graph/collect.h"

struct context;
struct progress; /* opaque */

struct progress *progress_new(const struct context *c);
struct collect_observer progress_observer(struct progress *p);
/* Takes the moving line off the terminal. */
void progress_end(struct progress *p);
void progress_free(struct progress *p);

#endif
