/* rule.h - one rule as read from its file, and the whole set. Private to rules/engine. */
#ifndef ENGINE_RULE_H
#define ENGINE_RULE_H
#include "base/digest.h"
#include "base/strs.h"
#include "problems.h"
#include "rules/engine.h"
#include "yaml.h"

#include <stdbool.h>
#include <stddef.h>

/* What a query without any row means. */
enum empty_means { EMPTY_IS_ERROR, EMPTY_IS_PASS, EMPTY_IS_NOT_APPLICABLE };

enum param_type { PARAM_BOOL, PARAM_INT, PARAM_STRING, PARAM_STRING_LIST, PARAM_DATE };
enum { PARAM_TYPE_COUNT = PARAM_DATE + 1 };

struct param {
    char *name;
    enum param_type type;
    const struct yn *value; /* the default; borrowed from the rule's tree */
};

struct rule_test {
    const char *name; /* all borrowed from the rule's tree; NULL when the test has none */
    const struct yn *node, *given, *params, *missing, *expect;
    int64_t as_of_ms;
};

struct rule {
    char *file; /* as problems and reports name it */
    char *pack;
    char *source;    /* the file's text */
    struct yn *tree; /* everything below is borrowed from it unless it says otherwise */
    const char *id, *title, *service, *summary, *rationale, *query, *applies_when, *status;
    int version;
    enum severity severity;
    enum empty_means empty;
    bool fails_on_partial; /* a failing row that partial evidence shows is a finding */
    const struct yn *messages;
    char *remediation_json, *references_json, *mappings_json; /* owned */
    char *params_json, *tags_json, *related_json;             /* owned */
    char *overrides_json; /* owned; what a profile changed, NULL: nothing */
    struct param *params; /* owned */
    size_t params_n;
    struct rule_test *tests; /* owned */
    size_t tests_n;
    evidence_set query_needs, applies_needs; /* from the authorizer */
    char digest[SHA256_HEX_BYTES];           /* of the file */
};

/* What a rule set says that is no defect, but that its author should know. */
struct remark {
    char *file, *text; /* owned */
    int line, column;
};

struct profile_use;

struct ruleset {
    struct rule **rules; /* owned, sorted by id */
    size_t n;
    struct remark *remarks;
    size_t remarks_n;
    struct strlist retired;      /* ids that packs never use again */
    struct profile_use *profile; /* owned; NULL: none was applied */
    char digest[SHA256_HEX_BYTES];
};

/* Reads a rule out of `source` (taken, freed by rule_free, as is the result; also after problems).
 * `file` and `pack` are copied. NULL after problems. */
struct rule *rule_read(const char *file, const char *pack, char *source, size_t n,
                       struct problems *p);
void rule_free(struct rule *r); /* NULL is a no-op */

/* Reads a YAML date "2026-11-23"; midnight UTC. */
bool rule_date(const struct yn *y, int64_t *ms);
/* Whether the value suits the type; reports what is wrong. */
bool param_check(const char *name, enum param_type type, const struct yn *value,
                 struct problems *p);

/* The remark is copied. */
void ruleset_remark(struct ruleset *rs, const char *file, int line, int column, const char *text);

#endif
