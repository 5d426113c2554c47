/* reports/redact.h - reports that name nobody: people, IP addresses and secrets become tokens.
 *
 * It works where texts come out of the store (store_set_filter), so that every format, and every
 * part of one, gets the same: what a report says it cannot have got around this. Texts of rules
 * (table rule), of the profile's and the evaluation's own columns, and of graphaudit itself stay.
 *
 * upn     user principal names, mail addresses, display names of accounts and mailboxes, and who
 *         owns or approved a waiver. "person-3f9a2c81d04e" is an account or mailbox of the
 *         snapshot, the same in every text and report; an address keeps its domain:
 *         "person-3f9a2c81d04e@contoso.com", the local part of any other becomes "address-...".
 *         A name that several have is "name-...". Object ids stay: they are how an administrator
 *         finds out who it is, and nobody outside of the tenant can.
 * ip      IPv4 and IPv6 addresses: "ip-..."; a prefix length stays, and so do unspecified and
 *         loopback addresses.
 * secret  what looks like a token, a key or a password in texts of the tenant: "secret-...".
 *
 * What is not found: people that the snapshot does not know by name, nicknames, parts of names,
 * names that consist of words of our own texts ("Info") within a sentence, phone numbers, secrets
 * that look like words. Tokens are the first 12 hex digits of an HMAC-SHA-256.
 *
 * Keys. With one of the caller's all tokens are made with it, and are the same in all reports that
 * have it. Without one, an account's token is made of its object id and the tenant's id: the same
 * in all reports of one tenant, and not to be guessed from a name. All other tokens are made with a
 * key out of the whole evidence (snapshot_key): the same in all reports of one snapshot. */
#ifndef REPORTS_REDACT_H
#define REPORTS_REDACT_H
#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct store;
struct redact;

enum redact_kind { REDACT_UPN = 1, REDACT_IP = 2, REDACT_SECRET = 4 };
enum { REDACT_KEY_LEAST = 16 /* bytes */ };

/* "upn,ip": a set of enum redact_kind. ERR_USAGE names a kind that there is not. */
enum err_code redact_kinds_parse(const char *list, unsigned *out, struct err *e);
/* The name of the i-th kind, which is bit i, and what it covers; NULL past the end. */
const char *redact_kind_name(size_t i);
const char *redact_kind_covers(size_t i);

struct redact_options {
    unsigned kinds;
    const void *key; /* NULL: none; copied */
    size_t key_bytes;
};
struct redact *redact_new(const struct redact_options *o);
/* Reads who there is, of each snapshot that texts come from; keys come from the last one. Before
 * redact_apply(). */
enum err_code redact_learn(struct redact *r, struct store *s, struct err *e);
/* For texts without a snapshot: nobody is known by name, and without a key of the caller's it comes
 * out of this text. */
void redact_learn_nobody(struct redact *r, const char *text, size_t n);
/* From now on texts out of this store are redacted, until redact_free(). Once. */
void redact_apply(struct redact *r, struct store *s);
void redact_free(struct redact *r); /* NULL is a no-op */

/* A text that comes from elsewhere. False: it stays, and `out` is empty. */
bool redact_string(struct redact *r, const char *text, struct buf *out);

/* "upn, ip"; "" for none. Caller frees. */
char *redact_kinds_text(unsigned kinds);
/* What these kinds leave out, and what is not, as a paragraph; NULL for none. Caller frees. */
char *redact_words(unsigned kinds);

/* What is redacted of this store's texts: a set of enum redact_kind; 0: nothing. */
unsigned redact_kinds_of(const struct store *s);

#endif
