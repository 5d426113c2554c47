-- History, version 2: views to read from. run_trend and rule_trend have times that a dashboard (Grafana) takes as
-- its time column.

-- What a finding is now: open when the newest run that judged its rule saw it, else fixed since the
-- first run that judged all of the rule and did not see it any more. A run that could not judge
-- all of it says nothing.
CREATE VIEW finding_state AS
  SELECT f.tenant_id, f.rule_id, f.resource_id, f.resource_name, f.first_seen_at, f.last_seen_at,
    f.is_waived,
    CASE WHEN EXISTS (SELECT 1 FROM run r JOIN run_rule o ON o.run_id = r.run_id
                      WHERE r.tenant_id = f.tenant_id AND o.rule_id = f.rule_id AND r.at > f.last_seen_at
                        AND o.is_whole = 1)
         THEN 'fixed' WHEN f.is_waived = 1 THEN 'waived' ELSE 'open' END AS state,
    (SELECT MIN(r.at) FROM run r JOIN run_rule o ON o.run_id = r.run_id
     WHERE r.tenant_id = f.tenant_id AND o.rule_id = f.rule_id AND r.at > f.last_seen_at
       AND o.is_whole = 1) AS fixed_at
  FROM finding f;

CREATE VIEW run_trend AS
  SELECT r.at::timestamptz AS "time", t.name AS tenant, r.*
  FROM run r JOIN tenant t ON t.tenant_id = r.tenant_id;

CREATE VIEW rule_trend AS
  SELECT r.at::timestamptz AS "time", t.name AS tenant, r.tenant_id, o.*
  FROM run_rule o JOIN run r ON r.run_id = o.run_id JOIN tenant t ON t.tenant_id = r.tenant_id;
