/* permissions_view.h - the least set of permissions, for people, programs and administrators. */
#ifndef CLI_PERMISSIONS_VIEW_H
#define CLI_PERMISSIONS_VIEW_H
#include "base/err.h"

#include <jansson.h>
#include <stdio.h>

struct cloud;
struct needs;

/* The directory role that scripts assign: the narrowest that opens every Exchange cmdlet used. */
extern const char permissions_role[];

/* Caller owns the results. */
json_t *permissions_json(const struct needs *n);
json_t *permissions_manifest(const struct needs *n);

/* A script that grants the set. `client_id` may be NULL: then the script asks for it. ERR_USAGE
 * when a permission's id is not known (never with the shipped table). */
struct grant_script {
    FILE *f;
    const struct needs *needs;
    const struct cloud *cloud;
    const char *client_id;
    const char *tool_version;
};
enum err_code permissions_powershell(const struct grant_script *s, struct err *e);
enum err_code permissions_az(const struct grant_script *s, struct err *e);

#endif
