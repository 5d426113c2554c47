#include "assertion.h"
#include "base/attrs.h"
#include "base/clock.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base64url.h"
#include "credential_internal.h"
#include "graph/credential.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/test-credential-XXXXXX";
static EVP_PKEY *rsa, *other_rsa, *small_rsa, *ec;
static X509 *cert;

enum { DAY = 24 * 3600 };

static X509 *make_cert(EVP_PKEY *key, long from_s, long to_s)
{
    X509 *x = X509_new();

    assert_non_null(x);
    assert_int_equal(X509_set_version(x, X509_VERSION_3), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x), 1), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x), from_s));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x), to_s));
    assert_int_equal(X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                                                (const unsigned char *)"test", -1, -1, 0),
                     1);
    assert_int_equal(X509_set_pubkey(x, key), 1);
    assert_true(X509_sign(x, key, EVP_sha256()) > 0);
    return x;
}

static int make_keys(void **state)
{
    int fd = mkstemp(path);

    (void)state;
    rsa = EVP_RSA_gen(2048);
    other_rsa = EVP_RSA_gen(2048);
    small_rsa = EVP_RSA_gen(1024);
    ec = EVP_EC_gen("P-256");
    cert = make_cert(rsa, -DAY, 30L * DAY);
    return fd >= 0 && rsa != NULL && other_rsa != NULL && small_rsa != NULL && ec != NULL
               ? close(fd)
               : -1;
}

static int drop_keys(void **state)
{
    (void)state;
    X509_free(cert);
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(other_rsa);
    EVP_PKEY_free(small_rsa);
    EVP_PKEY_free(ec);
    return unlink(path);
}

static int clean_environment(void **state)
{
    (void)state;
    return unsetenv("AZURE_CLIENT_SECRET") | unsetenv("AZURE_CLIENT_CERTIFICATE_PATH") |
           unsetenv("AZURE_CLIENT_CERTIFICATE_PASSWORD");
}

static void set(const char *name, const char *value)
{
    assert_int_equal(setenv(name, value, 1), 0);
}

static FILE *open_file(mode_t mode)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fchmod(fileno(f), mode), 0);
    return f;
}

static void write_text(const char *text, mode_t mode)
{
    FILE *f = open_file(mode);

    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void write_pem(EVP_PKEY *key, const char *password, X509 *const *certs, size_t n)
{
    FILE *f = open_file(0600);
    char copy[64] = "";

    if (password != NULL)
        (void)snprintf(copy, sizeof copy, "%s", password);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(PEM_write_X509(f, certs[i]), 1);
    if (key != NULL)
        assert_int_equal(PEM_write_PrivateKey(f, key, password != NULL ? EVP_aes_256_cbc() : NULL,
                                              NULL, 0, NULL, password != NULL ? copy : NULL),
                         1);
    assert_int_equal(fclose(f), 0);
}

static void write_pfx(EVP_PKEY *key, X509 *x, const char *password)
{
    FILE *f = open_file(0600);
    PKCS12 *p = PKCS12_create(password, "test", key, x, NULL, 0, 0, 0, 0, 0);

    assert_non_null(p);
    assert_int_equal(i2d_PKCS12_fp(f, p), 1);
    PKCS12_free(p);
    assert_int_equal(fclose(f), 0);
}

static struct credential *load(const char *secret_file, struct err *e)
{
    struct credential_source src = {.client_secret_file = secret_file};
    struct credential *c = NULL;

    (void)(credential_load(&src, &c, e) == ERR_OK);
    return c;
}

static struct credential *load_good(const char *secret_file)
{
    struct err e = ERR_INIT;
    struct credential *c = load(secret_file, &e);

    if (c == NULL)
        fail_msg("%s", e.msg);
    return c;
}

static void refused(const char *secret_file, const char *word)
{
    struct err e = ERR_INIT;
    struct credential *c = load(secret_file, &e);

    if (c != NULL || e.code != ERR_USAGE || strstr(e.msg, word) == NULL)
        fail_msg("wanted '%s': %s '%s'", word, err_code_name(e.code), e.msg);
}

static void secrets_come_from_file_or_environment(void **state)
{
    static const struct {
        const char *name, *text, *want;
    } cases[] = {
        {"plain", "s3cret~x", "s3cret~x"},
        {"newline cut", "s3cret\n", "s3cret"},
        {"CR LF cut", "s3cret\r\n", "s3cret"},
        {"blanks kept", " s ", " s "},
    };
    struct credential *c;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        write_text(cases[i].text, 0600);
        c = load_good(path);
        if (strcmp(c->secret.p, cases[i].want) != 0)
            fail_msg("%s: '%s'", cases[i].name, c->secret.p);
        assert_string_equal(credential_kind(c), "client secret");
        credential_free(c);
    }
    set("AZURE_CLIENT_SECRET", "from-environment");
    c = load_good(NULL);
    assert_string_equal(c->secret.p, "from-environment");
    credential_free(c);
    c = load_good(path); /* the option wins */
    assert_string_equal(c->secret.p, " s ");
    credential_free(c);
    write_pem(rsa, NULL, &cert, 1);
    set("AZURE_CLIENT_CERTIFICATE_PATH", path);
    c = load_good(NULL); /* a secret wins over a certificate */
    assert_string_equal(credential_kind(c), "client secret");
    credential_free(c);
    set("AZURE_CLIENT_SECRET", ""); /* empty counts as unset */
    c = load_good(NULL);
    assert_string_equal(credential_kind(c), "certificate");
    credential_free(c);
    credential_free(NULL);
}

