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

/* Digest over all evidence tables: SHA-256 over each table's name and rows in primary key order.
 * Times and counts of table `collection` are left out, its states and reasons are in. */
enum err_code snapshot_digest(struct store *s, char out[SHA256_HEX_BYTES], struct err *e);
/* Records the end of collection and the digest. After this no evidence table changes again. */
enum err_code snapshot_seal(struct store *s, int64_t finished_ms, struct err *e);
/* *ok: the recorded digest is that of the tables. False too when nothing was recorded. */
enum err_code snapshot_verify(struct store *s, bool *ok, struct err *e);

#endif
