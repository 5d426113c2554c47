#include "sandbox.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/stop.h"
#include "base/strs.h"
#include "model/heap.h"
#include "model/store.h"
#include "sandbox_policy.h"
#include "sqlfunc.h"
#include "sqltext.h"

#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How often the progress handler looks, in steps of SQLite's machine: few enough that what they
 * can allocate in between stays near the heap limit. */
enum { STEPS_A_LOOK = 200, MOST_LIMITS = 16, BUSY_MS = 10000 };

enum { LOOKASIDE_BYTES = 1200, LOOKASIDE_SLOTS = 400 };

/* Root page -> table, to name what a compiled program opens. */
struct root {
    int64_t page;
    char *table;
};

struct sandbox {
    sqlite3 *db;
    bool is_shared;
    bool is_strict; /* rule SQL is being compiled or run */
    int saved[MOST_LIMITS];
    struct root *roots;
    size_t roots_n;
    /* What the authorizer saw of the statement that is being compiled. */
    evidence_set needs;
    struct strlist reads;
    struct sandbox_fault *fault;
    /* Budget of the statement that is running. */
    const sqlite3_stmt *running;
    int64_t looks, deadline_ms, heap_base;
    int64_t most_steps, most_ms;
    /* Beside others: what stops every statement. */
    const atomic_bool *cancel;
};

static void fault_set(struct sandbox_fault *f, const char *word, const char *fmt, ...) PRINTF(3, 4);

static void fault_set(struct sandbox_fault *f, const char *word, const char *fmt, ...)
{
    va_list ap;

    if (f->text[0] != '\0')
        return; /* the first cause stays */
    va_start(ap, fmt);
    (void)vsnprintf(f->text, sizeof f->text, fmt, ap);
    va_end(ap);
    (void)snprintf(f->word, sizeof f->word, "%s", word != NULL ? word : "");
    f->reason = REASON_MALFORMED;
}

static void fault_init(struct sandbox_fault *f)
{
    memset(f, 0, sizeof *f);
    f->offset = -1;
    f->reason = REASON_MALFORMED;
}

static int check_read(struct sandbox *sb, const char *table, const char *column)
{
    switch (evidence_table_kind(table)) {
    case TABLE_META:
    case TABLE_EVIDENCE:
    case TABLE_DERIVED:
    case TABLE_PART: /* a view at work: rules are compiled in a store without these tables */
        sb->needs |= evidence_needs(table, column);
        if (!strlist_has(&sb->reads, table))
            strlist_add(&sb->reads, table);
        return SQLITE_OK;
    case TABLE_WORK:
        fault_set(sb->fault, table, "a rule may not read table '%s': it is no evidence", table);
        return SQLITE_DENY;
    case TABLE_RESULT:
        fault_set(sb->fault, table, "a rule may not read table '%s': it holds results", table);
        return SQLITE_DENY;
    case TABLE_UNKNOWN:
        break;
    }
    if (policy_allows_module(table))
        return SQLITE_OK;
    /* Rows of a common table expression are counted under its name; its own reads were reported
     * when it was resolved. A table that does not exist never gets here. */
    if (column[0] == '\0' && !str_istarts(table, "sqlite_") && !str_istarts(table, "pragma_"))
        return SQLITE_OK;
    fault_set(sb->fault, table, "a rule may not read table '%s'", table);
    return SQLITE_DENY;
}

static int check_function(const struct sandbox *sb, const char *name)
{
    const char *hint = policy_function_hint(name);

    if (policy_allows_function(name))
        return SQLITE_OK;
    fault_set(sb->fault, name, "a rule may not call %s()%s%s", name, hint != NULL ? ": " : "",
              hint != NULL ? hint : "");
    return SQLITE_DENY;
}

static int authorize(void *ctx, int action, const char *a, const char *b, const char *database,
                     const char *accessor)
{
    struct sandbox *sb = ctx;

    (void)accessor;
    if (!sb->is_strict)
        return SQLITE_OK;
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE:
        return SQLITE_OK;
    case SQLITE_READ:
        if (database != NULL && !str_ieq(database, "main")) {
            fault_set(sb->fault, a, "a rule may not read database '%s'", database);
            return SQLITE_DENY;
        }
        return check_read(sb, a != NULL ? a : "", b != NULL ? b : "");
    case SQLITE_FUNCTION:
        return check_function(sb, b != NULL ? b : "");
    default:
        fault_set(sb->fault, NULL, "a rule may only SELECT: %s is not allowed",
                  policy_action_name(action));
        return SQLITE_DENY;
    }
}

