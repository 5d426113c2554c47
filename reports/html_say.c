/* Messages of the catalogue on the page, and the page's words for what is stored. */
#include "html.h"

#include "base/attrs.h"
#include "base/jsonx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/timex.h"
#include "words.h"

#include <stdlib.h>

const char *html_word(const struct html *h, enum msg m)
{
    return message_text(h->lang, m);
}

const char *html_time(const struct html *h, const char *rfc3339, char *out)
{
    int64_t ms;

    return rfc3339 != NULL && time_parse(rfc3339, &ms) ? words_time(rfc3339, out)
                                                       : html_word(h, MSG_NOT_RECORDED);
}

static char *part_of(const struct html *h, enum msg m, enum message_part part, const struct say *s)
{
    struct buf b;

    buf_init(&b, LIMIT_REPORT_TEXT_BYTES);
    message_add(&b, h->lang, m, part, s);
    return buf_take(&b);
}

char *html_text(const struct html *h, enum msg m, const struct say *s)
{
    return part_of(h, m, MESSAGE_WHOLE, s);
}

static void say_part(struct html *h, enum msg m, enum message_part part, const struct say *s)
{
    char *text = part_of(h, m, part, s);

    xo_text(h->x, text);
    free(text);
}

void html_say(struct html *h, enum msg m, const struct say *s)
{
    say_part(h, m, MESSAGE_WHOLE, s);
}

void html_say_before(struct html *h, enum msg m, const struct say *s)
{
    say_part(h, m, MESSAGE_BEFORE, s);
}

void html_say_after(struct html *h, enum msg m, const struct say *s)
{
    say_part(h, m, MESSAGE_AFTER, s);
}

void html_elem(struct html *h, const char *name, enum msg m)
{
    xo_elem(h->x, name, html_word(h, m));
}

void html_para_say(struct html *h, const char *classes, enum msg m, const struct say *s)
{
    char *text = html_text(h, m, s);

    html_para(h, classes, text);
    free(text);
}

void html_para_code(struct html *h, const char *classes, enum msg m, const char *code)
{
    xo_class(h->x, "p", classes);
    html_say_before(h, m, SAY());
    xo_elem(h->x, "code", code);
    html_say_after(h, m, SAY());
    xo_end(h->x);
    xo_nl(h->x);
}

void html_table_say(struct html *h, enum msg caption, const struct say *s, const enum msg *headings,
                    size_t n, bool sortable)
{
    const char **words = xcalloc(n, sizeof *words);
    char *text = html_text(h, caption, s);

    for (size_t i = 0; i < n; i++)
        words[i] = html_word(h, headings[i]);
    html_table(h, text, words, n, sortable);
    free(text);
    free(words);
}

void html_english(struct html *h)
{
    if (h->lang != LANG_EN)
        xo_attr(h->x, "lang", lang_name(LANG_EN));
}

enum msg html_outcome_msg(enum outcome o)
{
    static const enum msg of[OUTCOME_COUNT] = {
        [OUTCOME_ERROR] = MSG_OUTCOME_ERROR,
        [OUTCOME_FAIL] = MSG_OUTCOME_FAIL,
        [OUTCOME_NOT_EVALUATED] = MSG_OUTCOME_NOT_EVALUATED,
        [OUTCOME_MANUAL] = MSG_OUTCOME_MANUAL,
        [OUTCOME_WAIVED] = MSG_OUTCOME_WAIVED,
        [OUTCOME_PASS] = MSG_OUTCOME_PASS,
        [OUTCOME_NOT_APPLICABLE] = MSG_OUTCOME_NOT_APPLICABLE,
    };

    return of[o];
}

enum msg html_severity_msg(enum severity s)
{
    static const enum msg of[SEVERITY_COUNT] = {
        [SEVERITY_CRITICAL] = MSG_SEVERITY_CRITICAL, [SEVERITY_HIGH] = MSG_SEVERITY_HIGH,
        [SEVERITY_MEDIUM] = MSG_SEVERITY_MEDIUM,     [SEVERITY_LOW] = MSG_SEVERITY_LOW,
        [SEVERITY_INFO] = MSG_SEVERITY_INFO,
    };

