/* config.h - options that nobody typed: the environment and one configuration file.
 *
 * An option --fail-on may stand as GRAPHAUDIT_FAIL_ON in the environment, or as fail-on: in a YAML
 * file. The first file of these is read, and no other: --config, $GRAPHAUDIT_CONFIG,
 * ./graphaudit.yaml, $XDG_CONFIG_HOME/graphaudit/config.yaml, /etc/graphaudit/config.yaml.
 *
 * The file holds no secret: no option takes one. ./graphaudit.yaml may be part of a folder that a
 * stranger made, so what decides whom to trust, or runs a program, is not taken from it. */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H
#include "base/err.h"

#include <stdbool.h>

struct options;

enum { CONFIG_SCHEMA = 1 };

/* Offers what the environment says. ERR_USAGE names the variable. */
enum err_code config_environment(struct options *o, unsigned command, struct err *e);
/* Finds the file, offers what it says, and notes its path in `o`. ERR_USAGE names line and column,
 * also of keys that another command would use. No file is fine, unless one was named. */
enum err_code config_load(struct options *o, unsigned command, struct err *e);

#endif
