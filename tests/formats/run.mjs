// Reports read back by parsers and consumers that others wrote.
// Usage: node run.mjs FOLDER SCHEMAS
//
// FOLDER/tenants/NAME has the reports of one snapshot, FOLDER/hostile/NN those of one hostile text
// (00 is a harmless one, the oracle for shapes). SCHEMAS is reports/schema. With
// GRAPHAUDIT_EXTRA_SCHEMAS=DIR the SARIF and OSCAL reports are also held against their standards'
// own schemas.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import Ajv2020 from 'ajv/dist/2020.js';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { parse as parseCsv } from 'csv-parse/sync';
import { parse as parseJunit } from 'junit2json';
import { marked } from 'marked';
import { parse as parseHtml } from 'parse5';
import { SaxesParser } from 'saxes';
import testResults from 'test-results-parser';

const here = dirname(fileURLToPath(import.meta.url));
const [folder, schemas] = process.argv.slice(2);
let passed = 0;
let failed = 0;

async function check(what, body) {
  try {
    await body();
    passed += 1;
    if (process.env.VERBOSE) console.log(`ok    ${what}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${what}: ${String(error.message).slice(0, 600)}`);
  }
}
function equal(got, wanted, what) {
  if (JSON.stringify(got) !== JSON.stringify(wanted))
    throw new Error(`${what}: wanted ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`);
}
function isTrue(condition, what) {
  if (!condition) throw new Error(what);
}
const text = (...path) => readFileSync(join(...path), 'utf8');
const json = (...path) => JSON.parse(text(...path));
const has = (...path) => existsSync(join(...path));

// ---- schemas ----

const own = new Ajv2020({ allErrors: false, strict: false });
addFormats(own);
const names = readdirSync(schemas).filter((f) => f.endsWith('.schema.json'));
for (const f of names) own.addSchema(json(schemas, f));
for (const name of ['sarif-github', 'ocsf', 'oscal'])
  own.addSchema(json(here, '..', 'schema', `${name}.schema.json`), name);
function valid(name, value) {
  const validate = own.getSchema(name);
  isTrue(validate, `no schema ${name}`);
  if (!validate(value)) {
    const e = validate.errors[0];
    throw new Error(`${name}: ${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`);
  }
}
const standards = {};
function standard(file, value) {
  const extra = process.env.GRAPHAUDIT_EXTRA_SCHEMAS;
  if (!extra || !has(extra, file)) return;
  if (!standards[file]) {
    const ajv = new Ajv({ allErrors: false, strict: false, unicodeRegExp: true });
    addFormats(ajv);
    const { $schema, id, ...schema } = json(extra, file); // draft-04 "id" would be refused
    standards[file] = ajv.compile(schema);
  }
  if (!standards[file](value)) {
    const e = standards[file].errors[0];
    throw new Error(`${file}: ${e.instancePath} ${e.message}`);
  }
}

// ---- parsers ----

