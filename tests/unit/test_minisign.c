/* Keys and signatures in minisign's format. The fixtures were made by minisign 0.11; the locked
 * keys hold the same key under smaller scrypt costs than minisign's own. */
#include "base/minisign.h"

#include "base/attrs.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static const char data[] = "hello\n";
static const char public_key[] = "untrusted comment: minisign public key A8C0BB9085BF1C21\n"
                                 "RWQhHL+FkLvAqDUJvtqpy0ie+WptDBoP/8aybLKvUVLbG8/nqmX+Zrst\n";
#define SECRET "untrusted comment: minisign encrypted secret key\n"
#define OPEN_KEY                                                                                   \
    "RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIRy/"                 \
    "hZC7wKjrGOtgCaSWky"                                                                           \
    "NRd/wY7pJpc1BAgOowR2loPVwXNDrEWzUJvtqpy0ie+WptDBoP/8aybLKvUVLbG8/"                            \
    "nqmX+ZrstAAAAAAAAAAAAAAAAAAAA"                                                                \
    "AAAAAAAAAAAAAAAAAAAAAAA=\n"
#define DAMAGED_KEY                                                                                \
    "RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIRy/"                 \
    "hZC7wKjrGOtgCaSWky"                                                                           \
    "JRd/wY7pJpc1BAgOowR2loPVwXNDrEWzUJvtqpy0ie+WptDBoP/8aybLKvUVLbG8/"                            \
    "nqmX+ZrstAAAAAAAAAAAAAAAAAAAA"                                                                \
    "AAAAAAAAAAAAAAAAAAAAAAA=\n"
#define LOCKED_KEY                                                                                 \
    "RWRTY0IyAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8AgAAAAAAAAAAAAAEAAAAAU++hWQCClm6J7STyV/"   \
    "+MlJ"                                                                                         \
    "sdVlGaYrcAZiE60cOpXL0IXMNeibQRpY+r7bZWS/"                                                     \
    "EdUqRhHe2lPdz8d1ji1IcUUJq6peuV1RjiSjy888CZJuPkXUQToF84"                                       \
    "7F73mwLkAatagjueuVbzjuo=\n"
#define LOCKED_HARDER                                                                              \
    "RWRTY0IyAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8AACAAAAAAAAAAAAEAAAAA4vDLOwHlOPGETxRFpH3H" \
    "r1"                                                                                           \
    "IHjujw1cN1JaaeOVbkB0mB2tJRGIrupcRIShU0AZ++CJRgaPtOeatk7bz+lEp7v7wIouraEhzB/"                  \
    "Q7J8Yadvml2ZVEwwQfl"                                                                          \
    "LlCaa0iU2TCZX47BFJ7LXFA=\n"
#define LOCKED_BEYOND                                                                              \
    "RWRTY0IyAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8AACAAAAAAAAAAAAAAAQAA4vDLOwHlOPGETxRFpH3H" \
    "r1"                                                                                           \
    "IHjujw1cN1JaaeOVbkB0mB2tJRGIrupcRIShU0AZ++CJRgaPtOeatk7bz+lEp7v7wIouraEhzB/"                  \
    "Q7J8Yadvml2ZVEwwQfl"                                                                          \
    "LlCaa0iU2TCZX47BFJ7LXFA=\n"
#define FROM "untrusted comment: signature from minisign secret key\n"
#define HASHED                                                                                     \
    "RUQhHL+FkLvAqJ9O0/"                                                                           \
    "WuBFO+xDooXNJ+HedMyxYO+jyFs3ADOFxHvmPeowIIEzT4N4Qk7PY84Yfq8y86ZFt7F8lRpJgzoR"                 \
    "QtXQg=\n"
#define HASHED_GLOBAL                                                                              \
    "c4rLi2G8K+aJXSWJEzugTh/k4dfutSBZdj8dOpwwKkX6s0APS8Bn8S166gvXYbom1O17k5Bv/p7cFhmNdkV7Cg==\n"
#define LEGACY                                                                                     \
    "RWQhHL+FkLvAqHOwLHab4vMfzoiDmKVM1RthdRSTOaB8cgDlSyRldMN8wu3rz38Bc76oIsQMfH8WVOEmuCYUUoLh+"    \
    "mtyoB"                                                                                        \
    "+orQA=\n"
