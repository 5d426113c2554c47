/* rules/facts/shared_text.h - long texts that many rows have in common, stored once.
 *
 * People and mailboxes fall into few classes, and what is said about them is long: a hundred
 * thousand rows share some hundred texts. The derived views put them back in place. Ids count from
 * 1 in the order in which texts come, so the same evidence gives the same ids. */
#ifndef RULES_FACTS_SHARED_TEXT_H
#define RULES_FACTS_SHARED_TEXT_H
#include "base/err.h"

#include <stdint.h>

struct store;
struct shared_texts; /* opaque */

/* Table shared_text has to be empty, and is written through this only. */
enum err_code shared_texts_open(struct store *s, struct shared_texts **out, struct err *e);
void shared_texts_close(struct shared_texts *t); /* NULL is a no-op */
/* Where the text is kept. A text that was seen before keeps its id, as long as no more than
 * LIMIT_SHARED_TEXTS_BYTES of them have been remembered; after that new ones are stored each time.
 */
enum err_code shared_text_id(struct shared_texts *t, const char *text, int64_t *id, struct err *e);

#endif
