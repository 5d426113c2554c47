#include "catalogue.h"

#include <string.h>

const struct plan plan_table[] = {
    {"AAD_PREMIUM", "41781fb2-bc02-4b7c-bd55-b576c07bb09d", "AADPremiumService"},
    {"AAD_PREMIUM_P2", "eec0eb4f-6444-4f95-aba0-50c24d67f998", "AADPremiumService"},
    {"AAD_SMB", "de377cbc-0019-4ec2-b77c-3f223947e102", "AADPremiumService"},
    {"BPOS_S_TODO_1", "5e62787c-c316-451f-b873-1d05acd4d12c", "To-Do"},
    {"EXCHANGE_S_ARCHIVE_ADDON", "176a09a6-7ec5-4039-ac02-b2791c6ba793", "exchange"},
    {"EXCHANGE_S_DESKLESS", "4a82b400-a79f-41a4-b4e2-e94f5787b113", "exchange"},
    {"EXCHANGE_S_ENTERPRISE", "efb87545-963c-4e0d-99df-69c6916d9eb0", "exchange"},
    {"EXCHANGE_S_FOUNDATION", "113feb6c-3fe4-4440-bddc-54d774bf0318", "exchange"},
    {"EXCHANGE_S_STANDARD", "9aaf7827-d63c-4b61-89c3-182f06f82e5c", "exchange"},
    {"INTUNE_A", "c1ec4a95-1f05-45b3-a911-aa3fa01094f5", "SCO"},
    {"INTUNE_O365", "882e1d05-acd1-4ccb-8708-6ee03664b117", "SCO"},
    {"MFA_PREMIUM", "8a256a2b-b617-496d-b51b-e76466e88db0", "MultiFactorService"},
    {"OFFICESUBSCRIPTION", "43de0ff5-c92c-492b-9116-175376d08c38", "MicrosoftOffice"},
    {"OFFICE_BUSINESS", "094e7854-93fc-4d55-b2c0-3ab5369ebdc1", "MicrosoftOffice"},
    {"RMS_S_ENTERPRISE", "bea4c11e-220a-4e6d-8eb8-8ea15d019f90", "RMSOnline"},
    {"SHAREPOINTDESKLESS", "902b47e5-dcb2-4fdc-858b-c63a90a2bdb9", "SharePoint"},
    {"SHAREPOINTENTERPRISE", "5dbe027f-2339-4123-9542-606e4d348a72", "SharePoint"},
    {"SHAREPOINTSTANDARD", "c7699d2e-19aa-44de-8edf-1736da088ca1", "SharePoint"},
    {"TEAMS1", "57ff2da0-773e-42df-b2af-ffb7a2317929", "TeamspaceAPI"},
};
const size_t plan_count = COUNT_OF(plan_table);

