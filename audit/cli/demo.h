/* demo.h - the demo tenant's snapshot that ships with the program. */
#ifndef CLI_DEMO_H
#define CLI_DEMO_H
#include "base/err.h"

/* Finds demo.db beside the program, in ../share/graphaudit, or in the installed data folder
 * (GRAPHAUDIT_DATA_DIR comes first), and copies it to `to`, a new file of mode 0600. */
enum err_code demo_copy(const char *to, struct err *e);

#endif