    return of[s];
}

enum msg html_reason_msg(enum reason r)
{
    static const enum msg of[REASON_COUNT] = {
        [REASON_NONE] = MSG_REASON_NOT_COLLECTED,
        [REASON_PERMISSION] = MSG_REASON_PERMISSION,
        [REASON_LICENCE] = MSG_REASON_LICENCE,
        [REASON_API_ERROR] = MSG_REASON_API_ERROR,
        [REASON_THROTTLED] = MSG_REASON_THROTTLED,
        [REASON_TRUNCATED] = MSG_REASON_TRUNCATED,
        [REASON_DEADLINE] = MSG_REASON_DEADLINE,
        [REASON_NOT_COLLECTED] = MSG_REASON_NOT_COLLECTED,
        [REASON_MALFORMED] = MSG_REASON_MALFORMED,
        [REASON_MANUAL] = MSG_REASON_MANUAL,
        [REASON_WAIVER] = MSG_REASON_WAIVER,
    };

    return of[r];
}

enum msg html_state_msg(enum collection_state s)
{
    static const enum msg of[] = {
        [COLLECTION_COMPLETE] = MSG_STATE_COMPLETE,
        [COLLECTION_PARTIAL] = MSG_STATE_PARTIAL,
        [COLLECTION_FAILED] = MSG_STATE_FAILED,
        [COLLECTION_SKIPPED] = MSG_STATE_SKIPPED,
    };

    return of[s];
}

struct stored {
    const char *word;
    enum msg shown;
};

static const char *shown(const struct html *h, const struct stored *v, size_t n, const char *word)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(v[i].word, word))
            return html_word(h, v[i].shown);
    return word;
}

const char *html_service_word(const struct html *h, const char *slug)
{
    static const struct stored services[] = {
        {"run", MSG_SERVICE_RUN},
        {"entra-id", MSG_SERVICE_ENTRA},
        {"exchange-online", MSG_SERVICE_EXCHANGE},
        {"dns", MSG_SERVICE_DNS},
    };

    return shown(h, services, COUNT_OF(services), slug);
}

const char *html_verdict_word(const struct html *h, const char *word)
{
    static const struct stored verdicts[] = {
        {"allow", MSG_VERDICT_ALLOW},
        {"block", MSG_VERDICT_BLOCK},
        {"conditional", MSG_VERDICT_CONDITIONAL},
        {"unknown", MSG_VERDICT_UNKNOWN},
        {"not_applicable", MSG_VERDICT_NOT_APPLICABLE},
    };

    return shown(h, verdicts, COUNT_OF(verdicts), word);
}

const char *html_layer_word(const struct html *h, const char *word)
{
    static const struct stored layers[] = {
        {"tenant", MSG_LAYER_TENANT},
        {"mailbox", MSG_LAYER_MAILBOX},
        {"auth-policy", MSG_LAYER_AUTH_POLICY},
        {"account", MSG_LAYER_ACCOUNT},
        {"security-defaults", MSG_LAYER_SECURITY_DEFAULTS},
        {"ca", MSG_LAYER_CA},
        {"mfa", MSG_LAYER_MFA},
        {"licence", MSG_LAYER_LICENCE},
        {"federation", MSG_LAYER_FEDERATION},
        {"service", MSG_LAYER_SERVICE},
    };

    return shown(h, layers, COUNT_OF(layers), word);
}

const char *html_effort_word(const struct html *h, const struct report_rule *r)
{
    static const struct stored efforts[] = {
        {"low", MSG_EFFORT_LOW},
        {"medium", MSG_EFFORT_MEDIUM},
        {"high", MSG_EFFORT_HIGH},
    };
    const char *effort = jx_text(r->remediation, "effort");

    return effort != NULL ? shown(h, efforts, COUNT_OF(efforts), effort) : "";
}
