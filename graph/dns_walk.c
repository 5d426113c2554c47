#include "dns_walk.h"

#include "base/limits.h"
#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NONE SIZE_MAX

enum progress { QUEUED, OUT, ANSWERED };

static const char term_purpose[] = "spf-term";

/* A name and a type, asked once. */
struct question {
    enum dns_type type;
    char *name;
    enum progress progress;
    enum dns_state state;
    struct strlist values;
    bool is_cut;
    size_t first_use; /* NONE: no use */
    size_t next_same; /* next question in the hash bucket */
};

/* Why a domain needs the answer. */
struct use {
    size_t question;
    size_t domain;
    const char *purpose;
    size_t next_here;   /* next use of the same question */
    size_t next_domain; /* next use of the same domain, in the order in which they arose */
};

struct domain {
    char *name;
    size_t first_use, last_use;
    struct strlist includes; /* names to follow; those before `at` have been */
    size_t at;
    struct strlist terms; /* what a, mx and exists ask; those before `asked` are asked */
    size_t asked;
};

struct dns_walk {
    struct domain *domains;
    size_t domain_count;
    struct question *questions;
    size_t question_count, question_cap;
    struct use *uses;
    size_t use_count, use_cap;
    size_t *buckets; /* first question of each */
    size_t bucket_count;
    size_t next; /* every question before it has been given out */
};

static size_t hash(enum dns_type type, const char *name)
{
    uint64_t h = 14695981039346656037U ^ (uint64_t)type; /* FNV-1a */

    for (; *name != '\0'; name++)
        h = (h ^ (unsigned char)*name) * 1099511628211U;
    return (size_t)(h ^ (h >> 32));
}

static size_t find_question(struct dns_walk *w, enum dns_type type, const char *name)
{
    size_t bucket = hash(type, name) & (w->bucket_count - 1);
    struct question *q;

    for (size_t i = w->buckets[bucket]; i != NONE; i = w->questions[i].next_same)
        if (w->questions[i].type == type && strcmp(w->questions[i].name, name) == 0)
            return i;
    if (w->question_count == w->question_cap) {
        w->question_cap = w->question_cap > 0 ? 2 * w->question_cap : 64;
        w->questions = xreallocarray(w->questions, w->question_cap, sizeof *w->questions);
    }
    q = &w->questions[w->question_count];
    *q = (struct question){.type = type,
                           .name = xstrdup(name),
                           .progress = QUEUED,
                           .first_use = NONE,
                           .next_same = w->buckets[bucket]};
    w->buckets[bucket] = w->question_count;
    if (!dns_name_is_plain(name)) { /* nobody can answer that */
        q->progress = ANSWERED;
        q->state = DNS_ERROR;
    }
    return w->question_count++;
}

static void follow(struct dns_walk *w, size_t use);

static void need(struct dns_walk *w, size_t domain, const char *purpose, enum dns_type type,
                 const char *name)
{
    size_t q = find_question(w, type, name);
    struct domain *d = &w->domains[domain];
    size_t at = w->use_count;

    if (w->use_count == w->use_cap) {
        w->use_cap = w->use_cap > 0 ? 2 * w->use_cap : 64;
        w->uses = xreallocarray(w->uses, w->use_cap, sizeof *w->uses);
    }
    w->uses[w->use_count++] = (struct use){.question = q,
                                           .domain = domain,
                                           .purpose = purpose,
                                           .next_here = w->questions[q].first_use,
                                           .next_domain = NONE};
    w->questions[q].first_use = at;
    if (d->last_use == NONE)
        d->first_use = at;
    else
        w->uses[d->last_use].next_domain = at;
    d->last_use = at;
    if (w->questions[q].progress == ANSWERED)
        follow(w, at);
}

/* ---- where answers lead ---- */

static bool is_microsofts(const char *domain)
{
    static const char *const suffixes[] = {".onmicrosoft.com", ".onmicrosoft.us",
                                           ".partner.onmschina.cn"};

    for (size_t i = 0; i < COUNT_OF(suffixes); i++)
        if (str_ends(domain, suffixes[i]))
            return true;
    return false;
}

