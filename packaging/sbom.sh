#!/bin/sh
# sbom.sh PROGRAM VERSION [STATIC-LIBRARY...] - what the program is linked with, as CycloneDX 1.5 JSON, on stdout.
#
# Shared libraries are those that the program itself asks for (readelf), found as the loader finds them; static ones
# are archives that the linker was given. Each is the Debian package that owns the file. Nothing in it is random, and
# the time is SOURCE_DATE_EPOCH: the same program gives the same bytes.
set -eu
program=$1 version=$2
shift 2
export LC_ALL=C
. /etc/os-release
separator=
component() { # FILE NAME LINKAGE
    real=$(realpath "$1")
    package=$(dpkg -S "$real" "$1" 2>/dev/null | sed -n '1s/: .*//p')
    [ -n "$package" ] || package=$(dpkg -S "/usr$real" 2>/dev/null | sed -n '1s/: .*//p')
    [ -n "$package" ] || { echo "sbom.sh: no package owns $1" >&2; exit 1; }
    found=$(dpkg-query -W -f '${Package} ${Version} ${Architecture}' "$package")
    set -- "$2" "$3" $found
    purl="pkg:deb/$ID/$3@$(printf '%s' "$4" | sed 's/+/%2B/g; s/:/%3A/g; s/~/%7E/g')?arch=$5&distro=$ID-${VERSION_ID:-sid}"
    printf '%s\n    {"type": "library", "bom-ref": "%s#%s", "name": "%s", "version": "%s", "purl": "%s",\n' "$separator" "$purl" "$1" "$3" "$4" "$purl"
    printf '     "properties": [{"name": "graphaudit:linkage", "value": "%s"}, {"name": "graphaudit:file", "value": "%s"}]}' "$2" "$1"
    separator=,
}
# The digest is that of the program as it is installed: stripped.
stripped=$(mktemp)
strip -o "$stripped" "$program"
digest=$(sha256sum "$stripped" | cut -d ' ' -f 1)
rm -f "$stripped"
uuid=$(printf '%s' "$digest" | sed 's/^\(.\{8\}\)\(.\{4\}\).\(.\{3\}\).\(.\{3\}\)\(.\{12\}\).*/\1-\2-4\3-8\4-\5/')
time=$(date -u -d "@${SOURCE_DATE_EPOCH:-$(date +%s)}" +%Y-%m-%dT%H:%M:%SZ)
cat <<HEAD
{
  "bomFormat": "CycloneDX",
  "specVersion": "1.5",
  "serialNumber": "urn:uuid:$uuid",
  "version": 1,
  "metadata": {
    "timestamp": "$time",
    "component": {"type": "application", "bom-ref": "graphaudit", "name": "graphaudit", "version": "$version",
                  "licenses": [{"license": {"id": "Apache-2.0"}}],
                  "hashes": [{"alg": "SHA-256", "content": "$digest"}]}
  },
  "components": [
HEAD
for soname in $(readelf -d "$program" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort); do
    case $soname in linux-vdso* | ld-linux*) continue ;; esac
    file=$(ldd "$program" | sed -n "s|^[[:space:]]*$soname => \([^ ]*\) .*|\1|p")
    component "$file" "$soname" dynamic
done
for archive in "$@"; do
    component "$archive" "$(basename "$archive")" static
done
printf '\n  ]\n}\n'
