#include "reports/redact.h"

#include "base/attrs.h"
#include "base/mem.h"
#include "base/strs.h"
#include "redact_internal.h"

#include <stdlib.h>
#include <string.h>

/* The i-th is bit i. */
static const struct {
    const char *name, *covers;
    enum redact_kind kind;
} kinds[] = {
    {"upn", "user principal names, mail addresses and display names", REDACT_UPN},
    {"ip", "IP addresses", REDACT_IP},
    {"secret", "what looks like a secret", REDACT_SECRET},
};

const char *redact_kind_name(size_t i)
{
    return i < COUNT_OF(kinds) ? kinds[i].name : NULL;
}

const char *redact_kind_covers(size_t i)
{
    return i < COUNT_OF(kinds) ? kinds[i].covers : NULL;
}

char *redact_kinds_text(unsigned set)
{
    struct buf out;

    buf_init(&out, 256);
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if ((set & (unsigned)kinds[i].kind) != 0)
            buf_addf(&out, "%s%s", out.n > 0 ? ", " : "", kinds[i].name);
    return buf_take(&out);
}

static void add_covers(struct buf *out, unsigned set)
{
    const char *sep = "";

    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if ((set & (unsigned)kinds[i].kind) != 0) {
            buf_addf(out, "%s%s (%s)", sep, kinds[i].covers, kinds[i].name);
            sep = "; ";
        }
}

char *redact_words(unsigned set)
{
    unsigned all = REDACT_UPN | REDACT_IP | REDACT_SECRET;
    struct buf out;

    if (set == 0)
        return NULL;
    buf_init(&out, 2048);
    buf_adds(&out, "Redacted: ");
    add_covers(&out, set);
    buf_adds(&out, " are tokens, as far as they were recognized.");
    if ((set & all) != all) {
        buf_adds(&out, " Not redacted: ");
        add_covers(&out, all & ~set);
        buf_addc(&out, '.');
    }
    buf_adds(&out, " Object ids, domains, and names of policies, groups and the tenant are as they "
                   "were read.");
    return buf_take(&out);
}

enum err_code redact_kinds_parse(const char *list, unsigned *out, struct err *e)
{
    const char *at = list;

    *out = 0;
    for (;;) {
        size_t n = strcspn(at, ",");
        size_t i = 0;

        while (i < COUNT_OF(kinds) &&
               (strlen(kinds[i].name) != n || strncmp(kinds[i].name, at, n) != 0))
            i++;
        if (i == COUNT_OF(kinds))
            return err_set(e, ERR_USAGE, "--redact takes a list of upn, ip and secret, not '%s'",
                           list);
        *out |= (unsigned)kinds[i].kind;
        if (at[n] == '\0')
            return ERR_OK;
        at += n + 1;
    }
}

/* Where texts come from that are treated otherwise than REDACT_FREE; the first that fits. A column
 * that is not here, or an expression, may say anything. */