/* "a NAME" asks for both kinds of address: which of them counts is the sender's matter. */
static void ask_terms(struct dns_walk *w, size_t domain)
{
    static const struct {
        const char *prefix;
        enum dns_type types[2];
        size_t n;
    } kinds[] = {{"a ", {DNS_A, DNS_AAAA}, 2}, {"mx ", {DNS_MX}, 1}, {"exists ", {DNS_A}, 1}};

    while (w->domains[domain].asked < w->domains[domain].terms.n) {
        const char *term = w->domains[domain].terms.v[w->domains[domain].asked++];

        for (size_t i = 0; i < COUNT_OF(kinds); i++)
            for (size_t k = 0; str_starts(term, kinds[i].prefix) && k < kinds[i].n; k++)
                need(w, domain, term_purpose, kinds[i].types[k], term + strlen(kinds[i].prefix));
    }
}

static void add_new(struct strlist *to, const struct strlist *from, size_t limit)
{
    for (size_t i = 0; i < from->n; i++)
        if (to->n < limit && !strlist_has(to, from->v[i]))
            strlist_add(to, from->v[i]);
}

/* One include at a time, so that what the limit cuts off does not depend on who answers first. */
static void follow_spf(struct dns_walk *w, const struct use *u)
{
    const struct question *q = &w->questions[u->question];
    struct domain *d = &w->domains[u->domain];
    size_t domain = u->domain;

    for (size_t i = 0; q->state == DNS_FOUND && i < q->values.n; i++) {
        struct spf_names found = {0};

        (void)spf_read(q->values.v[i], q->name, &found);
        add_new(&d->includes, &found.follow, (size_t)4 * LIMIT_SPF_LOOKUPS);
        if (!is_microsofts(d->name))
            add_new(&d->terms, &found.terms, LIMIT_SPF_LOOKUPS);
        spf_names_release(&found);
    }
    ask_terms(w, domain); /* from here on q may have moved */
    if (d->at < d->includes.n && d->at < LIMIT_SPF_LOOKUPS) {
        const char *name = d->includes.v[d->at++];

        need(w, domain, "spf-include", DNS_TXT, name);
    }
}

static void follow(struct dns_walk *w, size_t use)
{
    struct use u = w->uses[use]; /* a copy: the array may move */
    const struct question *q = &w->questions[u.question];

    if (strcmp(u.purpose, "spf") == 0 || strcmp(u.purpose, "spf-include") == 0) {
        follow_spf(w, &u);
    } else if (strcmp(u.purpose, "dkim") == 0 && q->type == DNS_CNAME && q->state == DNS_NODATA) {
        char *name = xstrdup(q->name);

        need(w, u.domain, "dkim", DNS_TXT, name);
        free(name);
    }
}

void dns_walk_answer(struct dns_walk *w, size_t id, enum dns_state state,
                     const struct strlist *values, bool is_cut)
{
    struct question *q = &w->questions[id];
    size_t last = q->first_use;

    if (q->progress == ANSWERED)
        return;
    q->progress = ANSWERED;
    q->state = state;
    q->is_cut = is_cut;
    for (size_t i = 0; state == DNS_FOUND && i < values->n; i++)
        strlist_add(&q->values, values->v[i]);
    /* Uses that are added from here on see that there is an answer. */
    for (size_t u = last; u != NONE; u = w->uses[u].next_here)
        follow(w, u);
}

bool dns_walk_next(struct dns_walk *w, struct dns_question *out)
{
    while (w->next < w->question_count && w->questions[w->next].progress != QUEUED)
        w->next++;
    if (w->next == w->question_count)
        return false;
    w->questions[w->next].progress = OUT;
    *out = (struct dns_question){w->next, w->questions[w->next].type, w->questions[w->next].name};
    w->next++;
    return true;
}

/* ---- beginning ---- */

static void need_below(struct dns_walk *w, size_t domain, const char *purpose, enum dns_type type,
                       const char *label, const char *name)
{
    char *full = xasprintf("%s.%s", label, name);

    need(w, domain, purpose, type, full);
    free(full);
}

