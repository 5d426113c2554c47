#!/bin/sh
# pack.sh BUILD OUT - packages what a build folder holds: the .deb, the tar file, and an SBOM for each.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
build=$1 out=$2
export LC_ALL=C TZ=UTC
: "${SOURCE_DATE_EPOCH:?}"
umask 022
cmake --build "$build" --target package_files graphaudit-static >"$build.pack.log" 2>&1 || { cat "$build.pack.log" >&2; exit 1; }
mkdir -p "$out"
rm -rf "$build/_CPack_Packages"
(cd "$build" && cpack -G DEB -B "$out/cpack" >>"$build.pack.log" 2>&1) || { cat "$build.pack.log" >&2; exit 1; }
mv "$out"/cpack/*.deb "$out/"

# The tar file: the same tree below graphaudit-VERSION/, with the mostly static program.
version=$(sed -n 's/^CMAKE_PROJECT_VERSION:STATIC=//p' "$build/CMakeCache.txt")
tree=$out/graphaudit-$version-linux-$(uname -m)
rm -rf "$tree" "$out/cpack"
DESTDIR=$tree.root cmake --install "$build" --strip >>"$build.pack.log"
mv "$tree.root/usr" "$tree"
mv "$tree.root/etc/graphaudit/config.yaml" "$tree/share/doc/graphaudit/" 2>/dev/null || :
rm -rf "$tree.root" "$tree/share/doc/graphaudit/changelog.Debian.gz" "$tree/share/lintian"
strip -o "$tree/bin/graphaudit" "$(find "$build" -name graphaudit-static -type f -perm -u+x | head -n 1)"
cp "$build/packaging/graphaudit-static.cdx.json" "$tree/share/doc/graphaudit/graphaudit.cdx.json"
cp "$top/LICENSE" "$top/README.md" "$tree/"
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -C "$out" -cf - "$(basename "$tree")" |
    gzip -9n >"$tree.tar.gz"
cp "$build/packaging/graphaudit.cdx.json" "$out/graphaudit.deb.cdx.json"
cp "$build/packaging/graphaudit-static.cdx.json" "$out/graphaudit.tar.cdx.json"
rm -rf "$tree"
