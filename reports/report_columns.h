/* report_columns.h - columns of a statement as the model keeps them; for the model's own files. */
#ifndef REPORTS_REPORT_COLUMNS_H
#define REPORTS_REPORT_COLUMNS_H
#include "base/err.h"

#include <jansson.h>
#include <stddef.h>

struct report_model;
struct report_rule;
struct stmt;

char *report_copy(const struct stmt *st, int at); /* caller frees; NULL for NULL */
size_t report_count(const struct stmt *st, int at);
/* JSON that we wrote ourselves: broken JSON is a broken file, not an empty list. NULL for NULL. */
enum err_code report_json(const struct stmt *st, int at, const char *what, json_t **out,
                          struct err *e);

enum err_code report_rules_load(struct report_model *m, struct err *e);
enum err_code report_waivers_load(struct report_model *m, struct err *e);
void report_waivers_release(struct report_model *m);
void report_rule_release(struct report_rule *r);

#endif
