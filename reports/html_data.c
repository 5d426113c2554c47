#include "html_data.h"

#include "base/attrs.h"
#include "base/fsx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "formats.h"
#include "html_pack.h"
#include "reports/report.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

bool html_data_is_cut(const struct report_rule *r, size_t shown)
{
    return r->fail > shown || r->manual > shown || r->unknown > shown || r->waived > shown;
}

static size_t rows_shown(const struct report_model *m, size_t each)
{
    size_t n = 0;

    for (size_t i = 0; i < m->rule_count; i++) {
        const struct report_rule *r = &m->rules[i];
        const size_t counts[] = {r->fail, r->manual, r->unknown, r->waived};

        for (size_t k = 0; k < COUNT_OF(counts); k++)
            n += counts[k] < each ? counts[k] : each;
    }
    return n;
}

size_t html_data_rows_each(const struct report_model *m, size_t most)
{
    static const size_t steps[] = {100, 50, 25, 15, 10};
    size_t at = 0;

    while (at + 1 < COUNT_OF(steps) &&
           (steps[at] > most || rows_shown(m, steps[at]) > LIMIT_HTML_ROWS))
        at++;
    return steps[at];
}

static enum err_code note_name(void *ctx, const struct report_row *row, struct err *e)
{
    struct html_names *names = ctx;

    html_names_add(names, row->resource_id, row->resource_name);
    return names->bytes.failed ? err_set(e, ERR_LIMIT, "more names than a page may hold") : ERR_OK;
}

static size_t rows_of(const struct report_rule *r)
{
    return r->fail + r->manual + r->unknown + r->waived;
}

/* Only cards have tables of resources: the others have a line with the rule's message. */
static bool has_tables(const struct report_rule *r)
{
    return r->outcome == OUTCOME_FAIL || r->outcome == OUTCOME_MANUAL ||
           r->outcome == OUTCOME_WAIVED;
}

/* Rules whose rows are cut, as long as all their rows together are few enough. */
static enum err_code choose_rules(const struct report_model *m, size_t shown, bool *is_chosen,
                                  struct html_names *names, struct html_data *out, struct err *e)
{
    size_t rows = 0;

    for (size_t i = 0; i < m->rule_count; i++) {
        const struct report_rule *r = &m->rules[i];

        if (!has_tables(r) || !html_data_is_cut(r, shown))
            continue;
        is_chosen[i] = rows + rows_of(r) <= LIMIT_HTML_PACKED_ROWS;
        if (!is_chosen[i]) {
            out->is_over = true;
            continue;
        }
        rows += rows_of(r);
        if (report_names_each(m, r->id, note_name, names, e) != ERR_OK)
            return e->code;
        html_names_settle(names);
    }
    return ERR_OK;
}

/* The thread reads `names` and writes `packed` and `err`; nobody else does so before it has ended.
 */
struct html_packing {
    bool *is_chosen; /* one a rule */
    struct html_names names;
    char *packed; /* the names */
    struct err err;
    pthread_t thread;
    bool is_running;
};

static void *pack_names(void *arg)
{
    struct html_packing *p = arg;

    (void)html_pack_names(&p->names, &p->packed, &p->err);
    return NULL;
}

static void wait_for_names(struct html_packing *p)
{
    if (p->is_running)
        (void)pthread_join(p->thread, NULL);
    p->is_running = false;
}

static void end_packing(struct html_data *d)
{
    struct html_packing *p = d->packing;

    if (p == NULL)
        return;
    wait_for_names(p);
    html_names_release(&p->names);
    free(p->packed);
    free(p->is_chosen);
    free(p);
    d->packing = NULL;
}

/* What is too long for the page goes beside it, and is no error. */
static enum err_code go_beside(struct html_data *d, struct err *e)
{
    if (e->code == ERR_LIMIT) {
        d->is_over = true;
        err_clear(e);
    }
    return e->code;
}

enum err_code html_data_begin(const struct report_model *m, size_t shown, struct html_data *out,
                              struct err *e)
{
    struct html_packing *p = xcalloc(1, sizeof *p);

