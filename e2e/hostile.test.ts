import assert from 'node:assert/strict';
import { createHash, randomBytes, webcrypto } from 'node:crypto';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { type Socket, connect } from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import 'reflect-metadata';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import { type Answer, Attacker, type Attempt, type Loot } from './hostile/attacker.ts';
import { HostileHub } from './hostile/hostile-hub.ts';
import { type Order, type WickedTurn, madeUpOrder, tombstoneOf, wickedTurns, workOf } from './hostile/wicked-turns.ts';
import { World, command, eventually, kubectlPath, root } from './world.ts';

const kubectl = kubectlPath(36);
const management = '/apis/management.planform.dev/v1alpha1';
/** Stands in everything that is not site-1's: no answer to an attacker may hold it. */
const marker = `foreign-${randomBytes(6).toString('hex')}`;
const secretText = `hunter2-${randomBytes(6).toString('hex')}`;

/** Things of others: an application for site-2 alone, and all that people keep at a hub. */
const foreignThings = `
apiVersion: management.planform.dev/v1alpha1
kind: Placement
metadata: { name: only-two, namespace: default, annotations: { note: ${marker} } }
spec: { siteSelector: { matchLabels: { owner: ${marker} } } }
---
apiVersion: application.planform.dev/v1alpha1
kind: Application
metadata: { name: foreign, namespace: default, labels: { owner: ${marker} } }
spec:
  placementRef: { name: only-two }
  components:
    - name: settings
      type: manifests
      manifests: [{ apiVersion: v1, kind: ConfigMap, metadata: { name: theirs }, data: { secret: ${marker} } }]
---
apiVersion: v1
kind: Secret
metadata: { name: login, namespace: default, labels: { owner: ${marker} } }
stringData: { password: ${secretText} }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: notes, namespace: site-site-2 }
data: { note: ${marker} }
---
apiVersion: v1
kind: Event
metadata: { name: happened, namespace: site-site-2 }
involvedObject: { kind: Site, name: site-2, namespace: site-site-2 }
reason: ${marker}
type: Normal
`;

interface Listed {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly finalizers?: readonly string[];
    readonly deletionTimestamp?: string;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

/** A kind as discovery shows it. */
interface Served {
  readonly root: string;
  readonly name: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

/** Files of a world. */
function read(world: World, ...path: readonly string[]): string {
  return readFileSync(join(world.data, ...path), 'utf8');
}

function urlOf(world: World, kernel: 'hub' | 'site-1' | 'site-2'): string {
  return `https://127.0.0.1:${world.port + ['hub', 'site-1', 'site-2'].indexOf(kernel)}`;
}

function attack(world: World, loot: Loot, kernel: 'hub' | 'site-1' | 'site-2' = 'hub'): Attacker {
  const folder = kernel === 'hub' ? ['hub'] : ['sites', kernel];
  return new Attacker(urlOf(world, kernel), read(world, ...folder, 'pki', 'ca.crt'), loot);
}

function siteKey(world: World, site: string): Loot {
  const folder = ['sites', site, 'identity'];
  return { cert: read(world, ...folder, 'certificate.pem'), key: read(world, ...folder, 'key.pem') };
}

/** Every resource and subresource a kernel serves. */
async function servedBy(world: World): Promise<readonly Served[]> {
  const { groups } = JSON.parse(await world.kubectl('hub', 'get', '--raw', '/apis')) as {
    groups: { versions: { groupVersion: string }[] }[];
  };
  const roots = ['/api/v1', ...groups.flatMap((group) => group.versions.map((one) => `/apis/${one.groupVersion}`))];
  const lists = await Promise.all(
    roots.map(async (path) => {
      const { resources } = JSON.parse(await world.kubectl('hub', 'get', '--raw', path)) as { resources: Served[] };
      return resources.map(({ name, namespaced, verbs }) => ({ root: path, name, namespaced, verbs }));
    }),
  );
  return lists.flat();
}

/** Everything that is stored at the hub and that people or controllers decide, as text. */
async function snapshot(world: World, served: readonly Served[]): Promise<string> {
  const plural = served.filter(
    ({ name, root: at, verbs }) =>
      !name.includes('/') && verbs.includes('list') && !/events|leases/.test(`${at}${name}`),
  );
  const names = plural.map(({ name, root: at }) => (at === '/api/v1' ? name : `${name}.${at.split('/')[2]}`));
  const { items } = await world.json<{ items: Listed[] }>('hub', 'get', '-A', names.join(','));
  const kept = items.map(({ kind, metadata, spec }) => ({
    kind,
    spec,
    metadata: { ...metadata, resourceVersion: '', managedFields: [] },
  }));
  return JSON.stringify(kept, undefined, 1);
}

/** A certificate request that asks for far too much. */
async function greedyRequest(
  subject = 'CN=system:planform:site:site-2, O=system:masters',
): Promise<Loot & { readonly csrPem: string }> {
  const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: subject,
    keys,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
  });
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const key = `-----BEGIN PRIVATE KEY-----\n${der.replaceAll(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`;
  return { csrPem: request.toString('pem'), key };
}

