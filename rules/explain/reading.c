#include "reading.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "redact.h"
#include "unwrap.h"

#include <stdlib.h>
#include <string.h>

enum {
    CARRIER_REACH =
        40, /* squeezed bytes between "not authenticated to send mail" and what it carries */
    SAME_REPLY = 600,   /* squeezed bytes within which "SendAsDenied" repeats itself */
    CUT_MIN = 6,        /* squeezed bytes of a reason that a cut text has to show */
    REPEAT_BYTES = 160, /* how far into the next line a continued answer repeats its code */
    LINE_BYTES = 4096 /* RFC 5321 section 4.5.3.1.5 allows 512 for a reply line; logs add theirs */
};

static bool is_end(char c)
{
    return c == '\n' || c == UNWRAP_BREAK;
}

static bool is_gap(char c)
{
    return c == ' ' || c == '\t' || c == UNWRAP_JOIN || is_end(c);
}

size_t reading_line_end(const struct reading *r, size_t at)
{
    size_t stop = r->text.n - at > LINE_BYTES ? at + LINE_BYTES : r->text.n;

    while (at < stop && !is_end(r->text.p[at]))
        at++;
    return at;
}

/* Host names keep their dots: "sending SMTP" is no "gsmtp". */
static bool is_mark(const struct reading *r, const struct provider *p, size_t at)
{
    const char *before = at > 0 ? r->text.p + at - 1 : " ";

    if ((*before >= 'a' && *before <= 'z') || (*before >= 'A' && *before <= 'Z'))
        return false;
    for (size_t i = 0; i < COUNT_OF(p->marks) && p->marks[i] != NULL; i++)
        if (str_istarts(r->text.p + at, p->marks[i] + strspn(p->marks[i], ".#")))
            return true;
    return false;
}

static void add_mark(struct reading *r, const struct provider *p, size_t at)
{
    if (r->mark_count >= LIMIT_EXPLAIN_HITS || !is_mark(r, p, at))
        return;
    if (r->mark_count % 64 == 0)
        r->marks = xreallocarray(r->marks, r->mark_count + 64, sizeof *r->marks);
    r->marks[r->mark_count++] = (struct mark){p, at};
}

static void add_hit(struct reading *r, const struct needle *what, size_t q)
{
    struct hit h = {.what = what, .q = q, .q_end = q + what->n, .reply = what->reply};

    if (r->hit_count >= LIMIT_EXPLAIN_HITS)
        return;
    h.start = squeeze_offset(&r->squeezed, q, &r->text);
    h.end = squeeze_offset(&r->squeezed, h.q_end - 1, &r->text) + 1;
    h.code = squeeze_code_before(&r->squeezed, q);
    h.from = h.code.from < q ? squeeze_offset(&r->squeezed, h.code.from, &r->text) : h.start;
    if (r->hit_count % 64 == 0)
        r->hits = xreallocarray(r->hits, r->hit_count + 64, sizeof *r->hits);
    r->hits[r->hit_count++] = h;
}

static void find_hits(struct reading *r)
{
    const struct buf *q = &r->squeezed.q;

    for (size_t i = 0; i < q->n;) {
        const struct needle *n = signs_at(&r->signs, q->p + i, q->n - i);

        if (n == NULL) {
            i++;
        } else if (n->provider != NULL) {
            add_mark(r, n->provider, squeeze_offset(&r->squeezed, i, &r->text));
            i++; /* a mark may overlap the text of an answer */
        } else {
            add_hit(r, n, i);
            i += n->n;
        }
    }
}

const struct provider *reading_provider(const struct reading *r, size_t from)
{
    size_t end = reading_line_end(r, from);
    size_t low = 0;
    size_t high = r->mark_count;

    /* a continued answer: the next line repeats the code */
    if (end < r->text.n && r->text.n - from > 3) {
        size_t next = reading_line_end(r, end + 1);
        size_t stop = next < end + REPEAT_BYTES ? next : end + REPEAT_BYTES;

        for (size_t i = end + 1; i + 3 <= stop; i++)
            if (memcmp(r->text.p + i, r->text.p + from, 3) == 0) {
                end = next;
                break;
            }
    }
    while (low < high) { /* the first mark at or after `from` */
        size_t mid = low + (high - low) / 2;

        if (r->marks[mid].at < from)
            low = mid + 1;
        else
            high = mid;
    }
    if (low < r->mark_count && r->marks[low].at < end)
        return r->marks[low].provider;
    return low > 0 ? r->marks[low - 1].provider : NULL;
}

static bool has_enhanced(const struct squeezed_code *c, unsigned a, unsigned b, unsigned d)
{
    return c->part[0] == a && c->part[1] == b && c->part[2] == d;
}

/* Answers whose wording (without "Authentication unsuccessful") starts with these squeezed bytes.
 */
