#include "transport.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/strs.h"
#include "metadata_url.h"
#include "secret_buf.h"
#include "tls_trust.h"
#include "trace.h"
#include "url.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

struct transfer {
    TAILQ_ENTRY(transfer) at;
    struct transport *transport;
    CURL *easy;
    struct curl_slist *headers;
    struct secret body;
    struct buf reply;
    bool is_secret;
    uint64_t traced; /* its number in the trace */
    long stall_s;
    size_t header_bytes; /* received */
    char host[URL_HOST_BYTES];
    char trouble[CURL_ERROR_SIZE];
    void (*done)(void *ctx, const struct transfer_reply *r);
    void *ctx;
};

struct transport {
    CURLM *multi;
    CURLSH *cookies;
    struct tls_trust *trust;
    struct http_trace *trace;
    char *proxy, *user_agent;
    TAILQ_HEAD(transfer_list, transfer) transfers;
    uint64_t bytes;
};

enum {
    CONNECT_TIMEOUT_S = 20,
    METADATA_CONNECT_MS = 1000, /* it answers at once, or is not there */
    SLOW_BYTES_PER_S = 500,
    DRIP_S = 60, /* slower than that for so long, in the middle of a body */
    /* A cmdlet may think for minutes: without a sign of life a router on the way forgets the
     * connection in less. */
    KEEPALIVE_IDLE_S = 30,
    KEEPALIVE_EVERY_S = 10,
    /* libcurl reads up to 32 KB of HTTP/2 at once and hands each stream's part to its buffer of
     * this size. When that is full, libcurl 7.88 pauses the whole connection, and with several
     * connections and streams it may never go on (curl issue 10525 is of the same code). With its
     * usual 16 KB one run in six stood still; with more than 32 KB no buffer is ever full. */
    BUFFER_BYTES = 256 * 1024,
    SECRET_REPLY_USUAL_BYTES = 16 * 1024,
    PROXY_WANTS_PASSWORD = 407
};

enum err_code transport_new(const struct transport_options *o, struct transport **out,
                            struct err *e)
{
    static bool is_ready; /* one thread, and curl_global_init() is for the whole process */
    struct transport *t = xcalloc(1, sizeof *t);

    TAILQ_INIT(&t->transfers);
    t->trace = o->trace;
    if (!is_ready && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        BUG("libcurl does not start");
    is_ready = true;
    if (tls_trust_load(o->ca_file, &t->trust, e) != ERR_OK) {
        transport_free(t);
        return e->code;
    }
    t->proxy = o->proxy != NULL ? xstrdup(o->proxy) : NULL;
    t->user_agent = xstrdup(o->user_agent != NULL ? o->user_agent : "graphaudit");
    t->multi = curl_multi_init();
    t->cookies = curl_share_init();
    if (t->multi == NULL || t->cookies == NULL ||
        curl_share_setopt(t->cookies, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE) != CURLSHE_OK ||
        curl_multi_setopt(t->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)o->concurrency) !=
            CURLM_OK)
        BUG("libcurl has no memory");
    *out = t;
    return ERR_OK;
}

static void wipe_headers(struct curl_slist *list)
{
    for (struct curl_slist *h = list; h != NULL; h = h->next)
        secret_wipe(h->data, strlen(h->data));
    curl_slist_free_all(list);
}

static void transfer_free(struct transfer *x)
{
    if (x == NULL)
        return;
    curl_easy_cleanup(x->easy);
    wipe_headers(x->headers);
    secret_release(&x->body);
    if (x->is_secret)
        secret_buf_release(&x->reply);
    else
        buf_release(&x->reply);
    free(x);
}

void transport_cancel(struct transport *t, struct transfer *x)
{
    if (x == NULL)
        return;
    /* Do not wait for a name lookup that is under way in libcurl's resolver thread. */
    (void)curl_easy_setopt(x->easy, CURLOPT_QUICK_EXIT, 1L);
    (void)curl_multi_remove_handle(t->multi, x->easy);
    trace_cancelled(t->trace, x->traced);
    TAILQ_REMOVE(&t->transfers, x, at);
    transfer_free(x);
}

void transport_free(struct transport *t)
{
    struct transfer *next;

    if (t == NULL)
        return;
    for (struct transfer *x = TAILQ_FIRST(&t->transfers); x != NULL; x = next) {
        next = TAILQ_NEXT(x, at);
        transport_cancel(t, x);
    }
    if (t->multi != NULL)
        (void)curl_multi_cleanup(t->multi);
    if (t->cookies != NULL)
        (void)curl_share_cleanup(t->cookies);
    tls_trust_free(t->trust);
    if (t->proxy != NULL)
        secret_wipe(t->proxy, strlen(t->proxy)); /* may hold a password */
    free(t->proxy);
    free(t->user_agent);
    free(t);
}