/** Makes a join token at the hub. @returns it as it stands in a join file. */
async function inviteBy(world: World, name: string, spec: object = {}): Promise<string> {
  const secret = randomBytes(24).toString('base64url');
  const secretHash = `sha256:${createHash('sha256').update(secret).digest('hex')}`;
  const token = {
    apiVersion: 'management.planform.dev/v1alpha1',
    kind: 'JoinToken',
    metadata: { name },
    spec: { expiresAt: new Date(Date.now() + 600_000).toISOString(), secretHash, ...spec },
  };
  const { code, stderr } = await world.apply('hub', JSON.stringify(token));
  assert.equal(code, 0, stderr);
  return `${name}.${secret}`;
}

function joinWith(attacker: Attacker, token: string, csrPem: string): Promise<Answer> {
  const [name = ''] = token.split('.');
  return attacker.ask({ method: 'POST', path: `${management}/jointokens/${name}/join`, body: { csrPem } });
}

function assertRefused({ status, text }: Answer, what: string): void {
  assert.ok([400, 401, 403, 404, 405].includes(status), `${what}: ${status} ${text.slice(0, 300)}`);
}

test('hostile sites, hubs and strangers', {
  skip: kubectl === undefined ? 'kubectl is missing: run tools/e2e-setup.sh' : false,
  timeout: 120_000,
}, async (t) => {
  await using world = new World(kubectl ?? '');
  await world.up('--sites', '2');
  await world.kubectl('hub', 'label', 'site', 'site-2', `owner=${marker}`);
  await world.kubectl('hub', 'apply', '-f', join(root, 'examples/hello/'));
  const made = await world.apply('hub', foreignThings);
  assert.equal(made.code, 0, made.stderr);
  const works = await eventually('the Works are there', 20_000, async () => {
    const { items } = await world.json<{ items: Listed[] }>('hub', 'get', 'works', '-A');
    return items.length === 3 ? items : undefined;
  });
  const bundles = await world.json<{ items: Listed[] }>('hub', 'get', 'bundles', '-A');
  const served = await servedBy(world);
  const paths = pathsOf(served);
  const ownWork = works.find(({ metadata }) => metadata.namespace === 'site-site-1')?.metadata.name ?? '';
  const ownWorkPath = `${management}/namespaces/site-site-1/works/${ownWork}`;

  // At a kernel that lives to the end.
  const idle = holdSilentConnections(world.port + 1);

  await t.test('a stolen site key reads its own Works, and nothing of others', async () => {
    using thief = attack(world, siteKey(world, 'site-1'));
    const attempts: Attempt[] = paths.flatMap((path) => [
      { path },
      { path: `${path}?watch=1&allowWatchBookmarks=true` },
      { path: `${path}?labelSelector=owner%3D${marker}&limit=1` },
      { path: `${path}?fieldSelector=metadata.namespace%3Dsite-site-1` },
      { path: `${path}?fieldSelector=metadata.name%3Dsite-1`, headers: { accept: metadataOnly } },
      { path, headers: { accept: table } },
    ]);
    const answers: Answer[] = [];
    // Few at a time: flow control must not refuse what authorization has to.
    for (let from = 0; from < attempts.length; from += 8) {
      answers.push(...(await Promise.all(attempts.slice(from, from + 8).map((attempt) => thief.ask(attempt)))));
    }
    const allowed = attempts
      .filter((_, index) => (answers[index]?.status ?? 0) < 300)
      .map(({ path }) => path.split('?')[0]);
    assert.deepEqual(
      new Set(allowed),
      new Set([
        `${management}/namespaces/site-site-1/works`,
        ownWorkPath,
        `${management}/sites/site-1`,
        `${management}/sites/site-1/session`,
      ]),
    );
    for (const [index, answer] of answers.entries()) {
      if (answer.status >= 300) assertRefused(answer, attempts[index]?.path ?? '');
    }
    const ownBundle = works.find(({ metadata }) => metadata.namespace === 'site-site-1')?.spec?.['bundle'] as {
      readonly name: string;
    };
    const ownDigests = digestsOf(bundles.items.filter(({ metadata }) => metadata.name === ownBundle.name));
    assert.ok(ownDigests.length > 2 && ownDigests.length < digestsOf(bundles.items).length);
    for (const digest of digestsOf(bundles.items)) {
      const isOwn = ownDigests.includes(digest);
      const own = await thief.ask({ path: `${ownWorkPath}/blobs/${digest}` });
      assert.equal(own.status, isOwn ? 200 : 404, digest);
      for (const work of works.filter(({ metadata }) => metadata.namespace === 'site-site-2')) {
        const path = `${management}/namespaces/site-site-2/works/${work.metadata.name}/blobs/${digest}`;
        assert.equal((await thief.ask({ path })).status, 403);
      }
    }
    for (const path of trickyPaths) assertRefused(await thief.ask({ path }), path);
    assert.ok(!thief.heard.includes(marker) && !thief.heard.includes(secretText), 'something of others was told');
    assert.equal(thief.heard.match(/site-site-2(?=[^"]*"uid")/), null);
  });

  await t.test('it writes its own status, and nothing else', async () => {
    using thief = attack(world, siteKey(world, 'site-1'));
    const before = await snapshot(world, served);
    const patchTypes = ['merge-patch+json', 'json-patch+json', 'apply-patch+yaml', 'strategic-merge-patch+json'];
    const attempts: Attempt[] = paths.flatMap((path) => [
      { method: 'POST', path, body: { metadata: { name: 'x' } } },
      { method: 'PUT', path, body: {} },
      { method: 'DELETE', path },
      ...patchTypes.map((type) => ({
        method: 'PATCH',
        path: `${path}?fieldManager=x&force=true`,
        body: type.startsWith('json-') ? [] : {},
        headers: { 'content-type': `application/${type}` },
      })),
    ]);
    const own = ['sync', 'heartbeat', 'journal', 'renew'].map((word) => `${management}/sites/site-1/${word}`);
    for (const attempt of attempts) {
      const path = attempt.path.split('?')[0] ?? '';
      if (
        own.includes(path) ||
        path.startsWith(`${management}/namespaces/site-site-1/works/`) ||
        path.includes('selfsubject') ||
        path.endsWith('/transactions')
      )
        continue;
      assertRefused(await thief.ask(attempt), `${attempt.method} ${attempt.path}`);
    }
    const greed = {
      metadata: {
        labels: { a: marker },
        annotations: { a: marker },
        finalizers: null,
        deletionTimestamp: '2020-01-01T00:00:00Z',
        ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'x' }],
      },
      spec: { bundle: { name: 'foreign' }, removalConfirmed: true },
      status: { persistedDigest: 'mine' },
    };
    const headers = { 'content-type': 'application/merge-patch+json' };
    const patched = await thief.ask({ method: 'PATCH', path: `${ownWorkPath}/status`, headers, body: greed });
    assert.equal(patched.status, 200, patched.text);
    assert.equal((patched.json['status'] as Record<string, unknown>)['persistedDigest'], 'mine');
    const whole = await thief.ask({ path: ownWorkPath });
    const put = await thief.ask({
      method: 'PUT',
      path: `${ownWorkPath}/status`,
      body: { ...whole.json, ...greed, metadata: { ...(whole.json['metadata'] as object), ...greed.metadata } },
    });
    assert.equal(put.status, 200, put.text);
    assert.equal(await snapshot(world, served), before);
  });

  await t.test('its journal makes events in its own namespace, and overwrites none', async () => {
    using thief = attack(world, siteKey(world, 'site-1'));
    const event = {
      namespace: 'site-site-2',
      name: 'happened',
      type: 'Normal',
      reason: 'Forged',
      message: 'x',
      regarding: { kind: 'Site', name: 'site-2', namespace: 'site-site-2' },
    };
    for (const epoch of ['../../site', 'default/happ', 'forged-1']) {
      const answer = await thief.ask({
        method: 'POST',
        path: `${management}/sites/site-1/journal`,
        body: { epoch, rows: [{ sequence: 1, event }] },
      });
      assert.equal(answer.status, 200, answer.text);
    }
    const { items } = await world.json<{ items: (Listed & { reason: string })[] }>('hub', 'get', 'events', '-A');
    const forged = items.filter(({ reason }) => reason === 'Forged');
    assert.deepEqual([...new Set(forged.map(({ metadata }) => metadata.namespace))], ['site-site-1']);
    assert.ok(items.some(({ reason }) => reason === marker));
  });

  await t.test('bodies that are too large or make no sense are refused with a word on what is wrong', async () => {
    using thief = attack(world, siteKey(world, 'site-1'));
    const memoryBefore = residentMiB(world.pidOf('hub'));
    const large = JSON.stringify({ protocol: 1, agentVersion: 'x'.repeat(3 << 20) });
    for (const word of ['sync', 'heartbeat', 'journal', 'renew']) {
      const path = `${management}/sites/site-1/${word}`;
      const ask = (body: unknown) => thief.ask({ method: 'POST', path, body });
      for (const body of ['', '[]', '{', '{}', '"x"', '{"rows":{}}', '{"__proto__":1}', '['.repeat(10_000)]) {
        const answer = await ask(body);
        assert.equal(answer.status, 400, `${word} ${body.slice(0, 20)}: ${answer.text}`);
        assert.match(String(answer.json['message']), /^Cannot /);
      }
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask(large)));
      for (const answer of answers) assert.equal(answer.status, 413, answer.text);
    }
    const grownMiB = residentMiB(world.pidOf('hub')) - memoryBefore;
    assert.ok(grownMiB < 150, `the hub grew by ${grownMiB} MiB`);
  });

  await t.test('kubectl with that key gets nowhere', async () => {
    const kubeconfig = join(world.folder, 'stolen-kubeconfig');
    const { cert = '', key = '' } = siteKey(world, 'site-1');
    const base64 = (text = '') => Buffer.from(text).toString('base64');
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'x',
      clusters: [
        {
          name: 'x',
          cluster: {
            server: urlOf(world, 'hub'),
            'certificate-authority-data': base64(read(world, 'hub', 'pki', 'ca.crt')),
          },
        },
      ],
      users: [
        { name: 'x', user: { 'client-certificate-data': base64(cert ?? ''), 'client-key-data': base64(key ?? '') } },
      ],
      contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
    };
    writeFileSync(kubeconfig, JSON.stringify(config));
    const attempts = [
      'get sites',
      'get works -A',
      'get secrets -A',
      'get events -n site-site-2',
      'get site site-2',
      'get applications -A',
      'get jointokens',
      `delete work -n site-site-1 ${ownWork}`,
      'get sites --as admin --as-group system:masters',
      'label site site-1 a=b',
      'create configmap x',
      'describe site site-2',
      'get bundles -A -o yaml',
      'get --raw /metrics',
      `patch work -n site-site-1 ${ownWork} --type merge -p {"metadata":{"finalizers":null}}`,
    ];
    const results = await Promise.all(
      attempts.map((line) => command(kubectl ?? '', ['--kubeconfig', kubeconfig, ...line.split(' ')])),
    );
    for (const [index, { code, stderr, stdout }] of results.entries()) {
      assert.notEqual(code, 0, attempts[index] ?? '');
      assert.match(stderr, /Forbidden|forbidden/, attempts[index] ?? '');
      assert.ok(!`${stdout}${stderr}`.includes(marker));
    }
    assert.equal(
      (await command(kubectl ?? '', ['--kubeconfig', kubeconfig, 'get', 'works', '-n', 'site-site-1'])).code,
      0,
    );
  });

  await t.test('strangers, wrong authorities, wrong purposes and made-up headers are nobody', async () => {
    const masters = {
      'x-remote-user': 'admin',
      'x-remote-group': 'system:masters',
      'x-forwarded-client-cert': 'Subject="O=system:masters,CN=admin"',
    };
    const as = { 'impersonate-user': 'admin', 'impersonate-group': 'system:masters' };
    const cases: readonly (readonly [string, Loot, 'hub' | 'site-1', Record<string, string>, number])[] = [
      ['nobody', {}, 'hub', {}, 403],
      ['nobody with headers', {}, 'hub', masters, 403],
      ['nobody as somebody', {}, 'hub', as, 403],
      ['a site as somebody', siteKey(world, 'site-1'), 'hub', as, 403],
      ['a site with headers', siteKey(world, 'site-1'), 'hub', masters, 403],
      ['an unknown token', { bearerToken: 'abc' }, 'hub', {}, 401],
      ['the authority of a site at the hub', pairOf(world, 'sites/site-1/pki/admin'), 'hub', {}, 401],
      ['the authority of the hub at a site', pairOf(world, 'hub/pki/admin'), 'site-1', {}, 401],
      ['a serving certificate as a client', pairOf(world, 'hub/pki/serving'), 'hub', {}, 401],
      ['the certificate of an authority as a client', pairOf(world, 'hub/pki/ca'), 'hub', {}, 401],
      ['the site key of its hub at the site', siteKey(world, 'site-1'), 'site-1', {}, 401],
    ];
    for (const [what, loot, kernel, headers, status] of cases) {
      using stranger = attack(world, loot, kernel);
      const answer = await stranger.ask({ path: '/api/v1/secrets', headers });
      assert.equal(answer.status, status, `${what}: ${answer.text}`);
      assertRefused(await stranger.ask({ method: 'POST', path: '/api/v1/namespaces', headers, body: {} }), what);
    }
  });

  await t.test('a join token joins once, as the site the hub names, and does nothing else', async () => {
    const token = await inviteBy(world, 'guest', { siteName: 'guest', accept: false });
    using bearer = attack(world, { bearerToken: token });
    for (const path of [...paths, `${management}/jointokens/guest`]) assertRefused(await bearer.ask({ path }), path);
    for (const body of ['', '{}', '{"csrPem":1}', '{"csrPem":"-----BEGIN CERTIFICATE REQUEST-----"}']) {
      const answer = await bearer.ask({ method: 'POST', path: `${management}/jointokens/guest/join`, body });
      assert.equal(answer.status, 400, answer.text);
    }
    const huge = await joinWith(bearer, token, 'x'.repeat(1 << 20));
    assert.equal(huge.status, 413, huge.text);
    const greedy = await Promise.all([greedyRequest(), greedyRequest(), greedyRequest()]);
    const answers = await Promise.all(greedy.map(({ csrPem }) => joinWith(bearer, token, csrPem)));
    const winner = answers.findIndex(({ status }) => status === 201);
    const losers = answers.filter((_, index) => index !== winner);
    assert.deepEqual(
      losers.map(({ status }) => status),
      [403, 403],
      JSON.stringify(losers),
    );
    const cert = String(answers[winner]?.json['certificatePem']);
    using guest = attack(world, { cert, ...(greedy[winner]?.key === undefined ? {} : { key: greedy[winner].key }) });
    const self = await guest.ask({
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    });
    const { username, groups } = (self.json['status'] as { userInfo: { username: string; groups: string[] } }).userInfo;
    assert.deepEqual(
      [username, groups.toSorted()],
      ['system:planform:site:guest', ['system:authenticated', 'system:planform:sites']],
    );
    assertRefused(await guest.ask({ path: `${management}/namespaces/site-guest/works` }), 'a site nobody accepted');
    assertRefused(await guest.ask({ path: `${management}/namespaces/site-site-2/works` }), 'a site nobody accepted');
    const replay = await joinWith(bearer, token, (await greedyRequest()).csrPem);
    assert.deepEqual([replay.status, /used by "guest"/.test(String(replay.json['message']))], [403, true], replay.text);
    const expired = await inviteBy(world, 'late', { expiresAt: new Date(Date.now() - 1_000).toISOString() });
    using late = attack(world, { bearerToken: expired });
    assert.equal((await joinWith(late, expired, (await greedyRequest()).csrPem)).status, 401);
    const taken = await inviteBy(world, 'taken', { siteName: 'site-2' });
    using thief = attack(world, { bearerToken: taken });
    assert.equal((await joinWith(thief, taken, (await greedyRequest()).csrPem)).status, 409);
    assert.equal((await joinWith(thief, token, (await greedyRequest()).csrPem)).status, 403, 'the token of another');
  });

  await t.test('at a site, the hub delivers applications and touches nothing else', async () => {
    const { items } = await world.json<{ items: Listed[] }>('site-2', 'get', 'hubmemberships');
    const as = ['--as', `hub:${items[0]?.metadata.name}:delivery`, '--as-group', 'planform:deliveries'];
    const refused = [
      'get secrets -n default',
      'get secret x',
      'get configmaps -n kube-system',
      'create configmap x -n kube-system',
      'create serviceaccount x -n kube-system',
      'delete namespace kube-system',
      'label namespace kube-system a=b',
      'get hubmemberships',
      'get appliedworks',
      'delete appliedworks --all',
      'get nodes',
      'delete node site-2',
      'get events -A',
      'delete events --all',
      'get leases -A',
      'delete pods --all',
      'get pods -A',
      'create clusterrolebinding x --clusterrole=cluster-admin --user=x',
      'get pods --as admin --as-group system:masters',
    ];
    const results = await Promise.all(
      refused.map((line) => world.tryKubectl('site-2', ...line.split(' '), ...(line.includes('--as') ? [] : as))),
    );
    for (const [index, { code, stderr }] of results.entries()) {
      if (refused[index]?.includes('--as') === true) continue;
      assert.notEqual(code, 0, refused[index] ?? '');
      assert.match(stderr, /orbidden|could not find|resource type/, refused[index] ?? '');
    }
    assert.equal((await world.tryKubectl('site-2', 'get', 'configmap', 'theirs', ...as)).code, 0);
  });

  await t.test('once a site has joined anew, the stolen key is worth nothing', async () => {
    const loot = siteKey(world, 'site-1');
    await world.kubectl('hub', 'delete', 'site', 'site-1', '--timeout=30s');
    using thief = attack(world, loot);
    assert.equal((await thief.ask({ path: `${management}/namespaces/site-site-1/works` })).status, 401);
    const token = await inviteBy(world, 'again', { siteName: 'site-1', siteLabels: { tier: 'edge' } });
    using bearer = attack(world, { bearerToken: token });
    const { csrPem, key = '' } = await greedyRequest();
    const joined = await joinWith(bearer, token, csrPem);
    assert.equal(joined.status, 201, joined.text);
    using site = attack(world, { cert: String(joined.json['certificatePem']), key });
    await eventually('the new key works', 5_000, async () =>
      (await site.ask({ path: `${management}/namespaces/site-site-1/works` })).status === 200 ? true : undefined,
    );
    for (const path of [`${management}/namespaces/site-site-1/works`, `${management}/sites/site-1`, '/api']) {
      assert.equal((await thief.ask({ path })).status, 401, path);
    }
    assert.equal(
      (await thief.ask({ method: 'POST', path: `${management}/sites/site-1/renew`, body: { csrPem } })).status,
      401,
    );
  });

  await t.test('a hostile hub deletes nothing at a site', async () => {
    await world.kubectl('site-2', 'create', 'configmap', 'mine', '--from-literal=a=b');
    const before = await eventually('all is delivered', 20_000, async () => {
      const found = await heldAt(world);
      return found.filter((line) => line.startsWith('AppliedWork ')).length === 2 &&
        found.some((line) => line.startsWith('Service default/hello')) &&
        found.some((line) => line.startsWith('ConfigMap default/theirs'))
        ? found
        : undefined;
    });
    const { items } = await world.json<{ items: (Listed & { spec: { acceptedEpoch: string; order: Order } })[] }>(
      'site-2',
      'get',
      'hubmemberships,appliedworks',
    );
    const hubEpoch = items.find(({ kind }) => kind === 'HubMembership')?.spec.acceptedEpoch ?? '';
    const orders = items.flatMap(({ kind, spec }) => (kind === 'AppliedWork' ? [spec.order] : []));
    process.kill(world.pidOf('hub'), 'SIGKILL');
    const serving = pairOf(world, 'hub/pki/serving');
    await using hub = await eventually('the port of the dead hub is free', 5_000, () =>
      HostileHub.listen(world.port, serving),
    );
    const turn = async ([what, wickedness]: WickedTurn, isCut = false) => {
      hub.turn(wickedness, isCut);
      // A comparison takes two requests, and what makes no sense ends the session.
      const enough = typeof wickedness.sync === 'string' ? 2 : 4;
      await eventually(`the site has met ${what}`, 15_000, () => (hub.syncCount >= enough ? true : undefined));
    };
    for (const [index, wicked] of wickedTurns(hubEpoch, orders).entries()) {
      await turn(wicked, index === 1);
      assert.deepEqual(await heldAt(world), before, wicked[0]);
    }
    const many = [...orders, ...Array.from({ length: 9 }, (_, index) => madeUpOrder(orders, `more-${index}`))];
    await turn(['more Works', { sync: { hubEpoch, works: many.map((order) => workOf(order)) } }]);
    await turn(['the deletion of all', { sync: { hubEpoch, works: many.map(tombstoneOf) } }]);
    await eventually('those that hold something are held', 10_000, async () => {
      const path = '{.status.conditions[?(@.type=="HeldForConfirmation")].reason}';
      const reasons = await Promise.all(
        orders.map(({ name }) => world.kubectl('site-2', 'get', 'appliedwork', name, '-o', `jsonpath=${path}`)),
      );
      return reasons.every((reason) => reason === 'MassRemoval') ? true : undefined;
    });
    const after = (await heldAt(world)).filter((line) => !line.startsWith('AppliedWork more-'));
    assert.deepEqual(after, before, 'mass deletion');
    await assert.doesNotReject(world.kubectl('site-2', 'get', 'nodes'));
  });

  await t.test('connections that never say who they are do not last', async () => {
    await eventually('all of them are closed', 15_000, () =>
      idle.every((socket) => socket.closed) ? true : undefined,
    );
  });

  await t.test('no log, and no file others may read, holds a key, a token or a Secret', async () => {
    const token = (JSON.parse(read(world, 'sites', 'site-1', 'join.json')) as { token: string }).token;
    const secrets = ['PRIVATE KEY', token.split('.')[1] ?? '', secretText, Buffer.from(secretText).toString('base64')];
    const files = readdirSync(world.data, { recursive: true, encoding: 'utf8' }).map((name) => join(world.data, name));
    assert.equal(statSync(world.data).mode & 0o077, 0);
    for (const path of files) {
      const { mode } = statSync(path, { throwIfNoEntry: false }) ?? { mode: 0 };
      if ((mode & 0o170000) !== 0o100000 || path.includes('/root/')) continue;
      const bytes = readFileSync(path);
      const isPrivate = (mode & 0o077) === 0;
      for (const secret of secrets) {
        if (!isPrivate || path.endsWith('.log')) assert.ok(!bytes.includes(secret), `${path} holds ${secret}`);
      }
      if (/store\.db|\.key$|key\.pem|kubeconfig$|join\.json|\.log$/.test(path) && !path.endsWith('.holder')) {
        assert.equal(mode & 0o077, 0, path);
      }
    }
    for (const secret of secrets) assert.ok(!world.output.includes(secret));
  });
});

