/* waive.h - which findings of one evaluation a waiver covers, and what became of the waivers. */
#ifndef ENGINE_WAIVE_H
#define ENGINE_WAIVE_H
#include "base/buf.h"
#include "base/err.h"
#include "run.h"

struct store;
struct waive; /* opaque */
struct waivers;

/* `w` may be NULL: no waivers. Borrowed until waive_close(). Reads the tenant's names. */
enum err_code waive_open(const struct waivers *w, struct store *s, int64_t as_of_ms,
                         struct waive **out, struct err *e);
void waive_close(struct waive *v); /* NULL is a no-op */

/* The rows that follow are this rule's; what was counted for it before is forgotten. */
void waive_begin(struct waive *v, const struct rule *r);
/* The id of the waiver that covers a failing resource, or NULL. `note` gets what is to be said
 * beside the row: the waiver's end, one that expired, or who repairs it; it stays empty without. */
const char *waive_row(struct waive *v, const char *resource_id, struct buf *note);
/* Takes what was waived out of the rule's result, and remembers what the rule says of its waivers.
 * `extra` gets what the rule's message has to say of them; it stays empty without. */
void waive_end(struct waive *v, const struct evidence_states *states, struct run_result *run,
               struct buf *extra);

/* Fills table `waiver`. `as_of` is the date that waivers were judged by. */
enum err_code waive_save(struct waive *v, struct store *s, struct err *e);

#endif
