/* graph/odata.h - pages and errors as Microsoft Graph and Exchange's admin endpoint write them.
 *
 * Nothing is assumed of a body but its length: every shape that is not a page is an error that says
 * what was seen. Sources: OData 4.01 JSON section 7 (error) and 4.5.5 (nextLink); Graph error
 * reference; the order in which Exchange's own module looks for the text of a cmdlet's error. */
#ifndef GRAPH_ODATA_H
#define GRAPH_ODATA_H
#include "base/err.h"
#include "base/jscan.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct pack;
struct pack_kind;

struct odata_page {
    json_t *root;        /* NULL when the rows are packed */
    const json_t *value; /* array of objects, borrowed from root; NULL for a singleton */
    const char *next;    /* @odata.nextLink, borrowed; NULL on the last page */
    /* A page whose rows were packed: owned; else NULL. */
    struct pack *pack;
    char *own_next;
    char *ends; /* how many rows, and the text of the first and the last one; NULL: no rows */
};

/* Memory that is used again from page to page, by one thread. Zeroed is fine. */
struct odata_scratch {
    struct jscan scan;
    char *text;
    size_t cap;
};
void odata_scratch_release(struct odata_scratch *s);

struct odata_want {
    bool is_singleton;
    const struct pack_kind *pack;  /* the rows of a list come packed; NULL: as jansson has them */
    struct odata_scratch *scratch; /* may be NULL */
};

enum { ODATA_CODE_BYTES = 96, ODATA_TEXT_BYTES = 768 };

/* One line each, UTF-8, "" when absent. */
struct odata_error {
    char code[ODATA_CODE_BYTES];
    char text[ODATA_TEXT_BYTES];
    char request_id[40]; /* from innerError, when it is a GUID */
};

/* A reply with status 200. ERR_PARSE: malformed, or an error object inside (then also *error is
 * filled); ERR_LIMIT: the service itself says that it left rows out. *may_pass tells whether the
 * same request may give something better. Caller releases `out`, also after an error. */
enum err_code odata_page_read(const char *bytes, size_t n, const struct odata_want *want,
                              struct odata_page *out, struct odata_error *error, bool *may_pass,
                              struct err *e);
void odata_page_release(struct odata_page *p);

/* The body of an error reply, whatever it is: JSON, text, HTML or nothing. Never fails. */
void odata_error_read(const char *bytes, size_t n, struct odata_error *out);

#endif
