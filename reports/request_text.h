/* request_text.h - a rule's Graph remedy, "METHOD URL BODY" on one line, laid out for reading. */
#ifndef REPORTS_REQUEST_TEXT_H
#define REPORTS_REQUEST_TEXT_H
/* The request line, and below it the body: what fits a line stays on it, else one member a line.
 * The same JSON, members in their order. A text that is no such request comes back as it is.
 * Caller frees. */
char *request_text(const char *graph);

#endif