function checkXml(bytes) {
  const parser = new SaxesParser();
  parser.on('error', (e) => {
    throw e;
  });
  parser.write(bytes).close();
}
// "tag attr attr" of every element, sorted: what markup there is, whatever the texts are.
function shape(node, out = []) {
  if (node.tagName) out.push([node.tagName, ...(node.attrs ?? []).map((a) => a.name)].join(' '));
  for (const child of node.childNodes ?? []) shape(child, out);
  return out;
}
function textOf(node) {
  return node.nodeName === '#text' ? node.value : (node.childNodes ?? []).map(textOf).join('');
}
function htmlShape(bytes) {
  return shape(parseHtml(bytes)).sort();
}
const rendered = (bytes) => parseHtml(marked.parse(bytes, { gfm: true }));
// What GitHub's second pass over rendered text would make a mention or a link of.
const notifies = /(^|[^\w@/.-])@\w|(^|[^\w])GH-\d|#\d/i;
const markdownTags = new Set('html head body h2 h3 p table thead tbody tr th td ul li strong'.split(' '));
function checkMarkdown(bytes) {
  const tree = rendered(bytes);
  for (const tag of shape(tree)) isTrue(markdownTags.has(tag.split(' ')[0]), `Markdown has <${tag}>`);
  const bad = textOf(tree).match(notifies);
  isTrue(!bad, `Markdown says '${bad?.[0]}'`);
  isTrue(Buffer.byteLength(bytes) < 1024 * 1024, 'more than GitHub takes');
}
function csv(...path) {
  return parseCsv(readFileSync(join(...path)), { columns: true, bom: true });
}
function checkCsv(rows) {
  for (const row of rows)
    for (const [column, cell] of Object.entries(row))
      isTrue(!/^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/.test(cell), `${column} is a formula: ${cell}`);
}
async function checkJunit(bytes, document, by) {
  checkXml(bytes);
  const suites = (await parseJunit(bytes)).testsuite;
  const cases = suites.flatMap((s) => s.testcase ?? []);
  const identities = cases.map((c) => `${c.classname} ${c.name}`);
  equal(new Set(identities).size, identities.length, 'different names');
  for (const s of suites) {
    const n = (kind) => (s.testcase ?? []).filter((c) => c[kind]).length;
    equal([s.tests, s.failures, s.errors, s.skipped],
      [(s.testcase ?? []).length, n('failure'), n('error'), n('skipped')], `counts of ${s.name}`);
  }
  equal(suites[0].name, 'run', 'first suite');
  if (by === 'rule')
    equal(cases.filter((c) => document.rules.some((r) => c.name.startsWith(`${r.id} `))).length,
      document.rules.length, 'cases of rules');
  if (by === 'resource')
    equal(cases.filter((c) => document.rules.some((r) => c.name.startsWith(`${r.id}: `))).length,
      document.resources.filter((r) => r.status === 'fail' && !r.waiver_id).length, 'cases of resources');
  return cases;
}
function checkSarif(bytes, document, full) {
  const log = JSON.parse(bytes);
  valid('sarif-github', log);
  standard('sarif-schema-2.1.0.json', log);
  isTrue(gzipSync(bytes).length < 10 * 1024 * 1024, 'more than GitHub takes');
  const run = log.runs[0];
  equal(run.results.length,
    document.rules.filter((r) => full || r.outcome === 'fail').length, 'results');
  for (const r of run.results) {
    equal(run.tool.driver.rules[r.ruleIndex].id, r.ruleId, 'rule of a result');
    new URL(r.locations[0].physicalLocation.artifactLocation.uri, 'https://x.example/');
  }
  const prints = run.results.map((r) => r.partialFingerprints['graphaudit/v1']);
  equal(new Set(prints).size, prints.length, 'different fingerprints');
}

function checkOcsf(bytes, document) {
  const events = bytes.trimEnd().split('\n').map((line) => JSON.parse(line));
  for (const e of events) {
    valid('ocsf', e);
    equal(e.type_uid, e.class_uid * 100 + e.activity_id, 'type_uid');
  }
  if (document) {
    const keys = events.map((e) => `${e.compliance.control} ${e.resources?.[0].uid ?? ''}`);
    for (const r of document.resources) isTrue(keys.includes(`${r.rule_id} ${r.resource_id}`), `no event: ${r.rule_id}`);
    for (const r of document.rules) {
      const of = events.filter((e) => e.compliance.control === r.id);
      isTrue(of.length > 0, `no event of ${r.id}`);
      if (r.outcome !== 'pass' && r.counts.fail + r.counts.waived === 0)
        isTrue(of.some((e) => e.compliance.status !== 'Pass'), `${r.id}: ${r.outcome} is a Pass`);
    }
    equal(events.filter((e) => e.status === 'Suppressed').length,
      document.resources.filter((r) => r.waiver_id).length, 'suppressed');
  }
}
function checkOscal(bytes, document) {
  const log = JSON.parse(bytes);
  valid('oscal', log);
  standard('oscal_assessment-results_schema-1.2.1.json', log);
  const result = log['assessment-results'].results[0];
  const ids = (result.observations ?? []).concat(result.findings ?? [], result.risks ?? []).map((x) => x.uuid);
  equal(new Set(ids).size, ids.length, 'different UUIDs');
  if (document)
    for (const r of document.rules) {
      const f = result.findings.find((x) => x.target['target-id'] === r.id);
      equal(f?.target.status.state ?? 'none',
        { pass: 'satisfied', not_applicable: 'none' }[r.outcome] ?? 'not-satisfied', r.id);
    }
}

// ---- every tenant ----

