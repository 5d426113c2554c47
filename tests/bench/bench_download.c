/* bench_download.c STATE-DIR COLLECTIONS - the same pages by plain libcurl, nothing done with them.
 *
 * Every collection is a chain; all run side by side. Of a page only the text after
 * "@odata.nextLink" is looked at: no JSON is parsed and nothing is stored. What is faster than this
 * would have to ask for less. STATE-DIR is a simulator's. Prints requests, bytes and seconds. */
#include "base/buf.h"
#include "base/mem.h"

#include <curl/curl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CHAINS = 32, PAGE_BYTES = 64 * 1024 * 1024, LINE_BYTES = 1024 };

struct chain {
    CURL *easy;
    struct curl_slist *headers;
    struct buf page;
    char *body; /* of Exchange's POST; NULL for a GET */
    unsigned long pages;
};

static struct chain chains[CHAINS];
static size_t chain_count;
static curl_off_t wire;
static unsigned long long plain;

static void die(const char *what)
{
    fprintf(stderr, "bench_download: %s\n", what);
    exit(1);
}

static size_t on_bytes(char *p, size_t size, size_t n, void *ctx)
{
    struct buf *b = ctx;

    buf_add(b, p, size * n);
    return b->failed ? 0 : size * n;
}

static const char *text(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    if (s == NULL)
        die("the simulator's ready.json or token reply is not as expected");
    return s;
}

static char *read_secret(const json_t *ready)
{
    char line[LINE_BYTES] = "";
    FILE *f = fopen(text(ready, "client_secret_file"), "r");

    if (f == NULL || fgets(line, sizeof line, f) == NULL)
        die("no client secret");
    (void)fclose(f);
    line[strcspn(line, "\n")] = '\0';
    return xstrdup(line);
}

/* "Authorization: Bearer ..." */
static char *sign_in(const json_t *ready, const char *resource)
{
    char *secret = read_secret(ready);
    char *url =
        xasprintf("%s/%s/oauth2/v2.0/token", text(ready, "login"), text(ready, "tenant_id"));
    CURL *easy = curl_easy_init();
    char *escaped = curl_easy_escape(easy, secret, 0);
    char *form = xasprintf("grant_type=client_credentials&client_id=%s&client_secret=%s"
                           "&scope=%s/.default",
                           text(ready, "client_id"), escaped, resource);
    struct buf reply;
    json_t *root;
    char *line;

    buf_init(&reply, PAGE_BYTES);
    (void)curl_easy_setopt(easy, CURLOPT_URL, url);
    (void)curl_easy_setopt(easy, CURLOPT_CAINFO, text(ready, "ca_file"));
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, form);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_bytes);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, &reply);
    if (curl_easy_perform(easy) != CURLE_OK)
        die("no token");
    root = json_loadb(reply.p, reply.n, 0, NULL);
    line = xasprintf("Authorization: Bearer %s", text(root, "access_token"));
    json_decref(root);
    buf_release(&reply);
    curl_free(escaped);
    curl_easy_cleanup(easy);
    free(form);
    free(url);
    free(secret);
    return line;
}

static void add_header(struct chain *c, const char *line)
{
    c->headers = curl_slist_append(c->headers, line);
}

static void add_chain(const json_t *ready, const char *what, const char *rest, const char *bearer)
{
    bool is_graph = strcmp(what, "Graph") == 0;
    struct chain *c = &chains[chain_count++];
    char *url = is_graph ? xasprintf("%s%s", text(ready, "graph"), rest)
                         : xasprintf("%s/adminapi/beta/%s/InvokeCommand?$select=%s",
                                     text(ready, "exchange"), text(ready, "tenant_id"), rest);

    buf_init(&c->page, PAGE_BYTES);
    add_header(c, bearer);
    add_header(c, "Accept: application/json");
    add_header(c, "Expect:");
    c->easy = curl_easy_init();
    if (is_graph) {
        add_header(c, "Prefer: include-unknown-enum-members");
    } else {
        add_header(c, "Prefer: odata.maxpagesize=1000");
        add_header(c, "X-ResponseFormat: json");
        add_header(c, "Content-Type: application/json");
        c->body = xasprintf("{\"CmdletInput\":{\"CmdletName\":\"%s\",\"Parameters\":"
                            "{\"ResultSize\":\"Unlimited\"}}}",
                            what);
        (void)curl_easy_setopt(c->easy, CURLOPT_POSTFIELDS, c->body);
    }
    (void)curl_easy_setopt(c->easy, CURLOPT_URL, url);
    (void)curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, c->headers);
    (void)curl_easy_setopt(c->easy, CURLOPT_CAINFO, text(ready, "ca_file"));
    (void)curl_easy_setopt(c->easy, CURLOPT_ACCEPT_ENCODING, "");
    (void)curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, on_bytes);
    (void)curl_easy_setopt(c->easy, CURLOPT_WRITEDATA, &c->page);
    (void)curl_easy_setopt(c->easy, CURLOPT_PRIVATE, c);
    free(url);
}

