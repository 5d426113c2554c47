#include "reqlog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "timetext.h"

struct reqlog {
    FILE *file;
    pthread_mutex_t lock;
};

struct reqlog *reqlog_open(const char *path)
{
    struct reqlog *log;
    FILE *f = fopen(path, "ae");

    if (f == NULL)
        return NULL;
    log = xcalloc(1, sizeof *log);
    log->file = f;
    pthread_mutex_init(&log->lock, NULL);
    return log;
}

void reqlog_close(struct reqlog *log)
{
    if (log == NULL)
        return;
    (void)fclose(log->file);
    pthread_mutex_destroy(&log->lock);
    free(log);
}

static json_t *line_new(const char *service)
{
    json_t *o = json_object();
    char when[TIME_TEXT];

    time_iso(clock_now(), when);
    jset(o, "time", json_string(when));
    jset(o, "at", json_real(clock_now_fine()));
    jset(o, "service", json_string(service));
    return o;
}

static void line_write(struct reqlog *log, json_t *o)
{
    char *text = json_dumps(o, JSON_COMPACT);

    pthread_mutex_lock(&log->lock);
    if (text != NULL)
        fprintf(log->file, "%s\n", text);
    fflush(log->file);
    pthread_mutex_unlock(&log->lock);
    free(text);
    json_decref(o);
}

/* Requests are the client's bytes: not always UTF-8, which JSON text must be. */
static json_t *safe_text(const char *s)
{
    json_t *v = json_string(s);
    struct buf b = {0};

    if (v != NULL)
        return v;
    for (; *s != '\0'; s++)
        if ((unsigned char)*s < 0x80)
            buf_add(&b, s, 1);
        else
            buf_printf(&b, "%%%02X", (unsigned)(unsigned char)*s);
    v = json_string(b.data != NULL ? b.data : "");
    buf_free(&b);
    return v;
}

void reqlog_request(struct reqlog *log, const struct request *r, unsigned status, double took_ms,
                    const char *fault)
{
    json_t *o;

    if (log == NULL)
        return;
    o = line_new(service_names[r->service]);
    jset(o, "method", safe_text(r->method));
    jset(o, "url", safe_text(r->target));
    jset(o, "status", json_integer(status));
    if (r->cmdlet != NULL)
        jset(o, "cmdlet", safe_text(r->cmdlet));
    jset(o, "authorization", json_boolean(request_header(r, "Authorization") != NULL));
    jset(o, "client_request_id", safe_text(r->client_request_id));
    jset(o, "in_flight", json_integer(r->concurrent));
    jset(o, "ms", json_real(took_ms));
    if (r->page > 1)
        jset(o, "page", json_integer(r->page));
    if (fault != NULL)
        jset(o, "fault", safe_text(fault));
    if (r->invalid.len > 0)
        jset(o, "invalid", safe_text(r->invalid.data));
    line_write(log, o);
}

void reqlog_cut(struct reqlog *log, const char *service, const char *fault)
{
    json_t *o;

    if (log == NULL)
        return;
    o = line_new(service);
    jset(o, "fault", json_sprintf("kind=%s", fault));
    line_write(log, o);
}

void reqlog_proxy(struct reqlog *log, const char *target, unsigned status, const char *user,
                  const char *fault)
{
    json_t *o;

    if (log == NULL)
        return;
    o = line_new("proxy");
    jset(o, "method", json_string("CONNECT"));
    jset(o, "url", safe_text(target));
    jset(o, "status", json_integer(status));
    jset(o, "user", jtext(user));
    if (fault != NULL)
        jset(o, "fault", safe_text(fault));
    line_write(log, o);
}

void reqlog_dns(struct reqlog *log, const char *name, const char *type, const char *result,
                bool tcp, const char *fault)
{
    json_t *o;

    if (log == NULL)
        return;
    o = line_new("dns");
    jset(o, "method", json_string(tcp ? "tcp" : "udp"));
    jset(o, "name", safe_text(name));
    jset(o, "type", json_string(type));
    jset(o, "result", json_string(result));
    if (fault != NULL)
        jset(o, "fault", safe_text(fault));
    line_write(log, o);
}

void reqlog_smtp(struct reqlog *log, const char *command, unsigned code, const char *tls,
                 const char *user, const char *fault)
{
    json_t *o;

    if (log == NULL)
        return;
    o = line_new("smtp");
    jset(o, "method", json_string(command));
    jset(o, "status", json_integer(code));
    jset(o, "tls", jtext(tls));
    jset(o, "user", jtext(user));
    if (fault != NULL)
        jset(o, "fault", safe_text(fault));
    line_write(log, o);
}
