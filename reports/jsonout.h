/* jsonout.h - the formats that are JSON, written value by value straight to a stream.
 *
 * Values are dumped on one line each, in ASCII (escape_json_dump). Calls return nothing: a value
 * past its limit sticks, and jsonout_report() tells. */
#ifndef REPORTS_JSONOUT_H
#define REPORTS_JSONOUT_H
#include "base/buf.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct report_model;
struct store;

struct jsonout {
    FILE *f;
    struct buf text; /* scratch */
    bool failed;     /* a value past LIMIT_REPORT_TEXT_BYTES */
    bool first;      /* the next item is the first of its array */
    bool lines;      /* every item is a line of its own */
};

/* Text as it is: constants of ours. */
void jsonout_put(struct jsonout *o, const char *s);
/* Writes and frees `v`. */
void jsonout_value(struct jsonout *o, json_t *v);
/* An item of an array, after a comma where one is due; or a line of its own. Frees `v`. */
void jsonout_item(struct jsonout *o, json_t *v);
/* The same for items of which there are hundreds of thousands: written as text into what this
 * returns, empty, and sent off by jsonout_send(). */
struct buf *jsonout_begin(struct jsonout *o);
void jsonout_send(struct jsonout *o);
/* `,"key":"text"`; a NULL text is null. `key` is a constant of ours. */
void jsonout_member(struct buf *b, const char *key, const char *text);

/* Loads the model, lets `body` write the report, and frees what it loaded. `name` is the format's,
 * for the error. */
typedef enum err_code jsonout_body(struct jsonout *o, const struct report_model *m, void *ctx,
                                   struct err *e);
enum err_code jsonout_report(struct store *s, FILE *f, const char *name, jsonout_body *body,
                             void *ctx, struct err *e);

#endif
