-- The rules of the tenant in tenant.sql, and what became of them.

INSERT INTO rule(rule_id, version, pack, title, severity, service, summary, rationale, remediation_json,
  references_json, mappings_json, resources_json, file, query) VALUES
('EXO-SMTP-001', 2, 'core', 'SMTP AUTH is turned off for the organization', 'high', 'exchange-online',
 'Client submission with a password goes around multifactor authentication. The organization''s switch decides for every mailbox without its own.',
 'A password that leaks from a printer or a script is enough to send mail as that mailbox. Attackers try leaked passwords against SMTP first, because nothing asks them for a second factor.',
 json_object('summary', 'Turn SMTP AUTH off for the organization, after the mailboxes that need it have their own switch.',
   'steps', json_array('List the mailboxes that send over SMTP AUTH (section SMTP AUTH of this report).', 'Turn it on for each of those mailboxes alone.', 'Turn it off for the organization.'),
   'portal', 'https://admin.exchange.microsoft.com/#/settings',
   'powershell', 'Set-CASMailbox scanner-dock3@contoso.example -SmtpClientAuthenticationDisabled $false' || char(10) || 'Set-TransportConfig -SmtpClientAuthenticationDisabled $true',
   'rollback', 'Set-TransportConfig -SmtpClientAuthenticationDisabled $false'),
 '[{"title":"Enable or disable authenticated client SMTP submission","url":"https://learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/authenticated-client-smtp-submission"}]',
 '{"cis-m365-v6":["6.5.4"],"scuba":["MS.EXO.5.1v1"],"nist-800-53r5":["CM-7","IA-2"]}', '["transport-config"]', 'packs/core/exo-smtp-001.yaml', 'SELECT 1'),
('EXO-SMTP-002', 1, 'core', 'No mailbox has SMTP AUTH switched on by itself', 'medium', 'exchange-online',
 'A mailbox whose own switch is on keeps sending with a password even when the organization turns SMTP AUTH off.',
 'Such a switch survives every later lock-down, and nobody sees it in the organization''s settings.',
 json_object('summary', 'Give the device or program OAuth, then let the mailbox follow the organization again.',
   'powershell', 'Set-CASMailbox <mailbox> -SmtpClientAuthenticationDisabled $null'),
 '[{"title":"Set-CASMailbox","url":"https://learn.microsoft.com/powershell/module/exchange/set-casmailbox"},{"title":"Not a link","url":"javascript:alert(1)"}]',
 '{"cis-m365-v6":["6.5.4"]}', '["cas-mailboxes","mailboxes","hve-accounts"]', 'packs/core/exo-smtp-002.yaml', 'SELECT 1'),
('EXO-SMTP-003', 1, 'core', 'No mailbox breaks at the end of December 2026', 'high', 'exchange-online',
 'Mailboxes that can send with a password today stop when Microsoft turns basic authentication off.', NULL,
 json_object('summary', 'Move each device and program to OAuth, or to High Volume Email for internal mail.', 'portal', 'http://plain.example/not-linked'),
 '[]', '{}', '["cas-mailboxes","mailboxes","hve-accounts","transport-config","users-per-user-mfa"]', 'packs/core/exo-smtp-003.yaml', 'SELECT 1'),
('EXO-DIRECT-001', 1, 'core', 'Direct Send is rejected', 'medium', 'exchange-online', 'Direct Send lets anybody on the internet send to the tenant in the name of its own domains.', NULL,
 json_object('summary', 'Reject it.', 'powershell', 'Set-OrganizationConfig -RejectDirectSend $true'), '[]', '{"scuba":["MS.EXO.4.1v1"]}', '["organization-config"]', 'packs/core/exo-direct-001.yaml', 'SELECT 1'),
