/* cmd_version.c - which program this is, and what it is made of. */
#include "commands.h"
#include "config.h"
#include "context.h"
#include "exitcode.h"
#include "model/store.h"

#include <ares.h>
#include <curl/curl.h>
#include <jansson.h>
#include <libfyaml.h>
#include <libpq-fe.h>
#include <libxml/parser.h>
#include <libxml/xmlversion.h>
#include <openssl/crypto.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

/* As the header said when this was compiled, and as the library says now. */
static void add_library(json_t *to, const char *name, const char *built, const char *running)
{
    json_object_set_new(to, name, json_pack("{s:s, s:s}", "built", built, "running", running));
}

/* libxml2 tells its version as a number only: 20914 is 2.9.14. */
static void add_libxml(json_t *to)
{
    int64_t v = strtol(xmlParserVersion, NULL, 10);
    char running[48];

    (void)snprintf(running, sizeof running, "%lld.%lld.%lld", (long long)(v / 10000),
                   (long long)(v / 100 % 100), (long long)(v % 100));
    add_library(to, "libxml2", LIBXML_DOTTED_VERSION, running);
}

/* 150018 is 15.18, since PostgreSQL 10. */
static void add_libpq(json_t *to)
{
    int v = PQlibVersion();
    char running[48];

    (void)snprintf(running, sizeof running, "%d.%d", v / 10000, v % 10000);
    add_library(to, "libpq", GRAPHAUDIT_LIBPQ_VERSION, running);
}

static json_t *libraries(void)
{
    json_t *o = json_object();

    add_library(o, "libcurl", LIBCURL_VERSION, curl_version_info(CURLVERSION_NOW)->version);
    add_library(o, "openssl", OPENSSL_VERSION_STR, OpenSSL_version(OPENSSL_VERSION_STRING));
    add_library(o, "sqlite", SQLITE_VERSION, sqlite3_libversion());
    add_library(o, "jansson", JANSSON_VERSION, jansson_version_str());
    add_library(o, "c-ares", ARES_VERSION_STR, ares_version(NULL));
    add_library(o, "libfyaml", GRAPHAUDIT_LIBFYAML_VERSION, fy_library_version());
    add_libxml(o);
    add_libpq(o);
    return o;
}

int cmd_version(struct context *c)
{
    json_t *o;
    char *s;

    if (!c->opt.json) {
        printf("graphaudit %s\n", GRAPHAUDIT_VERSION);
        return EXIT_CODE_PASSED;
    }
    o = json_pack("{s:s, s:s?, s:s, s:s, s:o, s:{s:i, s:i, s:i, s:i, s:i}}", "version",
                  GRAPHAUDIT_VERSION, "commit",
                  GRAPHAUDIT_COMMIT[0] != '\0' ? GRAPHAUDIT_COMMIT : NULL, "build_type",
                  GRAPHAUDIT_BUILD_TYPE, "compiler", COMPILER, "libraries", libraries(), "schemas",
                  "snapshot", STORE_SCHEMA_VERSION, "snapshot_oldest", STORE_OLDEST_SCHEMA,
                  "report", 1, "rule", 1, "config", CONFIG_SCHEMA);
    s = json_dumps(o, JSON_INDENT(2));
    printf("%s\n", s != NULL ? s : "{}");
    free(s);
    json_decref(o);
    return EXIT_CODE_PASSED;
}
