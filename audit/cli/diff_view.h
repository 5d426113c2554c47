/* diff_view.h - differences as they come, for people and for programs. */
#ifndef CLI_DIFF_VIEW_H
#define CLI_DIFF_VIEW_H
#include "diff.h"

#include <stdio.h>

struct buf;
struct changes;
struct changes_options;
struct log;

enum diff_form { DIFF_TEXT, DIFF_JSON, DIFF_HTML, DIFF_MARKDOWN };

/* About one of the files; NULL where not known. */
struct diff_source {
    const char *path;
    char *tenant, *collected, *tool, *as_of, *rules_digest;
    char *name; /* of the tenant, for people */
};

struct diff_said {
    struct diff_gap gap;
    bool done; /* printed together with another of the same cause */
};

struct diff_view {
    FILE *f;
    struct diff_source old, new;
    enum diff_form form;
    bool in_full;
    size_t n;                     /* differences */
    const struct diff_kind *kind; /* of the last one */
    size_t lines, more;           /* of that kind: printed, and held back */
    struct diff_said *gaps;
    size_t gaps_n;
    struct changes *document;      /* HTML and Markdown, from the first difference on */
    struct changes_options *about; /* what it borrows */
    struct redact *redact;         /* borrowed; NULL: nothing is redacted */
    unsigned redacted;             /* enum redact_kind */
    char *redacted_words;          /* NULL: nothing is redacted */
};

void diff_view_item(void *ctx, const struct diff_item *it);
void diff_view_gap(void *ctx, const struct diff_gap *g);
/* The rest of the document. For people, what was not compared goes to the log, and into the
 * document if there is one. */
enum err_code diff_view_end(struct diff_view *v, const struct log *log, struct err *e);
/* Fine on a zeroed one; a document that did not end is dropped. */
void diff_view_release(struct diff_view *v);

/* A text, or a value with its name, cut to LIMIT_DIFF_TEXT; `is_safe`: harmless to a terminal. */
void diff_add_text(struct buf *b, const char *text, bool is_safe);
void diff_add_value(struct buf *b, json_t *v, const char *name, bool is_safe);
/* Calls `fn` for each cause that kept something from being compared: once, with all that it costs.
 */
typedef void diff_gap_fn(void *ctx, const char *lost, const char *why);
void diff_each_gap(struct diff_view *v, diff_gap_fn *fn, void *ctx);

/* diff_redact.c: the same difference with tokens; its texts live until diff_redacted_release().
 * Done here and not where texts come out of the store, so that what changed is seen before it. */
struct diff_redacted {
    struct diff_item item;
    json_t *key, *old, *new;
    char *label, *property, *old_name, *new_name;
};
void diff_redact(struct redact *r, const struct diff_item *it, struct diff_redacted *out);
void diff_redacted_release(struct diff_redacted *d);

/* diff_json_view.c */
void diff_json_item(struct diff_view *v, const struct diff_item *it);
void diff_json_end(struct diff_view *v);
/* diff_document.c */
void diff_document_item(struct diff_view *v, const struct diff_item *it);
enum err_code diff_document_end(struct diff_view *v, struct err *e);

#endif
