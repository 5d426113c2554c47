/* help_man.c - the manual page of one command, in mdoc(7), from the tables that parse and that
 * `help` prints: it cannot say anything else. */
#include "base/mem.h"
#include "base/strs.h"
#include "commands.h"
#include "exitcode.h"
#include "options.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Text between macros: no escape, no control line, and a minus that can be copied. */
static void put(const char *s, size_t n)
{
    if (n > 0 && (*s == '.' || *s == '\''))
        fputs("\\&", stdout);
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '\\')
            fputs("\\e", stdout);
        else if (s[i] == '-')
            fputs("\\-", stdout);
        else
            fputc(s[i], stdout);
    }
}

/* mdoc wants each sentence on a line of its own. */
static void put_text(const char *s)
{
    size_t at = 0;

    for (size_t i = 0; s[i] != '\0'; i++)
        if (s[i] == '.' && s[i + 1] == ' ' && isupper((unsigned char)s[i + 2])) {
            put(s + at, i + 1 - at);
            fputc('\n', stdout);
            at = i + 2;
        }
    put(s + at, strlen(s + at));
    fputc('\n', stdout);
}

/* A table of words stays as it is; all else is filled. */
static bool is_table(const char *s, size_t n)
{
    for (size_t i = 0; i + 1 < n; i++)
        if (s[i] == ' ' && s[i + 1] == ' ')
            return true;
    return false;
}

static void put_paragraph(const char *s, size_t n)
{
    char *filled = xstrndup(s, n);

    if (is_table(s, n)) {
        puts(".Bd -literal -compact");
        for (size_t at = 0; at < n;) {
            size_t line = strcspn(s + at, "\n");

            put(s + at, line < n - at ? line : n - at);
            fputc('\n', stdout);
            at += line + 1;
        }
        puts(".Ed");
    } else {
        for (char *p = filled; *p != '\0'; p++)
            if (*p == '\n')
                *p = ' ';
        put_text(filled);
    }
    free(filled);
}

static void put_detail(const char *s)
{
    while (*s != '\0') {
        const char *end = strstr(s, "\n\n");
        size_t n = end != NULL ? (size_t)(end - s) : strlen(s);

        put_paragraph(s, n);
        s += n;
        if (end != NULL) {
            s += 2;
            puts(".Pp");
        }
    }
}

static void put_option(const struct option_info *o)
{
    char *variable = option_variable(o);

    printf(".It ");
    if (o->letter != 0)
        printf("Fl %c , ", o->letter);
    printf("Fl -%s", o->name);
    if (o->arg != NULL)
        printf(" Ar \"%s\"", o->arg);
    fputc('\n', stdout);
    put_text(o->help);
    if (o->fallback != NULL)
        printf(".br\nDefault: %s.\n", o->fallback);
    if (variable != NULL || o->env != NULL)
        printf(".br\nVariable: %s%s%s.\n", variable != NULL ? variable : "",
               variable != NULL && o->env != NULL ? ", " : "", o->env != NULL ? o->env : "");
    free(variable);
}

void help_man(const struct command *cmd)
{
    char name[64];

    (void)snprintf(name, sizeof name, "graphaudit-%s", cmd->name);
    printf(".Dd %s\n.Dt ", GRAPHAUDIT_MAN_DATE);
    for (const char *p = name; *p != '\0'; p++)
        fputc(toupper((unsigned char)*p), stdout);
    printf(" 1\n.Os\n.Sh NAME\n.Nm %s\n.Nd ", name);
    put(cmd->summary, strlen(cmd->summary));
    printf("\n.Sh SYNOPSIS\n.Nm graphaudit\n.Cm %s\n.Op Ar option ...\n", cmd->name);
    if (cmd->arguments[0] != '\0')
        printf(".Ar \"%s\"\n", cmd->arguments);
    puts(".Sh DESCRIPTION");
    put_detail(cmd->detail);
    puts(".Sh OPTIONS\n.Bl -tag -width Ds");
    for (size_t i = 0; i < option_count(); i++)
        if ((option_at(i)->commands & cmd->bit) != 0)
            put_option(option_at(i));
    puts(".El\n.Pp\nOptions that are not given are taken from the environment and from a "
         "configuration file, see\n.Xr graphaudit 1 .\n.Sh EXIT STATUS\nUnless the description "
         "says otherwise:\n.Bl -tag -width Ds");
    for (const struct exit_code_info *x = exit_codes; x->meaning != NULL; x++) {
        printf(".It %d\n", x->code);
        put_text(x->meaning);
    }
    puts(".El\n.Sh SEE ALSO\n.Xr graphaudit 1");
}