const struct sku sku_table[] = {
    {"AAD_PREMIUM", "078d2b04-f1bd-4111-bbd4-b4b1b354cef4",
     "AAD_PREMIUM MFA_PREMIUM EXCHANGE_S_FOUNDATION"},
    {"AAD_PREMIUM_P2", "84a661c4-e949-4bd2-a560-ed7766fcaf2b",
     "AAD_PREMIUM AAD_PREMIUM_P2 MFA_PREMIUM EXCHANGE_S_FOUNDATION"},
    {"EXCHANGEARCHIVE_ADDON", "ee02fd1b-340e-4a4b-b355-4a514e4c8943", "EXCHANGE_S_ARCHIVE_ADDON"},
    {"EXCHANGESTANDARD", "4b9405b0-7788-4568-add1-99614e613b69",
     "EXCHANGE_S_STANDARD BPOS_S_TODO_1 INTUNE_O365"},
    {"O365_BUSINESS_PREMIUM", "f245ecc8-75af-4f8e-b61f-27d8114de5f3",
     "EXCHANGE_S_STANDARD SHAREPOINTSTANDARD TEAMS1 OFFICE_BUSINESS"},
    {"SPB", "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46",
     "EXCHANGE_S_STANDARD EXCHANGE_S_FOUNDATION EXCHANGE_S_ARCHIVE_ADDON AAD_PREMIUM AAD_SMB "
     "MFA_PREMIUM INTUNE_A SHAREPOINTSTANDARD TEAMS1 OFFICE_BUSINESS"},
    {"SPE_E3", "05e9a617-0261-4cee-bb44-138d3ef5d965",
     "EXCHANGE_S_ENTERPRISE AAD_PREMIUM MFA_PREMIUM INTUNE_A SHAREPOINTENTERPRISE TEAMS1 "
     "OFFICESUBSCRIPTION RMS_S_ENTERPRISE"},
    {"SPE_E5", "06ebc4ee-1bb5-47dd-8120-11324bc54e06",
     "EXCHANGE_S_ENTERPRISE AAD_PREMIUM AAD_PREMIUM_P2 MFA_PREMIUM INTUNE_A SHAREPOINTENTERPRISE "
     "TEAMS1"},
    {"SPE_F1", "66b55226-6b4f-492c-910c-a3b7a3c9d993",
     "EXCHANGE_S_DESKLESS AAD_PREMIUM MFA_PREMIUM INTUNE_A TEAMS1 SHAREPOINTDESKLESS"},
};
const size_t sku_count = COUNT_OF(sku_table);

const struct role role_table[] = {
    {"Application Administrator", "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
     "Can create and manage all aspects of app registrations and enterprise apps."},
    {"Authentication Administrator", "c4e39bd9-1100-46d3-8c65-fb160da0071f",
     "Can access to view, set and reset authentication method information for any non-admin user."},
    {"Billing Administrator", "b0f54661-2d74-4c50-afa3-1ec803f12efe",
     "Can perform common billing related tasks like updating payment information."},
    {"Cloud Application Administrator", "158c047a-c907-4556-b7ef-446551a6b5f7",
     "Can create and manage all aspects of app registrations and enterprise apps except App "
     "Proxy."},
    {"Compliance Administrator", "17315797-102d-40b4-93e0-432062caca18",
     "Can read and manage compliance configuration and reports."},
    {"Conditional Access Administrator", "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9",
     "Can manage Conditional Access capabilities."},
    {"Directory Readers", "88d8e3e3-8f55-4a1e-953a-9b9898b8876b",
     "Can read basic directory information."},
    {"Directory Synchronization Accounts", "d29b2b05-8046-44ba-8758-1e26182fcf32",
     "Only used by the directory synchronization service."},
    {"Exchange Administrator", "29232cdf-9323-42fd-ade2-1d097af3e4de",
     "Can manage all aspects of the Exchange product."},
    {"Exchange Recipient Administrator", "31392ffb-586c-42d1-9346-e59415a2cc4e",
     "Can create or update Exchange Online recipients within the organization."},
    {"Global Administrator", "62e90394-69f5-4237-9190-012177145e10",
     "Can manage all aspects of Microsoft Entra ID and services that use its identities."},
    {"Global Reader", "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
     "Can read everything that a Global Administrator can, but not update anything."},
    {"Helpdesk Administrator", "729827e3-9c14-49f7-bb1b-9608f156bbb8",
     "Can reset passwords for non-administrators and Helpdesk Administrators."},
    {"Hybrid Identity Administrator", "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2",
     "Can manage directory synchronization and federation settings."},
    {"Intune Administrator", "3a2c62db-5318-420d-8d74-23affee5d9d5",
     "Can manage all aspects of the Intune product."},
    {"Password Administrator", "966707d0-3269-4727-9be2-8c3a10f19b9d",
     "Can reset passwords for non-administrators and Password Administrators."},
    {"Privileged Authentication Administrator", "7be44c8a-adaf-4e2a-84d6-ab2649e08a13",
     "Can access to view, set and reset authentication method information for any user."},
    {"Privileged Role Administrator", "e8611ab8-c189-46e8-94e1-60213ab1f814",
     "Can manage role assignments and all aspects of Privileged Identity Management."},
    {"Reports Reader", "4a5d8f65-41da-4de4-8968-e035b65339cf",
     "Can read sign-in and audit reports."},
    {"Security Administrator", "194ae4cb-b126-40b2-bd5b-6091b380977d",
     "Can read security information and reports, and manage configuration."},
    {"Security Reader", "5d6b6bb7-de71-4623-b4af-96380a352509",
     "Can read security information and reports."},
    {"SharePoint Administrator", "f28a1f50-f6e7-4571-818b-6a12f2af6b6c",
     "Can manage all aspects of the SharePoint service."},
    {"Teams Administrator", "69091246-20e8-4a56-aa4d-066075b2a7a8",
     "Can manage the Microsoft Teams service."},
    {"User Administrator", "fe930be7-5e62-47db-91af-98c3a49a38b1",
     "Can manage all aspects of users and groups, including resetting passwords for limited "
     "admins."},
};
const size_t role_count = COUNT_OF(role_table);

