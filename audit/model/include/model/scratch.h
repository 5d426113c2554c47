/* scratch.h - SQLite's temporary files: where they lie and how long one may grow.
 *
 * A sort over a million people that stays in memory takes half a gigabyte; as a temporary file it
 * takes the room of a connection's cache. Such a file holds evidence: it lies in the folder of the
 * first snapshot that this process opened, for its owner alone, and without a name (SQLite removes
 * it while it is open). Only when that folder cannot be written does SQLite take its usual one
 * (SQLite documentation, "Temporary Files Used By SQLite": SQLITE_TMPDIR, TMPDIR, /var/tmp, /tmp).
 * SQLITE_TMPDIR, when set, wins.
 *
 * One file that grows past LIMIT_SCRATCH_BYTES ends its statement with SQLITE_FULL: a rule's SQL
 * cannot fill the disk.
 */
#ifndef GRAPHAUDIT_MODEL_SCRATCH_H
#define GRAPHAUDIT_MODEL_SCRATCH_H

/* Before each database is opened, after heap_count_by_thread(). `path` is a snapshot's, which the
 * first call with one takes the folder of, or ":memory:". Any thread may call it. */
void scratch_begin(const char *path);

#endif
