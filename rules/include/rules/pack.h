/* rules/pack.h - what a pack's folder holds, for signing it.
 *
 * MANIFEST.json names every file of the folder with its SHA-256: {"schema": 1, "files": {"NAME":
 * "hex", ...}}, sorted, so that the same files give the same bytes. A signature of the manifest
 * (MANIFEST.json.minisig, base/minisign.h) then speaks for all of them: a file that is changed,
 * added or gone does not fit. Hidden files are neither loaded nor named; folders in a pack are
 * refused. */
#ifndef RULES_PACK_H
#define RULES_PACK_H
#include "base/buf.h"
#include "base/err.h"
#include "base/strs.h"

#include <stddef.h>

#define PACK_MANIFEST "MANIFEST.json"
#define PACK_SIGNATURE "MANIFEST.json.minisig"

struct ruleset;

/* Writes the manifest of a folder as it is now. ERR_USAGE when it is no pack. */
enum err_code pack_manifest(const char *folder, struct buf *out, struct err *e);

/* Whether a folder holds what a manifest's `n` bytes say: each difference becomes a line in `out`
 * ("X.yaml was changed"), none when all is the same. ERR_PARSE when it is no manifest. `files`: how
 * many it names. */
enum err_code pack_differences(const char *folder, const char *bytes, size_t n, struct strlist *out,
                               size_t *files, struct err *e);

/* The same for the rules as they were loaded from that folder, whatever lies there now. */
enum err_code pack_differences_loaded(const struct ruleset *rs, const char *folder,
                                      const char *bytes, size_t n, struct strlist *out,
                                      struct err *e);

#endif
