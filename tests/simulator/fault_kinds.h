/* fault_kinds.h - what a fault can do (private to faults.c and fault_*.c).
 *
 * fault_table.c has the one table of all kinds. Kinds that answer instead of the service are in
 * fault_instead.c, those that damage a good reply in fault_damage.c. */
#ifndef SIM_FAULT_KINDS_H
#define SIM_FAULT_KINDS_H

#include "faults.h"

typedef bool fault_instead_fn(const struct fault *f, struct request *r, struct reply *p);
typedef void fault_damage_fn(const struct fault *f, struct request *r, struct reply *p);

struct fault_kind {
    const char *name;
    const char
        *where; /* words: http, dns, smtp, proxy; accept, listen: before there is a request */
    const char *means; /* one line, for --list-faults and the README */
    fault_instead_fn *before;
    fault_damage_fn *after;
    const char *arg; /* of the function: a template, a certificate's defect */
};

extern const struct fault_kind fault_kinds[];
extern const size_t fault_kind_count;

long fault_number(const struct fault *f, long otherwise);
/* {self} and {stranger}: origins; {host} and {foreign}: their host:port; {target}. */
char *fault_expand(const struct request *r, const char *template);

fault_instead_fn fault_status, fault_reset, fault_empty, fault_html, fault_error_in_200,
    fault_redirect, fault_claims, fault_nonpremium, fault_revoke, fault_endless_before, fault_big,
    fault_bomb, fault_bad_json, fault_headers, fault_interim, fault_result_size;
fault_damage_fn fault_truncate, fault_slow, fault_bad_utf8, fault_nul, fault_deep, fault_dup_keys,
    fault_wrong_type, fault_missing, fault_set, fault_empty_page, fault_next, fault_next_endless,
    fault_http10, fault_warning;

#endif