static const struct {
    const char *table, *column; /* column NULL: any */
    enum redact_what what;
} origins[] = {
    {"rule", NULL, REDACT_KEEP},
    {"baseline_rule", NULL, REDACT_KEEP},
    {"trend", NULL, REDACT_KEEP},
    {"sitting", NULL, REDACT_KEEP},
    {"snapshot", NULL, REDACT_KEEP},
    {"collection", "detail", REDACT_FREE},
    {"collection", NULL, REDACT_KEEP},
    {"evaluation", "profile_json", REDACT_FREE},
    {"evaluation", NULL, REDACT_KEEP},
    {"rule_result", "message", REDACT_FREE},
    {"rule_result", "missing_json", REDACT_FREE},
    {"rule_result", NULL, REDACT_KEEP},
    {"resource_result", "resource_id", REDACT_ID},
    {"resource_result", "resource_name", REDACT_NAME},
    {"resource_result", "reason", REDACT_FREE},
    {"resource_result", "evidence", REDACT_FREE},
    {"resource_result", "note", REDACT_FREE},
    {"resource_result", NULL, REDACT_KEEP},
    {"baseline_finding", "resource_id", REDACT_ID},
    {"baseline_finding", "resource_name", REDACT_NAME},
    {"baseline_finding", NULL, REDACT_KEEP},
    {"waiver", "owner", REDACT_PERSON},
    {"waiver", "approved_by", REDACT_PERSON},
    {"waiver", "reason", REDACT_FREE},
    {"waiver", "ticket", REDACT_FREE},
    {"waiver", "warning", REDACT_FREE},
    {"waiver", NULL, REDACT_KEEP},
    {"user", "display_name", REDACT_PERSON},
    {"mailbox", "display_name", REDACT_PERSON},
    {"policy_reference", "display_name", REDACT_NAME},
    {"user", "id", REDACT_KEEP},
    {"mailbox", "guid", REDACT_KEEP},
    {"mailbox", "user_id", REDACT_KEEP},
    {"smtp_auth_row", "basic", REDACT_KEEP},
    {"smtp_auth_row", "oauth_delegated", REDACT_KEEP},
    {"smtp_auth_row", "oauth_app", REDACT_KEEP},
    {"smtp_auth_row", "reply", REDACT_KEEP},
    {"smtp_auth_row", "confidence", REDACT_KEEP},
    {"mailbox_smtp", "tenant_flag", REDACT_KEEP},
    {"mailbox_smtp", "mailbox_flag", REDACT_KEEP},
    {"mailbox_smtp", "effective", REDACT_KEEP},
    {"user_protection_row", NULL, REDACT_KEEP},
    {"ca_policy", "id", REDACT_KEEP},
    {"ca_policy", "state", REDACT_KEEP},
    {"ca_policy_target", NULL, REDACT_KEEP},
    {"ca_policy_control", NULL, REDACT_KEEP},
};

static int column_of(void *ctx, const char *table, const char *column)
{
    (void)ctx;
    for (size_t i = 0; table != NULL && column != NULL && i < COUNT_OF(origins); i++)
        if (str_eq(origins[i].table, table) &&
            (origins[i].column == NULL || str_eq(origins[i].column, column)))
            return (int)origins[i].what;
    return (int)REDACT_FREE;
}

static bool text_of(void *ctx, int what, const char *text, struct buf *out)
{
    return redact_any(ctx, (enum redact_what)what, text, out);
}

struct redact *redact_new(const struct redact_options *o)
{
    struct redact *r = xcalloc(1, sizeof *r);
    char seed[GUID_TEXT_BYTES], hex[SHA256_HEX_BYTES];

    r->kinds = o->kinds;
    r->filter = (struct store_filter){r, column_of, text_of};
    if (o->key != NULL) {
        r->has_key = true;
        r->people = hmac_new(o->key, o->key_bytes);
        r->values = hmac_new(o->key, o->key_bytes);
    }
    /* Only so that nobody can make two names that look alike to us; no token depends on it. */
    guid_random(seed);
    sha256_hex(seed, sizeof seed, hex);
    hex[16] = '\0';
    names_init(&r->names, strtoull(hex, NULL, 16));
    return r;
}

void redact_apply(struct redact *r, struct store *s)
{
    r->store = s;
    store_set_filter(s, &r->filter);
}

void redact_free(struct redact *r)
{
    if (r == NULL)
        return;
    if (r->store != NULL)
        store_set_filter(r->store, NULL);
    hmac_free(r->people);
    hmac_free(r->values);
    names_release(&r->names);
    free(r->tokens);
    free(r);
}

bool redact_string(struct redact *r, const char *text, struct buf *out)
{
    return redact_any(r, REDACT_FREE, text, out);
}

unsigned redact_kinds_of(const struct store *s)
{
    const struct store_filter *f = store_filter_of(s);

    return f != NULL && f->text == text_of ? ((const struct redact *)f->ctx)->kinds : 0;
}