/** Connections that say nothing, or begin a handshake and stop. */
function holdSilentConnections(port: number): readonly Socket[] {
  return ['', '\x16\x03\x01\x02\x00\x01\x00\x01'].map((bytes) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.from(bytes, 'latin1')));
    return socket.on('error', () => undefined).resume();
  });
}

/** What stands at site-2, with uids: nothing of it may go or be made anew. */
async function heldAt(world: World): Promise<readonly string[]> {
  const kinds = 'appliedworks,deployments,services,configmaps,serviceaccounts,namespaces,hubmemberships,nodes';
  const { items } = await world.json<{ items: Listed[] }>('site-2', 'get', kinds, '-A');
  return items
    .map(
      ({ kind, metadata }) =>
        `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name} ${metadata.uid} ${metadata.deletionTimestamp ?? ''}`,
    )
    .toSorted();
}

const metadataOnly = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const trickyPaths = [
  `${management}/namespaces/site-site-1/../site-site-2/works`,
  `${management}/namespaces/site-site-1%2f..%2fsite-site-2/works`,
  `${management}/namespaces//works`,
  `${management}/namespaces/site-site-1%00/works`,
  `${management}/namespaces/SITE-SITE-1/works`,
  `${management}//sites`,
  `${management}/sites/site-1/../site-2`,
  `${management}/sites/%73ite-2`,
  `${management}/sites?watch=0&watch=1`,
  `/${'a/'.repeat(4_000)}`,
  '/metrics',
  '/debug/pprof',
];

