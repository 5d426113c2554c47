/* rules/explain/redact.h - a log without its secrets.
 *
 * Logs hold passwords: what follows AUTH and the 334 prompts (base64 is no encryption), bearer
 * tokens, "password=...", "https://user:password@host". Each becomes "***" before anything else
 * looks at the text, so that nothing later can repeat it. Line ends stay where they are. */
#ifndef RULES_EXPLAIN_REDACT_H
#define RULES_EXPLAIN_REDACT_H
#include "base/buf.h"

struct strlist;

/* Appends `in` (from unwrap_text) without secrets. Names of accounts that sign in, as far as the
 * AUTH exchange tells, are added to `accounts` in lower case. */
void redact_text(const struct buf *in, struct buf *out, struct strlist *accounts);

#endif
