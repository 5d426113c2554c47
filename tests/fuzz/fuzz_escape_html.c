/* Any bytes as text and as attribute of an HTML report: an HTML parser finds the elements that were
 * written and no other, and gives the sanitised text back. */
#include "base/buf.h"
#include "escape.h"
#include "xmlout.h"

#include <libxml/HTMLparser.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static size_t count(const char *s, size_t n, char c)
{
    size_t k = 0;

    for (size_t i = 0; i < n; i++)
        k += s[i] == c;
    return k;
}

/* <div title="text"><pre>.text</pre></div>: the dot keeps a leading line feed, which HTML drops. */
static char *write_document(const char *text, size_t *n)
{
    struct err e = ERR_INIT;
    struct xmlout x;
    char *bytes = NULL;
    FILE *f = open_memstream(&bytes, n);

    must(f != NULL && xmlout_open(&x, f, XMLOUT_HTML, &e) == ERR_OK);
    xo_start(&x, "html");
    xo_start(&x, "body");
    xo_start(&x, "div");
    xo_attr(&x, "title", text);
    xo_start(&x, "pre");
    xo_text(&x, ".");
    xo_text(&x, text);
    xo_end(&x);
    xo_end(&x);
    xo_end(&x);
    xo_end(&x);
    must(xmlout_close(&x, &e) == ERR_OK);
    must(fclose(f) == 0);
    return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = calloc(size + 1, 1);
    size_t n = 0;
    char *bytes;
    struct buf want;
    xmlDocPtr doc;
    xmlNodePtr div;
    xmlChar *content;
    xmlChar *attribute;

    must(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    bytes = write_document(text, &n);
    buf_init(&want, 8 * size + 16);
    buf_addc(&want, '.');
    escape_text(&want, text);
    must(!want.failed);
    must(count(bytes, n, '<') == 9); /* doctype and four elements, each with an end tag */
    doc = htmlReadMemory(bytes, (int)n, NULL, "utf-8",
                         HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET);
    must(doc != NULL);
    div = xmlDocGetRootElement(doc)->children->children; /* html, body, div */
    must(div != NULL && xmlStrEqual(div->name, (const xmlChar *)"div") && div->next == NULL);
    must(div->children != NULL && div->children->next == NULL);
    content = xmlNodeGetContent(div);
    attribute = xmlGetProp(div, (const xmlChar *)"title");
    must(strcmp((const char *)content, want.p) == 0);
    must(strcmp(attribute != NULL ? (const char *)attribute : "", want.p + 1) == 0);
    xmlFree(attribute);
    xmlFree(content);
    xmlFreeDoc(doc);
    buf_release(&want);
    free(bytes);
    free(text);
    return 0;
}
