-- Derived by rules/facts from the evidence; replaced whole by every evaluation.

-- Effective plans: in a licence whose subscription is Enabled or Warning (that still serves its
-- users; Suspended, Deleted and LockedOut do not), and not switched off. A view, because 100,000
-- people with 60 plans each would be six million rows. A list of disabled plans that is no JSON
-- gives no plans: whoever asks finds "not known".
CREATE VIEW user_service_plan(user_id, plan_id) AS
  SELECT DISTINCT l.user_id, p.plan_id
  FROM user_licence l
  CROSS JOIN sku s ON s.sku_id = l.sku_id AND s.capability_status IN ('Enabled','Warning')
  CROSS JOIN sku_service_plan p ON p.sku_id = l.sku_id
  -- Text functions only: a schema is not trusted with others. The array holds quoted GUIDs.
  WHERE substr(l.disabled_plans_json, 1, 1) = '[' AND substr(l.disabled_plans_json, -1) = ']'
    AND instr(lower(l.disabled_plans_json), '"' || p.plan_id || '"') = 0;

-- The effective SMTP AUTH switch and authentication policy of each mailbox.
CREATE TABLE mailbox_smtp(
  mailbox_guid TEXT PRIMARY KEY,
  user_id TEXT,
  tenant_flag TEXT NOT NULL,           -- on|off|unknown: what the tenant's switch does to SMTP AUTH
  mailbox_flag TEXT NOT NULL,          -- on|off|inherit|unknown
  effective TEXT NOT NULL,             -- on|off|unknown
  decided_by TEXT NOT NULL,            -- tenant|mailbox|unknown
  policy_source TEXT NOT NULL,         -- user|default|none|unknown
  policy_name TEXT,
  policy_basic_smtp TEXT NOT NULL,     -- allow|block|unknown
  has_exchange_plan INTEGER            -- NULL: not known
) STRICT, WITHOUT ROWID;

-- Long texts that many rows have in common: people and mailboxes fall into few classes.
CREATE TABLE shared_text(
  id INTEGER PRIMARY KEY,
  text TEXT NOT NULL
) STRICT;

-- The verdict on each mailbox, as the view smtp_auth shows it; layers, fix and explanation are ids of
-- shared_text.
CREATE TABLE smtp_auth_row(
  mailbox_guid TEXT PRIMARY KEY,
  user_id TEXT,
  address TEXT,
  basic TEXT NOT NULL,                 -- allow|block|conditional|unknown|not_applicable
  oauth_delegated TEXT NOT NULL,
  oauth_app TEXT NOT NULL,
  reply TEXT,                          -- id of the SMTP reply catalogue, or NULL
  layers INTEGER NOT NULL,             -- JSON array in gate order
  fix INTEGER,
  fix_names TEXT,                      -- address|guid: which of them {mailbox} in the fix stands for
  confidence TEXT NOT NULL,            -- high|medium|low
  explanation INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Scalar subqueries instead of joins: a view that joins cannot be folded into a LEFT JOIN, and would
-- be built whole, texts and all, by each query that asks for it.
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
  via TEXT NOT NULL,                   -- user|group|role|guest
  via_id TEXT NOT NULL,                -- the group, role template or guest type; the user for 'user'
  PRIMARY KEY (policy_id, user_id, via, via_id)
) STRICT, WITHOUT ROWID;

