/* cmd_completion.c - scripts that complete commands, options and values, from the same tables. */
#include "base/buf.h"
#include "base/mem.h"
#include "base/strs.h"
#include "commands.h"
#include "context.h"
#include "exitcode.h"
#include "graph/credential.h"
#include "reports/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Words an option takes, space-separated, where its table row only describes them. */
static const struct {
    const char *option, *words;
} values[] = {
    {"cloud", "global usgov dod china"},
    {"fail-on", "critical high medium low none"},
    {"disposition", "risk_accepted compensating_control false_positive planned"},
    {"log-format", "text json"},
};

enum { WORDS_BYTES = 4096 };

/* A command whose `format` this is has words of its own. */
static const char *format_words(unsigned command)
{
    return command == CMD_HELP ? "text man names" : "text json manifest powershell az";
}

static void value_words(const struct option_info *o, unsigned command, struct buf *b)
{
    for (size_t i = 0; i < COUNT_OF(values); i++)
        if (str_eq(values[i].option, o->name))
            buf_adds(b, values[i].words);
    if (str_eq(o->name, "format"))
        buf_adds(b, format_words(command));
    else if (str_eq(o->name, "auth"))
        for (size_t i = 0; credential_mode_at(i) != NULL; i++)
            buf_addf(b, "%s%s", i > 0 ? " " : "", credential_mode_at(i));
    else if (str_eq(o->name, "output"))
        for (size_t i = 0; i < report_format_count(); i++)
            buf_addf(b, "%s%s=", i > 0 ? " " : "", report_format_at(i)->name);
}

static bool takes_file(const struct option_info *o)
{
    static const char *const names[] = {"FILE", "PATH", "PEM", "SNAPSHOT", "DIR", "PROGRAM"};

    for (size_t i = 0; o->arg != NULL && i < COUNT_OF(names); i++)
        if (strstr(o->arg, names[i]) != NULL)
            return true;
    return false;
}

static bool is_lower(char c)
{
    return (c >= 'a' && c <= 'z') || c == '-';
}

/* "list | show ID | check [PATH...]": the first word of each way, if it is to be typed as it is. */
static void first_words(const struct command *cmd, struct buf *b)
{
    const char *p = cmd->arguments;

    if (cmd->bit == CMD_HELP) {
        for (size_t i = 0; i < command_count(); i++)
            buf_addf(b, "%s ", command_at(i)->name);
        for (size_t i = 0; help_topic_at(i) != NULL; i++)
            buf_addf(b, "%s ", help_topic_at(i));
        return;
    }
    while (*p != '\0') {
        size_t n = 0;

        while (*p == ' ')
            p++;
        while (is_lower(p[n]))
            n++;
        if (n > 1)
            buf_addf(b, "%.*s ", (int)n, p);
        p += strcspn(p, "|");
        p += *p == '|';
    }
}

/* Inside '...' in a shell: a quote is spelled '\''; in fish \'. What a description says is ours. */
static void put_quoted(const char *s, const char *quote)
{
    for (; *s != '\0'; s++) {
        if (*s == '\'')
            fputs(quote, stdout);
        else
            fputc(*s, stdout);
    }
}

static void bash_options(const struct command *cmd)
{
    printf("    %s)\n        case $prev in\n", cmd->name);
    for (size_t i = 0; i < option_count(); i++) {
        const struct option_info *o = option_at(i);
        struct buf words;

        if ((o->commands & cmd->bit) == 0 || o->kind == OPTION_FLAG)
            continue;
        buf_init(&words, WORDS_BYTES);
        value_words(o, cmd->bit, &words);
        printf("        --%s", o->name);
        if (o->letter != 0)
            printf(" | -%c", o->letter);
        printf(") _graphaudit_values '%s' %s; return ;;\n", words.p, takes_file(o) ? "file" : "-");
        buf_release(&words);
    }
    printf("        esac\n        options='");
    for (size_t i = 0; i < option_count(); i++)
        if ((option_at(i)->commands & cmd->bit) != 0)
            printf("--%s ", option_at(i)->name);
    printf("'\n        words='");
    {
        struct buf words;

        buf_init(&words, WORDS_BYTES);
        first_words(cmd, &words);
        fputs(words.p, stdout);
        buf_release(&words);
    }
    puts("'\n        ;;");
}

