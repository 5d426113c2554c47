/* The waivers that were given, with what somebody has to do about them. */
#include "html.h"

#include "base/jsonx.h"
#include "base/strs.h"
#include "words.h"

#include <stdlib.h>

static void cell_text(struct html *h, const char *text)
{
    xo_start(h->x, "td");
    xo_text(h->x, text != NULL ? text : "");
    xo_end(h->x);
}

void html_waivers(struct html *h)
{
    static const char *const headings[] = {"Waiver",   "Rule",  "Disposition", "Owner", "Reason",
                                           "Last day", "State", "Covers",      "To do"};
    const struct report_model *m = h->m;
    char n[WORDS_BYTES];

    if (m->waiver_count == 0)
        return;
    html_table(h, "Waivers of this audit", headings, COUNT_OF(headings), true);
    for (size_t i = 0; i < m->waiver_count; i++) {
        const struct report_waiver *w = &m->waivers[i];
        char *state = str_lower(w->state);

        for (char *p = state; *p != '\0'; p++)
            if (*p == '_')
                *p = ' ';
        xo_start(h->x, "tr");
        xo_start(h->x, "th");
        xo_attr(h->x, "scope", "row");
        xo_text(h->x, w->id);
        xo_end(h->x);
        cell_text(h, w->rule_id);
        cell_text(h, w->disposition);
        cell_text(h, w->owner);
        cell_text(h, w->reason);
        cell_text(h, w->expires);
        cell_text(h, state);
        cell_text(h, words_count(w->matched, n));
        cell_text(h, w->warning);
        xo_end(h->x);
        xo_nl(h->x);
        free(state);
    }
    html_table_end(h);
}

void html_excluded(struct html *h)
{
    static const char *const headings[] = {"Rule", "Title", "Reason"};
    const json_t *list = json_object_get(h->m->profile_details, "excluded");
    size_t at;
    json_t *v;

    if (json_array_size(list) == 0)
        return;
    html_table(h, "Left out by the profile", headings, COUNT_OF(headings), true);
    json_array_foreach(list, at, v)
    {
        xo_start(h->x, "tr");
        xo_start(h->x, "th");
        xo_attr(h->x, "scope", "row");
        xo_text(h->x, jx_text(v, "id"));
        xo_end(h->x);
        cell_text(h, jx_text(v, "title"));
        cell_text(h, jx_text(v, "reason"));
        xo_end(h->x);
        xo_nl(h->x);
    }
    html_table_end(h);
}
