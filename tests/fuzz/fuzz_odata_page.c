/* A reply of any kind: read as page, its link judged, and read as error. The first byte chooses
 * service and shape. */
#include "base/text.h"
#include "link.h"
#include "odata.h"
#include "pack.h"
#include "reply.h"
#include "transport.h"
#include "url.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *s)
{
    if (!utf8_valid(s, strlen(s)) || strpbrk(s, "\r\n\x1b") != NULL)
        abort();
}

static void judge_link(const char *next, enum link_service service)
{
    static const char *const origin = "https://graph.microsoft.com";
    struct err e = ERR_INIT;
    struct url o;
    struct url u;

    if (link_check_next(next, service, origin, NULL, &e) != ERR_OK)
        return;
    if (!url_parse(origin, &o) || !url_parse(next, &u) || !url_same_origin(&o, &u))
        abort();
}

/* Read as a long list it means the same, and the same page follows. */
static void check_packed(struct reply_facts f, const struct transfer_reply *r,
                         const struct reply_judgement *want)
{
    struct reply_judgement j;
    const char *a;
    const char *b;

    f.pack = &pack_users;
    reply_judge(&f, r, &j);
    a = want->page.next != NULL ? want->page.next : "";
    b = j.page.next != NULL ? j.page.next : "";
    /* jansson overlooks a NUL behind a number or a word */
    if ((j.next != want->next || j.code != want->code || strcmp(a, b) != 0) &&
        memchr(r->body, '\0', r->body_len) == NULL)
        abort();
    reply_judgement_release(&j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const long statuses[] = {200, 400, 401, 403, 404, 429, 500, 503};
    struct reply_facts f = {.client_request_id = "11111111-2222-4333-8444-555555555555"};
    struct transfer_reply r = {.code = ERR_OK, .trouble = ""};
    struct reply_judgement j;
    char message[ERR_MSG_BYTES];
    char *body;

    if (size == 0)
        return 0;
    f.service = (data[0] & 1) != 0 ? SERVICE_EXCHANGE : SERVICE_GRAPH;
    f.is_singleton = (data[0] & 2) != 0;
    r.status = statuses[data[0] >> 2 & 7];
    body = malloc(size);
    if (body == NULL)
        return 0;
    memcpy(body, data + 1, size - 1);
    body[size - 1] = '\0';
    r.body = body;
    r.body_len = size - 1;
    reply_judge(&f, &r, &j);
    if ((j.next == REPLY_PAGE) != (j.code == ERR_OK))
        abort();
    if (j.next == REPLY_PAGE && j.page.next != NULL)
        judge_link(j.page.next, f.service == SERVICE_GRAPH ? LINK_GRAPH : LINK_EXCHANGE);
    check_packed(f, &r, &j);
    check_text(j.error.code);
    check_text(j.error.text);
    check_text(reply_message(&j, "", NULL, message));
    reply_judgement_release(&j);
    free(body);
    return 0;
}
