/* rules_trust.h - which keys are trusted, and whether a pack folder was signed by one of them. */
#ifndef CLI_RULES_TRUST_H
#define CLI_RULES_TRUST_H
#include "base/err.h"
#include "base/minisign.h"
#include "base/strs.h"

#include <stddef.h>

struct context;
struct ruleset;

/* Where trusted public keys are without --trusted-keys. */
#define TRUSTED_KEYS_FOLDER "/etc/graphaudit/trusted-keys.d"

struct trusted_keys {
    struct minisign_key *v;
    size_t n;
};
/* The file, or every *.pub in the folder, that --trusted-keys names, or TRUSTED_KEYS_FOLDER: that
 * one may be missing. ERR_USAGE for a file that is no key. Release it always. */
enum err_code trusted_keys_load(const struct context *c, struct trusted_keys *out, struct err *e);
void trusted_keys_release(struct trusted_keys *k);

struct pack_trust {
    char id[MINISIGN_ID_TEXT_BYTES]; /* of the key that signed, as the signature says */
    char comment[MINISIGN_COMMENT_BYTES];
    char *manifest; /* owned: its text, once the signature holds */
    size_t manifest_n;
    size_t files;
    struct strlist faults; /* owned; empty: signed by a trusted key, and nothing differs */
};
/* What is wrong with a pack's signature goes to out->faults. Release it always. */
void pack_trust_check(const char *folder, const struct trusted_keys *keys, struct pack_trust *out);
void pack_trust_release(struct pack_trust *t);

/* What --rules-trust asks for, over everything that --rules named: strict refuses (ERR_USAGE), warn
 * warns. The packs inside the program need no signature. */
enum err_code rules_trust(const struct context *c, const struct ruleset *rs, struct err *e);

#endif
