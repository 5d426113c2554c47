#include "rules/explain.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "reading.h"
#include "unwrap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TAIL_REACH = 400, /* bytes after a known text in which its "[host time id]" may stand */
    ONE_LINE_BYTES = 1024
};

struct builder {
    struct reading r;
    struct explanation *x;
    size_t cursor, cursor_line; /* for line numbers */
    size_t unknown;
};

static size_t line_of(struct builder *b, size_t at)
{
    const char *s = b->r.text.p;

    for (; b->cursor < at; b->cursor++)
        b->cursor_line += s[b->cursor] == '\n' || s[b->cursor] == UNWRAP_JOIN;
    for (; b->cursor > at; b->cursor--)
        b->cursor_line -= s[b->cursor - 1] == '\n' || s[b->cursor - 1] == UNWRAP_JOIN;
    return b->cursor_line;
}

static bool is_same(const struct explain_finding *a, const struct explain_finding *b)
{
    return a->kind == b->kind && a->reply == b->reply && a->sign == b->sign && a->who == b->who &&
           (a->kind == EXPLAIN_REPLY || a->sign != NULL || a->code == b->code) &&
           str_eq(a->text, b->text);
}

/* Takes f->text. What was found before is counted, and keeps its first line. */
static void add(struct builder *b, struct explain_finding *f)
{
    struct explanation *x = b->x;

    f->count = 1;
    f->last_line = f->line;
    if (f->kind != EXPLAIN_SUCCESS && f->line > x->last_error_line)
        x->last_error_line = f->line;
    for (size_t i = 0; i < x->n; i++) {
        struct explain_finding *old = &x->v[i];

        if (!is_same(old, f))
            continue;
        old->count++;
        old->last_line = f->line > old->last_line ? f->line : old->last_line;
        old->is_carried = old->is_carried || f->is_carried;
        if (old->code == 0 || old->enhanced[0] == '\0') {
            old->code = f->code != 0 ? f->code : old->code;
            memcpy(old->enhanced, f->enhanced, sizeof old->enhanced);
        }
        if (f->support.host[0] != '\0')
            old->support = f->support; /* the newest is what support can look up */
        free(f->text);
        return;
    }
    if (f->kind == EXPLAIN_UNKNOWN && b->unknown++ >= LIMIT_EXPLAIN_UNKNOWN) {
        free(f->text);
        return;
    }
    x->v = xreallocarray(x->v, x->n + 1, sizeof *x->v);
    x->v[x->n++] = *f;
}

static void set_codes(struct explain_finding *f, int code, const unsigned part[3])
{
    f->code = code;
    if (part[0] != 0)
        (void)snprintf(f->enhanced, sizeof f->enhanced, "%u.%u.%u", part[0], part[1], part[2]);
}

/* [from, end) of the text as one short line: no line ends, no closing quotes of whoever logged it.
 */
static char *one_line(const struct reading *r, size_t from, size_t end)
{
    struct buf flat;
    struct buf cut;

    buf_init(&flat, ONE_LINE_BYTES + 1);
    buf_init(&cut, (size_t)LIMIT_EXPLAIN_TEXT * 4 + 8);
    if (end - from > ONE_LINE_BYTES)
        end = from + ONE_LINE_BYTES;
    end = support_start(&r->text, from, end);
    for (size_t i = from; i < end; i++) {
        char c = r->text.p[i];

        if (c == '\n' || c == UNWRAP_BREAK || c == '\t')
            c = ' ';
        if (c != UNWRAP_JOIN && !(c == ' ' && flat.n > 0 && flat.p[flat.n - 1] == ' '))
            buf_addc(&flat, c);
    }
    while (flat.n > 0 && strchr(" '\"`,;)]}\\", flat.p[flat.n - 1]) != NULL)
        flat.p[--flat.n] = '\0';
    text_add_cut(&cut, flat.p, LIMIT_EXPLAIN_TEXT);
    buf_release(&flat);
    return buf_take(&cut);
}

static bool has_code(const struct smtp_reply *r, const char *enhanced)
{
    long from;
    long seen;
    const char *dot = strrchr(r->enhanced, '.');

    if (str_eq(r->enhanced, enhanced))
        return true;
    if (r->enhanced_to == 0 || dot == NULL ||
        strncmp(r->enhanced, enhanced, (size_t)(dot - r->enhanced) + 1) != 0)
        return false;
    from = strtol(dot + 1, NULL, 10);
    seen = strtol(enhanced + (dot - r->enhanced) + 1, NULL, 10);
    return seen >= from && seen <= r->enhanced_to;
}

static void candidates_by_code(struct explain_finding *f)
{
    if (f->enhanced[0] == '\0')
        return;
    for (size_t i = 0; i < smtp_reply_count() && f->candidate_count < EXPLAIN_CANDIDATES; i++)
        if (has_code(smtp_reply_at(i), f->enhanced))
            f->candidates[f->candidate_count++] = smtp_reply_at(i);
}

/* An answer by somebody else, or by nobody known. */
static void as_stranger(struct explain_finding *f, const struct provider *p,
                        const struct reading *r, size_t from, size_t end)
{
    f->reply = NULL;
    if (p != NULL && !provider_is_microsoft(p)) {
        f->kind = EXPLAIN_OTHER_SERVER;
        f->hint = p->hint;
        f->candidate_count = 0;
    } else {
        f->kind = EXPLAIN_UNKNOWN;
    }
    f->who = p != NULL ? p->name : NULL;
    f->text = one_line(r, from, end);
}

