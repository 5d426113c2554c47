#include "service_plan.h"

#include "base/attrs.h"
#include "base/buf.h"
#include "base/strs.h"

/* Sorted by name. GCC High and DoD SKUs carry the commercial ids. */
static const struct service_plan plans[] = {
    {"897d51f1-2cfa-4848-9b30-469149f5e68e", "EXCHANGEONLINE_MULTIGEO", "Multi-Geo", false},
    {"34c0d7a0-a70f-4668-9238-47f9fc208882", "EXCHANGE_ANALYTICS", "MyAnalytics", false},
    {"208120d1-9adb-4daf-8c22-816bd5d237e7", "EXCHANGE_ANALYTICS_GOV", "MyAnalytics (government)",
     false},
    {"90927877-dcff-4af6-b346-2332c0b15bb7", "EXCHANGE_B_STANDARD", "Exchange Online POP", true},
    {"d42bdbd6-c335-4231-ab3d-c8f348d5aff5", "EXCHANGE_L_STANDARD",
     "Exchange Online P1 (small business)", true},
    {"da040e0a-b393-4bea-bb76-928b3fa1cf5a", "EXCHANGE_S_ARCHIVE", "Archiving for Exchange Server",
     false},
    {"176a09a6-7ec5-4039-ac02-b2791c6ba793", "EXCHANGE_S_ARCHIVE_ADDON",
     "Archiving for Exchange Online", false},
    {"4a82b400-a79f-41a4-b4e2-e94f5787b113", "EXCHANGE_S_DESKLESS", "Exchange Online Kiosk", true},
    {"88f4d7ef-a73b-4246-8047-516022144c9f", "EXCHANGE_S_DESKLESS_GOV",
     "Exchange Online Kiosk (government)", true},
    {"efb87545-963c-4e0d-99df-69c6916d9eb0", "EXCHANGE_S_ENTERPRISE", "Exchange Online Plan 2",
     true},
    {"8c3069c0-ccdb-44be-ab77-986203a67df2", "EXCHANGE_S_ENTERPRISE_GOV",
     "Exchange Online Plan 2 (government)", true},
    {"1126bef5-da20-4f07-b45e-ad25d2581aa8", "EXCHANGE_S_ESSENTIALS", "Exchange Essentials", true},
    {"113feb6c-3fe4-4440-bddc-54d774bf0318", "EXCHANGE_S_FOUNDATION", "Exchange Foundation", false},
    {"922ba911-5694-4e99-a794-73aed9bfeec8", "EXCHANGE_S_FOUNDATION_GOV",
     "Exchange Foundation (government)", false},
    {"9aaf7827-d63c-4b61-89c3-182f06f82e5c", "EXCHANGE_S_STANDARD", "Exchange Online Plan 1", true},
    {"e9b4930a-925f-45e2-ac2a-3f7788ca6fdd", "EXCHANGE_S_STANDARD_GOV",
     "Exchange Online Plan 1 (government)", true},
    {"fc52cc4b-ed7d-472d-bbe7-b081c23ecc56", "EXCHANGE_S_STANDARD_MIDMARKET",
     "Exchange Online Plan 1 (midsize)", true},
};

size_t service_plan_count(void)
{
    return COUNT_OF(plans);
}

const struct service_plan *service_plan_at(size_t i)
{
    return i < COUNT_OF(plans) ? &plans[i] : NULL;
}

const struct service_plan *service_plan_find(const char *id)
{
    for (size_t i = 0; i < COUNT_OF(plans); i++)
        if (str_ieq(plans[i].id, id))
            return &plans[i];
    return NULL;
}

void service_plan_mailbox_json(struct buf *out)
{
    bool is_first = true;

    buf_addc(out, '[');
    for (size_t i = 0; i < COUNT_OF(plans); i++)
        if (plans[i].has_mailbox) {
            buf_addf(out, "%s\"%s\"", is_first ? "" : ",", plans[i].id);
            is_first = false;
        }
    buf_addc(out, ']');
}
