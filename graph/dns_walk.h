/* graph/dns_walk.h - which DNS questions the mail domains of a tenant raise, and where answers
 * lead.
 *
 * Pure: whoever owns a resolver takes questions out and puts answers in, in any order; the result
 * does not depend on the order. A name is asked once, however many domains lead to it. For each
 * mail domain D: TXT D (spf), from there every include and redirect (spf-include, one after the
 * other, at most LIMIT_SPF_LOOKUPS, each name once: a loop ends) and what the mechanisms a (A and
 * AAAA), mx (MX) and exists (A) of all these records ask for (spf-term, at most LIMIT_SPF_LOOKUPS
 * of them; only whether there is an answer is kept: void lookups, RFC 7208 section 4.6.4); TXT
 * _dmarc.D and that of the tenant's own domains above D (dmarc); CNAME selector1 and
 * selector2._domainkey.D, TXT where the name has no CNAME (dkim; not for Microsoft's own domains,
 * which sign under other names); MX D. */
#ifndef GRAPH_DNS_WALK_H
#define GRAPH_DNS_WALK_H
#include "base/strs.h"
#include "dns_reply.h"

#include <stdbool.h>
#include <stddef.h>

struct dns_walk; /* opaque */

/* Both lists hold lower-case names; mail domains are sorted and unique. They are copied. */
struct dns_walk *dns_walk_new(const struct strlist *mail_domains,
                              const struct strlist *own_domains);
void dns_walk_free(struct dns_walk *w); /* NULL is a no-op */

struct dns_question {
    size_t id;
    enum dns_type type;
    const char *name; /* borrowed; valid as long as the walk */
};
/* False: nothing to ask now. When no question is out either, the walk is over. */
bool dns_walk_next(struct dns_walk *w, struct dns_question *out);
/* `values` is read when the state is DNS_FOUND; it is copied. */
void dns_walk_answer(struct dns_walk *w, size_t id, enum dns_state state,
                     const struct strlist *values, bool is_cut);

/* Questions without an answer, because nobody asked them to the end. */
size_t dns_walk_unanswered(const struct dns_walk *w);

struct dns_row {
    const char *domain, *purpose, *type, *name, *value, *state; /* value: NULL without an answer */
    size_t ordinal;
    bool is_cut; /* more answers than are kept */
};
/* Whether a row says only what became of a question: it has no value, whatever the state. */
bool dns_row_is_term(const struct dns_row *row);
/* Every answer row of answered questions, domain by domain. Stops when `each` returns false. */
void dns_walk_rows(const struct dns_walk *w, bool (*each)(void *ctx, const struct dns_row *row),
                   void *ctx);

/* What an SPF record makes a receiver look up, names in lower case, each list in the record's
 * order. Names with macros cannot be followed and are left out. */
struct spf_names {
    struct strlist follow; /* included, redirected to */
    struct strlist terms;  /* "a NAME", "mx NAME", "exists NAME"; those behind `all` never count */
};
/* `name`: whose record it is, for mechanisms that name nothing. False: not an SPF record (RFC 7208
 * section 4.5). A redirect counts only without `all` (section 6.1). Caller releases. */
bool spf_read(const char *record, const char *name, struct spf_names *out);
void spf_names_release(struct spf_names *n);

#endif
