// graphaudit over HTTP/2: the simulator speaks HTTP/1.1 only, so Node's own HTTP/2 server stands before it.
// Usage: node http2.mjs PATH-TO-graphaudit-simulator PATH-TO-graphaudit
import { execFileSync, spawn } from 'node:child_process';
import http2 from 'node:http2';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Front, identity } from './front.mjs';
import { check, description, ended, equal, finish, withSimulator } from './lib.mjs';

const { NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_REFUSED_STREAM } = http2.constants;
const services = ['login', 'graph', 'exchange'];

function truth(fact, what) {
  if (!fact) throw new Error(what);
}

async function checks(graphaudit, ready, folder) {
  const own = identity(folder);
  const simulatorCa = readFileSync(ready.ca_file);
  const both = join(folder, 'both.pem');
  writeFileSync(both, Buffer.concat([simulatorCa, own.cert]));
  const sqlite = (db, text) =>
    execFileSync('sqlite3', ['-batch', '-noheader', db, text], { encoding: 'utf8' }).trim();
  const rows = 'SELECT resource, state, rows, pages FROM collection ORDER BY 1';
  let runs = 0;

  // Collects, straight from the simulator or through fronts; what there is to know about it.
  async function collect(origins, args = []) {
    const name = join(folder, `run${(runs += 1)}`);
    const cloud = `${name}.yaml`;
    writeFileSync(cloud, `${services.map((s) => `${s}: ${origins[s]}\n`).join('')}smtp: ${ready.smtp}\n`);
    const child = spawn(
      graphaudit,
      [
        'collect', '--tenant', ready.tenant_id, '--client-id', ready.client_id, '--cloud', cloud,
        '--ca-file', both, '--client-secret-file', ready.client_secret_file, '--dns-server', ready.dns,
        '--snapshot', `${name}.db`, '--trace-http', `${name}.trace`, '--deadline', '60s', ...args,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, GRAPHAUDIT_CONFIG: 'none' } },
    );
    let err = '';
    child.stderr.on('data', (text) => (err += text));
    const code = await ended(child);
    const trace = readFileSync(`${name}.trace`, 'utf8').trim().split('\n').map((l) => JSON.parse(l));
    return { code, err, db: `${name}.db`, trace };
  }
  async function through(options, args) {
    const fronts = {};
    for (const s of services)
      fronts[s] = await new Front(ready[s], own, simulatorCa, options[s] ?? options).listen();
    const pairs = services.map((s) => [ready[s], fronts[s].url]);
    for (const s of services) fronts[s].pairs = pairs;
    try {
      return { fronts, ...(await collect(Object.fromEntries(services.map((s) => [s, fronts[s].url])), args)) };
    } finally {
      for (const s of services) fronts[s].close();
    }
  }
  const same = (run, base) => {
    equal(run.code, 0, `exit (${run.err.trim()})`);
    equal(sqlite(run.db, rows), sqlite(base.db, rows), 'resources, rows and pages');
    equal(sqlite(run.db, 'SELECT digest FROM snapshot'), sqlite(base.db, 'SELECT digest FROM snapshot'), 'digest');
  };
  const versions = (run) => [...new Set(run.trace.map((l) => l.http).filter(Boolean))].join();

  const base = await collect(ready);
  await check('HTTP/1.1, straight from the simulator', () => {
    equal(base.code, 0, `exit (${base.err.trim()})`);
  });

  const one = (run, what) => {
    for (const s of services) equal(run.fronts[s].tcp, 1, `${what}: ${s}`);
  };
  const plainRequests = base.trace.filter((l) => l.url?.startsWith(ready.graph)).length;
  const state = (run, resource) =>
    sqlite(run.db, `SELECT state || '/' || coalesce(reason_code, '') FROM collection WHERE resource = '${resource}'`);

  const cases = {
    async 'HTTP/2'(name) {
      const run = await through({ latency: 30 });
      await check(`${name}: the same evidence`, () => same(run, base));
      await check(`${name}: everything went over it`, () => {
        for (const s of services) equal([...run.fronts[s].versions].join(), '2', s);
        equal(versions(run), '2', 'in the trace');
      });
      await check(`${name}: one connection a host`, () => one(run, 'connections'));
      await check(`${name}: many streams at once on it`, () => {
        truth(run.fronts.graph.sessions[0].most >= 4, `Graph: ${run.fronts.graph.sessions[0].most}`);
        truth(run.fronts.exchange.sessions[0].most >= 3, `Exchange: ${run.fronts.exchange.sessions[0].most}`);
      });
    },

    // Several connections with several streams each. libcurl 7.88 stood still in one of six such runs
    // while its buffers were smaller than what it reads at once (BUFFER_BYTES in graph/transport.c).
    async 'a server that allows two streams'(name) {
      const several = await Promise.all([1, 2, 3].map(() => through({ latency: 30, maxStreams: 2 })));
      await check(`${name}: the same evidence`, () => several.forEach((run) => same(run, base)));
      await check(`${name}: never more, on no more connections than --concurrency`, () => {
        for (const { fronts } of several)
          for (const s of services) {
            truth(fronts[s].sessions.every((c) => c.most <= 2), `${s}: more than two streams`);
            truth(fronts[s].tcpMost <= 8, `${s}: ${fronts[s].tcpMost} connections`);
          }
      });
    },

    // Only HTTP/1.1 by ALPN.
    async 'a server without HTTP/2'(name) {
      const run = await through({ protocol: 'http/1.1', latency: 30 });
      await check(`${name}: the same evidence`, () => same(run, base));
      await check(`${name}: HTTP/1.1, on no more connections than --concurrency`, () => {
        equal(versions(run), '1', 'in the trace');
        const most = run.fronts.graph.tcpMost;
        truth(most > 1 && most <= 8, `Graph: ${most} connections`);
      });
    },

    // What a load balancer does before it takes a machine away: what was begun is finished.
    async 'GOAWAY in mid-run'(name) {
      const run = await through({
        latency: 30,
        misbehave(front, { session, n }) {
          if (n % 12 === 6) session.close();
          return false;
        },
      });
      await check(`${name}: the same evidence`, () => same(run, base));
      await check(`${name}: went on over other connections`, () => {
        const { sessions } = run.fronts.graph;
        truth(sessions.length >= 3 && sessions.length <= 12, `Graph: ${sessions.length} connections`);
      });
      await check(`${name}: nothing was asked for twice`, () =>
        equal(run.fronts.graph.requests, plainRequests, 'requests'));
    },

    // The same, and streams that had been opened already are not served: they go elsewhere.
    async 'GOAWAY that leaves streams out'(name) {
      const left = new Set();
      const run = await through({
        latency: 30,
        misbehave(front, { stream, session, n }) {
          if (session.counts.until === undefined && n % 12 === 6) {
            session.counts.until = stream.id - 1;
            session.goaway(0, stream.id - 2);
          }
          if (stream.id > session.counts.until) left.add(stream.id);
          return stream.id > session.counts.until;
        },
      });
      await check(`${name}: the same evidence`, () => same(run, base));
      await check(`${name}: it happened`, () => truth(left.size > 0, 'no stream was left out'));
    },

    async 'connections that end in mid-run'(name) {
      let cut = 0;
      const run = await through({
        latency: 30,
        misbehave(front, { session, n }) {
          if (front.open < 2 || n % 12 !== 6) return false;
          cut += 1;
          session.destroy();
          return true;
        },
      });
      await check(`${name}: the same evidence`, () => same(run, base));
      await check(`${name}: it happened`, () => truth(cut >= 2, `${cut} times`));
    },

    async 'RST_STREAM (REFUSED_STREAM), now and then'(name) {
      let refused = 0;
      const run = await through({
        latency: 30,
        misbehave(front, { stream, n }) {
          if (n % 5 !== 3) return false;
          refused += 1;
          stream.close(NGHTTP2_REFUSED_STREAM);
          return true;
        },
      });
      await check(`${name}: the same evidence`, () => same(run, base));
      await check(`${name}: it happened`, () => truth(refused > 5, `${refused} times`));
    },

    async 'RST_STREAM (INTERNAL_ERROR) in the middle of replies'(name) {
      const cut = new Set();
      const run = await through({
        latency: 30,
        misbehave(front, request) {
          const path = request.headers[':path'];
          if (!/users|named|domains/.test(path) || cut.has(path)) return false;
          cut.add(path);
          request.cut = true;
          return false;
        },
      });
      await check(`${name}: the same evidence`, () => same(run, base));
      await check(`${name}: it happened`, () => truth(cut.size > 3, `${cut.size} times`));
      await check(`${name}: not tried again over the same connection`, () =>
        truth(run.fronts.graph.tcp >= 2, `${run.fronts.graph.tcp} connections`));
    },

    // For ever: that one thing fails, in bounded time, and nothing else.
    async 'REFUSED_STREAM for ever'(name) {
      const run = await through({
        misbehave(front, { stream, headers }) {
          if (!headers[':path'].startsWith('/v1.0/domains')) return false;
          stream.close(NGHTTP2_REFUSED_STREAM);
          return true;
        },
      }, ['--deadline', '12s']);
      await check(`${name}: exit 3, one resource failed`, () => {
        equal(run.code, 3, `exit (${run.err.trim()})`);
        truth(/^failed\/(api_error|deadline)$/.test(state(run, 'domains')), state(run, 'domains'));
        equal(sqlite(run.db, "SELECT group_concat(resource) FROM collection WHERE state <> 'complete'"),
          'dns-records,domains', 'not complete');
      });
      await check(`${name}: bounded`, () => {
        const asked = run.fronts.graph.paths.filter((p) => p.startsWith('/v1.0/domains')).length;
        truth(asked >= 2 && asked <= 60, `${asked} requests`);
      });
    },

    // ENHANCE_YOUR_CALM to whoever asks: nothing usable, and an end.
    async 'GOAWAY at every request'(name) {
      const run = await through({
        exchange: {},
        login: {},
        graph: {
          misbehave(front, { session }) {
            session.goaway(NGHTTP2_ENHANCE_YOUR_CALM, 0);
            session.destroy();
            return true;
          },
        },
      }, ['--deadline', '12s']);
      await check(`${name}: exit 3, Exchange is whole`, () => {
        equal(run.code, 3, `exit (${run.err.trim()})`);
        equal(state(run, 'transport-config'), 'complete/', 'transport-config');
        truth(/^failed\/(api_error|deadline)$/.test(state(run, 'users')), state(run, 'users'));
      });
      await check(`${name}: bounded`, () =>
        truth(run.fronts.graph.requests <= 2000, `${run.fronts.graph.requests} requests`));
    },
  };

  const chosen = Object.entries(cases).filter(([name]) => name.includes(process.env.ONLY ?? ''));
  await Promise.all(
    chosen.map(async ([name, run]) => {
      try {
        await run(name);
      } catch (error) {
        await check(name, () => {
          throw error;
        });
      }
    }),
  );
}

const [simulator, graphaudit] = process.argv.slice(2);
if (!graphaudit) {
  console.error('usage: node http2.mjs PATH-TO-graphaudit-simulator PATH-TO-graphaudit');
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'graphaudit-http2-'));
let code = 1;
try {
  code = await withSimulator(
    simulator,
    // Sign-in logs come in one page: five requests in ten seconds are what a client may ask for them.
    ['--tenant', description('demo'), '--page-size', '20', '--page-match', 'sers'],
    async (ready) => {
      await checks(graphaudit, ready, folder);
      return finish();
    },
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(code);
