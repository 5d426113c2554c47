/* base/stop.h - SIGINT and SIGTERM as a flag that long loops look at.
 *
 * The first signal asks everybody to wind up and keep what there is; a second one of the same kind
 * ends the process at once (the handler restores the default action). */
#ifndef BASE_STOP_H
#define BASE_STOP_H
#include <stdbool.h>

void stop_install(void);
bool stop_requested(void);
/* SIGINT, SIGTERM or 0. */
int stop_signal(void);

#endif
