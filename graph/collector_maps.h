/* graph/collector_maps.h - which property goes into which column (private to the collectors).
 *
 * Sources: Microsoft Graph metadata v1.0, August 2026; property lists of the Exchange cmdlets. */
#ifndef GRAPH_COLLECTOR_MAPS_H
#define GRAPH_COLLECTOR_MAPS_H
#include "map.h"

extern const struct map_table map_organization, map_domain, map_security_defaults, map_user,
    map_user_mfa, map_user_activity, map_sku, map_mfa_registration, map_named_location,
    map_authentication_strength, map_methods_policy, map_method_configuration,
    map_authorization_policy, map_admin_consent, map_app_management, map_activity_timeout, map_role,
    map_sign_in;
extern const struct map_table map_transport_config, map_organization_config,
    map_authentication_policy, map_mailbox, map_cas_mailbox, map_exchange_user, map_hve_account,
    map_accepted_domain, map_dkim_config, map_inbound_connector, map_remote_domain,
    map_outbound_spam_policy, map_transport_rule, map_sharing_policy, map_external_in_outlook;

#endif
