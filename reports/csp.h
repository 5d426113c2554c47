/* csp.h - hashes for a Content-Security-Policy. */
#ifndef REPORTS_CSP_H
#define REPORTS_CSP_H
#include <stddef.h>

/* "'sha256-...'" (W3C CSP3 section 6.7): base64 over the bytes between the tags. Caller frees. */
char *csp_hash(const unsigned char *bytes, size_t n);

#endif
