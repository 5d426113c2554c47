#include "base/mem.h"
#include "dns_walk.h"

#include <stdlib.h>
#include <string.h>

static bool is_version(const char *s)
{
    return str_istarts(s, "v=spf1") && (s[6] == '\0' || s[6] == ' ');
}

static bool is_all(const char *term, size_t n)
{
    if (n > 0 && strchr("+-~?", *term) != NULL) {
        term++;
        n--;
    }
    return n == 3 && str_istarts(term, "all");
}

/* The domain of "prefix<domain>"; caller frees. NULL: another term, or nothing to follow. */
static char *domain_of(const char *term, size_t n, const char *prefix)
{
    size_t skip = strlen(prefix);
    char *name;

    if (n <= skip || !str_istarts(term, prefix))
        return NULL;
    name = xstrndup(term + skip, n - skip);
    str_lower_inplace(name);
    if (str_ends(name, "."))
        name[strlen(name) - 1] = '\0';
    if (dns_name_is_plain(name)) /* '%' starts a macro */
        return name;
    free(name);
    return NULL;
}

bool spf_targets(const char *record, struct strlist *out)
{
    char *redirect = NULL;
    bool all = false;

    if (!is_version(record))
        return false;
    for (const char *at = record + 6; *at != '\0';) {
        size_t n;
        const char *term;
        char *name;

        at += strspn(at, " ");
        n = strcspn(at, " ");
        term = at;
        at += n;
        if (n == 0)
            break;
        all = all || is_all(term, n);
        name = domain_of(term, n, "redirect=");
        if (name != NULL) {
            free(redirect);
            redirect = name;
            continue;
        }
        if (n > 1 && strchr("+-~?", *term) != NULL) {
            term++;
            n--;
        }
        name = domain_of(term, n, "include:");
        if (name != NULL)
            strlist_add(out, name);
        free(name);
    }
    if (redirect != NULL && !all)
        strlist_add(out, redirect);
    free(redirect);
    return true;
}
