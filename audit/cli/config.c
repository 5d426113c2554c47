/* config.c - the environment, and which configuration file counts. config_file.c reads it. */
#include "config.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/strs.h"
#include "config_file.h"
#include "options.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROJECT_FILE "./graphaudit.yaml"
#define SYSTEM_FILE "/etc/graphaudit/config.yaml"

/* Said anew each time, or about where the others come from. */
static const char *const fleeting[] = {
    "help",     "config",       "origin",  "demo",        "resume",   "all",    "id",
    "rule",     "rule-version", "reason",  "disposition", "created",  "ticket", "expires",
    "resource", "what-if",      "sign-in", "policy",      "profiles", "again"};

bool option_is_lasting(const struct option_info *info)
{
    for (size_t i = 0; i < COUNT_OF(fleeting); i++)
        if (str_eq(info->name, fleeting[i]))
            return false;
    return true;
}

char *option_variable(const struct option_info *info)
{
    static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    struct buf b;

    if (!option_is_lasting(info))
        return NULL;
    buf_init(&b, 128);
    buf_adds(&b, "GRAPHAUDIT_");
    for (const char *p = info->name; *p != '\0'; p++) {
        char c = *p;

        if (c == '-')
            c = '_';
        else if (c >= 'a' && c <= 'z')
            c = upper[c - 'a'];
        buf_addc(&b, c);
    }
    return buf_take(&b);
}

/* A list has a value a line. */
static enum err_code offer_variable(struct options *o, size_t row, const char *name, struct err *e)
{
    const char *value = name != NULL ? getenv(name) : NULL;
    struct option_value v = {value, ORIGIN_ENVIRONMENT, name};

    if (value == NULL || *value == '\0')
        return ERR_OK;
    if (option_at(row)->kind != OPTION_LIST) {
        (void)options_offer(o, row, &v, e);
        return err_wrap(e, "%s", name);
    }
    for (const char *p = value; e->code == ERR_OK && *p != '\0';) {
        size_t n = strcspn(p, "\n");
        char *one = xstrndup(p, n);

        v.text = one;
        if (n > 0)
            (void)options_offer(o, row, &v, e);
        free(one);
        p += p[n] == '\n' ? n + 1 : n;
    }
    return err_wrap(e, "%s", name);
}

enum err_code config_environment(struct options *o, unsigned command, struct err *e)
{
    for (size_t i = 0; e->code == ERR_OK && i < option_count(); i++) {
        char *name;

        if ((option_at(i)->commands & command) == 0)
            continue;
        name = option_variable(option_at(i));
        (void)offer_variable(o, i, name, e);
        if (e->code == ERR_OK && o->sources[i].origin == ORIGIN_NONE)
            (void)offer_variable(o, i, option_at(i)->env, e);
        free(name);
    }
    return e->code;
}

static char *user_file(void)
{
    const char *config = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");

    if (config != NULL && *config == '/')
        return xasprintf("%s/graphaudit/config.yaml", config);
    return home != NULL && *home == '/' ? xasprintf("%s/.config/graphaudit/config.yaml", home)
                                        : NULL;
}

/* Caller frees; NULL: none. */
static char *find(const struct options *o, bool *is_project)
{
    const char *named = o->config != NULL ? o->config : getenv("GRAPHAUDIT_CONFIG");
    char *path;

    *is_project = false;
    if (named != NULL)
        return *named == '\0' || str_eq(named, "none") ? NULL : xstrdup(named);
    if (access(PROJECT_FILE, F_OK) == 0) {
        *is_project = true;
        return xstrdup(PROJECT_FILE);
    }
    path = user_file();
    if (path != NULL && access(path, F_OK) == 0)
        return path;
    free(path);
    return access(SYSTEM_FILE, F_OK) == 0 ? xstrdup(SYSTEM_FILE) : NULL;
}

enum err_code config_load(struct options *o, unsigned command, struct err *e)
{
    bool is_project;
    char *path = find(o, &is_project);
    struct stat st;

    if (path == NULL)
        return ERR_OK;
    if (stat(path, &st) == 0 && (st.st_mode & S_IWOTH) != 0)
        err_set(e, ERR_USAGE, "%s: anybody can write this file: run chmod o-w on it", path);
    else
        (void)config_file_read(path, is_project, command, o, e);
    o->config_file = path;
    return e->code;
}