static void read_collections(const char *path, const json_t *ready)
{
    char *graph = sign_in(ready, text(ready, "graph"));
    char *exchange = sign_in(ready, text(ready, "exchange"));
    char line[LINE_BYTES];
    char name[64];
    char what[64];
    char rest[LINE_BYTES];
    FILE *f = fopen(path, "r");

    if (f == NULL)
        die("cannot read the collections");
    while (chain_count < CHAINS && fgets(line, sizeof line, f) != NULL)
        if (sscanf(line, "%63s %63s %1023s", name, what, rest) == 3)
            add_chain(ready, what, rest, strcmp(what, "Graph") == 0 ? graph : exchange);
    (void)fclose(f);
    free(graph);
    free(exchange);
}

/* The next page's URL; NULL on the last. The simulator escapes nothing in it. */
static char *next_link(const struct buf *page)
{
    static const char key[] = "\"@odata.nextLink\":\"";
    const char *at = strstr(page->p, key);
    const char *end = at != NULL ? strchr(at + strlen(key), '"') : NULL;

    return end != NULL ? xasprintf("%.*s", (int)(end - at - (long)strlen(key)), at + strlen(key))
                       : NULL;
}

/* True when the chain goes on. */
static bool take_page(struct chain *c)
{
    curl_off_t got = 0;
    long status = 0;
    char *next;

    (void)curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(c->easy, CURLINFO_SIZE_DOWNLOAD_T, &got);
    if (status != 200)
        die(c->page.p);
    c->pages++;
    wire += got;
    plain += c->page.n;
    next = next_link(&c->page);
    buf_release(&c->page);
    buf_init(&c->page, PAGE_BYTES);
    if (next == NULL)
        return false;
    (void)curl_easy_setopt(c->easy, CURLOPT_URL, next);
    free(next);
    return true;
}

static void download(CURLM *multi)
{
    size_t open = chain_count;

    for (size_t i = 0; i < chain_count; i++)
        (void)curl_multi_add_handle(multi, chains[i].easy);
    while (open > 0) {
        const CURLMsg *m;
        int n = 0;

        if (curl_multi_perform(multi, &n) != CURLM_OK)
            die("libcurl failed");
        while ((m = curl_multi_info_read(multi, &n)) != NULL) {
            CURL *easy = m->easy_handle;
            CURLcode rc = m->data.result;
            struct chain *c = NULL;

            if (rc != CURLE_OK)
                die(curl_easy_strerror(rc));
            (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&c);
            (void)curl_multi_remove_handle(multi, easy);
            if (take_page(c))
                (void)curl_multi_add_handle(multi, easy);
            else
                open--;
        }
        (void)curl_multi_poll(multi, NULL, 0, 100, NULL);
    }
}

int main(int argc, char **argv)
{
    unsigned long requests = 0;
    char *path;
    json_t *ready;
    CURLM *multi;

    if (argc != 3) {
        fprintf(stderr, "usage: bench_download STATE-DIR COLLECTIONS\n");
        return 2;
    }
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    path = xasprintf("%s/ready.json", argv[1]);
    ready = json_load_file(path, 0, NULL);
    free(path);
    if (ready == NULL)
        die("no simulator there");
    read_collections(argv[2], ready);
    multi = curl_multi_init();
    download(multi);
    for (size_t i = 0; i < chain_count; i++) {
        requests += chains[i].pages;
        curl_easy_cleanup(chains[i].easy);
        curl_slist_free_all(chains[i].headers);
        buf_release(&chains[i].page);
        free(chains[i].body);
    }
    (void)curl_multi_cleanup(multi);
    json_decref(ready);
    fprintf(stderr, "%lu requests, %.1f MB on the wire, %.1f MB of JSON\n", requests,
            (double)wire / 1e6, (double)plain / 1e6);
    return 0;
}
