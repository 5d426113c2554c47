// A front door that speaks HTTP/2 (Node's own), before one service of the simulator, which speaks HTTP/1.1.
//
// Every request goes on to the service and its reply comes back; the services' origins are written as
// those of the fronts in both directions, so that the links of a list lead here. It counts connections, streams and
// how many of them are open at the same time, and misbehaves when told to.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import https from 'node:https';
import { join } from 'node:path';

const hop = new Set([
  'connection', 'keep-alive', 'transfer-encoding', 'content-length', 'host', 'upgrade',
  'http2-settings',
]);

function plainHeaders(headers) {
  const out = {};
  for (const [name, value] of Object.entries(headers))
    if (!name.startsWith(':') && !hop.has(name)) out[name] = value;
  out['accept-encoding'] = 'identity'; // the reply's text is changed on its way
  return out;
}

async function bodyOf(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

// A key and a certificate for localhost that is its own authority.
export function identity(folder) {
  const key = join(folder, 'front.key');
  const cert = join(folder, 'front.pem');
  execFileSync('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-keyout', key, '-out', cert, '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost',
  ], { stdio: 'ignore' });
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

export class Front {
  // origin: of the service; identity: {key, cert}; ca: PEM of the simulator;
  // options: {protocol: 'h2' | 'http/1.1', maxStreams, latency, misbehave(front, request) -> true when dealt with}
  constructor(origin, identity, ca, options = {}) {
    this.origin = origin;
    this.pairs = []; // [service's origin, front's origin] of every service
    this.options = options;
    this.agent = new https.Agent({ keepAlive: true, ca });
    this.sessions = []; // {streams, open, most, goneAway}
    this.requests = 0;
    this.open = 0;
    this.most = 0; // requests at once, over all connections
    this.versions = new Set();
    this.tcp = 0; // connections, and how many of them at once
    this.tcpOpen = 0;
    this.tcpMost = 0;
    this.paths = [];
    const tls = { ...identity, minVersion: 'TLSv1.2' };
    if (options.protocol === 'http/1.1') {
      this.server = https.createServer({ ...tls, ALPNProtocols: ['http/1.1'] });
      this.server.on('request', (req, res) => this.plain(req, res));
    } else {
      this.server = http2.createSecureServer({
        ...tls,
        settings: options.maxStreams ? { maxConcurrentStreams: options.maxStreams } : {},
      });
      this.server.on('session', (session) => this.session(session));
      this.server.on('stream', (stream, headers) => this.stream(stream, headers));
      this.server.on('sessionError', () => {});
    }
    this.server.on('secureConnection', (socket) => {
      this.tcp += 1;
      this.tcpOpen += 1;
      this.tcpMost = Math.max(this.tcpMost, this.tcpOpen);
      socket.on('close', () => (this.tcpOpen -= 1));
    });
    this.server.on('tlsClientError', () => {});
  }

  async listen() {
    await new Promise((done) => this.server.listen(0, '127.0.0.1', done));
    this.url = `https://localhost:${this.server.address().port}`;
    return this;
  }

  session(session) {
    session.counts = { streams: 0, open: 0, most: 0 };
    this.sessions.push(session.counts);
    session.on('error', () => {});
  }

  begin(version, path) {
    this.requests += 1;
    this.open += 1;
    this.most = Math.max(this.most, this.open);
    this.versions.add(version);
    this.paths.push(path);
  }

  async stream(stream, headers) {
    const { counts } = stream.session;
    counts.streams += 1;
    counts.open += 1;
    counts.most = Math.max(counts.most, counts.open);
    this.begin('2', headers[':path']);
    stream.on('close', () => {
      counts.open -= 1;
      this.open -= 1;
    });
    stream.on('error', () => {});
    try {
      const body = await bodyOf(stream);
      const request = { stream, session: stream.session, headers, n: this.requests };
      if (this.options.misbehave?.(this, request)) return;
      const reply = await this.forward(headers[':method'], headers[':path'], headers, body);
      if (stream.destroyed) return;
      if (request.cut) { // half a reply, then RST_STREAM (INTERNAL_ERROR); close() would end it well
        stream.respond({ ':status': reply.status, ...reply.headers });
        stream.write(reply.body.subarray(0, reply.body.length / 2), () =>
          stream.destroy(new Error('cut')));
        return;
      }
      stream.respond({ ':status': reply.status, ...reply.headers });
      stream.end(reply.body);
    } catch (error) {
      if (!stream.destroyed) stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
    }
  }

  async plain(req, res) {
    this.begin(req.httpVersion, req.url);
    res.on('close', () => (this.open -= 1));
    const body = await bodyOf(req);
    this.options.seen?.(req.url, body.toString('latin1'));
    const reply = await this.forward(req.method, req.url, req.headers, body);
    res.writeHead(reply.status, reply.headers);
    res.end(reply.body);
  }

  swap(text, isInward) {
    let out = text;
    for (const [inner, outer] of this.pairs) {
      const [from, to] = isInward ? [outer, inner] : [inner, outer];
      out = out.replaceAll(from, to).replaceAll(encodeURIComponent(from), encodeURIComponent(to));
    }
    return out;
  }

  async forward(method, path, headers, body) {
    const text = this.swap(body.toString('latin1'), true);
    if (this.options.latency) await new Promise((done) => setTimeout(done, this.options.latency));
    const reply = await new Promise((done, failed) => {
      const request = https.request(
        this.origin + this.swap(path, true),
        { method, agent: this.agent, headers: plainHeaders(headers) },
        done,
      );
      request.on('error', failed);
      request.end(Buffer.from(text, 'latin1'));
    });
    const received = (await bodyOf(reply)).toString('latin1');
    const out = plainHeaders(reply.headers);
    delete out['accept-encoding'];
    return {
      status: reply.statusCode,
      headers: out,
      body: Buffer.from(this.swap(received, false), 'latin1'),
    };
  }

  close() {
    this.agent.destroy();
    this.server.close();
  }
}
