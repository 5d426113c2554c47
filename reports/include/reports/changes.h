/* reports/changes.h - what changed between two snapshots, as a document for people.
 *
 * Differences are written as they come, so that memory does not grow with the tenant; counts by
 * kind stand at the end. All texts may be a stranger's and are made harmless here. Nothing is
 * written before the first difference, or the first thing that was not compared. */
#ifndef REPORTS_CHANGES_H
#define REPORTS_CHANGES_H
#include "base/err.h"

#include <stddef.h>
#include <stdio.h>

enum changes_format { CHANGES_HTML, CHANGES_MARKDOWN };
enum change_mark { CHANGE_ADDED, CHANGE_REMOVED, CHANGE_CHANGED };

/* Texts may be NULL where they are not known. */
struct changes_side {
    const char *path, *collected, *as_of;
};
struct changes_options {
    enum changes_format format;
    const char *tenant;
    struct changes_side old, new;
    size_t max_lines;     /* of one kind; the rest is counted */
    const char *redacted; /* what it does not say, as a paragraph; NULL: nothing is redacted */
};

struct change {
    const char *kind; /* heading, a constant; those of one kind come together */
    enum change_mark mark;
    const char *what;      /* the object */
    const char *property;  /* of a changed one; else NULL */
    const char *old, *new; /* its values; NULL: no such side */
};

struct changes; /* opaque */
/* `o`, what it points to and `f` are borrowed until changes_end(). */
struct changes *changes_new(const struct changes_options *o, FILE *f);
void changes_add(struct changes *c, const struct change *x);
/* What was not compared, and why; after the last difference. Without one it begins a document that
 * says so: nothing that was compared differs. */
void changes_gap(struct changes *c, const char *what, const char *why);
/* The rest of the document, if there is one. Frees. */
enum err_code changes_end(struct changes *c, struct err *e);

#endif
