/* --what-if: facts of one mailbox as somebody supposes them. Nothing is changed anywhere. */
#include "smtp_why.h"

#include "base/text.h"
#include "base/timex.h"
#include "model/store.h"

#include <string.h>

/* One value of one key. */
struct setting {
    const char *key, *value;
    enum smtp_gate gate;
    void (*set)(struct smtp_case *c);
    const char *warning; /* what it would mean in earnest, or NULL */
};

static void tenant_on(struct smtp_case *c)
{
    c->tenant_switch = SWITCH_ON;
}
static void tenant_off(struct smtp_case *c)
{
    c->tenant_switch = SWITCH_OFF;
}
static void mailbox_on(struct smtp_case *c)
{
    c->mailbox_switch = SWITCH_ON;
}
static void mailbox_off(struct smtp_case *c)
{
    c->mailbox_switch = SWITCH_OFF;
}
static void mailbox_inherit(struct smtp_case *c)
{
    c->mailbox_switch = SWITCH_INHERIT;
}
static void set_policy(struct smtp_case *c, enum fact allows)
{
    c->own_policy_known = FACT_YES;
    c->policy_known = FACT_YES;
    c->policy_allows_basic = allows;
    if (c->policy_name == NULL)
        c->policy_name = "supposed";
}
static void policy_allow(struct smtp_case *c)
{
    set_policy(c, FACT_YES);
}
static void policy_block(struct smtp_case *c)
{
    set_policy(c, FACT_NO);
}
static void account_on(struct smtp_case *c)
{
    c->account_enabled = FACT_YES;
}
static void account_off(struct smtp_case *c)
{
    c->account_enabled = FACT_NO;
}
static void federated(struct smtp_case *c)
{
    c->is_federated = FACT_YES;
}
static void managed(struct smtp_case *c)
{
    c->is_federated = FACT_NO;
}
static void defaults_on(struct smtp_case *c)
{
    c->security_defaults = FACT_YES;
}
static void defaults_off(struct smtp_case *c)
{
    c->security_defaults = FACT_NO;
}
static void mfa_off(struct smtp_case *c)
{
    c->mfa = MFA_DISABLED;
}
static void mfa_enabled(struct smtp_case *c)
{
    c->mfa = MFA_ENABLED;
}
static void mfa_enforced(struct smtp_case *c)
{
    c->mfa = MFA_ENFORCED;
}
static void app_password_yes(struct smtp_case *c)
{
    c->uses_app_password = true;
}
static void app_password_no(struct smtp_case *c)
{
    c->uses_app_password = false;
}
static void licence_yes(struct smtp_case *c)
{
    c->has_plan = FACT_YES;
}
static void licence_no(struct smtp_case *c)
{
    c->has_plan = FACT_NO;
}

