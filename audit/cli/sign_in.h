/* audit/cli/sign_in.h - which credential the options and the environment name. */
#ifndef CLI_SIGN_IN_H
#define CLI_SIGN_IN_H
#include "base/err.h"

#include <stdbool.h>

struct context;
struct credential;

/* The credential, and that --client-id is there when it needs one. ERR_USAGE; contacts nothing. The
 * refresh token of a device code is kept in $XDG_STATE_HOME/graphaudit (by default
 * ~/.local/state/graphaudit) unless --no-token-cache is given. */
enum err_code sign_in_credential(const struct context *c, struct credential **out, struct err *e);

/* How many whole days the certificate that signs in still has, when those are so few that somebody
 * should see to it; *date is its end, "2026-12-31". False: time enough, or no certificate. */
enum { SIGN_IN_DATE_BYTES = 16 };
bool sign_in_ends_soon(const struct credential *cred, int *days, char date[SIGN_IN_DATE_BYTES]);

#endif