static void print_bash(void)
{
    fputs(
        "# bash completion for graphaudit, printed by `graphaudit completion bash`\n"
        "_graphaudit_values() { # WORDS file|-\n"
        "    local w=$1\n"
        "    if [[ $2 == file && $cur == *=* ]]; then\n"
        "        compopt -o nospace -o filenames 2>/dev/null\n"
        "        mapfile -t COMPREPLY < <(compgen -P \"${cur%%=*}=\" -f -- \"${cur#*=}\")\n"
        "        return\n"
        "    fi\n"
        "    mapfile -t COMPREPLY < <(compgen -W \"$w\" -- \"$cur\")\n"
        "    [[ $w == *= ]] && compopt -o nospace 2>/dev/null && return\n"
        "    [[ $2 == file ]] || return\n"
        "    compopt -o filenames 2>/dev/null\n"
        "    mapfile -t -O \"${#COMPREPLY[@]}\" COMPREPLY < <(compgen -f -- \"$cur\")\n"
        "}\n\n"
        "_graphaudit() {\n"
        "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} options= words=\n"
        "    COMPREPLY=()\n"
        "    # COMP_WORDBREAKS has '=': `html=x` arrives as three words\n"
        "    if [[ $prev == = && $COMP_CWORD -gt 2 ]]; then\n"
        "        mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
        "        compopt -o filenames 2>/dev/null\n"
        "        return\n"
        "    fi\n"
        "    if [[ $COMP_CWORD -le 1 ]]; then\n"
        "        mapfile -t COMPREPLY < <(compgen -W '",
        stdout);
    for (size_t i = 0; i < command_count(); i++)
        printf("%s ", command_at(i)->name);
    fputs("--help --version' -- \"$cur\")\n"
          "        return\n"
          "    fi\n"
          "    case ${COMP_WORDS[1]} in\n",
          stdout);
    for (size_t i = 0; i < command_count(); i++)
        bash_options(command_at(i));
    fputs("    esac\n"
          "    if [[ $cur == -* ]]; then\n"
          "        mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$cur\")\n"
          "        return\n"
          "    fi\n"
          "    [[ $COMP_CWORD -eq 2 && -n $words ]] &&\n"
          "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
          "    [[ ${#COMPREPLY[@]} -gt 0 ]] && return\n"
          "    compopt -o filenames 2>/dev/null\n"
          "    mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
          "}\n"
          "complete -F _graphaudit graphaudit\n",
          stdout);
}

/* '--name[help]:arg:action'; a colon or bracket in the text would end it. */
static void zsh_text(const char *s)
{
    for (; *s != '\0'; s++) {
        if (*s == '\'')
            fputs("'\\''", stdout);
        else if (strchr("[]:\\", *s) != NULL)
            printf("\\%c", *s);
        else
            fputc(*s, stdout);
    }
}

static void zsh_option(const struct option_info *o, unsigned command)
{
    struct buf words;

    buf_init(&words, WORDS_BYTES);
    value_words(o, command, &words);
    printf("            '%s--%s%s[", o->kind == OPTION_LIST ? "*" : "", o->name,
           o->kind == OPTION_FLAG ? "" : "=");
    zsh_text(o->help);
    fputc(']', stdout);
    if (o->kind != OPTION_FLAG) {
        fputc(':', stdout);
        zsh_text(o->arg);
        if (words.n > 0 && words.p[words.n - 1] == '=')
            printf(":->output");
        else if (words.n > 0 && !takes_file(o))
            printf(":(%s)", words.p);
        else if (takes_file(o))
            printf(":_files");
        else
            printf(": ");
    }
    puts("' \\");
    buf_release(&words);
}

