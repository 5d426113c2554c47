-- A small tenant, evaluated: what tests/unit/report_fixture.c puts into a fresh snapshot.
-- 60 mailboxes, 9 Conditional Access policies, every outcome, every collection state, and a few
-- names that want to be more than names.

INSERT INTO snapshot(id, tenant_id, tenant_name, tenant_domain, cloud, started_at, finished_at,
  sealed_at, tool_version, schema_version, digest, client_id, granted_permissions_json)
VALUES (1, '8f6e7c1a-52c4-4a3e-9a2e-1f0d6b7c3a55', 'Contoso Logistics', 'contoso.onmicrosoft.com', 'global',
  '2026-11-23T04:00:12Z', '2026-11-23T04:02:47Z', '2026-11-23T04:02:47Z', '0.1.0', 1,
  '4f1d6c0b8a3e97c2d5f00a9b1e6c7d8f2a3b4c5d6e7f8091a2b3c4d5e6f70819',
  '3c1a9f52-7d0e-4f6b-8a21-5b9c0d7e6f13',
  '["AuditLog.Read.All","Directory.Read.All","Exchange.ManageAsApp","Policy.Read.All","User.Read.All"]');

WITH r(resource, state, reason_code, detail, n, permission, licence, request) AS (VALUES
  ('organization','complete',NULL,NULL,1,'Organization.Read.All',NULL,'GET /v1.0/organization'),
  ('domains','complete',NULL,NULL,4,'Domain.Read.All',NULL,'GET /v1.0/domains'),
  ('security-defaults','complete',NULL,NULL,1,'Policy.Read.All',NULL,'GET /v1.0/policies/identitySecurityDefaultsEnforcementPolicy'),
  ('ca-policies','complete',NULL,NULL,9,'Policy.Read.All','AAD_PREMIUM','GET /beta/identity/conditionalAccess/policies'),
  ('ca-policies-v1','complete',NULL,NULL,9,'Policy.Read.All','AAD_PREMIUM','GET /v1.0/identity/conditionalAccess/policies'),
  ('named-locations','complete',NULL,NULL,3,'Policy.Read.All','AAD_PREMIUM','GET /v1.0/identity/conditionalAccess/namedLocations'),
  ('authentication-strengths','complete',NULL,NULL,4,'Policy.Read.All',NULL,'GET /v1.0/policies/authenticationStrengthPolicies'),
  ('authentication-methods-policy','failed','permission','403 Authorization_RequestDenied: insufficient privileges to complete the operation, request-id 6d0b1f4e-7a53-4c7e-8f0e-2f3c9a1b7d42',0,'Policy.Read.AuthenticationMethod',NULL,'GET /v1.0/policies/authenticationMethodsPolicy'),
  ('authorization-policy','complete',NULL,NULL,1,'Policy.Read.All',NULL,'GET /v1.0/policies/authorizationPolicy'),
  ('users','complete',NULL,NULL,64,'User.Read.All',NULL,'GET /v1.0/users'),
  ('users-per-user-mfa','complete',NULL,NULL,64,'Policy.Read.All',NULL,'GET /beta/users/{id}/authentication/requirements'),
  ('users-sign-in-activity','skipped','licence','the tenant has no Entra ID P1',0,'AuditLog.Read.All','AAD_PREMIUM','GET /v1.0/users?$select=signInActivity'),
  ('subscribed-skus','complete',NULL,NULL,3,'Organization.Read.All',NULL,'GET /v1.0/subscribedSkus'),
  ('mfa-registration','failed','permission','403 Authorization_RequestDenied: calling principal does not have required MSGraph permissions, request-id 0e2c8d75-3f1a-4b60-9d8e-77a5b1c20f93',0,'Reports.Read.All',NULL,'GET /v1.0/reports/authenticationMethods/userRegistrationDetails'),
  ('policy-references','complete',NULL,NULL,11,'Directory.Read.All',NULL,'POST /v1.0/directoryObjects/getByIds'),
  ('group-members','complete',NULL,NULL,18,'Directory.Read.All',NULL,'GET /v1.0/groups/{id}/transitiveMembers'),
  ('role-assignments','complete',NULL,NULL,12,'RoleManagement.Read.Directory',NULL,'GET /v1.0/roleManagement/directory/roleAssignments'),
  ('activity-timeout-policies','complete',NULL,NULL,1,'Policy.Read.All',NULL,'GET /v1.0/policies/activityBasedTimeoutPolicies'),
  ('admin-consent-request-policy','complete',NULL,NULL,1,'Policy.Read.All',NULL,'GET /v1.0/policies/adminConsentRequestPolicy'),
  ('directory-setting-templates','complete',NULL,NULL,3,'GroupSettings.Read.All',NULL,'GET /v1.0/groupSettingTemplates'),
  ('directory-settings','complete',NULL,NULL,1,'GroupSettings.Read.All',NULL,'GET /v1.0/groupSettings'),
  ('role-management-policies','skipped','licence','the tenant has no Entra ID P2',0,'RoleManagementPolicy.Read.Directory','AAD_PREMIUM_P2','GET /v1.0/policies/roleManagementPolicyAssignments'),
  ('role-eligibility','skipped','licence','the tenant has no Entra ID P2',0,'RoleEligibilitySchedule.Read.Directory','AAD_PREMIUM_P2','GET /v1.0/roleManagement/directory/roleEligibilityScheduleInstances'),
  ('role-group-members','complete',NULL,NULL,2,'Directory.Read.All',NULL,'GET /v1.0/groups/{id}/transitiveMembers'),
  ('sign-ins','partial','throttled','429 after 6 attempts on page 14, request-id 91f3a7c2-50be-4d1c-a6f8-3c2d1e0b9a87',1300,'AuditLog.Read.All','AAD_PREMIUM','GET /v1.0/auditLogs/signIns'),
  ('sign-ins-non-interactive','skipped','not_collected',NULL,0,'AuditLog.Read.All','AAD_PREMIUM','GET /beta/auditLogs/signIns'),
  ('transport-config','complete',NULL,NULL,1,'Exchange.ManageAsApp',NULL,'Get-TransportConfig'),
  ('organization-config','complete',NULL,NULL,1,'Exchange.ManageAsApp',NULL,'Get-OrganizationConfig'),
  ('authentication-policies','complete',NULL,NULL,2,'Exchange.ManageAsApp',NULL,'Get-AuthenticationPolicy'),
  ('mailboxes','complete',NULL,NULL,60,'Exchange.ManageAsApp',NULL,'Get-Mailbox'),
  ('cas-mailboxes','complete',NULL,NULL,60,'Exchange.ManageAsApp',NULL,'Get-CASMailbox'),
  ('exchange-users','complete',NULL,NULL,64,'Exchange.ManageAsApp',NULL,'Get-User'),
  ('hve-accounts','complete',NULL,NULL,0,'Exchange.ManageAsApp',NULL,'Get-MailUser -HVEAccount'),
  ('accepted-domains','complete',NULL,NULL,3,'Exchange.ManageAsApp',NULL,'Get-AcceptedDomain'),
  ('dkim-signing-config','complete',NULL,NULL,3,'Exchange.ManageAsApp',NULL,'Get-DkimSigningConfig'),
  ('inbound-connectors','complete',NULL,NULL,2,'Exchange.ManageAsApp',NULL,'Get-InboundConnector'),
  ('remote-domains','complete',NULL,NULL,1,'Exchange.ManageAsApp',NULL,'Get-RemoteDomain'),
  ('outbound-spam-policies','complete',NULL,NULL,1,'Exchange.ManageAsApp',NULL,'Get-HostedOutboundSpamFilterPolicy'),
  ('transport-rules','complete',NULL,NULL,0,'Exchange.ManageAsApp',NULL,'Get-TransportRule'),
  ('dns-records','partial','api_error','SERVFAIL for _dmarc.contoso-freight.example',17,NULL,NULL,'TXT, CNAME and MX of each mail domain'))
