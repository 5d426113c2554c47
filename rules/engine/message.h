/* message.h - the one sentence that says what became of a rule. */
#ifndef ENGINE_MESSAGE_H
#define ENGINE_MESSAGE_H
#include "base/buf.h"
#include "model/outcome.h"
#include "problems.h"
#include "rule.h"

struct run_result;

enum { MESSAGE_BYTES_MAX = 4000 };

/* Reports placeholders that nobody fills in. */
void message_check(const struct yn *template, struct problems *p);

/* Appends the message: the rule's own for this outcome, or a plain default, with what is missing
 * behind it where the result is incomplete. */
void message_render(const struct rule *r, const struct run_result *run,
                    const struct evidence_states *states, struct buf *out);

#endif
