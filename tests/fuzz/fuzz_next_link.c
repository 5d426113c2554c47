/* A link of any kind. What is let through must be for the right host as libcurl reads it, too: a
 * token must not go astray because two parsers disagree. */
#include "link.h"
#include "url.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same_for_curl(const char *link, const char *host, const char *port)
{
    CURLU *u = curl_url();
    char *got_host = NULL;
    char *got_port = NULL;
    char *scheme = NULL;
    char *user = NULL;

    if (u == NULL)
        return;
    if (curl_url_set(u, CURLUPART_URL, link, CURLU_PATH_AS_IS) == CURLUE_OK) {
        if (curl_url_get(u, CURLUPART_HOST, &got_host, 0) != CURLUE_OK ||
            curl_url_get(u, CURLUPART_PORT, &got_port, CURLU_DEFAULT_PORT) != CURLUE_OK ||
            curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
            curl_url_get(u, CURLUPART_USER, &user, 0) == CURLUE_OK ||
            curl_strequal(got_host, host) == 0 || strcmp(got_port, port) != 0 ||
            strcmp(scheme, "https") != 0)
            abort();
    }
    curl_free(got_host);
    curl_free(got_port);
    curl_free(scheme);
    curl_free(user);
    curl_url_cleanup(u);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct err e = ERR_INIT;
    struct link_seen seen = {0};
    struct url u;
    char *to = NULL;

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    if (link_check_next(text, LINK_GRAPH, "https://graph.microsoft.com", NULL, &e) == ERR_OK)
        same_for_curl(text, "graph.microsoft.com", "443");
    err_clear(&e);
    if (link_check_next(text, LINK_EXCHANGE, "https://localhost:8443", NULL, &e) == ERR_OK)
        same_for_curl(text, "localhost", "8443");
    err_clear(&e);
    if (link_check_redirect(text, LINK_EXCHANGE, "https://outlook.office365.com", &to, &e) ==
        ERR_OK) {
        if (!url_parse(to, &u) || (!url_host_is_within(u.host, "office365.com") &&
                                   !url_host_is_within(u.host, "office.com")))
            abort();
        same_for_curl(to, u.host, "443");
    }
    if (!link_seen_add(&seen, text) || link_seen_add(&seen, text))
        abort();
    link_seen_release(&seen);
    free(to);
    free(text);
    return 0;
}