INSERT INTO collection(resource, state, reason_code, detail, rows, pages, requests, permission, licence,
  request_template, started_at, finished_at)
SELECT resource, state, reason_code, detail, n, (n + 99) / 100, CASE state WHEN 'skipped' THEN 0 ELSE (n + 99) / 100 + 1 END,
  permission, licence, request, '2026-11-23T04:00:12Z', CASE state WHEN 'skipped' THEN NULL ELSE '2026-11-23T04:02:40Z' END
FROM r;

INSERT INTO domain(name, is_default, is_initial, is_verified, raw) VALUES
  ('contoso.example', 1, 0, 1, '{}'), ('contoso.onmicrosoft.com', 0, 1, 1, '{}');
INSERT INTO security_defaults VALUES (1, 0);
INSERT INTO transport_config VALUES (1, 0, 1, 1, 1, '{}');
INSERT INTO authentication_policy(name, identity, guid, allow_basic_auth_smtp, raw) VALUES
  ('Block basic', 'Block basic', '77b6f0d1-3a58-4f4e-8c7d-1e2f3a4b5c6d', 0, '{}');

-- 60 people and mailboxes, 4 more accounts.
WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < 64),
first(i, name) AS (VALUES (0,'Amira'),(1,'Ben'),(2,'Chiara'),(3,'Dmitri'),(4,'Elin'),(5,'Farid'),(6,'Grace'),(7,'Hiro')),
last(i, name) AS (VALUES (0,'Okafor'),(1,'Lindqvist'),(2,'Marques'),(3,'Novak'),(4,'Park'),(5,'Quinn'),(6,'Rossi'),(7,'Stein')),
p AS (SELECT k.n, f.name AS f, l.name AS l FROM k JOIN first AS f ON f.i = (k.n - 1) % 8 JOIN last AS l ON l.i = (k.n - 1) / 8)
INSERT INTO user(id, user_principal_name, display_name, mail, account_enabled, user_type)
SELECT printf('0a%06x-41c7-4d2b-9e55-6c0f1a2b3c4d', n), lower(f || '.' || l) || '@contoso.example', f || ' ' || l,
  lower(f || '.' || l) || '@contoso.example', n % 31 <> 0, 'Member' FROM p;
