/* A device filter is whatever an administrator, or somebody who could write the policy, made of it:
 * reading one never crashes, and a rule that was read gives an answer for any device. */
#include "ca_filter.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *of_mode(const void *mode, const char *property)
{
    switch (*(const int *)mode) {
    case 0:
        return NULL;
    case 1:
        return property;
    default:
        return ca_unknown_value;
    }
}

static void count(void *ctx, const char *property, const char *literal, int operation,
                  bool is_partial)
{
    size_t *n = ctx;

    (void)literal;
    (void)operation;
    (void)is_partial;
    *n += strlen(property);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ca_pool pool = {0};
    char *text = malloc(size + 1);
    const struct ca_rule *r;
    size_t n = 0;

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    r = ca_rule_parse(&pool, text);
    if (r != NULL) {
        for (int mode = 0; mode < 3; mode++) {
            enum ca_tri t = ca_rule_match(r, of_mode, &mode);

            if (t == CA_MAYBE && mode != 2)
                abort(); /* all is known: an answer is due */
        }
        ca_rule_literals(r, count, &n);
        (void)ca_rule_is_mixed(r);
    }
    ca_pool_release(&pool);
    free(text);
    return 0;
}