#define LEGACY_GLOBAL                                                                              \
    "Qkd2wtJK0SFL6LShSXfNjeX6ECVDjQkHnBMJWxJ8heIcadkJZ5CnDzlzTG3go9PHVsLU5mz9GfZ1PQEcXS/7BA==\n"
static const char hashed[] = FROM HASHED "trusted comment: a comment\n" HASHED_GLOBAL;
static const char legacy[] = FROM LEGACY "trusted comment: old kind\n" LEGACY_GLOBAL;

static struct minisign_key the_key(void)
{
    struct minisign_key k;
    struct err e = ERR_INIT;

    if (minisign_read_key(public_key, sizeof public_key - 1, "k", &k, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    return k;
}

static void public_keys(void **state)
{
    static const struct {
        const char *name, *text;
        bool is_key;
    } cases[] = {
        {"without its comment", "RWQhHL+FkLvAqDUJvtqpy0ie+WptDBoP/8aybLKvUVLbG8/nqmX+Zrst", true},
        {"nothing", "", false},
        {"a comment only", "untrusted comment: x\n", false},
        {"another algorithm", "RXQhHL+FkLvAqDUJvtqpy0ie+WptDBoP/8aybLKvUVLbG8/nqmX+Zrst", false},
        {"a byte short", "RWQhHL+FkLvAqDUJvtqpy0ie+WptDBoP/8aybLKvUVLbG8/nqmX+Zrs=", false},
        {"blank in it", "RWQhHL+FkLvAqDUJvtqpy0ie WptDBoP/8aybLKvUVLbG8/nqmX+Zrst", false},
        {"padding in it", "RWQh=L+FkLvAqDUJvtqpy0ie+WptDBoP/8aybLKvUVLbG8/nqmX+Zrst", false},
        {"more behind it", "RWQhHL+FkLvAqDUJvtqpy0ie+WptDBoP/8aybLKvUVLbG8/nqmX+Zrst\nx\n", false},
        {"a secret key", SECRET OPEN_KEY, false},
        {"a signature", hashed, false},
    };
    struct minisign_key k = the_key();
    char id[MINISIGN_ID_TEXT_BYTES];

    (void)state;
    minisign_id_text(k.id, id);
    assert_string_equal(id, "A8C0BB9085BF1C21");
    k.id[7] = 0; /* one key in 256: minisign writes no leading zeros */
    k.id[6] = 0x0B;
    minisign_id_text(k.id, id);
    assert_string_equal(id, "BBB9085BF1C21");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct err e = ERR_INIT;
        enum err_code code = minisign_read_key(cases[i].text, strlen(cases[i].text), "k", &k, &e);

        if ((code == ERR_OK) != cases[i].is_key || (code != ERR_OK && code != ERR_PARSE))
            fail_msg("%s: %s", cases[i].name, e.msg);
    }
}

static void secret_keys(void **state)
{
    static const struct {
        const char *name, *text, *password;
        enum err_code code;
    } cases[] = {
        {"open", SECRET OPEN_KEY, NULL, ERR_OK},
        {"open, a password is not needed", SECRET OPEN_KEY, "x", ERR_OK},
        {"damaged", SECRET DAMAGED_KEY, NULL, ERR_PARSE},
        {"locked, few operations", SECRET LOCKED_KEY, "open sesame", ERR_OK},
        {"locked, many operations", SECRET LOCKED_HARDER, "open sesame", ERR_OK},
        {"a wrong password", SECRET LOCKED_KEY, "open Sesame", ERR_USAGE},
        {"no password", SECRET LOCKED_KEY, NULL, ERR_USAGE},
        {"a terabyte of memory", SECRET LOCKED_BEYOND, "open sesame", ERR_LIMIT},
        {"a public key", public_key, NULL, ERR_PARSE},
        {"nothing", "", NULL, ERR_PARSE},
    };
    struct minisign_key key = the_key();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct minisign_secret secret;
        struct minisign_key own;
        struct minisign_signature sig;
        struct secret password = {0};
        struct buf out;
        struct err e = ERR_INIT;
        enum err_code code;

        if (cases[i].password != NULL)
            secret_set(&password, cases[i].password, strlen(cases[i].password));
        code = minisign_read_secret(cases[i].text, strlen(cases[i].text), "s",
                                    password.p != NULL ? &password : NULL, &secret, &e);
        secret_release(&password);
        if (code != cases[i].code)
            fail_msg("%s: %s: %s", cases[i].name, err_code_name(code), e.msg);
        if (code != ERR_OK)
            continue;
        buf_init(&out, MINISIGN_FILE_BYTES);
        assert_int_equal(minisign_sign(&secret, data, strlen(data), "mine", &out, &own, &e),
                         ERR_OK);
        assert_int_equal(minisign_read_signature(out.p, out.n, "o", &sig, &e), ERR_OK);
        assert_memory_equal(&own, &key, sizeof key);
        assert_string_equal(sig.comment, "mine");
        assert_true(minisign_verify(&key, &sig, data, strlen(data)));
        buf_release(&out);
    }
}

