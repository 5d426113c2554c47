/* rules/smtp_reply.h - what Exchange Online's submission server answers, and what it means.
 *
 * One row an answer. `text` is the part that tells it from the others, as the server writes it;
 * what follows it in real logs (a " [host date id]" tail) is not part of it. Causes are ordered:
 * the likeliest first. Texts were taken from public transcripts and from Microsoft's articles;
 * `is_seen` says whether the wording was, and `confidence` how sure the meaning is. */
#ifndef RULES_SMTP_REPLY_H
#define RULES_SMTP_REPLY_H
#include <stdbool.h>
#include <stddef.h>

enum { SMTP_REPLY_CAUSES = 5 };

struct smtp_reply {
    const char *id;
    int code;
    const char *enhanced; /* RFC 3463 code; "" when the server sends none */
    int enhanced_to;      /* last value of the third number when one row covers a range, else 0 */
    const char *text;
    const char *stage;     /* connect|pre-auth|auth|mail-from|rcpt|data */
    const char *layer;     /* what stops the message; "none" and "any" are possible */
    const char *mechanism; /* basic|oauth|any */
    const char *causes[SMTP_REPLY_CAUSES]; /* NULL-padded, at least one */
    const char *setting;                   /* where it is decided, or NULL */
    const char *fix;                       /* NULL when nothing is wrong */
    const char *confidence;                /* high|medium|low */
    bool is_seen;
};

size_t smtp_reply_count(void);
const struct smtp_reply *smtp_reply_at(size_t i); /* sorted by id; NULL past the end */
const struct smtp_reply *smtp_reply_find(const char *id);

#endif