-- How many accounts each enabled or report-only policy for people has in its scope, whatever else it
-- asks: named and not excluded; perhaps (a group or role was not read whole); excluded, named or not.
-- Accounts of table user, also those that are switched off.
CREATE TABLE ca_reach(
  policy_id TEXT PRIMARY KEY,
  reached INTEGER NOT NULL,
  possibly INTEGER NOT NULL,
  excluded INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What Conditional Access, security defaults and per-user MFA do to each person's sign-ins, as the
-- view user_protection shows it; mfa_gap and legacy_auth_policies are ids of shared_text.
CREATE TABLE user_protection_row(
  user_id TEXT PRIMARY KEY,
  mfa TEXT NOT NULL,                   -- always|sometimes|never|unknown
  mfa_gap INTEGER,                     -- a witness sign-in as JSON, with the policies that nearly caught it
  legacy_auth TEXT NOT NULL,           -- blocked|allowed|conditional|unknown
  legacy_auth_policies INTEGER NOT NULL, -- JSON array of policy ids (or "security-defaults")
  effect_id INTEGER                    -- of ca_effect_row
) STRICT, WITHOUT ROWID;

CREATE VIEW user_protection(user_id, mfa, mfa_gap, legacy_auth, legacy_auth_policies) AS
  SELECT r.user_id, r.mfa, (SELECT t.text FROM shared_text t WHERE t.id = r.mfa_gap),
    r.legacy_auth, (SELECT t.text FROM shared_text t WHERE t.id = r.legacy_auth_policies)
  FROM user_protection_row r;

-- Results; replaced whole by every evaluation. Reports read these and nothing newer.

CREATE TABLE evaluation(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  evaluated_at TEXT NOT NULL,
  as_of TEXT NOT NULL,                 -- date the rules judged by
  tool_version TEXT NOT NULL,
  profile TEXT,
  rules_digest TEXT NOT NULL,          -- SHA-256 over the rule files, in id order
  fail_on TEXT NOT NULL,               -- critical|high|medium|low|none
  smtp_removal_date TEXT,              -- day basic SMTP AUTH goes for good, as given; NULL: not known
  profile_json TEXT,                   -- {id, title, digest, files, excluded: [{id, reason}], max_not_evaluated}
  baseline_json TEXT                   -- {digest, finished_at, evaluated_at, new, open, fixed, ...}
) STRICT;

-- What reports need to know of a rule, so that a snapshot alone reproduces them.
CREATE TABLE rule(
  rule_id TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  pack TEXT NOT NULL,
  title TEXT NOT NULL,
  severity TEXT NOT NULL,
  service TEXT NOT NULL,
  summary TEXT NOT NULL,
  rationale TEXT,
  remediation_json TEXT,               -- {summary, steps, portal, powershell, graph, rollback}
  references_json TEXT NOT NULL,       -- [{title, url}]
  mappings_json TEXT NOT NULL,         -- {framework: [ids]}
  resources_json TEXT NOT NULL,        -- evidence it reads: collection resources
  file TEXT NOT NULL,
  query TEXT NOT NULL,
  overrides_json TEXT                  -- what a profile changed: [{what, from, to}]; NULL: nothing
) STRICT, WITHOUT ROWID;

CREATE TABLE rule_result(
  rule_id TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  outcome TEXT NOT NULL,               -- error|fail|not_evaluated|manual|waived|pass|not_applicable
  reason_code TEXT,
  severity TEXT NOT NULL,
  pass INTEGER NOT NULL,
  fail INTEGER NOT NULL,
  unknown INTEGER NOT NULL,
  manual INTEGER NOT NULL,
  not_applicable INTEGER NOT NULL,
  waived INTEGER NOT NULL,
  total INTEGER NOT NULL,
  is_incomplete INTEGER NOT NULL,      -- 1: evidence was missing or a resource unknown, whatever the outcome
  message TEXT NOT NULL,
  missing_json TEXT NOT NULL           -- [{resource, state, reason_code, permission, licence, detail}]
) STRICT, WITHOUT ROWID;

-- Failing, unknown and manual rows; passes are counted in rule_result. A waiver leaves the status as
-- it is: a failing row with a waiver_id is waived.
CREATE TABLE resource_result(
  rule_id TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  resource_name TEXT,
  status TEXT NOT NULL,                -- fail|unknown|manual
  reason TEXT,
  waiver_id TEXT,                      -- the waiver in force that covers it
  evidence TEXT,                       -- the further columns of the rule's query, as a JSON object
  note TEXT,                           -- what waivers say of it: an end, an expiry, a planned repair
  baseline TEXT,                       -- new|open|not_known; NULL without a baseline or no finding
  PRIMARY KEY (rule_id, resource_id)
) STRICT, WITHOUT ROWID;
