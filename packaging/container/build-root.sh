#!/bin/sh
# build-root.sh INSTALL - in a fresh Debian: installs what the build needs, builds, and installs the stripped program
# with its files below the folder INSTALL. What it built with stays in INSTALL.build.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/audit/setup.sh"
install=$1
export LC_ALL=C TZ=UTC
[ -n "${SOURCE_DATE_EPOCH:-}" ] || unset SOURCE_DATE_EPOCH
umask 022
# shellcheck disable=SC2086,SC2154 # a list of words, of setup.sh
need $build_packages binutils sqlite3
build "$install.build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=/usr -DGRAPHAUDIT_TESTS=OFF \
    "-DGRAPHAUDIT_COMMIT=${GRAPHAUDIT_COMMIT:-}"
cmake --build "$install.build" --target package_files >"$install.build.log" 2>&1 || { cat "$install.build.log" >&2; exit 1; }
DESTDIR=$install cmake --install "$install.build" --strip >>"$install.build.log"
