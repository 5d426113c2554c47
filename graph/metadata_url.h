/* graph/metadata_url.h - the one place where plain http is allowed.
 *
 * Managed identity endpoints answer over http on the machine itself or on the link, and nowhere
 * else: 127.0.0.0/8, ::1, localhost, 169.254.0.0/16. */
#ifndef GRAPH_METADATA_URL_H
#define GRAPH_METADATA_URL_H
#include "url.h"

#include <stdbool.h>

/* False: no such URL. `out->path` is borrowed from the text. */
bool metadata_url_parse(const char *text, struct url *out);

#endif