static void a_certificate_can_be_named(void **state)
{
    char *password = xasprintf("%s.password", path);
    struct credential_source src = {.client_certificate_file = path};
    struct credential *c = NULL;
    struct err e = ERR_INIT;
    FILE *f;

    (void)state;
    set("AZURE_CLIENT_SECRET", "of the environment");
    write_pem(rsa, NULL, &cert, 1);
    assert_int_equal(credential_load(&src, &c, &e), ERR_OK);
    assert_string_equal(credential_kind(c), "certificate"); /* the option wins */
    credential_free(c);
    write_pfx(rsa, cert, "pass word");
    assert_int_equal(credential_load(&src, &c, &e), ERR_USAGE);
    assert_non_null(strstr(e.msg, "has a password"));
    err_clear(&e);
    f = fopen(password, "we");
    assert_non_null(f);
    assert_int_equal(fchmod(fileno(f), 0600), 0);
    assert_true(fputs("pass word\n", f) >= 0);
    assert_int_equal(fclose(f), 0);
    src.client_certificate_password_file = password;
    assert_int_equal(credential_load(&src, &c, &e), ERR_OK);
    assert_string_equal(credential_kind(c), "certificate");
    assert_null(c->secret.p); /* the password is not kept */
    credential_free(c);
    assert_int_equal(chmod(password, 0644), 0);
    assert_int_equal(credential_load(&src, &c, &e), ERR_USAGE);
    assert_non_null(strstr(e.msg, "chmod 600"));
    (void)unlink(password);
    free(password);
}

static void bad_secret_files_are_refused(void **state)
{
    (void)state;
    refused(NULL, "no credential");
    refused("/nonexistent/secret", "/nonexistent/secret");
    write_text("x", 0644);
    refused(path, "chmod 600");
    write_text("", 0600);
    refused(path, "empty");
    write_text("\n", 0600);
    refused(path, "empty");
    write_text("a\nb\n", 0600);
    refused(path, "more than one line");
}

static void certificates_load_from_pem_and_pfx(void **state)
{
    X509 *chain[2] = {make_cert(other_rsa, -DAY, DAY), cert};
    struct credential *c;

    (void)state;
    set("AZURE_CLIENT_CERTIFICATE_PATH", path);
    write_pem(rsa, NULL, chain, 2); /* not the first one: the one of the key */
    c = load_good(NULL);
    assert_string_equal(credential_kind(c), "certificate");
    assert_int_equal(X509_cmp(c->cert, cert), 0);
    credential_free(c);
    write_pfx(rsa, cert, "");
    credential_free(load_good(NULL));
    set("AZURE_CLIENT_CERTIFICATE_PASSWORD", "pass word");
    write_pem(rsa, "pass word", chain, 2);
    credential_free(load_good(NULL));
    write_pfx(rsa, cert, "pass word");
    c = load_good(NULL);
    assert_int_equal(X509_cmp(c->cert, cert), 0);
    assert_int_equal(EVP_PKEY_eq(c->key, rsa), 1);
    credential_free(c);
    X509_free(chain[0]);
}

/* What older Windows versions export: RC2 with 40 bits around the certificate. */
static void a_pfx_with_an_old_cipher_loads(void **state)
{
    OSSL_PROVIDER *old = OSSL_PROVIDER_load(NULL, "legacy");
    OSSL_PROVIDER *usual = OSSL_PROVIDER_load(NULL, "default");
    FILE *f = open_file(0600);
    PKCS12 *p;
    struct credential *c;

    (void)state;
    if (old == NULL || usual == NULL) {
        (void)fclose(f);
        skip(); /* OpenSSL without its legacy module */
    }
    p = PKCS12_create("old", "test", rsa, cert, NULL, NID_pbe_WithSHA1And3_Key_TripleDES_CBC,
                      NID_pbe_WithSHA1And40BitRC2_CBC, 0, 0, 0);
    assert_non_null(p);
    assert_int_equal(i2d_PKCS12_fp(f, p), 1);
    PKCS12_free(p);
    assert_int_equal(fclose(f), 0);
    (void)OSSL_PROVIDER_unload(old);
    set("AZURE_CLIENT_CERTIFICATE_PATH", path);
    set("AZURE_CLIENT_CERTIFICATE_PASSWORD", "old");
    c = load_good(NULL);
    assert_int_equal(X509_cmp(c->cert, cert), 0);
    assert_int_equal(EVP_PKEY_eq(c->key, rsa), 1);
    credential_free(c);
    (void)OSSL_PROVIDER_unload(usual);
}