for (const tenant of readdirSync(join(folder, 'tenants')).sort()) {
  const at = join(folder, 'tenants', tenant);
  const document = json(at, 'report.json');
  const rows = document.resources.length + document.fixed.length;
  const of = (what, body) => check(`${tenant}: ${what}`, body);

  await of('JSON fits its schema', () => valid('report-1.schema.json', document));
  await of('NDJSON fits its schema and is the document', () => {
    const lines = text(at, 'report.ndjson').trimEnd().split('\n').map((l) => JSON.parse(l));
    for (const line of lines) valid('report-lines-1.schema.json', line);
    const again = { ...lines[0], rules: [], resources: [], fixed: [], waivers: [], collection: [] };
    const array = { rule: 'rules', resource: 'resources', fixed: 'fixed', waiver: 'waivers', collection: 'collection' };
    for (const line of lines.slice(1)) again[array[line.type]].push(line);
    const plain = JSON.parse(JSON.stringify(again, (k, v) => (k === 'type' ? undefined : v)));
    const sorted = (v) => JSON.stringify(v, (k, x) =>
      x && typeof x === 'object' && !Array.isArray(x) ? Object.fromEntries(Object.entries(x).sort()) : x);
    isTrue(sorted(plain) === sorted(JSON.parse(JSON.stringify(document, (k, v) => (k === 'type' ? undefined : v)))),
      'the lines are not the document');
  });
  await of('SARIF', () => checkSarif(text(at, 'report.sarif'), document, false));
  await of('SARIF, every rule', () => checkSarif(text(at, 'full.sarif'), document, true));
  await of('JUnit by rule', () => checkJunit(text(at, 'rule.xml'), document, 'rule'));
  await of('JUnit by resource', () => checkJunit(text(at, 'resource.xml'), document, 'resource'));
  await of('JUnit extended', async () => {
    const cases = await checkJunit(text(at, 'extended.xml'), document, 'rule');
    const fails = document.rules.filter((r) => r.outcome === 'fail');
    equal(cases.filter((c) => c.properties?.some((p) => p.name === 'outcome' && p.value === 'fail')).length,
      fails.length, 'cases with their outcome');
    equal(cases.filter((c) => c.file?.startsWith('rules/')).length, document.rules.length, 'files');
  });
  await of('JUnit, another reader', () => {
    for (const file of ['rule.xml', 'extended.xml']) {
      const r = testResults.parse({ type: 'junit', files: [join(at, file)] });
      const cases = r.suites.flatMap((s) => s.cases);
      const kinds = (outcome) => document.rules.filter((x) => x.outcome === outcome).length;
      equal(r.total + r.skipped, cases.length, `${file}: total`); // its total leaves skipped ones out
      isTrue(cases.filter((c) => c.status === 'FAIL').length >= kinds('fail'), `${file}: failures`);
      equal(cases.filter((c) => /^[A-Z]+-/.test(c.name) && c.status === 'PASS').length, kinds('pass'), `${file}: passes`);
    }
  });
  await of('CSV tables', () => {
    const all = csv(at, 'all.csv');
    const findings = csv(at, 'findings.csv');
    const resources = csv(at, 'resources.csv');
    const plan = csv(at, 'plan.csv');
    for (const table of [all, findings, resources, plan]) checkCsv(table);
    equal(findings.map((f) => f.rule_id), document.rules.map((r) => r.id), 'findings');
    equal(resources.length, rows, 'resources');
    equal(all.filter((r) => r.status !== '').length, rows, 'resources of the one table');
    equal(new Set(all.map((r) => r.rule_id)).size, document.rules.length, 'rules of the one table');
    equal(plan.length, document.rules.filter((r) => r.outcome === 'fail').length, 'actions');
    const order = ['critical', 'high', 'medium', 'low', 'info'];
    const ranks = plan.map((r) => order.indexOf(r.severity));
    equal(ranks, [...ranks].sort((a, b) => a - b), 'worst first');
  });
  await of('OCSF', () => checkOcsf(text(at, 'report.ocsf'), document));
  await of('OSCAL', () => checkOscal(text(at, 'report.oscal'), document));
  await of('Markdown', () => checkMarkdown(text(at, 'report.md')));
  await of('HTML', () => {
    const errors = [];
    parseHtml(text(at, 'report.html'), { onParseError: (e) => errors.push(e.code) });
    equal(errors, [], 'parse errors');
  });
  for (const f of readdirSync(at).sort()) {
    if (/^why.*\.json$/.test(f)) await of(f, () => valid('why-1.schema.json', json(at, f)));
    if (/^explain.*\.json$/.test(f)) await of(f, () => valid('explain-1.schema.json', json(at, f)));
    if (/^diff.*\.json$/.test(f)) await of(f, () => valid('diff-1.schema.json', json(at, f)));
    if (/^diff.*\.md$/.test(f)) await of(f, () => checkMarkdown(text(at, f)));
    if (/^diff.*\.html$/.test(f))
      await of(f, () => {
        const errors = [];
        const tree = parseHtml(text(at, f), { onParseError: (e) => errors.push(e.code) });
        equal(errors, [], 'parse errors');
        isTrue(!shape(tree).some((s) => /^(script|img|iframe|object|form)\b| (src|style|on\w+)\b/.test(s)), 'has active parts');
        const differences = json(at, f.replace(/html$/, 'json')).differences.length;
        equal(shape(tree).filter((s) => s === 'th scope').length > differences, true, 'a row each');
      });
  }
}

