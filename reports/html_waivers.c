/* The waivers that were given, with what somebody has to do about them. */
#include "html.h"

#include "base/attrs.h"
#include "base/jsonx.h"
#include "base/strs.h"

#include <stdlib.h>

static void cell_text(struct html *h, const char *text)
{
    xo_start(h->x, "td");
    xo_text(h->x, text != NULL ? text : "");
    xo_end(h->x);
}

void html_waivers(struct html *h)
{
    static const enum msg headings[] = {MSG_COL_WAIVER, MSG_COL_RULE,     MSG_COL_DISPOSITION,
                                        MSG_COL_OWNER,  MSG_COL_APPROVED, MSG_COL_TICKET,
                                        MSG_COL_REASON, MSG_COL_LAST_DAY, MSG_COL_STATE,
                                        MSG_COL_COVERS, MSG_COL_TO_DO};
    const struct report_model *m = h->m;

    if (m->waiver_count == 0)
        return;
    html_table_say(h, MSG_CAP_WAIVERS, SAY(), headings, COUNT_OF(headings), true);
    for (size_t i = 0; i < m->waiver_count; i++) {
        const struct report_waiver *w = &m->waivers[i];
        char *state = str_lower(w->state);

        for (char *p = state; *p != '\0'; p++)
            if (*p == '_')
                *p = ' ';
        xo_start(h->x, "tr");
        page_row_name(h->x, w->id);
        cell_text(h, w->rule_id);
        cell_text(h, w->disposition);
        cell_text(h, w->owner);
        cell_text(h, w->approved_by);
        cell_text(h, w->ticket);
        cell_text(h, w->reason);
        cell_text(h, w->expires);
        cell_text(h, state);
        html_cell_count(h, w->matched);
        cell_text(h, w->warning);
        xo_end(h->x);
        xo_nl(h->x);
        free(state);
    }
    html_table_end(h);
}

void html_excluded(struct html *h)
{
    static const enum msg headings[] = {MSG_COL_RULE, MSG_COL_TITLE, MSG_COL_REASON};
    const json_t *list = json_object_get(h->m->profile_details, "excluded");
    size_t at;
    json_t *v;

    if (json_array_size(list) == 0)
        return;
    html_table_say(h, MSG_CAP_EXCLUDED, SAY(), headings, COUNT_OF(headings), true);
    json_array_foreach(list, at, v)
    {
        xo_start(h->x, "tr");
        page_row_name(h->x, jx_text(v, "id"));
        cell_text(h, jx_text(v, "title"));
        cell_text(h, jx_text(v, "reason"));
        xo_end(h->x);
        xo_nl(h->x);
    }
    html_table_end(h);
}
