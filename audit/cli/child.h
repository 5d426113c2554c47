/* child.h - what every program that graphaudit starts has in common. */
#ifndef CLI_CHILD_H
#define CLI_CHILD_H
#include <stdbool.h>
#include <stddef.h>

enum { CHILD_CANNOT_RUN = 127 }; /* as a shell says it */

/* `entry` is "NAME=value" of one of `names`. */
bool child_entry_is(const char *entry, const char *const *names, size_t n);

/* Between fork and exec: a process group of its own, so that a terminal's Ctrl-C reaches it through
 * us and once, and the signals as a program expects them. Async-signal-safe. */
void child_begin(void);

#endif