('EXO-TLS-001', 1, 'core', 'Legacy TLS clients are refused', 'low', 'exchange-online', 'TLS 1.0 and 1.1 are broken.', NULL, json_object('summary', 'Turn the opt-in off.'), '[]', '{}', '["transport-config"]', 'packs/core/exo-tls-001.yaml', 'SELECT 1'),
('EXO-POP-001', 1, 'core', 'POP and IMAP are off', 'medium', 'exchange-online', 'POP and IMAP with a password know no second factor.', NULL, json_object('summary', 'Turn them off.'), '[]', '{}', '["cas-mailboxes"]', 'packs/core/exo-pop-001.yaml', 'SELECT 1'),
('EXO-CONN-001', 1, 'core', 'Inbound connectors are bound to an address or a certificate', 'high', 'exchange-online', 'A connector that trusts everybody is an open door for forged mail.', NULL, json_object('summary', 'Restrict it.'), '[]', '{}', '["inbound-connectors"]', 'packs/core/exo-conn-001.yaml', 'SELECT 1'),
('EXO-HVE-001', 1, 'core', 'High Volume Email accounts have an owner', 'info', 'exchange-online', 'An account without an owner outlives its purpose.', NULL, NULL, '[]', '{}', '["hve-accounts"]', 'packs/core/exo-hve-001.yaml', 'SELECT 1'),
('EXO-ALERT-001', 1, 'core', 'Alerts for restricted senders reach a person', 'medium', 'exchange-online', 'Exchange Online restricts an account that sends spam. No interface tells who gets the alert.', NULL,
 json_object('summary', 'Look at the alert policy.', 'steps', json_array('Open the alert policies.', 'Open "User restricted from sending email".', 'Check that its recipients read it.'), 'portal', 'https://security.microsoft.com/alertpoliciesv2'), '[]', '{}', '[]', 'packs/core/exo-alert-001.yaml', 'SELECT 1'),
('ENTRA-CA-001', 3, 'core', 'Legacy authentication is blocked for everybody', 'critical', 'entra-id',
 'Conditional Access or security defaults have to refuse sign-ins with a password alone, for every account.',
 'Who is left out of the policy can be signed in to with nothing but a password, from anywhere.',
 json_object('summary', 'Take people out of the exclusion group one by one; give service accounts OAuth.',
   'steps', json_array('Find out what each account signs in with.', 'Move it to OAuth.', 'Remove it from the group.'), 'portal', 'https://entra.microsoft.com/#view/Microsoft_AAD_ConditionalAccess/PoliciesList.ReactView'),
 '[{"title":"Block legacy authentication with Conditional Access","url":"https://learn.microsoft.com/entra/identity/conditional-access/policy-block-legacy-authentication"}]',
 '{"cis-m365-v6":["5.2.2.3"],"scuba":["MS.AAD.1.1v1"]}', '["users","ca-policies","group-members","security-defaults","role-assignments"]', 'packs/core/entra-ca-001.yaml', 'SELECT 1'),
('ENTRA-CA-002', 2, 'core', 'MFA is asked of every account', 'critical', 'entra-id', 'Every sign-in with a modern client has to need a second factor.', 'The gap names a sign-in that succeeds without one.',
 json_object('summary', 'Close the gaps that are listed for each account.'), '[]', '{"scuba":["MS.AAD.3.2v1"]}', '["users","ca-policies","authentication-methods-policy"]', 'packs/core/entra-ca-002.yaml', 'SELECT 1'),
