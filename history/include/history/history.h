/* history/history.h - past runs in one database: outcomes, findings with the first and the last
 * time they were seen, verdicts on mailboxes.
 *
 * The database is a SQLite file (mode 0600) or PostgreSQL 12 or later. A run is known by its
 * evidence and by what judged it, so recording it twice changes nothing, and runs may come in any
 * order and side by side: what is kept are minima, maxima and changes. Times are those of the
 * evidence, RFC 3339 in UTC. Texts are UTF-8. Not thread-safe. */
#ifndef HISTORY_HISTORY_H
#define HISTORY_HISTORY_H
#include "base/digest.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;
struct history; /* opaque */

/* `where` is a file, or a postgresql:// (postgres://) URL as libpq reads it (PostgreSQL
 * documentation, "Connection URIs"). A URL with a password is ERR_USAGE: those come from
 * PGPASSFILE, PGPASSWORD or a service file. With `writable` a SQLite file is made when there is
 * none, and an older schema is brought up to date; without it an older one is refused. ERR_NET when
 * a server cannot be reached, ERR_STORE for what it says. */
enum err_code history_open(const char *where, bool writable, struct history **out, struct err *e);
void history_close(struct history *h); /* NULL is a no-op */
/* ERR_USAGE when `where` can never work, without contacting anything. */
enum err_code history_check(const char *where, struct err *e);
/* Newest schema of this program. */
int history_schema_version(void);

/* Records the evaluation that `s` holds, whole or not at all. *is_new: false when it was there. */
enum err_code history_record(struct history *h, struct store *s, bool *is_new, struct err *e);
/* Writes the tenant's last runs, up to that of `s`, into its table `trend`, for reports. */
enum err_code history_fill_trend(struct history *h, struct store *s, struct err *e);

/* The name under which the evaluation in `s` is, or would be, recorded. */
enum err_code history_run_id(struct store *s, char out[SHA256_HEX_BYTES], struct err *e);

/* Texts are borrowed until the callback returns; NULL is unknown. False ends the reading. */
struct history_row {
    const char *const *v;
    size_t n;
};
typedef bool history_row_fn(void *ctx, const struct history_row *row);

/* What `graphaudit history` shows, as tables of text. */
enum history_topic {
    HISTORY_TENANTS,  /* each tenant with its newest run */
    HISTORY_RUNS,     /* a tenant's runs */
    HISTORY_RULE,     /* one rule in a tenant's runs */
    HISTORY_FINDINGS, /* findings of a rule, or of all, with first and last time */
    HISTORY_MAILBOX,  /* changes of one mailbox's verdict */
    HISTORY_TOPICS
};
struct history_question {
    enum history_topic topic;
    const char *tenant; /* GUID, lower-case; NULL: the only one there is, else ERR_USAGE */
    const char *rule;
    const char *mailbox; /* address or GUID */
    int64_t limit;       /* newest rows */
};
/* Names of the columns, in order. */
size_t history_columns(enum history_topic topic, const char *const **names);
/* Oldest first. */
enum err_code history_ask(struct history *h, const struct history_question *q, history_row_fn *fn,
                          void *ctx, struct err *e);

/* ---- fleets ---- */

/* A tenant that a fleet is to audit. */
struct history_listed {
    const char *name, *tenant;
    int64_t part; /* -1: there is one worker */
};
/* The list of a round as of `at`. Who was listed before stays: nobody is forgotten. Several workers
 * may write the same list side by side. */
enum err_code history_list(struct history *h, const char *round, const char *at,
                           const struct history_listed *v, size_t n, struct err *e);

/* One audit of a tenant by a fleet; known by round, name and start, so that writing it again with
 * its end completes it. */
struct history_attempt {
    const char *round, *name, *tenant, *started;
    int64_t part;       /* -1: there is one worker */
    const char *ended;  /* NULL: not yet; then the others are not looked at */
    const char *reason; /* why there are no results; NULL: there are */
    const char *run_id; /* NULL: none */
    int exit_code;
};
enum err_code history_put_attempt(struct history *h, const struct history_attempt *a,
                                  struct err *e);

/* `asked`, or the round that was listed last when it is NULL. ERR_USAGE: there is none. Caller
 * frees.
 */
enum err_code history_find_round(struct history *h, const char *asked, char **out, struct err *e);
/* Columns of history_round(): a row for each tenant of the list with its newest attempt, and, when
 * that found something, a row for each rule; tenants by name, rules by id. What is not there is
 * NULL. */
enum history_round_column {
    HISTORY_ROUND_NAME,
    HISTORY_ROUND_TENANT,
    HISTORY_ROUND_STARTED, /* NULL: no audit was begun */
    HISTORY_ROUND_ENDED,   /* NULL: it runs, or was cut */
    HISTORY_ROUND_EXIT_CODE,
    HISTORY_ROUND_REASON,
    HISTORY_ROUND_TENANT_ID, /* NULL: the history has no results of the attempt */
    HISTORY_ROUND_TITLE,
    HISTORY_ROUND_AT,
    HISTORY_ROUND_RULE, /* NULL: no rule; so are the others */
    HISTORY_ROUND_RULE_TITLE,
    HISTORY_ROUND_SERVICE,
    HISTORY_ROUND_OUTCOME,
    HISTORY_ROUND_SEVERITY,
    HISTORY_ROUND_REASON_CODE,
    HISTORY_ROUND_FAIL,
    HISTORY_ROUND_COLUMNS
};
enum err_code history_round(struct history *h, const char *round, history_row_fn *fn, void *ctx,
                            struct err *e);

#endif
