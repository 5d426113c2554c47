/* SMTP AUTH: the three layers with their numbers, what changes at the end of December 2026, and the
 * mailboxes one by one. */
#include "html.h"

#include "base/attrs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "escape.h"
#include "words.h"

static const struct {
    enum msg name, what;
    const char *bar_id;
} layers[SMTP_LAYERS] = {
    [LAYER_TENANT] = {MSG_GATE_TENANT, MSG_GATE_TENANT_WHAT, "bar-tenant"},
    [LAYER_POLICY] = {MSG_GATE_POLICY, MSG_GATE_POLICY_WHAT, "bar-policy"},
    [LAYER_MAILBOX] = {MSG_GATE_MAILBOX, MSG_GATE_MAILBOX_WHAT, "bar-mailbox"},
};

/* In the order of the bars and of the table's columns. */
static const struct {
    enum smtp_verdict verdict;
    const char *classes, *fill;
    enum msg layer_word, end_word;
} parts[] = {
    {SMTP_ALLOW, "f-allow", "#3f5fa8", MSG_GATE_ALLOW, MSG_END_ALLOW},
    {SMTP_CONDITIONAL, "f-conditional", "#3c7482", MSG_GATE_CONDITIONAL, MSG_END_CONDITIONAL},
    {SMTP_UNKNOWN, "f-unknown", "#a06a00", MSG_GATE_UNKNOWN, MSG_END_UNKNOWN},
    {SMTP_BLOCK, "f-block", "#7d8794", MSG_GATE_BLOCK, MSG_END_BLOCK},
};

static void write_bar(struct html *h, const char *id, const size_t counts[SMTP_VERDICTS],
                      bool is_end)
{
    struct html_bar_part bar[COUNT_OF(parts)];

    for (size_t i = 0; i < COUNT_OF(parts); i++)
        bar[i] = (struct html_bar_part){
            .classes = parts[i].classes,
            .fill = parts[i].fill,
            .word = is_end ? parts[i].end_word : parts[i].layer_word,
            .n = counts[parts[i].verdict],
        };
    html_bar(h, id, bar, COUNT_OF(bar));
}

static void write_rest(struct html *h, const size_t counts[SMTP_VERDICTS], bool is_end)
{
    const char *sep = "";

    xo_class(h->x, "p", "rest");
    for (size_t i = 1; i < COUNT_OF(parts); i++) {
        if (counts[parts[i].verdict] == 0)
            continue;
        xo_text(h->x, sep);
        html_count(h, counts[parts[i].verdict]);
        xo_text(h->x, " ");
        html_say(h, is_end ? parts[i].end_word : parts[i].layer_word, SAY());
        sep = ", ";
    }
    xo_end(h->x);
    xo_nl(h->x);
}

static void write_gate(struct html *h, enum msg name, enum msg what, const char *bar_id,
                       const size_t counts[SMTP_VERDICTS], bool is_end)
{
    struct xmlout *x = h->x;
    enum msg passed = is_end ? MSG_GATE_PASS_END : MSG_GATE_PASS;

    xo_start(x, "li");
    if (is_end)
        xo_attr(x, "class", "end");
    xo_nl(x);
    html_elem(h, "h3", name);
    html_para_say(h, "what", what, SAY());
    xo_class(x, "p", "pass");
    html_say_before(h, passed, SAY(.of = h->smtp.mailboxes));
    xo_class(x, "strong", "big");
    html_count(h, counts[SMTP_ALLOW]);
    xo_end(x);
    html_say_after(h, passed, SAY(.of = h->smtp.mailboxes));
    xo_end(x);
    write_bar(h, bar_id, counts, is_end);
    write_rest(h, counts, is_end);
    xo_end(x);
    xo_nl(x);
}

static void write_gates(struct html *h)
{
    xo_class(h->x, "ol", "gates");
    xo_attr(h->x, "aria-label", html_word(h, MSG_GATES_LABEL));
    xo_nl(h->x);
    for (size_t i = 0; i < SMTP_LAYERS; i++)
        write_gate(h, layers[i].name, layers[i].what, layers[i].bar_id, h->smtp.layer[i], false);
    write_gate(h, MSG_GATE_END, MSG_GATE_END_WHAT, "bar-end", h->smtp.basic, true);
    xo_end(h->x);
    xo_nl(h->x);
}

