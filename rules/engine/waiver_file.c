/* Appending one waiver to a file, which keeps its comments and its form. */
#include "waiver_file.h"

#include "base/buf.h"
#include "base/fsx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "rules/waivers.h"
#include "yaml.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ID_BYTES = 64, NUMBER_MAX = 99999, FILE_MODE = 0644 };

/* A JSON string is a double-quoted YAML scalar, and none of YAML's surprises reach it. */
static char *quoted(const char *text)
{
    json_t *s = json_string(text); /* NULL: not UTF-8 */
    char *out = s != NULL ? json_dumps(s, JSON_ENCODE_ANY) : NULL;

    json_decref(s);
    return out;
}

static void add_text(struct buf *b, int indent, const char *key, const char *text)
{
    char *q = text != NULL ? quoted(text) : NULL;

    if (text == NULL)
        return;
    if (q == NULL)
        b->failed = true;
    else
        buf_addf(b, "%*s%s: %s\n", indent, "", key, q);
    free(q);
}

/* Dates and words as people write them, when they are such; else quoted, for the check to refuse.
 */
static void add_word(struct buf *b, int indent, const char *key, const char *text)
{
    bool is_plain = text != NULL && text[0] != '\0' &&
                    text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                      "0123456789_-")] == '\0' &&
                    text[0] != '-';

    if (is_plain)
        buf_addf(b, "%*s%s: %s\n", indent, "", key, text);
    else
        add_text(b, indent, key, text);
}

static void add_resources(struct buf *b, int indent, const struct waiver_entry *w)
{
    if (w->covers_all) {
        buf_addf(b, "%*sall: true\n", indent, "");
        return;
    }
    buf_addf(b, "%*sresources:\n", indent, "");
    for (size_t i = 0; i < w->resources_n; i++) {
        char *q = quoted(w->resources[i]);

        if (q == NULL)
            b->failed = true;
        else
            buf_addf(b, "%*s  - id: %s\n", indent, "", q);
        free(q);
    }
}

static void add_entry(struct buf *b, int dash, const struct waiver_entry *w, const char *id)
{
    int in = dash + 2;
    char *q = quoted(id);

    buf_addf(b, "%*s- id: %s\n", dash, "", q != NULL ? q : "\"\"");
    free(q);
    add_word(b, in, "rule", w->rule);
    if (w->rule_version > 0)
        buf_addf(b, "%*srule_version: %lld\n", in, "", (long long)w->rule_version);
    add_text(b, in, "tenant", w->tenant);
    add_resources(b, in, w);
    add_word(b, in, "disposition", w->disposition);
    add_text(b, in, "owner", w->owner);
    add_text(b, in, "approved_by", w->approved_by);
    add_text(b, in, "ticket", w->ticket);
    add_text(b, in, "reason", w->reason);
    add_word(b, in, "created", w->created);
    add_word(b, in, "expires", w->expires);
}

/* Spaces before the dash of the list's first entry; -1 when the list is not written with dashes. */
static int dash_of(const struct waivers *w, const char *text)
{
    const struct yn *first = waivers_list(w)->child;
    const char *line = text;
    size_t n;

    if (first == NULL)
        return -1;
    for (int i = 1; i < first->line && line != NULL; i++) {
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : NULL;
    }
    if (line == NULL)
        return -1;
    n = strspn(line, " ");
    return n <= LIMIT_YAML_DEPTH && line[n] == '-' ? (int)n : -1;
}

static char *next_id(const struct waivers *w, const char *created)
{
    char id[ID_BYTES];

    for (int i = 1; i <= NUMBER_MAX; i++) {
        (void)snprintf(id, sizeof id, "W-%.4s-%03d", created, i);
        if (w == NULL || waivers_find(w, id) == SIZE_MAX)
            break;
    }
    return xstrdup(id);
}

static enum err_code write_file(const char *path, const struct buf *b, struct err *e)
{
    struct outfile o;
    enum err_code code = outfile_open(&o, path, FILE_MODE, e);

    if (code != ERR_OK)
        return code;
    (void)fwrite(b->p, 1, b->n, o.f);
    code = outfile_commit(&o, e);
    outfile_abort(&o);
    return code;
}

/* The file as it is, up to where an entry can follow; its list's indentation. */
static enum err_code read_old(const char *path, struct buf *text, struct waivers **old, int *dash,
                              struct err *e)
{
    struct buf b;
    enum err_code code;

    *dash = 2;
    if (access(path, F_OK) != 0) {
        buf_adds(text, "schema: 1\nwaivers:\n");
        return ERR_OK;
    }
    code = file_read(path, LIMIT_RULE_BYTES, &b, e);
    if (code == ERR_OK)
        code = waivers_read(path, b.p, b.n, NULL, NULL, old, e);
    if (code == ERR_OK) {
        *dash = dash_of(*old, b.p);
        if (*dash < 0)
            code = err_set(e, ERR_USAGE,
                           "'%s' has no list of waivers with a '-' before each: add the first one "
                           "by hand",
                           path);
        buf_add(text, b.p, b.n);
        if (b.n > 0 && b.p[b.n - 1] != '\n')
            buf_addc(text, '\n');
    }
    buf_release(&b);
    return code;
}

enum err_code waivers_add(const char *path, const struct waiver_entry *entry, const char *id,
                          char **new_id, struct err *e)
{
    struct waivers *old = NULL;
    struct waivers *now = NULL;
    struct buf text;
    char *chosen = NULL;
    int dash = 0;
    enum err_code code;

    buf_init(&text, LIMIT_RULE_BYTES);
    code = read_old(path, &text, &old, &dash, e);
    if (code == ERR_OK) {
        chosen = id != NULL ? xstrdup(id) : next_id(old, entry->created);
        add_entry(&text, dash, entry, chosen);
        if (text.failed)
            code = err_set(e, ERR_USAGE,
                           "'%s' would be longer than %d bytes, or hold text that is no UTF-8",
                           path, LIMIT_RULE_BYTES);
    }
    if (code == ERR_OK) {
        code = waivers_read(path, text.p, text.n, NULL, NULL, &now, e);
        if (code == ERR_OK && waivers_count(now) != waivers_count(old) + 1)
            code = err_set(e, ERR_USAGE, "'%s': the list of waivers has to come last", path);
        if (code != ERR_OK)
            err_wrap(e, "nothing was written");
    }
    if (code == ERR_OK)
        code = write_file(path, &text, e);
    if (code == ERR_OK) {
        *new_id = chosen;
        chosen = NULL;
    }
    free(chosen);
    waivers_free(old);
    waivers_free(now);
    buf_release(&text);
    return code;
}
