#include "base/minisign.h"

#include "base/attrs.h"
#include "base/limits.h"
#include "base/mem.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SIGNATURE_BYTES = 64,
    HASH_BYTES = 64,
    KEY_RECORD = 2 + MINISIGN_ID_BYTES + MINISIGN_KEY_BYTES,
    SIGNATURE_RECORD = 2 + MINISIGN_ID_BYTES + SIGNATURE_BYTES,
    /* A secret key: algorithm, key derivation, checksum; salt, operations, memory; then what may be
     * locked: id, seed, public half, checksum. */
    SALT_AT = 6,
    SALT_BYTES = 32,
    OPERATIONS_AT = SALT_AT + SALT_BYTES,
    MEMORY_AT = OPERATIONS_AT + 8,
    LOCKED_AT = MEMORY_AT + 8,
    CHECKSUM_BYTES = 32,
    LOCKED_BYTES = MINISIGN_ID_BYTES + 2 * MINISIGN_KEY_BYTES + CHECKSUM_BYTES,
    SECRET_RECORD = LOCKED_AT + LOCKED_BYTES,
    RECORD_MAX = 160
};

static const char untrusted[] = "untrusted comment: ";
static const char trusted[] = "trusted comment: ";

/* ---- lines ---- */

struct lines {
    const char *p;
    size_t n;
};

/* The next line without its end. False when there is none. */
static bool next_line(struct lines *l, const char **line, size_t *n)
{
    const char *end = l->n > 0 ? memchr(l->p, '\n', l->n) : NULL;
    size_t all = end != NULL ? (size_t)(end - l->p) : l->n;

    if (l->n == 0)
        return false;
    *line = l->p;
    *n = all > 0 && l->p[all - 1] == '\r' ? all - 1 : all;
    all += end != NULL ? 1 : 0;
    l->p += all;
    l->n -= all;
    return true;
}

static bool starts(const char *line, size_t n, const char *prefix)
{
    return n >= strlen(prefix) && memcmp(line, prefix, strlen(prefix)) == 0;
}

/* RFC 4648 section 4, padded, nothing else in the line; false unless it is `want` bytes. */
static bool base64(const char *line, size_t n, unsigned char *out, size_t want)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned char raw[RECORD_MAX + 4];
    size_t pad = (3 - want % 3) % 3;
    bool ok = n == (want + 2) / 3 * 4 && want <= RECORD_MAX;

    for (size_t i = 0; ok && i < n; i++)
        ok = i + pad < n ? line[i] != '\0' && strchr(digits, line[i]) != NULL : line[i] == '=';
    ok = ok && EVP_DecodeBlock(raw, (const unsigned char *)line, (int)n) == (int)(want + pad);
    if (ok)
        memcpy(out, raw, want);
    secret_wipe(raw, sizeof raw);
    return ok;
}

/* "untrusted comment: ..." and a record behind it; a public key is also taken without the first. */
static bool read_record(struct lines *l, unsigned char *out, size_t want)
{
    const char *line = NULL;
    size_t n = 0;

    if (!next_line(l, &line, &n))
        return false;
    if (starts(line, n, untrusted) && !next_line(l, &line, &n))
        return false;
    return base64(line, n, out, want);
}

static bool is_end(struct lines *l)
{
    const char *line = NULL;
    size_t n = 0;

    while (next_line(l, &line, &n))
        if (n > 0)
            return false;
    return true;
}

void minisign_id_text(const unsigned char id[MINISIGN_ID_BYTES], char out[MINISIGN_ID_TEXT_BYTES])
{
    uint64_t n = 0;

    for (size_t i = 0; i < MINISIGN_ID_BYTES; i++)
        n |= (uint64_t)id[i] << (8 * i);
    (void)snprintf(out, MINISIGN_ID_TEXT_BYTES, "%" PRIX64, n);
}

/* ---- keys ---- */

enum err_code minisign_read_key(const char *bytes, size_t n, const char *what,
                                struct minisign_key *out, struct err *e)
{
    struct lines l = {bytes, n};
    unsigned char raw[KEY_RECORD];

    if (n > MINISIGN_FILE_BYTES || !read_record(&l, raw, sizeof raw) || !is_end(&l) ||
        memcmp(raw, "Ed", 2) != 0)
        return err_set(e, ERR_PARSE, "'%s' is not a minisign public key", what);
    memcpy(out->id, raw + 2, MINISIGN_ID_BYTES);
    memcpy(out->key, raw + 2 + MINISIGN_ID_BYTES, MINISIGN_KEY_BYTES);
    return ERR_OK;
}

static uint64_t number(const unsigned char *p)
{
    uint64_t v = 0;

    for (size_t i = 8; i-- > 0;)
        v = v << 8 | p[i];
    return v;
}

/* From operations and memory to scrypt's N, r and p, as libsodium's pickparams() does for
 * crypto_pwhash_scryptsalsa208sha256. */
