/* base/err.h - one explicit, fixed-size error object.
 *
 * Fallible functions return an err_code and fill `struct err *e`, which is never NULL. The first
 * cause stays: err_set() on an object that already holds an error keeps it. Context is added on the
 * way up with err_wrap() by whoever knows something the callee could not (file, collector, tenant).
 * Lower layers never print; only audit/cli talks to people. */
#ifndef BASE_ERR_H
#define BASE_ERR_H
#include "base/attrs.h"

/* What a caller may branch on. */
enum err_code {
    ERR_OK = 0,
    ERR_USAGE,       /* option, configuration, rule or waiver file: nothing was contacted */
    ERR_IO,          /* file system */
    ERR_PARSE,       /* malformed input of any kind */
    ERR_NET,         /* DNS, connection, reset, timeout, 5xx after all retries */
    ERR_TLS,         /* certificate or handshake */
    ERR_AUTH,        /* the token endpoint refused us */
    ERR_DENIED,      /* 401/403: the service refused this request */
    ERR_LICENCE,     /* 403 that names a missing licence */
    ERR_ABSENT,      /* 404 or an endpoint that this cloud does not have */
    ERR_THROTTLED,   /* still throttled after all retries */
    ERR_LIMIT,       /* a named limit was reached */
    ERR_DEADLINE,    /* the run's time was used up */
    ERR_STORE,       /* SQLite */
    ERR_INTERRUPTED, /* a signal asked us to stop */
    ERR_BUG          /* our mistake */
};

enum { ERR_MSG_BYTES = 1024 };

/* What a person reads: UTF-8, one line, no trailing full stop. */
struct err {
    enum err_code code;
    char msg[ERR_MSG_BYTES];
};

#define ERR_INIT                                                                                   \
    {                                                                                              \
        ERR_OK, ""                                                                                 \
    }

/* Returns the code that is in `e` afterwards, so `return err_set(...)` works. */
enum err_code err_set(struct err *e, enum err_code code, const char *fmt, ...) PRINTF(3, 4);
/* Puts "fmt: " before the message. No-op on an empty error. */
enum err_code err_wrap(struct err *e, const char *fmt, ...) PRINTF(2, 3);
void err_clear(struct err *e);
#ifdef __clang_analyzer__
/* The static analyzer does not see into err.c: tell it that a set error is an error. */
static inline enum err_code err_known(enum err_code code, enum err_code returned)
{
    (void)returned;
    return code;
}
#define err_set(e, code, ...) err_known((code), err_set((e), (code), __VA_ARGS__))
#endif
/* Stable lower-case word for a code, for logs. */
const char *err_code_name(enum err_code code);

/* Our own mistake: one line on stderr, exit 70. Remote data can never reach one. */
#define BUG(...) err_bug(__FILE__, __LINE__, __VA_ARGS__)
NORETURN void err_bug(const char *file, int line, const char *fmt, ...) PRINTF(3, 4);

#endif
