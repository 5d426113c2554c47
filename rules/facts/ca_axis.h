/* rules/facts/ca_axis.h - the atoms of one condition.
 *
 * Values are offered one by one with what every live policy says of them; values of which all say
 * the same become one atom, which keeps the most everyday value as its face. */
#ifndef RULES_FACTS_CA_AXIS_H
#define RULES_FACTS_CA_AXIS_H
#include "ca_filter.h"
#include "ca_model.h"

/* `scope`: enum ca_tri a live policy; copied. `value` says cost, flags and what devices can; where
 * the value becomes the atom's face, the atom is returned and the caller gives it id and words.
 * NULL: it went into an atom with a more everyday face, or (axis->is_full) there was no room; then
 * the caller owes the axis a rest. */
struct ca_atom *ca_axis_add(struct ca_model *m, enum ca_dim d, const struct ca_atom *value,
                            const uint8_t *scope);
/* Where such a value went; SIZE_MAX: nowhere, the axis was full. */
size_t ca_axis_at(const struct ca_model *m, enum ca_dim d, const struct ca_atom *value,
                  const uint8_t *scope);
/* One more atom for what could not be told apart: in scope of the policies that do not restrict
 * this condition, and possibly of all others. */
enum { CA_REST_COST = 1000 };
void ca_axis_add_rest(struct ca_model *m, enum ca_dim d, const char *words);

void ca_places_axis(struct ca_model *m);  /* ca_spots.c */
void ca_devices_axis(struct ca_model *m); /* ca_devices.c */
void ca_apps_axis(struct ca_model *m);    /* ca_apps.c */

/* ca_apps.c: what is known of an application id (interned or not). */
struct ca_app_value ca_app_value(const char *id);
const char *ca_app_name(const char *id); /* NULL: not in the table */
/* The atom that the application with this id, or the user action urn:user:..., is in. SIZE_MAX:
 * not told apart. */
size_t ca_apps_find(const struct ca_model *m, const char *id);
const char *ca_action_words(const char *id); /* NULL: no user action that is known */
#define CA_EXCHANGE_ONLINE "00000002-0000-0ff1-ce00-000000000000"

/* ca_devices.c */
#define CA_UNREGISTERED "unregistered"
/* Does the device filter of the policy, if it has one, let this device into its scope? */
enum ca_tri ca_scope_device(const struct ca_policy *p, ca_device_fn *get, const void *device);

#endif
