/* Which questions arise, and where answers lead, on a made-up DNS. */
#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "dns_walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct record {
    const char *type, *name;
    enum dns_state state;
    const char *values[4];
};

struct asked {
    struct strlist questions; /* "TYPE name", in the order asked */
};

static const struct record *find(const struct record *zone, size_t n, const char *type,
                                 const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(zone[i].type, type) && str_eq(zone[i].name, name))
            return &zone[i];
    return NULL;
}

static void answer(struct dns_walk *w, const struct dns_question *q, const struct record *zone,
                   size_t n, struct asked *asked)
{
    const char *type = dns_type_name(q->type);
    const struct record *r = find(zone, n, type, q->name);
    struct strlist values = {0};
    char *text = xasprintf("%s %s", type, q->name);

    strlist_add(&asked->questions, text);
    free(text);
    for (size_t i = 0; r != NULL && i < COUNT_OF(r->values) && r->values[i] != NULL; i++)
        strlist_add(&values, r->values[i]);
    dns_walk_answer(w, q->id, r != NULL ? r->state : DNS_NXDOMAIN, &values, false);
    strlist_release(&values);
}

/* `pick` chooses among the questions that are out: 0 first come first served, 1 last, else mixed.
 */
static void run(struct dns_walk *w, const struct record *zone, size_t n, unsigned pick,
                struct asked *asked)
{
    struct dns_question out[64];
    size_t count = 0;

    for (;;) {
        size_t at;

        while (count < COUNT_OF(out) && dns_walk_next(w, &out[count]))
            count++;
        if (count == 0)
            break;
        at = pick == 0 ? 0 : pick == 1 ? count - 1 : (pick = pick * 1103515245U + 12345U) % count;
        answer(w, &out[at], zone, n, asked);
        memmove(&out[at], &out[at + 1], (count - at - 1) * sizeof out[0]);
        count--;
    }
}

static bool add_line(void *ctx, const struct dns_row *row)
{
    buf_addf(ctx, "%s %s %s %s %zu %s %s\n", row->domain, row->purpose, row->type, row->name,
             row->ordinal, row->state, row->value != NULL ? row->value : "~");
    return true;
}

static char *rows_of(const struct dns_walk *w)
{
    struct buf b;

    buf_init(&b, 1 << 20);
    dns_walk_rows(w, add_line, &b);
    return buf_take(&b);
}

/* Mail domains are the tenant's own, too. */
static char *walk(const char *const *domains, size_t n, const struct record *zone, size_t n_zone,
                  unsigned pick, struct asked *asked)
{
    struct strlist names = {0};
    struct dns_walk *w;
    char *rows;

    for (size_t i = 0; i < n; i++)
        strlist_add(&names, domains[i]);
    w = dns_walk_new(&names, &names);
    run(w, zone, n_zone, pick, asked);
    assert_int_equal(dns_walk_unanswered(w), 0);
    rows = rows_of(w);
    dns_walk_free(w);
    strlist_release(&names);
    return rows;
}

static const struct record zone[] = {
    {"TXT",
     "a.example",
     DNS_FOUND,
     {"v=spf1 include:one.example include:two.example -all", "token"}},
    {"TXT", "one.example", DNS_FOUND, {"v=spf1 include:shared.example ip4:192.0.2.1 -all"}},
    {"TXT", "two.example", DNS_FOUND, {"v=spf1 include:shared.example include:a.example -all"}},
    {"TXT", "shared.example", DNS_FOUND, {"v=spf1 redirect=end.example"}},
    {"TXT", "end.example", DNS_SERVFAIL, {NULL}},
    {"TXT", "_dmarc.a.example", DNS_FOUND, {"v=DMARC1; p=none"}},
    {"TXT", "_dmarc.sub.a.example", DNS_NODATA, {NULL}},
    {"CNAME", "selector1._domainkey.a.example", DNS_FOUND, {"selector1-a.x.onmicrosoft.com"}},
    {"CNAME", "selector2._domainkey.a.example", DNS_NODATA, {NULL}},
    {"TXT", "selector2._domainkey.a.example", DNS_FOUND, {"v=DKIM1; p=A"}},
    {"MX", "a.example", DNS_FOUND, {"10 mx1.example", "20 mx2.example"}},
    {"TXT", "sub.a.example", DNS_FOUND, {"v=spf1 include:shared.example ~all"}},
    {"MX", "sub.a.example", DNS_TIMEOUT, {NULL}},
};
static const char *const mail[] = {"a.example", "sub.a.example", "x.onmicrosoft.com"};

