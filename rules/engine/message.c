#include "message.h"

#include "base/strs.h"
#include "base/text.h"
#include "run.h"

#include <string.h>

/* Resources named in one message; the rest is counted. */
enum { MOST_NAMED = 3, DETAIL_CHARS = 200 };

static const struct {
    const char *name;
    size_t at;
} placeholders[] = {
    {"pass", offsetof(struct tally, pass)},       {"fail", offsetof(struct tally, fail)},
    {"unknown", offsetof(struct tally, unknown)}, {"manual", offsetof(struct tally, manual)},
    {"waived", offsetof(struct tally, waived)},
};

size_t tally_total(const struct tally *t)
{
    return t->pass + t->fail + t->unknown + t->manual + t->waived;
}

/* Length of the placeholder at `s` ("{fail}"), 0 when there is none; its value through *value. */
static size_t placeholder(const char *s, const struct tally *t, size_t *value)
{
    size_t n = strcspn(s, "}");

    if (s[0] != '{' || s[n] != '}')
        return 0;
    if (n == strlen("{total") && strncmp(s, "{total", n) == 0) {
        *value = tally_total(t);
        return n + 1;
    }
    for (size_t i = 0; i < COUNT_OF(placeholders); i++)
        if (n - 1 == strlen(placeholders[i].name) &&
            strncmp(s + 1, placeholders[i].name, n - 1) == 0) {
            memcpy(value, (const char *)t + placeholders[i].at, sizeof *value);
            return n + 1;
        }
    return 0;
}

void message_check(const struct yn *template, struct problems *p)
{
    static const struct tally none = {0};
    size_t value;

    for (const char *s = template->text; (s = strchr(s, '{')) != NULL; s++)
        if (placeholder(s, &none, &value) == 0)
            problem_node(p, template,
                         "unknown placeholder in message '%s': use {fail}, {pass}, {unknown}, "
                         "{manual}, {waived} or {total}",
                         template->key);
}

static void expand(const char *template, const struct tally *t, struct buf *out)
{
    while (*template != '\0') {
        size_t value = 0;
        size_t n = placeholder(template, t, &value);

        if (n > 0)
            buf_addf(out, "%zu", value);
        else
            buf_addc(out, *template);
        template += n > 0 ? n : 1;
    }
}

static void add_detail(const char *text, struct buf *out)
{
    struct buf cut;

    if (text == NULL || text[0] == '\0')
        return;
    buf_init(&cut, MESSAGE_BYTES_MAX);
    text_add_cut(&cut, text, DETAIL_CHARS);
    buf_addf(out, ": %s", cut.p);
    buf_release(&cut);
}

static void add_resource(const struct evidence_resource *r, const struct evidence_status *s,
                         struct buf *out)
{
    static const char *const words[REASON_COUNT] = {
        [REASON_API_ERROR] = "could not be read",
        [REASON_THROTTLED] = "the service throttled the requests",
        [REASON_TRUNCATED] = "only a part was read",
        [REASON_DEADLINE] = "time ran out",
        [REASON_NOT_COLLECTED] = "not collected",
        [REASON_MALFORMED] = "the reply could not be understood",
        [REASON_PERMISSION] = "permission refused",
        [REASON_LICENCE] = "the tenant lacks the licence",
    };
    const char *need = s->reason == REASON_PERMISSION ? s->permission
                       : s->reason == REASON_LICENCE  ? s->licence
                                                      : NULL;

    if (need != NULL)
        buf_addf(out, "needs %s%s (%s", s->reason == REASON_LICENCE ? "the licence " : "", need,
                 r->title);
    else
        buf_addf(out, "%s, %s (%s", r->title,
                 words[s->reason] != NULL ? words[s->reason] : "not complete",
                 collection_state_name(s->state));
    add_detail(s->detail, out);
    buf_addc(out, ')');
}

static void add_missing(const struct run_result *run, const struct evidence_states *states,
                        struct buf *out)
{
    size_t named = 0;
    size_t more = 0;

    for (size_t i = 0; i < evidence_resource_count(); i++) {
        if ((run->missing >> i & 1) == 0)
            continue;
        if (named == MOST_NAMED) {
            more++;
            continue;
        }
        buf_adds(out, named++ > 0 ? "; " : "");
        add_resource(evidence_resource_at(i), &states->of[i], out);
    }
    if (more > 0)
        buf_addf(out, "; and %zu more", more);
}

static void add_not_evaluated(const struct run_result *run, const struct evidence_states *states,
                              struct buf *out)
{
    const struct tally *t = &run->tally;

    buf_adds(out, "not evaluated: ");
    if (run->missing != 0) {
        add_missing(run, states, out);
        return;
    }
    buf_addf(out, "%zu of %zu could not be judged", t->unknown, tally_total(t));
    add_detail(run->detail, out);
}

static void add_default(const struct run_result *run, const struct evidence_states *states,
                        struct buf *out)
{
    const struct tally *t = &run->tally;
    size_t total = tally_total(t);
    /* One thing was judged: what was said of it says it all. */
    bool speaks = total == 1 && run->detail != NULL && run->detail[0] != '\0';

    switch (run->outcome) {
    case OUTCOME_ERROR:
        buf_addf(out, "the rule failed to run: %s", run->detail);
        break;
    case OUTCOME_NOT_EVALUATED:
        add_not_evaluated(run, states, out);
        break;
    case OUTCOME_FAIL:
        buf_addf(out, "%s", speaks ? run->detail : "");
        if (!speaks)
            buf_addf(out, "%zu of %zu fail", t->fail, total);
        break;
    case OUTCOME_PASS:
        if (speaks)
            buf_adds(out, run->detail);
        else if (total == 0)
            buf_adds(out, "there is nothing that could fail");
        else
            buf_addf(out, "all %zu pass", total);
        break;
    case OUTCOME_MANUAL:
        buf_addf(out, "%s", speaks ? run->detail : "");
        if (!speaks)
            buf_addf(out, "%zu to check by hand", t->manual);
        break;
    case OUTCOME_WAIVED:
        buf_addf(out, "%zu waived", t->waived);
        if (t->waived == 1)
            add_detail(run->detail, out);
        break;
    case OUTCOME_NOT_APPLICABLE:
        buf_adds(out, "does not apply to this tenant");
        break;
    }
}

/* A message is a sentence of its own, whatever it was made from: a reason, which reports print
 * behind a name, begins in lower case. A first word that is no plain word (p=none, isEnabled)
 * stays. */
static void begin_sentence(struct buf *out, size_t from)
{
    size_t n = strspn(out->p + from, "abcdefghijklmnopqrstuvwxyz");

    if (n > 0 && out->p[from + n] == ' ')
        out->p[from] = (char)(out->p[from] - 'a' + 'A');
}

void message_render(const struct rule *r, const struct run_result *run,
                    const struct evidence_states *states, struct buf *out)
{
    const char *own = yn_text(r->messages, outcome_name(run->outcome));
    size_t from = out->n;

    if (own != NULL)
        expand(own, &run->tally, out);
    else
        add_default(run, states, out);
    if (run->outcome == OUTCOME_FAIL && run->tally.waived > 0)
        buf_addf(out, "; %zu waived", run->tally.waived);
    if (run->outcome == OUTCOME_FAIL && run->tally.unknown > 0)
        buf_addf(out, "; %zu could not be judged", run->tally.unknown);
    if (run->missing != 0 && (own != NULL || run->outcome != OUTCOME_NOT_EVALUATED)) {
        buf_adds(out, "; evidence is incomplete: ");
        add_missing(run, states, out);
    }
    begin_sentence(out, from);
}
