-- The same tenant on a bad day: Exchange was not readable, the list of users is cut short, no
-- fact could be derived, and the collection was interrupted.

INSERT INTO snapshot(id, tenant_id, tenant_name, tenant_domain, cloud, started_at, finished_at,
  sealed_at, tool_version, schema_version, digest, client_id, granted_permissions_json)
VALUES (1, NULL, NULL, 'contoso.onmicrosoft.com', 'global', '2026-11-23T04:00:12Z', NULL, NULL, '0.1.0', 1,
  NULL, NULL, NULL);
INSERT INTO collection(resource, state, reason_code, detail, rows, pages, requests, permission) VALUES
('users', 'partial', 'deadline', 'stopped after page 3', 300, 3, 3, 'User.Read.All'),
('mailboxes', 'failed', 'permission', '403 The role assigned to the application is not supported', 0, 0, 1, 'Exchange.ManageAsApp');
INSERT INTO user(id, user_principal_name, account_enabled) VALUES ('0a000001-41c7-4d2b-9e55-6c0f1a2b3c4d', 'a@contoso.example', 1);
INSERT INTO evaluation(id, evaluated_at, as_of, tool_version, profile, rules_digest, fail_on,
  smtp_removal_date) VALUES (1, '2026-11-23T04:02:49Z', '2026-11-23', '0.1.0', NULL,
  'a4b2c9d07e1f38655c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a8b', 'high', NULL);
INSERT INTO rule(rule_id, version, pack, title, severity, service, summary, references_json, mappings_json, resources_json, file, query) VALUES
('EXO-SMTP-001', 2, 'core', 'SMTP AUTH is turned off for the organization', 'high', 'exchange-online', 'The switch decides.', '[]', '{}', '["transport-config"]', 'f', 'SELECT 1'),
('EXO-SMTP-002', 1, 'core', 'No mailbox has SMTP AUTH switched on by itself', 'medium', 'exchange-online', 'Its own switch.', '[]', '{}', '["mailboxes"]', 'f', 'SELECT 1'),
('EXO-POP-001', 1, 'core', 'POP and IMAP are off', 'medium', 'exchange-online', 'No second factor.', '[]', '{}', '["mailboxes"]', 'f', 'SELECT 1'),
('ENTRA-CA-001', 1, 'core', 'Legacy authentication is blocked for everybody', 'critical', 'entra-id', 'Everybody.', '[]', '{}', '["users"]', 'f', 'SELECT 1');
-- POP-001 claims a pass on incomplete evidence, and ENTRA-CA-001 has no result: both must show.
INSERT INTO rule_result(rule_id, version, outcome, reason_code, severity, pass, fail, unknown, manual, not_applicable, waived, total, is_incomplete, message, missing_json) VALUES
('EXO-SMTP-001', 2, 'not_evaluated', 'not_collected', 'high', 0, 0, 0, 0, 0, 0, 0, 1, 'Not evaluated', '[{"resource":"transport-config","state":"skipped","reason_code":"not_collected"}]'),
('EXO-SMTP-002', 1, 'not_evaluated', 'permission', 'medium', 0, 0, 0, 0, 0, 0, 0, 1, 'Not evaluated', '[{"resource":"mailboxes","state":"failed","reason_code":"permission","permission":"Exchange.ManageAsApp"}]'),
('EXO-POP-001', 1, 'pass', NULL, 'medium', 3, 0, 0, 0, 0, 0, 3, 1, 'POP and IMAP are off for all 3 mailboxes', '[{"resource":"mailboxes","state":"failed","reason_code":"permission","permission":"Exchange.ManageAsApp"}]');
