/* Conditional Access: each policy, what it asks of whom, and the people it leaves out. */
#include "html.h"

#include "base/attrs.h"
#include "base/strs.h"

static void write_state(struct html *h, const char *state)
{
    static const struct {
        const char *stored, *name;
        enum msg shown;
    } states[] = {
        {"enabled", "on", MSG_CA_ON},
        {"enabledForReportingButNotEnforced", "report", MSG_CA_REPORT},
        {"disabled", "off", MSG_CA_OFF},
    };
    const char *name = "report";
    const char *word = state;

    for (size_t i = 0; i < COUNT_OF(states); i++)
        if (str_eq(states[i].stored, state)) {
            name = states[i].name;
            word = html_word(h, states[i].shown);
        }
    xo_start(h->x, "span");
    xo_attrf(h->x, "class", "badge ca-%s", name);
    html_icon(h, str_eq(name, "on") ? "pass" : str_eq(name, "off") ? "not_applicable" : "info");
    xo_text(h->x, " ");
    xo_text(h->x, word);
    xo_end(h->x);
}

static void write_who(struct html *h, const struct ca_policy_row *row)
{
    xo_start(h->x, "details");
    if (h->is_print)
        xo_attr(h->x, "open", "");
    html_elem(h, "summary", MSG_CA_WHO);
    if (row->excluded > CA_PEOPLE)
        html_para_say(h, NULL, MSG_CA_WHO_MORE,
                      SAY(.a = row->people, .n = row->excluded - CA_PEOPLE));
    else
        html_para(h, NULL, row->people);
    xo_end(h->x);
}

static void write_excluded(struct html *h, const struct ca_policy_row *row)
{
    struct xmlout *x = h->x;
    enum msg left = h->ca.exclusions_known ? MSG_CA_LEFT : MSG_CA_LEFT_AT_LEAST;

    xo_class(x, "td", "wide");
    if (row->excluded == 0) {
        html_say(h, h->ca.exclusions_known ? MSG_CA_NOBODY : MSG_CA_NOT_KNOWN, SAY());
        xo_end(x);
        return;
    }
    html_say_before(h, left, SAY(.n = row->excluded));
    xo_class(x, "strong", "n");
    html_count(h, row->excluded);
    xo_end(x);
    html_say_after(h, left, SAY(.n = row->excluded));
    xo_text(x, " ");
    xo_text(x, row->paths);
    write_who(h, row);
    xo_end(x);
}

/* What is neither reached nor excluded is not named by the policy at all. */
static void write_reach_bar(struct html *h, const struct ca_policy_row *row)
{
    size_t known = row->reached + row->possibly + row->excluded;
    size_t all = h->ca.accounts > known ? h->ca.accounts : known;
    const struct html_bar_part parts[] = {
        {"f-allow", "#3f5fa8", MSG_CA_PART_REACHED, row->reached},
        {"f-unknown", "#a06a00", MSG_CA_PART_PERHAPS, row->possibly},
        {"f-fail", "#b3261e", MSG_CA_PART_OUT, row->excluded},
        {"f-block", "#7d8794", MSG_CA_PART_REST, all - known},
    };
    char id[32];

    (void)snprintf(id, sizeof id, "bar-ca-%zu", row->number);
    html_bar(h, id, parts, COUNT_OF(parts));
}

static void write_reached(struct html *h, const struct ca_policy_row *row)
{
    struct xmlout *x = h->x;

    xo_class(x, "td", "mid");
    if (!row->is_counted) {
        html_say(h, str_eq(row->state, "disabled") ? MSG_CA_OFF_NOBODY : MSG_CA_NOT_PEOPLE, SAY());
        xo_end(x);
        return;
    }
    xo_class(x, "strong", "n");
    html_count(h, row->reached);
    if (row->possibly > 0) {
        xo_text(x, "\u2013");
        html_count(h, row->reached + row->possibly);
    }
    xo_end(x);
    html_say(h, MSG_CA_REACHED_OF, SAY(.of = h->ca.accounts));
    write_reach_bar(h, row);
    xo_end(x);
}

static enum err_code write_policy(void *ctx, const struct ca_policy_row *row, struct err *e)
{
    struct html *h = ctx;

    (void)e;
    xo_start(h->x, "tr");
    page_row_name(h->x, row->name);
    xo_start(h->x, "td");
    write_state(h, row->state);
    xo_end(h->x);
    xo_class(h->x, "td", "mid");
    xo_text(h->x, row->controls[0] != '\0' ? row->controls : html_word(h, MSG_CA_NO_CONTROL));
    xo_class(h->x, "span", "sub");
    xo_text(h->x, row->scope[0] != '\0' ? row->scope : html_word(h, MSG_CA_NO_SCOPE));
    xo_end(h->x);
    xo_end(h->x);
    write_reached(h, row);
    write_excluded(h, row);
    xo_end(h->x);
    xo_nl(h->x);
    return ERR_OK;
}