static void zsh_command(const struct command *cmd)
{
    struct buf words;

    buf_init(&words, WORDS_BYTES);
    first_words(cmd, &words);
    printf("    %s)\n        _arguments -C \\\n", cmd->name);
    for (size_t i = 0; i < option_count(); i++)
        if ((option_at(i)->commands & cmd->bit) != 0)
            zsh_option(option_at(i), cmd->bit);
    if (words.n > 0)
        printf("            '1: :(%s)' \\\n", words.p);
    puts("            '*: :_files'\n        ;;");
    buf_release(&words);
}

static void print_zsh(void)
{
    struct buf formats;

    fputs("#compdef graphaudit\n"
          "# zsh completion for graphaudit, printed by `graphaudit completion zsh`\n"
          "_graphaudit() {\n"
          "    local context state state_descr line\n"
          "    typeset -A opt_args\n"
          "    if (( CURRENT == 2 )); then\n"
          "        local -a commands=(\n",
          stdout);
    for (size_t i = 0; i < command_count(); i++) {
        printf("            '%s:", command_at(i)->name);
        zsh_text(command_at(i)->summary);
        puts("'");
    }
    fputs("        )\n"
          "        _describe command commands\n"
          "        return\n"
          "    fi\n"
          "    local command=$words[2]\n"
          "    shift words\n"
          "    (( CURRENT-- ))\n"
          "    case $command in\n",
          stdout);
    for (size_t i = 0; i < command_count(); i++)
        zsh_command(command_at(i));
    buf_init(&formats, WORDS_BYTES);
    for (size_t i = 0; i < report_format_count(); i++)
        buf_addf(&formats, "%s ", report_format_at(i)->name);
    printf("    esac\n"
           "    if [[ $state == output ]]; then\n"
           "        if compset -P '*='; then _files; else compadd -S = %s; fi\n"
           "    fi\n"
           "}\n"
           "if [[ $funcstack[1] == _graphaudit ]]; then _graphaudit \"$@\"; else compdef "
           "_graphaudit graphaudit; fi\n",
           formats.p);
    buf_release(&formats);
}

static void fish_option(const struct command *cmd, const struct option_info *o)
{
    struct buf words;

    buf_init(&words, WORDS_BYTES);
    value_words(o, cmd->bit, &words);
    printf("complete -c graphaudit -n '__fish_seen_subcommand_from %s' -l %s", cmd->name, o->name);
    if (o->letter != 0)
        printf(" -s %c", o->letter);
    if (o->kind != OPTION_FLAG)
        fputs(takes_file(o) ? " -r -F" : " -x", stdout);
    if (words.n > 0)
        printf(" -a '%s'", words.p);
    fputs(" -d '", stdout);
    put_quoted(o->help, "\\'");
    puts("'");
    buf_release(&words);
}

static void print_fish(void)
{
    puts("# fish completion for graphaudit, printed by `graphaudit completion fish`");
    for (size_t i = 0; i < command_count(); i++) {
        printf("complete -c graphaudit -f -n __fish_use_subcommand -a %s -d '",
               command_at(i)->name);
        put_quoted(command_at(i)->summary, "\\'");
        puts("'");
    }
    for (size_t k = 0; k < command_count(); k++) {
        const struct command *cmd = command_at(k);
        struct buf words;

        buf_init(&words, WORDS_BYTES);
        first_words(cmd, &words);
        if (words.n > 0)
            printf("complete -c graphaudit -n '__fish_seen_subcommand_from %s' -a '%s'\n",
                   cmd->name, words.p);
        buf_release(&words);
        for (size_t i = 0; i < option_count(); i++)
            if ((option_at(i)->commands & cmd->bit) != 0)
                fish_option(cmd, option_at(i));
    }
}

int cmd_completion(struct context *c)
{
    static const struct {
        const char *name;
        void (*print)(void);
    } shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};
    const char *shell = c->opt.arguments.n == 1 ? c->opt.arguments.v[0] : NULL;
    struct err e = ERR_INIT;

    for (size_t i = 0; i < COUNT_OF(shells); i++)
        if (str_eq(shells[i].name, shell)) {
            shells[i].print();
            return EXIT_CODE_PASSED;
        }
    err_set(&e, ERR_USAGE, "completion takes a shell: bash, zsh or fish");
    return context_fail(c, &e);
}
