/* What was not evaluated, by what to grant; what does not apply; what passed. */
#include "html.h"

#include "base/attrs.h"
#include "base/limits.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static const struct report_rule *rule_of(const struct report_model *m, const char *id)
{
    for (size_t i = 0; i < m->rule_count; i++)
        if (strcmp(m->rules[i].id, id) == 0)
            return &m->rules[i];
    return NULL;
}

static void write_resources(struct html *h, const struct strlist *l)
{
    struct buf names;

    if (l->n == 0)
        return;
    buf_init(&names, LIMIT_REPORT_TEXT_BYTES);
    for (size_t i = 0; i < l->n; i++) {
        size_t at = evidence_resource_find(l->v[i]);

        buf_addf(&names, "%s%s", i > 0 ? ", " : "",
                 at != SIZE_MAX ? evidence_resource_at(at)->title : l->v[i]);
    }
    html_para_say(h, NULL, MSG_NE_OPENS, SAY(.a = names.p));
    buf_release(&names);
}

static void write_incomplete(struct html *h, const struct strlist *l)
{
    if (l->n == 0)
        return;
    xo_start(h->x, "p");
    html_say_before(h, MSG_NE_INCOMPLETE, SAY());
    for (size_t i = 0; i < l->n; i++) {
        xo_text(h->x, i > 0 ? ", " : "");
        html_rule_link(h, l->v[i]);
    }
    html_say_after(h, MSG_NE_INCOMPLETE, SAY());
    xo_end(h->x);
    xo_nl(h->x);
}

/* Graph's permissions have names such as Policy.Read.All; Exchange's are names of roles. */
static bool is_graph_permission(const char *name)
{
    for (const char *p = name; *p != '\0'; p++)
        if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || *p == '.'))
            return false;
    return strchr(name, '.') != NULL;
}

/* By name, so that nobody has to look an id up. 00000003-0000-0000-c000-000000000000 is Microsoft
 * Graph in every tenant (learn.microsoft.com, first-party application ids). */
static void write_grant(struct html *h, const struct missing_group *g)
{
    /* A snapshot that somebody else made must not put words into a command. */
    const char *client = str_is_guid(h->m->client_id) ? h->m->client_id : "CLIENT-ID";
    char *code;

    if (g->reason != REASON_PERMISSION || g->needs == NULL)
        return;
    if (is_graph_permission(g->needs)) {
        code = xasprintf(
            "$app = Get-MgServicePrincipal -Filter \"appId eq '%s'\"\n"
            "$api = Get-MgServicePrincipal -Filter \"appId eq "
            "'00000003-0000-0000-c000-000000000000'\"\n"
            "$role = $api.AppRoles | Where-Object Value -eq '%s'\n"
            "New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $app.Id -PrincipalId "
            "$app.Id -ResourceId $api.Id -AppRoleId $role.Id",
            client, g->needs);
        html_code(h, html_word(h, MSG_NE_HOW), code);
        free(code);
    }
    html_para_code(h, "sub", MSG_NE_HOW_ALL, "graphaudit permissions --format powershell");
}

static void rule_cell(struct html *h, const char *text)
{
    xo_start(h->x, "td");
    html_english(h);
    xo_text(h->x, text);
    xo_end(h->x);
}

static void write_rule_cells(struct html *h, const struct report_rule *r)
{
    struct xmlout *x = h->x;

    page_row_head(x);
    xo_class(x, "span", "rule");
    xo_text(x, r->id);
    xo_end(x);
    xo_text(x, " ");
    xo_class(x, "span", "title");
    html_english(h);
    xo_text(x, r->title);
    xo_end(x);
    xo_end(x);
    xo_start(x, "td");
    html_severity(h, r->severity);
    xo_end(x);
}

/* A rule that waits for two permissions has one row in each group: only the first carries its id.
 */
static void write_waiting(struct html *h, const struct missing_group *g, bool *has_row)
{
    static const enum msg headings[] = {MSG_COL_RULE, MSG_COL_SEVERITY, MSG_COL_KNOWN};

    if (g->rules.n == 0)
        return;
    html_table_say(h, MSG_CAP_WAITING, SAY(), headings, COUNT_OF(headings), false);
    for (size_t i = 0; i < g->rules.n; i++) {
        const struct report_rule *r = rule_of(h->m, g->rules.v[i]);

        if (r == NULL)
            continue;
        xo_start(h->x, "tr");
        if (!has_row[r - h->m->rules])
            html_rule_attrs(h, r);
        has_row[r - h->m->rules] = true;
        write_rule_cells(h, r);
        rule_cell(h, r->message);
        xo_end(h->x);
        xo_nl(h->x);
    }
    html_table_end(h);
}

static void write_advice(struct html *h, enum reason r)
{
    static const struct {
        enum reason reason;
        enum msg advice;
    } advices[] = {
        {REASON_PERMISSION, MSG_ADVICE_PERMISSION},       {REASON_LICENCE, MSG_ADVICE_LICENCE},
        {REASON_API_ERROR, MSG_ADVICE_API_ERROR},         {REASON_THROTTLED, MSG_ADVICE_THROTTLED},
        {REASON_TRUNCATED, MSG_ADVICE_TRUNCATED},         {REASON_DEADLINE, MSG_ADVICE_DEADLINE},
        {REASON_NOT_COLLECTED, MSG_ADVICE_NOT_COLLECTED}, {REASON_MALFORMED, MSG_ADVICE_MALFORMED},
    };

    for (size_t i = 0; i < COUNT_OF(advices); i++)
        if (advices[i].reason == r)
            html_para_say(h, NULL, advices[i].advice, SAY());
}

