/* bench_run.c LABEL COMMAND... - runs a command and prints one line: seconds by the clock, seconds
 * of processor time, peak memory in MB, exit status. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
    double began = now();
    struct rusage ru;
    int status = 0;
    pid_t pid;

    if (argc < 3) {
        fprintf(stderr, "usage: bench_run LABEL COMMAND [ARGUMENT...]\n");
        return 2;
    }
    pid = fork();
    if (pid == 0) {
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    if (pid < 0 || wait4(pid, &status, 0, &ru) != pid) {
        perror("bench_run");
        return 1;
    }
    printf("%-28s %8.2f s %8.2f s %7.0f MB  exit %d\n", argv[1], now() - began,
           seconds(ru.ru_utime) + seconds(ru.ru_stime), (double)ru.ru_maxrss / 1024.0,
           WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
