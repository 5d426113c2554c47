/* base/jsonx.h - reading JSON without defaults.
 *
 * Absent, null, of another type, and present are four different things: every reader says which,
 * and no reader invents a value. A path is keys joined by '.', such as "status.errorCode"; keys are
 * compared exactly. Parsing rejects duplicate keys and caps nesting. */
#ifndef BASE_JSONX_H
#define BASE_JSONX_H
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum jx {
    JX_OK,
    JX_ABSENT,
    JX_NULL,
    JX_TYPE /* there, but of another type */
};

/* Caller owns the result (json_decref). `what` names the source for the error message. */
enum err_code jx_parse(const char *bytes, size_t n, const char *what, json_t **out, struct err *e);

/* Borrowed from `o`; NULL unless JX_OK. */
enum jx jx_get(const json_t *o, const char *path, const json_t **out);
enum jx jx_str(const json_t *o, const char *path, const char **out);
enum jx jx_bool(const json_t *o, const char *path, bool *out);
enum jx jx_int(const json_t *o, const char *path, int64_t *out);
enum jx jx_array(const json_t *o, const char *path, const json_t **out);
enum jx jx_object(const json_t *o, const char *path, const json_t **out);
/* The string, or NULL when there is none of whatever kind: for texts only, never for facts. */
const char *jx_text(const json_t *o, const char *path);

/* Sorted keys, no spaces. Caller frees. */
char *jx_canonical(const json_t *o);

/* Dumps `v` in ASCII: controls and bidi characters leave as \uXXXX, and the '#' of "##vso[" and
 * "##[" as \u0023, so that no build server that sees it on standard output takes a stranger's text
 * for a command (Azure Pipelines logging commands). The value is unchanged. `flags` are jansson's.
 * Caller frees; NULL when it cannot be dumped. */
char *jx_dump(const json_t *v, size_t flags);

#endif
