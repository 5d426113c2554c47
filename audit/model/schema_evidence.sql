-- The evidence of one tenant: what was read, as it was read.
--
-- Names are the field's own in snake_case. Booleans are 0, 1 or NULL (null on the wire); where
-- "absent on the wire" matters, a *_known column is 0. Ids are lower-case. Times are RFC 3339 UTC.
-- JSON text is kept in columns that end in _json or are named raw; reach into it with ->>.
-- Collectors write these tables; after sealing nobody does.

CREATE TABLE snapshot(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  tenant_id TEXT,             -- GUID, as the organization reply says; NULL until read
  tenant_name TEXT,
  tenant_domain TEXT,         -- what --tenant was given
  cloud TEXT NOT NULL,
  started_at TEXT NOT NULL,
  finished_at TEXT,           -- NULL: the collection was interrupted
  sealed_at TEXT,
  tool_version TEXT NOT NULL,
  schema_version INTEGER NOT NULL,
  digest TEXT,                -- SHA-256 over the evidence tables, set when sealed
  client_id TEXT,
  granted_permissions_json TEXT -- the token's roles, JSON array; NULL when not known
) STRICT;

CREATE TABLE collection(
  resource TEXT PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('complete','partial','failed','skipped')),
  reason_code TEXT CHECK (reason_code IN ('permission','licence','api_error','throttled','truncated',
    'deadline','not_collected','malformed')),
  detail TEXT,                -- for people: what went wrong, with the service's request-id
  rows INTEGER NOT NULL DEFAULT 0,
  pages INTEGER NOT NULL DEFAULT 0,
  requests INTEGER NOT NULL DEFAULT 0,
  permission TEXT,            -- the permission or role that the resource needs
  licence TEXT,               -- the licence it needs, or NULL
  request_template TEXT,      -- method and URL template, or the cmdlet
  started_at TEXT,
  finished_at TEXT,
  CHECK ((state = 'complete') = (reason_code IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE organization(
  id TEXT PRIMARY KEY,
  display_name TEXT,
  tenant_type TEXT,
  country_letter_code TEXT,
  on_premises_sync_enabled INTEGER,
  raw TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE domain(
  name TEXT PRIMARY KEY,
  is_default INTEGER,
  is_initial INTEGER,
  is_verified INTEGER,
  is_root INTEGER,
  authentication_type TEXT,   -- Managed|Federated
  supports_email INTEGER,
  password_validity_days INTEGER,
  raw TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE security_defaults(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  is_enabled INTEGER NOT NULL
) STRICT;

CREATE TABLE transport_config(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  smtp_client_authentication_disabled INTEGER,
  smtp_flag_known INTEGER NOT NULL,  -- 0: the property was absent on the wire
  allow_legacy_tls_clients INTEGER,  -- NULL: null or absent, see legacy_tls_known
  legacy_tls_known INTEGER NOT NULL,
  raw TEXT NOT NULL
) STRICT;

CREATE TABLE organization_config(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  default_authentication_policy TEXT,  -- name, identity, GUID or DN; NULL: none set
  default_policy_known INTEGER NOT NULL,
  oauth2_client_profile_enabled INTEGER,
  reject_direct_send INTEGER,          -- NULL: null or absent
  reject_direct_send_known INTEGER NOT NULL,
  send_from_alias_enabled INTEGER,
  raw TEXT NOT NULL
) STRICT;

CREATE TABLE authentication_policy(
  name TEXT PRIMARY KEY,
  identity TEXT,
  guid TEXT,
  distinguished_name TEXT,
  allow_basic_auth_smtp INTEGER,       -- NULL: null or absent
  allow_basic_auth_imap INTEGER,
  allow_basic_auth_pop INTEGER,
  allow_basic_auth_activesync INTEGER,
  raw TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE user(
  id TEXT PRIMARY KEY,
  user_principal_name TEXT,
  display_name TEXT,
  mail TEXT,
  account_enabled INTEGER,
  user_type TEXT,                      -- Member|Guest
  external_user_state TEXT,
  on_premises_sync_enabled INTEGER,
  created_at TEXT,
  last_sign_in_at TEXT,                -- from users-sign-in-activity
  last_successful_sign_in_at TEXT,     -- from users-sign-in-activity
  per_user_mfa_state TEXT              -- disabled|enabled|enforced; NULL: not known; from users-per-user-mfa
) STRICT, WITHOUT ROWID;

CREATE TABLE mailbox(
  guid TEXT PRIMARY KEY,               -- the recipient's Guid
  user_id TEXT,                        -- ExternalDirectoryObjectId: the Entra object id
  user_principal_name TEXT,
  display_name TEXT,
  primary_smtp_address TEXT,           -- lower-case
  recipient_type TEXT,                 -- UserMailbox|SharedMailbox|RoomMailbox|...; MailUser for HVE accounts
  smtp_client_authentication_disabled INTEGER,
  smtp_flag_known INTEGER NOT NULL DEFAULT 0,
  imap_enabled INTEGER,
  pop_enabled INTEGER,
  authentication_policy TEXT,          -- the user's own; NULL: none or not known
  authentication_policy_known INTEGER NOT NULL DEFAULT 0,
  account_disabled INTEGER,
  sku_assigned INTEGER,
  is_hve INTEGER NOT NULL DEFAULT 0,
  is_listed INTEGER NOT NULL DEFAULT 0 -- 1: Get-Mailbox or Get-MailUser -HVEAccount named it
) STRICT, WITHOUT ROWID;

CREATE TABLE sku(
  sku_id TEXT PRIMARY KEY,
  part_number TEXT,
  applies_to TEXT,
  capability_status TEXT,              -- Enabled|Warning|Suspended|Deleted|LockedOut
  enabled_units INTEGER,
  consumed_units INTEGER,
  warning_units INTEGER,
  suspended_units INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE sku_service_plan(
  sku_id TEXT NOT NULL,
  plan_id TEXT NOT NULL,
  plan_name TEXT,
  provisioning_status TEXT,
  applies_to TEXT,
  PRIMARY KEY (sku_id, plan_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE user_licence(
  user_id TEXT NOT NULL,
  sku_id TEXT NOT NULL,
  disabled_plans_json TEXT NOT NULL DEFAULT '[]',
  PRIMARY KEY (user_id, sku_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE mfa_registration(
  user_id TEXT PRIMARY KEY,
  user_principal_name TEXT,
  user_type TEXT,
  is_admin INTEGER,
  is_mfa_registered INTEGER,
  is_mfa_capable INTEGER,
  is_passwordless_capable INTEGER,
  is_system_preferred_enabled INTEGER,
  default_method TEXT,
  last_updated_at TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE mfa_method(
  user_id TEXT NOT NULL,
  method TEXT NOT NULL,
  PRIMARY KEY (user_id, method)
) STRICT, WITHOUT ROWID;

CREATE TABLE ca_policy(
  id TEXT PRIMARY KEY,
  display_name TEXT,
  state TEXT,                          -- enabled|disabled|enabledForReportingButNotEnforced|anything else
  template_id TEXT,
  created_at TEXT,
  modified_at TEXT,
  is_workload INTEGER NOT NULL,        -- 1: applies to service principals, not to people
  in_v1 INTEGER,                       -- 0: the v1.0 endpoint hides it; NULL: v1.0 was not read
  raw TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- dimension: user|group|role|guest|application|application_filter|user_action|authentication_context|
--   client_app|platform|location|device_filter|user_risk|sign_in_risk|service_principal_risk|
--   insider_risk|authentication_flow|service_principal|other
-- Well-known targets keep Microsoft's spelling: All, None, GuestsOrExternalUsers, Office365,
-- MicrosoftAdminPortals, AllTrusted. Ids are lower-case.
CREATE TABLE ca_policy_target(
  policy_id TEXT NOT NULL,
  dimension TEXT NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('include','exclude')),
  target TEXT NOT NULL,
  detail TEXT NOT NULL DEFAULT '',     -- guest: external tenants as JSON; filters: the rule is the target
  PRIMARY KEY (policy_id, dimension, mode, target)
) STRICT, WITHOUT ROWID;

-- kind: operator (AND|OR), grant (block, mfa, compliantDevice, ...), strength (policy id),
--   terms_of_use, custom_factor, session (name of a session control that is on)
CREATE TABLE ca_policy_control(
  policy_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (policy_id, kind, value)
) STRICT, WITHOUT ROWID;

-- What became of each user, group and service principal that a policy names.
CREATE TABLE policy_reference(
  id TEXT PRIMARY KEY,
  kind TEXT,                           -- user|group|servicePrincipal|...: NULL when missing
  display_name TEXT,
  state TEXT NOT NULL CHECK (state IN ('found','missing'))
) STRICT, WITHOUT ROWID;

CREATE TABLE named_location(
  id TEXT PRIMARY KEY,
  display_name TEXT,
  kind TEXT NOT NULL,                  -- ip|country|other
  is_trusted INTEGER,
  include_unknown INTEGER,
  countries_json TEXT,
  ip_ranges_json TEXT,
  raw TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE authentication_strength(
  id TEXT PRIMARY KEY,
  display_name TEXT,
  policy_type TEXT,
  requirements_satisfied TEXT,
  allowed_combinations_json TEXT,
  raw TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE authentication_methods_policy(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  migration_state TEXT,
  raw TEXT NOT NULL
) STRICT;

CREATE TABLE authentication_method_configuration(
  id TEXT PRIMARY KEY,                 -- Fido2, MicrosoftAuthenticator, Sms, ...
  state TEXT,                          -- enabled|disabled
  raw TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE authorization_policy(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  allow_invites_from TEXT,
  guest_user_role_id TEXT,
  block_msol_powershell INTEGER,
  allowed_to_use_sspr INTEGER,
  raw TEXT NOT NULL
) STRICT;

CREATE TABLE admin_consent_request_policy(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  is_enabled INTEGER,
  notify_reviewers INTEGER,
  reminders_enabled INTEGER,
  request_duration_in_days INTEGER,
  raw TEXT NOT NULL
) STRICT;

-- Tenant-wide settings objects. One that does not exist leaves the template's defaults in force.
CREATE TABLE directory_setting(
  template_id TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT,
  PRIMARY KEY (template_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE directory_setting_template(
  template_id TEXT NOT NULL,
  template_name TEXT,                  -- Password Rule Settings, Consent Policy Settings, Group.Unified, ...
  name TEXT NOT NULL,
  type TEXT,
  default_value TEXT,
  PRIMARY KEY (template_id, name)
) STRICT, WITHOUT ROWID;

-- What Privileged Identity Management asks for, one row a rule of a role's policy.
CREATE TABLE role_management_rule(
  role_template_id TEXT NOT NULL,
  rule_id TEXT NOT NULL,               -- Approval_EndUser_Assignment, Expiration_Admin_Assignment, ...
  kind TEXT,                           -- unifiedRoleManagementPolicyApprovalRule, ...
  raw TEXT NOT NULL,
  PRIMARY KEY (role_template_id, rule_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE activity_timeout_policy(
  id TEXT PRIMARY KEY,
  display_name TEXT,
  is_organization_default INTEGER,
  definition_json TEXT,                -- array of JSON texts, as Microsoft Graph has it
  raw TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Only groups that a policy or a role assignment names.
CREATE TABLE directory_group(
  id TEXT PRIMARY KEY,
  display_name TEXT,
  state TEXT NOT NULL CHECK (state IN ('found','missing','unreadable')),
  named_by TEXT NOT NULL               -- policy|role|both
) STRICT, WITHOUT ROWID;

CREATE TABLE group_member(
  group_id TEXT NOT NULL,
  user_id TEXT NOT NULL,               -- transitive
  PRIMARY KEY (group_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE role(
  id TEXT PRIMARY KEY,
  template_id TEXT,
  display_name TEXT,
  is_built_in INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE role_member(
  role_template_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  assignment TEXT NOT NULL CHECK (assignment IN ('active','eligible')),
  directory_scope TEXT NOT NULL DEFAULT '/',
  via_group_id TEXT NOT NULL DEFAULT '',   -- '' = assigned directly
  PRIMARY KEY (role_template_id, user_id, assignment, directory_scope, via_group_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE sign_in(
  id TEXT PRIMARY KEY,
  user_id TEXT,
  user_principal_name TEXT,
  client_app TEXT,                     -- Authenticated SMTP|SMTP|IMAP4|POP3|...
  created_at TEXT,
  error_code INTEGER,                  -- 0 = success
  failure_reason TEXT,
  ip_address TEXT,
  is_interactive INTEGER,
  app_display_name TEXT,
  conditional_access_status TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE accepted_domain(
  name TEXT PRIMARY KEY,
  domain_type TEXT,                    -- Authoritative|InternalRelay
  is_default INTEGER,
  is_initial INTEGER,
  sending_disabled INTEGER,            -- SendingFromDomainDisabled
  raw TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE dkim_config(
  domain TEXT PRIMARY KEY,
  enabled INTEGER,
  status TEXT,                         -- Valid|CnameMissing|NoDKIMKeys
  selector1_cname TEXT,
  selector2_cname TEXT,
  selector1_key_size INTEGER,
  selector2_key_size INTEGER,
  raw TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE inbound_connector(
  name TEXT PRIMARY KEY,
  enabled INTEGER,
  connector_type TEXT,                 -- OnPremises|Partner
  sender_ip_addresses_json TEXT,
  sender_domains_json TEXT,
  require_tls INTEGER,
  restrict_domains_to_ip_addresses INTEGER,
  restrict_domains_to_certificate INTEGER,
  tls_sender_certificate_name TEXT,
  raw TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE remote_domain(
  name TEXT PRIMARY KEY,
  domain_name TEXT,                    -- '*': all domains that have no row of their own
  auto_forward_enabled INTEGER,
  raw TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE outbound_spam_policy(
  name TEXT PRIMARY KEY,
  is_default INTEGER,
  auto_forwarding_mode TEXT,           -- Automatic (works as Off)|Off|On
  raw TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE transport_rule(
  guid TEXT PRIMARY KEY,
  name TEXT,
  state TEXT,                          -- Enabled|Disabled
  mode TEXT,                           -- Enforce|Audit|AuditAndNotify
  priority INTEGER,
  redirect_message_to_json TEXT,
  blind_copy_to_json TEXT,
  copy_to_json TEXT,
  raw TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One row an answer, in the order given; a name without an answer has one row with value NULL. Of a
-- spf-term (what a, mx and exists of an SPF record ask for) only the state is kept: one row, value NULL.
CREATE TABLE dns_record(
  domain TEXT NOT NULL,                -- the mail domain it was asked for
  purpose TEXT NOT NULL,               -- spf|spf-include|spf-term|dkim|dmarc|mx
  type TEXT NOT NULL,                  -- TXT|CNAME|MX|A|AAAA
  name TEXT NOT NULL,                  -- the name that was asked
  ordinal INTEGER NOT NULL,
  value TEXT,
  state TEXT NOT NULL,                 -- found|nxdomain|nodata|servfail|timeout|error
  PRIMARY KEY (domain, purpose, type, name, ordinal)
) STRICT, WITHOUT ROWID;
