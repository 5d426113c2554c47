#!/bin/sh
# delta.sh - incremental is full: users that did not change come from the snapshot before, and every
# row of every evidence table is the one that a full read gives.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1

cp "$tenants/smtp.json" "$work/play.json"
tenants=$work
start() {
    rm -f full.db
    sim play --page-size 5 "$@" || finish
}

# reload: the simulator reads its description again.
reload() {
    rm -f "$sim_dir/generation" full.db
    kill -HUP "$sim_pid"
    i=0
    until [ -s "$sim_dir/generation" ]; do
        i=$((i + 1))
        [ $i -le 200 ] && kill -0 "$sim_pid" 2>/dev/null || { bad "reload" "$(cat "$sim_dir/out")"; finish; }
        sleep 0.05
    done
}
# change ROUND: who comes, goes, is renamed, disabled, relicensed; the same every time.
change() {
    node -e '
        const fs = require("fs"), n = Number(process.argv[1]);
        const t = JSON.parse(fs.readFileSync("play.json"));
        const nth = (k) => t.users[(n * 7 + k * 3) % t.users.length];
        const added = { upn: `new${n}@${t.domains.find((d) => d.initial).name}`, name: `New ${n}`,
                        licences: n % 2 ? ["SPE_E3"] : [] };
        nth(1).name += " \u00e9" + n;
        nth(2).enabled = nth(2).enabled === false;
        nth(3).licences = nth(3).licences && nth(3).licences.length ? [] : ["SPE_E3"];
        t.users.push(added);
        const before = t.users.findIndex((u) => u.upn.startsWith(`new${n - 2}@`));
        const gone = t.gone; // of the round before: comes back, as from the recycle bin
        t.gone = before >= 0 ? t.users.splice(before, 1)[0] : undefined;
        if (gone) t.users.push(gone);
        fs.writeFileSync("play.json", JSON.stringify(t));' "$1"
}
# dump DB: every row of every evidence table, and what became of each resource.
dump() {
    for table in $(sql "$1" "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN
        ('snapshot','collection','collecting','continuation','delta_token','sitting') AND name NOT LIKE 'pass\_%' ESCAPE '\' ORDER BY name"); do
        echo "== $table"
        sql "$1" "SELECT * FROM \"$table\"" | LC_ALL=C sort
    done
    sql "$1" "SELECT resource, state, reason_code, rows FROM collection ORDER BY 1"
}
detail() { sql "$1" "SELECT detail FROM collection WHERE resource = 'users'"; }
listed() { sed 1,"$1"d "$sim_dir/log" | grep -c '/v1.0/users?\$select=id,userPrincipalName'; }
lines() { wc -l <"$sim_dir/log"; }
# same NAME DB: what a full read of now gives (read once for each state of the tenant).
same() {
    if [ ! -f full.db ]; then
        said=$err
        contact collect --snapshot full.db
        err=$said
        dump full.db >full.txt
    fi
    dump "$2" >got.txt
    is "$1: the same evidence, table by table" "$(diff full.txt got.txt)" ""
    is "$1: the same digest" "$(sql "$2" 'SELECT digest FROM snapshot')" "$(sql full.db 'SELECT digest FROM snapshot')"
}
# fell NAME DB PART: everything was read, the reason was said, and the next run can go on from it.
fell() {
    has "$1: said" "$err" "all users are read"
    [ -z "$3" ] || has "$1: why" "$err" "$3"
    same "$1" "$2"
    is "$1: a new token" "$(sql "$2" 'SELECT count(*) FROM delta_token')" 1
}

# Everything once; the rest without Conditional Access, which the service answers once a second.
quick='--remove-permission Policy.Read.All --remove-permission Policy.Read.ConditionalAccess'
start
contact collect --snapshot all0.db --incremental
first=$rc
same "first" all0.db
is "first: a token" "$(sql all0.db "SELECT count(*) FROM delta_token WHERE link LIKE 'https://localhost:%deltatoken=1-%'")" 1
change 0
reload
contact collect --snapshot all1.db --since all0.db
is "all: exit" "$rc" "$first"
has "all: only changes" "$(detail all1.db)" "changed since"
same "all" all1.db

# shellcheck disable=SC2086
start $quick
contact collect --snapshot r0.db
first=$rc
is "without the option: no token" "$(sql r0.db 'SELECT count(*) FROM delta_token')" 0
rm r0.db
contact collect --snapshot r0.db --incremental
for round in 1 2 3 4; do
    change $round
    reload
    before=$(lines)
    contact collect --snapshot r$round.db --since r$((round - 1)).db
    is "round $round: exit" "$rc" "$first"
    is "round $round: the list of users was not read" "$(listed "$before")" 0
    has "round $round: says so" "$(detail r$round.db)" "changed since"
    yes "round $round: only some were read" [ "$(sed 1,"$before"d "$sim_dir/log" | grep -c '/v1.0/users/[0-9a-f-]*?')" -lt 8 ]
    same "round $round" r$round.db
done
people_named() { sql "r$1.db" "SELECT count(*) FROM user WHERE user_principal_name LIKE '$2@%'"; }
is "one came, left and came back" "$(people_named 1 new1)$(people_named 3 new1)$(people_named 4 new1)" 101
contact collect --snapshot skip.db --since r2.db
same "two rounds at once" skip.db
contact collect --snapshot idle.db --since r4.db
has "nothing changed" "$(detail idle.db)" "0 changed since"
same "nothing changed" idle.db
is "well-behaved" "$(grep -c '"invalid"' "$sim_dir/log")" 0

# What cannot be used.
contact collect --snapshot a.db --since nowhere.db
fell "no earlier file" a.db "nowhere.db"
cp r4.db bent.db
sql bent.db "UPDATE user SET account_enabled = 0"
contact collect --snapshot b.db --since bent.db
fell "changed evidence" b.db "was changed after it was sealed"
# Each as SQL|PART.
for case in "taken_at = '2026-01-01T00:00:00Z'|too old" "full_at = '2026-01-01T00:00:00Z'|full read is too long ago" \
    "request = 'x'|other properties" "link = replace(link, '-', '-0')|syncStateNotFound" "link = 'https://localhost:1/v1.0/users/delta?x=1'|" \
    "link = '$(ready stranger)/v1.0/users/delta?x=1'|"; do
    cp r4.db bent.db
    sql bent.db "UPDATE delta_token SET ${case%|*}"
    rm -f c.db
    contact collect --snapshot c.db --since bent.db
    fell "${case%|*}" c.db "${case#*|}"
done
is "a token never went to another host" "$(grep -c '"service": *"stranger"' "$sim_dir/log")" 0
cp r4.db bent.db
sql bent.db "UPDATE snapshot SET tenant_id = '11111111-2222-4333-8444-555555555555'"
contact collect --snapshot d.db --since bent.db
is "another tenant: exit" "$rc" 2
has "another tenant: said" "$err" "is of tenant 11111111"
yes "another tenant: no file" [ ! -e d.db ]
contact collect --resume r4.db --since r3.db
is "with --resume: exit" "$rc" 2

# The service refuses, or its list of changes is not what it should be. Each as FAULT|PART.
for case in 'kind=status;value=410;code=resyncRequired;times=1|HTTP 410' 'kind=status;value=400;code=syncStateNotFound;times=1|HTTP 400' \
    'kind=wrong-type;times=1|' 'kind=missing-property;value=id;times=1|without an id'; do
    rm -f e.db g.db
    # shellcheck disable=SC2086
    start $quick --fault "match=users/delta;nth=2;${case%|*}"
    contact collect --snapshot e.db --incremental
    change 5
    reload
    contact collect --snapshot g.db --since e.db
    fell "${case%|*}" g.db "${case#*|}"
done

# Cut after rows were taken over: who goes on reads all users, and nobody who left stays.
rm -f e.db g.db
# shellcheck disable=SC2086
start $quick --fault 'match=/v1.0/users/;nth=3;kind=slow;value=1;times=4'
contact collect --snapshot e.db --incremental
change 6
reload
contact collect --snapshot g.db --since e.db --deadline 2s
is "cut: not sealed" "$(sql g.db 'SELECT sealed_at IS NULL FROM snapshot')|$(one g.db users)" "1|partial/deadline"
yes "cut: rows were taken over" [ "$(sql g.db 'SELECT count(*) FROM user')" -gt 10 ]
change 7
reload
contact collect --resume g.db
people() { sql "$1" "SELECT id, user_principal_name, display_name, mail, account_enabled, user_type FROM user ORDER BY 1; SELECT * FROM user_licence ORDER BY 1, 2"; }
is "cut, resumed: complete" "$(one g.db users)" complete/
contact collect --snapshot full.db
is "cut, resumed: the same users" "$(people g.db)" "$(people full.db)"
finish
