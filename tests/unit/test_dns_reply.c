#include "base/limits.h"
#include "dns_reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A message under construction: one question for "a.example", then records. */
struct message {
    unsigned char b[8192];
    size_t n;
};

static void bytes(struct message *m, const void *p, size_t n)
{
    assert_true(m->n + n <= sizeof m->b);
    memcpy(m->b + m->n, p, n);
    m->n += n;
}

static void u16(struct message *m, unsigned v)
{
    unsigned char raw[2] = {(unsigned char)(v >> 8), (unsigned char)(v & 255)};

    bytes(m, raw, 2);
}

static void begin(struct message *m, unsigned answers)
{
    static const unsigned char name[] = "\1a\7example";

    m->n = 0;
    u16(m, 1);      /* id */
    u16(m, 0x8180); /* a reply without error */
    u16(m, 1);
    u16(m, answers);
    u16(m, 0);
    u16(m, 0);
    bytes(m, name, sizeof name);
    u16(m, 16);
    u16(m, 1);
}

/* Owner: a pointer to the question's name. */
static void record(struct message *m, unsigned type, const void *data, size_t n)
{
    u16(m, 0xC00C);
    u16(m, type);
    u16(m, 1);
    u16(m, 0);
    u16(m, 60);
    u16(m, (unsigned)n);
    bytes(m, data, n);
}

static enum dns_state read_it(const struct message *m, enum dns_type type, struct strlist *out,
                              bool *cut)
{
    *cut = false;
    strlist_release(out);
    return dns_reply_read(m->b, m->n, type, out, cut);
}

static void strings_are_joined_without_a_space(void **state)
{
    static const char txt[] = "\7v=spf1 \4-all";
    static const char utf8[] = "\2a\xC3\1\xA9"; /* a character in two strings */
    static const char bad[] = "\3a\xFF\0";      /* no UTF-8, and a NUL */
    struct message m;
    struct strlist out = {0};
    bool cut;

    (void)state;
    begin(&m, 3);
    record(&m, 16, txt, sizeof txt - 1);
    record(&m, 16, utf8, sizeof utf8 - 1);
    record(&m, 16, bad, 4);
    assert_int_equal(read_it(&m, DNS_TXT, &out, &cut), DNS_FOUND);
    assert_int_equal(out.n, 3);
    assert_string_equal(out.v[0], "v=spf1 -all");
    assert_string_equal(out.v[1], "a\xC3\xA9");
    assert_string_equal(out.v[2], "a\xEF\xBF\xBD\xEF\xBF\xBD");
    assert_false(cut);
    strlist_release(&out);
}

static void only_the_wanted_type_counts(void **state)
{
    static const unsigned char cname[] = "\3Www\7EXAMPLE";
    static const unsigned char mx[] = "\0\12\2mx\300\16"; /* pointer into "example" */
    static const unsigned char root[] = "\0\0\0";
    struct message m;
    struct strlist out = {0};
    bool cut;

    (void)state;
    begin(&m, 3);
    record(&m, 5, cname, sizeof cname);
    record(&m, 15, mx, sizeof mx - 1);
    record(&m, 15, root, 3);
    assert_int_equal(read_it(&m, DNS_CNAME, &out, &cut), DNS_FOUND);
    assert_int_equal(out.n, 1);
    assert_string_equal(out.v[0], "www.example");
    assert_int_equal(read_it(&m, DNS_MX, &out, &cut), DNS_FOUND);
    assert_int_equal(out.n, 2);
    assert_string_equal(out.v[0], "10 mx.example");
    assert_string_equal(out.v[1], "0 .");
    assert_int_equal(read_it(&m, DNS_TXT, &out, &cut), DNS_NODATA);
    strlist_release(&out);
}

static void addresses_are_texts(void **state)
{
    static const unsigned char v6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
    struct message m;
    struct strlist out = {0};
    bool cut;

    (void)state;
    begin(&m, 2);
    record(&m, 1, "\300\0\2\1", 4);
    record(&m, 28, v6, sizeof v6);
    assert_int_equal(read_it(&m, DNS_A, &out, &cut), DNS_FOUND);
    assert_int_equal(out.n, 1);
    assert_string_equal(out.v[0], "192.0.2.1");
    assert_int_equal(read_it(&m, DNS_AAAA, &out, &cut), DNS_FOUND);
    assert_int_equal(out.n, 1);
    assert_string_equal(out.v[0], "2001:db8::1");
    assert_int_equal(read_it(&m, DNS_MX, &out, &cut), DNS_NODATA);
    strlist_release(&out);
}

