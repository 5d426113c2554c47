// The simulator against Microsoft's own clients: MSAL Node and the Graph SDK.
// Usage: node run.mjs [PATH-TO-graphaudit-simulator]   (or SIMULATOR=PATH)
//
// The parent starts the simulator, then runs itself again with NODE_EXTRA_CA_CERTS set to the
// simulator's CA: Node reads that variable only when a process starts.
import { spawn } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Front, identity } from './front.mjs';
import { check, description, ended, equal, finish, withSimulator } from './lib.mjs';

function claims(token) {
  return JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString('utf8'));
}

// What graphaudit and MSAL say to a token endpoint when they sign in by the same certificate.
async function assertions(ready, state, msalNode) {
  const pem = readFileSync(ready.client_certificate_pem, 'utf8');
  const certificate = new X509Certificate(pem);
  const own = identity(state);
  const both = join(state, 'both.pem');
  writeFileSync(both, Buffer.concat([readFileSync(ready.ca_file), own.cert]));
  const said = [];
  const front = await new Front(ready.login, own, readFileSync(ready.ca_file), {
    protocol: 'http/1.1',
    seen: (url, body) => said.push({ url, form: Object.fromEntries(new URLSearchParams(body)) }),
  }).listen();
  const cloud = join(state, 'front.yaml');
  writeFileSync(
    cloud,
    `login: ${front.url}\ngraph: ${ready.graph}\nexchange: ${ready.exchange}\nsmtp: ${ready.smtp}\n`,
  );
  const child = spawn(
    process.env.GRAPHAUDIT,
    [
      'collect', '--tenant', ready.tenant_id, '--client-id', ready.client_id, '--cloud', cloud,
      '--ca-file', both, '--snapshot', join(state, 'assertion.db'), '--auth', 'certificate',
    ],
    {
      stdio: 'ignore',
      env: {
        ...process.env,
        GRAPHAUDIT_CONFIG: 'none',
        AZURE_CLIENT_CERTIFICATE_PATH: ready.client_certificate_pem,
      },
    },
  );
  // Refused: the statement is made out to the front, not to the simulator. So it is tried as RS256, too.
  await ended(child);
  front.close();
  const ours = said.filter((s) => s.form.client_assertion);
  const authority = `${front.url}/${ready.tenant_id}`;
  const theirs = async (thumbprint) => {
    let request;
    const app = new msalNode.ConfidentialClientApplication({
      auth: {
        clientId: ready.client_id,
        authority,
        knownAuthorities: [new URL(front.url).host],
        authorityMetadata: JSON.stringify({
          issuer: `${authority}/v2.0`,
          authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
          token_endpoint: `${authority}/oauth2/v2.0/token`,
          end_session_endpoint: `${authority}/oauth2/v2.0/logout`,
          jwks_uri: `${authority}/discovery/v2.0/keys`,
        }),
        clientCertificate: {
          privateKey: pem.match(/-----BEGIN PRIVATE KEY-----[\s\S]+?-----END PRIVATE KEY-----/)[0],
          ...thumbprint,
        },
      },
      system: {
        networkClient: {
          sendGetRequestAsync: () => Promise.reject(new Error('no GET was expected')),
          sendPostRequestAsync: (url, options) => {
            request = { url, form: Object.fromEntries(new URLSearchParams(options.body)) };
            return Promise.resolve({ status: 400, headers: {}, body: { error: 'invalid_request' } });
          },
        },
      },
    });
    await app
      .acquireTokenByClientCredential({ scopes: [`${ready.graph}/.default`] })
      .catch(() => {});
    return request;
  };
  const print = (hash) => createHash(hash).update(certificate.raw).digest('hex');
  return {
    ours,
    theirs: [await theirs({ thumbprintSha256: print('sha256') }), await theirs({ thumbprint: print('sha1') })],
    certificate,
    audience: `${authority}/oauth2/v2.0/token`,
  };
}

