/* rollup_formats.h - the writers of a report over many tenants. */
#ifndef REPORTS_ROLLUP_FORMATS_H
#define REPORTS_ROLLUP_FORMATS_H
#include "base/err.h"

#include <stdio.h>

struct rollup;

enum err_code rollup_html_write(const struct rollup *r, const char *base, FILE *f, struct err *e);
enum err_code rollup_csv_write(const struct rollup *r, const char *base, FILE *f, struct err *e);
enum err_code rollup_junit_write(const struct rollup *r, const char *base, FILE *f, struct err *e);

#endif
