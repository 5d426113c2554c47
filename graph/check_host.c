/* check_host.c - how far a connection comes: proxy, name, TCP, TLS. No request is sent. */
#include "base/attrs.h"
#include "base/strs.h"
#include "base/timex.h"
#include "graph/check.h"
#include "tls_trust.h"
#include "url.h"

#include <curl/curl.h>
#include <openssl/asn1.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct look {
    struct host_check *out;
    const struct tls_trust *trust;
};

/* ---- the chain, also when it is not trusted ---- */

static void add_name(const X509_NAME *name, char out[CHECK_TEXT_BYTES])
{
    BIO *bio = BIO_new(BIO_s_mem());
    int n = 0;

    out[0] = '\0';
    if (bio != NULL &&
        X509_NAME_print_ex(bio, name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB) >= 0)
        n = BIO_read(bio, out, CHECK_TEXT_BYTES - 1);
    out[n > 0 ? n : 0] = '\0';
    BIO_free(bio);
}

static void add_end(const X509 *x, char out[32])
{
    struct tm tm = {0};

    out[0] = '\0';
    if (ASN1_TIME_to_tm(X509_get0_notAfter(x), &tm) == 1)
        (void)time_format((int64_t)timegm(&tm) * 1000, out);
}

static void add_certificate(struct host_check *out, size_t depth, const X509 *x)
{
    struct host_certificate *c;

    if (x == NULL || depth >= CHECK_CHAIN_MAX)
        return;
    c = &out->chain[depth];
    add_name(X509_get_subject_name(x), c->subject);
    add_name(X509_get_issuer_name(x), c->issuer);
    add_end(x, c->not_after);
    if (depth + 1 > out->chain_count)
        out->chain_count = depth + 1;
}

/* OpenSSL asks once or more for each certificate. Looks only: the verdict stays what it was. */
static int on_certificate(int is_ok, X509_STORE_CTX *ctx)
{
    const SSL *ssl = X509_STORE_CTX_get_ex_data(ctx, SSL_get_ex_data_X509_STORE_CTX_idx());
    const SSL_CTX *sc = ssl != NULL ? SSL_get_SSL_CTX(ssl) : NULL;
    struct host_check *out = sc != NULL ? SSL_CTX_get_app_data(sc) : NULL;
    STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(ctx);
    int depth = X509_STORE_CTX_get_error_depth(ctx);

    if (out == NULL)
        return is_ok;
    /* What is not trusted ends here: what the server sent is all there is to see. */
    for (int i = 0; !is_ok && i < sk_X509_num(sent) && i < CHECK_CHAIN_MAX; i++)
        add_certificate(out, (size_t)i, sk_X509_value(sent, i));
    if (depth >= 0)
        add_certificate(out, (size_t)depth, X509_STORE_CTX_get_current_cert(ctx));
    return is_ok;
}

static CURLcode on_context(CURL *easy, void *ssl_ctx, void *ctx)
{
    const struct look *l = ctx;
    CURLcode rc = tls_trust_add(l->trust, ssl_ctx);

    (void)easy;
    SSL_CTX_set_app_data(ssl_ctx, l->out);
    SSL_CTX_set_verify(ssl_ctx, SSL_VERIFY_PEER, on_certificate);
    return rc;
}

/* ---- the proxy ---- */

bool host_check_proxy(const char *option, char out[CHECK_TEXT_BYTES], const char **said_by)
{
    /* The order of libcurl for https. */
    static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
    const char *proxy = option;
    const char *at;
    const char *scheme;

    *said_by = "--proxy";
    for (size_t i = 0; proxy == NULL && i < COUNT_OF(names); i++) {
        proxy = getenv(names[i]);
        *said_by = names[i];
        if (proxy != NULL && *proxy == '\0')
            proxy = NULL;
    }
    if (proxy == NULL)
        return false;
    at = strrchr(proxy, '@');
    scheme = strstr(proxy, "://");
    if (at == NULL)
        (void)snprintf(out, CHECK_TEXT_BYTES, "%s", proxy);
    else
        (void)snprintf(out, CHECK_TEXT_BYTES, "%.*s***@%s",
                       scheme != NULL && scheme < at ? (int)(scheme - proxy + 3) : 0, proxy,
                       at + 1);
    return true;
}