/* Non-zero stops the statement. */
static int watch(void *ctx)
{
    struct sandbox *sb = ctx;

    if (!sb->is_strict || sb->running == NULL)
        return 0;
    if (sb->cancel != NULL && atomic_load_explicit(sb->cancel, memory_order_relaxed))
        return 1;
    sb->looks++;
    if (sb->looks > sb->most_steps / STEPS_A_LOOK) {
        fault_set(sb->fault, NULL,
                  "stopped after %lld steps: the query does not end, or works through too much",
                  (long long)sb->most_steps);
        sb->fault->reason = REASON_DEADLINE;
        return 1;
    }
    if (heap_used() - sb->heap_base > LIMIT_RULE_HEAP_BYTES) {
        fault_set(sb->fault, NULL, "stopped: the query needs more than %d MiB of memory",
                  LIMIT_RULE_HEAP_BYTES / (1024 * 1024));
    } else if (clock_mono_ms(clock_system()) > sb->deadline_ms) {
        fault_set(sb->fault, NULL, "stopped after %lld seconds", (long long)sb->most_ms / 1000);
        sb->fault->is_crowded = sb->cancel != NULL;
    } else {
        return stop_requested() ? 1 : 0;
    }
    sb->fault->reason = REASON_DEADLINE;
    return 1;
}

static void add_root(struct sandbox *sb, int64_t page, const char *table)
{
    sb->roots = xreallocarray(sb->roots, sb->roots_n + 1, sizeof *sb->roots);
    sb->roots[sb->roots_n].page = page;
    sb->roots[sb->roots_n++].table = xstrdup(table);
}

static int load_roots(struct sandbox *sb)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(
        sb->db, "SELECT rootpage, tbl_name FROM sqlite_schema WHERE rootpage > 0", -1, &st, NULL);

    if (rc != SQLITE_OK)
        return rc;
    add_root(sb, 1, "sqlite_schema"); /* page 1, which the schema itself does not list */
    while ((rc = sqlite3_step(st)) == SQLITE_ROW)
        add_root(sb, sqlite3_column_int64(st, 0), (const char *)sqlite3_column_text(st, 1));
    (void)sqlite3_finalize(st);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* Everything that has to happen before the authorizer stands: SQLite declares the table of a
 * virtual table when it is first used, which looks like a write to the schema. */
