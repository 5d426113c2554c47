#include "sandbox_policy.h"

#include "base/attrs.h"
#include "base/limits.h"
#include "base/strs.h"

#include <sqlite3.h>

static const char *const functions[] = {
    /* text */
    "char", "format", "glob", "hex", "instr", "length", "like", "lower", "ltrim", "printf", "quote",
    "replace", "rtrim", "substr", "substring", "trim", "unicode", "upper",
    /* choice and type */
    "coalesce", "ifnull", "iif", "nullif", "typeof", "likely", "unlikely",
    /* numbers */
    "abs", "ceil", "ceiling", "floor", "max", "min", "mod", "round", "sign",
    /* aggregates and windows */
    "avg", "count", "group_concat", "sum", "total", "cume_dist", "dense_rank", "first_value", "lag",
    "last_value", "lead", "nth_value", "ntile", "percent_rank", "rank", "row_number",
    /* JSON */
    "->", "->>", "json", "json_array", "json_array_length", "json_extract", "json_group_array",
    "json_group_object", "json_object", "json_patch", "json_quote", "json_remove", "json_type",
    "json_valid",
    /* ours: sqlfunc.h */
    "date_add_days", "days_between"};

static const char clock_hint[] = "rules never read the clock: use :as_of, days_between(a, b) and "
                                 "date_add_days(date, n)";
static const struct {
    const char *name, *hint;
} hints[] = {
    {"current_date", clock_hint},
    {"current_time", clock_hint},
    {"current_timestamp", clock_hint},
    {"date", clock_hint},
    {"datetime", clock_hint},
    {"julianday", clock_hint},
    {"strftime", clock_hint},
    {"time", clock_hint},
    {"unixepoch", clock_hint},
    {"random", "the same snapshot has to give the same results"},
    {"randomblob", "the same snapshot has to give the same results"},
    {"regexp", "use like, glob or instr"},
};

static const char *const modules[] = {"json_each", "json_tree"};

static const struct {
    int action;
    const char *name;
} actions[] = {
    {SQLITE_CREATE_INDEX, "CREATE INDEX"},
    {SQLITE_CREATE_TABLE, "CREATE TABLE"},
    {SQLITE_CREATE_TEMP_INDEX, "CREATE TEMP INDEX"},
    {SQLITE_CREATE_TEMP_TABLE, "CREATE TEMP TABLE"},
    {SQLITE_CREATE_TEMP_TRIGGER, "CREATE TEMP TRIGGER"},
    {SQLITE_CREATE_TEMP_VIEW, "CREATE TEMP VIEW"},
    {SQLITE_CREATE_TRIGGER, "CREATE TRIGGER"},
    {SQLITE_CREATE_VIEW, "CREATE VIEW"},
    {SQLITE_CREATE_VTABLE, "CREATE VIRTUAL TABLE"},
    {SQLITE_DELETE, "DELETE"},
    {SQLITE_DROP_INDEX, "DROP INDEX"},
    {SQLITE_DROP_TABLE, "DROP TABLE"},
    {SQLITE_DROP_TRIGGER, "DROP TRIGGER"},
    {SQLITE_DROP_VIEW, "DROP VIEW"},
    {SQLITE_DROP_VTABLE, "DROP VIRTUAL TABLE"},
    {SQLITE_INSERT, "INSERT"},
    {SQLITE_PRAGMA, "PRAGMA"},
    {SQLITE_TRANSACTION, "BEGIN, COMMIT or ROLLBACK"},
    {SQLITE_UPDATE, "UPDATE"},
    {SQLITE_ATTACH, "ATTACH"},
    {SQLITE_DETACH, "DETACH"},
    {SQLITE_ALTER_TABLE, "ALTER TABLE"},
    {SQLITE_REINDEX, "REINDEX"},
    {SQLITE_ANALYZE, "ANALYZE"},
    {SQLITE_SAVEPOINT, "SAVEPOINT"},
};

/* Generous for a page of SQL over ten tables, small for a machine. */
static const struct {
    int id, value;
} limits[] = {
    {SQLITE_LIMIT_LENGTH, LIMIT_RULE_VALUE_BYTES},
    {SQLITE_LIMIT_SQL_LENGTH, LIMIT_RULE_BYTES},
    {SQLITE_LIMIT_COLUMN, 200},
    {SQLITE_LIMIT_EXPR_DEPTH, 100},
    {SQLITE_LIMIT_COMPOUND_SELECT, 50},
    {SQLITE_LIMIT_VDBE_OP, 50000},
    {SQLITE_LIMIT_FUNCTION_ARG, 64},
    {SQLITE_LIMIT_ATTACHED, 0},
    {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 200},
    {SQLITE_LIMIT_VARIABLE_NUMBER, 250},
    {SQLITE_LIMIT_TRIGGER_DEPTH, 1},
    {SQLITE_LIMIT_WORKER_THREADS, 0},
};

bool policy_allows_function(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(functions); i++)
        if (str_ieq(functions[i], name))
            return true;
    return false;
}

const char *policy_function_hint(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(hints); i++)
        if (str_ieq(hints[i].name, name))
            return hints[i].hint;
    return NULL;
}

bool policy_allows_module(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(modules); i++)
        if (str_ieq(modules[i], name))
            return true;
    return false;
}

const char *policy_action_name(int action)
{
    for (size_t i = 0; i < COUNT_OF(actions); i++)
        if (actions[i].action == action)
            return actions[i].name;
    return "this statement";
}

bool policy_limit_at(size_t i, int *id, int *value)
{
    if (i >= COUNT_OF(limits))
        return false;
    *id = limits[i].id;
    *value = limits[i].value;
    return true;
}
