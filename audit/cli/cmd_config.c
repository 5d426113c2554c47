/* cmd_config.c - what a command would run with, and where it comes from. */
#include "base/buf.h"
#include "base/mem.h"
#include "base/strs.h"
#include "commands.h"
#include "config.h"
#include "context.h"
#include "exitcode.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *origin_name(enum option_origin o)
{
    static const char *const names[] = {"none", "option", "environment", "file", "default"};

    return names[o];
}

/* http://user:password@host: what stands before the @ is nobody's business. */
static json_t *shown_text(const struct option_info *info, const char *text)
{
    const char *at = str_eq(info->name, "proxy") ? strrchr(text, '@') : NULL;
    const char *scheme = at != NULL ? strstr(text, "://") : NULL;
    size_t keep = scheme != NULL && scheme < at ? (size_t)(scheme + 3 - text) : 0;

    return at == NULL ? json_string(text) : json_sprintf("%.*s***%s", (int)keep, text, at);
}

static json_t *value_of(const struct options *o, const struct option_info *info)
{
    const void *field = (const char *)o + info->at;
    const struct strlist *list;
    json_t *out;

    switch (info->kind) {
    case OPTION_FLAG:
        return json_boolean(*(const bool *)field);
    case OPTION_TEXT:
        return shown_text(info, *(char *const *)field);
    case OPTION_NUMBER:
        return json_integer(*(const int64_t *)field);
    case OPTION_DURATION:
        return json_sprintf("%lldms", (long long)*(const int64_t *)field);
    case OPTION_LIST:
        break;
    }
    list = field;
    out = json_array();
    for (size_t i = 0; i < list->n; i++)
        json_array_append_new(out, json_string(list->v[i]));
    return out;
}

/* JSON is YAML, and pure ASCII harms no terminal. */
static void print_value(const struct option_info *info, json_t *value, const char *comment)
{
    char *s = json_dumps(value, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);

    printf("%s: %s%s%s\n", info->name, s != NULL ? s : "null", *comment != '\0' ? "  # " : "",
           comment);
    free(s);
}

static void show_text(const struct options *o, unsigned command, bool with_origin)
{
    for (size_t i = 0; i < option_count(); i++) {
        const struct option_info *info = option_at(i);
        const struct option_source *src = &o->sources[i];
        char *comment;
        json_t *value;

        if ((info->commands & command) == 0 || src->origin == ORIGIN_NONE ||
            !option_is_lasting(info))
            continue;
        value = value_of(o, info);
        comment = with_origin
                      ? xasprintf("%s%s%s", origin_name(src->origin), src->where != NULL ? " " : "",
                                  src->where != NULL ? src->where : "")
                      : xstrdup("");
        print_value(info, value, comment);
        json_decref(value);
        free(comment);
    }
}

static void show_json(const struct options *o, const struct command *cmd)
{
    json_t *doc = json_pack("{s:i, s:s, s:s?, s:o}", "schema", CONFIG_SCHEMA, "command", cmd->name,
                            "file", o->config_file, "options", json_object());
    json_t *all = json_object_get(doc, "options");
    char *s;

    for (size_t i = 0; i < option_count(); i++) {
        const struct option_info *info = option_at(i);
        const struct option_source *src = &o->sources[i];

        if ((info->commands & cmd->bit) != 0 && src->origin != ORIGIN_NONE &&
            option_is_lasting(info))
            json_object_set_new(all, info->name,
                                json_pack("{s:o, s:s, s:s?}", "value", value_of(o, info), "origin",
                                          origin_name(src->origin), "where", src->where));
    }
    s = json_dumps(doc, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    printf("%s\n", s != NULL ? s : "{}");
    free(s);
    json_decref(doc);
}

static const char *const not_options[] = {"GRAPHAUDIT_CONFIG", "GRAPHAUDIT_DATA_DIR",
                                          "GRAPHAUDIT_HEARTBEAT"};

static bool is_known_variable(const char *name, size_t n)
{
    for (size_t i = 0; i < COUNT_OF(not_options); i++)
        if (strlen(not_options[i]) == n && strncmp(not_options[i], name, n) == 0)
            return true;
    for (size_t i = 0; i < option_count(); i++) {
        char *v = option_variable(option_at(i));
        bool same = v != NULL && strlen(v) == n && strncmp(v, name, n) == 0;

        free(v);
        if (same)
            return true;
    }
    return false;
}

/* A typing error in a variable is silent otherwise. */
static void warn_of_variables(const struct context *c)
{
    extern char **environ;

    for (char **v = environ; v != NULL && *v != NULL; v++)
        if (str_starts(*v, "GRAPHAUDIT_") && !str_starts(*v, "GRAPHAUDIT_HOOK_") &&
            !is_known_variable(*v, strcspn(*v, "=")))
            log_line(&c->log, LOG_WARNING, "%.*s stands for no option", (int)strcspn(*v, "="), *v);
}

int cmd_config(struct context *c)
{
    const struct strlist *args = &c->opt.arguments;
    const struct command *cmd = command_find(args->n > 1 ? args->v[1] : "audit");
    char with_file[] = "--config";
    char *argv[] = {with_file, c->opt.config, NULL};
    struct options o = {0};
    struct err e = ERR_INIT;
    int rc = EXIT_CODE_PASSED;

    if (args->n < 1 || args->n > 2 || !str_eq(args->v[0], "show"))
        err_set(&e, ERR_USAGE, "config takes show: graphaudit config show [COMMAND]");
    else if (cmd == NULL)
        err_set(&e, ERR_USAGE, "unknown command '%s'", args->v[1]);
    if (e.code == ERR_OK && cmd != NULL &&
        options_parse(c->opt.config != NULL ? 2 : 0, argv, 0, cmd->bit, &o, &e) == ERR_OK) {
        warn_of_variables(c);
        if (c->opt.json) {
            show_json(&o, cmd);
        } else {
            if (c->opt.origin)
                printf("# configuration file: %s\n",
                       o.config_file != NULL ? o.config_file : "none");
            show_text(&o, cmd->bit, c->opt.origin);
        }
    }
    if (e.code != ERR_OK)
        rc = context_fail(c, &e);
    options_release(&o);
    return rc;
}