static void more_than_the_limit_is_cut_and_said(void **state)
{
    struct message m;
    struct strlist out = {0};
    bool cut;

    (void)state;
    begin(&m, LIMIT_DNS_ANSWERS + 5);
    for (unsigned i = 0; i < LIMIT_DNS_ANSWERS + 5; i++)
        record(&m, 16, "\1x", 2);
    assert_int_equal(read_it(&m, DNS_TXT, &out, &cut), DNS_FOUND);
    assert_int_equal(out.n, LIMIT_DNS_ANSWERS);
    assert_true(cut);
    strlist_release(&out);
}

static void what_is_cut_short_is_an_error(void **state)
{
    struct message m;
    struct strlist out = {0};
    bool cut;

    (void)state;
    begin(&m, 1);
    record(&m, 16, "\5hello", 6);
    for (size_t n = 0; n < m.n; n++) {
        struct message part = m;

        part.n = n;
        if (read_it(&part, DNS_TXT, &out, &cut) != DNS_ERROR)
            fail_msg("%zu of %zu bytes were taken for a message", n, m.n);
    }
    strlist_release(&out);
}

static void lies_about_lengths_are_errors(void **state)
{
    static const struct {
        const char *name;
        unsigned type;
        const char *data;
        size_t n;
    } cases[] = {
        {"string longer than its record", 16, "\7ab", 3},
        {"name that points to itself", 5, "\300\47", 2},
        {"name that runs on", 5, "\77ab", 3},
        {"more behind the name", 5, "\0more", 5},
        {"MX without a host", 15, "\0\12", 2},
        {"address of three bytes", 1, "\300\0\2", 3},
        {"address of five bytes", 1, "\300\0\2\1\1", 5},
        {"short address where a long one belongs", 28, "\300\0\2\1", 4},
    };
    struct strlist out = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        static const enum dns_type of[] = {
            [1] = DNS_A, [5] = DNS_CNAME, [15] = DNS_MX, [16] = DNS_TXT, [28] = DNS_AAAA};
        struct message m;
        bool cut;

        begin(&m, 1);
        record(&m, cases[i].type, cases[i].data, cases[i].n);
        if (read_it(&m, of[cases[i].type], &out, &cut) != DNS_ERROR)
            fail_msg("%s", cases[i].name);
    }
    strlist_release(&out);
}

static void names_we_ask_for(void **state)
{
    char label[80];
    char name[300];
    static const struct {
        const char *name;
        bool plain;
    } cases[] = {
        {"a.example", true},
        {"_dmarc.a-b.example", true},
        {"A.EXAMPLE", true},
        {"", false},
        {".", false},
        {"a..b", false},
        {".a", false},
        {"a.", false},
        {"a b", false},
        {"a\\.b", false},
        {"m\xC3\xBCnchen.example", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (dns_name_is_plain(cases[i].name) != cases[i].plain)
            fail_msg("'%s'", cases[i].name);
    memset(label, 'a', sizeof label);
    label[63] = '\0';
    assert_true(dns_name_is_plain(label));
    label[63] = 'a';
    label[64] = '\0';
    assert_false(dns_name_is_plain(label));
    for (size_t i = 0; i < sizeof name; i++)
        name[i] = i % 32 == 31 ? '.' : 'a';
    name[253] = '\0';
    assert_true(dns_name_is_plain(name));
    name[253] = 'a';
    name[254] = '\0';
    assert_false(dns_name_is_plain(name));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_are_joined_without_a_space),
        cmocka_unit_test(only_the_wanted_type_counts),
        cmocka_unit_test(addresses_are_texts),
        cmocka_unit_test(more_than_the_limit_is_cut_and_said),
        cmocka_unit_test(what_is_cut_short_is_an_error),
        cmocka_unit_test(lies_about_lengths_are_errors),
        cmocka_unit_test(names_we_ask_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
