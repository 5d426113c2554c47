// packaging/kubernetes held against Kubernetes' schemas, against the program's exit codes and against itself;
// packaging/container/Dockerfile parsed, with the files that it names.
// Usage: node deploy.mjs TOP OUT
//
// Command lines, and tenants.yaml as the pods see it, go to OUT for whoever runs them.
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DockerfileParser } from 'dockerfile-ast';
import { validate as lintDockerfile } from 'dockerfile-utils';
import { parseAllDocuments } from 'yaml';
import { broken, complaints } from './schema.mjs';

const [top, out] = process.argv.slice(2);
let passed = 0;
let failed = 0;
function is(what, got, wanted) {
  if (JSON.stringify(got) === JSON.stringify(wanted)) {
    passed += 1;
    if (process.env.VERBOSE) console.log(`ok    ${what}`);
  } else {
    failed += 1;
    console.log(`FAIL  ${what}: wanted ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`.slice(0, 800));
  }
}
const read = (...path) => readFileSync(join(top, ...path), 'utf8');

// ---- Kubernetes ----

function load(text, name) {
  const documents = parseAllDocuments(text, { uniqueKeys: true, strict: true });
  is(`${name}: YAML`, documents.flatMap((d) => [...d.errors, ...d.warnings].map(String)), []);
  return documents.map((d) => d.toJS());
}
const folder = join(top, 'packaging', 'kubernetes');
const files = readdirSync(folder).filter((f) => f.endsWith('.yaml') && f !== 'kustomization.yaml').sort();
const objects = files.flatMap((f) => load(readFileSync(join(folder, f), 'utf8'), f));
let mistakes = 0;
for (const o of objects) {
  const name = `${o.kind} ${o.metadata?.name}`;
  is(`${name}: as the schema says`, complaints(o), []);
  const taken = [];
  for (const { copy, what } of broken(o)) {
    mistakes += 1;
    if (complaints(copy).length === 0) taken.push(what);
  }
  is(`${name}: no mistake is taken`, taken, []);
}
is('mistakes were made', mistakes > 300, true);
if (process.env.VERBOSE) console.log(mistakes, 'mistakes');

const [kustomization] = load(readFileSync(join(folder, 'kustomization.yaml'), 'utf8'), 'kustomization.yaml');
is('kustomization: members', Object.keys(kustomization), ['apiVersion', 'kind', 'namespace', 'resources', 'images']);
is('kustomization: kind', [kustomization.apiVersion, kustomization.kind], ['kustomize.config.k8s.io/v1beta1', 'Kustomization']);
is('kustomization: all files', [...kustomization.resources].sort(), files);
is('kustomization: image', kustomization.images.map((i) => Object.keys(i)), [['name', 'newName', 'newTag']]);
const version = /project\(graphaudit VERSION ([0-9.]+)/.exec(read('CMakeLists.txt'))[1];
is('kustomization: version', kustomization.images[0].newTag, version);
const named = (kind, name) => objects.some((o) => o.kind === kind && o.metadata.name === name);
is('kustomization: its namespace', named('Namespace', kustomization.namespace), true);

// What each job says, beyond what a schema can: the API server refuses some of it, the rest only goes wrong at night.
const code = Object.fromEntries([...read('audit', 'cli', 'exitcode.h').matchAll(/EXIT_CODE_(\w+) = (\d+)/g)].map((m) => [m[1], Number(m[2])]));
is('exit codes are read', code.PASSED === 0 && code.TERMINATED === 143, true);
const jobs = Object.fromEntries(objects.filter((o) => o.kind === 'CronJob').map((o) => [o.metadata.name.replace('graphaudit-', ''), o.spec]));
is('jobs', Object.keys(jobs), ['fleet', 'report']);
const wanted = { fleet: ['FailIndex', [code.USAGE, code.AUTH]], report: ['FailJob', [code.USAGE, code.INCOMPLETE]] };
for (const [name, cron] of Object.entries(jobs)) {
  const job = cron.jobTemplate.spec;
  const pod = job.template.spec;
  const [container] = pod.containers;
  is(`${name}: one container`, [pod.containers.length, container.name, container.image, container.command], [1, 'graphaudit', kustomization.images[0].name, undefined]);
  is(`${name}: a failure policy asks for restartPolicy`, pod.restartPolicy, 'Never');
  const [ignore, fail] = job.podFailurePolicy.rules;
  is(`${name}: disruptions do not count`, ignore, { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] });
  is(`${name}: who fails at once`, [fail.action, fail.onExitCodes.values, fail.onExitCodes.operator, fail.onExitCodes.containerName, job.podFailurePolicy.rules.length], [...wanted[name], 'In', container.name, 2]);
  is(`${name}: Pod Security "restricted"`, [pod.securityContext.runAsNonRoot, pod.securityContext.seccompProfile.type, container.securityContext.allowPrivilegeEscalation, container.securityContext.capabilities], [true, 'RuntimeDefault', false, { drop: ['ALL'] }]);
  is(`${name}: read-only`, container.securityContext.readOnlyRootFilesystem, true);
  is(`${name}: the image's user`, [`${pod.securityContext.runAsUser}:${pod.securityContext.runAsGroup}`, pod.securityContext.fsGroup], [/^USER (.*)$/m.exec(read('packaging', 'container', 'Dockerfile'))[1], pod.securityContext.runAsUser]);
  is(`${name}: mounts have volumes`, container.volumeMounts.map((m) => m.name).sort(), pod.volumes.map((v) => v.name).sort());
  for (const v of pod.volumes) {
    if (v.configMap) is(`${name}: ConfigMap`, named('ConfigMap', v.configMap.name), true);
    if (v.persistentVolumeClaim) is(`${name}: claim`, named('PersistentVolumeClaim', v.persistentVolumeClaim.claimName), true);
  }
  is(`${name}: no token of Kubernetes`, pod.automountServiceAccountToken === false || (named('ServiceAccount', pod.serviceAccountName) && objects.find((o) => o.kind === 'ServiceAccount').automountServiceAccountToken === false), true);
  // Every file that the command line names is on a volume, and only what may be written is told to be.
  for (const path of container.args.join('\n').match(/\/[^\n=]+/g)) {
    const mount = container.volumeMounts.find((m) => path.startsWith(`${m.mountPath}/`));
    is(`${name}: ${path} is on a volume`, [Boolean(mount), Boolean(mount?.readOnly)], [true, path.startsWith('/etc/')]);
  }
  writeFileSync(join(out, `${name}.args`), container.args.map((a) => `${a}\n`).join(''));
}