static void bad_certificates_are_refused_with_advice(void **state)
{
    X509 *old = make_cert(rsa, -2L * DAY, -DAY);
    X509 *early = make_cert(rsa, DAY, 2L * DAY);
    X509 *of_ec = make_cert(ec, -DAY, DAY);
    X509 *small = make_cert(small_rsa, -DAY, DAY);

    (void)state;
    set("AZURE_CLIENT_CERTIFICATE_PATH", "/nonexistent/cert.pem");
    refused(NULL, "/nonexistent/cert.pem");
    set("AZURE_CLIENT_CERTIFICATE_PATH", path);
    write_text("hello", 0600);
    refused(NULL, "neither a PEM nor a PFX");
    write_text("", 0600);
    refused(NULL, "empty");
    write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", 0600);
    refused(NULL, "no private key");
    write_pem(rsa, NULL, &cert, 1);
    assert_int_equal(chmod(path, 0640), 0);
    refused(NULL, "chmod 600");
    write_pem(NULL, NULL, &cert, 1);
    refused(NULL, "no private key");
    write_pem(rsa, NULL, NULL, 0);
    refused(NULL, "no certificate");
    write_pem(other_rsa, NULL, &cert, 1);
    refused(NULL, "belongs to its private key");
    write_pem(rsa, NULL, &old, 1);
    refused(NULL, "expired on 20");
    write_pem(rsa, NULL, &early, 1);
    refused(NULL, "clock");
    write_pem(ec, NULL, &of_ec, 1);
    refused(NULL, "no RSA key");
    write_pem(small_rsa, NULL, &small, 1);
    refused(NULL, "1024 bits");
    write_pem(rsa, "right", &cert, 1);
    refused(NULL, "set AZURE_CLIENT_CERTIFICATE_PASSWORD");
    write_pfx(rsa, cert, "right");
    refused(NULL, "set AZURE_CLIENT_CERTIFICATE_PASSWORD");
    write_pfx(rsa, old, "");
    refused(NULL, "expired on 20");
    write_pfx(NULL, cert, "");
    refused(NULL, "no private key");
    set("AZURE_CLIENT_CERTIFICATE_PASSWORD", "wrong");
    write_pem(rsa, "right", &cert, 1);
    refused(NULL, "AZURE_CLIENT_CERTIFICATE_PASSWORD right?");
    write_pfx(rsa, cert, "right");
    refused(NULL, "AZURE_CLIENT_CERTIFICATE_PASSWORD right?");
    X509_free(old);
    X509_free(early);
    X509_free(of_ec);
    X509_free(small);
}

/* ---- the signed assertion ---- */

static json_t *part(const char *from, const char *to)
{
    struct err e = ERR_INIT;
    json_t *v = NULL;
    struct buf b;

    buf_init(&b, 8192);
    assert_true(base64url_decode(&b, from, (size_t)(to - from)));
    if (jx_parse(b.p, b.n, "part", &v, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    buf_release(&b);
    return v;
}

static bool verifies(enum assertion_alg alg, EVP_PKEY *key, const char *jwt, const char *last_dot)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pctx = NULL;
    struct buf sig;
    bool ok;

    buf_init(&sig, 4096);
    assert_true(base64url_decode(&sig, last_dot + 1, strlen(last_dot + 1)));
    ok = EVP_DigestVerifyInit(ctx, &pctx, EVP_sha256(), NULL, key) == 1;
    if (ok && alg == ASSERTION_PS256)
        ok = EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) == 1 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, 32) == 1;
    ok = ok && EVP_DigestVerify(ctx, (const unsigned char *)sig.p, sig.n,
                                (const unsigned char *)jwt, (size_t)(last_dot - jwt)) == 1;
    EVP_MD_CTX_free(ctx);
    buf_release(&sig);
    return ok;
}

