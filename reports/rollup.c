#include "reports/rollup.h"

#include "base/mem.h"
#include "base/strs.h"
#include "rollup_formats.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct rollup {
    struct rollup_tenant *tenants;
    size_t n;
    struct rollup_rule *rules;
    size_t rule_count;
    json_t *places; /* of rules, by id */
};

struct rollup *rollup_new(void)
{
    struct rollup *r = xcalloc(1, sizeof *r);

    r->places = json_object();
    if (r->places == NULL)
        BUG("no memory for an object");
    return r;
}

void rollup_free(struct rollup *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->n; i++) {
        struct rollup_tenant *t = &r->tenants[i];
        char *const texts[] = {t->name, t->tenant, t->id, t->title, t->collected, t->why};

        for (size_t k = 0; k < COUNT_OF(texts); k++)
            free(texts[k]);
        free(t->cells);
    }
    for (size_t i = 0; i < r->rule_count; i++) {
        free(r->rules[i].id);
        free(r->rules[i].title);
        free(r->rules[i].service);
    }
    free(r->tenants);
    free(r->rules);
    json_decref(r->places);
    free(r);
}

/* Room for one more; capacities are powers of two. */
static void *grow(void *v, size_t n, size_t size)
{
    return (n & (n - 1)) == 0 ? xreallocarray(v, n > 0 ? n * 2 : 1, size) : v;
}

struct rollup_tenant *rollup_add(struct rollup *r)
{
    r->tenants = grow(r->tenants, r->n, sizeof *r->tenants);
    memset(&r->tenants[r->n], 0, sizeof *r->tenants);
    r->tenants[r->n].exit_code = -1;
    return &r->tenants[r->n++];
}

static size_t place_of(struct rollup *r, const char *id, const char *title, const char *service)
{
    const json_t *known = json_object_get(r->places, id);
    struct rollup_rule *rule;

    if (known != NULL)
        return (size_t)json_integer_value(known);
    r->rules = grow(r->rules, r->rule_count, sizeof *r->rules);
    rule = &r->rules[r->rule_count];
    memset(rule, 0, sizeof *rule);
    rule->id = xstrdup(id);
    rule->title = xstrdup(title);
    rule->service = xstrdup(service);
    (void)json_object_set_new(r->places, id, json_integer((json_int_t)r->rule_count));
    return r->rule_count++;
}

void rollup_add_outcome(struct rollup *r, const char *rule, const char *title, const char *service,
                        const struct rollup_cell *cell)
{
    struct rollup_tenant *t = &r->tenants[r->n - 1];
    size_t place = place_of(r, rule, title, service);

    t->cells = grow(t->cells, t->n, sizeof *t->cells);
    t->cells[t->n] = *cell;
    t->cells[t->n++].rule = (uint32_t)place;
}

/* ---- counting and sorting ---- */

static void count_rule(struct rollup_rule *rule, const struct rollup_cell *c)
{
    const bool was_failing = rule->outcomes[OUTCOME_FAIL] > 0;
    const bool is_failing = c->outcome == OUTCOME_FAIL;
    const enum severity severity = (enum severity)c->severity;
    size_t seen = 0;

    for (size_t i = 0; i < OUTCOME_COUNT; i++)
        seen += rule->outcomes[i];
    if (seen == 0 || (is_failing && !was_failing) ||
        (is_failing == was_failing && severity < rule->worst))
        rule->worst = severity;
    rule->outcomes[c->outcome]++;
}

struct ranked {
    const struct rollup_rule *rule;
};

static int by_id(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    return strcmp(x->rule->id, y->rule->id);
}

/* Rules in the order of their ids; the cells follow. */
static void sort_rules(struct rollup *r)
{
    struct ranked *order = xcalloc(r->rule_count + 1, sizeof *order);
    struct rollup_rule *sorted = xcalloc(r->rule_count + 1, sizeof *sorted);
    uint32_t *to = xcalloc(r->rule_count + 1, sizeof *to);

    for (size_t i = 0; i < r->rule_count; i++)
        order[i].rule = &r->rules[i];
    if (r->rule_count > 0)
        qsort(order, r->rule_count, sizeof *order, by_id);
    for (size_t i = 0; i < r->rule_count; i++) {
        to[order[i].rule - r->rules] = (uint32_t)i;
        sorted[i] = *order[i].rule;
    }
    for (size_t i = 0; i < r->n; i++)
        for (size_t k = 0; k < r->tenants[i].n; k++)
            r->tenants[i].cells[k].rule = to[r->tenants[i].cells[k].rule];
    free(r->rules);
    r->rules = sorted;
    free(to);
    free(order);
}

static int by_place(const void *a, const void *b)
{
    const struct rollup_cell *x = a, *y = b;

    return x->rule < y->rule ? -1 : x->rule > y->rule;
}

static int more_first(size_t a, size_t b)
{
    return a > b ? -1 : a < b;
}

static int worst_first(const void *a, const void *b)
{
    const struct rollup_tenant *x = a, *y = b;
    int d = (x->why != NULL) - (y->why != NULL);

    for (size_t i = 0; d == 0 && i < SEVERITY_COUNT; i++)
        d = more_first(x->failing[i], y->failing[i]);
    if (d == 0)
        d = more_first(x->outcomes[OUTCOME_ERROR], y->outcomes[OUTCOME_ERROR]);
    if (d == 0)
        d = more_first(x->outcomes[OUTCOME_NOT_EVALUATED], y->outcomes[OUTCOME_NOT_EVALUATED]);
    return d != 0 ? d : strcmp(x->name, y->name);
}

void rollup_settle(struct rollup *r)
{
    sort_rules(r);
    for (size_t i = 0; i < r->n; i++) {
        struct rollup_tenant *t = &r->tenants[i];

        for (size_t k = 0; k < t->n; k++) {
            const struct rollup_cell *c = &t->cells[k];

            t->outcomes[c->outcome]++;
            t->failing[c->severity] += c->outcome == OUTCOME_FAIL;
            count_rule(&r->rules[c->rule], c);
        }
        if (t->n > 0)
            qsort(t->cells, t->n, sizeof *t->cells, by_place);
    }
    if (r->n > 0)
        qsort(r->tenants, r->n, sizeof *r->tenants, worst_first);
}

/* ---- reading ---- */

size_t rollup_tenant_count(const struct rollup *r)
{
    return r->n;
}

const struct rollup_tenant *rollup_tenant_at(const struct rollup *r, size_t i)
{
    return &r->tenants[i];
}

size_t rollup_audited(const struct rollup *r)
{
    size_t n = 0;

    while (n < r->n && r->tenants[n].why == NULL)
        n++;
    return n;
}

size_t rollup_rule_count(const struct rollup *r)
{
    return r->rule_count;
}

const struct rollup_rule *rollup_rule_at(const struct rollup *r, size_t i)
{
    return &r->rules[i];
}

const struct rollup_format *rollup_format_find(const char *name)
{
    static const struct rollup_format formats[] = {
        {"html", rollup_html_write}, {"csv", rollup_csv_write}, {"junit", rollup_junit_write}};

    for (size_t i = 0; i < COUNT_OF(formats); i++)
        if (str_eq(formats[i].name, name))
            return &formats[i];
    return NULL;
}
