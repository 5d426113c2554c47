#!/bin/sh
# same.sh - the same snapshot, rules and options give the same bytes, whatever the clock, the time zone,
# the locale, the folder, the home, the umask, the environment and the number of cores.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
unset SOURCE_DATE_EPOCH

ga audit --demo --snapshot demo.db --quiet
is "the demo" "$rc" 1
cp demo.db other.db
# Another state of the same tenant, sealed anew by the program itself: a waiver's worth of results.
cat >waivers.yaml <<YAML
schema: 1
waivers:
  - {id: W-1, rule: EXO-SMTP-001, tenant: "*", all: true, disposition: risk_accepted, owner: a@example.com, approved_by: b@example.com, reason: known, created: "2026-11-01", expires: "2026-12-10"}
YAML
tenant=$(sql demo.db 'SELECT tenant_id FROM snapshot')
sed -i "s/\"\\*\"/$tenant/" waivers.yaml
ga evaluate other.db --waivers waivers.yaml --quiet --fail-on none
is "another state" "$rc" 0

# everything: all that reads the snapshot, into files of the folder it is run in.
cat >everything.sh <<'SH'
set -u
g=$1
mkdir -p home/.config
cp ../demo.db ../other.db ../waivers.yaml .
chmod 600 ./*.db
"$g" evaluate demo.db --fail-on none --waivers waivers.yaml --baseline other.db --profile cis-m365-v6-l1 \
    --output html=p.html --output json=p.json --output sarif=p.sarif --output markdown=p.md >p.txt 2>p.err
"$g" evaluate demo.db --fail-on none --output html=r.html --output json=r.json --output ndjson=r.ndjson --output csv=r.csv \
    --output csv-findings=f.csv --output csv-resources=s.csv --output csv-action-plan=a.csv --output sarif=r.sarif \
    --output sarif-full=full.sarif --output markdown=r.md --output junit=r.xml --output ocsf=o.ndjson --output oscal=o.json >r.txt 2>r.err
"$g" evaluate demo.db --fail-on none -q --html-profile print --language de --output html=print.html >/dev/null 2>print.err
"$g" evaluate demo.db --fail-on none -q --junit-by resource --junit-dialect extended --output junit=x.xml >/dev/null 2>x.err
for f in text json html markdown; do "$g" diff other.db demo.db --format $f >diff.$f 2>diff.$f.err; done
for f in text json manifest powershell az; do "$g" permissions --format $f >permissions.$f 2>&1; done
"$g" plan --snapshot demo.db >plan.txt 2>&1
"$g" rules list --json >rules.json 2>&1
"$g" why --snapshot demo.db "$2" >why.txt 2>&1
"$g" why --snapshot demo.db "$2" --json >why.json 2>&1
"$g" explain --snapshot demo.db --address "$2" '535 5.7.139 Authentication unsuccessful' >explain.txt 2>&1
sqlite3 -batch demo.db 'SELECT * FROM rule_result ORDER BY 1; SELECT * FROM resource_result ORDER BY 1, 2, 3; SELECT * FROM smtp_auth ORDER BY 1;
    SELECT * FROM user_protection ORDER BY 1; SELECT * FROM ca_exclusion ORDER BY 1, 2, 3, 4; SELECT digest FROM snapshot' >results.txt
rm -rf demo.db other.db waivers.yaml home
SH
who=$(sql demo.db "SELECT primary_smtp_address FROM mailbox ORDER BY guid LIMIT 1")
mkdir a 'b ü'
(cd a && umask 022 && HOME=$work/a/home LC_ALL=C LANG=C TZ=UTC sh ../everything.sh "$GRAPHAUDIT" "$who")

# Commas in numbers, an i without its dot, another day, another year, one core.
mkdir locale
localedef -i tr_TR -f UTF-8 "$work/locale/tr_TR.UTF-8" 2>locale.err
is "a locale with commas" "$(LOCPATH=$work/locale LC_ALL=tr_TR.UTF-8 /usr/bin/printf '%.1f' 1,5)" 1,5
fake=$(command -v faketime) || bad "faketime is there" ""
cores=$(nproc)
(cd 'b ü' && umask 077 && env -i PATH="$PATH" HOME="$work/b ü/home" LOCPATH="$work/locale" LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8 \
    TZ=Pacific/Kiritimati COLUMNS=33 TERM=xterm-256color CI=true GITHUB_ACTIONS=true USER=nobody \
    "$fake" '2031-02-28 23:59:58' taskset -c 0 sh ../everything.sh "$GRAPHAUDIT" "$who")
yes "$cores cores against one" [ "$cores" -ge 1 ]
yes "there is something to compare" [ "$(find a -type f -size +0 | wc -l)" -gt 25 ]
is "the same files" "$(ls a)" "$(ls 'b ü')"
for f in a/*; do yes "the same bytes: ${f#a/}" cmp "$f" "b ü/${f#a/}"; done

# SOURCE_DATE_EPOCH is in no report either.
mkdir c
(cd c && SOURCE_DATE_EPOCH=1 sh ../everything.sh "$GRAPHAUDIT" "$who")
for f in a/*; do cmp -s "$f" "c/${f#a/}" || echo "${f#a/}"; done >changed
is "SOURCE_DATE_EPOCH: the same bytes" "$(cat changed)" ""
finish
