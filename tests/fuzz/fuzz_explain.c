/* Any bytes as a log: no crash, no endless work, and what comes out keeps its promises. */
#include "base/text.h"
#include "rules/explain.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int holds)
{
    if (!holds)
        abort();
}

static void check_finding(const struct explanation *x, const struct explain_finding *f)
{
    check(f->count >= 1 && f->line >= 1 && f->last_line >= f->line);
    check(f->last_line <= x->lines + 1);
    check(f->kind != EXPLAIN_REPLY || f->reply != NULL);
    check(f->kind != EXPLAIN_UNKNOWN || (f->reply == NULL && f->text != NULL));
    check(f->candidate_count <= EXPLAIN_CANDIDATES);
    check(f->text == NULL ||
          (utf8_valid(f->text, strlen(f->text)) && strchr(f->text, '\n') == NULL));
    check(strspn(f->support.host, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                  ".:-+") == strlen(f->support.host));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct explanation *x = NULL;
    struct err e = ERR_INIT;

    if (explain_text((const char *)data, size, &x, &e) != ERR_OK)
        return 0;
    for (size_t i = 0; i < x->n; i++)
        check_finding(x, &x->v[i]);
    check(x->addresses.n <= 16);
    explain_free(x);
    return 0;
}
