/* Graph remedies as cards and rule pages show them: laid out, and still the same request. */
#include "request_text.h"

#include "remedy.h"

static const struct {
    const char *name, *text, *want;
} cases[] = {
    {"no body", "DELETE https://graph.microsoft.com/v1.0/x",
     "DELETE https://graph.microsoft.com/v1.0/x"},
    {"no JSON", "PUT https://x {\"a\": and more", "PUT https://x {\"a\": and more"},
    {"nothing", "", ""},
    {"short", "PATCH https://x {\"b\":1,\"a\":[]}", "PATCH https://x\n{\"b\": 1, \"a\": []}"},
    {"members that fit",
     "POST https://x {\"first\": {\"members\": \"that are short\", \"stay\": [\"on\", \"a\", "
     "\"line\"]}, \"second\": \"something of some length\"}",
     "POST https://x\n{\n  \"first\": {\"members\": \"that are short\", \"stay\": [\"on\", \"a\", "
     "\"line\"]},\n  \"second\": \"something of some length\"\n}"},
    {"a list that fills lines",
     "POST https://x {\"l\": [\"0000000000000000000000000000000000001\", "
     "\"0000000000000000000000000000000000002\", \"0000000000000000000000000000000000003\"]}",
     "POST https://x\n{\n  \"l\": [\n    \"0000000000000000000000000000000000001\", "
     "\"0000000000000000000000000000000000002\",\n    \"0000000000000000000000000000000000003\"\n"
     "  ]\n}"},
};

static void requests_are_laid_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *text = request_text(cases[i].text);

        if (!str_eq(text, cases[i].want))
            fail_msg("%s: got\n%s\nwant\n%s", cases[i].name, text, cases[i].want);
        free(text);
    }
}

static size_t longest_line(const char *text)
{
    size_t most = 0;

    for (const char *s = text; *s != '\0'; s += strcspn(s, "\n"), s += *s == '\n' ? 1 : 0)
        most = strcspn(s, "\n") > most ? strcspn(s, "\n") : most;
    return most;
}

static void shipped_requests_stay_what_they_are(void **state)
{
    struct ruleset *rs = remedy_rules();

    (void)state;
    for (size_t i = 0; i < ruleset_count(rs); i++) {
        struct remedy r;

        remedy_at(rs, i, &r);
        if (r.body != NULL) {
            char *text = request_text(r.graph);
            const char *below = strchr(text, '\n');
            json_t *was = remedy_json(&r, r.body);
            json_t *is;

            assert_non_null(below);
            is = remedy_json(&r, below + 1);
            if (!json_equal(was, is))
                fail_msg("%s: another body: %s", r.id, text);
            /* a single value may be longer than a line */
            if (longest_line(below + 1) > 100 && strstr(below, "\\\"") == NULL)
                fail_msg("%s: a line of %zu columns: %s", r.id, longest_line(below + 1), text);
            json_decref(was);
            json_decref(is);
            free(text);
        }
        remedy_release(&r);
    }
    ruleset_free(rs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_laid_out),
        cmocka_unit_test(shipped_requests_stay_what_they_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
