/* fleet_folder.c - one tenant's folder: result.json, the log's last word, what may be gone on with.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "base/fsx.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/text.h"
#include "context.h"
#include "exitcode.h"
#include "fleet.h"
#include "model/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOG_TAIL_BYTES = 32 * 1024 };

bool fleet_is_audited(int exit_code)
{
    return exit_code == EXIT_CODE_PASSED || exit_code == EXIT_CODE_FINDINGS ||
           exit_code == EXIT_CODE_INCOMPLETE;
}

const char *fleet_meaning(int exit_code)
{
    for (size_t i = 0; exit_codes[i].meaning != NULL; i++)
        if (exit_codes[i].code == exit_code)
            return exit_codes[i].meaning;
    return "unknown";
}

int fleet_worse(int a, int b)
{
    static const int order[] = {EXIT_CODE_INTERNAL, EXIT_CODE_SERVICE,  EXIT_CODE_AUTH,
                                EXIT_CODE_USAGE,    EXIT_CODE_FINDINGS, EXIT_CODE_INCOMPLETE,
                                EXIT_CODE_PASSED};
    size_t i = 0;

    while (i < COUNT_OF(order) && order[i] != a && order[i] != b)
        i++;
    return i < COUNT_OF(order) ? order[i] : EXIT_CODE_INTERNAL;
}

/* ---- result.json ---- */

static json_t *result_json(const struct fleet_result *r)
{
    json_t *o =
        json_pack("{si ss ss si ss ss ss s:s?}", "schema", FLEET_SCHEMA, "name", r->name, "tenant",
                  r->tenant, "exit_code", r->exit_code, "meaning", fleet_meaning(r->exit_code),
                  "started", r->started, "ended", r->ended, "error", r->error);
    json_t *rules = json_object();

    if (o == NULL || rules == NULL)
        BUG("a result is no JSON");
    for (size_t i = 0; i < OUTCOME_COUNT; i++)
        (void)json_object_set_new(rules, outcome_name((enum outcome)i),
                                  json_integer((json_int_t)r->outcomes[i]));
    (void)json_object_set_new(o, "rules", fleet_is_audited(r->exit_code) ? rules : json_null());
    if (!fleet_is_audited(r->exit_code))
        json_decref(rules);
    return o;
}

enum err_code fleet_result_write(const char *folder, const struct fleet_result *r, struct err *e)
{
    char *path = xasprintf("%s/" FLEET_RESULT, folder);
    json_t *o = result_json(r);
    char *text = jx_dump(o, JSON_INDENT(2));
    struct outfile out = {0};

    if (text == NULL)
        BUG("a result cannot be dumped");
    if (outfile_open(&out, path, 0600, e) == ERR_OK) {
        fprintf(out.f, "%s\n", text);
        (void)outfile_commit(&out, e);
    }
    outfile_abort(&out);
    free(text);
    json_decref(o);
    free(path);
    return e->code;
}

static void take_time(const json_t *o, const char *name, char *out)
{
    const char *text = jx_text(o, name);
    int64_t ms;

    if (text != NULL && time_parse(text, &ms))
        (void)time_format(ms, out);
}

enum err_code fleet_result_read(const char *folder, struct fleet_result *out, struct err *e)
{
    char *path = xasprintf("%s/" FLEET_RESULT, folder);
    struct buf text = {0};
    json_t *o = NULL;
    int64_t code = 0;

    memset(out, 0, sizeof *out);
    if (access(path, F_OK) != 0)
        err_set(e, ERR_ABSENT, "there is no %s", path);
    else if (file_read(path, FLEET_RESULT_BYTES, &text, e) == ERR_OK &&
             jx_parse(text.p, text.n, path, &o, e) == ERR_OK) {
        if (jx_int(o, "exit_code", &code) != JX_OK || code < 0 || code > 255 ||
            jx_text(o, "name") == NULL || jx_text(o, "tenant") == NULL) {
            err_set(e, ERR_PARSE, "%s: not a result of a fleet", path);
        } else {
            out->exit_code = (int)code;
            out->name = xstrdup(jx_text(o, "name"));
            out->tenant = xstrdup(jx_text(o, "tenant"));
            out->error = jx_text(o, "error") != NULL ? xstrdup(jx_text(o, "error")) : NULL;
            take_time(o, "started", out->started);
            take_time(o, "ended", out->ended);
        }
    }
    json_decref(o);
    buf_release(&text);
    free(path);
    return e->code;
}

void fleet_result_release(struct fleet_result *r)
{
    free(r->name);
    free(r->tenant);
    free(r->error);
    memset(r, 0, sizeof *r);
}

/* ---- what stands in the folder ---- */

