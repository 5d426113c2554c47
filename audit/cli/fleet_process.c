#include "fleet_process.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { CANNOT_RUN = 127 };

/* What would send an audit's files elsewhere, or is not meant for each tenant. */
static const char *const dropped[] = {
    "GRAPHAUDIT_OUTPUT",     "GRAPHAUDIT_OUTPUT_DIR", "GRAPHAUDIT_SNAPSHOT",
    "GRAPHAUDIT_KEEP",       "GRAPHAUDIT_ON_CHANGE",  "GRAPHAUDIT_SINCE",
    "GRAPHAUDIT_TRACE_HTTP", "GRAPHAUDIT_TENANT",     "GRAPHAUDIT_DEVICE_CODE",
};

static bool is_dropped(const char *entry)
{
    for (size_t i = 0; i < COUNT_OF(dropped); i++) {
        size_t n = strlen(dropped[i]);

        if (strncmp(entry, dropped[i], n) == 0 && entry[n] == '=')
            return true;
    }
    return false;
}

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
        if (!is_dropped(environ[i]))
            out[at++] = environ[i];
    return out;
}

/* In the child: only what is safe between fork and exec. A group of its own, so that a terminal's
 * Ctrl-C reaches it through us, once. */
static void become(char **argv, char **env, int input, int log, pid_t parent)
{
    sigset_t none;

    (void)setpgid(0, 0);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == parent && dup2(input, STDIN_FILENO) >= 0 && dup2(log, STDOUT_FILENO) >= 0 &&
        dup2(log, STDERR_FILENO) >= 0 && close_range(STDERR_FILENO + 1, ~0U, 0) == 0)
        (void)execve("/proc/self/exe", argv, env);
    _exit(CANNOT_RUN);
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
