#include "demo.h"

#include "base/mem.h"
#include "model/store.h"

#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Caller frees; NULL when it is nowhere. */
static char *find(void)
{
    static const char *const beside[] = {"", "/../share/graphaudit"};
    const char *env = getenv("GRAPHAUDIT_DATA_DIR");
    char exe[4096];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    char *path = NULL;

    if (env != NULL && *env != '\0') {
        path = xasprintf("%s/demo.db", env);
        if (access(path, R_OK) == 0)
            return path;
        free(path);
    }
    if (n > 0) {
        const char *folder;

        exe[n] = '\0';
        folder = dirname(exe);
        for (size_t i = 0; i < COUNT_OF(beside); i++) {
            path = xasprintf("%s%s/demo.db", folder, beside[i]);
            if (access(path, R_OK) == 0)
                return path;
            free(path);
        }
    }
    path = xstrdup(GRAPHAUDIT_DATADIR "/demo.db");
    if (access(path, R_OK) == 0)
        return path;
    free(path);
    return NULL;
}

enum err_code demo_copy(const char *to, struct err *e)
{
    char *path = find();
    struct store *s = NULL;
    enum err_code code;

    if (path == NULL)
        return err_set(e, ERR_USAGE,
                       "the demo tenant (demo.db) is not installed: set GRAPHAUDIT_DATA_DIR to the "
                       "folder that holds it");
    code = store_open(path, false, &s, e);
    if (code == ERR_OK)
        code = store_copy(s, to, e);
    store_close(s);
    free(path);
    return code;
}