/* The first value of a key is the one that help names first. */
static const struct setting settings[] = {
    {"tenant-smtp", "on", GATE_TENANT, tenant_on,
     "In earnest this would open every mailbox that has no setting of its own: open the one "
     "mailbox instead"},
    {"tenant-smtp", "off", GATE_TENANT, tenant_off, NULL},
    {"mailbox-smtp", "on", GATE_MAILBOX, mailbox_on, NULL},
    {"mailbox-smtp", "off", GATE_MAILBOX, mailbox_off, NULL},
    {"mailbox-smtp", "inherit", GATE_MAILBOX, mailbox_inherit, NULL},
    {"auth-policy", "allow", GATE_AUTH_POLICY, policy_allow, NULL},
    {"auth-policy", "block", GATE_AUTH_POLICY, policy_block, NULL},
    {"account", "enabled", GATE_ACCOUNT, account_on,
     "In earnest a revived account is one more that can be guessed at: send as another one"},
    {"account", "disabled", GATE_ACCOUNT, account_off, NULL},
    {"federated", "yes", GATE_FEDERATION, federated, NULL},
    {"federated", "no", GATE_FEDERATION, managed, NULL},
    {"security-defaults", "on", GATE_SECURITY_DEFAULTS, defaults_on, NULL},
    {"security-defaults", "off", GATE_SECURITY_DEFAULTS, defaults_off,
     "In earnest this would take MFA and the block of legacy sign-ins from everybody: not before "
     "Conditional Access policies do both"},
    {"per-user-mfa", "off", GATE_MFA, mfa_off,
     "In earnest the password alone would open this account everywhere"},
    {"per-user-mfa", "disabled", GATE_MFA, mfa_off,
     "In earnest the password alone would open this account everywhere"},
    {"per-user-mfa", "enabled", GATE_MFA, mfa_enabled, NULL},
    {"per-user-mfa", "enforced", GATE_MFA, mfa_enforced, NULL},
    {"app-password", "yes", GATE_MFA, app_password_yes,
     "An app password goes around MFA: whoever has it sends as this account"},
    {"app-password", "no", GATE_MFA, app_password_no, NULL},
    {"licence", "yes", GATE_LICENCE, licence_yes, NULL},
    {"licence", "no", GATE_LICENCE, licence_no, NULL},
};

static const char help[] =
    "tenant-smtp=on|off, mailbox-smtp=on|off|inherit, auth-policy=allow|block, "
    "account=enabled|disabled, federated=yes|no, security-defaults=on|off, exclude-from=POLICY, "
    "per-user-mfa=off|enabled|enforced, app-password=yes|no, licence=yes|no, ip=ADDRESS, "
    "country=XX, removal-date=DATE";

static enum err_code unknown(const char *key, const char *value, struct err *e)
{
    const char *near = "exclude-from";
    unsigned best = str_distance(key, near);
    struct buf b;

    buf_init(&b, sizeof help);
    for (size_t i = 0; i < COUNT_OF(settings); i++) {
        if (str_eq(key, settings[i].key))
            buf_addf(&b, "%s%s", b.n > 0 ? ", " : "", settings[i].value);
        if (str_distance(key, settings[i].key) < best) {
            best = str_distance(key, settings[i].key);
            near = settings[i].key;
        }
    }
    if (b.n > 0)
        err_set(e, ERR_USAGE, "--what-if %s is one of %s, not '%s'", key, b.p, value);
    else if (best <= 4)
        err_set(e, ERR_USAGE, "--what-if has no '%s': did you mean %s?", key, near);
    else
        err_set(e, ERR_USAGE, "--what-if has no '%s': it takes %s", key, help);
    buf_release(&b);
    return e->code;
}

static const struct setting *find(const char *key, const char *value)
{
    for (size_t i = 0; i < COUNT_OF(settings); i++)
        if (str_eq(key, settings[i].key) && str_eq(value, settings[i].value))
            return &settings[i];
    return NULL;
}

/* Keys with a value of their own making. */
static enum err_code read_date(const char *value, int64_t *ms, struct err *e)
{
    if (!date_parse(value, ms) || *ms <= 0)
        return err_set(e, ERR_USAGE,
                       "--what-if removal-date is a date such as 2028-03-31, not '%s'", value);
    return ERR_OK;
}

static bool is_free(const char *key)
{
    static const char *const keys[] = {"exclude-from", "ip", "country", "removal-date"};

    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (str_eq(key, keys[i]))
            return true;
    return false;
}

static enum err_code check_origin(const struct ca_origin *from, struct err *e)
{
    return ca_origin_check(from, e) == ERR_OK ? ERR_OK : err_wrap(e, "--what-if");
}

enum err_code why_change_check(const struct strlist *changes, struct err *e)
{
    struct strlist pairs = {0};
    struct ca_origin from = {0};
    int64_t ms = 0;

