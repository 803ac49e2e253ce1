import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { eventually } from '../world.ts';
import { type Attack, type AttackTable, patchTypes } from './escalation/attack.ts';
import { type Cast, openCast, roots, secretText } from './escalation/cast.ts';
import { attacksByImpersonation, attacksWithCertificates, attacksWithTokens } from './escalation/identity.ts';
import { answersTo, SlowRequests } from './escalation/raw.ts';
import { attacksByBody, attacksByObject, attacksByPath } from './escalation/requests.ts';
import { attacksOnBindings, attacksOnBounds, attacksOnRoles } from './escalation/rights.ts';
import { wholeStore } from './escalation/store.ts';
import { Hub } from './hub.ts';

const tables: Readonly<Record<string, AttackTable>> = {
  roles: attacksOnRoles,
  bindings: attacksOnBindings,
  bounds: attacksOnBounds,
  tokens: attacksWithTokens,
  impersonation: attacksByImpersonation,
  certificates: attacksWithCertificates,
  paths: attacksByPath,
  objects: attacksByObject,
  bodies: attacksByBody,
};

const { core, certificates, widgets } = roots;
const secret = `${core}/namespaces/vault/secrets/login`;

suite('nobody gets more than they were given', { timeout: 90_000 }, () => {
  let hub: Hub;
  let cast: Cast;
  let slow: SlowRequests;
  let stored: Readonly<Record<string, unknown>>;

  before(async () => {
    hub = await Hub.start();
    slow = new SlowRequests(hub, 20);
    cast = await openCast(hub);
    stored = await wholeStore(cast.admin);
  });
  after(async () => {
    slow[Symbol.dispose]();
    cast[Symbol.dispose]();
    await hub[Symbol.asyncDispose]();
  });

  for (const [sort, table] of Object.entries(tables)) {
    test(sort, async (t) => {
      for (const attack of table(cast)) await t.test(attack.what, () => assertRefused(attack));
    });
  }

  async function assertRefused(attack: Attack): Promise<void> {
    using stranger = attack.bearerToken === undefined ? undefined : cast.open({ bearerToken: attack.bearerToken });
    const attacker = stranger ?? cast[attack.by ?? 'mallory'];
    const { status, text, json } = await attacker.ask(attack);
    assert.equal(status, attack.status, text.slice(0, 500));
    const { message = text } = json;
    assert.ok(typeof message === 'string');
    assert.match(message, attack.message);
    assert.ok(!text.includes(secretText), 'a secret was told');
    if (attack.reason === undefined) return;
    assert.deepEqual(
      [json['kind'], json['status'], json['code'], json['reason']],
      ['Status', 'Failure', status, attack.reason],
    );
  }

  /** Requests that two readers of the same bytes may cut differently. */
  const smuggled: readonly (readonly [what: string, bytes: string, codes: readonly number[]])[] = [
    ['two lengths', 'POST /api HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 0\r\n\r\nGET ', [400]],
    [
      'a length and chunks',
      `POST /api HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET ${secret} HTTP/1.1\r\n\r\n`,
      [400],
    ],
    [
      'chunks, differently written',
      'POST /api HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
      [400],
    ],
    ['a header in a header', 'GET /api HTTP/1.1\r\nHost: x\r\nX-A: b\nImpersonate-User: admin\r\n\r\n', [400]],
    ['a NUL in a header', 'GET /api HTTP/1.1\r\nHost: x\r\nX-A: b\0c\r\n\r\n', [400]],
    ['a folded header', 'GET /api HTTP/1.1\r\nHost: x\r\nX-A: b\r\n Impersonate-User: admin\r\n\r\n', [400]],
    ['headers of 1 MiB', `GET /api HTTP/1.1\r\nHost: x\r\n${`X-A: ${'b'.repeat(1000)}\r\n`.repeat(1000)}\r\n`, [431]],
    [
      'a whole address as the path',
      `GET https://127.0.0.1${secret} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      [403],
    ],
    [
      'a header that hop by hop takes away',
      `GET ${secret} HTTP/1.1\r\nHost: x\r\nConnection: close, Impersonate-User\r\nImpersonate-User: admin\r\n\r\n`,
      [403],
    ],
    ['a tunnel', 'CONNECT 127.0.0.1:443 HTTP/1.1\r\nHost: x\r\n\r\n', []],
  ];

  test('bytes', async (t) => {
    for (const [what, bytes, codes] of smuggled) {
      await t.test(what, async () => assert.deepEqual(await answersTo(hub, cast.login, bytes), codes));
    }
  });

  test('what is forged counts for nothing', async () => {
    const dry = async (path: string, body: object) => {
      const { status, json, text } = await cast.mallory.ask({ method: 'POST', path: `${path}?dryRun=All`, body });
      assert.equal(status, 201, text);
      return json as { readonly metadata: Readonly<Record<string, unknown>>; readonly [field: string]: unknown };
    };
    const server = {
      uid: 'mine',
      creationTimestamp: '2001-01-01T00:00:00Z',
      deletionTimestamp: '2001-01-01T00:00:00Z',
    };
    const { metadata } = await dry(`${core}/namespaces/lab/configmaps`, { metadata: { name: 'x', ...server } });
    assert.notEqual(metadata['uid'], 'mine');
    assert.notEqual(metadata['creationTimestamp'], server.creationTimestamp);
    assert.equal(metadata['deletionTimestamp'], undefined);
    const widget = {
      apiVersion: 'lab.dev/v1',
      kind: 'Widget',
      metadata: { name: 'x' },
      spec: {},
      status: { replicas: 9 },
    };
    assert.equal((await dry(widgets, widget))['status'], undefined);
    const waiting = await cast.admin.ask({ path: `${certificates}/${cast.waiting}` });
    const { spec } = waiting.json as { readonly spec: object };
    const claimed = { ...spec, username: 'admin', groups: ['system:masters'], uid: '0' };
    const status = {
      conditions: [{ type: 'Approved', status: 'True', reason: 'a', message: 'a' }],
      certificate: 'AAAA',
    };
    const request = await dry(certificates, { metadata: { name: 'x' }, spec: claimed, status });
    const { username, groups } = request['spec'] as { readonly username: string; readonly groups: readonly string[] };
    assert.deepEqual([username, groups], ['mallory', ['system:authenticated']]);
    assert.deepEqual(request['status'] ?? {}, {});
  });

  test('none of it changed anything, and nothing failed inside the server', async () => {
    assert.deepEqual(await wholeStore(cast.admin), stored);
    assert.equal((await cast.admin.ask({ path: secret })).status, 200);
    assert.deepEqual(
      hub.log.split('\n').filter((line) => line.includes('"level":"error"')),
      [],
    );
  });

  test('a webhook that is the server itself ends in a refusal, and can be taken away', async () => {
    const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
    const everything = { apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*'] };
    const { ca } = hub.credentials();
    const webhook = {
      name: 'loop.lab.dev',
      clientConfig: {
        url: `${hub.url}${core}/namespaces/lab/configmaps`,
        caBundle: Buffer.from(ca).toString('base64'),
      },
      rules: [everything],
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'lab' } },
      sideEffects: 'None',
      timeoutSeconds: 1,
      admissionReviewVersions: ['v1'],
    };
    const created = await cast.admin.ask({
      method: 'POST',
      path,
      body: { metadata: { name: 'loop' }, webhooks: [webhook] },
    });
    assert.equal(created.status, 201, created.text);
    const headers = patchTypes.merge;
    const notes = `${core}/namespaces/lab/configmaps/notes`;
    const looped = await cast.mallory.ask({ method: 'PATCH', path: notes, headers, body: { data: { a: '2' } } });
    assert.deepEqual([looped.status, looped.json['reason']], [500, 'InternalError'], looped.text);
    assert.match(String(looped.json['message']), /failed calling webhook "loop\.lab\.dev"/);
    assert.equal((await cast.admin.ask({ method: 'DELETE', path: `${path}/loop` })).status, 200);
    assert.deepEqual(await wholeStore(cast.admin), stored);
  });

  test('requests that never end are ended', async () => {
    await eventually('the slow connections are closed', 20_000, async () => (slow.openCount === 0 ? true : undefined));
  });
});