('ENTRA-CA-003', 1, 'core', 'Report-only policies are not forgotten', 'low', 'entra-id', 'A policy in report-only mode protects nobody.', NULL, json_object('summary', 'Turn it on, or delete it.'), '[]', '{}', '["ca-policies"]', 'packs/core/entra-ca-003.yaml', 'SELECT 1'),
('ENTRA-MFA-001', 1, 'core', 'Administrators have registered a phishing-resistant method', 'high', 'entra-id', 'Codes and push messages can be relayed.', NULL, json_object('summary', 'Register passkeys.'), '[]', '{}', '["mfa-registration","role-assignments"]', 'packs/core/entra-mfa-001.yaml', 'SELECT 1'),
('ENTRA-MFA-002', 1, 'core', 'Everybody can use MFA', 'medium', 'entra-id', 'Who has registered nothing can be registered by somebody else.', NULL, json_object('summary', 'Run a registration campaign.'), '[]', '{}', '["mfa-registration"]', 'packs/core/entra-mfa-002.yaml', 'SELECT 1'),
('ENTRA-METHOD-001', 1, 'core', 'Weak methods are switched off', 'low', 'entra-id', 'Text messages and calls can be intercepted.', NULL, json_object('summary', 'Switch off text messages and calls.'), '[]', '{}', '["authentication-methods-policy"]', 'packs/core/entra-method-001.yaml', 'SELECT 1'),
('ENTRA-STALE-001', 1, 'core', 'Accounts that nobody uses are disabled', 'medium', 'entra-id', 'A forgotten account is watched by nobody.', NULL, json_object('summary', 'Disable them.'), '[]', '{}', '["users","users-sign-in-activity"]', 'packs/core/entra-stale-001.yaml', 'SELECT 1'),
('ENTRA-LEG-001', 1, 'core', 'No legacy sign-in succeeded in 30 days', 'high', 'entra-id', 'Each success is a password that works alone.', NULL, json_object('summary', 'Find the client.'), '[]', '{}', '["sign-ins","sign-ins-non-interactive"]', 'packs/core/entra-leg-001.yaml', 'SELECT 1'),
('ENTRA-ROLE-001', 1, 'core', 'There are two to eight global administrators', 'high', 'entra-id', 'One is too few in an emergency, nine are too many to watch.', NULL, json_object('summary', 'Remove assignments.'), '[]', '{}', '["role-assignments","role-eligibility"]', 'packs/core/entra-role-001.yaml', 'SELECT 1'),
('ENTRA-GUEST-001', 1, 'core', 'Guests see little of the directory', 'low', 'entra-id', 'The guest role decides what guests can list.', NULL, json_object('summary', 'Choose the most restricted role.'), '[]', '{}', '["authorization-policy"]', 'packs/core/entra-guest-001.yaml', 'SELECT 1'),
('ENTRA-BREAK-001', 1, 'core', 'Break-glass accounts are tested twice a year', 'medium', 'entra-id', 'An emergency account that was never tried does not work in the emergency.', NULL, json_object('summary', 'Sign in with each, and write down when.'), '[]', '{}', '[]', 'packs/core/entra-break-001.yaml', 'SELECT 1'),
('DNS-SPF-001', 1, 'core', 'Every mail domain has one SPF record', 'medium', 'dns', 'Without SPF anybody can send in the domain''s name.', NULL, json_object('summary', 'Publish it.', 'powershell', 'v=spf1 include:spf.protection.outlook.com -all'), '[{"title":"RFC 7208","url":"https://www.rfc-editor.org/rfc/rfc7208"}]', '{"scuba":["MS.EXO.2.2v2"]}', '["accepted-domains","dns-records"]', 'packs/core/dns-spf-001.yaml', 'SELECT 1'),
('DNS-DMARC-001', 1, 'core', 'Every mail domain has a DMARC policy of reject', 'medium', 'dns', 'DMARC tells receivers what to do with forged mail.', NULL, json_object('summary', 'Publish it.'), '[]', '{"scuba":["MS.EXO.4.2v1"]}', '["accepted-domains","dns-records"]', 'packs/core/dns-dmarc-001.yaml', 'SELECT 1'),
('DNS-DKIM-001', 1, 'core', 'DKIM signs every mail domain', 'medium', 'dns', 'DKIM survives forwarding, SPF does not.', NULL, json_object('summary', 'Enable it.'), '[]', '{}', '["dkim-signing-config"]', 'packs/core/dns-dkim-001.yaml', 'SELECT 1'),
('RUN-PERM-001', 1, 'core', 'The app registration holds no write permission', 'high', 'run', 'An auditor that can write is a target.', NULL, json_object('summary', 'Remove the permission.'), '[]', '{}', '[]', 'packs/core/run-perm-001.yaml', 'SELECT 1'),
('LOCAL-001', 1, 'local', 'A rule with a defect', 'low', 'exchange-online', 'A local rule whose query divides by zero rows.', NULL, NULL, '[]', '{}', '["mailboxes"]', 'local/local-001.yaml', 'SELECT 1');

