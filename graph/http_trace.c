/* http_trace.c - the file of graph/http_trace.h. */
#include "graph/http_trace.h"

#include "base/clock.h"
#include "base/jsonx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/timex.h"
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct http_trace {
    int fd;
    char *path;
    uint64_t last; /* number of the newest request */
    size_t bytes;
    bool is_full;
    struct err trouble; /* the first thing that could not be written */
};

enum { LINE_BYTES = 64 * 1024, STATUS_ERROR = 400, KEY_BYTES = 64 };

/* Ids, throttling, and which of the service's machines it was. Set-Cookie and whatever else is not
 * here does not exist for us. */
static const char *const reply_headers[] = {
    "request-id",
    "client-request-id",
    "x-ms-request-id",
    "Date",
    "Content-Type",
    "Content-Encoding",
    "Retry-After",
    "Location",
    "WWW-Authenticate",
    "Rate-Limit-Remaining",
    "Rate-Limit-Reset",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "x-ms-throttle-information",
    "x-ms-throttle-scope",
    "x-ms-throttle-limit-percentage",
    "x-ms-resource-unit",
    "x-ms-ags-diagnostic",
    "x-ms-ests-server",
    "x-ms-srs",
    "X-ExceptionType",
    "X-CalculatedBETarget",
    "X-FEServer",
    "X-BEServer",
};
static const char *const request_headers[] = {"client-request-id", "Prefer", "ConsistencyLevel",
                                              "X-CmdletName"};

const char *trace_reply_header_at(size_t i)
{
    return i < COUNT_OF(reply_headers) ? reply_headers[i] : NULL;
}

enum err_code http_trace_open(const char *path, struct http_trace **out, struct err *e)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
    struct http_trace *t;
    struct stat st;

    if (fd < 0)
        return err_set(e, ERR_USAGE, "--trace-http: cannot write '%s': %s", path,
                       errno == ELOOP ? "it is a symbolic link" : strerror(errno));
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid()) {
        (void)close(fd);
        return err_set(e, ERR_USAGE, "--trace-http: '%s' is not a file of yours", path);
    }
    /* An old file may have been readable for others. */
    if (fchmod(fd, 0600) != 0 || ftruncate(fd, 0) != 0) {
        err_set(e, ERR_USAGE, "--trace-http: cannot write '%s': %s", path, strerror(errno));
        (void)close(fd);
        return e->code;
    }
    t = xcalloc(1, sizeof *t);
    t->fd = fd;
    t->path = xstrdup(path);
    *out = t;
    return ERR_OK;
}

enum err_code http_trace_close(struct http_trace *t, struct err *e)
{
    if (t == NULL)
        return ERR_OK;
    if (close(t->fd) != 0 && t->trouble.code == ERR_OK)
        err_set(&t->trouble, ERR_IO, "'%s': %s", t->path, strerror(errno));
    if (t->trouble.code != ERR_OK)
        err_set(e, t->trouble.code, "--trace-http: %s", t->trouble.msg);
    free(t->path);
    free(t);
    return e->code;
}

/* A line is one write(), so that a killed run leaves whole lines. */
static void put_line(struct http_trace *t, json_t *o)
{
    char *text = json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(6));
    struct buf line;

    json_decref(o);
    if (t->is_full || t->trouble.code != ERR_OK) {
        free(text);
        return;
    }
    buf_init(&line, LINE_BYTES);
    buf_adds(&line, text != NULL ? text : "{}");
    buf_addc(&line, '\n');
    free(text);
    if (t->bytes + line.n > LIMIT_TRACE_BYTES) {
        t->is_full = true;
        err_set(&t->trouble, ERR_LIMIT, "'%s' ends early: it reached %d bytes", t->path,
                LIMIT_TRACE_BYTES);
    } else if (line.failed) {
        err_set(&t->trouble, ERR_LIMIT, "'%s': a line was too long", t->path);
    } else if (write(t->fd, line.p, line.n) != (ssize_t)line.n) {
        err_set(&t->trouble, ERR_IO, "cannot write '%s': %s", t->path, strerror(errno));
    }
    t->bytes += line.n;
    buf_release(&line);
}

static void put(json_t *o, const char *name, json_t *value)
{
    (void)json_object_set_new(o, name, value);
}

static void put_value(json_t *o, const char *name, const char *text, size_t n)
{
    struct buf b;

    buf_init(&b, LINE_BYTES / 4);
    trace_add_value(&b, text, n);
    put(o, name, json_string(b.p));
    buf_release(&b);
}

static void put_url(json_t *o, const char *name, const char *url)
{
    struct buf b;

    buf_init(&b, LINE_BYTES / 4);
    trace_add_url(&b, url);
    put(o, name, json_string(b.p));
    buf_release(&b);
}