static const char want[] =
    "a.example spf TXT a.example 0 found v=spf1 include:one.example include:two.example -all\n"
    "a.example spf TXT a.example 1 found token\n"
    "a.example dmarc TXT _dmarc.a.example 0 found v=DMARC1; p=none\n"
    "a.example dkim CNAME selector1._domainkey.a.example 0 found selector1-a.x.onmicrosoft.com\n"
    "a.example dkim CNAME selector2._domainkey.a.example 0 nodata ~\n"
    "a.example dkim TXT selector2._domainkey.a.example 0 found v=DKIM1; p=A\n"
    "a.example mx MX a.example 0 found 10 mx1.example\n"
    "a.example mx MX a.example 1 found 20 mx2.example\n"
    "a.example spf-include TXT a.example 0 found v=spf1 include:one.example include:two.example "
    "-all\n"
    "a.example spf-include TXT a.example 1 found token\n"
    "a.example spf-include TXT end.example 0 servfail ~\n"
    "a.example spf-include TXT one.example 0 found v=spf1 include:shared.example ip4:192.0.2.1 "
    "-all\n"
    "a.example spf-include TXT shared.example 0 found v=spf1 redirect=end.example\n"
    "a.example spf-include TXT two.example 0 found v=spf1 include:shared.example include:a.example "
    "-all\n"
    "sub.a.example dkim CNAME selector1._domainkey.sub.a.example 0 nxdomain ~\n"
    "sub.a.example dkim CNAME selector2._domainkey.sub.a.example 0 nxdomain ~\n"
    "sub.a.example dmarc TXT _dmarc.a.example 0 found v=DMARC1; p=none\n"
    "sub.a.example dmarc TXT _dmarc.sub.a.example 0 nodata ~\n"
    "sub.a.example mx MX sub.a.example 0 timeout ~\n"
    "sub.a.example spf TXT sub.a.example 0 found v=spf1 include:shared.example ~all\n"
    "sub.a.example spf-include TXT end.example 0 servfail ~\n"
    "sub.a.example spf-include TXT shared.example 0 found v=spf1 redirect=end.example\n"
    "x.onmicrosoft.com dmarc TXT _dmarc.x.onmicrosoft.com 0 nxdomain ~\n"
    "x.onmicrosoft.com mx MX x.onmicrosoft.com 0 nxdomain ~\n"
    "x.onmicrosoft.com spf TXT x.onmicrosoft.com 0 nxdomain ~\n";