/* `past`: mailboxes that neither this layer nor one before it stops, depends on, or leaves open. */
static void write_gate_table(struct html *h)
{
    static const enum msg headings[] = {MSG_COL_LAYER,   MSG_COL_ALLOW, MSG_COL_CONDITIONAL,
                                        MSG_COL_UNKNOWN, MSG_COL_BLOCK, MSG_COL_PAST};

    html_table_say(h, MSG_CAP_LAYERS, SAY(), headings, COUNT_OF(headings), false);
    for (size_t i = 0; i <= SMTP_LAYERS; i++) {
        const size_t *counts = i < SMTP_LAYERS ? h->smtp.layer[i] : h->smtp.basic;

        xo_start(h->x, "tr");
        html_row_head(h, html_word(h, i < SMTP_LAYERS ? layers[i].name : MSG_GATE_END));
        for (size_t p = 0; p < COUNT_OF(parts); p++)
            html_cell_count(h, counts[parts[p].verdict]);
        html_cell_count(h, i < SMTP_LAYERS ? h->smtp.past[i][SMTP_ALLOW] : counts[SMTP_ALLOW]);
        xo_end(h->x);
        xo_nl(h->x);
    }
    html_table_end(h);
}

static void write_layer_words(struct html *h, const char *json)
{
    struct err ignored = ERR_INIT;
    json_t *list = NULL;
    json_t *v;
    size_t at;

    if (json == NULL || escape_parse(json, "layers", &list, &ignored) != ERR_OK) {
        xo_text(h->x, json);
        return;
    }
    json_array_foreach(list, at, v)
    {
        const char *word = json_string_value(v);

        if (at > 0)
            xo_text(h->x, ", ");
        if (word != NULL)
            xo_text(h->x, html_layer_word(h, word));
    }
    json_decref(list);
}

static enum err_code write_mailbox(void *ctx, const struct smtp_mailbox *row, struct err *e)
{
    struct html *h = ctx;
    struct xmlout *x = h->x;
    char when[WORDS_BYTES];

    (void)e;
    xo_start(x, "tr");
    page_row_head(x);
    xo_text(x, row->address);
    if (row->name != NULL && !str_eq(row->name, row->address)) {
        xo_text(x, " ");
        xo_class(x, "span", "sub");
        xo_text(x, row->name);
        xo_end(x);
    }
    xo_end(x);
    xo_start(x, "td");
    html_verdict(h, row->basic);
    xo_end(x);
    xo_start(x, "td");
    write_layer_words(h, row->layers);
    xo_end(x);
    xo_start(x, "td");
    html_verdict(h, row->delegated);
    xo_end(x);
    xo_class(x, "td", "date");
    if (row->last_seen != NULL)
        xo_textf(x, "%.10s", html_time(h, row->last_seen, when)); /* the day is enough */
    else
        html_say(h, MSG_SMTP_NEVER_SEEN, SAY());
    xo_end(x);
    xo_class(x, "td", "wide");
    if (row->fix != NULL) {
        xo_start(x, "span");
        html_english(h);
        xo_text(x, row->fix);
        xo_end(x);
    } else if (str_eq(row->basic, "allow")) {
        html_say(h, MSG_SMTP_WORKS, SAY());
    }
    xo_class(x, "details", "aside");
    if (h->is_print)
        xo_attr(x, "open", "");
    html_elem(h, "summary", MSG_SMTP_EXPLANATION);
    xo_start(x, "p");
    html_english(h);
    xo_text(x, row->explanation);
    xo_text(x, " ");
    html_say(h, MSG_SMTP_CONFIDENCE, SAY(.a = row->confidence));
    xo_end(x);
    xo_end(x);
    xo_end(x);
    xo_end(x);
    xo_nl(x);
    return ERR_OK;
}

static enum err_code write_mailboxes(struct html *h, bool stopped, size_t total, struct err *e)
{
    static const enum msg headings[] = {MSG_COL_MAILBOX, MSG_COL_PASSWORD,  MSG_COL_DECIDED,
                                        MSG_COL_OAUTH,   MSG_COL_LAST_SEEN, MSG_COL_TODO};
    size_t most = h->is_print ? HTML_PRINT_ROWS : stopped ? HTML_STOPPED_ROWS : HTML_MAILBOX_ROWS;
    size_t shown = total < most ? total : most;
    enum err_code code;

