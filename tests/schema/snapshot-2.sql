-- The schema of snapshots of version 2, as graphaudit made them before waivers and baselines: for the test of migrations.
CREATE TABLE snapshot(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  tenant_id TEXT,
  tenant_name TEXT,
  tenant_domain TEXT,
  cloud TEXT NOT NULL,
  started_at TEXT NOT NULL,
  finished_at TEXT,
  sealed_at TEXT,
  tool_version TEXT NOT NULL,
  schema_version INTEGER NOT NULL,
  digest TEXT,
  client_id TEXT,
  granted_permissions_json TEXT
) STRICT;
CREATE TABLE collection(
  resource TEXT PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('complete','partial','failed','skipped')),
  reason_code TEXT CHECK (reason_code IN ('permission','licence','api_error','throttled','truncated',
    'deadline','not_collected','malformed')),
  detail TEXT,
  rows INTEGER NOT NULL DEFAULT 0,
  pages INTEGER NOT NULL DEFAULT 0,
  requests INTEGER NOT NULL DEFAULT 0,
  permission TEXT,
  licence TEXT,
  request_template TEXT,
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
  authentication_type TEXT,
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
  smtp_flag_known INTEGER NOT NULL,
  allow_legacy_tls_clients INTEGER,
  legacy_tls_known INTEGER NOT NULL,
  raw TEXT NOT NULL
) STRICT;
CREATE TABLE organization_config(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  default_authentication_policy TEXT,
  default_policy_known INTEGER NOT NULL,
  oauth2_client_profile_enabled INTEGER,
  reject_direct_send INTEGER,
  reject_direct_send_known INTEGER NOT NULL,
  send_from_alias_enabled INTEGER,
  raw TEXT NOT NULL
) STRICT;
CREATE TABLE authentication_policy(
  name TEXT PRIMARY KEY,
  identity TEXT,
  guid TEXT,
  distinguished_name TEXT,
  allow_basic_auth_smtp INTEGER,
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
  user_type TEXT,
  external_user_state TEXT,
  on_premises_sync_enabled INTEGER,
  created_at TEXT,
  last_sign_in_at TEXT,
  last_successful_sign_in_at TEXT,
  per_user_mfa_state TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE mailbox(
  guid TEXT PRIMARY KEY,
  user_id TEXT,
  user_principal_name TEXT,
  display_name TEXT,
  primary_smtp_address TEXT,
  recipient_type TEXT,
  smtp_client_authentication_disabled INTEGER,
  smtp_flag_known INTEGER NOT NULL DEFAULT 0,
  imap_enabled INTEGER,
  pop_enabled INTEGER,
  authentication_policy TEXT,
  authentication_policy_known INTEGER NOT NULL DEFAULT 0,
  account_disabled INTEGER,
  sku_assigned INTEGER,
  is_hve INTEGER NOT NULL DEFAULT 0,
  is_listed INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE TABLE sku(
  sku_id TEXT PRIMARY KEY,
  part_number TEXT,
  applies_to TEXT,
  capability_status TEXT,
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
  state TEXT,
  template_id TEXT,
  created_at TEXT,
  modified_at TEXT,
  is_workload INTEGER NOT NULL,
  in_v1 INTEGER,
  raw TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE ca_policy_target(
  policy_id TEXT NOT NULL,
  dimension TEXT NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('include','exclude')),
  target TEXT NOT NULL,
  detail TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (policy_id, dimension, mode, target)
) STRICT, WITHOUT ROWID;
CREATE TABLE ca_policy_control(
  policy_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (policy_id, kind, value)
) STRICT, WITHOUT ROWID;
CREATE TABLE policy_reference(
  id TEXT PRIMARY KEY,
  kind TEXT,
  display_name TEXT,
  state TEXT NOT NULL CHECK (state IN ('found','missing'))
) STRICT, WITHOUT ROWID;
CREATE TABLE named_location(
  id TEXT PRIMARY KEY,
  display_name TEXT,
  kind TEXT NOT NULL,
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
  id TEXT PRIMARY KEY,
  state TEXT,
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
CREATE TABLE directory_setting(
  template_id TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT,
  PRIMARY KEY (template_id, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE directory_setting_template(
  template_id TEXT NOT NULL,
  template_name TEXT,
  name TEXT NOT NULL,
  type TEXT,
  default_value TEXT,
  PRIMARY KEY (template_id, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE role_management_rule(
  role_template_id TEXT NOT NULL,
  rule_id TEXT NOT NULL,
  kind TEXT,
  raw TEXT NOT NULL,
  PRIMARY KEY (role_template_id, rule_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE activity_timeout_policy(
  id TEXT PRIMARY KEY,
  display_name TEXT,
  is_organization_default INTEGER,
  definition_json TEXT,
  raw TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE directory_group(
  id TEXT PRIMARY KEY,
  display_name TEXT,
  state TEXT NOT NULL CHECK (state IN ('found','missing','unreadable')),
  named_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE group_member(
  group_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
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
  via_group_id TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (role_template_id, user_id, assignment, directory_scope, via_group_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE sign_in(
  id TEXT PRIMARY KEY,
  user_id TEXT,
  user_principal_name TEXT,
  client_app TEXT,
  created_at TEXT,
  error_code INTEGER,
  failure_reason TEXT,
  ip_address TEXT,
  is_interactive INTEGER,
  app_display_name TEXT,
  conditional_access_status TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE accepted_domain(
  name TEXT PRIMARY KEY,
  domain_type TEXT,
  is_default INTEGER,
  is_initial INTEGER,
  sending_disabled INTEGER,
  raw TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE dkim_config(
  domain TEXT PRIMARY KEY,
  enabled INTEGER,
  status TEXT,
  selector1_cname TEXT,
  selector2_cname TEXT,
  selector1_key_size INTEGER,
  selector2_key_size INTEGER,
  raw TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE inbound_connector(
  name TEXT PRIMARY KEY,
  enabled INTEGER,
  connector_type TEXT,
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
  domain_name TEXT,
  auto_forward_enabled INTEGER,
  raw TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE outbound_spam_policy(
  name TEXT PRIMARY KEY,
  is_default INTEGER,
  auto_forwarding_mode TEXT,
  raw TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE transport_rule(
  guid TEXT PRIMARY KEY,
  name TEXT,
  state TEXT,
  mode TEXT,
  priority INTEGER,
  redirect_message_to_json TEXT,
  blind_copy_to_json TEXT,
  copy_to_json TEXT,
  raw TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE dns_record(
  domain TEXT NOT NULL,
  purpose TEXT NOT NULL,
  type TEXT NOT NULL,
  name TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  value TEXT,
  state TEXT NOT NULL,
  PRIMARY KEY (domain, purpose, type, name, ordinal)
) STRICT, WITHOUT ROWID;
CREATE VIEW user_service_plan(user_id, plan_id) AS
  SELECT DISTINCT l.user_id, p.plan_id
  FROM user_licence l
  CROSS JOIN sku s ON s.sku_id = l.sku_id AND s.capability_status IN ('Enabled','Warning')
  CROSS JOIN sku_service_plan p ON p.sku_id = l.sku_id
  WHERE substr(l.disabled_plans_json, 1, 1) = '[' AND substr(l.disabled_plans_json, -1) = ']'
    AND instr(lower(l.disabled_plans_json), '"' || p.plan_id || '"') = 0;
CREATE TABLE mailbox_smtp(
  mailbox_guid TEXT PRIMARY KEY,
  user_id TEXT,
  tenant_flag TEXT NOT NULL,
  mailbox_flag TEXT NOT NULL,
  effective TEXT NOT NULL,
  decided_by TEXT NOT NULL,
  policy_source TEXT NOT NULL,
  policy_name TEXT,
  policy_basic_smtp TEXT NOT NULL,
  has_exchange_plan INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE shared_text(
  id INTEGER PRIMARY KEY,
  text TEXT NOT NULL
) STRICT;
CREATE TABLE smtp_auth_row(
  mailbox_guid TEXT PRIMARY KEY,
  user_id TEXT,
  address TEXT,
  basic TEXT NOT NULL,
  oauth_delegated TEXT NOT NULL,
  oauth_app TEXT NOT NULL,
  reply TEXT,
  layers INTEGER NOT NULL,
  fix INTEGER,
  fix_names TEXT,
  confidence TEXT NOT NULL,
  explanation INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE VIEW smtp_auth(mailbox_guid, user_id, address, basic, oauth_delegated, oauth_app, reply, layers,
  fix, confidence, explanation) AS
  SELECT r.mailbox_guid, r.user_id, r.address, r.basic, r.oauth_delegated, r.oauth_app, r.reply,
    (SELECT t.text FROM shared_text t WHERE t.id = r.layers),
    (SELECT CASE r.fix_names
            WHEN 'address' THEN replace(t.text, '{mailbox}', '''' || r.address || '''')
            WHEN 'guid' THEN replace(t.text, '{mailbox}', '''' || r.mailbox_guid || '''')
            ELSE t.text END
     FROM shared_text t WHERE t.id = r.fix),
    r.confidence, (SELECT t.text FROM shared_text t WHERE t.id = r.explanation)
  FROM smtp_auth_row r;
CREATE TABLE ca_exclusion(
  policy_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  via TEXT NOT NULL,
  via_id TEXT NOT NULL,
  PRIMARY KEY (policy_id, user_id, via, via_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE user_protection_row(
  user_id TEXT PRIMARY KEY,
  mfa TEXT NOT NULL,
  mfa_gap INTEGER,
  legacy_auth TEXT NOT NULL,
  legacy_auth_policies INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE VIEW user_protection(user_id, mfa, mfa_gap, legacy_auth, legacy_auth_policies) AS
  SELECT r.user_id, r.mfa, (SELECT t.text FROM shared_text t WHERE t.id = r.mfa_gap),
    r.legacy_auth, (SELECT t.text FROM shared_text t WHERE t.id = r.legacy_auth_policies)
  FROM user_protection_row r;
CREATE TABLE evaluation(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  evaluated_at TEXT NOT NULL,
  as_of TEXT NOT NULL,
  tool_version TEXT NOT NULL,
  profile TEXT,
  rules_digest TEXT NOT NULL,
  fail_on TEXT NOT NULL,
  smtp_removal_date TEXT
) STRICT;
CREATE TABLE rule(
  rule_id TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  pack TEXT NOT NULL,
  title TEXT NOT NULL,
  severity TEXT NOT NULL,
  service TEXT NOT NULL,
  summary TEXT NOT NULL,
  rationale TEXT,
  remediation_json TEXT,
  references_json TEXT NOT NULL,
  mappings_json TEXT NOT NULL,
  resources_json TEXT NOT NULL,
  file TEXT NOT NULL,
  query TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE rule_result(
  rule_id TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  reason_code TEXT,
  severity TEXT NOT NULL,
  pass INTEGER NOT NULL,
  fail INTEGER NOT NULL,
  unknown INTEGER NOT NULL,
  manual INTEGER NOT NULL,
  not_applicable INTEGER NOT NULL,
  waived INTEGER NOT NULL,
  total INTEGER NOT NULL,
  is_incomplete INTEGER NOT NULL,
  message TEXT NOT NULL,
  missing_json TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE resource_result(
  rule_id TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  resource_name TEXT,
  status TEXT NOT NULL,
  reason TEXT,
  waiver_id TEXT,
  evidence TEXT,
  PRIMARY KEY (rule_id, resource_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE collecting(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  tenant_id TEXT,
  runs INTEGER NOT NULL,
  resumed_at TEXT
) STRICT;
CREATE TABLE continuation(
  resource TEXT NOT NULL,
  key TEXT NOT NULL,
  request TEXT NOT NULL,
  subject TEXT,
  next TEXT,
  rows INTEGER NOT NULL,
  pages INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  seen INTEGER NOT NULL,
  served INTEGER NOT NULL,
  odd INTEGER NOT NULL,
  odd_first TEXT,
  reason_code TEXT,
  detail TEXT,
  started_at TEXT NOT NULL,
  PRIMARY KEY (resource, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE pass_user_mfa(
  id TEXT PRIMARY KEY,
  state TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE pass_user_activity(
  id TEXT PRIMARY KEY,
  last_sign_in_at TEXT,
  last_successful_sign_in_at TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE pass_role_grant(
  role_template_id TEXT NOT NULL,
  group_id TEXT NOT NULL,
  group_name TEXT,
  assignment TEXT NOT NULL,
  directory_scope TEXT NOT NULL,
  PRIMARY KEY (role_template_id, group_id, assignment, directory_scope)
) STRICT, WITHOUT ROWID;
CREATE TABLE pass_hidden_group(
  id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
