/* base/minisign.h - signatures of files in minisign's format, by OpenSSL's Ed25519 and BLAKE2b-512.
 *
 * Format: https://jedisct1.github.io/minisign/ (its own page). A public key is "Ed", an 8-byte key
 * id and 32 bytes; a signature is "ED" (over the BLAKE2b-512 of the file) or, from old versions,
 * "Ed" (over the file itself), the key id and 64 bytes, and a second signature covers the first
 * together with the trusted comment. A secret key may be locked by a password through scrypt.
 *
 * Of a secret key's BLAKE2b-256 checksum OpenSSL 3.0 has no function: that its two halves belong
 * together is checked instead, which a wrong password fails as surely. */
#ifndef BASE_MINISIGN_H
#define BASE_MINISIGN_H
#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"

#include <stddef.h>

enum {
    MINISIGN_ID_BYTES = 8,
    MINISIGN_KEY_BYTES = 32,
    MINISIGN_ID_TEXT_BYTES = 17,    /* as minisign writes it: 16 upper-case digits, and NUL */
    MINISIGN_COMMENT_BYTES = 8192,  /* of a trusted comment, NUL counted: minisign's own limit */
    MINISIGN_FILE_BYTES = 16 * 1024 /* of a key or signature file */
};

struct minisign_key {
    unsigned char id[MINISIGN_ID_BYTES];
    unsigned char key[MINISIGN_KEY_BYTES];
};
/* Wipe with secret_wipe(). */
struct minisign_secret {
    unsigned char id[MINISIGN_ID_BYTES];
    unsigned char seed[MINISIGN_KEY_BYTES];
};

/* All readers take a file's `n` bytes and name it `what` in errors (ERR_PARSE). */
enum err_code minisign_read_key(const char *bytes, size_t n, const char *what,
                                struct minisign_key *out, struct err *e);
/* `password` may be NULL. ERR_USAGE: it is locked and there is none, or a wrong one. Unlocking
 * takes as much memory as the key file asks for, usually 1 GiB (LIMIT_SCRYPT_BYTES is the most). */
enum err_code minisign_read_secret(const char *bytes, size_t n, const char *what,
                                   const struct secret *password, struct minisign_secret *out,
                                   struct err *e);
/* A little-endian number in hexadecimal digits, as minisign writes it into the comment of a key:
 * without leading zeros. */
void minisign_id_text(const unsigned char id[MINISIGN_ID_BYTES], char out[MINISIGN_ID_TEXT_BYTES]);

struct minisign_signature {
    unsigned char id[MINISIGN_ID_BYTES];
    unsigned char main[64], global[64];
    bool is_hashed;
    char comment[MINISIGN_COMMENT_BYTES]; /* trusted once minisign_verify() said so */
};
enum err_code minisign_read_signature(const char *bytes, size_t n, const char *what,
                                      struct minisign_signature *out, struct err *e);
/* Whether the key made this signature of `data`, trusted comment included. */
bool minisign_verify(const struct minisign_key *key, const struct minisign_signature *sig,
                     const void *data, size_t n);

/* Appends a whole signature file ("ED") to `out`; `comment` is one line. The key's public half goes
 * to *key (may be NULL). */
enum err_code minisign_sign(const struct minisign_secret *secret, const void *data, size_t n,
                            const char *comment, struct buf *out, struct minisign_key *key,
                            struct err *e);

#endif
