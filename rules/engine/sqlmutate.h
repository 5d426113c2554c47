/* sqlmutate.h - where a SELECT's text can be changed so that what it decides changes. */
#ifndef ENGINE_SQLMUTATE_H
#define ENGINE_SQLMUTATE_H
#include <stdbool.h>
#include <stddef.h>

/* Told once a change: n bytes at `at` become `now`. `what` is a constant. */
typedef void sql_change_fn(void *ctx, const char *what, size_t at, size_t n, const char *now);

/* `has_contract`: the columns are a rule's row (resource_id, resource_name, status, reason,
 * evidence), so that only the first and the third decide. A change may turn out not to compile. */
void sql_changes(const char *sql, bool has_contract, sql_change_fn *fn, void *ctx);

#endif
