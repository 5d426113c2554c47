/* rules/waivers.h - a file of accepted failures: who accepted which, why, and until when.
 *
 * YAML, reviewed like code (see rules/README.md). A waiver never changes what was found: the result
 * stays `fail` and gets the waiver's id beside it. It is in force to the end of the day `expires`,
 * UTC, of the audit's date (--as-of), not of the clock. */
#ifndef RULES_WAIVERS_H
#define RULES_WAIVERS_H
#include "base/err.h"
#include "rules/engine.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct waivers; /* opaque */

enum waiver_disposition {
    WAIVER_RISK_ACCEPTED,
    WAIVER_COMPENSATING_CONTROL,
    WAIVER_FALSE_POSITIVE,
    WAIVER_PLANNED /* does not suppress: it says who repairs it, until when */
};
enum { WAIVER_DISPOSITION_COUNT = WAIVER_PLANNED + 1 };
const char *waiver_disposition_name(enum waiver_disposition d);

enum waiver_state {
    WAIVER_ACTIVE,
    WAIVER_EXPIRING, /* in force, for less than WAIVER_SOON_DAYS */
    WAIVER_EXPIRED
};
enum { WAIVER_SOON_DAYS = 30, WAIVER_DAYS_MAX = 365 };
const char *waiver_state_name(enum waiver_state s);

/* Borrowed from the waivers. Texts that the file does not give are NULL. */
struct waiver_info {
    const char *id, *rule, *tenant, *owner, *approved_by, *ticket, *reason, *created, *expires;
    enum waiver_disposition disposition;
    int rule_version; /* 0: not given */
    bool covers_all;  /* else the resources, sorted by bytes */
    const char *const *resources;
    size_t resources_n;
    int64_t expires_ms; /* midnight at the start of its last day */
    int line;
};

/* Reads a file. Every defect goes to `problem` (may be NULL) with line and column, the first one to
 * `e` (ERR_USAGE). Waivers stay in the file's order. */
enum err_code waivers_load(const char *path, rules_problem_fn *problem, void *ctx,
                           struct waivers **out, struct err *e);
/* The same out of `n` bytes of text that a NUL follows; `file` names them in problems. */
enum err_code waivers_read(const char *file, const char *text, size_t n, rules_problem_fn *problem,
                           void *ctx, struct waivers **out, struct err *e);
void waivers_free(struct waivers *w);          /* NULL is a no-op */
size_t waivers_count(const struct waivers *w); /* 0 for NULL */
void waivers_info(const struct waivers *w, size_t i, struct waiver_info *out);
/* SIZE_MAX when there is none. */
size_t waivers_find(const struct waivers *w, const char *id);

/* `*days` to the last day, that day counting as 0; days since it once expired. */
enum waiver_state waiver_state_at(const struct waiver_info *w, int64_t as_of_ms, int64_t *days);
bool waiver_covers(const struct waiver_info *w, const char *resource_id);

/* What `waivers add` writes. Texts as in struct waiver_info; NULL leaves a field out. `id` NULL:
 * the next free W-<year of created>-<number>, which is written to `*id` (caller frees). */
struct waiver_entry {
    const char *rule, *tenant, *disposition, *owner, *approved_by, *ticket, *reason, *created,
        *expires;
    int64_t rule_version; /* 0: left out */
    bool covers_all;
    const char *const *resources;
    size_t resources_n;
};
/* Appends one waiver to the file, which is made when it is not there; what it holds stays as it is.
 * Nothing is written when the result would not be a well-formed file (ERR_USAGE). */
enum err_code waivers_add(const char *path, const struct waiver_entry *entry, const char *id,
                          char **new_id, struct err *e);

#endif