static void check_thumbprint(const char *text, const EVP_MD *md)
{
    unsigned char want[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    struct buf b;

    assert_non_null(text);
    assert_int_equal(X509_digest(cert, md, want, &n), 1);
    buf_init(&b, 256);
    assert_true(base64url_decode(&b, text, strlen(text)));
    assert_int_equal(b.n, n);
    assert_memory_equal(b.p, want, n);
    buf_release(&b);
}

static void check_assertion(enum assertion_alg alg)
{
    static const char *const aud = "https://login.test/contoso.com/oauth2/v2.0/token";
    struct secret jwt = {NULL, 0};
    struct err e = ERR_INIT;
    int64_t now = clock_real_ms();
    struct assertion a = {alg, rsa, cert, "6d0f8a52-4e1b-4c1e-9a37-2b8f5c7d9e10", aud, now};
    int64_t exp;
    int64_t nbf;
    const char *first;
    const char *last;
    json_t *header;
    json_t *claims;

    assert_int_equal(assertion_make(&a, &jwt, &e), ERR_OK);
    first = strchr(jwt.p, '.');
    last = strrchr(jwt.p, '.');
    assert_true(first != NULL && last > first);
    header = part(jwt.p, first);
    claims = part(first + 1, last);
    assert_string_equal(jx_text(header, "alg"), alg == ASSERTION_PS256 ? "PS256" : "RS256");
    assert_string_equal(jx_text(header, "typ"), "JWT");
    if (alg == ASSERTION_PS256) {
        check_thumbprint(json_string_value(json_object_get(header, "x5t#S256")), EVP_sha256());
        assert_null(json_object_get(header, "x5t"));
    } else {
        check_thumbprint(json_string_value(json_object_get(header, "x5t")), EVP_sha1());
        assert_int_equal(strlen(jx_text(header, "kid")), 40);
    }
    assert_string_equal(jx_text(claims, "aud"), aud);
    assert_string_equal(jx_text(claims, "iss"), "6d0f8a52-4e1b-4c1e-9a37-2b8f5c7d9e10");
    assert_string_equal(jx_text(claims, "sub"), jx_text(claims, "iss"));
    assert_int_equal(strlen(jx_text(claims, "jti")), 36);
    assert_int_equal(jx_int(claims, "exp", &exp), JX_OK);
    assert_int_equal(jx_int(claims, "nbf", &nbf), JX_OK);
    assert_int_equal(nbf, now / 1000);
    assert_true(exp > nbf && exp - nbf <= 600);
    assert_true(verifies(alg, rsa, jwt.p, last));
    assert_false(verifies(alg, other_rsa, jwt.p, last));
    assert_false(
        verifies(alg == ASSERTION_PS256 ? ASSERTION_RS256 : ASSERTION_PS256, rsa, jwt.p, last));
    json_decref(header);
    json_decref(claims);
    secret_release(&jwt);
}

static void assertions_carry_a_good_signature(void **state)
{
    (void)state;
    check_assertion(ASSERTION_PS256);
    check_assertion(ASSERTION_RS256);
}

static void no_two_assertions_are_alike(void **state)
{
    struct secret a = {NULL, 0};
    struct secret b = {NULL, 0};
    struct assertion same = {ASSERTION_RS256, rsa, cert, "c", "a", 1000};
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(assertion_make(&same, &a, &e), ERR_OK);
    assert_int_equal(assertion_make(&same, &b, &e), ERR_OK);
    assert_string_not_equal(a.p, b.p); /* jti */
    secret_release(&a);
    secret_release(&b);
}

static void base64url_goes_there_and_back(void **state)
{
    static const struct {
        const char *bytes, *text; /* RFC 4648 section 10, without padding */
    } cases[] = {
        {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
        {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xbf", "-_-_"}};
    static const char *const wrong[] = {"Z", "Zg==", "Zm9v Yg", "+/+/", "Zm9v\n"};
    struct buf b;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        buf_init(&b, 100);
        base64url_add(&b, cases[i].bytes, strlen(cases[i].bytes));
        assert_string_equal(b.p, cases[i].text);
        buf_clear(&b);
        assert_true(base64url_decode(&b, cases[i].text, strlen(cases[i].text)));
        assert_string_equal(b.p, cases[i].bytes);
        buf_release(&b);
    }
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        buf_init(&b, 100);
        assert_false(base64url_decode(&b, wrong[i], strlen(wrong[i])));
        buf_release(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(secrets_come_from_file_or_environment, clean_environment),
        cmocka_unit_test_setup(a_certificate_can_be_named, clean_environment),
        cmocka_unit_test_setup(a_certificate_can_be_named, clean_environment),
        cmocka_unit_test_setup(bad_secret_files_are_refused, clean_environment),
        cmocka_unit_test_setup(certificates_load_from_pem_and_pfx, clean_environment),
        cmocka_unit_test_setup(a_pfx_with_an_old_cipher_loads, clean_environment),
        cmocka_unit_test_setup(bad_certificates_are_refused_with_advice, clean_environment),
        cmocka_unit_test(assertions_carry_a_good_signature),
        cmocka_unit_test(no_two_assertions_are_alike),
        cmocka_unit_test(base64url_goes_there_and_back),
    };

    return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
