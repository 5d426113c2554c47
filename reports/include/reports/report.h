/* reports/report.h - every format is a view of one evaluated snapshot.
 *
 * Same snapshot, same options: the same bytes, with no clock, locale or network in them. Output
 * goes to a temporary file that is renamed when whole. */
#ifndef REPORTS_REPORT_H
#define REPORTS_REPORT_H
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct store;

struct report_brand;

enum junit_by { JUNIT_BY_RULE, JUNIT_BY_RESOURCE };
enum junit_dialect { JUNIT_STRICT, JUNIT_EXTENDED };
enum junit_unread { JUNIT_AS_ERROR, JUNIT_AS_SKIPPED, JUNIT_AS_FAILURE };
enum junit_waived { JUNIT_WAIVED_SKIPPED, JUNIT_WAIVED_PASS, JUNIT_WAIVED_FAILURE };

/* All zeros: a JUnit report that names no resource, and no other choice made. */
struct report_options {
    unsigned junit_resources; /* failing resources listed in a JUnit failure body; 20 by default */
    enum junit_by junit_by;
    size_t junit_max_cases; /* by resource: cases of resources in the whole report */
    enum junit_dialect junit_dialect;
    enum junit_unread junit_not_evaluated; /* not those without a licence: they are skipped */
    enum junit_waived junit_waived;
    bool junit_name_is_id;
    bool csv_bom;         /* a byte order mark, for Excel */
    bool csv_raw;         /* without the guard against formulas */
    const char *language; /* of the HTML report: one that report_language_at() names; NULL: en */
    bool is_print;        /* HTML for paper: everything open, no script, fewer rows a table */
    const struct report_brand *brand; /* HTML; NULL: none. Borrowed. */
    const char *path;                 /* set by report_save(); NULL: a stream without a name */
};
/* "en", "de", ...; NULL past the end. */
const char *report_language_at(size_t i);

struct report_format {
    const char *name;      /* html, junit, json, ... */
    const char *extension; /* ".html" */
    const char *help;      /* one line */
    /* Writes the whole report; errors of the stream are the caller's to check. */
    enum err_code (*write)(struct store *s, const struct report_options *o, FILE *f, struct err *e);
};
size_t report_format_count(void);
const struct report_format *report_format_at(size_t i);
const struct report_format *report_format_find(const char *name); /* NULL: unknown */

/* Writes one report to `path` ("-": standard output), atomically. */
enum err_code report_save(struct store *s, const struct report_format *format,
                          const struct report_options *o, const char *path, struct err *e);

/* The summary for a terminal: counts, coverage, the ten worst findings, what was not evaluated and
 * why. `width` in columns; colour only when asked. Tenant text is made safe. */
enum err_code report_summary(struct store *s, FILE *f, unsigned width, bool colour, struct err *e);

#endif
