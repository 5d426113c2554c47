/* Claims challenges: what a stranger may write into WWW-Authenticate. */
#include "challenge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define B64 "eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7InZhbHVlIjoiMTcifX19"
#define JSON "{\"access_token\":{\"nbf\":{\"value\":\"17\"}}}"

static const struct {
    const char *name, *header, *want;
} cases[] = {
    {"nothing", NULL, NULL},
    {"empty", "", NULL},
    {"no claims", "Bearer realm=\"\", error=\"invalid_token\"", NULL},
    {"as Microsoft writes it",
     "Bearer realm=\"\", authorization_uri=\"https://login.example/authorize\", "
     "error=\"insufficient_claims\", claims=\"" B64 "\"",
     JSON},
    {"first, and in capitals", "Bearer CLAIMS=\"" B64 "\", error=\"insufficient_claims\"", JSON},
    {"part of another word", "Bearer x-claims=\"" B64 "\"", NULL},
    {"without its closing quote", "Bearer claims=\"" B64, NULL},
    {"without quotes", "Bearer claims=" B64, NULL},
    {"padded", "Bearer claims=\"e30=\"", "{}"},
    {"of the other alphabet", "Bearer claims=\"eyJhIjoi_-_vIn0\"", NULL}, /* not UTF-8 inside */
    {"no base64", "Bearer claims=\"{}\"", NULL},
    {"no JSON", "Bearer claims=\"AAAA\"", NULL},
    {"no object", "Bearer claims=\"WzFd\"", NULL},
};

static void reads_claims(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *got = challenge_claims(cases[i].header);

        if ((got == NULL) != (cases[i].want == NULL) ||
            (got != NULL && strcmp(got, cases[i].want) != 0))
            fail_msg("%s: %s", cases[i].name, got != NULL ? got : "(null)");
        free(got);
    }
}

static void refuses_large_ones(void **state)
{
    size_t n = 20000;
    char *header = calloc(n + 64, 1);

    (void)state;
    memcpy(header, "Bearer claims=\"", 15);
    memset(header + 15, 'A', n);
    header[15 + n] = '"';
    assert_null(challenge_claims(header));
    free(header);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_claims),
        cmocka_unit_test(refuses_large_ones),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