const fleet = jobs.fleet.jobTemplate.spec;
const args = fleet.template.spec.containers[0].args;
const option = (list, name) => list.find((a) => a.startsWith(`--${name}=`))?.split('=').slice(1).join('=');
const hours = (text) => Number(/^(\d+)h$/.exec(text)[1]);
const start = (spec) => Number(/^(\d+) (\d+) \* \* \*$/.exec(spec.schedule)[2]) + Number(/^(\d+)/.exec(spec.schedule)[1]) / 60;
is('fleet: Indexed, as retries of an index ask for', fleet.completionMode, 'Indexed');
is('fleet: as many parts as indexes', Number(option(args, 'of')), fleet.completions);
is('fleet: a worker that fails stops no other', fleet.maxFailedIndexes, fleet.completions);
const deadline = fleet.activeDeadlineSeconds / 3600;
const age = hours(option(args, 'max-age'));
const report = jobs.report.jobTemplate.spec;
is('report: the same age', hours(option(report.template.spec.containers[0].args, 'max-age')), age);
is('report: after the last minute of the fleet', start(jobs.report) >= start(jobs.fleet) + deadline, true);
is('report: what began this night counts', start(jobs.report) - start(jobs.fleet) + report.activeDeadlineSeconds / 3600 < age, true);
is('fleet: what began last night does not', 24 - deadline > age, true);
is('fleet: a tenant has less time than all', hours(option(args, 'tenant-timeout')) < deadline, true);

// The network: nobody in, and out only who has to.
const policies = objects.filter((o) => o.kind === 'NetworkPolicy').map((o) => o.spec);
is('network: everything is closed', policies[0], { podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
const reaches = (spec) => policies.filter((p) => p.egress && Object.entries(p.podSelector.matchLabels).every(([k, v]) => spec.template.metadata.labels[k] === v)).flatMap((p) => p.egress.flatMap((e) => e.ports.map((x) => `${x.protocol} ${x.port}`)));
is('network: the fleet', reaches(fleet), ['UDP 53', 'TCP 53', 'TCP 443']);
is('network: the report', reaches(report), []);
is('network: nobody in', policies.filter((p) => p.ingress), []);
is('workload identity: who asks for it', Object.values(jobs).map((j) => j.jobTemplate.spec.template.metadata.labels['azure.workload.identity/use']), ['true', undefined]);
const tenants = objects.find((o) => o.kind === 'ConfigMap').data;
is('tenants', Object.keys(tenants), ['tenants.yaml']);
writeFileSync(join(out, 'tenants.yaml'), tenants['tenants.yaml']);

// ---- the Dockerfile ----

function dockerfile(text) {
  const found = lintDockerfile(text).map((d) => `${d.range.start.line + 1}: ${d.message}`);
  const stages = [];
  for (const i of DockerfileParser.parse(text).getInstructions()) {
    const words = i.getArguments().map((a) => a.getValue());
    const at = `${i.getRange().start.line + 1}: ${i.getKeyword()}`;
    if (i.getKeyword() === 'FROM') {
      if (words[0] !== 'scratch' && !/:[\w.-]+$/.test(words[0])) found.push(`${at} ${words[0]} has no tag`);
      stages.push(words[2]);
    } else if (i.getKeyword() === 'COPY') {
      const from = i.getFlags().find((f) => f.getName() === 'from')?.getValue();
      if (from && !stages.includes(from)) found.push(`${at} from ${from}, which is no stage`);
      for (const w of from ? [] : words.slice(0, -1)) if (!existsSync(join(top, w))) found.push(`${at} ${w}: no such file`);
    } else if (i.getKeyword() === 'RUN') {
      if (words[0] !== 'sh' || !existsSync(join(top, words[1]))) found.push(`${at} ${words[1]}: no such script`);
    }
  }
  return found;
}
const text = read('packaging', 'container', 'Dockerfile');
is('Dockerfile', dockerfile(text), []);
for (const [from, to] of [['COPY . .', 'COPI . .'], ['final-root.sh /install', 'final-rot.sh /install'], ['--from=build', '--from=built'], ['debian:12-slim', 'debian'], ['COPY . .', 'COPY sources .'], ['WORKDIR /data', 'WORKDIR']]) {
  is(`Dockerfile: ${to} is refused`, text.includes(from) && dockerfile(text.replace(from, to)).length > 0, true);
}
const ignored = read('.dockerignore').trim().split('\n');
is('.dockerignore', [ignored.includes('.git'), ignored.includes('build')], [true, true]);
for (const needed of ['CMakeLists.txt', 'audit', 'packaging', 'tests/simulator', 'CHANGELOG.md']) is(`.dockerignore leaves ${needed}`, ignored.includes(needed.split('/')[0]) || !statSync(join(top, needed)), false);

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