static void add_stranger(void *ctx, const struct stranger *s)
{
    struct builder *b = ctx;
    struct explain_finding f = {0};

    set_codes(&f, s->code, s->part);
    f.line = line_of(b, s->at);
    candidates_by_code(&f);
    support_find(&b->r.text, s->at, s->end, &f.support);
    as_stranger(&f, reading_provider(&b->r, s->at), &b->r, s->at, s->end);
    add(b, &f);
}

static bool is_good(const struct hit *h)
{
    return h->reply != NULL ? str_eq(h->reply->layer, "none")
                            : h->what->sign->kind == EXPLAIN_SUCCESS;
}

static void add_hit_finding(struct builder *b, const struct hit *h, size_t stop)
{
    struct explain_finding f = {.kind = EXPLAIN_REPLY, .reply = h->reply, .sign = h->what->sign};
    size_t reach = h->end + TAIL_REACH < stop ? h->end + TAIL_REACH : stop;

    set_codes(&f, h->code.code, h->code.part);
    f.line = line_of(b, h->from);
    f.is_carried = h->is_carried;
    f.is_cut = h->is_cut;
    support_find(&b->r.text, h->end, reach, &f.support);
    if (h->is_strange) {
        memcpy(f.candidates, h->candidates, sizeof f.candidates);
        f.candidate_count = h->candidate_count;
        as_stranger(&f, h->provider, &b->r, h->from, reading_line_end(&b->r, h->end));
    } else if (f.sign != NULL) {
        f.kind = f.sign->kind;
        f.who = f.sign->who;
    } else if (is_good(h)) {
        f.kind = EXPLAIN_SUCCESS;
        f.who = h->provider != NULL ? h->provider->name : NULL;
    } else if (sign_is_shared(h->reply) && h->provider != NULL &&
               !provider_is_microsoft(h->provider)) {
        as_stranger(&f, h->provider, &b->r, h->from, reading_line_end(&b->r, h->end));
    } else {
        f.who = "Microsoft 365";
    }
    add(b, &f);
}

/* Greetings and accepted sign-ins are no errors: they are findings only when there is nothing else.
 */
static void add_hits(struct builder *b, bool good)
{
    for (size_t i = 0; i < b->r.hit_count; i++) {
        const struct hit *h = &b->r.hits[i];
        size_t k = i + 1;

        if (h->is_dropped || is_good(h) != good)
            continue;
        if (h->what->sign != NULL && str_eq(h->what->sign->id, "dotnet-530"))
            b->x->is_dotnet_530 = true;
        while (k < b->r.hit_count && b->r.hits[k].is_dropped)
            k++;
        add_hit_finding(b, h, k < b->r.hit_count ? b->r.hits[k].from : b->r.text.n);
    }
}

static void note_success(struct builder *b)
{
    for (size_t i = 0; i < b->r.hit_count; i++) {
        const struct hit *h = &b->r.hits[i];

        if (!h->is_dropped && is_good(h) && (h->reply == NULL || !str_eq(h->reply->id, "ready")))
            b->x->accepted_line = line_of(b, h->start);
    }
}

static bool is_before(const struct explain_finding *a, const struct explain_finding *b)
{
    int ra = sign_rank(a);
    int rb = sign_rank(b);

    return ra != rb ? ra < rb : a->line < b->line;
}

/* For a handful. */
static void sort(struct explanation *x)
{
    for (size_t i = 1; i < x->n; i++)
        for (size_t k = i; k > 0 && is_before(&x->v[k], &x->v[k - 1]); k--) {
            struct explain_finding f = x->v[k];

            x->v[k] = x->v[k - 1];
            x->v[k - 1] = f;
        }
}

/* .NET's own sentence says nothing beside the server's answer. */
static void drop_dotnet(struct explanation *x)
{
    size_t kept = 0;

    if (!x->is_dotnet_530 || x->n < 2)
        return;
    for (size_t i = 0; i < x->n; i++)
        if (x->v[i].sign == NULL || !str_eq(x->v[i].sign->id, "dotnet-530"))
            x->v[kept++] = x->v[i];
    x->n = kept;
}

enum err_code explain_text(const char *bytes, size_t n, struct explanation **out, struct err *e)
{
    struct builder b = {.cursor_line = 1};

    if (n > LIMIT_EXPLAIN_BYTES)
        return err_set(e, ERR_LIMIT, "the text is larger than %d MiB", LIMIT_EXPLAIN_BYTES >> 20);
    b.x = xcalloc(1, sizeof *b.x);
    reading_make(bytes, n, &b.r);
    b.x->lines = line_of(&b, b.r.text.n);
    if (b.r.text.n > 0 && b.r.text.p[b.r.text.n - 1] == '\n')
        b.x->lines--;
    b.x->is_clipped = b.r.hit_count >= LIMIT_EXPLAIN_HITS;
    add_hits(&b, false);
    reading_strangers(&b.r, add_stranger, &b);
    note_success(&b);
    if (b.x->n == 0)
        add_hits(&b, true);
    drop_dotnet(b.x);
    sort(b.x);
    addresses_find(&b.r.text, &b.r.accounts, &b.x->addresses);
    reading_release(&b.r);
    *out = b.x;
    return ERR_OK;
}

void explain_free(struct explanation *x)
{
    if (x == NULL)
        return;
    for (size_t i = 0; i < x->n; i++)
        free(x->v[i].text);
    free(x->v);
    strlist_release(&x->addresses);
    free(x);
}
