/* profile_file.h - profile files as they are read: the user's, and those that it extends. */
#ifndef ENGINE_PROFILE_FILE_H
#define ENGINE_PROFILE_FILE_H
#include "base/digest.h"
#include "problems.h"
#include "profile.h"
#include "yaml.h"

struct profile_step {
    char *file; /* owned, as the tree */
    struct yn *tree;
    char digest[SHA256_HEX_BYTES];
};
struct profile_chain {
    struct profile_step v[PROFILE_CHAIN_MAX]; /* the user's first */
    size_t n;
    struct problems *p;
};

/* Reads the profile of this name (a shipped one, or a path) and all that it extends, and checks
 * their shape; false after problems. What was read until then is in the chain either way. */
bool profile_chain_read(struct profile_chain *c, const char *name);
/* The same for one profile out of `n` bytes of text that a NUL follows; `file` names it. */
bool profile_chain_read_text(struct profile_chain *c, const char *file, const char *text, size_t n);

#endif