static json_t *new_line(const char *event, uint64_t n)
{
    int64_t ms = clock_real_ms();
    char when[TIME_TEXT_BYTES];
    char fine[TIME_TEXT_BYTES + 8];
    json_t *o = json_object();

    (void)snprintf(fine, sizeof fine, "%.19s.%03dZ", time_format(ms, when), (int)(ms % 1000));
    put(o, "time", json_string(fine));
    put(o, "event", json_string(event));
    put(o, "n", json_integer((json_int_t)n));
    return o;
}

static void lower_key(const char *name, char out[KEY_BYTES])
{
    (void)snprintf(out, KEY_BYTES, "%s", name);
    str_lower_inplace(out);
}

static json_t *sent_headers(const struct trace_request *r)
{
    json_t *o = json_object();
    char key[KEY_BYTES];

    for (size_t i = 0; i < r->header_count; i++)
        for (size_t k = 0; k < COUNT_OF(request_headers); k++) {
            size_t n = strlen(request_headers[k]);
            const char *h = r->headers[i];

            if (!str_istarts(h, request_headers[k]) || h[n] != ':')
                continue;
            h += n + 1;
            h += strspn(h, " ");
            lower_key(request_headers[k], key);
            put_value(o, key, h, strlen(h));
        }
    return o;
}

uint64_t trace_request(struct http_trace *t, const struct trace_request *r)
{
    json_t *o;

    if (t == NULL)
        return 0;
    o = new_line("request", ++t->last);
    put(o, "target", json_string(r->target));
    if (r->resource != NULL)
        put_value(o, "resource", r->resource, strlen(r->resource));
    if (r->attempt > 0)
        put(o, "attempt", json_integer((json_int_t)r->attempt));
    put(o, "method", json_string(r->method));
    put_url(o, "url", r->url);
    put(o, "headers", sent_headers(r));
    if (r->is_authorized)
        put(o, "authorization", json_string("REDACTED"));
    put(o, "body_bytes", json_integer((json_int_t)r->body_len));
    put_line(t, o);
    return t->last;
}

/* error.code of Graph and Exchange; error and the first of error_codes of a sign-in. */
static void put_error(json_t *o, const struct trace_reply *r)
{
    struct err e = ERR_INIT;
    json_t *body = NULL;
    const char *code = NULL;
    const json_t *number;

    if (r->status < STATUS_ERROR || r->body_len == 0 || r->body_len > LIMIT_TRACE_BODY_BYTES ||
        jx_parse(r->body, r->body_len, "reply", &body, &e) != ERR_OK)
        return;
    code = jx_text(body, "error.code");
    if (code == NULL)
        code = jx_text(body, "error");
    if (code != NULL)
        put_value(o, "error_code", code, strlen(code));
    number = json_array_get(json_object_get(body, "error_codes"), 0);
    if (json_is_integer(number))
        put(o, "aadsts", json_integer(json_integer_value(number)));
    json_decref(body);
}

static json_t *came_headers(const struct trace_reply *r)
{
    json_t *o = json_object();
    char key[KEY_BYTES];

    for (size_t i = 0; i < COUNT_OF(reply_headers); i++) {
        const char *value = r->header != NULL ? r->header(r->ctx, reply_headers[i]) : NULL;

        if (value == NULL)
            continue;
        lower_key(reply_headers[i], key);
        if (str_eq(key, "location"))
            put_url(o, key, value);
        else
            put_value(o, key, value, strlen(value));
    }
    return o;
}

static void put_ms(json_t *o, const char *name, int64_t us)
{
    if (us > 0)
        put(o, name, json_real((double)us / 1000.0));
}

void trace_reply(struct http_trace *t, const struct trace_reply *r)
{
    json_t *o;
    json_t *ms;

    if (t == NULL)
        return;
    o = new_line("reply", r->n);
    put(o, "result", json_string(r->result));
    if (r->trouble[0] != '\0')
        put_value(o, "trouble", r->trouble, strlen(r->trouble));
    put(o, "status", json_integer(r->status));
    put_error(o, r);
    put(o, "headers", came_headers(r));
    ms = json_object();
    put_ms(ms, "dns", r->dns_us);
    put_ms(ms, "connect", r->connect_us);
    put_ms(ms, "tls", r->tls_us);
    put_ms(ms, "first_byte", r->first_byte_us);
    put_ms(ms, "total", r->total_us);
    put(o, "ms", ms);
    put(o, "body_bytes", json_integer((json_int_t)r->body_len));
    put(o, "wire_bytes", json_integer(r->wire_bytes));
    put(o, "http", json_integer(r->http_version));
    if (r->remote != NULL)
        put_value(o, "remote", r->remote, strlen(r->remote));
    put(o, "connections", json_integer(r->connections));
    put_line(t, o);
}

void trace_cancelled(struct http_trace *t, uint64_t n)
{
    if (t != NULL)
        put_line(t, new_line("cancelled", n));
}
