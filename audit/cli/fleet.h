/* fleet.h - many tenants, each audited by a process of its own, into a folder that holds a folder
 * for each.
 *
 * DIR/NAME.partial is filled by the audit and becomes DIR/NAME when the audit ran to its end. What
 * is still called .partial was cut, or failed: its result.json says how, if there is one. Nothing
 * here schedules or retries: whoever starts the command again does, and what is done stays done. */
#ifndef CLI_FLEET_H
#define CLI_FLEET_H
#include "base/err.h"
#include "base/strs.h"
#include "base/timex.h"
#include "model/outcome.h"

#include <stddef.h>
#include <stdint.h>

struct context;

enum {
    FLEET_SCHEMA = 1,
    FLEET_NAME_CHARS = 64,      /* a name is a folder's */
    FLEET_ERROR_CHARS = 400,    /* of the line that says why a tenant was not audited */
    FLEET_RESULT_BYTES = 65536, /* a result.json: some hundred bytes */
};
#define FLEET_PARTIAL ".partial"
#define FLEET_SNAPSHOT "snapshot.db"
#define FLEET_LOG "log.txt"
#define FLEET_RESULT "result.json"

struct fleet_tenant {
    char *name;             /* [A-Za-z0-9._-], unique */
    char *tenant;           /* as --tenant takes it */
    struct strlist options; /* "--name=value", as `audit` takes them; --tenant too */
};
struct fleet_file {
    struct fleet_tenant *v;
    size_t n;
};
/* tenants.yaml. ERR_USAGE names line and column. Release always. */
enum err_code fleet_file_read(const char *path, struct fleet_file *out, struct err *e);
/* The same from memory; `path` is for messages. */
enum err_code fleet_file_parse(const char *bytes, size_t n, const char *path,
                               struct fleet_file *out, struct err *e);
void fleet_file_release(struct fleet_file *f);

/* What became of one tenant; texts are owned. */
struct fleet_result {
    char *name, *tenant;
    int exit_code;
    char *error; /* the last word of an audit that failed; NULL: none */
    char started[TIME_TEXT_BYTES], ended[TIME_TEXT_BYTES];
    size_t outcomes[OUTCOME_COUNT];
};
/* The audit ran to its end, with whatever findings. */
bool fleet_is_audited(int exit_code);
/* The meaning of an exit code; "unknown" for others. */
const char *fleet_meaning(int exit_code);
/* Which of two exit codes a fleet ends with: what went wrong with us and with services goes before
 * what was found, since who looks at the code of many may start the command again. */
int fleet_worse(int a, int b);

enum err_code fleet_result_write(const char *folder, const struct fleet_result *r, struct err *e);
/* ERR_ABSENT: there is none. Release always. */
enum err_code fleet_result_read(const char *folder, struct fleet_result *out, struct err *e);
void fleet_result_release(struct fleet_result *r);
/* The last line of a log that says "error", else its last line; NULL: an empty log. Caller frees.
 */
char *fleet_last_word(const char *folder);
/* Removes the files of a folder that an audit filled, but for one name (NULL: none). No folder is
 * fine. */
enum err_code fleet_folder_clear(const char *folder, const char *but, struct err *e);
/* Outcomes counted in the folder's snapshot. */
enum err_code fleet_count(const char *folder, struct fleet_result *r, struct err *e);
/* A collection of this tenant that was cut, can be gone on with, and was begun at `since_ms` or
 * later. */
bool fleet_can_resume(const char *folder, const char *tenant, int64_t since_ms);

/* The time before which audits do not count (--max-age); 0: all count. */
int64_t fleet_since(const struct context *c);
/* Whether a time as it is recorded is `since_ms` or later; what is no time is not, unless all
 * count. */
bool fleet_is_recent(const char *time, int64_t since_ms);

/* Audits the tenants of the file that are ours to audit. Returns an exit code. */
int fleet_run(struct context *c, const struct fleet_file *f);
/* `fleet report DIR`. Returns an exit code. */
int fleet_report(struct context *c, const char *folder);

#endif
