/* Texts of strangers that --redact reads: whatever stands around it, a known address is gone, JSON
 * stays JSON, and the same text gives the same bytes. */
#include "base/buf.h"
#include "model/store.h"
#include "reports/redact.h"

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ADDRESS "zaphod.qwx@contoso.example"

static struct redact *make(void)
{
    static const char key[] = "a key of sixteen bytes, or more";
    const struct redact_options o = {REDACT_UPN | REDACT_IP | REDACT_SECRET, key, sizeof key};
    static const char world[] =
        "INSERT INTO snapshot(id, cloud, started_at, tool_version, schema_version) VALUES (1, 'c', "
        "'2026-11-23T06:00:00Z', 't', 7);"
        "INSERT INTO user(id, user_principal_name, display_name, mail) VALUES "
        "('11111111-1111-4111-8111-111111111111', '" ADDRESS "', 'Zaphod Qwxyz', NULL),"
        "('22222222-2222-4222-8222-222222222222', 'i@contoso.example', '\"}],[{''--', NULL),"
        "('33333333-3333-4333-8333-333333333333', 'x@contoso.example', 'x', NULL);";
    struct redact *r = redact_new(&o);
    struct store *s = NULL;
    struct err e = ERR_INIT;

    if (store_create(":memory:", &s, &e) != ERR_OK || store_exec(s, world, &e) != ERR_OK ||
        redact_learn(r, s, &e) != ERR_OK)
        abort();
    store_close(s);
    return r;
}

static json_t *parse(const char *text)
{
    return json_loads(text, JSON_ALLOW_NUL, NULL);
}

static void check(const char *text, const struct buf *out)
{
    json_t *before = parse(text);
    json_t *after = parse(out->p);

    if (out->failed || strcmp(text, out->p) == 0 || strcasestr(out->p, ADDRESS) != NULL)
        abort();
    if (before != NULL && (after == NULL || json_typeof(before) != json_typeof(after)))
        abort();
    json_decref(before);
    json_decref(after);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct redact *r;
    struct buf a, b;
    char *text = malloc(size + 1);
    bool changed;

    if (r == NULL)
        r = make();
    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    buf_init(&a, 1 << 20);
    buf_init(&b, 1 << 20);
    changed = redact_string(r, text, &a);
    if (redact_string(r, text, &b) != changed || a.n != b.n || memcmp(a.p, b.p, a.n) != 0)
        abort();
    if (changed)
        check(text, &a);
    else if (a.n > 0 || strcasestr(text, ADDRESS) != NULL)
        abort();
    buf_release(&a);
    buf_release(&b);
    free(text);
    return 0;
}
