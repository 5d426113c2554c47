#!/bin/sh
# package.sh BUILD - the Debian package and the tar file of a release build (prefix /usr): the same bytes when built
# again elsewhere, clean under lintian, complete, and an SBOM of what is really linked.
. "$(dirname "$0")/lib.sh"
build=$1
top=$(cd "$here/../.." && pwd)
export SOURCE_DATE_EPOCH=1795413600
cd "$work" || exit 1
json() { sqlite3 -batch :memory: "SELECT $2 FROM json_each(readfile('$1'), '\$.components') WHERE $3 ORDER BY 1"; }

# Built again: a copy of the source in another folder, without what is not source.
mkdir other
tar -C "$top" --exclude=./build --exclude=./.git --exclude=node_modules -cf - . | tar -C other -xf -
cmake -S other -B other-build -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=/usr -DGRAPHAUDIT_TESTS=OFF \
    -DGRAPHAUDIT_SIMULATOR=OFF "-DGRAPHAUDIT_DEMO=$build/demo.db" >other.log 2>&1 && cmake --build other-build >>other.log 2>&1
is "builds elsewhere" $? 0
yes "the same program" cmp "$build/graphaudit" other-build/graphaudit
for b in "$top"/build/dev "$top"/build/dev-clang "$top"/build/asan; do
    [ ! -f "$b/demo.db" ] || yes "the same demo tenant: ${b##*/}" cmp "$build/demo.db" "$b/demo.db"
done
for x in "$build one" "$work/other-build two"; do
    sh "$top/packaging/pack.sh" ${x% *} "$work/${x#* }" >pack.log 2>&1
    is "packs: ${x#* }" "$? $(tail -n 3 pack.log)" "0 "