static void match_cut(const struct reading *r, const char *q, size_t n, struct hit *h)
{
    static const char lead[] = "authenticationunsuccessful";

    for (size_t i = 0; i < r->signs.n; i++) {
        const struct needle *k = &r->signs.v[i];
        const char *t = sign_text(&r->signs, k);
        bool known = false;

        if (k->reply == NULL || sign_is_bare(k->reply))
            continue;
        if (strncmp(t, lead, sizeof lead - 1) == 0)
            t += sizeof lead - 1;
        for (size_t c = 0; c < h->candidate_count; c++)
            known = known || h->candidates[c] == k->reply;
        if (!known && strlen(t) > n && strncmp(t, q, n) == 0 &&
            h->candidate_count < EXPLAIN_CANDIDATES)
            h->candidates[h->candidate_count++] = k->reply;
    }
}

/* "Authentication unsuccessful" by itself, or with words after a comma that no row has. */
static void resolve_bare(const struct reading *r, struct hit *h)
{
    const char *s = r->text.p;
    size_t at = h->end;
    size_t stop;
    size_t n = 0;

    while (at < r->text.n && is_gap(s[at]))
        at++;
    if (s[at] != ',') { /* 5.7.139 without a reason is seen too */
        h->is_strange = h->code.part[0] != 0 && !has_enhanced(&h->code, 5, 7, 3) &&
                        !has_enhanced(&h->code, 5, 7, 139);
        return;
    }
    stop = reading_line_end(r, at);
    while (h->q_end + n < r->squeezed.q.n &&
           squeeze_offset(&r->squeezed, h->q_end + n, &r->text) < stop)
        n++;
    if (n == 0)
        return;
    if (n >= CUT_MIN)
        match_cut(r, r->squeezed.q.p + h->q_end, n, h);
    h->is_cut = h->candidate_count > 0;
    h->is_strange = h->candidate_count != 1;
    if (!h->is_strange)
        h->reply = h->candidates[0];
}

static bool codes_agree(const struct smtp_reply *row, const struct squeezed_code *seen)
{
    return seen->code == row->code ||
           (seen->code == 0 && seen->part[0] == (unsigned)row->code / 100);
}

/* Whether the hit `b` is carried by, or repeats, the one before it. */
static void compare(struct hit *a, struct hit *b)
{
    size_t gap = b->q - a->q_end;

    if (a->reply == NULL || b->reply == NULL)
        return;
    if (sign_is_bare(a->reply) && gap == 0) { /* the longer answer that starts with these words */
        b->code = a->code;
        b->from = a->from;
        a->is_dropped = true;
    } else if (str_eq(a->reply->id, "sendas-252") && str_eq(b->reply->id, "sendas-storedrv") &&
               gap < SAME_REPLY) {
        b->is_dropped = true;
    }
}

/* 530 5.7.57 "... [Error: 535 5.7.139 ...]": the answer is what it carries. */
static void carry(const struct reading *r, struct hit *a, struct hit *b)
{
    const char *between = r->squeezed.q.p + a->q_end;
    size_t gap = b->code.from > a->q_end ? b->code.from - a->q_end : 0;

    if (a->reply == NULL || !str_eq(a->reply->id, "not-authenticated") || b->reply == NULL ||
        gap > CARRIER_REACH || str_eq(b->reply->id, "not-authenticated"))
        return;
    for (size_t i = 0; i + 5 <= gap; i++)
        if (memcmp(between + i, "error", 5) == 0) {
            a->is_dropped = true;
            b->is_carried = true;
            return;
        }
}

static void settle(struct reading *r)
{
    for (size_t i = 0; i + 1 < r->hit_count; i++)
        compare(&r->hits[i], &r->hits[i + 1]);
    for (size_t i = 0; i < r->hit_count; i++) {
        struct hit *h = &r->hits[i];
        struct hit *next = i + 1 < r->hit_count ? h + 1 : NULL;

        if (next != NULL && next->is_dropped && i + 2 < r->hit_count)
            next++;
        if (next != NULL && !h->is_dropped)
            carry(r, h, next);
        h->provider = reading_provider(r, h->from);
        if (h->reply == NULL || h->is_dropped)
            continue;
        if (sign_needs_code(h->reply) && !codes_agree(h->reply, &h->code))
            h->is_dropped = true;
        else if (sign_is_bare(h->reply))
            resolve_bare(r, h);
    }
}

void reading_make(const char *bytes, size_t n, struct reading *r)
{
    struct buf open;

    memset(r, 0, sizeof *r);
    buf_init(&open, n);
    buf_init(&r->text, n * 3 + 16); /* one byte may become "***" */
    unwrap_text(bytes, n, &open);
    redact_text(&open, &r->text, &r->accounts);
    buf_release(&open);
    squeeze_make(&r->text, &r->squeezed);
    signs_make(&r->signs);
    find_hits(r);
    settle(r);
}

void reading_release(struct reading *r)
{
    buf_release(&r->text);
    squeeze_release(&r->squeezed);
    signs_release(&r->signs);
    strlist_release(&r->accounts);
    free(r->hits);
    free(r->marks);
    r->hits = NULL;
    r->marks = NULL;
}