    if (total == 0)
        return ERR_OK;
    if (stopped) {
        html_para_say(h, "print-only", MSG_STOPPED_ON_SCREEN, SAY());
        if (h->is_print)
            return ERR_OK;
        xo_class(h->x, "details", "aside");
        xo_class(h->x, "summary", "plain");
        html_say(h, MSG_SHOW_STOPPED, SAY(.n = total));
        xo_end(h->x);
    }
    html_table_say(h, stopped ? MSG_CAP_STOPPED : MSG_CAP_CAN_SEND, SAY(.n = shown, .of = total),
                   headings, COUNT_OF(headings), true);
    code = smtp_mailboxes_each(h->m, stopped, most, write_mailbox, h, e);
    html_table_end(h);
    if (shown < total)
        html_para_code(h, "more", MSG_MAILBOXES_MORE,
                       "graphaudit query SNAPSHOT \"SELECT * FROM smtp_auth\"");
    if (stopped)
        xo_end(h->x);
    return code;
}

static void write_missing(struct html *h)
{
    evidence_set missing = h->smtp.missing[LAYER_TENANT] | h->smtp.missing[LAYER_POLICY] |
                           h->smtp.missing[LAYER_MAILBOX];
    struct buf names;

    if (missing == 0)
        return;
    buf_init(&names, LIMIT_REPORT_TEXT_BYTES);
    for (size_t i = 0; i < evidence_resource_count(); i++)
        if ((missing >> i & 1) != 0)
            buf_addf(&names, "%s%s", names.n > 0 ? ", " : "", evidence_resource_at(i)->title);
    xo_class(h->x, "p", "warn");
    html_icon(h, "not_evaluated");
    xo_text(h->x, " ");
    html_say(h, MSG_SMTP_MISSING, SAY(.a = names.p));
    xo_end(h->x);
    xo_nl(h->x);
    buf_release(&names);
}

static void write_switches(struct html *h)
{
    const struct smtp_picture *p = &h->smtp;

    xo_start(h->x, "p");
    html_say(h,
             str_eq(p->tenant_flag, "on")    ? MSG_SWITCH_ON
             : str_eq(p->tenant_flag, "off") ? MSG_SWITCH_OFF
                                             : MSG_SWITCH_UNKNOWN,
             SAY());
    xo_text(h->x, " ");
    html_say(h, MSG_SWITCH_COUNTS,
             SAY(.n = p->inherit, .of = p->explicit_on, .more = p->explicit_off));
    if (p->flag_unknown > 0) {
        xo_text(h->x, " ");
        html_say(h, MSG_SWITCH_UNREAD, SAY(.n = p->flag_unknown));
    }
    xo_end(h->x);
    xo_nl(h->x);
}

enum err_code html_smtp(struct html *h, struct err *e)
{
    static const enum msg why[] = {[SMTP_EMPTY_NONE] = MSG_SMTP_NONE,
                                   [SMTP_EMPTY_UNREAD] = MSG_SMTP_UNREAD,
                                   [SMTP_EMPTY_UNDERIVED] = MSG_SMTP_UNDERIVED};
    enum err_code code = ERR_OK;

    html_section(h, "sec-smtp", MSG_SEC_SMTP);
    if (h->smtp.is_empty) {
        html_para_say(h, "warn", why[h->smtp.empty], SAY());
        write_missing(h);
    } else {
        if (h->smtp.is_partial)
            html_para_say(h, "warn", MSG_SMTP_PARTIAL, SAY());
        html_flow(h);
        write_gates(h);
        write_missing(h);
        write_switches(h);
        html_ready(h);
        write_gate_table(h);
        code = write_mailboxes(h, false, h->smtp.mailboxes - h->smtp.basic[SMTP_BLOCK], e);
        if (code == ERR_OK)
            code = write_mailboxes(h, true, h->smtp.basic[SMTP_BLOCK], e);
    }
    html_section_end(h);
    return code;
}
