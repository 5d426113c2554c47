/* nightly.h - an audit that is run again and again: a folder with a dated snapshot of each run and
 * the reports of the last one, compared with the run before, and somebody who is told. */
#ifndef CLI_NIGHTLY_H
#define CLI_NIGHTLY_H
#include "base/err.h"

#include <stdbool.h>

struct context;
struct snapshot_file;

/* Zeroed: an ordinary run. Release always. */
struct nightly {
    const char *tenant; /* in names of snapshots; borrowed */
    char *previous;     /* snapshot to compare with; NULL: none */
    bool is_in_folder;  /* --output-dir */
    bool is_first;      /* in that folder */
};

/* With --output-dir: makes the folder, and fills --snapshot, --baseline and --output as if they had
 * been typed. ERR_USAGE: options that do not go together. Nothing was contacted. */
enum err_code nightly_begin(struct context *c, struct nightly *n, struct err *e);
/* After the reports, with the snapshot closed: checksums, --on-change, --keep. What fails here is
 * reported and changes nothing about the outcome `rc`. */
void nightly_end(struct context *c, const struct nightly *n, const char *snapshot, int rc);
void nightly_release(struct nightly *n);

#endif
