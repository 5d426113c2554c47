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

/* "a", "a:name", "mx/24", "exists:name": the question it makes of `name`, if it can be asked. */
static void add_term(const char *term, size_t n, const char *name, struct strlist *out)
{
    static const struct {
        const char *word;
        bool may_be_bare;
    } kinds[] = {{"a", true}, {"mx", true}, {"exists", false}};

    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        size_t word = strlen(kinds[i].word);
        char *prefix = xasprintf("%s:", kinds[i].word);
        const char *slash = memchr(term, '/', n);
        char *named = domain_of(term, slash != NULL ? (size_t)(slash - term) : n, prefix);
        bool bare = kinds[i].may_be_bare && n >= word && str_istarts(term, kinds[i].word) &&
                    (n == word || term[word] == '/');

        if (named != NULL || bare) {
            char *question = xasprintf("%s %s", kinds[i].word, named != NULL ? named : name);

            if (!strlist_has(out, question))
                strlist_add(out, question);
            free(question);
        }
        free(named);
        free(prefix);
    }
}

bool spf_read(const char *record, const char *name, struct spf_names *out)
{
    char *redirect = NULL;
    bool all = false;

    if (!is_version(record))
        return false;
    for (const char *at = record + 6; *at != '\0';) {
        size_t n;
        const char *term;
        char *target;

        at += strspn(at, " ");
        n = strcspn(at, " ");
        term = at;
        at += n;
        if (n == 0)
            break;
        all = all || is_all(term, n);
        target = domain_of(term, n, "redirect=");
        if (target != NULL) {
            free(redirect);
            redirect = target;
            continue;
        }
        if (n > 1 && strchr("+-~?", *term) != NULL) {
            term++;
            n--;
        }
        target = domain_of(term, n, "include:");
        if (target != NULL)
            strlist_add(&out->follow, target);
        else if (!all)
            add_term(term, n, name, &out->terms);
        free(target);
    }
    if (redirect != NULL && !all)
        strlist_add(&out->follow, redirect);
    free(redirect);
    return true;
}

void spf_names_release(struct spf_names *n)
{
    strlist_release(&n->follow);
    strlist_release(&n->terms);
}
