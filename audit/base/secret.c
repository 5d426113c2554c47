#include "base/secret.h"

#include "base/mem.h"

#include <openssl/crypto.h>
#include <stdlib.h>

void secret_set(struct secret *s, const char *bytes, size_t n)
{
    secret_release(s);
    s->p = xstrndup(bytes, n);
    s->n = n;
}

void secret_release(struct secret *s)
{
    if (s->p != NULL) {
        OPENSSL_cleanse(s->p, s->n);
        free(s->p);
    }
    s->p = NULL;
    s->n = 0;
}

void secret_wipe(void *p, size_t n)
{
    if (p != NULL)
        OPENSSL_cleanse(p, n);
}
