#!/bin/sh
# final-root.sh INSTALL ROOT - from what `cmake --install` put below INSTALL, the root file system ROOT of a container:
# the program, the libraries it is linked with (of this machine), certificates, users, and nothing that could run else.
set -eu
install=$1 root=$2
umask 022
[ ! -e "$root" ] || { echo "final-root.sh: $root exists" >&2; exit 1; }
mkdir -p "$root/usr/bin" "$root/usr/share/doc/graphaudit" "$root/etc/ssl/certs" "$root/etc/graphaudit" \
    "$root/usr/lib/ssl" "$root/var/lib/dpkg/status.d" "$root/proc" "$root/sys" "$root/dev" "$root/tmp" "$root/data"
chmod 1777 "$root/tmp" "$root/data" # who writes is said at the start, and may be another user than 65532
for d in lib lib32 lib64; do
    [ ! -L "/$d" ] || ln -s "usr/$d" "$root/$d"
done

cp "$install/usr/bin/graphaudit" "$root/usr/bin/"
cp -R "$install/usr/share/graphaudit" "$root/usr/share/"
for f in copyright graphaudit.cdx.json; do
    cp "$install/usr/share/doc/graphaudit/$f" "$root/usr/share/doc/graphaudit/"
done

# The package that owns a file: its licence is shown, and its entry tells a scanner which version is inside.
package() { # FILE
    real=$(realpath "$1")
    name=
    for f in "$real" "$1" "${real#/usr}" "/usr$real"; do
        [ -n "$name" ] || name=$(dpkg -S "$f" 2>/dev/null | sed -n '1s/: .*//p')
    done
    [ -n "$name" ] || { echo "final-root.sh: no package owns $1" >&2; exit 1; }
    plain=${name%:*}
    [ ! -e "$root/var/lib/dpkg/status.d/$plain" ] || return 0
    dpkg-query -s "$name" >"$root/var/lib/dpkg/status.d/$plain"
    mkdir -p "$root/usr/share/doc/$plain"
    cp -L "/usr/share/doc/$plain/copyright" "$root/usr/share/doc/$plain/"
}
library() { # FILE: where the loader looks for it, as a file
    folder=$root$(realpath "$(dirname "$1")")
    mkdir -p "$folder"
    cp -L "$1" "$folder/"
    package "$1"
}
ldd "$root/usr/bin/graphaudit" >"$root.ldd"
if grep -q 'not found' "$root.ldd"; then
    cat "$root.ldd" >&2
    exit 1
fi
sed -n -e 's/.* => \(\/[^ ]*\) (.*/\1/p' -e 's/^[[:space:]]*\(\/[^ ]*\) (.*/\1/p' "$root.ldd" | sort >"$root.libraries"
crypto=$(sed -n 's/\(.*\)\/libcrypto\.so\..*/\1/p' "$root.libraries")
{ cat "$root.libraries"; echo "$crypto/ossl-modules/legacy.so"; } >"$root.ldd" # legacy.so: PFX files of old make
while read -r file; do
    library "$file"
done <"$root.ldd"
rm -f "$root.ldd" "$root.libraries"

# Certificates, and OpenSSL's settings (no protocol below TLS 1.2).
cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
cp -L /etc/ssl/openssl.cnf "$root/etc/ssl/"
ln -s /etc/ssl/openssl.cnf "$root/usr/lib/ssl/openssl.cnf"
ln -s /etc/ssl/certs "$root/usr/lib/ssl/certs"
package /etc/ssl/openssl.cnf
package /usr/share/ca-certificates

cp -L /usr/lib/os-release "$root/usr/lib/os-release"
ln -s ../usr/lib/os-release "$root/etc/os-release"
cat >"$root/etc/passwd" <<'END'
root:x:0:0:root:/:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/:/usr/sbin/nologin
graphaudit:x:65532:65532:graphaudit:/data:/usr/sbin/nologin
END
cat >"$root/etc/group" <<'END'
root:x:0:
nogroup:x:65534:
graphaudit:x:65532:
END
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
: >"$root/etc/hosts" # these two are mounted over by whoever runs the container
: >"$root/etc/resolv.conf"
if [ -n "${SOURCE_DATE_EPOCH:-}" ]; then
    find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
fi
