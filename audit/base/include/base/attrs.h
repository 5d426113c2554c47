/* base/attrs.h - the few compiler attributes and macros the code relies on. */
#ifndef BASE_ATTRS_H
#define BASE_ATTRS_H

/* Result must be looked at. gcc ignores a (void) cast here, so mark only what nobody may ignore. */
#define NODISCARD __attribute__((warn_unused_result))
#define PRINTF(f, a) __attribute__((format(printf, f, a)))
#define NORETURN __attribute__((noreturn))
#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

#endif
