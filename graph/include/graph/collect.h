/* graph/collect.h - read a tenant into a snapshot.
 *
 * All resources are in flight together under one concurrency limit. A resource that cannot be read
 * (permission, licence, cmdlet outside the role, faults) leaves its row in `collection` and the
 * others go on. Read-only by construction: see graph/request_guard. */
#ifndef GRAPH_COLLECT_H
#define GRAPH_COLLECT_H
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct clock_src;
struct cloud;
struct credential;
struct http_trace;
struct store;

/* One row of the collectors' table, for people and for `plan` and `permissions`. */
struct collector_info {
    const char *resource; /* key of table collection */
    const char *title;
    const char *service;    /* graph|exchange|dns */
    const char *request;    /* "GET /v1.0/users?$select=..." or "Get-Mailbox" */
    const char *permission; /* least application permission, or Exchange role; NULL for DNS */
    /* Graph: permissions that do as well, the least one first: "A B; C" is one of A and B, and C
     * too. NULL elsewhere. Whoever compares granted with needed permissions has to look here. */
    const char *accepted;
    const char *licence; /* "Entra ID P1", ... or NULL */
};
size_t collector_count(void);
const struct collector_info *collector_at(size_t i); /* sorted by resource */

/* How far one resource is. Called from the loop; must not call back into the collector. */
struct collect_progress {
    const char *resource;
    const char *state; /* waiting|running|paced|throttled|complete|partial|failed|skipped */
    uint64_t rows, pages, requests;
    int64_t wait_ms; /* when paced (by the service's known rate) or throttled: until the next try */
    const char *detail; /* why, for the end states other than complete; else NULL */
    /* Of the reply that led to this state, to look it up with the service; NULL: none. */
    const char *request_id, *client_request_id;
};
struct collect_observer {
    void (*progress)(void *ctx, const struct collect_progress *p);
    /* Something a person should know that is no failure (hidden policies, RS256 fallback). */
    void (*notice)(void *ctx, const char *text);
    /* Several times a second for as long as the collection lasts, also while it only waits: for
     * clocks that run on and signs of life. May be NULL. */
    void (*tick)(void *ctx);
    void *ctx;
    /* Something a person should change; NULL: not told. */
    void (*warning)(void *ctx, const char *text);
};

struct collect_options {
    const char *tenant;    /* GUID or verified domain */
    const char *client_id; /* GUID */
    const struct cloud *cloud;
    const struct credential *credential;
    const char *ca_file;    /* PEM; NULL: the system's store. Verification is never off. */
    const char *proxy;      /* NULL: libcurl's environment rules */
    const char *dns_server; /* "address[:port]"; NULL: the system's resolver */
    const char *tool_version;
    unsigned concurrency;     /* requests in flight, 1 to 32 */
    int64_t deadline_ms;      /* for the whole collection; 0: none */
    struct http_trace *trace; /* every request and reply is noted there; NULL: nowhere */
    const struct clock_src *clock;
    /* Resources to read; NULL: all. What others depend on is read too. */
    const char *const *only;
    size_t only_count;
    /* Go on in a store that holds an unfinished collection. What is complete stays as it is; every
     * other resource goes on behind the last page that was stored. */
    bool resume;
    /* Notes where the next collection can ask for what changed. Not together with `resume`. */
    bool incremental;
    /* An earlier snapshot, open for reading: users that did not change since are taken from it,
     * with `incremental`. NULL: everything is read. Where it cannot be used, everything is read and
     * a notice says why. */
    struct store *since;
};

/* Fills the evidence tables of a fresh store, table collection included, and seals it. A run that
 * ended for a passing cause (deadline, throttling, a service that was down) is not sealed: it can
 * be resumed. ERR_USAGE: the store holds a collection that may not be resumed like this.
 *
 * ERR_OK: something was read, however partial: table `collection` says what is missing.
 * ERR_AUTH: no token could be had for Graph, or every resource was refused (consent missing).
 * ERR_NET, ERR_TLS, ERR_THROTTLED: nothing usable was read.
 * ERR_INTERRUPTED: a signal; what was collected is kept, unsealed resources are marked. */
enum err_code graph_collect(const struct collect_options *o, struct store *s,
                            const struct collect_observer *obs, struct err *e);

/* Makes the evidence of an unfinished collection fit to be judged as far as it goes: brings the
 * passes over users and mailboxes together, which a killed run did not live to do. A resumed
 * collection undoes nothing of it wrongly. No-op on a sealed store. */
enum err_code graph_settle(struct store *s, struct err *e);

#endif
