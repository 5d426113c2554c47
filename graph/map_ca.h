/* graph/map_ca.h - one Conditional Access policy into ca_policy, ca_policy_target and
 * ca_policy_control.
 *
 * A missing key, null and [] mean the same; keys that hold '@' are annotations. Well-known words
 * (All, Office365, ...) are compared without case and stored in Microsoft's spelling, ids in lower
 * case. A condition that this program does not know, but that says something, becomes a target of
 * dimension `other` named after its key: it may narrow the policy, so nobody may overlook it.
 * Sources: Microsoft Graph metadata and reference of conditionalAccessPolicy, v1.0 and beta, August
 * 2026. */
#ifndef GRAPH_MAP_CA_H
#define GRAPH_MAP_CA_H
#include "base/err.h"
#include "map.h"

struct store;

/* Inside the caller's transaction. *stored: false when the policy has no usable id (counted in
 * `odd`, like every property of an undocumented type). Only store errors are errors. */
enum err_code map_ca_policy(struct store *s, const json_t *policy, struct map_odd *odd,
                            bool *stored, struct err *e);

#endif
