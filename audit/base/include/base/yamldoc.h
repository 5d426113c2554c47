/* yamldoc.h - a small YAML file of settings as libfyaml's tree, and where its nodes stand.
 *
 * For files that hold a mapping of options (configuration, clouds, brands, fleets). Rules have a
 * reader of their own, which refuses anchors, aliases and tags. */
#ifndef BASE_YAMLDOC_H
#define BASE_YAMLDOC_H
#include "base/err.h"

#include <stddef.h>

struct fy_document; /* libfyaml.h */
struct fy_node;

struct yaml_place {
    int line, column; /* from 1 */
};

/* The document in `bytes`; ERR_USAGE "PATH:LINE:COLUMN: what libfyaml says first" when it is not
 * YAML or when there is none. Caller destroys with fy_document_destroy(), which takes NULL. */
enum err_code yamldoc_parse(const char *bytes, size_t n, const char *path, struct fy_document **out,
                            struct err *e);

/* Where a scalar stands; 1:1 of NULL and of any other node, which libfyaml gives no place. */
struct yaml_place yamldoc_place(struct fy_node *n);

#endif
