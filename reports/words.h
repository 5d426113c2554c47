/* words.h - the report's vocabulary: what stored words, numbers and times look like to a person.
 *
 * No locale and no clock: the same value is the same text everywhere. */
#ifndef REPORTS_WORDS_H
#define REPORTS_WORDS_H
#include "model/outcome.h"

#include <stddef.h>

enum { WORDS_BYTES = 48 };

/* "12,345". `out` has WORDS_BYTES bytes; returned for convenience. */
const char *words_count(size_t n, char *out);
/* "2026-11-23 04:05 UTC" from RFC 3339 text; "not recorded" for NULL or nonsense. */
const char *words_time(const char *rfc3339, char *out);
/* "" for one, "s" for any other number. */
const char *words_s(size_t n);

const char *words_outcome(enum outcome o);   /* "Not evaluated" */
const char *words_severity(enum severity s); /* "Critical" */
const char *words_reason(enum reason r);     /* "permission missing"; "" for REASON_NONE */
/* What to do about it, a sentence; NULL when there is nothing general to say. */
const char *words_advice(enum reason r);

/* Services in report order: run, entra-id, exchange-online, dns, then any other by name. */
const char *words_service(const char *slug);
int words_service_order(const char *slug);

/* A verdict of SMTP AUTH, a layer that stops it, a state of a Conditional Access policy. Unknown
 * words come back as they are. */
const char *words_verdict(const char *word);
const char *words_layer(const char *word);

/* "a, b" of '["a","b"]', "none" of '[]'; NULL when the text is no JSON array of plain values, or
 * one that is long. Caller frees. */
char *words_list(const char *json);

#endif
