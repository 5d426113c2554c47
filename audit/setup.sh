# setup.sh - sourced by demo.sh and tests/run.sh: installs missing Debian packages, builds.

# need PACKAGE...: installs those that are missing, by apt-get, as root or through sudo.
need() {
    missing=
    for p in "$@"; do
        dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'install ok installed' ||
            missing="$missing $p"
    done
    [ -z "$missing" ] && return 0
    echo "installing:$missing"
    sudo=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || { echo "run as root, or install:$missing" >&2; return 1; }
        sudo=sudo
    fi
    # shellcheck disable=SC2086 # a list of words
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1 ||
        { $sudo apt-get update -qq &&
          $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null; } ||
        { echo "could not install:$missing" >&2; return 1; }
}

build_packages="gcc libc6-dev cmake ninja-build pkg-config libcurl4-openssl-dev libjansson-dev
  libssl-dev libxml2-dev libsqlite3-dev libfyaml-dev libc-ares-dev libmicrohttpd-dev zlib1g-dev libpq-dev
  ca-certificates"

# build FOLDER CMAKE-ARGUMENT...: configures and builds; prints only what failed.
build() {
    folder=$1
    shift
    log=$folder.log
    mkdir -p "$(dirname "$folder")"
    if ! { cmake -S "$top" -B "$folder" -G Ninja "$@" && cmake --build "$folder"; } >"$log" 2>&1; then
        tail -n 60 "$log" >&2
        echo "build failed: $folder (whole log: $log)" >&2
        return 1
    fi
}
