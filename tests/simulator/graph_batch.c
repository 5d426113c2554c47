/* $batch: each item goes the whole way a request goes, faults and log line included. */
#include <stdlib.h>
#include <string.h>

#include "graph.h"
#include "server.h"

enum { BATCH_MAX = 20 };

static json_t *item_reply(const struct graph_call *c, const char *id, json_t *item)
{
    struct request sub = {.sim = c->r->sim, .service = SVC_GRAPH, .batch = c->r};
    struct reply p = {0};
    const char *url = jstr(item, "url"), *method = jstr(item, "method");
    json_t *body_in = json_object_get(item, "body"), *headers = json_object(), *out;
    char *text = body_in != NULL ? json_dumps(body_in, JSON_ENCODE_ANY) : NULL;
    char *target = xasprintf("/%s%s%s", c->beta ? "beta" : "v1.0", url[0] == '/' ? "" : "/", url);
    const char *ids[] = {c->r->request_id, c->r->client_request_id};

    sub.item_headers = json_object_get(item, "headers");
    sub.method = method;
    sub.body = text != NULL ? text : "";
    sub.body_len = strlen(sub.body);
    memcpy(sub.request_id, ids[0], sizeof sub.request_id);
    memcpy(sub.client_request_id, ids[1], sizeof sub.client_request_id);
    request_set_target(&sub, target);
    server_answer(&sub, &p);

    jset(headers, "Cache-Control", json_string("no-cache"));
    jset(headers, "Content-Type",
         json_string(p.content_type != NULL ? p.content_type : "application/json"));
    for (size_t i = 0; i < p.header_count; i++)
        jset(headers, p.headers[i].name, json_string(p.headers[i].value));
    out = json_pack("{s:s, s:i, s:o}", "id", id, "status", (int)p.status, "headers", headers);
    if (p.json != NULL) {
        jset(out, "body", json_incref(p.json));
    } else if (p.text.len > 0) {
        /* A body that is no JSON travels as base64 text in a real batch. */
        char *encoded = b64url(p.text.data, p.text.len);

        jset(out, "body", json_string(encoded));
        free(encoded);
    }
    reply_clear(&p);
    request_clear(&sub);
    free(target);
    free(text);
    return out;
}

/* NULL when the item is fine, else what is wrong with it. */
static const char *item_problem(const json_t *item, json_t *seen)
{
    const char *id = jstr(item, "id");

    if (id == NULL || *id == '\0' || jstr(item, "url") == NULL || jstr(item, "method") == NULL)
        return "Write request id, method and url for every request in the batch.";
    if (json_object_get(seen, id) != NULL)
        return "Request ids have to be unique in a batch.";
    if (strstr(jstr(item, "url"), "://") != NULL)
        return "Urls in a batch have to be relative.";
    if (strstr(jstr(item, "url"), "$batch") != NULL)
        return "A batch cannot hold a batch.";
    jset(seen, id, json_true());
    return NULL;
}

void graph_batch(struct graph_call *c)
{
    json_t *body = json_loadb(c->r->body, c->r->body_len, JSON_REJECT_DUPLICATES, NULL);
    json_t *list = json_object_get(body, "requests"), *seen = json_object();
    json_t *responses = json_array();
    size_t n = json_array_size(list);
    const char *problem = NULL;

    if (!json_is_array(list) || n == 0)
        problem = "Invalid batch payload format.";
    else if (n > BATCH_MAX)
        problem = "Number of batch request steps exceeds the maximum value of 20.";
    for (size_t i = 0; i < n && problem == NULL; i++)
        problem = item_problem(json_array_get(list, i), seen);
    if (problem != NULL) {
        request_invalid(c->r, "%s", problem);
        graph_error(c, 400, "BadRequest", problem);
        json_decref(responses);
    } else {
        /* Replies may come in any order: give them last first. */
        for (size_t i = n; i > 0; i--) {
            json_t *item = json_array_get(list, i - 1);

            jpush(responses, item_reply(c, jstr(item, "id"), item));
        }
        c->p->status = 200;
        c->p->json = json_pack("{s:o}", "responses", responses);
    }
    json_decref(seen);
    json_decref(body);
}
