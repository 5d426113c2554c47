/* The cases of suite `run`: did we get a token, was everything read, did every rule run? */
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "junit.h"

#include <stdlib.h>
#include <string.h>

/* Takes ownership of the texts. */
static void add(struct junit_cases *c, enum junit_kind kind, char *name, char *type, char *message)
{
    c->v = xreallocarray(c->v, c->n + 1, sizeof *c->v);
    c->v[c->n++] = (struct junit_case){kind, name, type, message};
}

static char *type_of(enum reason r)
{
    return xasprintf("not_evaluated.%s", r != REASON_NONE ? reason_name(r) : "not_collected");
}

/* A token shows in what it read: a resource that arrived, or the roles that it carried. A DNS
 * record needs none. */
static void auth_case(const struct report_model *m, struct junit_cases *c)
{
    bool has_token = m->granted != NULL;

    for (size_t i = 0; i < m->collection_count; i++)
        has_token = has_token || (m->collection[i].state == COLLECTION_COMPLETE &&
                                  !str_eq(m->collection[i].resource, "dns-records"));
    add(c, has_token ? JUNIT_PASS : JUNIT_ERROR, xstrdup("auth: token acquired"),
        has_token ? NULL : type_of(REASON_NOT_COLLECTED),
        has_token ? NULL : xstrdup("NOT_EVALUATED nothing shows that a token was acquired"));
}

static void finished_case(const struct report_model *m, struct junit_cases *c)
{
    bool finished = m->finished_at != NULL;

    add(c, finished ? JUNIT_PASS : JUNIT_ERROR, xstrdup("collect: finished"),
        finished ? NULL : type_of(REASON_NOT_COLLECTED),
        finished
            ? NULL
            : xstrdup("NOT_EVALUATED the collection was interrupted: the snapshot is partial"));
}

static bool is_read_by_a_rule(const struct report_model *m, const char *resource)
{
    for (size_t i = 0; i < m->rule_count; i++) {
        size_t at;
        json_t *v;

        json_array_foreach(m->rules[i].resources, at,
                           v) if (str_eq(json_string_value(v), resource)) return true;
    }
    return false;
}

static void resource_case(const struct report_model *m, const struct report_options *o, size_t at,
                          struct junit_cases *c)
{
    const struct evidence_resource *r = evidence_resource_at(at);
    const struct evidence_status *s = &m->states.of[at];
    char *name = xasprintf("collect: %s", r->id);
    const char *need = s->reason == REASON_PERMISSION ? s->permission
                       : s->reason == REASON_LICENCE  ? s->licence
                                                      : NULL;
    char *message;

    if (s->state == COLLECTION_COMPLETE) {
        add(c, JUNIT_PASS, name, NULL, NULL);
        return;
    }
    if (s->reason == REASON_NOT_COLLECTED && s->state == COLLECTION_SKIPPED &&
        !is_read_by_a_rule(m, r->id)) {
        add(c, JUNIT_SKIPPED, name, NULL,
            xasprintf("NOT_APPLICABLE %s: no rule of this run reads it", r->title));
        return;
    }
    message = xasprintf("NOT_EVALUATED %s%s: %s %s%s%s%s%s", reason_name(s->reason), "", r->title,
                        collection_state_name(s->state), need != NULL ? ", needs " : "",
                        need != NULL ? need : "", s->detail != NULL ? "\n" : "",
                        s->detail != NULL ? s->detail : "");
    if (s->reason == REASON_LICENCE)
        add(c, JUNIT_SKIPPED, name, NULL, message);
    else
        add(c, junit_not_evaluated(o), name, type_of(s->reason), message);
}

static void rules_case(const struct report_model *m, struct junit_cases *c)
{
    size_t errors = m->outcomes[OUTCOME_ERROR];
    char *name = xstrdup("rules: all rules ran");

    if (!m->has_evaluation)
        add(c, JUNIT_ERROR, name, type_of(REASON_NOT_COLLECTED),
            xstrdup("NOT_EVALUATED the snapshot holds evidence, but no rule was evaluated on it"));
    else if (m->rule_count == 0)
        add(c, JUNIT_ERROR, name, xstrdup("internal"), xstrdup("ERROR no rule was chosen"));
    else if (errors > 0)
        add(c, JUNIT_ERROR, name, xstrdup("internal"),
            xasprintf("ERROR %zu of %zu rules did not run", errors, m->rule_count));
    else
        add(c, JUNIT_PASS, name, NULL, NULL);
}

/* An expired waiver makes its findings fail by themselves; this case says so by name. */
static void waivers_case(const struct report_model *m, struct junit_cases *c)
{
    struct buf b;
    size_t expired = 0;

    buf_init(&b, LIMIT_REPORT_TEXT_BYTES);
    for (size_t i = 0; i < m->waiver_count; i++)
        expired += str_eq(m->waivers[i].state, "expired");
    if (m->waiver_warnings > 0)
        buf_addf(&b, "%s: of %zu waivers %zu expired, %zu to look at",
                 expired > 0 ? "FAIL" : "WARNING", m->waiver_count, expired, m->waiver_warnings);
    for (size_t i = 0; i < m->waiver_count; i++)
        if (m->waivers[i].warning != NULL)
            buf_addf(&b, "\n%s (%s): %s", m->waivers[i].id, m->waivers[i].rule_id,
                     m->waivers[i].warning);
    add(c,
        expired > 0              ? JUNIT_FAILURE
        : m->waiver_warnings > 0 ? JUNIT_SKIPPED
                                 : JUNIT_PASS,
        xstrdup("waivers: none expired"), expired > 0 ? xstrdup("medium") : NULL,
        b.n > 0 ? xstrdup(b.p) : NULL);
    buf_release(&b);
}

void junit_run_cases(const struct report_model *m, const struct report_options *o,
                     struct junit_cases *out)
{
    memset(out, 0, sizeof *out);
    auth_case(m, out);
    finished_case(m, out);
    for (size_t i = 0; i < evidence_resource_count(); i++)
        resource_case(m, o, i, out);
    rules_case(m, out);
    waivers_case(m, out);
}

void junit_cases_release(struct junit_cases *c)
{
    for (size_t i = 0; i < c->n; i++) {
        free(c->v[i].name);
        free(c->v[i].type);
        free(c->v[i].message);
    }
    free(c->v);
    memset(c, 0, sizeof *c);
}
