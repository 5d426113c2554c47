#!/bin/sh
# generate.sh GRAPHAUDIT MAN-PAGE OUT - part of the build: manual pages and completions, from the program itself.
set -eu
graphaudit=$1 overview=$2 out=$3
export LC_ALL=C GRAPHAUDIT_CONFIG=none
rm -rf "$out"
mkdir -p "$out/man" "$out/bash" "$out/zsh" "$out/fish"
gzip -9nc "$overview" >"$out/man/graphaudit.1.gz"
for c in $("$graphaudit" help --format names); do
    "$graphaudit" help --format man "$c" | gzip -9nc >"$out/man/graphaudit-$c.1.gz"
done
"$graphaudit" completion bash >"$out/bash/graphaudit"
"$graphaudit" completion zsh >"$out/zsh/_graphaudit"
"$graphaudit" completion fish >"$out/fish/graphaudit.fish"
