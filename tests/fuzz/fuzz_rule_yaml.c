/* Any bytes as a rule file: the loader, the SQL sandbox and one run over an empty snapshot. */
#include "base/mem.h"
#include "compile.h"
#include "model/store.h"
#include "rule.h"
#include "run.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* libfyaml 0.7.12 loses 512 bytes for a single-quoted scalar with six doubled quotes in a row. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfyaml.so";
}

static void count_problem(void *ctx, const char *file, int line, int column, const char *text)
{
    size_t *n = ctx;

    if (file == NULL || text == NULL || text[0] == '\0' || line < 0 || column < 0 ||
        (line > 0 && column == 0))
        abort();
    (*n)++;
}

static void run_once(struct store *s, const struct rule *r)
{
    static const struct evidence_states complete;
    const struct run_options o = {.as_of = "2026-11-23"};
    struct run_result result;
    struct sandbox *sb = NULL;
    struct err e = ERR_INIT;

    if (sandbox_open(s, &sb, &e) != ERR_OK)
        abort();
    sandbox_set_budget(sb, 20000, 1000);
    if (run_rule(sb, r, &complete, &o, &result, &e) != ERR_OK)
        abort();
    run_result_release(&result);
    sandbox_close(sb);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct compiler *compiler;
    static struct store *empty;
    struct ruleset rs = {0};
    struct err e = ERR_INIT;
    size_t told = 0;
    struct problems p = {.fn = count_problem, .ctx = &told, .file = "fuzz", .e = &e};
    char *source = xcalloc(size + 1, 1);
    struct rule *r;

    if (compiler == NULL && compiler_open(&compiler, &e) != ERR_OK)
        abort();
    if (empty == NULL && store_create(":memory:", &empty, &e) != ERR_OK)
        abort();
    if (size > 0)
        memcpy(source, data, size);
    r = rule_read("fuzz", "fuzz", source, size, &p);
    if (r != NULL)
        rule_compile(compiler, r, false, &p, &rs);
    if (told != p.n || (p.n > 0) != (e.code == ERR_USAGE) || (r == NULL && p.n == 0))
        abort(); /* a defect that nobody is told of */
    if (r != NULL && p.n == 0)
        run_once(empty, r);
    rule_free(r);
    for (size_t i = 0; i < rs.remarks_n; i++) {
        free(rs.remarks[i].file);
        free(rs.remarks[i].text);
    }
    free(rs.remarks);
    return 0;
}