static void need_dmarc(struct dns_walk *w, size_t domain, const struct strlist *own)
{
    const char *name = w->domains[domain].name;

    need_below(w, domain, "dmarc", DNS_TXT, "_dmarc", name);
    for (const char *up = strchr(name, '.'); up != NULL; up = strchr(up + 1, '.'))
        if (strlist_has(own, up + 1))
            need_below(w, domain, "dmarc", DNS_TXT, "_dmarc", up + 1);
}

struct dns_walk *dns_walk_new(const struct strlist *mail_domains, const struct strlist *own_domains)
{
    struct dns_walk *w = xcalloc(1, sizeof *w);

    for (w->bucket_count = 64; w->bucket_count < 8 * mail_domains->n;)
        w->bucket_count *= 2; /* a power of two: see find_question() */
    w->buckets = xcalloc(w->bucket_count, sizeof *w->buckets);
    for (size_t i = 0; i < w->bucket_count; i++)
        w->buckets[i] = NONE;
    w->domain_count = mail_domains->n;
    w->domains = xcalloc(mail_domains->n + 1, sizeof *w->domains);
    for (size_t i = 0; i < mail_domains->n; i++) {
        const char *name = mail_domains->v[i];

        w->domains[i].name = xstrdup(name);
        w->domains[i].first_use = w->domains[i].last_use = NONE;
        need(w, i, "spf", DNS_TXT, name);
        if (!dns_name_is_plain(name))
            continue;
        need_dmarc(w, i, own_domains);
        if (!is_microsofts(name)) {
            need_below(w, i, "dkim", DNS_CNAME, "selector1._domainkey", name);
            need_below(w, i, "dkim", DNS_CNAME, "selector2._domainkey", name);
        }
        need(w, i, "mx", DNS_MX, name);
    }
    return w;
}

void dns_walk_free(struct dns_walk *w)
{
    if (w == NULL)
        return;
    for (size_t i = 0; i < w->domain_count; i++) {
        free(w->domains[i].name);
        strlist_release(&w->domains[i].includes);
        strlist_release(&w->domains[i].terms);
    }
    for (size_t i = 0; i < w->question_count; i++) {
        free(w->questions[i].name);
        strlist_release(&w->questions[i].values);
    }
    free(w->domains);
    free(w->questions);
    free(w->uses);
    free(w->buckets);
    free(w);
}

/* ---- results ---- */

size_t dns_walk_unanswered(const struct dns_walk *w)
{
    size_t n = 0;

    for (size_t i = 0; i < w->question_count; i++)
        n += w->questions[i].progress != ANSWERED ? 1 : 0;
    return n;
}

bool dns_row_is_term(const struct dns_row *row)
{
    return strcmp(row->purpose, term_purpose) == 0;
}

static bool give_use(const struct dns_walk *w, const struct use *u,
                     bool (*each)(void *ctx, const struct dns_row *row), void *ctx)
{
    const struct question *q = &w->questions[u->question];
    struct dns_row row = {
        .domain = w->domains[u->domain].name,
        .purpose = u->purpose,
        .type = dns_type_name(q->type),
        .name = q->name,
        .state = dns_state_name(q->state),
        .is_cut = q->is_cut,
    };

    if (q->progress != ANSWERED)
        return true;
    if (dns_row_is_term(&row)) /* addresses of strangers come and go; that there are any matters */
        row.is_cut = false;
    if (q->values.n == 0 || dns_row_is_term(&row))
        return each(ctx, &row);
    for (size_t i = 0; i < q->values.n; i++) {
        row.ordinal = i;
        row.value = q->values.v[i];
        if (!each(ctx, &row))
            return false;
    }
    return true;
}

void dns_walk_rows(const struct dns_walk *w, bool (*each)(void *ctx, const struct dns_row *row),
                   void *ctx)
{
    for (size_t i = 0; i < w->domain_count; i++)
        for (size_t u = w->domains[i].first_use; u != NONE; u = w->uses[u].next_domain)
            if (!give_use(w, &w->uses[u], each, ctx))
                return;
}
