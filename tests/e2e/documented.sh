# documented.sh - sourced by tests that run what Markdown shows, as it stands there. The tenant in the
# commands is the simulator's, the scanner one of its mailboxes. Sources lib.sh; leaves the shell in $work.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
top=$(cd "$here/../.." && pwd)

documented_start() { # the simulator, and graphaudit by its name
    sim demo || return 1
    mkdir -p bin
    ln -s "$GRAPHAUDIT" bin/graphaudit
    PATH=$work/bin:$PATH
}

# What a reader has at hand who runs the commands of this FILE: rules, a certificate, a log, and the files
# that its yaml blocks describe ("# NAME.yaml: ..." is their first line).
documented_files() { # FILE
    cp -r "$top/rules/packs/smtp-auth" my-rules
    cp "$sim_dir/client.pem" client.pem
    echo "2026-11-20 03:12:07 smtp: 535 5.7.3 Authentication unsuccessful" >device.log
    # A logo: the smallest PNG there is.
    printf '%s' 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=' |
        base64 -d >logo.png
    awk '/^ *```yaml/ { first = 1; file = ""; next } /^ *```/ { file = ""; next }
        first { first = 0; if (match($0, /^# [a-z-]+\.yaml/)) file = substr($0, 3, RLENGTH - 2) }
        file { print >file }' "$1"
}

# Lines of the sh blocks of FILE, continuations joined; a comment stays.
documented_lines() { # FILE
    awk '/^ *```sh$/ { on = 1; next } /^ *```/ { on = 0 } on' "$1" |
        sed -e ':a' -e '/\\$/N; s/\\\n *//; ta' -e 's/^ *//' | grep -v -e '^#' -e '^$'
}

# Runs one LINE. Its comment may say which exit code it has ("# exit 2"); otherwise graphaudit may end with 0, 1
# or 3, which are answers, and everything else with 0.
documented_run() { # NAME LINE
    shown=$(printf '%s' "$2" | sed 's/  *#.*//')
    wanted=$(printf '%s' "$2" | sed -n 's/.* # exit \([0-9][0-9]*\).*/\1/p')
    run=$(printf '%s' "$shown" | sed -e 's/scanner@contoso.example/svc-scanner@larkfield.example/' \
        -e "s/00000000-0000-0000-0000-000000000000/$client_id/")
    case $run in
    *"--tenant contoso.onmicrosoft.com"*)
        run=$(printf '%s' "$run" | sed "s#--tenant contoso.onmicrosoft.com#--tenant $tenant_id --cloud $sim_dir/cloud.yaml --ca-file $sim_dir/ca.pem --dns-server $dns#")
        ;;
    esac
    case $run in
    *" --output-dir "*) SOURCE_DATE_EPOCH=$((SOURCE_DATE_EPOCH + 60)) ;; # a run has a second of its own
    esac
    case $run in
    *" --deadline 45m"*) run=$(printf '%s' "$run" | sed 's/ 45m/ 1s/') ;; # so that there is something to resume
    *" diff october.db "*) cp contoso.db october.db ;;
    *" probe "*) run="$run --cloud $sim_dir/cloud.yaml --ca-file $sim_dir/ca.pem" ;;
    esac
    case $run in
    export\ *) eval "$run" && rc=0 ;;
    *)
        sh -c "$run" >"$work/out" 2>"$work/err" </dev/null
        rc=$?
        ;;
    esac
    case $run in *"> client.pem"*) cp "$sim_dir/client.pem" client.pem ;; esac # the one that was uploaded
    case $wanted,$rc,$shown in
    "$rc,$rc,"* | ,0,* | ,1,graphaudit* | ,3,graphaudit*) ok "$1: $shown" ;;
    *) bad "$1: $shown (exit $rc${wanted:+, not $wanted})" "$(cat "$work/err")" ;;
    esac
}