static void pick(uint64_t operations, uint64_t memory, uint64_t *cost, uint64_t *parallel)
{
    static const uint64_t r = 8;
    static const uint64_t least = 32768;
    uint64_t most;
    uint64_t log2 = 1;

    if (operations < least)
        operations = least;
    most = operations < memory / 32 ? operations / (r * 4) : memory / (r * 128);
    while (log2 < 40 && (uint64_t)1 << log2 <= most / 2)
        log2++;
    *cost = (uint64_t)1 << log2;
    *parallel = 1;
    if (operations >= memory / 32)
        *parallel = operations / 4 / *cost / r;
    if (*parallel < 1)
        *parallel = 1;
}

static bool unlock(unsigned char *raw, const struct secret *password, struct err *e)
{
    unsigned char stream[LOCKED_BYTES];
    uint64_t cost;
    uint64_t parallel;
    uint64_t memory = number(raw + MEMORY_AT);
    bool ok;

    if (memory > LIMIT_SCRYPT_BYTES || number(raw + OPERATIONS_AT) > LIMIT_SCRYPT_BYTES / 16) {
        err_set(e, ERR_LIMIT,
                "unlocking it would take more than %lld MiB of memory or far too long",
                (long long)(LIMIT_SCRYPT_BYTES / (1024 * 1024)));
        return false;
    }
    pick(number(raw + OPERATIONS_AT), memory, &cost, &parallel);
    ok = EVP_PBE_scrypt(password->p, password->n, raw + SALT_AT, SALT_BYTES, cost, 8, parallel,
                        (uint64_t)LIMIT_SCRYPT_BYTES + LIMIT_SCRYPT_BYTES / 16, stream,
                        sizeof stream) == 1;
    if (!ok)
        err_set(e, ERR_LIMIT, "unlocking it failed: is there %llu MiB of memory?",
                (unsigned long long)memory >> 20);
    for (size_t i = 0; ok && i < sizeof stream; i++)
        raw[LOCKED_AT + i] ^= stream[i];
    secret_wipe(stream, sizeof stream);
    return ok;
}

static bool public_half(const unsigned char *seed, unsigned char out[MINISIGN_KEY_BYTES])
{
    EVP_PKEY *k = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, MINISIGN_KEY_BYTES);
    size_t n = MINISIGN_KEY_BYTES;
    bool ok = k != NULL && EVP_PKEY_get_raw_public_key(k, out, &n) == 1;

    EVP_PKEY_free(k);
    return ok && n == MINISIGN_KEY_BYTES;
}

static enum err_code take_secret(unsigned char *raw, const char *what,
                                 const struct secret *password, struct minisign_secret *out,
                                 struct err *e)
{
    const unsigned char *seed = raw + LOCKED_AT + MINISIGN_ID_BYTES;
    unsigned char half[MINISIGN_KEY_BYTES];
    bool is_locked = memcmp(raw + 2, "Sc", 2) == 0;

    if (memcmp(raw, "Ed", 2) != 0 || memcmp(raw + 4, "B2", 2) != 0 ||
        (!is_locked && (raw[2] != 0 || raw[3] != 0)))
        return err_set(e, ERR_PARSE, "'%s' is a minisign secret key of an unknown kind", what);
    if (is_locked && password == NULL)
        return err_set(e, ERR_USAGE, "'%s' is locked by a password: give a file that holds it",
                       what);
    if (is_locked && !unlock(raw, password, e))
        return err_wrap(e, "'%s'", what);
    if (!public_half(seed, half) || memcmp(half, seed + MINISIGN_KEY_BYTES, sizeof half) != 0)
        return is_locked ? err_set(e, ERR_USAGE, "the password does not open '%s'", what)
                         : err_set(e, ERR_PARSE, "'%s' is damaged", what);
    memcpy(out->id, raw + LOCKED_AT, MINISIGN_ID_BYTES);
    memcpy(out->seed, seed, MINISIGN_KEY_BYTES);
    return ERR_OK;
}

enum err_code minisign_read_secret(const char *bytes, size_t n, const char *what,
                                   const struct secret *password, struct minisign_secret *out,
                                   struct err *e)
{
    struct lines l = {bytes, n};
    unsigned char raw[SECRET_RECORD];
    enum err_code code;

    if (n > MINISIGN_FILE_BYTES || !read_record(&l, raw, sizeof raw) || !is_end(&l))
        code = err_set(e, ERR_PARSE, "'%s' is not a minisign secret key", what);
    else
        code = take_secret(raw, what, password, out, e);
    secret_wipe(raw, sizeof raw);
    return code;
}

/* ---- signatures ---- */

enum err_code minisign_read_signature(const char *bytes, size_t n, const char *what,
                                      struct minisign_signature *out, struct err *e)
{
    struct lines l = {bytes, n};
    unsigned char raw[SIGNATURE_RECORD];
    const char *line = NULL;
    size_t len = 0;
    size_t prefix = strlen(trusted);