WITH m(users_mfa, registration, activity, sign_ins, dns) AS (SELECT
  json_object('resource','authentication-methods-policy','state','failed','reason_code','permission','permission','Policy.Read.AuthenticationMethod','licence',NULL,'detail','403 Authorization_RequestDenied: insufficient privileges to complete the operation, request-id 6d0b1f4e-7a53-4c7e-8f0e-2f3c9a1b7d42'),
  json_object('resource','mfa-registration','state','failed','reason_code','permission','permission','Reports.Read.All','licence',NULL,'detail','403 Authorization_RequestDenied: calling principal does not have required MSGraph permissions, request-id 0e2c8d75-3f1a-4b60-9d8e-77a5b1c20f93'),
  json_object('resource','users-sign-in-activity','state','skipped','reason_code','licence','permission','AuditLog.Read.All','licence','AAD_PREMIUM','detail','the tenant has no Entra ID P1'),
  json_object('resource','sign-ins','state','partial','reason_code','throttled','permission','AuditLog.Read.All','licence','AAD_PREMIUM','detail','429 after 6 attempts on page 14, request-id 91f3a7c2-50be-4d1c-a6f8-3c2d1e0b9a87'),
  json_object('resource','dns-records','state','partial','reason_code','api_error','permission',NULL,'licence',NULL,'detail','SERVFAIL for _dmarc.contoso-freight.example')),
x(rule_id, outcome, reason_code, pass, fail, unknown, manual, na, waived, incomplete, message, missing) AS (VALUES
('EXO-SMTP-001','fail',NULL,0,1,0,0,0,0,0,'SMTP AUTH is on for the organization: 40 mailboxes follow it','[]'),
('EXO-SMTP-002','fail',NULL,55,4,0,0,0,1,0,'4 of 60 mailboxes have SMTP AUTH switched on by themselves','[]'),
('EXO-SMTP-003','fail',NULL,51,4,5,0,0,0,1,'4 of 60 mailboxes can send with a password and will stop','[]'),
('EXO-DIRECT-001','not_evaluated','malformed',0,0,1,0,0,0,1,'Get-OrganizationConfig does not say whether Direct Send is rejected','[]'),
('EXO-TLS-001','waived','waiver',0,0,0,0,0,1,0,'Legacy TLS clients are allowed; waived until 2027-03-31','[]'),
('EXO-POP-001','pass',NULL,60,0,0,0,0,0,0,'POP and IMAP are off for all 60 mailboxes','[]'),
('EXO-CONN-001','pass',NULL,2,0,0,0,0,0,0,'Both inbound connectors are restricted','[]'),
('EXO-HVE-001','not_applicable',NULL,0,0,0,0,0,0,0,'The tenant has no High Volume Email accounts','[]'),
('EXO-ALERT-001','manual','manual',0,0,0,1,0,0,0,'Check who gets the alert for restricted senders','[]'),
('ENTRA-CA-001','fail',NULL,56,8,0,0,0,0,0,'8 of 64 accounts can sign in with a password alone','[]'),
('ENTRA-CA-002','fail',NULL,49,12,3,0,0,0,1,'12 of 64 accounts can sign in without MFA, 4 of them everywhere','U'),
('ENTRA-CA-003','fail',NULL,7,2,0,0,0,0,0,'2 of 9 policies are in report-only mode','[]'),
('ENTRA-MFA-001','not_evaluated','permission',0,0,0,0,0,0,1,'Not evaluated: MFA registration details could not be read','R'),
('ENTRA-MFA-002','not_evaluated','permission',0,0,0,0,0,0,1,'Not evaluated: MFA registration details could not be read','R'),
('ENTRA-METHOD-001','not_evaluated','permission',0,0,0,0,0,0,1,'Not evaluated: the authentication methods policy could not be read','U'),
('ENTRA-STALE-001','not_evaluated','licence',0,0,0,0,0,0,1,'Not evaluated: last sign-ins need Entra ID P1','A'),
('ENTRA-LEG-001','not_evaluated','throttled',0,0,0,0,0,0,1,'Not evaluated: 1300 legacy sign-ins were read before the service throttled','S'),
('ENTRA-ROLE-001','pass',NULL,1,0,0,0,0,0,0,'There are 3 global administrators','[]'),
('ENTRA-GUEST-001','pass',NULL,1,0,0,0,0,0,0,'Guests have the most restricted role','[]'),
('ENTRA-BREAK-001','manual','manual',0,0,0,2,0,0,0,'Check when the 2 break-glass accounts were last tried','[]'),
('DNS-SPF-001','pass',NULL,3,0,0,0,0,0,0,'All 3 mail domains have one SPF record','[]'),
('DNS-DMARC-001','fail',NULL,1,1,1,0,0,0,1,'1 of 3 mail domains has no DMARC policy of reject','D'),
('DNS-DKIM-001','pass',NULL,3,0,0,0,0,0,0,'DKIM signs all 3 mail domains','[]'),
('RUN-PERM-001','pass',NULL,5,0,0,0,0,0,0,'None of 5 permissions can write','[]'),
('LOCAL-001','error',NULL,0,0,0,0,0,0,0,'the query returned no rows, and the rule does not say what that means','[]'))
INSERT INTO rule_result(rule_id, version, outcome, reason_code, severity, pass, fail, unknown, manual, not_applicable,
  waived, total, is_incomplete, message, missing_json)
