/* model/snapshot.h - the life of a snapshot: begun, collected, sealed. */
#ifndef MODEL_SNAPSHOT_H
#define MODEL_SNAPSHOT_H
#include "base/digest.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct store;

struct snapshot_begin {
    const char *tenant_domain; /* as given with --tenant */
    const char *cloud;
    const char *client_id; /* may be NULL */
    const char *tool_version;
    int64_t started_ms; /* wall clock */
};
enum err_code snapshot_begin(struct store *s, const struct snapshot_begin *b, struct err *e);

/* Whether the collection that `b` describes may go on in this snapshot: begun by the same program
 * version and application in the same cloud, and not sealed. `tenant_id`, from the token, may be
 * NULL: not known yet. ERR_USAGE says what differs. */
enum err_code snapshot_check_resume(struct store *s, const struct snapshot_begin *b,
                                    const char *tenant_id, struct err *e);
/* Notes that a run begins, the first or a further one, and for which tenant (may be NULL). */
enum err_code snapshot_note_run(struct store *s, const char *tenant_id, bool is_resumed,
                                int64_t now_ms, struct err *e);
/* The run ended in time, but not all was read: not sealed, so that it can go on. */
enum err_code snapshot_pause(struct store *s, int64_t finished_ms, struct err *e);

/* Digest over all evidence tables: SHA-256 over each table's name and rows in primary key order.
 * Times and counts of table `collection` are left out, its states and reasons are in. */
enum err_code snapshot_digest(struct store *s, char out[SHA256_HEX_BYTES], struct err *e);
/* A key that only who has the snapshot can make: SHA-256 over the same, behind `purpose`, so that
 * the digest, which reports show, does not tell it. Writes hex. */
enum err_code snapshot_key(struct store *s, const char *purpose, char out[SHA256_HEX_BYTES],
                           struct err *e);
/* Records the end of collection and the digest, and removes all continuations. After this no
 * evidence table changes again. */
enum err_code snapshot_seal(struct store *s, int64_t finished_ms, struct err *e);
/* *ok: the recorded digest is that of the tables. False too when nothing was recorded. */
enum err_code snapshot_verify(struct store *s, bool *ok, struct err *e);

#endif