static void write_group(struct html *h, const struct missing_group *g, bool *has_row)
{
    struct xmlout *x = h->x;
    enum msg heading = g->reason == REASON_PERMISSION ? MSG_GRANT : MSG_LICENCE;

    xo_class(x, "div", "group");
    xo_nl(x);
    xo_start(x, "h3");
    if (g->needs != NULL) {
        html_say_before(h, heading, SAY());
        xo_elem(x, "code", g->needs);
        html_say_after(h, heading, SAY());
    } else if (g->resources.n == 0) {
        html_say(h, MSG_NE_RESOURCES, SAY());
    } else {
        html_say(h, MSG_NE_MISSING, SAY(.a = html_word(h, html_reason_msg(g->reason))));
    }
    xo_end(x);
    xo_nl(x);
    if (g->resources.n > 0)
        write_advice(h, g->reason);
    write_grant(h, g);
    write_resources(h, &g->resources);
    write_incomplete(h, &g->incomplete);
    if (g->details.n > 0) {
        xo_start(x, "details");
        if (h->is_print)
            xo_attr(x, "open", "");
        html_elem(h, "summary", MSG_NE_SAID);
        xo_start(x, "ul");
        html_english(h);
        for (size_t i = 0; i < g->details.n; i++)
            xo_elem(x, "li", g->details.v[i]);
        xo_end(x);
        xo_end(x);
        xo_nl(x);
    }
    write_waiting(h, g, has_row);
    xo_end(x);
    xo_nl(x);
}

static void write_errors(struct html *h)
{
    static const enum msg headings[] = {MSG_COL_RULE, MSG_COL_SEVERITY, MSG_COL_WRONG};

    if (h->m->outcomes[OUTCOME_ERROR] == 0)
        return;
    xo_class(h->x, "div", "group");
    html_elem(h, "h3", MSG_ENGINE_ERRORS);
    html_para_say(h, NULL, MSG_ENGINE_LEAD, SAY());
    html_table_say(h, MSG_CAP_ERRORS, SAY(), headings, COUNT_OF(headings), false);
    for (size_t i = 0; i < h->m->rule_count; i++) {
        const struct report_rule *r = &h->m->rules[i];

        if (r->outcome != OUTCOME_ERROR)
            continue;
        xo_start(h->x, "tr");
        html_rule_attrs(h, r);
        write_rule_cells(h, r);
        rule_cell(h, r->message);
        xo_end(h->x);
        xo_nl(h->x);
    }
    html_table_end(h);
    xo_end(h->x);
    xo_nl(h->x);
}

void html_not_evaluated(struct html *h)
{
    bool *has_row = xcalloc(h->m->rule_count + 1, sizeof *has_row);

    html_section(h, "sec-not-evaluated", MSG_SEC_NOT_EVALUATED);
    if (report_unjudged(h->m) == 0)
        html_para_say(h, NULL, MSG_NE_NONE, SAY());
    else
        html_para_say(h, NULL, MSG_NE_LEAD, SAY());
    for (size_t i = 0; i < h->missing.n; i++)
        write_group(h, &h->missing.v[i], has_row);
    write_errors(h);
    html_section_end(h);
    free(has_row);
}

static void write_quiet(struct html *h, const char *id, enum msg heading, enum outcome o)
{
    const enum msg headings[] = {MSG_COL_RULE, MSG_COL_SEVERITY, MSG_COL_SERVICE,
                                 o == OUTCOME_PASS ? MSG_COL_RESOURCES : MSG_COL_VERSION,
                                 MSG_COL_RESULT};
    size_t n = h->m->outcomes[o];

    html_section(h, id, heading);
    if (n == 0) {
        html_para_say(h, NULL, MSG_NONE, SAY());
        html_section_end(h);
        return;
    }
    xo_start(h->x, "details");
    if (h->is_print)
        xo_attr(h->x, "open", "");
    xo_class(h->x, "summary", "plain");
    html_say(h, MSG_SHOW_RULES, SAY(.n = n));
    xo_end(h->x);
    html_table_say(h, heading, SAY(), headings, COUNT_OF(headings), true);
    for (size_t i = 0; i < h->m->rule_count; i++) {
        const struct report_rule *r = &h->m->rules[i];

        if (r->outcome != o)
            continue;
        xo_start(h->x, "tr");
        html_rule_attrs(h, r);
        write_rule_cells(h, r);
        html_cell(h, html_service_word(h, r->service));
        html_cell_count(h, o == OUTCOME_PASS ? r->total : (size_t)r->version);
        rule_cell(h, r->message);
        xo_end(h->x);
        xo_nl(h->x);
    }
    html_table_end(h);
    xo_end(h->x);
    html_section_end(h);
}

void html_not_applicable(struct html *h)
{
    write_quiet(h, "sec-not-applicable", MSG_SEC_NOT_APPLICABLE, OUTCOME_NOT_APPLICABLE);
}

void html_passed(struct html *h)
{
    write_quiet(h, "sec-pass", MSG_SEC_PASS, OUTCOME_PASS);
}
