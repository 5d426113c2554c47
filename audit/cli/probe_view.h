/* probe_view.h - what a submission server said, for people and for programs. */
#ifndef CLI_PROBE_VIEW_H
#define CLI_PROBE_VIEW_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct err;
struct explain_view;
struct smtp_probe;
struct smtp_probe_options;

struct probe_view {
    const struct smtp_probe_options *asked;
    const struct smtp_probe *seen;
    const struct err *error;            /* why it broke off; code ERR_OK: it did not */
    const struct explain_view *explain; /* of the reply that decides; NULL: none to explain */
    size_t width;
};

void probe_print(const struct probe_view *v, FILE *f);
/* Caller owns the result. */
json_t *probe_json(const struct probe_view *v);

#endif
