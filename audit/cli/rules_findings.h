/* rules_findings.h - what was found in rule files, kept, sorted, and shown in three formats. */
#ifndef CLI_RULES_FINDINGS_H
#define CLI_RULES_FINDINGS_H
#include "rules/engine.h"

#include <jansson.h>

struct kept_finding {
    bool is_problem;
    char *check, *file, *text;
    int line, column;
};
struct findings {
    struct kept_finding *v;
    size_t n;
    size_t problems;
};

/* Copies one; a rules_finding_fn with a struct findings as its context. */
void findings_add(void *ctx, const struct rules_finding *f);
void findings_release(struct findings *f); /* fine on a zeroed one */
/* By file and place; the order of one place stays. */
void findings_sort(struct findings *f);

void findings_print(const struct findings *f);
json_t *findings_json(const struct findings *f);
/* SARIF 2.1.0, one run. `version` is the program's. */
json_t *findings_sarif(const struct findings *f, const char *version);

#endif
