/* Conditional Access: each policy, what it asks of whom, and the people it leaves out. */
#include "html.h"

#include "base/attrs.h"
#include "base/strs.h"
#include "words.h"

static void write_state(struct html *h, const char *state)
{
    static const struct {
        const char *stored, *name, *shown;
    } states[] = {
        {"enabled", "on", "On"},
        {"enabledForReportingButNotEnforced", "report", "Report-only"},
        {"disabled", "off", "Off"},
    };
    const char *name = "report";
    const char *word = state;

    for (size_t i = 0; i < COUNT_OF(states); i++)
        if (str_eq(states[i].stored, state)) {
            name = states[i].name;
            word = states[i].shown;
        }
    xo_start(h->x, "span");
    xo_attrf(h->x, "class", "badge ca-%s", name);
    html_icon(h, str_eq(name, "on") ? "pass" : str_eq(name, "off") ? "not_applicable" : "info");
    xo_text(h->x, " ");
    xo_text(h->x, word);
    xo_end(h->x);
}

static void write_excluded(struct html *h, const struct ca_policy_row *row)
{
    struct xmlout *x = h->x;

    xo_class(x, "td", "wide");
    if (row->excluded == 0) {
        xo_text(x, h->ca.exclusions_known ? "Nobody" : "Not known");
        xo_end(x);
        return;
    }
    xo_class(x, "strong", "n");
    xo_text(x, h->ca.exclusions_known ? "" : "at least ");
    html_count(h, row->excluded);
    xo_end(x);
    xo_textf(x, " %s: %s", row->excluded == 1 ? "person" : "people", row->paths);
    xo_start(x, "details");
    xo_elem(x, "summary", "Who");
    html_para(h, NULL, row->people);
    xo_end(x);
    xo_end(x);
}

/* What is neither reached nor excluded is not named by the policy at all. */
static void write_reach_bar(struct html *h, const struct ca_policy_row *row)
{
    size_t known = row->reached + row->possibly + row->excluded;
    size_t all = h->ca.accounts > known ? h->ca.accounts : known;
    const struct html_bar_part parts[] = {
        {"f-allow", "#3f5fa8", "reached", row->reached},
        {"f-unknown", "#a06a00", "perhaps", row->possibly},
        {"f-fail", "#b3261e", "left out", row->excluded},
        {"f-block", "#7d8794", "not named", all - known},
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
        xo_text(x, str_eq(row->state, "disabled") ? "Off: nobody" : "Not people");
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
    xo_text(x, " of ");
    html_count(h, h->ca.accounts);
    write_reach_bar(h, row);
    xo_end(x);
}

static enum err_code write_policy(void *ctx, const struct ca_policy_row *row, struct err *e)
{
    struct html *h = ctx;

    (void)e;
    xo_start(h->x, "tr");
    xo_start(h->x, "th");
    xo_attr(h->x, "scope", "row");
    xo_text(h->x, row->name);
    xo_end(h->x);
    xo_start(h->x, "td");
    write_state(h, row->state);
    xo_end(h->x);
    xo_class(h->x, "td", "mid");
    xo_text(h->x, row->controls[0] != '\0' ? row->controls : "no grant control");
    xo_class(h->x, "span", "sub");
    xo_text(h->x, row->scope[0] != '\0' ? row->scope : "not stated of whom");
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
    char n[WORDS_BYTES];

    xo_start(h->x, "p");
    xo_textf(h->x, "Security defaults are %s. ",
             str_eq(t->security_defaults, "unknown") ? "not known (they were not read)"
                                                     : t->security_defaults);
    if (!t->are_read)
        xo_text(h->x, t->policies > 0
                          ? "The list of policies is incomplete: there may be more than these. "
                          : "Conditional Access policies could not be read, so nothing is known "
                            "about them. ");
    if (t->policies > 0 || t->are_read) {
        xo_textf(h->x, "%s %s: ", words_count(t->policies, n),
                 t->policies == 1 ? "policy" : "policies");
        xo_textf(h->x, "%zu on, %zu report-only, %zu off", t->on, t->report_only, t->off);
        if (t->other > 0)
            xo_textf(h->x, ", %zu in another state", t->other);
        xo_text(h->x, ".");
    }
    xo_end(h->x);
    xo_nl(h->x);
    if (!t->exclusions_known && t->policies > 0)
        html_para(h, "warn",
                  "Users, groups or roles were not fully read: more people may be left out of the "
                  "policies than counted here.");
}

static void write_effect(struct html *h, const char *caption, const char *heading,
                         const char *const words[4], const char *const meanings[4],
                         const size_t counts[4])
{
    const char *const headings[] = {heading, "#People", "Meaning"};

    html_table(h, caption, headings, COUNT_OF(headings), false);
    for (size_t i = 0; i < 4; i++) {
        char word[32];

        (void)snprintf(word, sizeof word, "%s", words[i]);
        if (word[0] >= 'a' && word[0] <= 'z')
            word[0] = (char)(word[0] - 'a' + 'A');
        xo_start(h->x, "tr");
        html_row_head(h, str_eq(words[i], "unknown") ? "Not known" : word);
        html_cell_count(h, counts[i]);
        html_cell(h, meanings[i]);
        xo_end(h->x);
        xo_nl(h->x);
    }
    html_table_end(h);
}

static void write_people(struct html *h)
{
    static const char *const mfa[4] = {
        "No sign-in with a modern client succeeds without MFA.",
        "Some sign-ins need MFA, others succeed without.",
        "No sign-in is made to use MFA.",
        "Depends on what was not read.",
    };
    static const char *const legacy[4] = {
        "Sign-ins with a password alone are refused.",
        "Refused under some conditions only.",
        "Nothing here refuses a sign-in with a password alone.",
        "Depends on what was not read.",
    };

    if (h->ca.people == 0)
        return;
    if (!h->ca.people_known)
        html_para(h, "warn", "The tables below rest on incomplete evidence.");
    xo_class(h->x, "div", "pair even");
    write_effect(
        h, "Enabled accounts by MFA, as policies, security defaults and per-user MFA work out",
        "MFA", ca_mfa_words, mfa, h->ca.mfa);
    write_effect(h, "Enabled accounts by legacy authentication", "Legacy authentication",
                 ca_legacy_words, legacy, h->ca.legacy);
    xo_end(h->x);
    xo_nl(h->x);
}

enum err_code html_ca(struct html *h, struct err *e)
{
    static const char *const headings[] = {"Policy", "State", "Asks for, of whom, where", "Reaches",
                                           "Left out, by which path"};
    enum err_code code = ERR_OK;

    html_section(h, "sec-ca", "Conditional Access: who is covered and who is left out");
    write_lead(h);
    if (h->ca.policies > 0) {
        html_table(h, "Conditional Access policies", headings, COUNT_OF(headings), true);
        code = ca_policies_each(h->m, write_policy, h, e);
        html_table_end(h);
    }
    write_people(h);
    html_section_end(h);
    return code;
}
