#!/bin/sh
# run.sh GCC-BUILD CLANG-BUILD GRAPHAUDIT - what no compiler checks: layers, headers, man page, formatting,
# static analysis. Ends with "N passed, N failed".
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
build=$1 clang_build=$2 graphaudit=$3
cd "$top" || exit 1
passed=0 failed=0
check() { # NAME OUTPUT: no output is good
    if [ -z "$2" ]; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        echo "FAIL $1"
        printf '%s\n' "$2" | head -n 30 | sed 's/^/     /'
    fi
}

sources=$(find audit graph rules reports history -name '*.c' | sort)
headers=$(find audit graph rules reports history -name '*.h' | sort)

# Layers: base <- model <- {graph, rules, reports} <- cli. CMake enforces it; this says so in words.
check "base includes base only" "$(grep -nE '#include "(model|graph|rules|reports)/' $(find audit/base -name '*.[ch]'))"
check "model includes base and model" "$(grep -nE '#include "(graph|rules|reports)/' $(find audit/model -name '*.[ch]'))"
check "graph knows no rules or reports" "$(grep -nE '#include "(rules|reports)/' $(find graph -name '*.[ch]'))"
check "rules know no graph or reports" "$(grep -nE '#include "(graph|reports)/' $(find rules -name '*.[ch]'))"
check "history knows no graph, rules or reports" "$(grep -nE '#include "(graph|rules|reports)/' $(find history -name '*.[ch]'))"
check "reports know no graph or rules" "$(grep -nE '#include "(graph|rules)/' $(find reports -name '*.[ch]'))"
check "only graph opens sockets" "$(grep -lE '#include <(curl/curl|ares|sys/socket|netdb)\.h>' $(find audit/base audit/model rules reports -name '*.[ch]'))"
layer_probe=$(mktemp -d)
echo '#include "graph/collect.h"' >"$layer_probe/x.c"
flags=$(sed -n 's/.*"command": ".*cc \(.*\) -o .*rules\/engine.*/\1/p' "$build/compile_commands.json" | head -n 1 | tr ' ' '\n' | grep '^-I' | tr '\n' ' ')
if [ -z "$flags" ] || gcc $flags -fsyntax-only "$layer_probe/x.c" 2>/dev/null; then
    check "a forbidden include does not compile" "rules can include graph/collect.h with: $flags"
else
    check "a forbidden include does not compile" ""
fi

bad=
for h in $headers; do
    printf '#include "%s/%s"\n' "$top" "$h" >"$layer_probe/h.c"
    gcc -std=c17 -D_GNU_SOURCE -fsyntax-only -Iaudit/base/include -Iaudit/model/include -Igraph/include -Irules/include -Ireports/include -Ihistory/include -Ihistory \
        -Iaudit/cli -Igraph -Irules/engine -Irules/facts -Ireports $(pkg-config --cflags libxml-2.0 jansson libcurl) \
        "$layer_probe/h.c" 2>/dev/null || bad="$bad $h"
done
check "every header compiles alone" "$bad"
rm -rf "$layer_probe"

check "no file past 800 lines" "$(wc -l $sources $headers | awk '$2 != "total" && $1 > 800')"
check "banned functions" "$(grep -nE '\b(strcpy|strcat|sprintf|strtok|atoi|atol|gets|vsprintf|alloca)\(' $sources | grep -v snprintf)"
check "formatted" "$(clang-format --dry-run -Werror $sources $headers 2>&1 | head -n 20)"
check "man page is well-formed" "$(mandoc -Tlint -W warning audit/graphaudit.1 2>&1)"

# Every command that the program's own help lists: two blanks, its name, what it does.
commands=$("$graphaudit" help | sed -n -e '/^try it/q' -e 's/^  \([a-z][a-z-]*\) .*/\1/p')
missing=
[ "$(printf '%s\n' "$commands" | wc -l)" -gt 10 ] || missing="no list of commands in graphaudit help"
for c in $commands; do
    grep -q "^.It Cm $c" audit/graphaudit.1 || missing="$missing $c"
    for o in $("$graphaudit" help $c | sed -n 's/^ .* --\([a-z-]*\).*/\1/p'); do
        grep -q "Fl -$o" audit/graphaudit.1 || missing="$missing $c:--$o"
    done
done
check "man page names every command and option" "$missing"
extra=
for o in $(sed -n 's/^\.It Fl \(. , Fl \)\{0,1\}-\([a-z][a-z-]*\)\( .*\)*$/\2/p' audit/graphaudit.1); do
    found=
    for c in $commands; do
        "$graphaudit" help $c | grep -q -- "--$o\b" && found=1
    done
    [ -n "$found" ] || extra="$extra $o"
done
check "man page names no other option" "$extra"

if [ -z "${LINT_FAST:-}" ]; then
    tidy=$(printf '%s\n' $sources | xargs -P 2 -I{} sh -c 'clang-tidy --quiet -p "$1" "$2" 2>/dev/null | grep -E "(warning|error):" || :' sh "$clang_build" {})
    check "clang-tidy" "$tidy"
    check "cppcheck" "$(cppcheck -q -j 2 --enable=warning,performance,portability --inline-suppr \
        --suppress=missingIncludeSystem --std=c11 -D_GNU_SOURCE -Iaudit/base/include -Iaudit/model/include \
        -Igraph/include -Irules/include -Ireports/include -Ihistory/include audit graph rules reports history 2>&1)"
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
