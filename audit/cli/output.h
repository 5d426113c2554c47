/* output.h - the --output options: which report goes where. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H
#include "base/err.h"
#include "redaction.h"
#include "reports/report.h"

#include <stdbool.h>
#include <stddef.h>

struct context;
struct store;

struct output {
    const struct report_format *format;
    char *path; /* "-": standard output */
};
struct report_brand;
struct outputs {
    struct report_brand *brand; /* NULL: none was given */
    struct output *v;
    size_t n;
    bool uses_stdout;
    struct report_options options;
    struct redaction redaction;
};

/* Reads FORMAT=PATH of every --output, what the HTML report shall look like, and the options of
 * single formats. Before anything is contacted, so a typing error or a folder that cannot be
 * written costs nothing: ERR_USAGE. Release also after an error. */
enum err_code outputs_parse(const struct context *c, struct outputs *out, struct err *e);
void outputs_release(struct outputs *o);
/* Warns of waivers that somebody has to do something about: for who sees no summary, which says it.
 */
void outputs_warn_of_waivers(const struct context *c, struct store *s);
/* Writes all of them, each atomically; goes on after an error and returns the first. */
enum err_code outputs_write(const struct context *c, const struct outputs *o, struct store *s,
                            struct err *e);

#endif
