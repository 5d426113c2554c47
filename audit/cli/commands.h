/* commands.h - the table of commands. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H
#include <stddef.h>

struct context;

struct command {
    const char *name;
    unsigned bit;          /* enum command_bit */
    const char *arguments; /* usage after the options, "" when there are none */
    const char *summary;   /* one line */
    const char *detail;    /* paragraphs for `help COMMAND` */
    /* Returns an exit code. */
    int (*run)(struct context *c);
};
size_t command_count(void);
const struct command *command_at(size_t i);
const struct command *command_find(const char *name); /* NULL: unknown */

int cmd_audit(struct context *c);
int cmd_collect(struct context *c);
int cmd_evaluate(struct context *c);
int cmd_query(struct context *c);
int cmd_rules(struct context *c);
int cmd_waivers(struct context *c);
int cmd_why(struct context *c);
int cmd_diff(struct context *c);
int cmd_history(struct context *c);
int cmd_fleet(struct context *c);
int cmd_explain(struct context *c);
int cmd_probe(struct context *c);
int cmd_permissions(struct context *c);
int cmd_plan(struct context *c);
int cmd_doctor(struct context *c);
int cmd_config(struct context *c);
int cmd_completion(struct context *c);
int cmd_version(struct context *c);
int cmd_help(struct context *c);

/* `help` for one command, on stdout. */
void help_command(const struct command *cmd);
void help_overview(void);
/* A topic of `help`, or NULL past the last one. */
const char *help_topic_at(size_t i);

/* help_man.c: the manual page of a command, on stdout, as mdoc(7). */
void help_man(const struct command *cmd);

#endif