UPDATE user SET user_principal_name = 'scanner-dock3@contoso.example', display_name = 'Scanner dock 3' WHERE id LIKE '0a000002%';
UPDATE user SET user_principal_name = 'erp-invoices@contoso.example', display_name = 'ERP invoices' WHERE id LIKE '0a000003%';
UPDATE user SET display_name = '</script><img src=x onerror=alert(1)>' WHERE id LIKE '0a000005%';
UPDATE user SET display_name = '=HYPERLINK("https://evil.example","Salary")' WHERE id LIKE '0a000006%';
UPDATE user SET display_name = 'Anna ' || char(0x202E) || 'nimda' WHERE id LIKE '0a000007%';

INSERT INTO mailbox(guid, user_id, user_principal_name, display_name, primary_smtp_address, recipient_type,
  smtp_client_authentication_disabled, smtp_flag_known, is_listed)
SELECT 'b0' || substr(id, 3), id, user_principal_name, display_name, user_principal_name,
  CASE WHEN rowid_n % 10 = 0 THEN 'SharedMailbox' ELSE 'UserMailbox' END,
  CASE WHEN rowid_n <= 4 THEN 0 WHEN rowid_n <= 20 THEN 1 ELSE NULL END, 1, 1
FROM (SELECT *, row_number() OVER (ORDER BY id) AS rowid_n FROM user) WHERE rowid_n <= 60;

-- Organization switch on; numbers 1 to 4 explicitly on, 5 to 20 off, the others inherit. One
-- authentication policy blocks 21 to 30, Conditional Access the rest but the excluded 31 to 35.
INSERT INTO mailbox_smtp(mailbox_guid, user_id, tenant_flag, mailbox_flag, effective, decided_by,
  policy_source, policy_name, policy_basic_smtp, has_exchange_plan)
SELECT guid, user_id, 'on', CASE WHEN n <= 4 THEN 'on' WHEN n <= 20 THEN 'off' ELSE 'inherit' END,
  CASE WHEN n BETWEEN 5 AND 20 THEN 'off' ELSE 'on' END, CASE WHEN n <= 20 THEN 'mailbox' ELSE 'tenant' END,
  CASE WHEN n BETWEEN 21 AND 30 THEN 'user' ELSE 'none' END, CASE WHEN n BETWEEN 21 AND 30 THEN 'Block basic' END,
  CASE WHEN n BETWEEN 21 AND 30 THEN 'block' ELSE 'allow' END, 1
FROM (SELECT *, row_number() OVER (ORDER BY guid) AS n FROM mailbox);

