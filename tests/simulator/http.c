#include "http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <microhttpd.h>
#include <zlib.h>

#include "kept.h"
#include "timetext.h"

enum {
    GZIP_FROM = 512, /* bytes; smaller bodies grow */
    BOMB_PIECE = 1 << 20
};

const char *request_header(const struct request *r, const char *name)
{
    return MHD_lookup_connection_value(r->conn, MHD_HEADER_KIND, name);
}

const char *request_param(const struct request *r, const char *name)
{
    for (size_t i = 0; i < r->param_count; i++)
        if (str_eq(r->params[i].name, name))
            return r->params[i].value;
    return NULL;
}

static void add_param(struct request *r, const char *text, size_t n)
{
    const char *eq = memchr(text, '=', n);
    size_t name = eq != NULL ? (size_t)(eq - text) : n;

    if (n == 0)
        return;
    r->params = xrealloc(r->params, (r->param_count + 1) * sizeof *r->params);
    r->params[r->param_count].name = percent_decode(text, name, true);
    r->params[r->param_count].value =
        eq != NULL ? percent_decode(eq + 1, n - name - 1, true) : xstrdup("");
    r->param_count++;
}

void request_set_target(struct request *r, const char *target)
{
    const char *query = strchr(target, '?');
    size_t path = query != NULL ? (size_t)(query - target) : strlen(target);

    r->target = xstrdup(target);
    r->path = percent_decode(target, path, false);
    while (query != NULL && *query != '\0') {
        size_t n = strcspn(query + 1, "&");

        add_param(r, query + 1, n);
        query += 1 + n;
    }
}

void request_invalid(struct request *r, const char *fmt, ...)
{
    char *text = NULL;
    va_list ap;

    va_start(ap, fmt);
    if (vasprintf(&text, fmt, ap) < 0)
        die("out of memory");
    va_end(ap);
    if (r->invalid.len > 0)
        buf_str(&r->invalid, "; ");
    buf_str(&r->invalid, text);
    free(text);
}

size_t request_page_size(const struct request *r, size_t n)
{
    const struct options *o = &r->sim->opt;

    if (o->page_size == 0 || (o->page_match != NULL && strstr(r->target, o->page_match) == NULL))
        return n;
    return (size_t)o->page_size < n ? (size_t)o->page_size : n;
}

void request_clear(struct request *r)
{
    free(r->target);
    free(r->path);
    for (size_t i = 0; i < r->param_count; i++) {
        free(r->params[i].name);
        free(r->params[i].value);
    }
    free(r->params);
    json_decref(r->json);
    buf_free(&r->invalid);
}

void reply_header(struct reply *p, const char *name, const char *fmt, ...)
{
    char *text = NULL;
    va_list ap;

    if (p->header_count == COUNT_OF(p->headers))
        die("too many reply headers");
    va_start(ap, fmt);
    if (vasprintf(&text, fmt, ap) < 0)
        die("out of memory");
    va_end(ap);
    /* Values may come from a request: a line break in one would split the reply. */
    for (char *c = text; *c != '\0'; c++)
        if (*c == '\r' || *c == '\n')
            *c = ' ';
    p->headers[p->header_count++] = (struct reply_header){.name = xstrdup(name), .value = text};
}

void reply_drop_headers(struct reply *p)
{
    for (size_t i = 0; i < p->header_count; i++) {
        free(p->headers[i].name);
        free(p->headers[i].value);
    }
    p->header_count = 0;
}

void reply_clear(struct reply *p)
{
    reply_drop_headers(p);
    json_decref(p->json);
    buf_free(&p->text);
    *p = (struct reply){0};
}

/* A message that begins with "AADSTS" has its own number, and the code is its error word. */
static json_t *login_error(const struct request *r, const char *code, const char *message)
{
    char when[TIME_TEXT];
    json_t *o = json_object();
    bool is_own = str_starts(message, "AADSTS");
    long number = is_own ? strtol(message + strlen("AADSTS"), NULL, 10) : 90033;

    time_plain(clock_now(), when);
    jset(o, "error", json_string(is_own ? code : "temporarily_unavailable"));
    jset(o, "error_description",
         json_sprintf("%s%s%s%s\r\nTrace ID: %s\r\nTimestamp: %s", is_own ? "" : "AADSTS90033: ",
                      is_own ? "" : code, is_own ? "" : " ", message, r->request_id, when));
    jset(o, "error_codes", json_pack("[I]", (json_int_t)number));
    jset(o, "timestamp", json_string(when));
    jset(o, "trace_id", json_string(r->request_id));
    jset(o, "correlation_id", json_string(r->client_request_id));
    return o;
}