uint64_t transport_bytes(const struct transport *t)
{
    return t->bytes;
}

static size_t on_bytes(char *p, size_t size, size_t n, void *ctx)
{
    struct transfer *x = ctx;

    n *= size;
    x->transport->bytes += n;
    /* A service may think for long before it answers, but not drip once it has begun. */
    if (x->reply.n == 0 && x->stall_s > DRIP_S)
        (void)curl_easy_setopt(x->easy, CURLOPT_LOW_SPEED_TIME, (long)DRIP_S);
    buf_add(&x->reply, p, n);
    return x->reply.failed ? 0 : n; /* 0 ends the transfer: too large */
}

/* libcurl keeps every header of a reply: without a limit, as many as a stranger likes to send. */
static size_t on_header(char *p, size_t size, size_t n, void *ctx)
{
    struct transfer *x = ctx;

    (void)p;
    n *= size;
    x->header_bytes += n;
    return x->header_bytes > LIMIT_HEADER_BYTES ? 0 : n; /* 0 ends the transfer */
}

static void add_header(struct transfer *x, const char *line)
{
    struct curl_slist *list = curl_slist_append(x->headers, line);

    if (list == NULL)
        BUG("libcurl has no memory");
    x->headers = list;
}

static void add_headers(struct transfer *x, const struct transfer_spec *spec)
{
    char *line;

    for (size_t i = 0; i < spec->header_count; i++)
        add_header(x, spec->headers[i]);
    add_header(x, "Expect:");
    if (spec->bearer == NULL)
        return;
    line = xasprintf("Authorization: Bearer %s", spec->bearer);
    add_header(x, line);
    secret_wipe(line, strlen(line));
    free(line);
}

/* One failed option fails the transfer: none of them is optional. */
#define SET(option, value)                                                                         \
    do {                                                                                           \
        CURLcode set_rc = curl_easy_setopt(x->easy, option, value);                                \
        if (set_rc != CURLE_OK)                                                                    \
            return set_rc;                                                                         \
    } while (0)

static CURLcode set_safety(struct transfer *x, const struct transfer_spec *spec)
{
    if (spec->target == GUARD_METADATA) { /* this machine or the link: see metadata_url.h */
        SET(CURLOPT_PROTOCOLS_STR, "http");
        SET(CURLOPT_PROXY, "");
        SET(CURLOPT_NOPROXY, "*");
        SET(CURLOPT_CONNECTTIMEOUT_MS, (long)METADATA_CONNECT_MS);
    } else {
        SET(CURLOPT_PROTOCOLS_STR, "https");
        SET(CURLOPT_CONNECTTIMEOUT, (long)CONNECT_TIMEOUT_S);
    }
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_BYTES_PER_S);
    SET(CURLOPT_LOW_SPEED_TIME, spec->stall_s);
    SET(CURLOPT_TIMEOUT_MS, (long)LIMIT_TRANSFER_MS);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_IDLE_S);
    SET(CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_EVERY_S);
    return tls_trust_apply(x->transport->trust, x->easy);
}

static CURLcode set_request(struct transfer *x, const struct transfer_spec *spec)
{
    const struct transport *t = x->transport;

    SET(CURLOPT_URL, spec->url);
    SET(CURLOPT_PATH_AS_IS, 1L); /* verbatim: the guard has judged this very text */
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    SET(CURLOPT_PIPEWAIT, 1L);
    SET(CURLOPT_ACCEPT_ENCODING, "");
    SET(CURLOPT_BUFFERSIZE, (long)BUFFER_BYTES);
    SET(CURLOPT_FRESH_CONNECT, spec->needs_fresh ? 1L : 0L);
    SET(CURLOPT_USERAGENT, t->user_agent);
    SET(CURLOPT_HTTPHEADER, x->headers);
    SET(CURLOPT_WRITEFUNCTION, on_bytes);
    SET(CURLOPT_WRITEDATA, x);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, x);
    SET(CURLOPT_PRIVATE, x);
    SET(CURLOPT_ERRORBUFFER, x->trouble);
    if (t->proxy != NULL && spec->target != GUARD_METADATA)
        SET(CURLOPT_PROXY, t->proxy);
    if (spec->keeps_cookies) {
        SET(CURLOPT_SHARE, t->cookies);
        SET(CURLOPT_COOKIEFILE, "");
    }
    if (strcmp(spec->method, "POST") == 0) {
        SET(CURLOPT_POST, 1L);
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)x->body.n);
        SET(CURLOPT_POSTFIELDS, x->body.p);
    }
    return CURLE_OK;
}
#undef SET

