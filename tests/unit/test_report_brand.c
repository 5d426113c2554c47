/* Branding files: what is taken, what is refused and why, and what it does to the page. */
#include "report_fixture.h"

#include "base/attrs.h"
#include "base/fsx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "reports/brand.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/graphaudit-brand-XXXXXX";

static char *write_file(const char *name, const void *bytes, size_t n)
{
    char *path = xasprintf("%s/%s", folder, name);
    struct err e = ERR_INIT;
    struct outfile o;

    if (outfile_open(&o, path, 0600, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    (void)fwrite(bytes, 1, n, o.f);
    if (outfile_commit(&o, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    return path;
}

/* The smallest PNG: a signature, a header of 1 by 1 pixels, and no more than the reader looks at.
 */
static const unsigned char png[] = {0x89, 'P', 'N', 'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13,
                                    'I',  'H', 'D', 'R', 0,    0,    0,    1,    0, 0, 0, 1,
                                    8,    6,   0,   0,   0,    0,    0,    0,    0, 0, 0, 0};

static void make_pictures(void)
{
    unsigned char wide[sizeof png];
    char *large = xcalloc(LIMIT_LOGO_BYTES + 1, 1);

    memcpy(wide, png, sizeof png);
    wide[18] = 0xff; /* 65,281 pixels */
    memcpy(large, png, sizeof png);
    free(write_file("logo.png", png, sizeof png));
    free(write_file("wide.png", wide, sizeof wide));
    free(write_file("large.png", large, LIMIT_LOGO_BYTES + 1));
    free(write_file("logo.jpg", "\xff\xd8\xff\xe0jpeg", 8));
    free(write_file("logo.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>", 41));
    free(large);
}

static void files_are_read_or_refused(void **state)
{
    static const struct {
        const char *name, *yaml, *error; /* NULL: taken */
    } cases[] = {
        {"everything",
         "client: Larkfield\nprepared_by: A\nprepared_for: B\ntitle: C\nconfidentiality: D\n"
         "footer: E\nlogo: logo.png\naccent: \"#7A1F5C\"\naccent_dark: \"#f0b6dc\"\n",
         NULL},
        {"a JPEG", "logo: logo.jpg\n", NULL},
        {"nothing at all", "{}\n", NULL},
        {"no mapping", "- a\n", ": must be a mapping such as client: NAME"},
        {"an unknown key", "client: a\ncolour: red\n",
         ":2:1: unknown key 'colour'; known keys are client, prepared_by, prepared_for, title, "
         "confidentiality, footer, logo, accent, accent_dark"},
        {"a key twice", "client: a\nclient: b\n", "duplicate key"},
        {"a list as a value", "client: [a]\n", "'client' must have a plain text value"},
        {"two lines", "client: \"a\\nb\"\n",
         ":1:10: 'client' must be one line without invisible characters"},
        {"a bidi override", "client: \"a\\u202eb\"\n", "without invisible characters"},
        {"an empty text", "client: \"\"\n", "'client' is empty"},
        {"no colour", "accent: blue\n", "'accent' must be a colour such as \"#0b5394\""},
        {"a colour with more", "accent: \"#0b5394;}\"\n", "'accent' must be a colour"},
        {"yellow on white", "accent: \"#ffcc00\"\n",
         "'accent' has a contrast of 1.51:1 on the report's light paper (#ffffff): text needs "
         "4.5:1"},
        {"grey that fails on the panel only", "accent: \"#767676\"\n",
         "has a contrast of 4.23:1 on the report's light paper (#f5f7f9)"},
        {"dark blue on dark", "accent_dark: \"#0b5394\"\n", "on the report's dark paper (#11161c)"},
        {"an SVG", "logo: logo.svg\n",
         "'logo' must be a PNG (of at most 4096 by 4096 pixels) or JPEG file"},
        {"a wide PNG", "logo: wide.png\n", "'logo' must be a PNG (of at most 4096"},
        {"a large PNG", "logo: large.png\n", "'logo'"},
        {"no such file", "logo: none.png\n", "'logo'"},
        {"an alias", "client: &a x\ntitle: *a\n", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *path = write_file("brand.yaml", cases[i].yaml, strlen(cases[i].yaml));
        struct report_brand *b = NULL;
        struct err e = ERR_INIT;
        enum err_code code = report_brand_load(path, &b, &e);

        if ((code == ERR_OK) != (cases[i].error == NULL))
            fail_msg("%s: %s", cases[i].name, code == ERR_OK ? "taken" : e.msg);
        if (code != ERR_OK && (code != ERR_USAGE || strstr(e.msg, cases[i].error) == NULL))
            fail_msg("%s: %s", cases[i].name, e.msg);
        assert_true((b != NULL) == (code == ERR_OK));
        report_brand_free(b);
        free(path);
    }
}

static void a_long_text_and_a_long_file_are_refused(void **state)
{
    struct report_brand *b = NULL;
    struct err e = ERR_INIT;
    struct buf text;
    char *path;

    (void)state;
    buf_init(&text, LIMIT_BRAND_BYTES + 64);
    buf_adds(&text, "client: ");
    for (int i = 0; i <= LIMIT_BRAND_TEXT; i++)
        buf_addc(&text, 'a');
    path = write_file("brand.yaml", text.p, text.n);
    assert_int_equal(report_brand_load(path, &b, &e), ERR_USAGE);
    assert_non_null(strstr(e.msg, "'client' is longer than 200 characters"));
    free(path);
    while (text.n <= LIMIT_BRAND_BYTES)
        buf_addc(&text, 'a');
    path = write_file("brand.yaml", text.p, text.n);
    err_clear(&e);
    assert_int_equal(report_brand_load(path, &b, &e), ERR_USAGE);
    free(path);
    buf_release(&text);
}

/* The examples of WCAG 2.2 and its usual test colours. */
static void contrast_is_that_of_wcag(void **state)
{
    static const struct {
        const char *one, *other;
        double want;
    } cases[] = {
        {"#000000", "#ffffff", 21.0}, {"#ffffff", "#ffffff", 1.0},  {"#777777", "#ffffff", 4.48},
        {"#767676", "#FFFFFF", 4.54}, {"#ff0000", "#ffffff", 4.0},  {"#0000ff", "#ffffff", 8.59},
        {"#ffffff", "#0000ff", 8.59}, {"#00ff00", "#000000", 15.3}, {"red", "#ffffff", 0.0},
        {"#12345g", "#ffffff", 0.0},  {"#fff", "#ffffff", 0.0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (fabs(report_contrast(cases[i].one, cases[i].other) - cases[i].want) > 0.006)
            fail_msg("%s on %s: %.3f", cases[i].one, cases[i].other,
                     report_contrast(cases[i].one, cases[i].other));
}

static void the_page_wears_it(void **state)
{
    struct store *s = fixture_tenant();
    char logo[] = "data:image/png;base64,AAAA";
    char line[] = "Confidential; }</style><script>alert(1)</script> \"quoted\" \\ end";
    char client[] = "Larkfield </h1><script>";
    char accent[] = "#7a1f5c";
    struct report_brand brand = {.client = client,
                                 .prepared_by = client,
                                 .confidentiality = line,
                                 .accent = accent,
                                 .logo = logo};
    struct report_options o = {.junit_resources = 20, .brand = &brand};
    struct buf b = fixture_render_with(s, "html", &o);
    const char *second;

    (void)state;
    assert_non_null(strstr(b.p, "<h1>Larkfield &lt;/h1&gt;&lt;script&gt;</h1>"));
    assert_non_null(strstr(b.p, "src=\"data:image/png;base64,AAAA\""));
    assert_non_null(strstr(b.p, ":root{--link:#7a1f5c;--focus:#7a1f5c}"));
    second = strstr(strstr(b.p, "</style>"), "<style>");
    assert_non_null(second);
    second = strstr(second, "content:\"Confidential\\00003b ");
    assert_non_null(second);
    second += strcspn(second, "<"); /* the next tag is the element's own end */
    assert_int_equal(strncmp(second - 4, "\"}}\n</style>", 12), 0);
    assert_null(strstr(b.p, "<script>alert(1)"));
    buf_release(&b);
    store_close(s);
}

/* Paper: nothing that runs, everything open, a table of contents. */
static void the_print_profile_is_for_paper(void **state)
{
    static const struct report_options o = {.junit_resources = 20, .is_print = true};
    struct store *s = fixture_tenant();
    struct buf b = fixture_render_with(s, "html", &o);

    (void)state;
    assert_null(strstr(b.p, "<script"));
    assert_null(strstr(b.p, "<form"));
    assert_null(strstr(b.p, "<details>"));
    assert_non_null(strstr(b.p, "script-src 'none'"));
    assert_non_null(strstr(b.p, "<nav class=\"contents\""));
    assert_non_null(strstr(b.p, "<a href=\"#sec-appendix\">"));
    buf_release(&b);
    store_close(s);
}

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    make_pictures();
    return 0;
}

static int remove_folder(void **state)
{
    static const char *const names[] = {"brand.yaml", "logo.png", "wide.png",
                                        "large.png",  "logo.jpg", "logo.svg"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char *path = xasprintf("%s/%s", folder, names[i]);

        (void)unlink(path);
        free(path);
    }
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_read_or_refused),
        cmocka_unit_test(a_long_text_and_a_long_file_are_refused),
        cmocka_unit_test(contrast_is_that_of_wcag),
        cmocka_unit_test(the_page_wears_it),
        cmocka_unit_test(the_print_profile_is_for_paper),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