SELECT x.rule_id, r.version, outcome, reason_code, r.severity, pass, fail, unknown, manual, na, waived,
  pass + fail + unknown + manual + waived, incomplete, message,
  CASE missing WHEN 'U' THEN json_array(json(m.users_mfa)) WHEN 'R' THEN json_array(json(m.registration)) WHEN 'A' THEN json_array(json(m.activity))
    WHEN 'S' THEN json_array(json(m.sign_ins)) WHEN 'D' THEN json_array(json(m.dns)) ELSE '[]' END
FROM x JOIN rule AS r ON r.rule_id = x.rule_id JOIN m;

INSERT INTO resource_result(rule_id, resource_id, resource_name, status, reason, waiver_id, evidence) VALUES
('EXO-SMTP-001', 'transport-config', 'Organization', 'fail', 'SmtpClientAuthenticationDisabled is false', NULL, '{"smtp_client_authentication_disabled":0,"mailboxes_that_follow":40}'),
('EXO-DIRECT-001', 'organization-config', 'Organization', 'unknown', 'RejectDirectSend is absent from the reply', NULL, '{"reject_direct_send":null}'),
('EXO-TLS-001', 'transport-config', 'Organization', 'fail', 'AllowLegacyTLSClients is true', 'W-2026-014', '{"allow_legacy_tls_clients":1}'),
('EXO-ALERT-001', 'alert', 'User restricted from sending email', 'manual', 'Who reads this alert?', NULL, NULL),
('ENTRA-CA-003', 'c0de0004-0000-4000-8000-000000000000', 'Compliant device for finance', 'fail', 'report-only since 2025-03-01', NULL, '{"modified_at":"2026-09-01T00:00:00Z"}'),
('ENTRA-CA-003', 'c0de0006-0000-4000-8000-000000000000', 'Block unknown countries', 'fail', 'report-only since 2025-03-01', NULL, '{"modified_at":"2026-09-01T00:00:00Z"}'),
('ENTRA-BREAK-001', '0a00003f-41c7-4d2b-9e55-6c0f1a2b3c4d', 'grace.stein@contoso.example', 'manual', 'When was it last tried?', NULL, NULL),
('ENTRA-BREAK-001', '0a000040-41c7-4d2b-9e55-6c0f1a2b3c4d', 'hiro.stein@contoso.example', 'manual', 'When was it last tried?', NULL, NULL),
('DNS-DMARC-001', 'contoso.example', 'contoso.example', 'fail', 'p=none', NULL, '{"record":"v=DMARC1; p=none; rua=mailto:dmarc@contoso.example"}'),
('DNS-DMARC-001', 'contoso-freight.example', 'contoso-freight.example', 'unknown', 'SERVFAIL', NULL, '{"record":null}');
INSERT INTO resource_result(rule_id, resource_id, resource_name, status, reason, waiver_id, evidence)
SELECT 'EXO-SMTP-002', guid, primary_smtp_address, 'fail',
  'SmtpClientAuthenticationDisabled is false on the mailbox', CASE n WHEN 5 THEN 'W-2026-021' END,
  json_object('display_name', display_name, 'recipient_type', recipient_type, 'organization', 'on')