static struct transfer *transfer_new(struct transport *t, const struct transfer_spec *spec)
{
    struct transfer *x = xcalloc(1, sizeof *x);

    x->transport = t;
    x->is_secret = spec->is_secret;
    x->stall_s = spec->stall_s;
    x->done = spec->done;
    x->ctx = spec->ctx;
    buf_init(&x->reply, spec->max_reply_bytes);
    if (spec->is_secret)
        secret_buf_reserve(&x->reply, SECRET_REPLY_USUAL_BYTES);
    if (spec->body != NULL)
        secret_set(&x->body, spec->body, spec->body_len);
    add_headers(x, spec);
    x->easy = curl_easy_init();
    return x;
}

static void note_request(struct transfer *x, const struct transfer_spec *spec)
{
    static const char *const targets[] = {
        [GUARD_LOGIN] = "login", [GUARD_GRAPH] = "graph", [GUARD_EXCHANGE] = "exchange"};
    const struct trace_request r = {
        .target = (size_t)spec->target < COUNT_OF(targets) ? targets[spec->target] : "other",
        .resource = spec->resource,
        .attempt = spec->attempt,
        .method = spec->method,
        .url = spec->url,
        .headers = spec->headers,
        .header_count = spec->header_count,
        .is_authorized = spec->bearer != NULL,
        .body_len = spec->body_len,
    };

    x->traced = trace_request(x->transport->trace, &r);
}

enum err_code transport_start(struct transport *t, const struct transfer_spec *spec,
                              struct transfer **out, struct err *e)
{
    struct url u;
    struct transfer *x;
    CURLcode rc;

    if (!(spec->target == GUARD_METADATA ? metadata_url_parse(spec->url, &u)
                                         : url_parse(spec->url, &u)))
        return err_set(e, ERR_BUG, "request refused: not a plain https URL: %.200s", spec->url);
    if (guard_request(spec->target, spec->method, u.path, spec->body, spec->body_len, e) != ERR_OK)
        return e->code;
    x = transfer_new(t, spec);
    (void)snprintf(x->host, sizeof x->host, "%s", u.host);
    rc = x->easy == NULL ? CURLE_OUT_OF_MEMORY : set_safety(x, spec);
    if (rc == CURLE_OK)
        rc = set_request(x, spec);
    if (rc == CURLE_OK && curl_multi_add_handle(t->multi, x->easy) != CURLM_OK)
        rc = CURLE_FAILED_INIT;
    if (rc != CURLE_OK) {
        transfer_free(x);
        return err_set(e, ERR_NET, "cannot start a request to %s: %s", u.host,
                       curl_easy_strerror(rc));
    }
    TAILQ_INSERT_TAIL(&t->transfers, x, at);
    note_request(x, spec);
    *out = x;
    return ERR_OK;
}

/* What libcurl's result means for us. Unlisted ones are ERR_NET and not tried again. */
static const struct outcome {
    CURLcode rc;
    enum err_code code;
    bool may_retry;
} outcomes[] = {
    {CURLE_COULDNT_RESOLVE_PROXY, ERR_NET, true},
    {CURLE_COULDNT_RESOLVE_HOST, ERR_NET, true},
    {CURLE_COULDNT_CONNECT, ERR_NET, true},
    {CURLE_WEIRD_SERVER_REPLY, ERR_NET, true},
    {CURLE_HTTP2, ERR_NET, true},
    {CURLE_HTTP2_STREAM, ERR_NET, true},
    {CURLE_PARTIAL_FILE, ERR_PARSE, true},
    {CURLE_WRITE_ERROR, ERR_LIMIT, false},   /* on_bytes() said too large */
    {CURLE_OUT_OF_MEMORY, ERR_LIMIT, false}, /* says libcurl 7 of one header of 100 KiB */
    {CURLE_OPERATION_TIMEDOUT, ERR_NET, true},
    {CURLE_GOT_NOTHING, ERR_NET, true},
    {CURLE_SEND_ERROR, ERR_NET, true},
    {CURLE_RECV_ERROR, ERR_NET, true},
    {CURLE_BAD_CONTENT_ENCODING, ERR_PARSE, true},
    {CURLE_PROXY, ERR_NET, false},
    {CURLE_SSL_CONNECT_ERROR, ERR_TLS, true}, /* a reset during the handshake looks like this */
    {CURLE_PEER_FAILED_VERIFICATION, ERR_TLS, false},
    {CURLE_SSL_CACERT_BADFILE, ERR_TLS, false},
    {CURLE_SSL_CERTPROBLEM, ERR_TLS, false},
    {CURLE_SSL_CIPHER, ERR_TLS, false},
    {CURLE_SSL_ISSUER_ERROR, ERR_TLS, false},
    {CURLE_SSL_INVALIDCERTSTATUS, ERR_TLS, false},
    {CURLE_SSL_PINNEDPUBKEYNOTMATCH, ERR_TLS, false},
    {CURLE_SSL_ENGINE_INITFAILED, ERR_TLS, false},
};