const struct strength strength_table[] = {
    {"00000000-0000-0000-0000-000000000002", "Multifactor authentication",
     "Combinations of methods that satisfy strong authentication, such as a password + SMS",
     "windowsHelloForBusiness fido2 x509CertificateMultiFactor deviceBasedPush "
     "temporaryAccessPassOneTime temporaryAccessPassMultiUse password,microsoftAuthenticatorPush "
     "password,softwareOath password,hardwareOath password,sms password,voice "
     "federatedMultiFactor"},
    {"00000000-0000-0000-0000-000000000003", "Passwordless MFA",
     "Passwordless methods that satisfy strong authentication, such as Passwordless sign-in with "
     "the Microsoft Authenticator",
     "windowsHelloForBusiness fido2 x509CertificateMultiFactor deviceBasedPush"},
    {"00000000-0000-0000-0000-000000000004", "Phishing-resistant MFA",
     "Phishing-resistant, Passwordless methods for the strongest authentication, such as a FIDO2 "
     "security key",
     "windowsHelloForBusiness fido2 x509CertificateMultiFactor"},
};
const size_t strength_count = COUNT_OF(strength_table);

static const struct failure failures[] = {
    {50034, "The user account does not exist in the directory."},
    {50053, "The account is locked, you've tried to sign in too many times with an incorrect user "
            "ID or password."},
    {50055, "The password is expired."},
    {50057, "The user account is disabled."},
    {50076, "Due to a configuration change made by your administrator, or because you moved to a "
            "new location, you must use multi-factor authentication to access this resource."},
    {50126, "Error validating credentials due to invalid username or password."},
    {53003, "Access has been blocked by Conditional Access policies. The access policy does not "
            "allow token issuance."},
    {530032, "Blocked by Conditional Access policy on the tenant's security policy."},
    {530035,
     "Access has been blocked by security defaults. This is due to the request using legacy "
     "auth or being deemed unsafe by security defaults policies."},
};

const struct plan *plan_find(const char *name)
{
    for (size_t i = 0; i < plan_count; i++)
        if (str_eq(plan_table[i].name, name))
            return &plan_table[i];
    return NULL;
}

const struct sku *sku_find(const char *part)
{
    for (size_t i = 0; i < sku_count; i++)
        if (str_eq(sku_table[i].part, part))
            return &sku_table[i];
    return NULL;
}

const struct role *role_find(const char *name_or_template)
{
    for (size_t i = 0; i < role_count; i++)
        if (str_ieq(role_table[i].name, name_or_template) ||
            str_ieq(role_table[i].template_id, name_or_template))
            return &role_table[i];
    return NULL;
}

const char *failure_reason(json_int_t code)
{
    for (size_t i = 0; i < COUNT_OF(failures); i++)
        if (failures[i].code == code)
            return failures[i].reason;
    return code == 0 ? NULL : "Other.";
}