INSERT INTO smtp_auth(mailbox_guid, user_id, address, basic, oauth_delegated, oauth_app, reply, layers, fix,
  confidence, explanation)
SELECT guid, user_id, primary_smtp_address,
  CASE WHEN recipient_type = 'SharedMailbox' THEN 'block' WHEN n <= 3 THEN 'allow' WHEN n = 4 THEN 'conditional'
    WHEN n <= 30 THEN 'block' WHEN n <= 35 THEN 'unknown' ELSE 'block' END,
  CASE WHEN n BETWEEN 5 AND 20 OR recipient_type = 'SharedMailbox' THEN 'block' WHEN n BETWEEN 31 AND 35 THEN 'conditional' ELSE 'allow' END,
  CASE WHEN n BETWEEN 5 AND 20 THEN 'block' ELSE 'allow' END,
  CASE WHEN n <= 4 THEN NULL WHEN n <= 20 THEN 'auth-disabled-mailbox' WHEN n <= 30 THEN 'auth-basic-disabled' WHEN n <= 35 THEN NULL ELSE 'auth-criteria' END,
  CASE WHEN n <= 3 THEN '[]' WHEN n = 4 THEN '["ca"]' WHEN n <= 20 THEN '["mailbox"]' WHEN n <= 30 AND recipient_type = 'SharedMailbox' THEN '["auth-policy","account"]'
    WHEN n <= 30 THEN '["auth-policy"]' WHEN n <= 35 THEN '["ca"]' WHEN recipient_type = 'SharedMailbox' THEN '["account","ca"]' ELSE '["ca"]' END,
  CASE WHEN n <= 3 THEN NULL WHEN n = 4 THEN 'Send from an address of the named location Dock offices.' WHEN n <= 20 THEN 'Leave it off, or turn it on for this mailbox alone: Set-CASMailbox ''' || primary_smtp_address || ''' -SmtpClientAuthenticationDisabled $false.'
    WHEN n <= 30 THEN 'Use OAuth.' WHEN n <= 35 THEN 'Review the policy Block legacy authentication: it names its apps by a filter.' ELSE 'Use OAuth. Else exclude this account from Block legacy authentication and pin it to a named location.' END,
  CASE WHEN n BETWEEN 31 AND 35 THEN 'medium' ELSE 'high' END,
  CASE WHEN n <= 3 THEN 'Basic SMTP AUTH works: no gate stops it. OAuth: allow with a person''s token, allow with an application''s.'
    WHEN n = 4 THEN 'Basic SMTP AUTH depends on a condition (ca). The policy Block legacy authentication lets named locations through.'
    WHEN n <= 20 THEN 'Basic SMTP AUTH is blocked (mailbox). The mailbox''s own switch is off, and it outranks the organization''s.'
    WHEN n <= 30 THEN 'Basic SMTP AUTH is blocked (auth-policy). The authentication policy Block basic does not allow SMTP.'
    WHEN n <= 35 THEN 'Basic SMTP AUTH cannot be judged: evidence is missing (ca). A policy chooses its apps by a filter that only the service can work out.'
    ELSE 'Basic SMTP AUTH is blocked (ca). Block legacy authentication refuses the sign-in.' END
FROM (SELECT *, row_number() OVER (ORDER BY guid) AS n FROM mailbox);

INSERT INTO user_protection(user_id, mfa, mfa_gap, legacy_auth, legacy_auth_policies)
SELECT id, CASE WHEN n <= 4 THEN 'never' WHEN n <= 12 THEN 'sometimes' WHEN n <= 15 THEN 'unknown' ELSE 'always' END, NULL,
  CASE WHEN n <= 3 THEN 'allowed' WHEN n = 4 THEN 'conditional' WHEN n BETWEEN 31 AND 35 THEN 'allowed' ELSE 'blocked' END, '[]'
FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM user);

INSERT INTO directory_group(id, display_name, state, named_by) VALUES
  ('9d3e0001-0000-4000-8000-000000000001', 'CA exclusions (temporary since 2023)', 'found', 'policy'),
  ('9d3e0001-0000-4000-8000-000000000002', 'Break glass', 'found', 'policy');
INSERT INTO role(id, template_id, display_name, is_built_in) VALUES
  ('62e90394-69f5-4237-9190-012177145e10', '62e90394-69f5-4237-9190-012177145e10', 'Global Administrator', 1);
INSERT INTO authentication_strength(id, display_name, raw) VALUES
  ('00000000-0000-0000-0000-000000000004', 'Phishing-resistant MFA', '{}');

WITH p(n, name, state, who, apps, client, control, operator) AS (VALUES
  (1,'Block legacy authentication','enabled','All','All','other','block','OR'),
  (2,'Require MFA for all users','enabled','All','All','all','mfa','OR'),
  (3,'Phishing-resistant MFA for administrators','enabled','62e90394-69f5-4237-9190-012177145e10','All','all','00000000-0000-0000-0000-000000000004','AND'),
  (4,'Compliant device for finance','enabledForReportingButNotEnforced','9d3e0001-0000-4000-8000-000000000001','Office365','all','compliantDevice','OR'),
  (5,'Guests: MFA','enabled','GuestsOrExternalUsers','All','all','mfa','OR'),
  (6,'Block unknown countries','enabledForReportingButNotEnforced','All','All','all','block','OR'),
  (7,'Admin portals: MFA','enabled','All','MicrosoftAdminPortals','all','mfa','OR'),
  (8,'Pilot <b>2024</b> & "old"','disabled','All','All','all','mfa','OR'),
  (9,'High risk: password change','disabled','All','All','all','passwordChange','AND'))
INSERT INTO ca_policy(id, display_name, state, created_at, modified_at, is_workload, in_v1, raw)
SELECT printf('c0de%04d-0000-4000-8000-000000000000', n), name, state, '2025-03-01T00:00:00Z', '2026-09-01T00:00:00Z', 0, 1,
  json_object('w', who, 'a', apps, 'c', client, 'k', control, 'o', operator) FROM p;
INSERT INTO ca_policy_target(policy_id, dimension, mode, target)
SELECT id, CASE WHEN raw ->> 'w' LIKE '9d3e%' THEN 'group' WHEN raw ->> 'w' LIKE '62e9%' THEN 'role' ELSE 'user' END, 'include', raw ->> 'w' FROM ca_policy
UNION ALL SELECT id, 'application', 'include', raw ->> 'a' FROM ca_policy
UNION ALL SELECT id, 'client_app', 'include', raw ->> 'c' FROM ca_policy;
INSERT INTO ca_policy_control(policy_id, kind, value)
SELECT id, CASE WHEN raw ->> 'k' LIKE '0000%' THEN 'strength' ELSE 'grant' END, raw ->> 'k' FROM ca_policy
UNION ALL SELECT id, 'operator', raw ->> 'o' FROM ca_policy;
INSERT INTO ca_policy_control VALUES ('c0de0004-0000-4000-8000-000000000000', 'grant', 'mfa');
UPDATE ca_policy SET raw = '{}';
INSERT INTO ca_exclusion(policy_id, user_id, via, via_id)
SELECT 'c0de0001-0000-4000-8000-000000000000', id, 'group', '9d3e0001-0000-4000-8000-000000000001'
  FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM user) WHERE n <= 3 OR n BETWEEN 31 AND 35
UNION ALL SELECT 'c0de0002-0000-4000-8000-000000000000', id, 'group', '9d3e0001-0000-4000-8000-000000000001'
  FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM user) WHERE n <= 26
UNION ALL SELECT 'c0de0002-0000-4000-8000-000000000000', id, 'user', id
  FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM user) WHERE n IN (2, 5)
UNION ALL SELECT 'c0de0003-0000-4000-8000-000000000000', id, 'group', '9d3e0001-0000-4000-8000-000000000002'
  FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM user) WHERE n IN (63, 64);

INSERT INTO ca_reach(policy_id, reached, possibly, excluded) VALUES
 ('c0de0001-0000-4000-8000-000000000000', 52, 0, 8), ('c0de0002-0000-4000-8000-000000000000', 30, 4, 26),
 ('c0de0003-0000-4000-8000-000000000000', 58, 0, 2);

INSERT INTO evaluation(id, evaluated_at, as_of, tool_version, profile, rules_digest, fail_on,
  smtp_removal_date) VALUES (1, '2026-11-23T04:02:49Z', '2026-11-23', '0.1.0', NULL,
  'a4b2c9d07e1f38655c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a8b', 'high', NULL);
