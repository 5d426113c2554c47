/* sim.h - one running simulator, and one request and reply on their way through it.
 *
 * A request enters at server.c (TLS, one thread a connection), passes the fault table
 * (faults.c), is answered by login.c, graph.c or exchange.c as a `struct reply`, passes the
 * fault table again, and leaves through http.c. `struct sim` is read-only once the listeners
 * run, but for the fields under `lock`. */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <pthread.h>
#include <stdatomic.h>

#include "util.h"

enum service {
    SVC_LOGIN,
    SVC_GRAPH,
    SVC_EXCHANGE,
    SVC_STRANGER,
    SVC_DNS,
    SVC_SMTP,
    SVC_PROXY,
    SVC_COUNT
};
extern const char *const service_names[SVC_COUNT];

enum licence { LICENCE_AUTO = -1, LICENCE_NONE, LICENCE_P1, LICENCE_P2 };

struct options {
    const char *tenant, *state_dir, *log, *keys, *page_match, *token_tenant;
    long page_size, latency_ms, jitter_ms, token_lifetime, clock_offset;
    enum licence licence; /* LICENCE_AUTO: what the tenant's SKUs say */
    bool remove_exchange_role, parent_exit, shift_dates, keep_replies, public_names;
    const char *proxy_login; /* USER:PASSWORD, or NULL: everybody may */
    struct strings faults, removed_permissions, added_permissions, disabled_cmdlets,
        disabled_endpoints;
};

struct tenant; /* tenant.h */
struct keys;   /* ca.h */
struct fault;  /* faults.h */
struct kept;   /* kept.h */

struct sim {
    struct options opt;
    /* Replaced as a whole when the description is read again; those before it stay behind it. */
    struct tenant *_Atomic tenant;
    struct keys *keys;
    char urls[SVC_COUNT][64]; /* https://localhost:PORT; unused for DNS, SMTP */
    unsigned ports[SVC_COUNT];
    struct fault *faults;
    size_t fault_count;
    atomic_uint in_flight[SVC_COUNT];
    atomic_ulong token_serial;  /* of the last token issued */
    atomic_ulong revoked_below; /* tokens with a smaller serial are refused */
    struct reqlog *log;
    unsigned char page_key[32]; /* signs $skiptoken */

    pthread_mutex_t lock;
    pthread_cond_t wake; /* signalled once, when the simulator stops */
    bool stopping;
    unsigned machine_port;   /* managed identities, plain http */
    json_t *seen_assertions; /* jti values as keys, to refuse a second use */
    char default_secret[48]; /* of every app whose description names none */
    char smtp_password[48];  /* of every person whose description names none */
};

/* Waits, but not past the end of the simulator. */
void sim_sleep_ms(struct sim *s, long ms);

struct param {
    char *name, *value;
};

struct MHD_Connection;

struct request {
    struct sim *sim;
    enum service service;
    struct MHD_Connection *conn;
    char *target; /* path and query as sent */
    char *path;   /* percent-decoded, without the query */
    struct param *params;
    size_t param_count;
    const char *method;
    const char *body;
    size_t body_len;
    json_t *json;       /* Exchange: the parsed body, if it is JSON */
    const char *cmdlet; /* Exchange: borrowed from json */
    unsigned page;      /* 1 unless a $skiptoken says otherwise */
    unsigned concurrent;
    bool for_claims;    /* login: the token is asked for because of a claims challenge */
    size_t result_cap;  /* Exchange: a fault's own ResultSize; 0: none */
    struct buf invalid; /* what a real service would object to; one line each */
    char request_id[UUID_TEXT], client_request_id[64];
};

struct reply_header {
    char *name, *value;
};

enum reply_mode {
    REPLY_NORMAL,
    REPLY_RESET,    /* drop the connection with RST, no reply */
    REPLY_TRUNCATE, /* announce the whole length, send half */
    REPLY_SLOW,     /* mode_value bytes a second */
    REPLY_BIG,      /* mode_value bytes made up on the way out */
};

struct reply {
    unsigned status;
    json_t *json;    /* either this ... */
    struct buf text; /* ... or this, with content_type */
    const char *content_type;
    struct reply_header headers[24];
    size_t header_count;
    enum reply_mode mode;
    long mode_value;
    const struct kept *kept; /* a body that was made before; nothing else is set then */
    bool is_zipped;          /* text is a gzip body */
    bool http10;             /* answer as an HTTP/1.0 server */
};

const char *request_header(const struct request *r, const char *name);
const char *request_param(const struct request *r, const char *name);
void request_set_target(struct request *r, const char *target);
/* Notes something a real service would reject (or should, see README). */
void request_invalid(struct request *r, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* What --page-size (and --page-match) leave of a page of `n` items. */
size_t request_page_size(const struct request *r, size_t n);
void request_clear(struct request *r);

void reply_header(struct reply *p, const char *name, const char *fmt, ...) PRINTF_LIKE(3, 4);
void reply_drop_headers(struct reply *p);
void reply_clear(struct reply *p);

#endif
