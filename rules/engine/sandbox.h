/* sandbox.h - a rule's SQL, run where it can only read evidence.
 *
 * On a snapshot file the sandbox is a connection of its own, opened read-only; on ":memory:" it
 * shares the store's. On either, sqlite3_set_authorizer allows SELECT, reads of evidence, derived
 * and meta tables and a list of functions that depend on their arguments only (sandbox_policy.c);
 * sqlite3_limit bounds strings, expressions and programs; a progress handler bounds steps, time and
 * memory. While the shared handle runs a rule, and only then, the authorizer is strict.
 *
 * Memory: SQLite's heap limit is one for the whole process, so the progress handler watches how
 * much more this thread has allocated than when the statement began instead. Between two looks one
 * operation can add no more than SQLITE_LIMIT_LENGTH. */
#ifndef ENGINE_SANDBOX_H
#define ENGINE_SANDBOX_H
#include "base/err.h"
#include "model/evidence.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sqlite3_stmt;
struct store;
struct sandbox; /* opaque */

enum { SANDBOX_TEXT_BYTES = 512 };

/* Why a statement was refused or stopped. */
struct sandbox_fault {
    char text[SANDBOX_TEXT_BYTES];
    char word[64];      /* the identifier that it is about, or "" */
    int offset;         /* in the SQL; -1: not known */
    enum reason reason; /* malformed; deadline: steps, time or memory */
    bool is_crowded;    /* time, which others used too: see sandbox_set_crowded() */
};

/* The store stays the caller's and outlives the sandbox. */
enum err_code sandbox_open(struct store *s, struct sandbox **out, struct err *e);
void sandbox_close(struct sandbox *sb); /* NULL is a no-op; finalize statements first */

/* Compiles one SELECT. False: *fault says why. `needs` (may be NULL) gets the evidence behind
 * everything the statement reads. The caller finalizes with sandbox_finalize(). */
bool sandbox_prepare(struct sandbox *sb, const char *sql, struct sqlite3_stmt **out,
                     evidence_set *needs, struct sandbox_fault *fault);
void sandbox_finalize(struct sandbox *sb, struct sqlite3_stmt *st);

/* Steps of SQLite's machine and milliseconds that one statement may take; LIMIT_RULE_STEPS and
 * LIMIT_RULE_MS until this is called. */
void sandbox_set_budget(struct sandbox *sb, int64_t steps, int64_t ms);

/* Other threads work from now on: faults of time say so (is_crowded). Memory is counted by thread
 * (model/heap.h), so a rule that needs too much would alone, too. Once *cancel is true, statements
 * end as interrupted. */
void sandbox_set_crowded(struct sandbox *sb, const _Atomic(bool) *cancel);
/* For the statement that is running: time it did not use itself. */
void sandbox_add_time(struct sandbox *sb, int64_t ms);

enum sandbox_step {
    SANDBOX_ROW,
    SANDBOX_DONE,
    SANDBOX_FAULT,      /* the rule's doing */
    SANDBOX_BROKEN,     /* the snapshot cannot be read */
    SANDBOX_INTERRUPTED /* a signal */
};
/* The first step of a statement starts its budget of steps, time and memory. */
enum sandbox_step sandbox_step(struct sandbox *sb, struct sqlite3_stmt *st,
                               struct sandbox_fault *fault);

#endif