static void write_lead(struct html *h)
{
    const struct ca_totals *t = &h->ca;

    xo_start(h->x, "p");
    html_say(h,
             str_eq(t->security_defaults, "on")    ? MSG_CA_DEFAULTS_ON
             : str_eq(t->security_defaults, "off") ? MSG_CA_DEFAULTS_OFF
                                                   : MSG_CA_DEFAULTS_UNKNOWN,
             SAY());
    xo_text(h->x, " ");
    if (!t->are_read) {
        html_say(h, t->policies > 0 ? MSG_CA_LIST_PARTIAL : MSG_CA_UNREAD, SAY());
        xo_text(h->x, " ");
    }
    if (t->policies > 0 || t->are_read) {
        html_say(h, MSG_CA_COUNT, SAY(.n = t->policies));
        xo_text(h->x, " ");
        html_say(h, MSG_CA_STATES, SAY(.n = t->on, .of = t->report_only, .more = t->off));
    }
    if (t->other > 0) {
        xo_text(h->x, " ");
        html_say(h, MSG_CA_STATES_OTHER, SAY(.n = t->other));
    }
    xo_end(h->x);
    xo_nl(h->x);
    if (!t->exclusions_known && t->policies > 0)
        html_para_say(h, "warn", MSG_CA_PEOPLE_UNREAD, SAY());
}

struct effect {
    enum msg word, meaning;
};

static void write_effect(struct html *h, enum msg caption, enum msg heading,
                         const struct effect effects[4], const size_t counts[4])
{
    const enum msg headings[] = {heading, MSG_COL_PEOPLE, MSG_COL_MEANING};

    html_table_say(h, caption, SAY(), headings, COUNT_OF(headings), false);
    for (size_t i = 0; i < 4; i++) {
        xo_start(h->x, "tr");
        html_row_head(h, html_word(h, effects[i].word));
        html_cell_count(h, counts[i]);
        html_cell(h, html_word(h, effects[i].meaning));
        xo_end(h->x);
        xo_nl(h->x);
    }
    html_table_end(h);
}

/* In the order of ca_mfa_words and ca_legacy_words. */
static void write_people(struct html *h)
{
    static const struct effect mfa[4] = {
        {MSG_MFA_ALWAYS, MSG_MFA_ALWAYS_MEANS},
        {MSG_MFA_SOMETIMES, MSG_MFA_SOMETIMES_MEANS},
        {MSG_MFA_NEVER, MSG_MFA_NEVER_MEANS},
        {MSG_EFFECT_UNKNOWN, MSG_EFFECT_UNKNOWN_MEANS},
    };
    static const struct effect legacy[4] = {
        {MSG_LEGACY_BLOCKED, MSG_LEGACY_BLOCKED_MEANS},
        {MSG_LEGACY_CONDITIONAL, MSG_LEGACY_CONDITIONAL_MEANS},
        {MSG_LEGACY_ALLOWED, MSG_LEGACY_ALLOWED_MEANS},
        {MSG_EFFECT_UNKNOWN, MSG_EFFECT_UNKNOWN_MEANS},
    };

    if (h->ca.people == 0)
        return;
    if (!h->ca.people_known)
        html_para_say(h, "warn", MSG_CA_INCOMPLETE, SAY());
    xo_class(h->x, "div", "pair even");
    write_effect(h, MSG_CAP_MFA, MSG_COL_MFA, mfa, h->ca.mfa);
    write_effect(h, MSG_CAP_LEGACY, MSG_COL_LEGACY, legacy, h->ca.legacy);
    xo_end(h->x);
    xo_nl(h->x);
}

enum err_code html_ca(struct html *h, struct err *e)
{
    static const enum msg headings[] = {MSG_COL_POLICY, MSG_COL_STATE, MSG_COL_ASKS,
                                        MSG_COL_REACHES, MSG_COL_LEFT_OUT};
    enum err_code code = ERR_OK;

    html_section(h, "sec-ca", MSG_SEC_CA);
    write_lead(h);
    if (h->ca.policies > 0) {
        html_table_say(h, MSG_CAP_CA, SAY(), headings, COUNT_OF(headings), true);
        code = ca_policies_each(h->m, h->lang, write_policy, h, e);
        html_table_end(h);
    }
    write_people(h);
    html_section_end(h);
    return code;
}