    if (n > MINISIGN_FILE_BYTES || !starts(bytes, n, untrusted) ||
        !read_record(&l, raw, sizeof raw) || raw[0] != 'E' || (raw[1] != 'd' && raw[1] != 'D') ||
        !next_line(&l, &line, &len) || !starts(line, len, trusted) ||
        len - prefix >= MINISIGN_COMMENT_BYTES || memchr(line, '\0', len) != NULL)
        return err_set(e, ERR_PARSE, "'%s' is not a minisign signature", what);
    memcpy(out->comment, line + prefix, len - prefix);
    out->comment[len - prefix] = '\0';
    if (!next_line(&l, &line, &len) || !base64(line, len, out->global, sizeof out->global) ||
        !is_end(&l))
        return err_set(e, ERR_PARSE, "'%s' has no signature of its trusted comment", what);
    out->is_hashed = raw[1] == 'D';
    memcpy(out->id, raw + 2, MINISIGN_ID_BYTES);
    memcpy(out->main, raw + 2 + MINISIGN_ID_BYTES, SIGNATURE_BYTES);
    return ERR_OK;
}

static bool hash(const void *data, size_t n, unsigned char out[HASH_BYTES])
{
    unsigned len = 0;

    return EVP_Digest(data, n, out, &len, EVP_blake2b512(), NULL) == 1 && len == HASH_BYTES;
}

static bool verify_one(EVP_PKEY *key, const unsigned char *sig, const void *data, size_t n)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1 &&
              EVP_DigestVerify(ctx, sig, SIGNATURE_BYTES, data, n) == 1;

    EVP_MD_CTX_free(ctx);
    return ok;
}

/* What the second signature covers; caller frees. */
static unsigned char *with_comment(const unsigned char *sig, const char *comment, size_t *n)
{
    size_t len = strlen(comment);
    unsigned char *all = xcalloc(1, SIGNATURE_BYTES + len + 1);

    memcpy(all, sig, SIGNATURE_BYTES);
    memcpy(all + SIGNATURE_BYTES, comment, len + 1);
    *n = SIGNATURE_BYTES + len;
    return all;
}

bool minisign_verify(const struct minisign_key *key, const struct minisign_signature *sig,
                     const void *data, size_t n)
{
    unsigned char md[HASH_BYTES];
    size_t all_n = 0;
    unsigned char *all;
    EVP_PKEY *k;
    bool ok;

    if (memcmp(key->id, sig->id, MINISIGN_ID_BYTES) != 0)
        return false;
    k = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key->key, MINISIGN_KEY_BYTES);
    all = with_comment(sig->main, sig->comment, &all_n);
    ok = k != NULL && (!sig->is_hashed || hash(data, n, md)) &&
         (sig->is_hashed ? verify_one(k, sig->main, md, sizeof md)
                         : verify_one(k, sig->main, data, n)) &&
         verify_one(k, sig->global, all, all_n);
    free(all);
    EVP_PKEY_free(k);
    return ok;
}

static bool sign_one(EVP_PKEY *key, const void *data, size_t n, unsigned char out[SIGNATURE_BYTES])
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    size_t len = SIGNATURE_BYTES;
    bool ok = ctx != NULL && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
              EVP_DigestSign(ctx, out, &len, data, n) == 1 && len == SIGNATURE_BYTES;

    EVP_MD_CTX_free(ctx);
    return ok;
}

static void add_base64(struct buf *out, const unsigned char *bytes, size_t n)
{
    unsigned char text[(RECORD_MAX + 2) / 3 * 4 + 1];

    (void)EVP_EncodeBlock(text, bytes, (int)n);
    buf_adds(out, (const char *)text);
    buf_addc(out, '\n');
}

enum err_code minisign_sign(const struct minisign_secret *secret, const void *data, size_t n,
                            const char *comment, struct buf *out, struct minisign_key *key,
                            struct err *e)
{
    EVP_PKEY *k =
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret->seed, MINISIGN_KEY_BYTES);
    unsigned char raw[SIGNATURE_RECORD] = {'E', 'D'};
    unsigned char *sig = raw + 2 + MINISIGN_ID_BYTES;
    unsigned char global[SIGNATURE_BYTES];
    unsigned char md[HASH_BYTES];
    unsigned char *all = NULL;
    size_t all_n = 0;
    bool ok = k != NULL && hash(data, n, md) && sign_one(k, md, sizeof md, sig);

    if (ok) {
        all = with_comment(sig, comment, &all_n);
        ok = sign_one(k, all, all_n, global);
    }
    if (ok) {
        memcpy(raw + 2, secret->id, MINISIGN_ID_BYTES);
        buf_addf(out, "%ssignature from graphaudit\n", untrusted);
        add_base64(out, raw, sizeof raw);
        buf_addf(out, "%s%s\n", trusted, comment);
        add_base64(out, global, sizeof global);
    }
    if (ok && key != NULL) {
        memcpy(key->id, secret->id, MINISIGN_ID_BYTES);
        ok = public_half(secret->seed, key->key);
    }
    free(all);
    EVP_PKEY_free(k);
    return ok ? ERR_OK : err_set(e, ERR_BUG, "Ed25519 is not available");
}
