/* rule_world.h - rules made from text, for tests of the rule engine. */
#ifndef TESTS_RULE_WORLD_H
#define TESTS_RULE_WORLD_H
#include "base/buf.h"
#include "base/mem.h"
#include "compile.h"
#include "rule.h"

#include <stdlib.h>
#include <string.h>

/* Problems as lines "file:line:col: text", remarks as "warning line:col: text". */
struct rule_world {
    struct buf told;
    struct problems p;
    struct err e;
    struct compiler *compiler;
    struct ruleset rs; /* holds remarks only */
};

static inline void world_tell(void *ctx, const char *file, int line, int column, const char *text)
{
    struct rule_world *w = ctx;

    buf_addf(&w->told, "%s:%d:%d: %s\n", file, line, column, text);
}

static inline void world_open(struct rule_world *w)
{
    memset(w, 0, sizeof *w);
    buf_init(&w->told, 1024 * 1024);
    w->p = (struct problems){.fn = world_tell, .ctx = w, .file = "r", .e = &w->e};
    if (compiler_open(&w->compiler, &w->e) != ERR_OK)
        abort();
}

static inline void world_close(struct rule_world *w)
{
    for (size_t i = 0; i < w->rs.remarks_n; i++) {
        free(w->rs.remarks[i].file);
        free(w->rs.remarks[i].text);
    }
    free(w->rs.remarks);
    compiler_close(w->compiler);
    buf_release(&w->told);
}

/* NULL after problems, which are in w->told. Caller frees with rule_free(). */
static inline struct rule *world_rule(struct rule_world *w, const char *text, bool needs_tests)
{
    struct rule *r;

    buf_clear(&w->told);
    err_clear(&w->e);
    w->p.n = 0;
    r = rule_read("r", "t", xstrdup(text), strlen(text), &w->p);
    if (r != NULL)
        rule_compile(w->compiler, r, needs_tests, &w->p, &w->rs);
    if (r != NULL && w->p.n > 0) {
        rule_free(r);
        r = NULL;
    }
    return r;
}

/* A whole rule around a query; `extra` is YAML at the top level, may be "". The query is one line.
 */
static inline char *world_text(const char *query, const char *extra)
{
    return xasprintf("schema: 1\nid: T-001\nversion: 1\ntitle: t\nseverity: info\n"
                     "service: run\nsummary: s\n%squery: |\n  %s\n",
                     extra, query);
}

#endif