/** Paths to try: every collection, object and subresource, of the attacker and of others. */
function pathsOf(served: readonly Served[]): readonly string[] {
  return served.flatMap(({ root: at, name, namespaced }) => {
    const [plural = '', subresource] = name.split('/');
    const places = namespaced
      ? ['', '/namespaces/default', '/namespaces/site-site-1', '/namespaces/site-site-2']
      : [''];
    return places.flatMap((place) => {
      const collection = `${at}${place}/${plural}`;
      const names = objectNames[plural] ?? ['x'];
      const objects = place === '' && namespaced ? [] : names.map((one) => `${collection}/${one}`);
      return subresource === undefined ? [collection, ...objects] : objects.map((object) => `${object}/${subresource}`);
    });
  });
}

const objectNames: Readonly<Record<string, readonly string[]>> = {
  sites: ['site-1', 'site-2'],
  works: ['default.hello', 'default.foreign'],
  secrets: ['login'],
  configmaps: ['notes'],
  events: ['happened'],
  applications: ['foreign'],
  placements: ['only-two'],
  namespaces: ['site-site-1', 'site-site-2', 'default'],
};

function digestsOf(objects: readonly Listed[]): readonly string[] {
  return [...new Set(JSON.stringify(objects).match(/sha256:[0-9a-f]{64}/g) ?? [])];
}

function pairOf(world: World, path: string): Loot {
  return { cert: read(world, `${path}.crt`), key: read(world, `${path}.key`) };
}

function residentMiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}
