/* base/secret.h - bytes that are wiped when they are freed and that nothing here can print. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H
#include <stddef.h>

struct secret {
    char *p; /* NUL-terminated */
    size_t n;
};

void secret_set(struct secret *s, const char *bytes, size_t n); /* copies */
void secret_release(struct secret *s);                          /* wipes; fine on a zeroed one */
/* Wipes any bytes, in a way the compiler keeps. */
void secret_wipe(void *p, size_t n);

#endif
