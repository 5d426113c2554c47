/* xmlout.h - XML and HTML written through libxml2's xmlTextWriter, straight to a stream.
 *
 * Every text and attribute value passes escape_text() and then the writer's own escaping, so that
 * nothing can become markup. Calls return nothing: the first failure sticks and xmlout_close()
 * reports it. Errors of the stream itself are the stream owner's to check (ferror). */
#ifndef REPORTS_XMLOUT_H
#define REPORTS_XMLOUT_H
#include "base/attrs.h"
#include "base/buf.h"
#include "base/err.h"

#include <libxml/xmlwriter.h>
#include <stdio.h>

enum xmlout_kind {
    XMLOUT_XML, /* declaration, indented */
    XMLOUT_HTML /* doctype, no indentation, every element but the void ones has an end tag */
};

struct xmlout {
    xmlTextWriterPtr w;
    struct buf text; /* scratch */
    enum xmlout_kind kind;
    bool failed;
};

/* `f` is borrowed. On failure there is nothing to close. */
enum err_code xmlout_open(struct xmlout *x, FILE *f, enum xmlout_kind kind, struct err *e);
/* Ends what is open and flushes. Always frees. */
enum err_code xmlout_close(struct xmlout *x, struct err *e);

/* Names are constants of ours. */
void xo_start(struct xmlout *x, const char *name);
void xo_end(struct xmlout *x);
void xo_end_void(struct xmlout *x); /* of HTML's void elements: meta, link, input */
void xo_attr(struct xmlout *x, const char *name, const char *value);
void xo_attrf(struct xmlout *x, const char *name, const char *fmt, ...) PRINTF(3, 4);
void xo_text(struct xmlout *x, const char *s); /* NULL adds nothing */
void xo_textf(struct xmlout *x, const char *fmt, ...) PRINTF(2, 3);
/* One element with text. */
void xo_elem(struct xmlout *x, const char *name, const char *s);
/* As xo_start, with a class attribute. */
void xo_class(struct xmlout *x, const char *name, const char *classes);
/* A line break between elements, for people who read the source. HTML only. */
void xo_nl(struct xmlout *x);
/* Bytes as they are: constants of the release only (style, script). */
void xo_constant(struct xmlout *x, const char *bytes, size_t n);

#endif