/* The last bytes of the log, NUL-terminated; empty when there are none. */
static char *log_tail(const char *folder)
{
    char *path = xasprintf("%s/" FLEET_LOG, folder);
    char *tail = xcalloc(1, LOG_TAIL_BYTES + 1);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
    ssize_t n = 0;

    if (fd >= 0) {
        n = pread(fd, tail, LOG_TAIL_BYTES, size > LOG_TAIL_BYTES ? size - LOG_TAIL_BYTES : 0);
        (void)close(fd);
    }
    tail[n > 0 ? n : 0] = '\0';
    free(path);
    return tail;
}

char *fleet_last_word(const char *folder)
{
    static const char mark[] = "graphaudit: ";
    static const char error[] = "error: ";
    char *tail = log_tail(folder);
    char *last = NULL, *word = NULL;
    char *rest = tail;
    struct buf b;

    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
        if (str_starts(line, mark))
            line += strlen(mark);
        if (str_starts(line, error))
            word = line + strlen(error);
        else if (*line != '\0')
            last = line;
    }
    word = word != NULL ? word : last;
    buf_init(&b, LOG_TAIL_BYTES);
    if (word != NULL) {
        struct buf safe;

        buf_init(&safe, (size_t)LOG_TAIL_BYTES * 8);
        text_add_safe(&safe, word);
        text_add_cut(&b, safe.n > 0 ? safe.p : "", FLEET_ERROR_CHARS);
        buf_release(&safe);
    }
    free(tail);
    return word != NULL ? buf_take(&b) : NULL;
}

enum err_code fleet_folder_clear(const char *folder, const char *but, struct err *e)
{
    DIR *d = opendir(folder);
    struct dirent *entry;

    if (d == NULL)
        return errno == ENOENT
                   ? ERR_OK
                   : err_set(e, ERR_IO, "cannot read '%s': %s", folder, strerror(errno));
    while ((entry = readdir(d)) != NULL) {
        if (str_eq(entry->d_name, ".") || str_eq(entry->d_name, "..") || str_eq(entry->d_name, but))
            continue;
        if (unlinkat(dirfd(d), entry->d_name, 0) != 0) /* a folder is not ours: it stays */
            err_set(e, ERR_IO, "cannot remove '%s/%s': %s", folder, entry->d_name, strerror(errno));
    }
    (void)closedir(d);
    return e->code;
}

enum err_code fleet_count(const char *folder, struct fleet_result *r, struct err *e)
{
    char *path = xasprintf("%s/" FLEET_SNAPSHOT, folder);
    struct store *s = NULL;
    struct stmt *st = NULL;
    bool row = false;

    if (store_open(path, false, &s, e) == ERR_OK &&
        stmt_prepare(s, "SELECT outcome, COUNT(*) FROM rule_result GROUP BY outcome", &st, e) ==
            ERR_OK)
        while (stmt_step(st, &row, e) == ERR_OK && row) {
            enum outcome o;

            if (outcome_parse(stmt_text(st, 0), &o))
                r->outcomes[o] = (size_t)stmt_int(st, 1);
        }
    stmt_free(st);
    store_close(s);
    free(path);
    return e->code;
}

/* Whether the last audit in it was cut, and did not end with something that another try of the same
 * would run into again. */
static bool was_cut(const char *folder)
{
    struct fleet_result r;
    struct err e = ERR_INIT; /* no result, or none that can be read: the audit did not end */
    bool is_cut = fleet_result_read(folder, &r, &e) != ERR_OK || r.exit_code == EXIT_CODE_AUTH ||
                  r.exit_code == EXIT_CODE_SERVICE;

    fleet_result_release(&r);
    return is_cut;
}

int64_t fleet_since(const struct context *c)
{
    return c->opt.max_age_ms > 0 ? clock_wall_ms(c->clock) - c->opt.max_age_ms : 0;
}

bool fleet_is_recent(const char *time, int64_t since_ms)
{
    int64_t ms;

    return since_ms == 0 || (time_parse(time, &ms) && ms >= since_ms);
}

bool fleet_can_resume(const char *folder, const char *tenant, int64_t since_ms)
{
    char *path = xasprintf("%s/" FLEET_SNAPSHOT, folder);
    struct store *s = NULL;
    struct err e = ERR_INIT; /* what cannot be read is begun anew: that is the answer */
    char *domain = NULL, *started = NULL;
    int64_t open = 0;

    if (access(path, F_OK) == 0 && was_cut(folder) && store_open(path, false, &s, &e) == ERR_OK &&
        store_text(s, "SELECT tenant_domain FROM snapshot", &domain, &e) == ERR_OK &&
        store_text(s, "SELECT started_at FROM snapshot", &started, &e) == ERR_OK)
        (void)store_int(s,
                        "SELECT COUNT(*) FROM collecting WHERE "
                        "(SELECT sealed_at FROM snapshot) IS NULL",
                        &open, &e);
    store_close(s);
    if (e.code != ERR_OK || !str_eq(domain, tenant) || !fleet_is_recent(started, since_ms))
        open = 0;
    free(domain);
    free(started);
    free(path);
    return open > 0;
}