static int by_line(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *sorted(const char *text)
{
    struct strlist lines = {0};
    struct buf b;

    for (const char *at = text; *at != '\0';) {
        size_t n = strcspn(at, "\n");
        char *line = xstrndup(at, n);

        strlist_add(&lines, line);
        free(line);
        at += n + (at[n] == '\n' ? 1 : 0);
    }
    qsort(lines.v, lines.n, sizeof *lines.v, by_line);
    buf_init(&b, 1 << 20);
    for (size_t i = 0; i < lines.n; i++)
        buf_addf(&b, "%s\n", lines.v[i]);
    strlist_release(&lines);
    return buf_take(&b);
}

static void answers_in_any_order_give_the_same_rows(void **state)
{
    char *expected = sorted(want);

    (void)state;
    for (unsigned pick = 0; pick < 40; pick++) {
        struct asked asked = {0};
        char *rows = walk(mail, COUNT_OF(mail), zone, COUNT_OF(zone), pick, &asked);
        char *got = sorted(rows);

        if (!str_eq(got, expected))
            fail_msg("order %u: got\n%s\nwant\n%s", pick, got, expected);
        free(got);
        free(rows);
        strlist_release(&asked.questions);
    }
    free(expected);
}

static void no_name_is_asked_twice(void **state)
{
    struct asked asked = {0};
    char *rows = walk(mail, COUNT_OF(mail), zone, COUNT_OF(zone), 0, &asked);
    size_t all = asked.questions.n;

    (void)state;
    strlist_sort_unique(&asked.questions);
    assert_int_equal(asked.questions.n, all);
    free(rows);
    strlist_release(&asked.questions);
}

static void a_chain_of_includes_ends_at_the_limit(void **state)
{
    static const char *const one[] = {"d0.example"};
    struct record chain[LIMIT_SPF_LOOKUPS + 10];
    char names[COUNT_OF(chain)][32];
    char values[COUNT_OF(chain)][64];
    struct asked asked = {0};
    size_t includes = 0;
    char *rows;

    (void)state;
    memset(chain, 0, sizeof chain);
    for (size_t i = 0; i < COUNT_OF(chain); i++) {
        (void)snprintf(names[i], sizeof names[i], "d%zu.example", i);
        (void)snprintf(values[i], sizeof values[i], "v=spf1 include:d%zu.example -all", i + 1);
        chain[i] = (struct record){"TXT", names[i], DNS_FOUND, {values[i]}};
    }
    rows = walk(one, 1, chain, COUNT_OF(chain), 0, &asked);
    for (const char *at = rows; (at = strstr(at, " spf-include ")) != NULL; at++)
        includes++;
    assert_int_equal(includes, LIMIT_SPF_LOOKUPS);
    free(rows);
    strlist_release(&asked.questions);
}

static void a_name_that_cannot_be_asked_is_an_error(void **state)
{
    static const char *const odd[] = {"bad domain.example"};
    struct asked asked = {0};
    char *rows = walk(odd, 1, NULL, 0, 0, &asked);

    (void)state;
    assert_string_equal(rows, "bad domain.example spf TXT bad domain.example 0 error ~\n");
    assert_int_equal(asked.questions.n, 0);
    free(rows);
}

static void what_was_not_answered_is_counted_and_has_no_row(void **state)
{
    struct strlist m = {0};
    struct dns_walk *w;
    struct dns_question q;
    struct strlist none = {0};
    char *rows;

    (void)state;
    strlist_add(&m, "a.example");
    w = dns_walk_new(&m, &m);
    assert_true(dns_walk_next(w, &q));
    dns_walk_answer(w, q.id, DNS_NODATA, &none, false);
    assert_int_equal(dns_walk_unanswered(w), 4); /* DMARC, two selectors, MX */
    rows = rows_of(w);
    assert_string_equal(rows, "a.example spf TXT a.example 0 nodata ~\n");
    free(rows);
    dns_walk_free(w);
    strlist_release(&m);
}

/* The terms of every record on the way, each with the name of its own record; no value is kept. */
static void what_mechanisms_ask_for_is_asked_without_its_values(void **state)
{
    static const char *const one[] = {"a.example", "x.onmicrosoft.com"};
    static const struct record terms[] = {
        {"TXT", "a.example", DNS_FOUND, {"v=spf1 a mx:m.example include:i.example -all a:late.x"}},
        {"TXT", "i.example", DNS_FOUND, {"v=spf1 mx a:a.example exists:%{i}.e.example ~all"}},
        {"TXT", "x.onmicrosoft.com", DNS_FOUND, {"v=spf1 a -all"}},
        {"A", "a.example", DNS_FOUND, {"192.0.2.1", "192.0.2.2"}},
        {"AAAA", "a.example", DNS_NODATA, {NULL}},
        {"MX", "i.example", DNS_TIMEOUT, {NULL}},
    };
    static const char *const wanted[] = {
        "a.example spf-term A a.example 0 found ~\n",
        "a.example spf-term AAAA a.example 0 nodata ~\n",
        "a.example spf-term MX m.example 0 nxdomain ~\n",
        "a.example spf-term MX i.example 0 timeout ~\n",
    };

    (void)state;
    for (unsigned pick = 0; pick < 20; pick++) {
        struct asked asked = {0};
        char *rows = walk(one, COUNT_OF(one), terms, COUNT_OF(terms), pick, &asked);
        size_t n = 0;

        for (const char *at = rows; (at = strstr(at, " spf-term ")) != NULL; at++)
            n++;
        for (size_t i = 0; i < COUNT_OF(wanted); i++)
            if (strstr(rows, wanted[i]) == NULL)
                fail_msg("order %u: no '%s' in\n%s", pick, wanted[i], rows);
        assert_int_equal(n, COUNT_OF(wanted));
        free(rows);
        strlist_release(&asked.questions);
    }
}

static void mechanisms_end_at_the_limit(void **state)
{
    static const char *const one[] = {"a.example"};
    struct record r = {"TXT", "a.example", DNS_FOUND, {NULL}};
    struct asked asked = {0};
    struct buf text;
    size_t n = 0;
    char *rows;

    (void)state;
    buf_init(&text, 4096);
    buf_addf(&text, "v=spf1");
    for (size_t i = 0; i < LIMIT_SPF_LOOKUPS + 10; i++)
        buf_addf(&text, " exists:e%zu.example", i);
    r.values[0] = text.p;
    rows = walk(one, 1, &r, 1, 0, &asked);
    for (const char *at = rows; (at = strstr(at, " spf-term ")) != NULL; at++)
        n++;
    assert_int_equal(n, LIMIT_SPF_LOOKUPS);
    free(rows);
    buf_release(&text);
    strlist_release(&asked.questions);
}

static char *joined(const struct strlist *l)
{
    struct buf b;

    buf_init(&b, 4096);
    for (size_t i = 0; i < l->n; i++)
        buf_addf(&b, "%s%s", i > 0 ? ", " : "", l->v[i]);
    return b.n > 0 ? buf_take(&b) : xstrdup("");
}

static void spf_records_are_read_as_rfc_7208_says(void **state)
{
    static const struct {
        const char *record;
        bool is_spf;
        const char *follow, *terms;
    } cases[] = {
        {"v=spf1 include:a.example -all", true, "a.example", ""},
        {"V=SPF1 INCLUDE:A.Example. ?include:b.example +all", true, "a.example, b.example", ""},
        {"v=spf1", true, "", ""},
        {"v=spf10 include:a.example a", false, "", ""},
        {"spf2.0/pra include:a.example", false, "", ""},
        {" v=spf1 include:a.example", false, "", ""},
        {"v=spf1 redirect=r.example", true, "r.example", ""},
        {"v=spf1 redirect=r.example include:a.example", true, "a.example, r.example", ""},
        {"v=spf1 redirect=r.example ~all", true, "", ""},
        {"v=spf1 include:%{d}.x.example include: include:a..b -include:c.example", true,
         "c.example", ""},
        {"v=spf1 exists:e.example a:h.example mx ip4:192.0.2.0/24 all", true, "",
         "exists e.example, a h.example, mx own.example"},
        {"v=spf1 A ?a/24 -MX:M.Example.//64 a//64 mx/24//64 all", true, "",
         "a own.example, mx m.example, mx own.example"},
        {"v=spf1 a:%{d} exists:%{i}.x.example exists exists/24 ptr ptr:a.example a: mx:/24 b aa",
         true, "", ""},
        {"v=spf1 ~all a mx exists:e.example", true, "", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct spf_names out = {0};
        char *follow;
        char *terms;

        if (spf_read(cases[i].record, "own.example", &out) != cases[i].is_spf)
            fail_msg("%s", cases[i].record);
        follow = joined(&out.follow);
        terms = joined(&out.terms);
        if (!str_eq(follow, cases[i].follow) || !str_eq(terms, cases[i].terms))
            fail_msg("%s: got '%s' and '%s', want '%s' and '%s'", cases[i].record, follow, terms,
                     cases[i].follow, cases[i].terms);
        free(follow);
        free(terms);
        spf_names_release(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_in_any_order_give_the_same_rows),
        cmocka_unit_test(no_name_is_asked_twice),
        cmocka_unit_test(a_chain_of_includes_ends_at_the_limit),
        cmocka_unit_test(a_name_that_cannot_be_asked_is_an_error),
        cmocka_unit_test(what_was_not_answered_is_counted_and_has_no_row),
        cmocka_unit_test(what_mechanisms_ask_for_is_asked_without_its_values),
        cmocka_unit_test(mechanisms_end_at_the_limit),
        cmocka_unit_test(spf_records_are_read_as_rfc_7208_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