    memset(out, 0, sizeof *out);
    out->packing = p;
    out->packed = xcalloc(m->rule_count + 1, sizeof *out->packed);
    p->is_chosen = xcalloc(m->rule_count + 1, sizeof *p->is_chosen);
    if (choose_rules(m, shown, p->is_chosen, &p->names, out, e) != ERR_OK || p->names.n == 0) {
        end_packing(out);
        return go_beside(out, e);
    }
    p->is_running = pthread_create(&p->thread, NULL, pack_names, p) == 0;
    if (!p->is_running)
        (void)pack_names(p);
    return ERR_OK;
}

static enum err_code pack_rules(const struct report_model *m, enum lang lang,
                                struct html_packing *p, struct html_data *out, struct err *e)
{
    size_t bytes = strlen(out->names);

    for (size_t i = 0; i < m->rule_count; i++) {
        char *packed = NULL;

        if (!p->is_chosen[i])
            continue;
        if (html_pack_rule(m, &m->rules[i], &p->names, lang, &packed, e) != ERR_OK &&
            go_beside(out, e) != ERR_OK)
            return e->code;
        if (packed == NULL || bytes + strlen(packed) > LIMIT_HTML_PACKED_BYTES) {
            out->is_over = true;
            free(packed);
            continue;
        }
        bytes += strlen(packed);
        out->packed[i] = packed;
    }
    return ERR_OK;
}

enum err_code html_data_pack(const struct report_model *m, enum lang lang, struct html_data *d,
                             struct err *e)
{
    struct html_packing *p = d->packing;

    if (p == NULL)
        return ERR_OK;
    wait_for_names(p);
    if (p->err.code == ERR_OK) {
        d->names = p->packed;
        p->packed = NULL;
        (void)pack_rules(m, lang, p, d, e);
    } else {
        (void)err_set(e, p->err.code, "%s", p->err.msg);
    }
    end_packing(d);
    return go_beside(d, e);
}

/* report.html: report.rows.csv beside it. Caller frees. */
static char *path_beside(const char *path)
{
    size_t n = strlen(path);
    const char *ending = ".html";

    if (n > strlen(ending) && str_eq(path + n - strlen(ending), ending))
        n -= strlen(ending);
    return xasprintf("%.*s.rows.csv", (int)n, path);
}

static enum err_code digest_of(const char *path, char out[SHA256_HEX_BYTES], struct err *e)
{
    struct digest *d = digest_new();
    FILE *f = fopen(path, "re");
    char bytes[16384];
    size_t n;

    while (f != NULL && (n = fread(bytes, 1, sizeof bytes, f)) > 0)
        digest_add(d, bytes, n);
    if (f == NULL || ferror(f) != 0)
        err_set(e, ERR_IO, "cannot read '%s' back", path);
    if (f != NULL)
        (void)fclose(f);
    digest_finish(d, out);
    return e->code;
}

enum err_code html_data_file(const struct report_model *m, const struct report_options *o,
                             struct html_data *d, struct err *e)
{
    enum { OWNER_ONLY = 0600 };
    char *path = path_beside(o->path);
    struct outfile out;

    if (outfile_open(&out, path, OWNER_ONLY, e) == ERR_OK) {
        if (csv_write(m->s, o, out.f, e) == ERR_OK)
            (void)outfile_commit(&out, e);
        else
            outfile_abort(&out);
    }
    if (e->code == ERR_OK && digest_of(path, d->digest, e) == ERR_OK) {
        const char *slash = strrchr(path, '/');

        d->file = xstrdup(slash != NULL ? slash + 1 : path);
    }
    free(path);
    return e->code;
}

void html_data_release(struct html_data *d, size_t rules)
{
    end_packing(d);
    for (size_t i = 0; d->packed != NULL && i < rules; i++)
        free(d->packed[i]);
    free(d->packed);
    free(d->names);
    free(d->file);
    memset(d, 0, sizeof *d);
}
