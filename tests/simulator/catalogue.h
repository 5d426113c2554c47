/* catalogue.h - names and ids that are the same in every tenant: licences, roles, strengths. */
#ifndef SIM_CATALOGUE_H
#define SIM_CATALOGUE_H

#include "util.h"

struct plan {
    const char *name, *id, *service;
};
struct sku {
    const char *part, *id, *plans; /* plan names, one-space separated; a telling subset */
};
struct role {
    const char *name, *template_id, *description;
};
struct strength {
    const char *id, *name, *description, *combinations; /* space separated; commas inside one */
};
struct failure {
    int code;
    const char *reason;
};

extern const struct plan plan_table[];
extern const size_t plan_count;
extern const struct sku sku_table[];
extern const size_t sku_count;
extern const struct role role_table[];
extern const size_t role_count;
extern const struct strength strength_table[];
extern const size_t strength_count;

const struct plan *plan_find(const char *name); /* NULL when unknown, as all below */
const struct sku *sku_find(const char *part);
const struct role *role_find(const char *name_or_template);
const char *failure_reason(json_int_t code); /* NULL for success */

#endif
