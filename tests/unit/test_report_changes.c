/* Documents of changes: nothing without a difference, budgets, counts that add up. */
#include "reports/changes.h"

#include "base/attrs.h"
#include "base/mem.h"
#include "hostile.h"

#include <libxml/parser.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct job {
    enum changes_format format;
    size_t max_lines, kinds, rows, gaps;
    const char *text;
};

/* The caller frees. */
static char *make(const struct job *j, size_t *n)
{
    static const char *const titles[] = {"Users", "Mailboxes", "Domains"};
    const struct changes_options o = {.format = j->format,
                                      .tenant = j->text,
                                      .old = {j->text, "2026-10-01T00:00:00Z", NULL},
                                      .new = {j->text, j->text, j->text},
                                      .max_lines = j->max_lines};
    char *bytes = NULL;
    FILE *f = open_memstream(&bytes, n);
    struct changes *c = changes_new(&o, f);
    struct err e = ERR_INIT;

    assert_true(j->kinds <= COUNT_OF(titles));
    for (size_t k = 0; k < j->kinds; k++)
        for (size_t i = 0; i < j->rows; i++) {
            const struct change x = {titles[k],
                                     (enum change_mark)(i % 3),
                                     j->text,
                                     i % 3 == 2 ? j->text : NULL,
                                     i % 3 == 2 ? j->text : NULL,
                                     NULL};

            changes_add(c, &x);
        }
    for (size_t i = 0; i < j->gaps; i++)
        changes_gap(c, j->text, j->text);
    if (changes_end(c, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    assert_int_equal(fclose(f), 0);
    return bytes;
}

static size_t count(const char *s, const char *what)
{
    size_t n = 0;

    for (; (s = strstr(s, what)) != NULL; s++)
        n++;
    return n;
}

static void nothing_changed_is_nothing_written(void **state)
{
    (void)state;
    for (int f = CHANGES_HTML; f <= (int)CHANGES_MARKDOWN; f++) {
        size_t n = 1;
        char *s = make(&(struct job){(enum changes_format)f, 10, 0, 0, 0, "x"}, &n);

        assert_int_equal(n, 0);
        free(s);
    }
}

static void what_was_not_compared_is_said_without_a_difference(void **state)
{
    (void)state;
    for (int f = CHANGES_HTML; f <= (int)CHANGES_MARKDOWN; f++) {
        size_t n = 0;
        char *s = make(&(struct job){(enum changes_format)f, 10, 0, 0, 3, "gone"}, &n);

        assert_int_equal(count(s, "Nothing differs in what was compared."), 1);
        assert_int_equal(count(s, "Not compared"), 1);
        assert_true(count(s, "gone") >= 6);
        assert_int_equal(count(s, "in-all") + count(s, "In all"), 0);
        free(s);
    }
}

static void rows_are_cut_and_counted(void **state)
{
    static const struct {
        enum changes_format format;
        const char *row;
    } cases[] = {{CHANGES_HTML, "<tr><td class="}, {CHANGES_MARKDOWN, "ed | x |"}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        size_t n = 0;
        char *s = make(&(struct job){cases[i].format, 10, 3, 24, 2, "x"}, &n);

        assert_int_equal(count(s, cases[i].row), 30);
        assert_int_equal(count(s, "... and 14 more."), 3);
        assert_int_equal(count(s, cases[i].format == CHANGES_HTML ? "<td>8</td><td>8</td><td>8</td>"
                                                                  : "| 8 | 8 | 8 |"),
                         3);
        assert_int_equal(count(s, "Not compared"), 1);
        free(s);
    }
}

/* GitHub refuses a text of more than 1 MiB as a whole: what does not fit is counted. */
static void markdown_keeps_to_its_budget(void **state)
{
    char *wide = xcalloc(3 * 400 + 1, 1);
    size_t n = 0;
    char *s;

    (void)state;
    for (size_t i = 0; i < 400; i++)
        memcpy(wide + 3 * i, "\xE2\x80\xAE", 3);
    s = make(&(struct job){CHANGES_MARKDOWN, SIZE_MAX, 3, 3000, 50, wide}, &n);
    assert_true(n > 512 * 1024 && n < 1024 * 1024);
    assert_int_equal(count(s, " more."), 3);
    assert_int_equal(count(s, "| 1,000 | 1,000 | 1,000 |"), 3);
    free(s);
    free(wide);
}

static void hostile_texts_stay_text(void **state)
{
    size_t n = 0;
    char *plain = make(&(struct job){CHANGES_HTML, 10, 3, 9, 2, "x"}, &n);
    size_t elements = count(plain, "<");

    (void)state;
    for (size_t i = 0; i < hostile_count; i++) {
        char *s = make(&(struct job){CHANGES_HTML, 10, 3, 9, 2, hostiles[i].text}, &n);
        xmlDocPtr doc = xmlReadMemory(s, (int)n, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR);

        if (doc == NULL)
            fail_msg("%s: not well-formed", hostiles[i].name);
        if (hostiles[i].text[0] != '\0' && count(s, "<") != elements)
            fail_msg("%s: %zu tags instead of %zu", hostiles[i].name, count(s, "<"), elements);
        xmlFreeDoc(doc);
        free(s);
    }
    free(plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_changed_is_nothing_written),
        cmocka_unit_test(what_was_not_compared_is_said_without_a_difference),
        cmocka_unit_test(rows_are_cut_and_counted),
        cmocka_unit_test(markdown_keeps_to_its_budget),
        cmocka_unit_test(hostile_texts_stay_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
