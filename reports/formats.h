/* formats.h - the writers behind report.h's table: struct report_format.write of each. */
#ifndef REPORTS_FORMATS_H
#define REPORTS_FORMATS_H
#include "base/err.h"

#include <stdio.h>

struct report_options;
struct store;

enum err_code csv_write(struct store *s, const struct report_options *o, FILE *f, struct err *e);
enum err_code csv_findings_write(struct store *s, const struct report_options *o, FILE *f,
                                 struct err *e);
enum err_code csv_resources_write(struct store *s, const struct report_options *o, FILE *f,
                                  struct err *e);
enum err_code csv_action_plan_write(struct store *s, const struct report_options *o, FILE *f,
                                    struct err *e);
enum err_code html_write(struct store *s, const struct report_options *o, FILE *f, struct err *e);
enum err_code json_write(struct store *s, const struct report_options *o, FILE *f, struct err *e);
enum err_code junit_write(struct store *s, const struct report_options *o, FILE *f, struct err *e);
enum err_code markdown_write(struct store *s, const struct report_options *o, FILE *f,
                             struct err *e);
enum err_code ndjson_write(struct store *s, const struct report_options *o, FILE *f, struct err *e);
enum err_code ocsf_write(struct store *s, const struct report_options *o, FILE *f, struct err *e);
enum err_code oscal_write(struct store *s, const struct report_options *o, FILE *f, struct err *e);
enum err_code sarif_write(struct store *s, const struct report_options *o, FILE *f, struct err *e);
enum err_code sarif_full_write(struct store *s, const struct report_options *o, FILE *f,
                               struct err *e);

#endif
