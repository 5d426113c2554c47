/* escape.h - tenant text on its way into a report: one function per format.
 *
 * Display names, policy names, DNS records and server replies are written by strangers. What a
 * reader could not see is made visible: bidi overrides, zero-width and control characters become
 * \u{XXXX}, and so does the first sign of what a build server would take for a command ("##vso[",
 * "##[", "::" where a line begins); what XML 1.0 section 2.2 forbids, and bytes that are not UTF-8,
 * become U+FFFD. Line feeds and tabs stay. Markup itself is escaped by the writers (xmlout.h,
 * jansson), never here. */
#ifndef REPORTS_ESCAPE_H
#define REPORTS_ESCAPE_H
#include "base/buf.h"
#include "base/err.h"

#include <jansson.h>

/* Text for XML, HTML and CSV, before the writer of that format. */
void escape_text(struct buf *b, const char *s);

/* The same on one line: any white space becomes one space, and at most `max` code points stay, the
 * last an ellipsis when something was cut. */
void escape_line(struct buf *b, const char *s, size_t max);

/* One line of Markdown (GitHub Flavored), as text: at most `max` code points before escaping. What
 * is markup anywhere in a line gets a backslash; an "@name", "#123", "owner/project#1" or "GH-1"
 * that would notify somebody or link to an issue gets the full-width sign, because no escape
 * survives GitHub's second pass. */
void escape_markdown(struct buf *b, const char *s, size_t max);

/* One CSV cell (RFC 4180), quoted when it has to be. A cell that a spreadsheet would take for a
 * formula - it starts with = + - @, their full-width forms, TAB, CR or LF - gets a leading '. Ids
 * are GUIDs and rule names, which start with neither, so joins survive. NULL is an empty cell. */
void escape_csv(struct buf *b, const char *s);
/* The same without the guard: for programs that take a cell for text. */
void escape_csv_raw(struct buf *b, const char *s);

/* The address of a rule file as a relative URI of plain characters, whatever the file is called,
 * the same wherever it is installed. Caller frees. */
char *escape_rule_uri(const char *file);

/* A path of a file as a relative reference (RFC 3986 section 4.2): "/" stays, whatever is no
 * unreserved character is percent-encoded, a ":" too, so that no folder's name is a scheme. */
void escape_path(struct buf *b, const char *path);

/* A JSON string with the text as it was stored; only invalid UTF-8 changes, to U+FFFD. NULL is
 * null. Caller owns the result. */
json_t *escape_json(const char *s);

/* Printable ASCII that stays as it is in text and, between quotes, in JSON: what nearly all ids and
 * addresses are. */
bool escape_is_plain(const char *s);
/* What escape_json() and escape_json_dump() would write of the text. */
void escape_json_text(struct buf *b, const char *s);

/* jx_dump() on one line; a value that is too long marks `b` as failed. */
void escape_json_dump(struct buf *b, const json_t *v);

/* JSON text out of the store. Bytes that are not UTF-8 become U+FFFD first: a DNS answer quoted in
 * an evidence column must not cost the report. Caller owns the result. */
enum err_code escape_parse(const char *s, const char *what, json_t **out, struct err *e);

#endif
