#!/bin/sh
# deploy.sh - the manifests for Kubernetes (tests/formats/deploy.mjs: schemas, exit codes, the Dockerfile too), and
# their command lines and that of the Slurm example, run as they stand there by the program against a tenant.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
top=$(cd "$here/../.." && pwd)

mkdir etc results
node "$here/../formats/deploy.mjs" "$top" "$work/etc" >checked 2>&1
cat checked
counts=$(tail -n 1 checked)
passed=$(printf '%s' "$counts" | sed -n 's/^\([0-9]*\) passed, [0-9]* failed$/\1/p')
failed=$(printf '%s' "$counts" | sed -n 's/^[0-9]* passed, \([0-9]*\) failed$/\1/p')
passed=${passed:-0} failed=${failed:-1}

# The volumes are folders here, the tenants the simulator's. Everything else is as the pod has it.
sim security-defaults || finish
sed -i -e "s|^defaults:|&\n  client-id: $client_id\n  cloud: $sim_dir/cloud.yaml\n  ca-file: $sim_dir/ca.pem\n  dns-server: \"$dns\"|" \
    -e "s|tenant: [a-z]*\.onmicrosoft\.com|tenant: $tenant_id|" etc/tenants.yaml
is "tenants.yaml names tenants" "$(grep -c "tenant: $tenant_id" etc/tenants.yaml)" 2
sed -i -e "s|/etc/fleet/|$work/etc/|" -e "s|/results|$work/results|" etc/fleet.args etc/report.args
# pod NAME [VARIABLE=VALUE...]: what the container's command line does.
pod() {
    args=etc/$1.args
    shift
    set -- env "AZURE_CLIENT_CERTIFICATE_PATH=$sim_dir/client.pem" "$@" "$GRAPHAUDIT"
    while read -r word; do
        set -- "$@" "$word"
    done <"$args"
    "$@" >out 2>err </dev/null
    rc=$? out=$(cat out) err=$(cat err)
}
of=$(sed -n 's/^--of=//p' etc/fleet.args)
index=1 codes=
while [ $index -lt "$of" ]; do # the first worker is late
    pod fleet JOB_COMPLETION_INDEX=$index
    codes="$codes $rc"
    index=$((index + 1))
done
is "workers: exit" "$codes" " 0 0 0 0 0 0 0"
is "workers: JSON messages" "$(grep -cv '^{.*}$' err)" 0
is "workers: who is there" "$(ls results/fleet)" fabrikam
pod report
is "report before the last worker: exit" "$rc" 3
has "report before the last worker: who is missing" "$out" "contoso                  not audited"
pod fleet JOB_COMPLETION_INDEX=0
is "the last worker: exit" "$rc" 0
is "findings are no failure: of the tenant" "$(sed -n 's/.*"exit_code": \([0-9]*\).*/\1/p' results/fleet/contoso/result.json)" 1
pod report
is "report: exit" "$rc" 0
for f in html csv xml; do
    yes "report: fleet.$f" [ -s "results/fleet.$f" ]
done
was=$(stat -c %i results/fleet/contoso/snapshot.db)
pod fleet JOB_COMPLETION_INDEX=0
is "started again the same night: left alone" "$rc $(stat -c %i results/fleet/contoso/snapshot.db)" "0 $was"
pod fleet JOB_COMPLETION_INDEX=0 SOURCE_DATE_EPOCH=$((SOURCE_DATE_EPOCH + 86400))
yes "the next night: done again" [ "$rc $(stat -c %i results/fleet/contoso/snapshot.db)" != "0 $was" ]
pod report SOURCE_DATE_EPOCH=$((SOURCE_DATE_EPOCH + 86400))
is "the next night, one worker failed: exit" "$rc" 3
has "the next night, one worker failed: who" "$out" "fabrikam                 not audited: the last audit is of "
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=other -keyout other.pem -out other.crt 2>/dev/null
cat other.crt >>other.pem
pod fleet JOB_COMPLETION_INDEX=0 SOURCE_DATE_EPOCH=$((SOURCE_DATE_EPOCH + 259200)) "AZURE_CLIENT_CERTIFICATE_PATH=$work/other.pem"
is "a certificate that nobody knows: exit, which fails the index" "$rc" 4

# Slurm: the file is a shell script; each task does its share where the job was sent from.
slurm=$top/packaging/examples/fleet-slurm.sh
is "Slurm: syntax" "$(sh -n "$slurm" 2>&1; bash -n "$slurm" 2>&1)" ""
is "Slurm: shellcheck" "$(shellcheck "$slurm" 2>&1)" ""
tasks=$(sed -n 's/^#SBATCH --array=0-\([0-9]*\)$/\1/p' "$slurm")
cpus=$(sed -n 's/^#SBATCH --cpus-per-task=//p' "$slurm")
yes "Slurm: says how many" [ "$((tasks * cpus))" -gt 0 ]
sim security-defaults || finish
mkdir slurm bin
ln -s "$GRAPHAUDIT" bin/graphaudit
sed -e "s|^  cloud:.*|  cloud: $sim_dir/cloud.yaml|" -e "s|^  ca-file:.*|  ca-file: $sim_dir/ca.pem|" \
    -e "s|^  dns-server:.*|  dns-server: \"$dns\"|" etc/tenants.yaml >slurm/tenants.yaml
cd slurm || exit 1
export AZURE_CLIENT_CERTIFICATE_PATH="$sim_dir/client.pem"
task=0 codes=
while [ $task -le "$tasks" ]; do
    PATH=$work/bin:$PATH SLURM_ARRAY_TASK_ID=$task SLURM_ARRAY_TASK_COUNT=$((tasks + 1)) SLURM_CPUS_PER_TASK=$cpus \
        sh "$slurm" >../out 2>../err </dev/null
    codes="$codes $?"
    task=$((task + 1))
done
is "Slurm: exit" "$codes" " 0 0 0 0 0 0 0 0"
line=$(sed -n 's/^#   graphaudit /graphaudit /p' "$slurm")
PATH=$work/bin:$PATH sh -c "$line" >../out 2>../err
is "Slurm: the report in its comment: exit" "$?" 0
yes "Slurm: the report" [ -s fleet.html ]
cd "$work" || exit 1
finish