// ---- every hostile text ----

const hostile = has(folder, 'hostile') ? readdirSync(join(folder, 'hostile')).sort() : [];
const plain = join(folder, 'hostile', '00');
const shapes = { html: {}, md: {} };
if (hostile.length > 0)
  for (const f of readdirSync(plain)) {
    if (f.endsWith('.html')) shapes.html[f] = htmlShape(text(plain, f));
    if (f.endsWith('.md')) shapes.md[f] = shape(rendered(text(plain, f))).sort();
  }
for (const n of hostile) {
  const at = join(folder, 'hostile', n);
  const raw = readFileSync(join(at, 'text'));
  const isUtf8 = Buffer.from(raw.toString('utf8')).equals(raw);
  const isEmpty = raw.length === 0; // nothing there: other sentences, by design
  const name = readFileSync(join(at, 'name'), 'utf8');

  await check(`hostile '${name}': every format`, async () => {
    for (const f of readdirSync(at)) {
      const bytes = ['text', 'name'].includes(f) ? '' : text(at, f);
      const where = `${n}/${f}`;
      try {
        isTrue(!/[\u202A-\u202E\u2066-\u2069\u200B\uFEFF\u2028\u2029\u0080-\u009F\u007F]|[\x00-\x08\x0B\x0C\x0E-\x1F]/.test(bytes),
          'a character that nobody sees');
        isTrue(!/##(vso)?\[|^::/m.test(bytes), 'a command for a build server');
        if (f.endsWith('.html') && !isEmpty) equal(htmlShape(bytes), shapes.html[f], 'elements');
        if (f.endsWith('.xml')) {
          checkXml(bytes);
          await parseJunit(bytes);
          if (f !== 'resource.xml') isTrue((await parseJunit(bytes)).testsuite.length > 1, 'suites');
        }
        if (f.endsWith('.csv')) checkCsv(csv(at, f));
        if (f.endsWith('.md')) {
          checkMarkdown(bytes);
          if (!isEmpty) equal(shape(rendered(bytes)).sort(), shapes.md[f], 'elements');
        }
        if (f === 'report.json') {
          valid('report-1.schema.json', JSON.parse(bytes));
          if (isUtf8) equal(JSON.parse(bytes).tenant.name, raw.toString('utf8'), 'the name as it is');
        }
        if (f.endsWith('.ndjson'))
          for (const line of bytes.trimEnd().split('\n')) valid('report-lines-1.schema.json', JSON.parse(line));
        if (f.endsWith('.ocsf')) checkOcsf(bytes);
        if (f.endsWith('.oscal')) checkOscal(bytes);
        if (f.endsWith('.sarif')) {
          valid('sarif-github', JSON.parse(bytes));
          standard('sarif-schema-2.1.0.json', JSON.parse(bytes));
        }
        if (f === 'explain.json' && !isEmpty) valid('explain-1.schema.json', JSON.parse(bytes));
        if (f === 'diff.json') {
          valid('diff-1.schema.json', JSON.parse(bytes));
          if (isUtf8) equal(JSON.parse(bytes).differences[0].old, raw.toString('utf8'), 'the value as it is');
        }
      } catch (error) {
        throw new Error(`${where}: ${error.message}`);
      }
    }
  });
}

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
