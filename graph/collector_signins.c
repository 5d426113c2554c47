/* Sign-ins of the last 30 days by clients that use legacy authentication. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/timex.h"
#include "collect_run.h"

#include <stdlib.h>
#include <string.h>

#define DAYS_MS ((int64_t)30 * 24 * 3600 * 1000)
enum { PATH_BYTES = 4096, WINDOW = 1 /* the reports' rate allows no more anyway */ };

/* Values of clientAppUsed, one request for each line: the service's rate is 5 requests in 10 s for
 * all reports together. Long `or` chains are reported to time out in large tenants; then each value
 * gets a request of its own. The documentation says SMTP, the sign-in log shows "Authenticated
 * SMTP": both are asked for. */
static const char *const client_groups[] = {
    "Authenticated SMTP|SMTP|IMAP4|POP3",
    "AutoDiscover|Exchange ActiveSync|Exchange Online PowerShell|Exchange Web Services|"
    "MAPI Over HTTP|Offline Address Book|Outlook Anywhere (RPC over HTTP)|Outlook Service|"
    "Reporting Web Services|Other clients",
};

static void add_encoded(struct buf *b, const char *text)
{
    for (; *text != '\0'; text++) {
        char c = *text;

        if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
            strchr("-._~", c) != NULL)
            buf_addc(b, c);
        else
            buf_addf(b, "%%%02X", (unsigned)(unsigned char)c);
    }
}

static void add_clients(struct buf *filter, const char *subject)
{
    const char *sep = "";

    while (*subject != '\0') {
        size_t n = strcspn(subject, "|");

        buf_addf(filter, "%sclientAppUsed eq '%.*s'", sep, (int)n, subject);
        sep = " or ";
        subject += n + (subject[n] == '|' ? 1 : 0);
    }
}

static char *sign_in_path(const struct collect_task *t, const char *subject)
{
    struct buf filter;
    struct buf path;
    char from[TIME_TEXT_BYTES];
    char to[TIME_TEXT_BYTES];

    buf_init(&filter, PATH_BYTES);
    buf_init(&path, PATH_BYTES);
    if (str_starts(t->c->path, "/beta/"))
        buf_adds(&filter, "signInEventTypes/any(t: t eq 'nonInteractiveUser') and ");
    buf_addf(&filter, "createdDateTime ge %s and createdDateTime le %s and (",
             time_format(t->started_ms - DAYS_MS, from), time_format(t->started_ms, to));
    add_clients(&filter, subject);
    buf_addc(&filter, ')');
    buf_addf(&path, "%s&$filter=", t->c->path);
    add_encoded(&path, filter.p);
    buf_release(&filter);
    return buf_take(&path);
}

static void sign_ins_more(struct collect_task *t);

/* The log is large and a broad question may time out: ask for each client on its own then. */
static void split(struct collect_chain *ch)
{
    struct collect_task *t = ch->task;
    const char *at = ch->subject;

    t->rows -= ch->rows; /* the single questions find them again */
    while (*at != '\0') {
        size_t n = strcspn(at, "|");
        char *one = xstrndup(at, n);

        strlist_add(&t->subjects, one);
        free(one);
        at += n + (at[n] == '|' ? 1 : 0);
    }
}

static void sign_ins_done(struct collect_chain *ch, const struct chain_end *end)
{
    struct collect_task *t = ch->task;

    if (end->code == ERR_NET && strchr(ch->subject, '|') != NULL) {
        split(ch);
    } else {
        collect_settle(ch, end);
        t->is_over = t->is_over || end->code == ERR_DENIED || end->code == ERR_LICENCE;
    }
    sign_ins_more(t);
}

static void sign_ins_more(struct collect_task *t)
{
    /* Called while the chain that ended still counts as open. */
    while (!t->is_over && t->run->stopped == REASON_NONE && t->open <= WINDOW &&
           t->next < t->subjects.n) {
        const char *subject = t->subjects.v[t->next++];
        char *path = sign_in_path(t, subject);
        struct chain_request r = {.path = path, .subject = subject, .done = sign_ins_done};

        collect_submit_or_note(t, &r);
        free(path);
    }
    if (t->next < t->subjects.n && t->run->stopped != REASON_NONE)
        collect_note(t, t->run->stopped, "not asked for any more: %s", t->subjects.v[t->next]);
}

enum err_code sign_ins_start(struct collect_task *t, struct err *e)
{
    (void)e;
    for (size_t i = 0; i < COUNT_OF(client_groups); i++)
        strlist_add(&t->subjects, client_groups[i]);
    sign_ins_more(t);
    return ERR_OK;
}