done
for f in one/*; do
    yes "the same bytes: ${f#one/}" cmp "$f" "two/${f#one/}"
done
deb=$(find "$work/one" -name '*.deb') tar=$(find "$work/one" -name '*.tar.gz')

# The package.
if command -v lintian >/dev/null; then
    is "lintian" "$(lintian "$deb" 2>/dev/null)" ""
fi
mkdir root tree control
dpkg-deb -x "$deb" root && dpkg-deb -e "$deb" control && tar -C tree -xzf "$tar" --strip-components=1
is "owner of everything" "$(dpkg-deb -c "$deb" | awk '{ print $2 }' | sort -u)" root/root
is "conffile" "$(cat control/conffiles)" /etc/graphaudit/config.yaml
for p in libcurl4 libssl3 libsqlite3-0 libjansson4 libxml2 libfyaml0 libc-ares2 libpq5 libc6 ca-certificates; do
    has "depends on $p" "$(dpkg-deb -f "$deb" Depends)" "$p"
done
for r in "root/usr deb" "tree tar"; do
    prefix=${r% *} kind=${r#* }
    "$prefix/bin/graphaudit" audit --demo --quiet --output json=demo.json 2>err
    is "$kind: audits the demo tenant" "$?" 1
    has "$kind: no debugging symbols" "$(file "$prefix/bin/graphaudit")" ", stripped"
    for c in $("$prefix/bin/graphaudit" help --format names); do
        is "$kind: manual page of $c" "$(gzip -dc "$prefix/share/man/man1/graphaudit-$c.1.gz" | mandoc -Tlint -W warning 2>&1)" ""
    done
    for f in man/man1/graphaudit.1.gz bash-completion/completions/graphaudit zsh/vendor-completions/_graphaudit \
        fish/vendor_completions.d/graphaudit.fish graphaudit/demo.db graphaudit/packs/core/pack.yaml doc/graphaudit/copyright \
        doc/graphaudit/changelog.gz doc/graphaudit/examples/graphaudit.cron doc/graphaudit/ci/Jenkinsfile \
        doc/graphaudit/kubernetes/kustomization.yaml; do
        yes "$kind: $f" [ -s "$prefix/share/$f" ]
    done

    # The SBOM against the program: libraries that it asks for, and packages that own them.
    sbom=$prefix/share/doc/graphaudit/graphaudit.cdx.json
    is "$kind: SBOM is of this program" "$(sqlite3 :memory: "SELECT readfile('$sbom') ->> '$.metadata.component.hashes[0].content'")" \
        "$(sha256sum "$prefix/bin/graphaudit" | cut -d ' ' -f 1)"
    is "$kind: SBOM has what is linked" "$(json "$sbom" "value ->> '$.properties[1].value'" "value ->> '$.properties[0].value' = 'dynamic'")" \
        "$(readelf -d "$prefix/bin/graphaudit" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort)"
    json "$sbom" "(value ->> '$.name') || ' ' || (value ->> '$.version')" "1" | sort -u >named
    while read -r name version; do
        is "$kind: version of $name" "$version" "$(dpkg-query -W -f '${Version}\n' "$name" | head -n 1)"
    done <named
done
# Inside the program of the tar file, and nowhere else.
is "tar: inside" "$(json tree/share/doc/graphaudit/graphaudit.cdx.json "value ->> '$.properties[1].value'" "value ->> '$.properties[0].value' = 'static'" | tr '\n' ' ')" \
    "libcares.a libfyaml.a libjansson.a libsqlite3.a "
is "tar: still asked for" "$(readelf -d tree/bin/graphaudit | sed -n 's/.*(NEEDED).*\[\(lib[a-z0-9]*\).*\]/\1/p' | sort | tr '\n' ' ')" \
    "libc libcrypto libcurl libm libpq libssl libxml2 libz "
for s in sqlite3_open_v2 json_loadb fy_document_build_from_string ares_init_options; do
    is "tar: $s is not asked for" "$(readelf -Ws --dyn-syms tree/bin/graphaudit | grep -c " UND $s")" 0
    yes "deb: $s is asked for" sh -c "readelf -Ws --dyn-syms root/usr/bin/graphaudit | grep -q ' UND $s'"
done

# The units: verified with the program that is in the package.
unit=root/usr/lib/systemd/system
if command -v systemd-analyze >/dev/null; then
    mkdir units
    for u in graphaudit.service graphaudit.timer; do
        sed "s|/usr/bin/graphaudit|$work/root/usr/bin/graphaudit|" "$unit/$u" >"units/$u"
    done
    is "systemd-analyze verify" "$(systemd-analyze verify --man=no units/graphaudit.service units/graphaudit.timer 2>&1 | grep graphaudit)" ""
    systemd-analyze security --offline=true --threshold=15 units/graphaudit.service >security 2>&1
    is "systemd-analyze security: 1.5 or less" "$? $(tail -n 1 security | grep -o 'level for .*')" "0 $(tail -n 1 security | grep -o 'level for .*')"
    is "the timer's time" "$(systemd-analyze calendar "$(sed -n 's/^OnCalendar=//p' "$unit/graphaudit.timer")" | sed -n 's/.*Normalized form: //p')" "*-*-* 03:00:00"
fi

# The service's and cron's command lines, against a tenant.
sim demo || finish
PATH=$work/root/usr/bin:$PATH
unset GRAPHAUDIT_CONFIG
mkdir state creds cron
cp "$sim_dir/client.pem" creds/ && cp "$sim_dir/client.pem" cron/
cat >config.yaml <<YAML
$(cat root/etc/graphaudit/config.yaml)
tenant: $tenant_id
client-id: $client_id
cloud: $sim_dir/cloud.yaml
ca-file: $sim_dir/ca.pem
dns-server: $dns
profile: essential
YAML
line=$(sed -n 's/^ExecStart=//p' "$unit/graphaudit.service" | sed "s|/usr/bin/||; s|/etc/graphaudit/config.yaml|config.yaml|")
STATE_DIRECTORY=$work/state CREDENTIALS_DIRECTORY=$work/creds sh -c "$line" >out 2>err
is "the service's command: exit" "$?" 1
has "the service's exit code is one of its answers" " $(sed -n 's/^SuccessExitStatus=//p' "$unit/graphaudit.service") " " 1 "
yes "the service's command: snapshot" [ "$(find state -name 'graphaudit_*.db' | wc -l)" = 1 ]
line=$(sed -n 's/^17 3 \* \* \* graphaudit //p' root/usr/share/doc/graphaudit/examples/graphaudit.cron | sed "s|/var/lib/graphaudit|$work/cron|")
GRAPHAUDIT_CONFIG=$work/config.yaml AZURE_CLIENT_CERTIFICATE_PATH=$work/cron/client.pem sh -c "$line" >out 2>err
is "cron's command: exit" "$?" 0
is "cron's command: nothing is mailed" "$(cat out err)" ""
GRAPHAUDIT_CONFIG=none sh -c "$line" >out 2>err
is "cron's command, no tenant: exit" "$?" 2
has "cron's command, no tenant: is mailed" "$(cat out)" "which tenant"

# Who is told of a change: a receiver for each, as small as can be.
cat >receive.mjs <<'NODE'
import http from 'node:http'; import net from 'node:net'; import fs from 'node:fs'
http.createServer((q, r) => { let b = ''; q.on('data', (c) => b += c); q.on('end', () => { fs.writeFileSync('posted', b); r.end() }) })
  .listen(0, '127.0.0.1', function () { fs.writeFileSync('port.http', String(this.address().port)) })
net.createServer((s) => { s.write('220 x\r\n'); let data = false, b = ''
  s.on('data', (c) => { for (const l of c.toString().split('\r\n')) {
    if (data) { b += l + '\n'; if (l === '.') { fs.writeFileSync('mailed', b); data = false; s.write('250 ok\r\n') } continue }
    if (/^DATA/i.test(l)) { data = true; s.write('354 go\r\n') } else if (/^QUIT/i.test(l)) { s.end('221 bye\r\n') } else if (l) s.write('250 ok\r\n')
  } }) }).listen(0, '127.0.0.1', function () { fs.writeFileSync('port.smtp', String(this.address().port)) })
setTimeout(() => process.exit(), 60000)
NODE
node receive.mjs &
receiver=$!
i=0
until [ -s port.http ] && [ -s port.smtp ] || [ $i -gt 200 ]; do i=$((i + 1)); sleep 0.05; done
printf '{}\n' >change.json
printf 'Security defaults\n  ~ "quoted" \\ and & more\n' >change.txt
export GRAPHAUDIT_HOOK_JSON=change.json GRAPHAUDIT_HOOK_TEXT=change.txt GRAPHAUDIT_HOOK_CHANGES=1 GRAPHAUDIT_HOOK_EXIT=1 \
    GRAPHAUDIT_HOOK_TENANT=contoso.example
echo "http://127.0.0.1:$(cat port.http)/hook?key=hunter2" >creds/webhook.url
CREDENTIALS_DIRECTORY=$work/creds root/usr/libexec/graphaudit/on-change-webhook <change.txt >out 2>err
is "webhook: exit" "$? $(cat err)" "0 "
is "webhook: what" "$(sqlite3 :memory: "SELECT CAST(readfile('posted') AS TEXT) ->> '$.text'")" "graphaudit: 1 changes in contoso.example (exit 1)
$(cat change.txt)"
echo "http://contoso.example/hook" >creds/webhook.url
CREDENTIALS_DIRECTORY=$work/creds root/usr/libexec/graphaudit/on-change-webhook <change.txt >out 2>err
is "webhook without TLS: exit" "$?" 2
ON_CHANGE_MAIL_TO=it@contoso.example ON_CHANGE_MAIL_FROM=ga@contoso.example ON_CHANGE_SMTP=smtp://127.0.0.1:$(cat port.smtp) \
    root/usr/libexec/graphaudit/on-change-mail <change.txt >out 2>err
is "mail: exit" "$? $(cat err)" "0 "
has "mail: subject" "$(cat mailed)" "Subject: graphaudit: 1 changes in contoso.example"
has "mail: text" "$(cat mailed)" "~ \"quoted\" \\ and & more"
kill "$receiver" 2>/dev/null
wait "$receiver" 2>/dev/null
finish
