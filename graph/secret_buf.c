#include "secret_buf.h"

#include "base/secret.h"

void secret_buf_reserve(struct buf *b, size_t n)
{
    static const char zeros[1024];

    for (size_t have = 0; have < n; have += sizeof zeros)
        buf_add(b, zeros, n - have < sizeof zeros ? n - have : sizeof zeros);
    buf_clear(b); /* keeps the memory */
}

void secret_buf_release(struct buf *b)
{
    secret_wipe(b->p, b->n);
    buf_release(b);
}
