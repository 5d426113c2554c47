#!/bin/sh
# docs.sh - the pages under docs/: every command of their sh blocks is run as it stands there, links lead
# somewhere, permissions and exit codes are those of the program.
#
# What needs root or a running systemd is in console blocks and is not run; graphaudit itself may not be
# in one. `az` is a stand-in that answers with ids.
. "$(dirname "$0")/documented.sh"
documented_start || finish
cat >bin/az <<'AZ'
#!/bin/sh
case $* in
*secret*) exit 2 ;;
login | "ad app create "* | "ad sp create "* | "ad sp show "* | "ad app credential reset "* | "rest --method "*) echo id ;;
*) exit 2 ;;
esac
AZ
chmod 755 bin/az
"$GRAPHAUDIT" audit --demo --quiet --snapshot demo.db >/dev/null 2>&1

ran=0
for page in "$top"/docs/*.md "$top"/docs/recipes/*.md; do
    name=${page#"$top"/}
    documented_lines "$page" >lines
    [ -s lines ] || continue
    folder=$work/page-$(basename "$page" .md)
    mkdir "$folder"
    cd "$folder" || exit 1
    documented_files "$page"
    grep -qE '^graphaudit (audit|collect) .*--snapshot contoso\.db' "$work/lines" || cp "$work/demo.db" contoso.db
    cp "$work/demo.db" october.db
    export AZURE_CLIENT_ID="$client_id" AZURE_CLIENT_CERTIFICATE_PATH=client.pem
    while read -r line <&3; do
        documented_run "$name" "$line"
        ran=$((ran + 1))
    done 3<"$work/lines"
    cd "$work" || exit 1
done
yes "the pages show commands" [ $ran -ge 60 ]
is "graphaudit is in no console block" \
    "$(awk '/^ *```console/ { on = 1; next } /^ *```/ { on = 0 } on && /^ *graphaudit /' "$top"/docs/*.md "$top"/docs/recipes/*.md)" ""
is "fences say what they hold" "$(awk 'FNR == 1 { open = 0 } /^ *```/ { if (!open && $0 !~ /^ *```(sh|yaml|sql|text|console)$/) print FILENAME ": " $0; open = !open }' \
    "$top"/docs/*.md "$top"/docs/recipes/*.md)" ""

# The dashboard's query, on the history that its page made; in SQLite the view and Grafana's macro are spelt out.
# shellcheck disable=SC2016 # the dollar is Grafana's
awk '/^ *```sql/ { on = 1; next } /^ *```/ { on = 0 } on' "$top/docs/recipes/history.md" |
    sed -e 's/\$__timeFilter("time")/1/' \
        -e 's/run_trend/(SELECT r.at AS "time", t.name AS tenant, r.* FROM run r JOIN tenant t ON t.tenant_id = r.tenant_id)/' >panel.sql
is "the dashboard's query" "$(sqlite3 -batch -noheader "$work/page-history/history.db" <panel.sql 2>&1 | wc -l)" 1
has "the dashboard's query: numbers" "$(sqlite3 -batch -noheader "$work/page-history/history.db" <panel.sql 2>&1)" "|4|3"

# Links: (TARGET) of [TEXT](TARGET) is a file; every page can be reached from docs/README.md.
for page in "$top/README.md" "$top"/docs/*.md "$top"/docs/recipes/*.md; do
    grep -o '](\([^)]*\))' "$page" | sed -e 's/^](//' -e 's/)$//' | grep -v '^https://' >links
    while read -r link <&3; do
        file=${link%%#*}
        anchor=${link#"$file"}
        file=$(dirname "$page")/$file
        yes "${page#"$top"/}: $link" [ -e "$file" ]
        [ -z "$anchor" ] || has "${page#"$top"/}: $link" \
            "$(grep '^#' "$file" | sed -e 's/^#* *//' | tr '[:upper:] ' '[:lower:]-' | tr -cd 'a-z0-9\n-' | sed 's/^/#/')" "$anchor"
    done 3<links
done
for page in "$top"/docs/*.md "$top"/docs/recipes/*.md; do
    link=${page#"$top"/docs/}
    [ "$link" = README.md ] || has "docs/README.md names $link" "$(cat "$top/docs/README.md")" "]($link)"
done
has "README leads to docs" "$(cat "$top/README.md")" "](docs/README.md)"

# Permissions: the same names, and for each the same groups of rules, in the page and in the program.
"$GRAPHAUDIT" permissions --format json >permissions.json
cat >permissions.sql <<'SQL'
SELECT p.value ->> 'permission' || ' ' || (SELECT group_concat(family, ' ') FROM (
    SELECT DISTINCT rtrim(rtrim(r.value, '0123456789'), '-') AS family
    FROM json_each(p.value, '$.rules') r ORDER BY 1))
  FROM json_each(readfile('permissions.json'), '$.permissions') p ORDER BY 1;
SQL
sqlite3 -batch -noheader :memory: <permissions.sql | sort >listed
awk '/^### / { name = $2 } /^Lost: / { sub(/^Lost: /, ""); gsub(/,/, ""); print name " " $0 }' "$top/docs/permissions.md" |
    tr -d '\140' | sort >written
is "permissions: listed by the program, not in the page" "$(sed 's/ .*//' listed | grep -vxF "$(sed 's/ .*//' written)")" ""
is "permissions: in the page, not listed by the program" "$(sed 's/ .*//' written | grep -vxF "$(sed 's/ .*//' listed)")" ""
is "permissions: each is a heading" "$(grep -c '^### ' "$top/docs/permissions.md")" "$(wc -l <listed)"
is "permissions: what is lost" "$(cat written)" "$(cat listed)"

# Exit codes: a heading each.
"$GRAPHAUDIT" help exit-codes | awk '{ print $1 }' | sort >listed
sed -n 's/^## Exit \([0-9, and]*\):.*/\1/p' "$top/docs/troubleshooting.md" | tr -c '0-9\n' '\n' | grep . | sort >written
is "exit codes" "$(cat written)" "$(cat listed)"
finish