async function assertionChecks(ready, state, msalNode) {
  const { default: jwt } = await import('jsonwebtoken');
  const { ours, theirs, certificate, audience } = await assertions(ready, state, msalNode);
  const read = (form) => jwt.decode(form.client_assertion, { complete: true });
  const forms = [
    { alg: 'PS256', print: 'x5t#S256', hash: 'sha256' },
    { alg: 'RS256', print: 'x5t', hash: 'sha1' }, // what older endpoints know
  ];

  await check('assertion: PS256 first, RS256 once it was refused, no third', () =>
    equal(ours.map((o) => read(o.form).header.alg).join(), 'PS256,RS256', 'algorithms'));
  await check('assertion: each has its own number', () => {
    if (read(ours[0].form).payload.jti === read(ours[1].form).payload.jti) throw new Error('the same');
  });
  for (const [i, { alg, print, hash }] of forms.entries()) {
    const [own, msal] = [ours[i], theirs[i]];

    await check(`assertion, ${alg}: jsonwebtoken accepts it (audience, issuer, life, number)`, () => {
      const claimed = jwt.verify(own.form.client_assertion, certificate.publicKey, {
        algorithms: [alg],
        audience,
        issuer: ready.client_id,
        subject: ready.client_id,
      });
      if (!/^[0-9a-f-]{36}$/.test(claimed.jti)) throw new Error(`jti ${claimed.jti}`);
      if (claimed.exp - claimed.iat > 600 || claimed.exp <= claimed.iat || claimed.nbf > claimed.iat)
        throw new Error(`life ${JSON.stringify(claimed)}`);
    });
    await check(`assertion, ${alg}: neither another key nor another algorithm accepts it`, () => {
      const stranger = new X509Certificate(readFileSync(ready.unregistered_certificate_pem));
      for (const [key, algorithm] of [
        [stranger.publicKey, alg],
        [certificate.publicKey, alg === 'PS256' ? 'RS256' : 'PS256'],
      ]) {
        try {
          jwt.verify(own.form.client_assertion, key, { algorithms: [algorithm] });
        } catch {
          continue;
        }
        throw new Error('accepted');
      }
    });
    await check(`assertion, ${alg}: its header is MSAL's`, () => {
      const [a, b] = [read(own.form).header, read(msal.form).header];
      for (const name of ['alg', 'typ', print]) equal(a[name], b[name], name);
      equal(
        Buffer.from(a[print], 'base64url').toString('hex'),
        createHash(hash).update(certificate.raw).digest('hex'),
        'thumbprint',
      );
    });
    await check(`assertion, ${alg}: its claims have MSAL's names and, but for times and number, values`, () => {
      const [a, b] = [read(own.form).payload, read(msal.form).payload];
      for (const name of Object.keys(b)) if (!(name in a)) throw new Error(`no ${name}`);
      for (const name of ['aud', 'iss', 'sub']) equal(a[name], b[name], name);
    });
    await check(`assertion, ${alg}: the request's fields are MSAL's`, () => {
      for (const name of ['client_id', 'client_assertion_type', 'grant_type', 'scope'])
        if (name === 'scope')
          equal(own.form[name].split(' ')[0], msal.form[name].split(' ')[0], name);
        else equal(own.form[name], msal.form[name], name);
      equal(new URL(audience).pathname, own.url, 'path');
    });
    await check(`assertion, ${alg}: one of ten minutes ago is not accepted any more`, () => {
      const { exp } = read(own.form).payload;
      try {
        jwt.verify(own.form.client_assertion, certificate.publicKey, { algorithms: [alg], clockTimestamp: exp + 1 });
      } catch (error) {
        equal(error.name, 'TokenExpiredError', 'error');
        return;
      }
      throw new Error('accepted');
    });
  }
}

// A person by device code, played by answering the simulator's page while MSAL polls.
async function deviceCode(ready, msalNode, answer) {
  const app = new msalNode.PublicClientApplication({
    auth: {
      clientId: ready.client_id,
      authority: `${ready.login}/${ready.tenant_id}`,
      knownAuthorities: [new URL(ready.login).host],
    },
  });
  return app.acquireTokenByDeviceCode({
    scopes: [`${ready.graph}/.default`],
    deviceCodeCallback: ({ userCode, verificationUri }) => {
      setTimeout(() => fetch(`${verificationUri}?user_code=${userCode}&answer=${answer}`), 300);
    },
  });
}

async function deviceChecks(ready, msalNode) {
  const outcomes = [
    ['yes', 'after authorization_pending'],
    ['slow', 'slow_down ends it: MSAL knows authorization_pending only', /slow_down/],
    ['no', 'declined', /declined/],
    ['expire', 'expired', /expired/],
  ];
  await Promise.all(
    outcomes.map(([answer, words, error]) =>
      check(`MSAL: device code, ${words}`, async () => {
        let result;
        try {
          result = await deviceCode(ready, msalNode, answer);
        } catch (thrown) {
          if (error?.test(`${thrown.errorCode} ${thrown.message}`)) return;
          throw thrown;
        }
        if (error) throw new Error('a token was issued');
        equal(claims(result.accessToken).aud, ready.graph, 'aud');
      }),
    ),
  );
}

