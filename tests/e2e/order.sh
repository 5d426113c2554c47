#!/bin/sh
# The evidence does not depend on the order in which replies arrive.
#
# The same tenant is read three times in small pages: as fast as it goes, with replies that overtake
# each other, and one request at a time with a refusal in the middle of the longest list.
. "$(dirname "$0")/lib.sh"

# Every evidence row in the order of its key; not when and how it was read.
dump() {
    sqlite3 "$1" "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name" |
        grep -vxE 'collection|snapshot|sitting' |
        while read -r table; do
            echo "== $table"
            sqlite3 "$1" "SELECT * FROM \"$table\"" | sort
        done
    sqlite3 "$1" "SELECT resource, state, reason_code, rows, pages FROM collection ORDER BY resource"
}

# 400 people in pages of 60, and no list of sign-ins, whose pages are 2 s apart.
sed '1s/^{/{"generate": {"users": 400, "mailboxes": 300, "groups": 3, "policies": 3, "signIns": 0, "seed": 5},/' \
    "$tenants/clean.json" >"$work/many.json"
tenants=$work
sim many --page-size 60
contact collect --snapshot "$work/plain.db"
is "plain: exit" $rc 0
dump "$work/plain.db" >"$work/plain"
sim many --page-size 60 --jitter-ms 120
contact collect --snapshot "$work/jitter.db"
is "jitter: exit" $rc 0
dump "$work/jitter.db" >"$work/jitter"
sim many --page-size 60 --jitter-ms 20 \
    --fault 'match=signInActivity;page=2;times=1;kind=status;value=429;retry-after=0.2' \
    --fault 'cmdlet=Get-CASMailbox;page=2;times=1;kind=status;value=503'
contact collect --snapshot "$work/refused.db" --concurrency 1
is "refused: exit" $rc 0
dump "$work/refused.db" >"$work/refused"

yes "there are rows to compare" test "$(wc -l <"$work/plain")" -gt 2000
is "users" "$(sql "$work/plain.db" 'SELECT count(*) > 400 AND count(*) = count(DISTINCT id) FROM user')" 1
is "overtaking replies: same evidence" "$(diff "$work/plain" "$work/jitter" | head -n 20)" ""
is "one at a time, refused once: same evidence" "$(diff "$work/plain" "$work/refused" | head -n 20)" ""
is "the refusals happened" "$(sql "$work/refused.db" \
    "SELECT sum(requests - pages) >= 2 FROM collection WHERE resource IN ('users-sign-in-activity', 'cas-mailboxes')")" 1
finish
