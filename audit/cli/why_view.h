/* why_view.h - the answers of rules/why.h, for people and for programs. */
#ifndef CLI_WHY_VIEW_H
#define CLI_WHY_VIEW_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct why_answer;
struct why_sign_in;

struct why_view {
    FILE *f;
    size_t width; /* columns */
    bool colour;
    const char *source; /* the snapshot's file name, or what stands for it */
};

void why_print(const struct why_view *v, const struct why_answer *a);
void why_print_sign_in(const struct why_view *v, const struct why_sign_in *s);
void why_print_policy(const struct why_view *v, const struct why_reach *r);
/* Caller owns the result. */
json_t *why_json_policy(const struct why_reach *r);
json_t *why_json(const struct why_answer *a);
json_t *why_json_sign_in(const struct why_sign_in *s);

#endif