/* What a proxy said to CONNECT; 0 without one. */
static long proxy_status(const struct transfer *x)
{
    long status = 0;

    (void)curl_easy_getinfo(x->easy, CURLINFO_HTTP_CONNECTCODE, &status);
    return status;
}

static void explain(const struct transfer *x, CURLcode rc, struct transfer_reply *r, char *out,
                    size_t size)
{
    const char *why = x->trouble[0] != '\0' ? x->trouble : curl_easy_strerror(rc);

    if (r->code == ERR_LIMIT && (x->header_bytes > LIMIT_HEADER_BYTES || rc == CURLE_OUT_OF_MEMORY))
        (void)snprintf(out, size, "the headers of the reply of %s are larger than %d bytes",
                       x->host, (int)LIMIT_HEADER_BYTES);
    else if (r->code == ERR_LIMIT)
        (void)snprintf(out, size, "the reply of %s is larger than %zu bytes", x->host,
                       x->reply.max);
    else if (r->code == ERR_PARSE)
        (void)snprintf(out, size, "the reply of %s was cut off after %zu bytes (%s)", x->host,
                       x->reply.n, why);
    else if (r->code == ERR_TLS && rc == CURLE_PEER_FAILED_VERIFICATION)
        (void)snprintf(out, size,
                       "the certificate of %s is not trusted: %s (a proxy that inspects TLS? then "
                       "add its CA with --ca-file)",
                       x->host, why);
    else if (proxy_status(x) == PROXY_WANTS_PASSWORD)
        (void)snprintf(out, size,
                       "no reply from %s: the proxy wants a user and a password (set them in "
                       "HTTPS_PROXY)",
                       x->host);
    else if (r->code == ERR_TLS)
        (void)snprintf(out, size, "no secure connection to %s: %s", x->host, why);
    else
        (void)snprintf(out, size, "no reply from %s: %s", x->host, why);
}

static const char *header_of(CURL *easy, const char *name)
{
    struct curl_header *h = NULL;

    return curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &h) == CURLHE_OK ? h->value : NULL;
}

static const char *trace_header(void *ctx, const char *name)
{
    return header_of(ctx, name);
}

static int64_t info_number(const struct transfer *x, CURLINFO what)
{
    curl_off_t v = 0;

    (void)curl_easy_getinfo(x->easy, what, &v);
    return v;
}

static long http_version(const struct transfer *x)
{
    long v = 0;

    (void)curl_easy_getinfo(x->easy, CURLINFO_HTTP_VERSION, &v);
    return v == CURL_HTTP_VERSION_2_0 ? 2 : v == CURL_HTTP_VERSION_NONE ? 0 : 1;
}

static void note_reply(const struct transfer *x, const struct transfer_reply *r)
{
    struct trace_reply tr = {
        .n = x->traced,
        .result = err_code_name(r->code),
        .trouble = r->trouble,
        .status = r->status,
        .http_version = http_version(x),
        .dns_us = info_number(x, CURLINFO_NAMELOOKUP_TIME_T),
        .connect_us = info_number(x, CURLINFO_CONNECT_TIME_T),
        .tls_us = info_number(x, CURLINFO_APPCONNECT_TIME_T),
        .first_byte_us = info_number(x, CURLINFO_STARTTRANSFER_TIME_T),
        .total_us = info_number(x, CURLINFO_TOTAL_TIME_T),
        .wire_bytes = info_number(x, CURLINFO_SIZE_DOWNLOAD_T),
        .body = r->body,
        .body_len = r->body_len,
        .header = trace_header,
        .ctx = x->easy,
    };

    if (x->transport->trace == NULL)
        return;
    (void)curl_easy_getinfo(x->easy, CURLINFO_PRIMARY_IP, &tr.remote);
    (void)curl_easy_getinfo(x->easy, CURLINFO_NUM_CONNECTS, &tr.connections);
    trace_reply(x->transport->trace, &tr);
}

