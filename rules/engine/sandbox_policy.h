/* sandbox_policy.h - what a rule's SQL may do, as tables. */
#ifndef ENGINE_SANDBOX_POLICY_H
#define ENGINE_SANDBOX_POLICY_H
#include <stdbool.h>
#include <stddef.h>

/* Functions whose value depends on their arguments alone. */
bool policy_allows_function(const char *name);
/* What to do instead of a refused function; NULL when there is nothing to say. */
const char *policy_function_hint(const char *name);
/* Virtual tables that read their argument only. */
bool policy_allows_module(const char *name);
/* For messages: what an authorizer action code is called. */
const char *policy_action_name(int action);
/* sqlite3_limit settings, -1 past the end. */
bool policy_limit_at(size_t i, int *id, int *value);

#endif