/* NO_PROXY as libcurl reads it: names and what is below them; "*" is all. */
static bool is_excepted(const char *host)
{
    const char *list = getenv("no_proxy");
    char one[CHECK_TEXT_BYTES];

    if (list == NULL)
        list = getenv("NO_PROXY");
    while (list != NULL && *list != '\0') {
        size_t n = strcspn(list, ", ");

        (void)snprintf(one, sizeof one, "%.*s", (int)n, list[0] == '.' ? list + 1 : list);
        if (list[0] == '.' && n > 0)
            one[n - 1 < sizeof one ? n - 1 : sizeof one - 1] = '\0';
        str_lower_inplace(one);
        if (str_eq(one, "*") || (n > 0 && url_host_is_within(host, one)))
            return true;
        list += n;
        list += strspn(list, ", ");
    }
    return false;
}

static bool uses_proxy(const struct host_check_options *o, const char *host)
{
    char text[CHECK_TEXT_BYTES];
    const char *said_by;

    return host_check_proxy(o->proxy, text, &said_by) && !is_excepted(host);
}

/* ---- the connection ---- */

static bool is_tls(CURLcode rc)
{
    return rc == CURLE_SSL_CONNECT_ERROR || rc == CURLE_PEER_FAILED_VERIFICATION ||
           rc == CURLE_SSL_CACERT_BADFILE || rc == CURLE_SSL_CIPHER ||
           rc == CURLE_SSL_ISSUER_ERROR || rc == CURLE_SSL_CERTPROBLEM;
}

static enum host_stage stage_of(CURL *easy, CURLcode rc, bool by_proxy)
{
    double name_s = 0;
    double connect_s = 0;
    long answer = 0;

    (void)curl_easy_getinfo(easy, CURLINFO_NAMELOOKUP_TIME, &name_s);
    (void)curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME, &connect_s);
    (void)curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &answer);
    if (rc == CURLE_OK)
        return HOST_DONE;
    if (is_tls(rc))
        return HOST_TLS;
    if (rc == CURLE_COULDNT_RESOLVE_PROXY || rc == CURLE_PROXY || answer >= 300)
        return HOST_PROXY;
    if (rc == CURLE_COULDNT_RESOLVE_HOST)
        return HOST_NAME;
    if (by_proxy && answer == 0)
        return HOST_PROXY;
    if (rc == CURLE_OPERATION_TIMEDOUT && name_s <= 0)
        return HOST_NAME;
    return connect_s > 0 ? HOST_TLS : HOST_CONNECT;
}

static CURLcode prepare(CURL *easy, const struct host_check_options *o, const char *origin,
                        struct look *l, char trouble[CURL_ERROR_SIZE])
{
    CURLcode rc = tls_trust_apply(l->trust, easy);

    if (rc == CURLE_OK)
        rc = curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_context);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, l);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(easy, CURLOPT_URL, origin);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L); /* no request */
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)o->timeout_ms);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, trouble);
    if (rc == CURLE_OK && o->proxy != NULL)
        rc = curl_easy_setopt(easy, CURLOPT_PROXY, o->proxy);
    return rc;
}

enum err_code host_check(const struct host_check_options *o, const char *origin,
                         struct host_check *out, struct err *e)
{
    struct tls_trust *trust = NULL;
    struct look l = {.out = out};
    char trouble[CURL_ERROR_SIZE] = "";
    const char *ip = NULL;
    struct url u;
    CURL *easy;
    CURLcode rc;

    memset(out, 0, sizeof *out);
    if (!url_parse(origin, &u))
        return err_set(e, ERR_USAGE, "not a plain https URL: %.200s", origin);
    (void)snprintf(out->host, sizeof out->host, "%s", u.host);
    if (tls_trust_load(o->ca_file, &trust, e) != ERR_OK)
        return e->code;
    l.trust = trust;
    easy = curl_easy_init();
    if (easy == NULL) {
        tls_trust_free(trust);
        return err_set(e, ERR_NET, "libcurl has no memory");
    }
    rc = prepare(easy, o, origin, &l, trouble);
    if (rc == CURLE_OK)
        rc = curl_easy_perform(easy);
    out->stage = stage_of(easy, rc, uses_proxy(o, u.host));
    if (rc != CURLE_OK)
        (void)snprintf(out->trouble, sizeof out->trouble, "%.300s",
                       trouble[0] != '\0' ? trouble : curl_easy_strerror(rc));
    if (curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &ip) == CURLE_OK && ip != NULL)
        (void)snprintf(out->address, sizeof out->address, "%.60s", ip);
    curl_easy_cleanup(easy);
    tls_trust_free(trust);
    return ERR_OK;
}
