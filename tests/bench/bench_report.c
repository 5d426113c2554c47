/* bench_report.c FOLDER/SNAPSHOT FORMAT [FILE] - writes one report of a snapshot that was evaluated
 * and prints one line: seconds by the clock, seconds of processor time, peak memory, bytes.
 *
 * One report a process, because peak memory is the process's. Without FILE what is written is
 * counted and removed. What `graphaudit evaluate --output FORMAT=FILE` writes, with no choice made.
 */
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "model/store.h"
#include "reports/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static double cpu_seconds(void)
{
    struct rusage ru;

    (void)getrusage(RUSAGE_SELF, &ru);
    return (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) +
           (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6;
}

static double peak_mb(void)
{
    struct rusage ru;

    (void)getrusage(RUSAGE_SELF, &ru);
    return (double)ru.ru_maxrss / 1024.0;
}

static void measure(const char *snapshot, const struct report_format *format, const char *path)
{
    const struct report_options o = {.junit_resources = 20, .junit_max_cases = 5000};
    struct store *s = NULL;
    struct err e = ERR_INIT;
    struct stat st = {0};
    int64_t t = clock_mono_ms(clock_system());
    double cpu = cpu_seconds();

    if (store_open(snapshot, false, &s, &e) != ERR_OK ||
        report_save(s, format, &o, path, &e) != ERR_OK) {
        fprintf(stderr, "bench_report: %s\n", e.msg);
        exit(1);
    }
    store_close(s);
    (void)stat(path, &st);
    printf("%-16s %6.2f s %6.2f s %5.0f MB %9lld bytes\n", format->name,
           (double)(clock_mono_ms(clock_system()) - t) / 1000.0, cpu_seconds() - cpu, peak_mb(),
           (long long)st.st_size);
}

int main(int argc, char **argv)
{
    const struct report_format *format = argc > 2 ? report_format_find(argv[2]) : NULL;
    const char *tmp = getenv("TMPDIR");
    char *path;

    if (argc < 3 || argc > 4 || format == NULL) {
        fprintf(stderr, "usage: bench_report FOLDER/SNAPSHOT FORMAT [FILE]\n");
        return 2;
    }
    path = argc == 4 ? xstrdup(argv[3])
                     : xasprintf("%s/graphaudit-bench-%d%s", tmp != NULL ? tmp : "/tmp",
                                 (int)getpid(), format->extension);
    measure(argv[1], format, path);
    if (argc == 3)
        (void)unlink(path);
    free(path);
    return 0;
}
