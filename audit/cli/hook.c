#include "hook.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/stop.h"
#include "base/strs.h"
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { POLL_NS = 20 * 1000 * 1000, GRACE_MS = 2000 };

/* What graphaudit signs in with is not for others. */
static const char *const secrets[] = {
    "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "SYSTEM_ACCESSTOKEN",
    "IDENTITY_HEADER",
};

/* Caller frees each and the array. */
static char **environment(const struct hook_variable *vars, size_t n)
{
    extern char **environ;
    size_t count = 0, at = 0;
    char **out;

    while (environ != NULL && environ[count] != NULL)
        count++;
    out = xcalloc(count + n + 1, sizeof *out);
    for (size_t i = 0; i < count; i++)
        if (!child_entry_is(environ[i], secrets, COUNT_OF(secrets)) &&
            !str_starts(environ[i], "GRAPHAUDIT_HOOK_"))
            out[at++] = xstrdup(environ[i]);
    for (size_t i = 0; i < n; i++)
        if (vars[i].value != NULL)
            out[at++] = xasprintf("%s=%s", vars[i].name, vars[i].value);
    return out;
}

static void free_environment(char **env)
{
    for (size_t i = 0; env[i] != NULL; i++)
        free(env[i]);
    free(env);
}

/* In the child: only what is safe between fork and exec. */
static void become(const char *program, char *name, char **env, int input)
{
    char *argv[] = {name, NULL};

    child_begin();
    if (dup2(input, STDIN_FILENO) >= 0 && dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 &&
        close_range(STDERR_FILENO + 1, ~0U, 0) == 0)
        (void)execvpe(program, argv, env);
    _exit(CHILD_CANNOT_RUN);
}

static bool ended(pid_t pid, int *raw)
{
    const struct timespec wait = {0, POLL_NS};
    pid_t got = waitpid(pid, raw, WNOHANG);

    if (got == 0 || (got < 0 && errno == EINTR)) {
        (void)nanosleep(&wait, NULL);
        return false;
    }
    return true;
}

static bool ends_by(pid_t pid, const struct clock_src *clock, int64_t until, bool until_stop,
                    int *raw)
{
    while (clock_mono_ms(clock) < until && !(until_stop && stop_requested()))
        if (ended(pid, raw))
            return true;
    return false;
}

/* The whole group: a script's sleep or curl as well. */
static void put_down(pid_t pid, const struct clock_src *clock, int *raw)
{
    (void)kill(-pid, SIGTERM);
    if (!ends_by(pid, clock, clock_mono_ms(clock) + GRACE_MS, false, raw)) {
        (void)kill(-pid, SIGKILL);
        while (waitpid(pid, raw, 0) < 0 && errno == EINTR)
            ;
    }
    (void)kill(-pid, SIGKILL);
}

static enum err_code await(const char *program, pid_t pid, const struct clock_src *clock,
                           int *status, struct err *e)
{
    int raw = 0;

    if (!ends_by(pid, clock, clock_mono_ms(clock) + LIMIT_HOOK_MS, true, &raw)) {
        put_down(pid, clock, &raw);
        return stop_requested()
                   ? err_set(e, ERR_INTERRUPTED, "'%s' was ended: told to stop", program)
                   : err_set(e, ERR_DEADLINE, "'%s' was ended after %d s", program,
                             LIMIT_HOOK_MS / 1000);
    }
    *status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
    if (*status == CHILD_CANNOT_RUN)
        return err_set(e, ERR_IO, "'%s' cannot be run", program);
    return ERR_OK;
}

enum err_code hook_run(const char *program, const struct hook_variable *vars, size_t n,
                       const char *input, const struct clock_src *clock, int *status, struct err *e)
{
    char **env = environment(vars, n);
    char *name = xstrdup(program);
    int fd = open(input, O_RDONLY | O_CLOEXEC);
    pid_t pid = -1;

    if (fd < 0) {
        err_set(e, ERR_IO, "cannot read '%s': %s", input, strerror(errno));
    } else {
        pid = fork();
        if (pid == 0)
            become(program, name, env, fd);
        if (pid < 0)
            err_set(e, ERR_IO, "cannot run '%s': %s", program, strerror(errno));
        else
            (void)setpgid(pid, pid); /* in the child too: whoever comes first */
    }
    if (pid > 0)
        (void)await(program, pid, clock, status, e);
    if (fd >= 0)
        (void)close(fd);
    free(name);
    free_environment(env);
    return e->code;
}
