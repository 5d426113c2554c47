/* diff_pair.h - two snapshots opened for a comparison, and compared. */
#ifndef CLI_DIFF_PAIR_H
#define CLI_DIFF_PAIR_H
#include "base/err.h"
#include "diff_view.h"

struct context;

/* Compares `old_path` with `new_path` and shows it through `v`, whose file and form are set;
 * v->n counts the differences. ERR_USAGE: not two whole snapshots of one tenant. Release the view
 * also after an error. */
enum err_code diff_pair_show(struct context *c, const char *old_path, const char *new_path,
                             struct diff_view *v, struct err *e);

#endif
