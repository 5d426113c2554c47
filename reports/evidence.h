/* evidence.h - the further columns of a row of resource_result, which are stored as a JSON object.
 *
 * Nearly all of a hundred thousand are what jansson writes for plain ASCII on one line, and are cut
 * up where they stand; building objects costs ten times as much. Any other text is parsed,
 * strictly, so that both ways give the same cells. */
#ifndef REPORTS_EVIDENCE_H
#define REPORTS_EVIDENCE_H
#include "base/buf.h"
#include "base/limits.h"

#include <stdbool.h>
#include <stddef.h>

struct evidence_cell {
    const char *name;
    const char *text; /* the string; of any other value its JSON: "null", "17", "true" */
    bool is_string;
};

/* Zeroed is empty; keeps its memory from one row to the next. */
struct evidence {
    struct evidence_cell v[LIMIT_RULE_COLUMNS]; /* good until the next row */
    size_t n;
    struct buf bytes;
};

/* The cells of the plain form alone. False, and none, for anything else. When true, the JSON is
 * also what every writer of JSON here would make of it, byte by byte. */
bool evidence_split(struct evidence *ev, const char *json);
/* The cells; none for NULL, or for text that is no JSON object. */
void evidence_read(struct evidence *ev, const char *json);
/* NULL: the row has no such column. `guess` is where it was in the row before. */
const struct evidence_cell *evidence_find(const struct evidence *ev, size_t guess,
                                          const char *name);
void evidence_release(struct evidence *ev);

#endif
