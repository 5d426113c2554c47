/* Profile files over two rules: applied, or refused with a place; never a rule that it left out. */
#include "base/mem.h"
#include "profile.h"
#include "rule.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count(void *ctx, const char *file, int line, int column, const char *text)
{
    size_t *told = ctx;

    if (file == NULL || text[0] == '\0' || line < 0 || column < 0)
        abort();
    (*told)++;
}

static struct rule *make(const char *id)
{
    struct err e = ERR_INIT;
    struct problems p = {.file = "r", .e = &e};
    char *text = xasprintf(
        "schema: 1\nid: %s\nversion: 1\ntitle: t\nseverity: low\nservice: dns\nsummary: s\n"
        "tags: [x]\nmappings: {m: [\"1\"]}\nremediation: {summary: f}\n"
        "params: {n: {type: int, default: 1, help: h}, l: {type: string_list, default: [], help: "
        "h}}\nquery: SELECT 1\n",
        id);
    struct rule *r = rule_read("r", "pack", text, strlen(text), &p);

    if (r == NULL)
        abort();
    return r;
}

/* A path that a profile extends is opened; a device would never end. */
static bool names_a_device(const char *text)
{
    return strstr(text, "/dev") != NULL || strstr(text, "/proc") != NULL ||
           strstr(text, "/sys") != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ruleset *rs;
    struct err e = ERR_INIT;
    size_t told = 0;
    char *text = malloc(size + 1);
    enum err_code code;

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    if (names_a_device(text)) {
        free(text);
        return 0;
    }
    rs = xcalloc(1, sizeof *rs);
    rs->rules = xcalloc(2, sizeof(struct rule *));
    rs->rules[rs->n++] = make("T-001");
    rs->rules[rs->n++] = make("T-002");
    code = profile_apply_text(rs, "/nonexistent/f.yaml", text, size, count, &told, &e);
    if ((code == ERR_OK) != (told == 0) || (code != ERR_OK && code != ERR_USAGE))
        abort();
    if (code == ERR_OK) {
        struct profile_info info;

        if (rs->n == 0 || rs->n > 2 || !ruleset_profile(rs, &info) || info.json == NULL ||
            info.max_not_evaluated < 0)
            abort();
    }
    ruleset_free(rs);
    free(text);
    return 0;
}
