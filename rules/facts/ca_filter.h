/* rules/facts/ca_filter.h - device filter rules of Conditional Access.
 *
 * The rule syntax is that of dynamic groups on device properties:
 *   device.trustType -eq "ServerAD" -and (device.model -notContains "Surface" -or ...)
 * Operators (Microsoft Learn, "Conditional Access: Filter for devices"): eq, ne, in, notIn,
 * startsWith, notStartsWith, endsWith, notEndsWith, contains, notContains, with or without a
 * hyphen, and -and, -or, -not, parentheses, arrays. Everything is compared without case.
 *
 * A property that a device does not have is null: a positive operator is then false, a negative one
 * true. An unregistered device has no properties at all ("all device properties are considered as
 * null values"). */
#ifndef RULES_FACTS_CA_FILTER_H
#define RULES_FACTS_CA_FILTER_H
#include "ca_effect.h"
#include "ca_pool.h"

enum { CA_FILTER_BYTES = 3072 /* Microsoft's limit on a rule */, CA_FILTER_NODES = 512 };

struct ca_rule; /* opaque */

/* NULL when this is no rule that we can read: then it may say anything. In the pool. */
const struct ca_rule *ca_rule_parse(struct ca_pool *pool, const char *text);

/* The device's value of a property (lower-case name, without "device."), NULL for null, or
 * ca_unknown_value (this very address) where it is not known. */
extern const char ca_unknown_value[];
typedef const char *ca_device_fn(const void *device, const char *property);
/* CA_MAYBE only where a value is not known. */
enum ca_tri ca_rule_match(const struct ca_rule *r, ca_device_fn *get, const void *device);

/* Every comparison of the rule: property, literal (NULL: null), a number for the operator (a
 * negative one has the number of its positive), and whether it looks at parts of the value
 * (startsWith, contains, ...). */
typedef void ca_literal_fn(void *ctx, const char *property, const char *literal, int operation,
                           bool is_partial);
void ca_rule_literals(const struct ca_rule *r, ca_literal_fn *each, void *ctx);

/* Mixes operators that match an unregistered device with ones that do not: Microsoft's table of
 * results covers rules of one kind only. */
bool ca_rule_is_mixed(const struct ca_rule *r);

#endif
