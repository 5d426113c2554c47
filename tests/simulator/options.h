/* options.h - the command line, as one table that also prints the help. */
#ifndef SIM_OPTIONS_H
#define SIM_OPTIONS_H

#include "sim.h"

/* False: a message was printed (or the help was asked for, then *help is true). */
NODISCARD bool options_parse(int argc, char **argv, struct options *o, bool *help);
void options_free(struct options *o);

#endif