static json_t *exchange_error(const char *code, const char *message)
{
    json_t *inside = json_pack("{s:s, s:s, s:n, s:n}", "Message", message, "TypeName",
                               "Microsoft.Exchange.Management.RestApiClient.RestApiException",
                               "StackTrace", "InnerError");
    char *text = json_dumps(inside, JSON_COMPACT);
    json_t *o =
        json_pack("{s:{s:s, s:s, s:[{s:s, s:s, s:s}], s:{s:s, s:s, s:{s:s}}}}", "error", "code",
                  code, "message", "Error executing cmdlet", "details", "code", "Context", "target",
                  "", "message", text, "innererror", "message", "Error executing cmdlet", "type",
                  "ODataServiceException", "internalexception", "message", message);

    free(text);
    json_decref(inside);
    return o;
}

static json_t *graph_error(const struct request *r, const char *code, const char *message)
{
    char when[TIME_TEXT];

    time_iso(clock_now(), when);
    when[19] = '\0'; /* the service leaves the Z out here */
    return json_pack("{s:{s:s, s:s, s:{s:s, s:s, s:s}}}", "error", "code", code, "message", message,
                     "innerError", "date", when, "request-id", r->request_id, "client-request-id",
                     r->client_request_id);
}

void reply_error(struct reply *p, const struct request *r, unsigned status, const char *code,
                 const char *message)
{
    json_decref(p->json);
    buf_free(&p->text);
    p->mode = REPLY_NORMAL;
    p->status = status;
    p->content_type = "application/json";
    if (r->service == SVC_LOGIN)
        p->json = login_error(r, code, message);
    else if (r->service == SVC_EXCHANGE)
        p->json = exchange_error(code, message);
    else
        p->json = graph_error(r, code, message);
}

/* A body on its way out in pieces: slow, cut short, or made up. */
struct stream {
    struct sim *sim;
    enum reply_mode mode;
    long value;
    char *data;
    size_t len;
};

static void stream_free(void *cls)
{
    struct stream *st = cls;

    free(st->data);
    free(st);
}

static ssize_t stream_read(void *cls, uint64_t pos, char *out, size_t max)
{
    struct stream *st = cls;
    size_t at = (size_t)pos, end = st->len, n;

    if (st->mode == REPLY_BIG) {
        static const char head[] = "{\"value\":[\"";

        memset(out, 'A', max);
        for (size_t i = at; i < sizeof head - 1 && i - at < max; i++)
            out[i - at] = head[i];
        return (ssize_t)max;
    }
    if (st->mode == REPLY_TRUNCATE)
        end = st->len / 2;
    if (at >= end)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    n = end - at < max ? end - at : max;
    if (st->mode == REPLY_SLOW) {
        size_t slice = st->value >= 10 ? (size_t)st->value / 10 : 1;

        if (n > slice)
            n = slice;
        sim_sleep_ms(st->sim, st->value >= 10 ? 100 : 1000 / (st->value > 0 ? st->value : 1));
    }
    memcpy(out, st->data + at, n);
    return (ssize_t)n;
}

static bool gzip(const char *data, size_t n, struct buf *out)
{
    z_stream z = {0};
    bool ok;

    if (n > UINT32_MAX / 2 ||
        deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    out->cap = deflateBound(&z, (uLong)n) + 32;
    out->data = xcalloc(out->cap, 1);
    /* zlib's input pointer is not const before 1.2.5.2's ZLIB_CONST; it does not write to it. */
    memcpy(&z.next_in, &data, sizeof z.next_in);
    z.avail_in = (uInt)n;
    z.next_out = (unsigned char *)out->data;
    z.avail_out = (uInt)out->cap;
    ok = deflate(&z, Z_FINISH) == Z_STREAM_END;
    out->len = out->cap - z.avail_out;
    (void)deflateEnd(&z);
    if (!ok)
        buf_free(out);
    return ok;
}

void reply_bomb(struct reply *p, long n)
{
    static const char head[] = "{\"value\":[\"";
    z_stream z = {0};
    char *piece = xcalloc(BOMB_PIECE, 1);
    char out[8192];
    int rc = deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);

    if (rc != Z_OK)
        die("zlib does not start");
    memset(piece, 'A', BOMB_PIECE);
    memcpy(piece, head, sizeof head - 1);
    for (long done = 0; rc != Z_STREAM_END; done += BOMB_PIECE) {
        z.next_in = (unsigned char *)piece;
        z.avail_in = BOMB_PIECE;
        do {
            z.next_out = (unsigned char *)out;
            z.avail_out = sizeof out;
            rc = deflate(&z, done + BOMB_PIECE >= n ? Z_FINISH : Z_NO_FLUSH);
            buf_add(&p->text, out, sizeof out - z.avail_out);
        } while (z.avail_out == 0);
        memset(piece, 'A', sizeof head - 1);
    }
    (void)deflateEnd(&z);
    free(piece);
    p->is_zipped = true;
}