static void signatures(void **state)
{
    static const struct {
        const char *name, *text, *data;
        bool is_read, is_good;
    } cases[] = {
        {"hashed", hashed, data, true, true},
        {"legacy", legacy, data, true, true},
        {"CR LF", "untrusted comment: x\r\n" HASHED "trusted comment: a comment\r\n" HASHED_GLOBAL,
         data, true, true},
        {"another file", hashed, "hello", true, false},
        {"another file, legacy", legacy, "hello", true, false},
        {"another comment", FROM HASHED "trusted comment: a comment \n" HASHED_GLOBAL, data, true,
         false},
        {"another signature's comment", FROM HASHED "trusted comment: old kind\n" LEGACY_GLOBAL,
         data, true, false},
        {"without its first line", HASHED "trusted comment: a comment\n" HASHED_GLOBAL, data, false,
         false},
        {"without its comment", FROM HASHED, data, false, false},
        {"without the comment's signature", FROM HASHED "trusted comment: a comment\n", data, false,
         false},
        {"more behind it", FROM HASHED "trusted comment: a comment\n" HASHED_GLOBAL "x\n", data,
         false, false},
        {"a key", public_key, data, false, false},
        {"nothing", "", data, false, false},
    };
    struct minisign_key key = the_key();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct minisign_signature sig;
        struct err e = ERR_INIT;
        bool is_read =
            minisign_read_signature(cases[i].text, strlen(cases[i].text), "s", &sig, &e) == ERR_OK;

        if (is_read != cases[i].is_read)
            fail_msg("%s: read is %d: %s", cases[i].name, is_read, e.msg);
        if (is_read &&
            minisign_verify(&key, &sig, cases[i].data, strlen(cases[i].data)) != cases[i].is_good)
            fail_msg("%s: verified is not %d", cases[i].name, cases[i].is_good);
        if (is_read) { /* another key of the same id, and this key under another id */
            struct minisign_key other = key;

            other.key[0] ^= 1;
            assert_false(minisign_verify(&other, &sig, data, strlen(data)));
            other = key;
            other.id[0] ^= 1;
            assert_false(minisign_verify(&other, &sig, data, strlen(data)));
        }
    }
}

/* A comment as long as it may be, and one byte longer. */
static void comments_have_a_limit(void **state)
{
    (void)state;
    for (size_t n = MINISIGN_COMMENT_BYTES - 1; n <= MINISIGN_COMMENT_BYTES; n++) {
        char *comment = xcalloc(n + 1, 1);
        char *text;
        struct minisign_signature sig;
        struct err e = ERR_INIT;

        memset(comment, 'c', n);
        text = xasprintf("%s%strusted comment: %s\n%s", FROM, HASHED, comment, HASHED_GLOBAL);
        assert_int_equal(minisign_read_signature(text, strlen(text), "s", &sig, &e),
                         n < MINISIGN_COMMENT_BYTES ? ERR_OK : ERR_PARSE);
        free(text);
        free(comment);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(public_keys),
        cmocka_unit_test(secret_keys),
        cmocka_unit_test(signatures),
        cmocka_unit_test(comments_have_a_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