async function checks(ready, state) {
  const msal = await import('@azure/msal-node');
  const msalNode = msal.default ?? msal;
  const { ConfidentialClientApplication } = msalNode;
  const graphSdk = await import('@microsoft/microsoft-graph-client');
  const { Client, GraphError, PageIterator } = graphSdk.default ?? graphSdk;
  const tenant = JSON.parse(readFileSync(description('demo'), 'utf8'));
  const secret = readFileSync(ready.client_secret_file, 'utf8');
  const pem = readFileSync(ready.client_certificate_pem, 'utf8');
  const authority = `${ready.login}/${ready.tenant_id}`;

  const application = (credential, clientId = ready.client_id) =>
    new ConfidentialClientApplication({
      auth: {
        clientId,
        authority,
        knownAuthorities: [new URL(ready.login).host],
        ...credential,
      },
    });
  const byCertificate = (file) => {
    const text = readFileSync(file, 'utf8');
    const certificate = new X509Certificate(text);
    return {
      clientCertificate: {
        privateKey: text.match(/-----BEGIN PRIVATE KEY-----[\s\S]+?-----END PRIVATE KEY-----/)[0],
        thumbprintSha256: createHash('sha256').update(certificate.raw).digest('hex'),
      },
    };
  };
  const acquire = (app, resource) =>
    app.acquireTokenByClientCredential({ scopes: [`${resource}/.default`] });
  const graphClient = (token, extra = {}) =>
    Client.init({
      baseUrl: `${ready.graph}/`,
      defaultVersion: 'v1.0',
      customHosts: new Set(['localhost']),
      authProvider: (done) => done(null, token),
      ...extra,
    });

  let graphToken;
  let exchangeToken;

  await check('MSAL: token for Graph by secret', async () => {
    const result = await acquire(application({ clientSecret: secret }), ready.graph);
    graphToken = result.accessToken;
    equal(claims(graphToken).aud, ready.graph, 'aud');
    if (!claims(graphToken).roles.includes('User.Read.All')) throw new Error('no roles');
  });
  await check('MSAL: token for Exchange by secret', async () => {
    const result = await acquire(application({ clientSecret: secret }), ready.exchange);
    exchangeToken = result.accessToken;
    equal(claims(exchangeToken).aud, ready.exchange, 'aud');
  });
  await check('MSAL: tokens by certificate (SHA-256 thumbprint), one assertion for both', async () => {
    const app = application(byCertificate(ready.client_certificate_pem));
    equal(claims((await acquire(app, ready.graph)).accessToken).aud, ready.graph, 'aud');
    equal(claims((await acquire(app, ready.exchange)).accessToken).aud, ready.exchange, 'aud');
  });
  await check('MSAL: the certificate in PEM is the registered one', async () => {
    const digest = createHash('sha256').update(new X509Certificate(pem).raw).digest('hex');
    equal(digest, ready.client_certificate_sha256, 'thumbprint');
  });
  const refused = async (app, code) => {
    try {
      await acquire(app, ready.graph);
    } catch (error) {
      if (!String(error.message).includes(code)) throw new Error(`another error: ${error.message}`);
      return;
    }
    throw new Error('a token was issued');
  };
  await check('MSAL: wrong secret is AADSTS7000215', () =>
    refused(application({ clientSecret: 'wrong' }), 'AADSTS7000215'));
  await check('MSAL: expired secret is AADSTS7000222', () =>
    refused(application({ clientSecret: 'expired-secret-of-2024' }), 'AADSTS7000222'));
  await check('MSAL: unregistered certificate is AADSTS700027', () =>
    refused(application(byCertificate(ready.unregistered_certificate_pem)), 'AADSTS700027'));
  await check('MSAL: unknown application is AADSTS700016', () =>
    refused(
      application({ clientSecret: secret }, '00000000-1111-2222-3333-444444444444'),
      'AADSTS700016',
    ));

  await check('Graph SDK: PageIterator sees every user once', async () => {
    const client = graphClient(graphToken);
    const seen = new Set();
    const first = await client.api('/users').select(['id', 'userPrincipalName']).top(7).get();
    await new PageIterator(client, first, (user) => {
      if (seen.has(user.id)) throw new Error(`${user.id} came twice`);
      seen.add(user.id);
      return true;
    }).iterate();
    equal(seen.size, tenant.users.length, 'users');
  });
  await check('Graph SDK: Conditional Access policies on beta', async () => {
    const client = graphClient(graphToken);
    const policies = [];
    const first = await client
      .api('/identity/conditionalAccess/policies')
      .version('beta')
      .header('Prefer', 'include-unknown-enum-members')
      .top(999)
      .get();
    await new PageIterator(client, first, (policy) => policies.push(policy) > 0, {
      headers: { Prefer: 'include-unknown-enum-members' },
    }).iterate();
    equal(policies.length, tenant.policies.length, 'policies');
    const strong = policies.find((p) => p.grantControls?.authenticationStrength);
    equal(strong.grantControls.authenticationStrength.displayName, 'Phishing-resistant MFA', 'name');
  });
  await check('Graph SDK: group members with ConsistencyLevel', async () => {
    const client = graphClient(graphToken);
    const groups = await client
      .api('/groups')
      .filter("displayName eq 'CA-Exclude-LegacyAuth'")
      .get();
    const names = [];
    const first = await client
      .api(`/groups/${groups.value[0].id}/transitiveMembers/microsoft.graph.user`)
      .header('ConsistencyLevel', 'eventual')
      .count(true)
      .select('userPrincipalName')
      .get();
    const total = first['@odata.count'];
    await new PageIterator(client, first, (user) => names.push(user.userPrincipalName) > 0, {
      headers: { ConsistencyLevel: 'eventual' },
    }).iterate();
    equal(names.length, total, 'count');
    if (!names.some((name) => name.startsWith('gareth.pugh')))
      throw new Error('nested members are missing');
  });
  const graphError = async (request, status, code) => {
    try {
      await request;
    } catch (error) {
      if (!(error instanceof GraphError)) throw new Error(`no GraphError: ${error.message}`);
      equal(error.statusCode, status, 'status');
      equal(error.code, code, 'code');
      return;
    }
    throw new Error('the request succeeded');
  };
  await check('Graph SDK: no permission is a GraphError 403', () =>
    graphError(
      graphClient(graphToken).api('/directoryRoles').get(),
      403,
      'Authorization_RequestDenied',
    ));
  await check('Graph SDK: a token for Exchange is refused', () =>
    graphError(
      graphClient(exchangeToken).api('/organization').get(),
      401,
      'InvalidAuthenticationToken',
    ));
  await check('Graph SDK: 429 is retried', async () => {
    const reply = await graphClient(graphToken).api('/domains').get();
    equal(reply.value.length, tenant.domains.length, 'domains');
  });
  const invoke = (token, name) =>
    fetch(`${ready.exchange}/adminapi/beta/${ready.tenant_id}/InvokeCommand`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${token}`,
        'Content-Type': 'application/json',
        'X-ResponseFormat': 'json',
      },
      body: JSON.stringify({ CmdletInput: { CmdletName: name, Parameters: {} } }),
    });
  await check('Exchange: a cmdlet with the MSAL token', async () => {
    const reply = await invoke(exchangeToken, 'Get-TransportConfig');
    equal(reply.status, 200, 'status');
    equal((await reply.json()).value[0].SmtpClientAuthenticationDisabled, true, 'flag');
  });
  await check('Exchange: a token for Graph is refused', async () =>
    equal((await invoke(graphToken, 'Get-TransportConfig')).status, 401, 'status'));
  await check("MSAL: a GitHub job's token as the client's assertion", async () => {
    const reply = await fetch(
      `${ready.login}/oidc/github?audience=${encodeURIComponent('api://AzureADTokenExchange')}`,
      { headers: { Authorization: 'Bearer github-request-token' } },
    );
    const { value } = await reply.json();
    const result = await acquire(application({ clientAssertion: value }), ready.graph);
    equal(claims(result.accessToken).aud, ready.graph, 'aud');
  });
  await deviceChecks(ready, msalNode);
  if (process.env.GRAPHAUDIT) await assertionChecks(ready, state, msalNode);
  else console.log('GRAPHAUDIT names no program: its assertion was not looked at');
}

// Node reads NODE_EXTRA_CA_CERTS only when a process starts.
function inner(ready, state) {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), '--inner', state], {
    stdio: 'inherit',
    env: { ...process.env, NODE_EXTRA_CA_CERTS: ready.ca_file },
  });
  return ended(child);
}

if (process.argv[2] === '--inner') {
  await checks(
    JSON.parse(readFileSync(join(process.argv[3], 'ready.json'), 'utf8')),
    process.argv[3],
  );
  process.exit(finish());
}
const simulator = process.argv[2] ?? process.env.SIMULATOR;
if (!simulator) {
  console.error('usage: node run.mjs PATH-TO-graphaudit-simulator');
  process.exit(2);
}
process.exit(
  await withSimulator(
    simulator,
    [
      '--tenant', description('demo'), '--page-size', '6',
      // One permission is taken away, so that there is a 403 to see, and one request is throttled.
      '--remove-permission', 'RoleManagement.Read.Directory',
      '--fault', 'match=/domains;nth=1;kind=status;value=429;retry-after=1',
    ],
    inner,
  ),
);
