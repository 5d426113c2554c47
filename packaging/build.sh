#!/bin/sh
# build.sh [OUT] - builds the Debian package and the tar file with the mostly static program into OUT (build/package).
#
# Building again, in whatever folder, gives the same bytes: the time in the packages is SOURCE_DATE_EPOCH, or that of
# the last commit; paths are cut out of the program; GRAPHAUDIT_COMMIT is what `version --json` names.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/audit/setup.sh"
out=${1:-$top/build/package}
# shellcheck disable=SC2086
need $build_packages binutils dpkg-dev fakeroot file sqlite3
commit=${GRAPHAUDIT_COMMIT-$(git -C "$top" rev-parse HEAD 2>/dev/null || :)}
: "${SOURCE_DATE_EPOCH:=$(git -C "$top" log -1 --format=%ct 2>/dev/null || date +%s)}"
export SOURCE_DATE_EPOCH LC_ALL=C TZ=UTC
umask 022
build "$out" -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=/usr -DGRAPHAUDIT_TESTS=OFF \
    "-DGRAPHAUDIT_COMMIT=$commit"
sh "$top/packaging/pack.sh" "$out" "$out"
