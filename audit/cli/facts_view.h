/* facts_view.h - a snapshot opened for reading, with its derived facts there.
 *
 * `collect` leaves them out. Then they are derived in a temporary copy: the file is not touched. */
#ifndef CLI_FACTS_VIEW_H
#define CLI_FACTS_VIEW_H
#include "base/err.h"

struct context;
struct store;

struct facts_view {
    struct store *store;
    char *copy; /* path of the temporary copy, or NULL */
};

/* ERR_USAGE for a file that is no snapshot, or whose evidence was changed after it was sealed.
 * Close also after an error. */
enum err_code facts_view_open(struct context *c, const char *path, struct facts_view *v,
                              struct err *e);
void facts_view_close(struct facts_view *v);

#endif
