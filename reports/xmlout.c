#include "xmlout.h"

#include "base/limits.h"
#include "escape.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* libxml2 prints write errors on stderr, which is not ours to do: so the callback never fails, and
 * the stream keeps its own error. */
static int write_bytes(void *ctx, const char *bytes, int n)
{
    FILE *f = ctx;

    if (n > 0)
        (void)fwrite(bytes, 1, (size_t)n, f);
    return n;
}

static const xmlChar *xc(const char *s)
{
    return (const xmlChar *)s;
}

static void check(struct xmlout *x, int rc)
{
    if (rc < 0)
        x->failed = true;
}

enum err_code xmlout_open(struct xmlout *x, FILE *f, enum xmlout_kind kind, struct err *e)
{
    xmlOutputBufferPtr out = xmlOutputBufferCreateIO(write_bytes, NULL, f, NULL);

    memset(x, 0, sizeof *x);
    x->kind = kind;
    x->w = out != NULL ? xmlNewTextWriter(out) : NULL;
    if (x->w == NULL) {
        if (out != NULL)
            (void)xmlOutputBufferClose(out);
        return err_set(e, ERR_BUG, "libxml2 has no writer for us");
    }
    buf_init(&x->text, LIMIT_REPORT_TEXT_BYTES);
    if (kind == XMLOUT_XML) {
        check(x, xmlTextWriterSetIndent(x->w, 1));
        check(x, xmlTextWriterSetIndentString(x->w, xc("  ")));
        check(x, xmlTextWriterStartDocument(x->w, NULL, "UTF-8", NULL));
    } else {
        check(x, xmlTextWriterWriteRaw(x->w, xc("<!DOCTYPE html>\n")));
    }
    return ERR_OK;
}

enum err_code xmlout_close(struct xmlout *x, struct err *e)
{
    check(x, xmlTextWriterEndDocument(x->w));
    check(x, xmlTextWriterFlush(x->w));
    xmlFreeTextWriter(x->w);
    buf_release(&x->text);
    if (x->failed)
        return err_set(e, ERR_LIMIT,
                       "a text is longer than %d bytes, or libxml2 could not write it",
                       LIMIT_REPORT_TEXT_BYTES);
    return ERR_OK;
}

/* The sanitised text, borrowed until the next call. */
static const xmlChar *clean(struct xmlout *x, const char *s)
{
    buf_clear(&x->text);
    escape_text(&x->text, s);
    x->failed = x->failed || x->text.failed;
    return xc(x->text.p);
}

void xo_start(struct xmlout *x, const char *name)
{
    check(x, xmlTextWriterStartElement(x->w, xc(name)));
}

void xo_end(struct xmlout *x)
{
    check(x, x->kind == XMLOUT_HTML ? xmlTextWriterFullEndElement(x->w)
                                    : xmlTextWriterEndElement(x->w));
}

void xo_end_void(struct xmlout *x)
{
    check(x, xmlTextWriterEndElement(x->w));
}

void xo_attr(struct xmlout *x, const char *name, const char *value)
{
    check(x, xmlTextWriterWriteAttribute(x->w, xc(name), clean(x, value)));
}

void xo_attrf(struct xmlout *x, const char *name, const char *fmt, ...)
{
    char *s = NULL;
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vasprintf(&s, fmt, ap);
    va_end(ap);
    if (n < 0)
        x->failed = true;
    else
        xo_attr(x, name, s);
    if (n >= 0)
        free(s);
}

void xo_text(struct xmlout *x, const char *s)
{
    if (s != NULL && s[0] != '\0')
        check(x, xmlTextWriterWriteString(x->w, clean(x, s)));
}

void xo_textf(struct xmlout *x, const char *fmt, ...)
{
    char *s = NULL;
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vasprintf(&s, fmt, ap);
    va_end(ap);
    if (n < 0)
        x->failed = true;
    else
        xo_text(x, s);
    if (n >= 0)
        free(s);
}

void xo_elem(struct xmlout *x, const char *name, const char *s)
{
    xo_start(x, name);
    xo_text(x, s);
    xo_end(x);
}

void xo_class(struct xmlout *x, const char *name, const char *classes)
{
    xo_start(x, name);
    xo_attr(x, "class", classes);
}

void xo_nl(struct xmlout *x)
{
    if (x->kind == XMLOUT_HTML)
        check(x, xmlTextWriterWriteRaw(x->w, xc("\n")));
}

void xo_constant(struct xmlout *x, const char *bytes, size_t n)
{
    check(x, xmlTextWriterWriteRawLen(x->w, xc(bytes), (int)n));
}