/* There may be several WWW-Authenticate headers: the one with a claims challenge, or NULL. */
static const char *challenge_of(CURL *easy)
{
    struct curl_header *h = NULL;
    size_t n = 1;

    for (size_t i = 0; i < n; i++) {
        if (curl_easy_header(easy, "WWW-Authenticate", i, CURLH_HEADER, -1, &h) != CURLHE_OK)
            return NULL;
        n = h->amount;
        if (str_icontains(h->value, "claims="))
            return h->value;
    }
    return NULL;
}

static void finish(struct transfer *x, CURLcode rc)
{
    char why[CURL_ERROR_SIZE + URL_HOST_BYTES + 256] = "";
    struct transfer_reply r = {.code = ERR_OK, .trouble = why};

    (void)curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &r.status);
    if (rc != CURLE_OK) {
        r.code = ERR_NET;
        for (size_t i = 0; i < COUNT_OF(outcomes); i++)
            if (outcomes[i].rc == rc) {
                r.code = outcomes[i].code;
                r.may_retry = outcomes[i].may_retry;
            }
        if (proxy_status(x) == PROXY_WANTS_PASSWORD)
            r.may_retry = false;
        /* The connection broke inside a body: TLS reports that differently from plain TCP. */
        if ((rc == CURLE_RECV_ERROR || rc == CURLE_HTTP2_STREAM) && x->reply.n > 0)
            r.code = ERR_PARSE;
        /* An HTTP/2 connection that ends before it answered: nothing was cut off. */
        if (rc == CURLE_PARTIAL_FILE && r.status == 0)
            r.code = ERR_NET;
        explain(x, rc, &r, why, sizeof why);
    }
    r.body = x->reply.p;
    r.body_len = x->reply.n;
    r.taken_body = &x->reply;
    r.retry_after = header_of(x->easy, "Retry-After");
    r.www_authenticate = header_of(x->easy, "WWW-Authenticate");
    r.challenge = challenge_of(x->easy);
    r.request_id = header_of(x->easy, "request-id");
    r.location = header_of(x->easy, "Location");
    r.date = header_of(x->easy, "Date");
    r.exception_type = header_of(x->easy, "X-ExceptionType");
    r.throttle_used = header_of(x->easy, "x-ms-throttle-limit-percentage");
    r.rate_remaining = header_of(x->easy, "Rate-Limit-Remaining");
    r.rate_reset = header_of(x->easy, "Rate-Limit-Reset");
    note_reply(x, &r);
    x->done(x->ctx, &r);
    transfer_free(x);
}

/* True when a transfer ended. Messages die with the handle: take what is needed first. */
static bool drain(struct transport *t)
{
    bool any = false;
    const CURLMsg *m;
    int left;

    while ((m = curl_multi_info_read(t->multi, &left)) != NULL) {
        CURL *easy = m->easy_handle;
        CURLcode rc = m->data.result;
        struct transfer *x = NULL;

        if (m->msg != CURLMSG_DONE)
            continue;
        (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&x);
        (void)curl_multi_remove_handle(t->multi, easy);
        TAILQ_REMOVE(&t->transfers, x, at);
        finish(x, rc);
        any = true;
    }
    return any;
}

void transport_wake(struct transport *t)
{
    (void)curl_multi_wakeup(t->multi);
}

void transport_push(struct transport *t)
{
    int running = 0;

    (void)curl_multi_perform(t->multi, &running); /* a failure shows again in the next step */
}

enum err_code transport_step(struct transport *t, int64_t wait_ms, struct err *e)
{
    int running = 0;
    CURLMcode mc = curl_multi_perform(t->multi, &running);

    /* Drain first: a loop that sleeps before it looks delays every reply by one sleep. */
    if (mc == CURLM_OK && !drain(t))
        mc = curl_multi_poll(t->multi, NULL, 0, (int)wait_ms, NULL);
    if (mc != CURLM_OK)
        return err_set(e, ERR_NET, "libcurl: %s", curl_multi_strerror(mc));
    return ERR_OK;
}
