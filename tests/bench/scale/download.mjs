// The same collections by Microsoft's Graph SDK: node download.mjs STATE-DIR COLLECTIONS [parallel]
// One collection after the other, as in the SDK's samples; `parallel` starts them all at once.
// NODE_EXTRA_CA_CERTS has to name the simulator's CA. Rows are counted and thrown away.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import graphSdk from '@microsoft/microsoft-graph-client';

const { Client, PageIterator } = graphSdk;
const [stateDir, file, mode] = process.argv.slice(2);
const ready = JSON.parse(readFileSync(join(stateDir, 'ready.json'), 'utf8'));
const secret = readFileSync(ready.client_secret_file, 'utf8').trim();
const collections = readFileSync(file, 'utf8').trim().split('\n').map((line) => line.split(' '));

async function clientFor(resource) {
  const reply = await fetch(`${ready.login}/${ready.tenant_id}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: ready.client_id,
      client_secret: secret,
      scope: `${resource}/.default`,
    }),
  });
  const token = (await reply.json()).access_token;
  return Client.init({
    baseUrl: resource,
    customHosts: new Set(['localhost']),
    authProvider: (done) => done(null, token),
  });
}

async function graphRows(client, path) {
  let rows = 0;
  const headers = { Prefer: 'include-unknown-enum-members' };
  const first = await client.api(ready.graph + path).headers(headers).get();
  const pages = new PageIterator(client, first, () => ++rows > 0, { headers });
  await pages.iterate();
  return rows;
}

// Exchange's links have to be POSTed again, which the SDK's iterator does not do.
async function exchangeRows(client, cmdlet, select) {
  const body = { CmdletInput: { CmdletName: cmdlet, Parameters: { ResultSize: 'Unlimited' } } };
  const headers = { Prefer: 'odata.maxpagesize=1000', 'X-ResponseFormat': 'json' };
  let url = `${ready.exchange}/adminapi/beta/${ready.tenant_id}/InvokeCommand?$select=${select}`;
  let rows = 0;
  while (url) {
    const page = await client.api(url).headers(headers).post(body);
    rows += page.value.length;
    url = page['@odata.nextLink'];
  }
  return rows;
}

const graph = await clientFor(ready.graph);
const exchange = await clientFor(ready.exchange);
const run = ([, what, rest]) =>
  what === 'Graph' ? graphRows(graph, rest) : exchangeRows(exchange, what, rest);
let rows = 0;
if (mode === 'parallel') for (const n of await Promise.all(collections.map(run))) rows += n;
else for (const one of collections) rows += await run(one);
console.error(`${rows} rows`);
