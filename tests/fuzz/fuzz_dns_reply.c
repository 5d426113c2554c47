/* A DNS message from a stranger, read as each of the types we ask for; its texts then go where the
 * collector takes them. */
#include "dns_reply.h"
#include "dns_walk.h"

#include "base/limits.h"
#include "base/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum dns_type types[] = {DNS_TXT, DNS_CNAME, DNS_MX, DNS_A, DNS_AAAA};

    for (size_t t = 0; t < COUNT_OF(types); t++) {
        struct strlist values = {0};
        struct spf_names names = {0};
        bool cut = false;
        enum dns_state state = dns_reply_read(data, size, types[t], &values, &cut);

        if ((state == DNS_FOUND) != (values.n > 0) && state != DNS_ERROR)
            abort();
        if (values.n > LIMIT_DNS_ANSWERS)
            abort();
        for (size_t i = 0; i < values.n; i++) {
            if (types[t] == DNS_TXT && !utf8_valid(values.v[i], strlen(values.v[i])))
                abort();
            (void)spf_read(values.v[i], "a.example", &names);
        }
        for (size_t i = 0; i < names.follow.n; i++)
            if (!dns_name_is_plain(names.follow.v[i]))
                abort();
        for (size_t i = 0; i < names.terms.n; i++)
            if (!dns_name_is_plain(strchr(names.terms.v[i], ' ') + 1))
                abort();
        spf_names_release(&names);
        strlist_release(&values);
    }
    return 0;
}