static bool wants_gzip(const struct request *r)
{
    const char *accept = request_header(r, "Accept-Encoding");

    return accept != NULL && str_contains_nocase(accept, "gzip");
}

static const char page_type[] = "application/json;odata.metadata=minimal;odata.streaming=true;"
                                "IEEE754Compatible=false;charset=utf-8";

static void serialise(struct reply *p)
{
    if (p->json != NULL) {
        char *text = json_dumps(p->json, JSON_COMPACT);

        if (text == NULL)
            die("cannot write a reply");
        buf_free(&p->text);
        p->text.data = text;
        p->text.len = strlen(text);
        p->text.cap = p->text.len + 1;
    }
    if (p->content_type == NULL)
        p->content_type = page_type;
}

static struct MHD_Response *make_response(const struct request *r, struct reply *p, bool *zipped)
{
    struct buf z = {0};
    char *body;

    *zipped = false;
    if (p->mode != REPLY_NORMAL) {
        struct stream *st = xcalloc(1, sizeof *st);

        *st = (struct stream){.sim = r->sim, .mode = p->mode, .value = p->mode_value};
        st->len = p->mode == REPLY_BIG ? (size_t)p->mode_value : p->text.len;
        st->data = buf_take(&p->text);
        return MHD_create_response_from_callback(st->len, (size_t)64 * 1024, stream_read, st,
                                                 stream_free);
    }
    *zipped = p->is_zipped;
    if (!*zipped && p->text.len >= GZIP_FROM && wants_gzip(r) &&
        gzip(p->text.data, p->text.len, &z)) {
        buf_free(&p->text);
        p->text = z;
        *zipped = true;
    }
    if (p->status == 200)
        kept_add(r, p->text.data, p->text.len, *zipped);
    z = p->text;
    body = buf_take(&p->text);
    return MHD_create_response_from_buffer(z.len, body, MHD_RESPMEM_MUST_FREE);
}

/* RST instead of FIN: Linux drops an established connection when it is told to forget its peer. */
static void reset_connection(struct MHD_Connection *conn)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct sockaddr none = {.sa_family = AF_UNSPEC};

    if (info != NULL)
        (void)connect(info->connect_fd, &none, sizeof none);
}

int reply_send(const struct request *r, struct reply *p)
{
    struct MHD_Response *response;
    char when[TIME_TEXT];
    bool zipped;
    int result;

    if (p->mode == REPLY_RESET) {
        reset_connection(r->conn);
        return MHD_NO;
    }
    if (p->kept != NULL) {
        zipped = p->kept->zipped;
        p->content_type = page_type;
        response =
            MHD_create_response_from_buffer(p->kept->len, p->kept->data, MHD_RESPMEM_PERSISTENT);
    } else {
        serialise(p);
        response = make_response(r, p, &zipped);
    }
    if (response == NULL)
        return MHD_NO;
    time_http(clock_now(), when);
    MHD_add_response_header(response, "Date", when);
    MHD_add_response_header(response, "Content-Type", p->content_type);
    MHD_add_response_header(response, "request-id", r->request_id);
    MHD_add_response_header(response, "client-request-id", r->client_request_id);
    MHD_add_response_header(response, "Cache-Control", "no-cache");
    if (zipped)
        MHD_add_response_header(response, "Content-Encoding", "gzip");
    if (p->http10)
        (void)MHD_set_response_options(response, MHD_RF_HTTP_1_0_SERVER, MHD_RO_END);
    for (size_t i = 0; i < p->header_count; i++)
        MHD_add_response_header(response, p->headers[i].name, p->headers[i].value);
    result = (int)MHD_queue_response(r->conn, p->status, response);
    MHD_destroy_response(response);
    return result;
}