    if (why_split("--what-if", changes, &pairs, e) == ERR_OK)
        for (size_t i = 0; e->code == ERR_OK && i + 1 < pairs.n; i += 2) {
            const char *key = pairs.v[i];
            const char *value = pairs.v[i + 1];

            if (!is_free(key) && find(key, value) == NULL)
                (void)unknown(key, value, e);
            else if (str_eq(key, "removal-date"))
                (void)read_date(value, &ms, e);
            else if (str_eq(key, "ip"))
                from.ip = value;
            else if (str_eq(key, "country"))
                from.country = value;
        }
    if (e->code == ERR_OK)
        (void)check_origin(&from, e);
    strlist_release(&pairs);
    return e->code;
}

static enum err_code exclude(struct why *w, const char *name, struct strlist *without,
                             struct why_change *out, struct err *e)
{
    const char *id = NULL;

    if (why_policy_id(w, name, &id, e) != ERR_OK)
        return e->code;
    strlist_add(without, id);
    out->text = ca_pool_textf(&w->pool, "exclude-from=%s", name);
    out->warning = "In earnest this policy would protect the account no longer: pin it to a named "
                   "location first";
    return ERR_OK;
}

static const char *warning_of(struct why *w, const struct setting *s, struct err *e)
{
    int64_t n = 0;

    if (s->set != tenant_on)
        return s->warning;
    if (store_int(w->store, "SELECT count(*) FROM mailbox_smtp WHERE mailbox_flag = 'inherit'", &n,
                  e) != ERR_OK)
        return NULL;
    return ca_pool_textf(&w->pool, "%s (%lld mailboxes inherit)", s->warning, (long long)n);
}

/* One pair of a key and a value that is not in the table of settings. */
static enum err_code apply_free(struct why *w, const char *key, const char *value,
                                struct why_case *k, struct why_supposed *s, struct why_change *out,
                                struct err *e)
{
    if (str_eq(key, "exclude-from")) {
        k->is_supposed[GATE_CA] = true;
        return exclude(w, value, &s->without, out, e);
    }
    out->text = ca_pool_textf(&w->pool, "%s=%s", key, value);
    if (str_eq(key, "removal-date")) {
        k->is_supposed[GATE_SERVICE] = true;
        return read_date(value, &k->c.removal_ms, e);
    }
    if (str_eq(key, "ip") && w->derive.ca != NULL && ca_asks_trusted(w->derive.ca))
        out->warning = "The MFA trusted IPs, which no API gives, are left aside: were the address "
                       "one of them, it would count as trusted";
    *(str_eq(key, "ip") ? &s->from.ip : &s->from.country) = ca_pool_text(&w->pool, value);
    k->is_supposed[GATE_CA] = true;
    return ERR_OK;
}

enum err_code why_change_apply(struct why *w, const struct strlist *texts, struct why_case *k,
                               struct why_supposed *supposed, struct why_answer *out, struct err *e)
{
    struct strlist pairs = {0};
    struct why_change *changes;

    if (why_split("--what-if", texts, &pairs, e) != ERR_OK)
        goto out;
    changes = ca_pool_get(&w->pool, pairs.n / 2 + 1, sizeof *changes);
    out->changes = changes;
    for (size_t i = 0; e->code == ERR_OK && i + 1 < pairs.n; i += 2) {
        const char *key = pairs.v[i];
        const char *value = pairs.v[i + 1];
        const struct setting *s = find(key, value);

        if (is_free(key)) {
            (void)apply_free(w, key, value, k, supposed, &changes[out->changes_n++], e);
        } else if (s == NULL) {
            (void)unknown(key, value, e);
        } else {
            s->set(&k->c);
            k->is_supposed[s->gate] = true;
            changes[out->changes_n++] = (struct why_change){
                ca_pool_textf(&w->pool, "%s=%s", key, value), warning_of(w, s, e)};
        }
    }
    if (e->code == ERR_OK && check_origin(&supposed->from, e) == ERR_OK && pairs.n > 0)
        why_judge(w, supposed, k);
out:
    strlist_release(&pairs);
    return e->code;
}
