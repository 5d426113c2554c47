/* report_fixture.h - snapshots that the report tests render, made from tests/golden/report/. */
#ifndef TESTS_REPORT_FIXTURE_H
#define TESTS_REPORT_FIXTURE_H
#include "base/buf.h"
#include "model/store.h"
#include "reports/report.h"

/* In memory; the caller closes it. Tests run in the project's root folder. */
struct store *fixture_tenant(void);  /* every outcome, 60 mailboxes */
struct store *fixture_partial(void); /* half of it missing, nothing derived */
struct store *fixture_bare(void);    /* collected, never evaluated */

void fixture_sql(struct store *s, const char *sql);
/* The bytes that a format writes; the caller releases them. Fails the test on an error. */
struct buf fixture_render(struct store *s, const char *format);
struct buf fixture_render_with(struct store *s, const char *format, const struct report_options *o);
struct buf fixture_summary(struct store *s, unsigned width, bool colour);
struct buf fixture_file(const char *path);

/* Compares with tests/golden/report/<name>; GOLDEN_UPDATE=1 writes it instead. */
void fixture_golden(const struct buf *b, const char *name);

/* The tenant with this text wherever a stranger, or the author of a rule, can put one. */
struct store *fixture_hostile(const char *text);

#endif
