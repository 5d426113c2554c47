/* Any bytes as text and as attribute of an XML report: the document parses, has the elements that
 * were written and no other, and gives the sanitised text back. */
#include "base/buf.h"
#include "escape.h"
#include "xmlout.h"

#include <libxml/parser.h>
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

static char *write_document(const char *text, size_t *n)
{
    struct err e = ERR_INIT;
    struct xmlout x;
    char *bytes = NULL;
    FILE *f = open_memstream(&bytes, n);

    must(f != NULL && xmlout_open(&x, f, XMLOUT_XML, &e) == ERR_OK);
    xo_start(&x, "a");
    xo_attr(&x, "v", text);
    xo_text(&x, text);
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
    xmlNodePtr root;
    xmlChar *content;
    xmlChar *attribute;

    must(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    bytes = write_document(text, &n);
    buf_init(&want, 8 * size + 16);
    escape_text(&want, text);
    must(!want.failed);
    /* "<?xml", "<a", and "</a" unless the element is empty. */
    must(count(bytes, n, '<') == (want.n > 0 ? 3 : 2));
    doc = xmlReadMemory(bytes, (int)n, NULL, NULL, XML_PARSE_NONET | XML_PARSE_HUGE);
    must(doc != NULL);
    root = xmlDocGetRootElement(doc);
    must(root != NULL && root->next == NULL && xmlStrEqual(root->name, (const xmlChar *)"a"));
    content = xmlNodeGetContent(root);
    attribute = xmlGetProp(root, (const xmlChar *)"v");
    must(strcmp((const char *)content, want.p) == 0);
    must(strcmp((const char *)attribute, want.p) == 0);
    xmlFree(attribute);
    xmlFree(content);
    xmlFreeDoc(doc);
    buf_release(&want);
    free(bytes);
    free(text);
    return 0;
}
