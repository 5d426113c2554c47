#!/bin/sh
# config.sh - which configuration counts; manual pages and completions say what `help` says.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
unset GRAPHAUDIT_CONFIG
export XDG_CONFIG_HOME="$work/xdg" HOME="$work"
mkdir -p xdg/graphaudit
show() { ga config show --origin "$@"; }

# Precedence: option > environment > one file > default; the first file and no other.
[ -e /etc/graphaudit/config.yaml ] || {
    show
    has "no file" "$out" "# configuration file: none"
}
printf 'fail-on: low\nproxy: http://user.example:1\n' >xdg/graphaudit/config.yaml
show
has "user's file" "$out" "fail-on: \"low\"  # file $work/xdg/graphaudit/config.yaml:1"
has "user's file may say whom to trust" "$out" "proxy: "
printf 'schema: 1\nfail-on: medium\n' >graphaudit.yaml
show
has "project's file before the user's" "$out" 'fail-on: "medium"  # file ./graphaudit.yaml:2'
hasnot "files are not merged" "$out" "proxy"
printf 'fail-on: critical\n' >named.yaml
GRAPHAUDIT_CONFIG=named.yaml show
has "GRAPHAUDIT_CONFIG before the project's" "$out" 'file named.yaml:1'
GRAPHAUDIT_CONFIG=named.yaml show --config none
has "--config before GRAPHAUDIT_CONFIG" "$out" "# configuration file: none"
GRAPHAUDIT_FAIL_ON=none show
has "environment before the file" "$out" 'fail-on: "none"  # environment GRAPHAUDIT_FAIL_ON'
ga config show --json
json() { sqlite3 :memory: "SELECT readfile('$work/out') ->> '$1'"; }
is "JSON" "$(json '$.options.fail-on.origin')" file
GRAPHAUDIT_FAILON=none show
has "a variable for nothing" "$err" "GRAPHAUDIT_FAILON stands for no option"
ga config show evaluate
printf '%s\n' "$out" >again.yaml
ga config show evaluate --config again.yaml
is "what it prints is a configuration file" "$out" "$(cat again.yaml)"

# It is what commands run with.
printf 'evaluate:\n  fail-on: none\n' >graphaudit.yaml
ga audit --demo --quiet --config none
is "without: exit" "$rc" 1
printf 'quiet: true\nfail-on: none\nallow-incomplete: true\naudit:\n  output: [json=from-file.json]\n' >graphaudit.yaml
ga audit --demo
is "with: exit" "$rc" 0
yes "with: output" [ -s from-file.json ]
ga audit --demo --fail-on high --output csv=typed.csv
is "option wins: exit" "$rc" 1
yes "option wins: output" [ -s typed.csv ]

# Refused, with line and column, before anything else happens.
refuse() { # NAME TEXT PART [COMMAND...]
    printf '%b' "$2" >graphaudit.yaml
    refuse_name=$1 refuse_part=$3
    shift 3
    ga "${@:-audit}"
    is "$refuse_name: exit" "$rc" 2
    has "$refuse_name: where and why" "$err" "$refuse_part"
}
refuse "unknown key" 'tenant: x\nfailon: low\n' "./graphaudit.yaml:2:1: 'failon'"
refuse "secret" 'client-secret: hunter2\n' "a secret is never taken from here"
hasnot "secret: not repeated" "$err" hunter2
refuse "trust in a project's file" 'ca-file: evil.pem\n' "working folder"
refuse "broken" 'tenant: [a\n' "./graphaudit.yaml:"
for c in version help; do
    ga $c
    is "$c works with a broken file" "$rc" 0
done
ga audit --help
is "--help works with a broken file" "$rc" 0
printf 'fail-on: low\n' >graphaudit.yaml
chmod 666 graphaudit.yaml
ga audit --demo
is "a file that anybody can write: exit" "$rc" 2
has "a file that anybody can write: why" "$err" "chmod o-w"
rm graphaudit.yaml
ga audit --demo --config none.yaml
is "a named file that is not there: exit" "$rc" 2

# One table: help, manual page and completions of each command name the same options.
"$GRAPHAUDIT" completion bash >c.bash && "$GRAPHAUDIT" completion zsh >c.zsh && "$GRAPHAUDIT" completion fish >c.fish
is "bash reads it" "$(bash -n c.bash 2>&1)" ""
is "zsh reads it" "$(zsh -fc 'autoload -Uz compinit; compinit -D; source ./c.zsh; echo $_comps[graphaudit]' 2>&1)" _graphaudit
is "fish reads it" "$(fish --no-config -n c.fish 2>&1)" ""
cat >try.bash <<'TRY'
source ./c.bash
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_graphaudit 2>/dev/null
printf '%s\n' "${COMPREPLY[@]}"
TRY
try() { bash try.bash "$@" | sort; }
for c in $("$GRAPHAUDIT" help --format names); do
    "$GRAPHAUDIT" help "$c" | sed -n 's/^  \(-., \|    \)\(--[a-z-]*\).*/\2/p' | sort >help.options
    "$GRAPHAUDIT" help --format man "$c" >"man.$c"
    is "$c: manual page is well-formed" "$(mandoc -Tlint -W warning "man.$c" 2>&1)" ""
    is "$c: manual page" "$(sed -n 's/^\.It Fl \([a-z] , Fl \)*-\([a-z-]*\).*/--\2/p' "man.$c" | sort)" "$(cat help.options)"
    is "$c: bash" "$(try graphaudit "$c" --)" "$(cat help.options)"
    is "$c: fish" "$(sed -n "s/.*from $c' -l \([a-z-]*\).*/--\1/p" c.fish | sort)" "$(cat help.options)"
    is "$c: zsh" "$(sed -n "/^    $c)/,/;;/s/^            '\**\(--[a-z-]*\).*/\1/p" c.zsh | sort)" "$(cat help.options)"
done
is "bash: command" "$(try graphaudit eval)" evaluate
is "bash: words of an option" "$(try graphaudit audit --log-format '')" "json
text"
has "bash: formats" "$(try graphaudit audit --output ju)" "junit="
is "bash: first word" "$(try graphaudit config '')" show
is "fish: words of an option" "$(fish --no-config -c 'source c.fish; complete -C "graphaudit evaluate --fail-on me"' | cut -f 1)" medium
is "fish: command" "$(fish --no-config -c 'source c.fish; complete -C "graphaudit eval"' | cut -f 1)" evaluate
is "no such shell" "$("$GRAPHAUDIT" completion tcsh 2>&1; echo $?)" "graphaudit: error: completion takes a shell: bash, zsh or fish
2"
ga help --format man
is "manual page of nothing: exit" "$rc" 2

# version --json: what it says of itself is what it is.
ga version --json
version=$("$GRAPHAUDIT" version | cut -d ' ' -f 2)
is "version" "$(json '$.version')" "$version"
for l in libcurl openssl sqlite jansson c-ares libfyaml libxml2 libpq; do
    yes "version of $l, built" [ -n "$(json "\$.libraries.$l.built")" ]
    yes "version of $l, running" [ -n "$(json "\$.libraries.$l.running")" ]
done
snapshot_schema=$(json '$.schemas.snapshot') report_schema=$(json '$.schemas.report')
ga audit --demo --quiet --snapshot s.db --output json=r.json
is "snapshot schema" "$(sql s.db 'PRAGMA user_version')" "$snapshot_schema"
is "report schema" "$(sqlite3 :memory: "SELECT readfile('r.json') ->> '$.schema'")" "$report_schema"
finish
