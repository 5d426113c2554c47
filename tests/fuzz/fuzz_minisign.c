/* Key and signature files: read or refused, never more; what is read signs and verifies. */
#include "base/minisign.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct minisign_key key;
    struct minisign_secret secret;
    struct minisign_signature sig;
    struct err e = ERR_INIT;

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    if (minisign_read_key(text, size, "f", &key, &e) != ERR_OK && e.code != ERR_PARSE)
        abort();
    err_clear(&e);
    if (minisign_read_signature(text, size, "f", &sig, &e) == ERR_OK) {
        if (strlen(sig.comment) >= MINISIGN_COMMENT_BYTES || strchr(sig.comment, '\n') != NULL)
            abort();
        memset(&key, 0, sizeof key);
        memcpy(key.id, sig.id, sizeof key.id);
        (void)minisign_verify(&key, &sig, text, size);
    } else if (e.code != ERR_PARSE) {
        abort();
    }
    err_clear(&e);
    /* No password: unlocking is slow by design. */
    if (minisign_read_secret(text, size, "f", NULL, &secret, &e) == ERR_OK) {
        struct buf out;

        buf_init(&out, MINISIGN_FILE_BYTES);
        if (minisign_sign(&secret, text, size, "c", &out, &key, &e) != ERR_OK ||
            minisign_read_signature(out.p, out.n, "s", &sig, &e) != ERR_OK ||
            !minisign_verify(&key, &sig, text, size))
            abort();
        buf_release(&out);
    } else if (e.code != ERR_PARSE && e.code != ERR_USAGE) {
        abort();
    }
    free(text);
    return 0;
}
