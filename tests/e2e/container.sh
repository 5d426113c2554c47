#!/bin/sh
# container.sh BUILD - the root file system of the container, from a release build and this machine's libraries: run by
# chroot, read-only, as user 65532, with what an engine would mount. Needs root or user namespaces; without either the
# test fails and says so.
#
# container.sh full - the same after the build stage of packaging/container/Dockerfile: its RUN lines as they stand
# there, in a Debian 12 made by debootstrap, with the files that .dockerignore leaves. Needs root, the Debian
# mirror and some minutes: not part of run.sh. DEBIAN=DIR uses a root made before (a copy of it).
. "$(dirname "$0")/lib.sh"
top=$(cd "$here/../.." && pwd)
dockerfile=$top/packaging/container/Dockerfile
cd "$work" || exit 1
root=$work/final mine=$work/data

# ---- the root file system ----

from_build() { # BUILD
    cmake --build "$1" --target package_files >build.log 2>&1 &&
        DESTDIR=$work/install cmake --install "$1" --prefix /usr --strip >>build.log 2>&1 &&
        sh "$top/packaging/container/final-root.sh" "$work/install" "$root" >>build.log 2>&1
    is "assembles the root" "$? $(tail -n 5 build.log | grep -v '^-- ')" "0 "
}

# Everything below is in a mount namespace of its own: nothing stays mounted, whatever happens.
from_dockerfile() {
    [ "$(id -u)" = 0 ] || { bad "full: needs root"; return 1; }
    command -v debootstrap >/dev/null || { . "$top/audit/setup.sh" && need debootstrap; } || { bad "full: no debootstrap"; return 1; }
    debian=$work/debian
    if [ -n "${DEBIAN:-}" ]; then
        cp -a "$DEBIAN" "$debian"
    else
        debootstrap --variant=minbase bookworm "$debian" "${MIRROR:-http://deb.debian.org/debian}" >debootstrap.log 2>&1
    fi
    is "full: Debian 12" "$(. "$debian/etc/os-release" && echo "$VERSION_ID")" 12
    mkdir -p "$debian/src"
    tar -C "$top" --exclude-from="$top/.dockerignore" -cf - . | tar -C "$debian/src" -xf -
    is "full: the context has no build, no history" "$(ls -d "$debian/src/build" "$debian/src/.git" 2>/dev/null)" ""
    cp -L /etc/resolv.conf "$debian/etc/resolv.conf"
    [ ! -d /etc/apt/apt.conf.d ] || grep -il proxy /etc/apt/apt.conf.d/* 2>/dev/null | xargs -r -I{} cp {} "$debian/etc/apt/apt.conf.d/"
    sed -n 's/^RUN //p' "$dockerfile" >steps
    yes "full: the Dockerfile has steps" [ "$(wc -l <steps)" -ge 2 ]
    while read -r step <&3; do
        # shellcheck disable=SC2016 # its own arguments
        unshare --mount --propagation private sh -c '
            mount --rbind /proc "$1/proc" && mount --rbind /dev "$1/dev" &&
            exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
                SOURCE_DATE_EPOCH="$3" GRAPHAUDIT_COMMIT=0123456789abcdef0123456789abcdef01234567 \
                chroot "$1" sh -c "cd /src && $2"' sh "$debian" "$step" "$SOURCE_DATE_EPOCH" >step.log 2>&1
        is "full: RUN $step" "$? $(tail -n 5 step.log)" "0 $(tail -n 5 step.log)"
    done 3<steps
    has "full: the commit" "$("$debian/install/usr/bin/graphaudit" version --json 2>/dev/null)" 0123456789abcdef
    mv "$debian/final" "$root" || return 1
    rm -rf "$debian"
}

case ${1:-} in
full) from_dockerfile || finish ;;
*) from_build "${1:?a build folder, or full}" ;;
esac
[ -x "$root/usr/bin/graphaudit" ] || finish

# ---- what is in it ----
libraries=$(ldd "$root/usr/bin/graphaudit" | sed -n -e 's/.* => .*\/\([^ ]*\) (.*/\1/p' -e 's/^[[:space:]]*\/.*\/\([^ ]*\) (.*/\1/p')
is "what could be run" "$(find "$root" -type f -perm /111 ! -name '*.so*' | sed "s|$root||")" /usr/bin/graphaudit
is "libraries: those it is linked with, and one for PFX files" "$(find "$root" -type f -name '*.so*' -exec basename {} \; | sort)" \
    "$(printf '%s\n' "$libraries" legacy.so | sort)"
is "nothing is setuid, nothing but the two shared folders is for all to write" \
    "$(find "$root" ! -type l \( -perm /6000 -o -perm -2 \) | sed "s|$root||" | sort | tr '\n' ' ')" "/data /tmp "
is "links lead nowhere outside" "$(find "$root" -xtype l -lname '/*' ! -lname '/etc/ssl/*')" ""
yes "certificates" grep -q 'BEGIN CERTIFICATE' "$root/etc/ssl/certs/ca-certificates.crt"
for p in libc6 libssl3 libcurl4 libsqlite3-0 ca-certificates; do
    has "a scanner finds $p" "$(cat "$root/var/lib/dpkg/status.d/$p" 2>&1)" "Status: install ok installed"
    yes "licence of $p" [ -s "$root/usr/share/doc/$p/copyright" ]
done
yes "SBOM" [ -s "$root/usr/share/doc/graphaudit/graphaudit.cdx.json" ]
user=$(sed -n 's/^USER \([0-9]*\):.*/\1/p' "$dockerfile")
folder=$(sed -n 's/^WORKDIR //p' "$dockerfile" | tail -n 1)
entry=$(sed -n 's/^ENTRYPOINT \["\(.*\)"\]$/\1/p' "$dockerfile")
is "USER has a name" "$(grep -c "^graphaudit:x:$user:$user:" "$root/etc/passwd")" 1
yes "WORKDIR is there" [ -d "$root$folder" ]
yes "ENTRYPOINT is there" [ -x "$root$entry" ]
[ -z "${VERBOSE:-}" ] || du -sh "$root"

# ---- as an engine runs it ----
if [ "$(id -u)" = 0 ] && unshare --mount true 2>/dev/null; then
    outer='' inner="setpriv --no-new-privs unshare --setuid $user --setgid $user"
elif unshare --user --map-root-user --mount true 2>/dev/null; then
    outer='--user --map-root-user' inner="unshare --user --map-user=$user --map-group=$user"
else
    bad "run in the root: this user may neither chroot nor make a user namespace"
    finish
fi
cat >engine.sh <<'SH'
# engine.sh ROOT DATA ETC INNER ENTRY ARGUMENT...: mounts as docker run --read-only --tmpfs /tmp -v DATA:/data does.
set -e
root=$1 data=$2 etc=$3 inner=$4
shift 4
mount --bind "$root" "$root"
mount --rbind /proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --bind "$data" "$root/data"
mount --bind "$etc" "$root/etc/graphaudit"
mount --bind /etc/hosts "$root/etc/hosts"
mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
[ -n "${NO_TMP:-}" ] || mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -o remount,bind,ro,nosuid,nodev "$root"
exec env -i PATH=/usr/sbin:/usr/bin $BOX $inner --root="$root" --wd="$FOLDER" "$@"
SH
box() { # ARGUMENT...: sets rc, out, err
    # shellcheck disable=SC2086
    BOX=${vars:-} FOLDER=$folder timeout 300 unshare $outer --mount --propagation private sh engine.sh "$root" "$mine" "$work/etc" \
        "$inner" "$entry" "$@" >out 2>err </dev/null
    rc=$?
    out=$(cat out) err=$(cat err)
}
give() { [ "$(id -u)" != 0 ] || chown -R "$user:$user" "$@"; }
mkdir "$mine" etc
give "$mine" etc

box version
is "version: exit" "$rc $err" "0 "
is "version" "$out" "$("$root/usr/bin/graphaudit" version)"
box query /data/none.db 'SELECT 1'
is "no such file: the program's own words, exit" "$rc" 2
vars="SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH"
box audit --demo --snapshot demo.db --output html=report.html --output json=report.json --output junit=junit.xml
is "demo: exit" "$rc" 1
"$GRAPHAUDIT" audit --demo --quiet --output json=here.json >/dev/null 2>&1
yes "demo: the same bytes as outside" cmp here.json "$mine/report.json"
if [ "$(id -u)" = 0 ]; then
    is "demo: written by" "$(stat -c %u "$mine/demo.db")" "$user"
fi
box audit --demo --snapshot /demo.db
is "the root is read-only: exit" "$rc" 70
has "the root is read-only: said" "$err" "ead-only"
NO_TMP=1 box audit --demo --quiet
is "no /tmp to write: exit" "$rc" 2
has "no /tmp to write: said" "$err" "ead-only"
vars="$vars TMPDIR=/data" NO_TMP=1 box audit --demo --quiet
is "TMPDIR elsewhere: exit" "$rc" 1
is "TMPDIR elsewhere: nothing is left there" "$(find "$mine" -name 'graphaudit-*')" ""

# ---- against a tenant, over TLS ----
sim clean || finish
cp "$sim_dir"/cloud.yaml "$sim_dir"/ca.pem "$sim_dir"/client.pem etc/
openssl pkcs12 -export -legacy -in etc/client.pem -out etc/client.pfx -passout pass:hunter2 2>pfx.log ||
    bad "makes a PFX file of old make" "$(cat pfx.log)"
cat >etc/config.yaml <<YAML
schema: 1
tenant: $tenant_id
client-id: $client_id
cloud: /etc/graphaudit/cloud.yaml
dns-server: "$dns"
profile: essential
YAML
give etc
vars="SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH AZURE_CLIENT_CERTIFICATE_PATH=/etc/graphaudit/client.pem"
box audit --quiet --output json=stranger.json
is "a CA that nobody named: exit" "$rc" 5
has "a CA that nobody named: said" "$err" "certificate"
box audit --ca-file /etc/graphaudit/ca.pem --snapshot pem.db --output json=pem.json
is "a tenant: exit" "$rc" "$(sqlite3 "$mine/pem.db" "SELECT CASE WHEN EXISTS (SELECT 1 FROM rule_result WHERE outcome = 'fail' AND severity IN ('critical', 'high')) THEN 1 ELSE 0 END" 2>&1)"
is "a tenant: everything was read" "$(sqlite3 "$mine/pem.db" "SELECT group_concat(DISTINCT state) FROM collection WHERE state <> 'skipped'" 2>&1)" complete
vars="SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH AZURE_CLIENT_CERTIFICATE_PATH=/etc/graphaudit/client.pfx AZURE_CLIENT_CERTIFICATE_PASSWORD=hunter2"
box collect --ca-file /etc/graphaudit/ca.pem --snapshot pfx.db --quiet
is "a PFX file of old make: exit" "$rc $err" "0 "
cat >etc/tenants.yaml <<YAML
schema: 1
tenants:
  - {name: contoso, tenant: $tenant_id, client-id: $client_id, cloud: /etc/graphaudit/cloud.yaml, ca-file: /etc/graphaudit/ca.pem, dns-server: "$dns", profile: essential}
YAML
give etc
box fleet --tenants /etc/graphaudit/tenants.yaml --output-dir fleet
yes "fleet: exit" [ "$rc" -le 1 ]
box fleet report fleet --tenants /etc/graphaudit/tenants.yaml --output html=fleet.html
is "fleet report: exit" "$rc $(grep -c '<a href="fleet/contoso/report.html">contoso</a></th>' "$mine/fleet.html")" "0 1"
finish