static int harden(struct sandbox *sb)
{
    static const char *keep[] = {"json_each", "json_tree", NULL};
    static const int off[] = {SQLITE_DBCONFIG_TRUSTED_SCHEMA,
                              SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION,
                              SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER,
                              SQLITE_DBCONFIG_ENABLE_TRIGGER,
                              SQLITE_DBCONFIG_DQS_DML,
                              SQLITE_DBCONFIG_DQS_DDL};
    int id;
    int value;
    int rc = sqlfunc_register(sb->db);

    if (rc == SQLITE_OK)
        rc = sqlite3_drop_modules(sb->db, keep);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(sb->db, "SELECT 1 FROM json_each('[]'), json_tree('[]')", NULL, NULL,
                          NULL);
    for (size_t i = 0; rc == SQLITE_OK && i < COUNT_OF(off); i++)
        rc = sqlite3_db_config(sb->db, off[i], 0, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_db_config(sb->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (rc == SQLITE_OK)
        rc = load_roots(sb);
    for (size_t i = 0; policy_limit_at(i, &id, &value); i++)
        sb->saved[i] = sqlite3_limit(sb->db, id, value);
    sqlite3_progress_handler(sb->db, STEPS_A_LOOK, watch, sb);
    if (rc == SQLITE_OK)
        rc = sqlite3_set_authorizer(sb->db, authorize, sb);
    return rc;
}

static int open_own(struct sandbox *sb, const char *path)
{
    int rc = sqlite3_open_v2(
        path, &sb->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);

    if (rc == SQLITE_OK) /* short texts, of which each row makes and drops some, without malloc() */
        rc = sqlite3_db_config(sb->db, SQLITE_DBCONFIG_LOOKASIDE, NULL, LOOKASIDE_BYTES,
                               LOOKASIDE_SLOTS);
    if (rc == SQLITE_OK)
        rc = sqlite3_busy_timeout(sb->db, BUSY_MS);
    if (rc == SQLITE_OK) /* temporary files: see model/scratch.h */
        rc = sqlite3_exec(sb->db,
                          "PRAGMA query_only=ON; PRAGMA temp_store=FILE; PRAGMA cache_size=-8192",
                          NULL, NULL, NULL);
    return rc;
}

enum err_code sandbox_open(struct store *s, struct sandbox **out, struct err *e)
{
    struct sandbox *sb = xcalloc(1, sizeof *sb);
    enum err_code code = ERR_OK;
    int rc = SQLITE_OK;

    sandbox_set_budget(sb, LIMIT_RULE_STEPS, LIMIT_RULE_MS);
    sb->is_shared = str_eq(store_path(s), ":memory:");
    if (sb->is_shared)
        sb->db = store_handle(s);
    else
        rc = open_own(sb, store_path(s));
    if (rc == SQLITE_OK)
        rc = harden(sb);
    if (rc != SQLITE_OK) {
        code = err_set(e, ERR_STORE, "cannot read '%s' for rules: %s", store_path(s),
                       sb->db != NULL ? sqlite3_errmsg(sb->db) : sqlite3_errstr(rc));
        sandbox_close(sb);
        return code;
    }
    *out = sb;
    return ERR_OK;
}

void sandbox_set_budget(struct sandbox *sb, int64_t steps, int64_t ms)
{
    sb->most_steps = steps;
    sb->most_ms = ms;
}

void sandbox_set_crowded(struct sandbox *sb, const atomic_bool *cancel)
{
    sb->cancel = cancel;
}

void sandbox_add_time(struct sandbox *sb, int64_t ms)
{
    sb->deadline_ms += ms;
}

void sandbox_close(struct sandbox *sb)
{
    int id;
    int value;

    if (sb == NULL)
        return;
    if (sb->is_shared) {
        (void)sqlite3_set_authorizer(sb->db, NULL, NULL);
        sqlite3_progress_handler(sb->db, 0, NULL, NULL);
        for (size_t i = 0; policy_limit_at(i, &id, &value); i++)
            (void)sqlite3_limit(sb->db, id, sb->saved[i]);
    } else {
        (void)sqlite3_close_v2(sb->db);
    }
    for (size_t i = 0; i < sb->roots_n; i++)
        free(sb->roots[i].table);
    free(sb->roots);
    strlist_release(&sb->reads);
    free(sb);
}

/* SQLite does not report columns that USING and NATURAL name. */
static bool refuse_silent_joins(const char *sql, struct sandbox_fault *fault)
{
    static const char *const words[] = {"using", "natural"};
    size_t at = 0;
    struct sql_token t;

    while (sql_next(sql, &at, &t))
        for (size_t i = 0; i < COUNT_OF(words); i++)
            if (sql_is_word(&t, words[i])) {
                fault_set(fault, NULL,
                          "'%s' hides which columns are read: write JOIN ... ON a.x = b.x",
                          words[i]);
                fault->offset = (int)(t.p - sql);
                return true;
            }
    return false;
}

static bool is_read(const struct sandbox *sb, const char *table)
{
    for (size_t i = 0; i < sb->reads.n; i++)
        if (str_ieq(sb->reads.v[i], table))
            return true;
    return false;
}

/* A second look that does not trust the first: every table that the compiled program opens has to
 * be one that the authorizer was asked about. */
static bool opens_only_reads(struct sandbox *sb, const char *sql, struct sandbox_fault *fault)
{
    char *explain = xasprintf("EXPLAIN %s", sql);
    sqlite3_stmt *st = NULL;
    bool ok = sqlite3_prepare_v2(sb->db, explain, -1, &st, NULL) == SQLITE_OK;

    while (ok && sqlite3_step(st) == SQLITE_ROW) {
        const char *op = (const char *)sqlite3_column_text(st, 1);

        if (!str_eq(op, "OpenRead") && !str_eq(op, "ReopenIdx") && !str_eq(op, "OpenWrite"))
            continue;
        for (size_t i = 0; i < sb->roots_n; i++)
            if (sb->roots[i].page == sqlite3_column_int64(st, 3) &&
                !is_read(sb, sb->roots[i].table)) {
                fault_set(fault, sb->roots[i].table,
                          "reads table '%s' in a way that cannot be followed", sb->roots[i].table);
                ok = false;
            }
    }
    if (!ok)
        fault_set(fault, NULL, "%s", sqlite3_errmsg(sb->db));
    (void)sqlite3_finalize(st);
    free(explain);
    return ok;
}

static bool check_statement(sqlite3_stmt *st, const char *sql, const char *tail,
                            struct sandbox_fault *fault)
{
    size_t at = (size_t)(tail - sql);
    struct sql_token t;

    if (st == NULL)
        fault_set(fault, NULL, "there is no statement");
    else if (sql_next(sql, &at, &t))
        fault_set(fault, NULL, "there is text behind the statement: a rule is one SELECT");
    else if (sqlite3_stmt_isexplain(st) != 0)
        fault_set(fault, NULL, "EXPLAIN is not a query");
    else if (sqlite3_stmt_readonly(st) == 0 || sqlite3_column_count(st) == 0)
        fault_set(fault, NULL, "a rule may only SELECT");
    else
        return true;
    return false;
}

bool sandbox_prepare(struct sandbox *sb, const char *sql, struct sqlite3_stmt **out,
                     evidence_set *needs, struct sandbox_fault *fault)
{
    sqlite3_stmt *st = NULL;
    const char *tail = sql;
    bool ok;

    fault_init(fault);
    *out = NULL;
    if (refuse_silent_joins(sql, fault))
        return false;
    sb->needs = 0;
    strlist_release(&sb->reads);
    sb->fault = fault;
    sb->is_strict = true;
    ok = sqlite3_prepare_v2(sb->db, sql, -1, &st, &tail) == SQLITE_OK;
    if (!ok) {
        fault_set(fault, NULL, "%s", sqlite3_errmsg(sb->db));
        fault->offset =
            fault->word[0] != '\0' ? sql_find(sql, fault->word) : sqlite3_error_offset(sb->db);
    }
    ok = ok && check_statement(st, sql, tail, fault) && opens_only_reads(sb, sql, fault);
    sb->is_strict = false;
    sb->fault = NULL;
    if (!ok) {
        (void)sqlite3_finalize(st);
        return false;
    }
    if (needs != NULL)
        *needs = sb->needs;
    *out = st;
    return true;
}

void sandbox_finalize(struct sandbox *sb, struct sqlite3_stmt *st)
{
    if (sb->running == st)
        sb->running = NULL;
    (void)sqlite3_finalize(st);
}

static enum sandbox_step step_error(const struct sandbox *sb, int rc, struct sandbox_fault *fault)
{
    switch (rc & 0xFF) {
    case SQLITE_INTERRUPT:
        if (fault->text[0] != '\0')
            return SANDBOX_FAULT; /* the progress handler said why */
        fault_set(fault, NULL, "interrupted");
        return SANDBOX_INTERRUPTED;
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_CANTOPEN:
    case SQLITE_NOMEM:
        fault_set(fault, NULL, "%s", sqlite3_errmsg(sb->db));
        return SANDBOX_BROKEN;
    case SQLITE_FULL: /* a query writes nothing but temporary files */
        fault_set(fault, NULL,
                  "stopped: the query needs more than %d MiB of temporary files, or more than the "
                  "disk has",
                  LIMIT_SCRATCH_BYTES / (1024 * 1024));
        fault->reason = REASON_DEADLINE;
        return SANDBOX_FAULT;
    default:
        fault_set(fault, NULL, "%s", sqlite3_errmsg(sb->db));
        return SANDBOX_FAULT;
    }
}

enum sandbox_step sandbox_step(struct sandbox *sb, struct sqlite3_stmt *st,
                               struct sandbox_fault *fault)
{
    int rc;

    fault_init(fault);
    if (sb->running != st) {
        sb->running = st;
        sb->looks = 0;
        sb->deadline_ms = clock_mono_ms(clock_system()) + sb->most_ms;
        sb->heap_base = heap_used();
    }
    sb->fault = fault;
    sb->is_strict = true;
    rc = sqlite3_step(st);
    sb->is_strict = false;
    sb->fault = NULL;
    if (rc == SQLITE_ROW)
        return SANDBOX_ROW;
    sb->running = NULL;
    return rc == SQLITE_DONE ? SANDBOX_DONE : step_error(sb, rc, fault);
}
