#include "fleet_process.h"

#include "base/mem.h"
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* What would send an audit's files elsewhere, or is not meant for each tenant. */
static const char *const dropped[] = {
    "GRAPHAUDIT_OUTPUT",      "GRAPHAUDIT_OUTPUT_DIR", "GRAPHAUDIT_SNAPSHOT",   "GRAPHAUDIT_KEEP",
    "GRAPHAUDIT_ON_CHANGE",   "GRAPHAUDIT_SINCE",      "GRAPHAUDIT_TRACE_HTTP", "GRAPHAUDIT_TENANT",
    "GRAPHAUDIT_DEVICE_CODE", "GRAPHAUDIT_EXIT_ZERO",
};

/* Caller frees the array; the strings are the environment's own. */
static char **environment(void)
{
    extern char **environ;
    size_t count = 0, at = 0;
    char **out;

    while (environ != NULL && environ[count] != NULL)
        count++;
    out = xcalloc(count + 1, sizeof *out);
    for (size_t i = 0; i < count; i++)
        if (!child_entry_is(environ[i], dropped, COUNT_OF(dropped)))
            out[at++] = environ[i];
    return out;
}

/* In the child: only what is safe between fork and exec. */
static void become(char **argv, char **env, int input, int log, pid_t parent)
{
    child_begin();
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == parent && dup2(input, STDIN_FILENO) >= 0 && dup2(log, STDOUT_FILENO) >= 0 &&
        dup2(log, STDERR_FILENO) >= 0 && close_range(STDERR_FILENO + 1, ~0U, 0) == 0)
        (void)execve("/proc/self/exe", argv, env);
    _exit(CHILD_CANNOT_RUN);
}

enum err_code fleet_spawn(const struct strlist *argv, int log, pid_t *pid, struct err *e)
{
    char **args = xcalloc(argv->n + 1, sizeof *args);
    char **env = environment();
    const pid_t self = getpid();
    int input = open("/dev/null", O_RDONLY | O_CLOEXEC);

    for (size_t i = 0; i < argv->n; i++)
        args[i] = argv->v[i];
    *pid = input >= 0 ? fork() : -1;
    if (*pid == 0)
        become(args, env, input, log, self);
    if (*pid < 0)
        err_set(e, ERR_IO, "cannot start a process: %s", strerror(errno));
    if (input >= 0)
        (void)close(input);
    free(args);
    free(env);
    return e->code;
}
