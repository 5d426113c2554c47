/* config_file.h - one configuration file: YAML, a key an option, a mapping for each command. */
#ifndef CLI_CONFIG_FILE_H
#define CLI_CONFIG_FILE_H
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct options;

/* Offers the file's values to `o`; the whole file is checked, whatever the command. `is_project`:
 * found in the working folder. */
enum err_code config_file_read(const char *path, bool is_project, unsigned command,
                               struct options *o, struct err *e);
/* The same from bytes; `path` only names them. */
enum err_code config_file_parse(const char *bytes, size_t n, const char *path, bool is_project,
                                unsigned command, struct options *o, struct err *e);

#endif
