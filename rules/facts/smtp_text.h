/* rules/facts/smtp_text.h - a verdict in words: layers, explanation, fix.
 *
 * Names written by strangers are shortened here and escaped by whoever prints them. In commands a
 * mailbox is named by its address only when that holds nothing a shell could trip over, else by
 * its GUID. */
#ifndef RULES_FACTS_SMTP_TEXT_H
#define RULES_FACTS_SMTP_TEXT_H
#include "base/buf.h"
#include "model/evidence.h"
#include "smtp_gates.h"

enum { SMTP_TEXT_BYTES = 16 * 1024 };

/* How commands name a mailbox. Two mailboxes that are named in the same way, and differ in nothing
 * else but these names, have the same texts but for the name itself. */
enum smtp_naming { SMTP_BY_ADDRESS, SMTP_BY_GUID, SMTP_UNNAMED };
enum smtp_naming smtp_text_naming(const struct smtp_case *c);

/* The layers whose answer for basic is the verdict's, as a JSON array in gate order; [] for allow.
 * All three append to a buffer of the caller's. */
void smtp_text_layers(const struct smtp_verdict *v, struct buf *out);
void smtp_text_explanation(const struct smtp_case *c, const struct smtp_verdict *v,
                           const struct evidence_states *states, struct buf *out);
/* The repair of every row that gave the verdict, numbered when there are several; nothing for allow
 * and not_applicable. */
void smtp_text_fix(const struct smtp_case *c, const struct smtp_verdict *v,
                   const struct evidence_states *states, struct buf *out);
/* A text of `row`, or another with the same placeholders, filled in. */
void smtp_text_fill(const char *text, const struct smtp_row *row, const struct smtp_case *c,
                    const struct evidence_states *states, struct buf *out);

#endif
