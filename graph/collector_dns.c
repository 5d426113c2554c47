/* SPF, DMARC, DKIM and MX records of the domains that take or send mail. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/stop.h"
#include "base/strs.h"
#include "collect_run.h"
#include "dns_resolver.h"
#include "dns_walk.h"
#include "model/store.h"

#include <stdlib.h>
#include <string.h>

enum { WAIT_MS = 100, NAMES_BYTES = 600 };

static enum err_code list_names(struct store *s, const char *sql, struct strlist *out,
                                struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code = stmt_prepare(s, sql, &st, e);

    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row)
        strlist_add(out, stmt_text(st, 0));
    stmt_free(st);
    return code;
}

static bool was_read(const struct collect_task *n)
{
    return n->state == COLLECTION_COMPLETE || n->state == COLLECTION_PARTIAL;
}

/* Two lists name the mail domains. One of them is better than none, but then some may be missing.
 */
static bool check_lists(struct collect_task *t)
{
    const struct collect_task *lost = NULL;
    unsigned read = 0;

    for (size_t i = 0; i < COUNT_OF(t->c->lists); i++) {
        const struct collect_task *n = collect_task_find(t->run, t->c->lists[i]);

        read += was_read(n) ? 1 : 0;
        if (n->state != COLLECTION_COMPLETE)
            lost = n;
    }
    if (lost != NULL && read == 0)
        collect_note(t, lost->reason, "needs accepted-domains or domains, which were not read: %s",
                     lost->detail != NULL ? lost->detail : "");
    else if (lost != NULL)
        collect_note(t, lost->reason,
                     "some mail domains may be missing, because %s is not whole: %s",
                     lost->c->info.resource, lost->detail != NULL ? lost->detail : "");
    t->is_skip = read == 0;
    return read > 0;
}

enum err_code dns_start(struct collect_task *t, struct err *e)
{
    static const char mail_sql[] =
        "SELECT name FROM accepted_domain UNION "
        "SELECT name FROM domain WHERE is_verified = 1 AND supports_email = 1 ORDER BY 1";
    static const char own_sql[] = "SELECT name FROM accepted_domain UNION "
                                  "SELECT name FROM domain WHERE is_verified = 1 ORDER BY 1";
    struct strlist mail = {0};
    struct strlist own = {0};
    enum err_code code = ERR_OK;

    if (!check_lists(t))
        return ERR_OK;
    code = list_names(t->run->s, mail_sql, &mail, e);
    if (code == ERR_OK)
        code = list_names(t->run->s, own_sql, &own, e);
    if (code == ERR_OK && mail.n > LIMIT_MAIL_DOMAINS) {
        collect_note(t, REASON_TRUNCATED, "more than %d mail domains", (int)LIMIT_MAIL_DOMAINS);
        while (mail.n > LIMIT_MAIL_DOMAINS)
            free(mail.v[--mail.n]);
    }
    if (code == ERR_OK && mail.n > 0)
        code = dns_job_start(dns_walk_new(&mail, &own), t->run->o->dns_server, &t->run->dns, e);
    if (code == ERR_OK && mail.n > 0)
        t->open++; /* until collect_dns_finish() */
    strlist_release(&mail);
    strlist_release(&own);
    return code;
}

struct storing {
    struct collect_task *t;
    struct err *e;
    struct strlist lost; /* questions without an authoritative answer */
};

static bool is_authoritative(const char *state)
{
    return str_eq(state, "found") || str_eq(state, "nxdomain") || str_eq(state, "nodata");
}

static bool store_row(void *ctx, const struct dns_row *row)
{
    struct storing *st = ctx;

    if (row->is_cut)
        collect_note(st->t, REASON_TRUNCATED, "more than %d %s records at %s",
                     (int)LIMIT_DNS_ANSWERS, row->type, row->name);
    if (is_authoritative(row->state)) {
        st->t->rows++;
    } else if (!dns_row_is_term(row)) { /* of those the row is enough: one rule counts them */
        char *question = xasprintf("%s %s (%s)", row->type, row->name, row->state);

        strlist_add(&st->lost, question);
        free(question);
    }
    return store_run(st->t->run->s, st->e,
                     "INSERT OR REPLACE INTO dns_record(domain, purpose, type, name, ordinal, "
                     "value, state) VALUES (?, ?, ?, ?, ?, ?, ?)",
                     "ttttitt", row->domain, row->purpose, row->type, row->name,
                     (int64_t)row->ordinal, row->value, row->state) == ERR_OK;
}

static void note_losses(struct collect_task *t, const struct dns_walk *w, struct strlist *lost)
{
    size_t unanswered = dns_walk_unanswered(w);
    struct buf names;

    if (unanswered > 0)
        collect_note(t, t->run->stopped != REASON_NONE ? t->run->stopped : REASON_API_ERROR,
                     "%zu names were not asked to the end", unanswered);
    strlist_sort_unique(lost); /* several domains may need the same name */
    if (lost->n == 0)
        return;
    buf_init(&names, NAMES_BYTES);
    for (size_t i = 0; i < lost->n; i++)
        buf_addf(&names, "%s%s", i > 0 ? ", " : "", lost->v[i]);
    collect_note(t, REASON_API_ERROR, "%zu without an answer: %s%s", lost->n, names.p,
                 names.failed ? ", ..." : "");
    buf_release(&names);
}

static void store_answers(struct collect_task *t, const struct dns_walk *w)
{
    struct err e = ERR_INIT;
    struct storing st = {.t = t, .e = &e};

    if (store_begin(t->run->s, &e) == ERR_OK)
        dns_walk_rows(w, store_row, &st);
    if (e.code == ERR_OK)
        (void)store_commit(t->run->s, &e);
    if (e.code != ERR_OK) {
        store_rollback(t->run->s);
        (void)collect_fatal(t->run, &e);
    }
    note_losses(t, w, &st.lost);
    strlist_release(&st.lost);
}

void collect_dns_finish(struct collect_run *run)
{
    struct collect_task *t = collect_task_find(run, "dns-records");
    const struct dns_walk *w;

    if (run->dns == NULL)
        return;
    while (run->stopped == REASON_NONE && run->fatal.code == ERR_OK &&
           !dns_job_wait(run->dns, WAIT_MS)) {
        collect_tick(run);
        if (stop_requested())
            run->stopped = REASON_NOT_COLLECTED;
        else if (run->deadline_ms > 0 && clock_mono_ms(run->o->clock) >= run->deadline_ms)
            run->stopped = REASON_DEADLINE;
    }
    w = dns_job_end(run->dns);
    t->requests += dns_job_asked(run->dns);
    if (run->fatal.code == ERR_OK)
        store_answers(t, w);
    collect_dns_release(run);
    collect_task_leave(t);
}

void collect_dns_poll(struct collect_run *run)
{
    if (run->dns != NULL && dns_job_wait(run->dns, 0))
        collect_dns_finish(run);
}

void collect_dns_release(struct collect_run *run)
{
    dns_job_free(run->dns);
    run->dns = NULL;
}
