#!/bin/sh
# removal.sh permissions|cmdlets|endpoints - takes away one permission, licence, cmdlet or endpoint after another. What depends on
# it must become not evaluated, with the reason; nothing else may change.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1

sim demo || finish
contact audit --snapshot base.db
is "baseline" "$rc" 1
is "baseline is complete" "$(sql base.db "SELECT group_concat(resource) FROM collection WHERE state <> 'complete'
    AND coalesce(detail, '') <> 'not chosen for this run'")" "" # what no rule reads is not asked for

# compare NAME DB REASON: the rules that read what went missing, and only those, are not evaluated.
compare() {
    sqlite3 -batch -noheader "$2" >"$work/differences" <<SQL
ATTACH 'base.db' AS base;
CREATE TEMP TABLE gone AS
  SELECT c.resource, c.state, c.reason_code FROM collection c JOIN base.collection b USING (resource)
  WHERE c.state <> b.state
    AND NOT (c.resource IN ('role-eligibility', 'role-management-policies') AND c.reason_code = 'licence');
CREATE TEMP TABLE hit AS
  SELECT r.rule_id, EXISTS (SELECT 1 FROM json_each(u.resources_json) j JOIN gone ON gone.resource = j.value) AS reads
  FROM rule_result r JOIN rule u USING (rule_id);
SELECT 'nothing was taken away' WHERE NOT EXISTS (SELECT 1 FROM gone);
SELECT 'reason of ' || resource || ' is ' || reason_code FROM gone WHERE reason_code <> '$3';
SELECT h.rule_id || ' reads what is gone but is ' || r.outcome || '/' || coalesce(r.reason_code, '')
  FROM hit h JOIN rule_result r USING (rule_id)
  WHERE h.reads AND NOT (r.outcome = 'not_evaluated' AND r.reason_code = '$3')
    -- what was read in part can prove a failure, never a pass
    AND NOT (r.outcome = 'fail' AND r.is_incomplete AND NOT EXISTS (
      SELECT 1 FROM rule u, json_each(u.resources_json) j JOIN gone ON gone.resource = j.value
      WHERE u.rule_id = h.rule_id AND gone.state <> 'partial'));
SELECT h.rule_id || ' does not read it but changed from ' || b.outcome || ' to ' || r.outcome
  FROM hit h JOIN rule_result r USING (rule_id) JOIN base.rule_result b USING (rule_id)
  WHERE NOT h.reads AND r.rule_id NOT LIKE 'RUN-%'
    AND (r.outcome, r.pass, r.fail) IS NOT (b.outcome, b.pass, b.fail);
SELECT 'no rule depends on ' || group_concat(resource) FROM gone
  WHERE NOT EXISTS (SELECT 1 FROM hit WHERE reads)
  HAVING count(*) > 0 AND '${4:-}' <> 'unused';
SQL
    is "$1" "$(cat "$work/differences")" ""
}

case ${1:-all} in permissions | all)
for p in $(sql base.db "SELECT DISTINCT permission FROM collection WHERE permission LIKE '%.Read%' ORDER BY 1"); do
    sim demo --remove-permission "$p" || finish
    rm -f without.db
    contact audit --snapshot without.db
    is "without $p: exit 1 or 3" "$(echo "$rc" | tr 13 xx)" x
    compare "without $p" without.db permission unused
    is "without $p: named where it is missed" "$(sql without.db "SELECT count(*) FROM rule_result r, json_each(r.missing_json) j
        WHERE j.value ->> 'reason_code' = 'permission' AND j.value ->> 'state' = 'failed' AND j.value ->> 'permission' <> '$p'")" 0
done

sim demo --remove-permission Exchange.ManageAsApp || finish
rm -f without.db
contact audit --snapshot without.db
compare "without Exchange.ManageAsApp" without.db permission
sim demo --remove-exchange-role || finish
rm -f without.db
contact audit --snapshot without.db
compare "without the Exchange role" without.db permission
;; esac
case ${1:-all} in cmdlets | all)
for c in $(sql base.db "SELECT DISTINCT substr(request_template || ' ', 1, instr(request_template || ' ', ' ') - 1) FROM collection WHERE request_template LIKE 'Get-%'"); do
    sim demo --disable-cmdlet "$c" || finish
    rm -f without.db
    contact audit --snapshot without.db
    compare "without cmdlet $c" without.db permission unused
done

;; esac
case ${1:-all} in endpoints | all)
# Licences: what needs Entra ID P1 is not evaluated; P2 only gates eligible roles, which then do not exist.
sim demo --licence none || finish
rm -f without.db
contact audit --snapshot without.db
for r in mfa-registration sign-ins sign-ins-non-interactive; do
    is "no P1: $r" "$(one without.db $r)" "skipped/licence"
done
contact collect --snapshot passes.db # an audit leaves out what no rule reads
is "no P1: users-sign-in-activity" "$(one passes.db users-sign-in-activity)" "skipped/licence"
# (without P1 there are no policies either, so a rule on their exclusions may say: not applicable)
is "no P1: rules that read it" "$(sql without.db "SELECT group_concat(u.rule_id) FROM rule u JOIN rule_result r USING (rule_id), json_each(u.resources_json) j WHERE j.value IN ('mfa-registration','sign-ins','sign-ins-non-interactive','users-sign-in-activity') AND r.outcome <> 'not_applicable' AND NOT (r.outcome = 'not_evaluated' AND r.reason_code = 'licence')")" ""
sim demo --licence p1 || finish
rm -f without.db
contact audit --snapshot without.db
is "no P2: eligible roles" "$(one without.db role-eligibility)" "skipped/licence"
is "no P2: nothing is lost" "$(sql without.db "SELECT count(*) FROM rule_result WHERE reason_code = 'licence'")" 0

# Endpoints that answer with an error for good.
for e in /organization /domains /identitySecurityDefaultsEnforcementPolicy /namedLocations \
    /authenticationStrengthPolicies /authenticationMethodsPolicy /authorizationPolicy \
    /adminConsentRequestPolicy /groupSettings /groupSettingTemplates /activityBasedTimeoutPolicies \
    /roleManagementPolicyAssignments \
    /subscribedSkus /userRegistrationDetails /getByIds /transitiveMembers /roleAssignments \
    /roleEligibilityScheduleInstances /v1.0/auditLogs/signIns /beta/auditLogs/signIns /v1.0/users \
    /beta/identity/conditionalAccess/policies; do
    sim demo --disable-endpoint "$e" || finish
    rm -f without.db
    contact audit --snapshot without.db
    case $e in
    /beta/identity/*) reason=truncated ;;
    *) reason=api_error ;;
    esac
    compare "without $e" without.db $reason unused
done
;; esac
finish