FROM (SELECT *, row_number() OVER (ORDER BY guid) AS n FROM mailbox) WHERE n <= 5;
INSERT INTO resource_result(rule_id, resource_id, resource_name, status, reason, waiver_id, evidence)
SELECT 'EXO-SMTP-003', mailbox_guid, address, CASE basic WHEN 'unknown' THEN 'unknown' ELSE 'fail' END, explanation, NULL,
  json_object('basic', basic, 'confidence', confidence)
FROM smtp_auth WHERE basic IN ('allow', 'conditional', 'unknown');
INSERT INTO resource_result(rule_id, resource_id, resource_name, status, reason, waiver_id, evidence)
SELECT 'ENTRA-CA-001', u.id, u.user_principal_name, 'fail', 'left out of Block legacy authentication', NULL,
  json_object('display_name', u.display_name, 'path', x.via, 'group', 'CA exclusions (temporary since 2023)')
FROM ca_exclusion AS x JOIN user AS u ON u.id = x.user_id WHERE x.policy_id LIKE 'c0de0001%';
INSERT INTO resource_result(rule_id, resource_id, resource_name, status, reason, waiver_id, evidence)
SELECT 'ENTRA-CA-002', u.id, u.user_principal_name, CASE p.mfa WHEN 'unknown' THEN 'unknown' ELSE 'fail' END,
  CASE p.mfa WHEN 'never' THEN 'no sign-in needs MFA' WHEN 'unknown' THEN 'which methods are allowed was not read' ELSE 'a browser sign-in from a trusted location needs none' END, NULL,
  json_object('display_name', u.display_name, 'mfa', p.mfa)
FROM user_protection AS p JOIN user AS u ON u.id = p.user_id WHERE p.mfa <> 'always';

INSERT INTO waiver(waiver_id, position, rule_id, tenant, disposition, owner, approved_by, ticket, reason, created, expires, state, days, matched, warning) VALUES
('W-2026-014', 0, 'EXO-TLS-001', 'contoso.example', 'risk_accepted', 'alice@contoso.example', 'ciso@contoso.example', 'RISK-12', 'Two scanners of 2014, replacement ordered.', '2026-06-01', '2027-03-31', 'active', 128, 1, NULL),
('W-2026-009', 1, 'EXO-SMTP-001', 'contoso.example', 'compensating_control', 'bob@contoso.example', NULL, NULL, 'The gateway refuses port 587.', '2026-01-01', '2026-11-11', 'expired', 12, 1, 'expired 12 days ago'),
('W-2026-015', 2, 'EXO-POP-001', 'contoso.example', 'planned', 'carol@contoso.example', NULL, 'CHG-7', 'Two clients are left.', '2026-11-01', '2026-12-05', 'expiring', 12, 0, 'ends in 12 days; matches nothing: no resource that it names fails');
UPDATE resource_result SET note = 'waived until 2027-03-31 (W-2026-014, risk_accepted)' WHERE rule_id = 'EXO-TLS-001';
UPDATE resource_result SET note = 'waiver W-2026-009 expired 12 days ago' WHERE rule_id = 'EXO-SMTP-001';
