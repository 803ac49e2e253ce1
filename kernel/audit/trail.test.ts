import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isApiError } from '../meta/errors.ts';
import { silentLogger } from '../base/logger.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import type { KubeObject } from '../meta/object.ts';
import type { AuditedRequest } from '../ports/audit.ts';
import type { StoredObject } from '../ports/endpoint.ts';
import { MemoryDisk } from '../store/memory/memory-disk.ts';
import { openMemoryStore } from '../store/memory/memory-store.ts';
import { Backlog } from './backlog.ts';
import { parsePolicy } from './policy-file.ts';
import { testTarget } from './testing/written-log.ts';
import { AuditTrail } from './trail.ts';

const header = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy' };
const { signal } = new AbortController();

/** A trail on a store in memory, with one rule. */
function trailOf(rule: object) {
  const disk = new MemoryDisk();
  const clock = new VirtualClock(0);
  const backlog = new Backlog(clock);
  const policy = parsePolicy({ ...header, rules: [rule] });
  const logged: string[] = [];
  const logger = { ...silentLogger, error: (message: string) => void logged.push(message) };
  const trail = new AuditTrail({
    policy,
    store: openMemoryStore({ disk }),
    backlog,
    clock,
    log: logger,
    onRecorded: () => undefined,
  });
  const records = () =>
    disk.records.map(({ bytes }) => JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>);
  return { trail, disk, clock, backlog, records, logged };
}

function requestOf(verb: string, name = 'a'): AuditedRequest {
  return {
    auditId: 'id',
    uri: '/api/v1/namespaces/default/configmaps?x="1"',
    userAgent: 'kubectl/v1.36.0',
    sourceIps: ['10.0.0.1'],
    receivedAtMs: 0,
    user: { name: 'alice', groups: ['dev'], uid: 'u1' },
    target: testTarget({ verb, name }),
  };
}

function objectOf(name: string, revision: number, more: object = {}): StoredObject {
  const managedFields = [{ manager: 'kubectl' }];
  const metadata = { name, namespace: 'default', uid: `uid-${name}`, managedFields };
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, ...more } as object as KubeObject;
  return { bytes: new Uint8Array(), revision, parsed: () => object, header: () => object };
}

test('the record of a write is an audit.k8s.io/v1 Event with the object it became', () => {
  const { trail } = trailOf({ level: 'Metadata', omitStages: ['RequestReceived'] });
  const audit = trail.begin(requestOf('create', ''));
  audit?.decided(true, 'RBAC: allowed');
  audit?.annotate('policy/key', 'a "value"');
  audit?.annotate('policy/key', 'second');
  audit?.sent({ data: 'never at this level' });
  const [bytes] = audit?.committing([{ operation: 'create', object: objectOf('made-x7', 12) }]) ?? [];
  assert.deepEqual(JSON.parse(Buffer.from(bytes ?? []).toString()), {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: 'id',
    stage: 'ResponseComplete',
    requestURI: '/api/v1/namespaces/default/configmaps?x="1"',
    verb: 'create',
    user: { username: 'alice', uid: 'u1', groups: ['dev'] },
    sourceIPs: ['10.0.0.1'],
    userAgent: 'kubectl/v1.36.0',
    objectRef: {
      resource: 'configmaps',
      namespace: 'default',
      name: 'made-x7',
      uid: 'uid-made-x7',
      apiVersion: 'v1',
      resourceVersion: '12',
    },
    responseStatus: { metadata: {}, code: 201 },
    requestReceivedTimestamp: '1970-01-01T00:00:00.000000Z',
    stageTimestamp: '1970-01-01T00:00:00.000000Z',
    annotations: {
      'authorization.k8s.io/decision': 'allow',
      'authorization.k8s.io/reason': 'RBAC: allowed',
      'policy/key': 'a "value"',
    },
  });
});

test('what a commit took along is not recorded twice; what was answered otherwise is', async () => {
  const { trail, records } = trailOf({ level: 'Metadata', omitStages: ['RequestReceived'] });
  const fine = trail.begin(requestOf('update'));
  fine?.committing([{ operation: 'update', object: objectOf('a', 1) }]);
  assert.equal(fine?.answered({ code: 200 }), undefined);
  const refused = trail.begin(requestOf('update'));
  refused?.committing([{ operation: 'update', object: objectOf('a', 2) }]);
  await refused?.answered({ code: 507, status: { status: 'Failure', reason: 'InsufficientStorage', message: 'full' } });
  const [record] = records();
  assert.deepEqual(record?.['responseStatus'], {
    metadata: {},
    status: 'Failure',
    reason: 'InsufficientStorage',
    message: 'full',
    code: 507,
  });
});

test('bodies are there from Request and RequestResponse on, without managedFields if the policy omits them', async () => {
  const bodiesAt = async (level: string, more: object = {}) => {
    const { trail, records } = trailOf({ level, omitStages: ['RequestReceived'], ...more });
    const audit = trail.begin(requestOf('update'));
    audit?.sent({ kind: 'ConfigMap', metadata: { name: 'a', managedFields: [] } });
    await audit?.answered({ code: 200, body: Buffer.from('{"kind":"ConfigMap","metadata":{"managedFields":[]}}') });
    const { requestObject, responseObject } = records()[0] ?? {};
    return { requestObject, responseObject };
  };
  assert.deepEqual(await bodiesAt('Metadata'), { requestObject: undefined, responseObject: undefined });
  const sent = { kind: 'ConfigMap', metadata: { name: 'a', managedFields: [] } };
  assert.deepEqual(await bodiesAt('Request'), { requestObject: sent, responseObject: undefined });
  assert.deepEqual(await bodiesAt('RequestResponse', { omitManagedFields: true }), {
    requestObject: { kind: 'ConfigMap', metadata: { name: 'a' } },
    responseObject: { kind: 'ConfigMap', metadata: {} },
  });
});

test('too large a body is left out, and the record says so', async () => {
  const { trail, records } = trailOf({ level: 'Request', omitStages: ['RequestReceived'] });
  const audit = trail.begin(requestOf('update'));
  audit?.sent({ data: 'x'.repeat(2_000_000) });
  await audit?.answered({ code: 200 });
  const [record] = records();
  assert.equal(record?.['requestObject'], undefined);
  assert.deepEqual(record?.['annotations'], { 'audit.k8s.io/truncated': 'true' });
});

test('a record that is too large in all is made without what makes it so', async () => {
  const { trail, records } = trailOf({ level: 'Request', omitStages: ['RequestReceived'] });
  const audit = trail.begin(requestOf('update'));
  for (let index = 0; index < 100; index++) audit?.annotate(`key${index}`, '€'.repeat(20_000));
  audit?.sent({ data: '€'.repeat(1_000_000) });
  await audit?.answered({ code: 200 });
  const [record] = records();
  assert.deepEqual(record?.['annotations'], { 'audit.k8s.io/truncated': 'true' });
});

test('stages: a request that comes in, an answer that goes on, its end', async () => {
  const { trail, records } = trailOf({ level: 'Metadata' });
  const audit = trail.begin(requestOf('watch', ''));
  await audit?.answered({ code: 200, isLongRunning: true });
  audit?.ended();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(
    records().map(({ stage }) => stage),
    ['RequestReceived', 'ResponseStarted', 'ResponseComplete'],
  );
});

test('a deletecollection is recorded with its first commit and when it is done', async () => {
  const { trail, records } = trailOf({ level: 'Metadata', omitStages: ['RequestReceived'] });
  const audit = trail.begin(requestOf('deletecollection', ''));
  const first = audit?.committing([{ operation: 'delete', object: objectOf('a', 1) }]);
  assert.match(Buffer.from(first?.[0] ?? []).toString(), /"stage":"RequestReceived"/);
  assert.deepEqual(audit?.committing([{ operation: 'delete', object: objectOf('b', 2) }]), []);
  await audit?.answered({ code: 200 });
  assert.deepEqual(
    records().map(({ stage }) => stage),
    ['ResponseComplete'],
  );
});

test('one record of a transaction names all its objects', () => {
  const { trail } = trailOf({ level: 'Metadata', omitStages: ['RequestReceived'] });
  const audit = trail.begin(requestOf('create', ''));
  const changes = [
    { operation: 'create', object: objectOf('a', 5) },
    { operation: 'delete', object: objectOf('b', 6) },
  ] as const;
  const [bytes] = audit?.committing(changes) ?? [];
  const { annotations } = JSON.parse(Buffer.from(bytes ?? []).toString()) as { annotations: object };
  assert.deepEqual(annotations, {
    'kernel.planform.dev/objects': 'create ConfigMap default/a@5; delete ConfigMap default/b@6;',
  });
});

test('what cannot be recorded is refused', async () => {
  const { trail, disk, records } = trailOf({ level: 'Metadata', omitStages: ['RequestReceived'] });
  disk.fault = 'Full';
  const audit = trail.begin(requestOf('get'));
  await assert.rejects(audit?.answered({ code: 200 }) ?? Promise.resolve(), { reason: 'InsufficientStorage' });
  assert.deepEqual(records(), []);
  assert.equal(trail.begin({ ...requestOf('get'), target: testTarget() }) === undefined, false);
});

test('requests wait while too much waits to be filed, and are refused when it takes too long', async () => {
  const { trail, backlog, clock } = trailOf({ level: 'Metadata' });
  assert.equal(trail.room({ signal }), undefined);
  backlog.add(64 * 1024 * 1024);
  const waiting = trail.room({ signal });
  backlog.remove(1, 64 * 1024 * 1024);
  await waiting;
  backlog.add(64 * 1024 * 1024);
  const given = assert.rejects(trail.room({ signal }) ?? Promise.resolve(), { reason: 'TooManyRequests' });
  await clock.advance(10_000);
  await given;
});

test('an end that cannot be recorded is logged: its answer is over', async () => {
  const { trail, disk, logged } = trailOf({ level: 'Metadata', omitStages: ['RequestReceived'] });
  const record = trail.begin(requestOf('watch'));
  disk.fault = 'Full';
  record?.ended();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(logged, ['the end of a request is not in the audit log']);
});

test('an arrival that cannot be recorded refuses the answer, whenever it failed', async () => {
  const { trail, disk } = trailOf({ level: 'Metadata' });
  disk.fault = 'Full';
  const record = trail.begin(requestOf('list'));
  await new Promise((resolve) => setImmediate(resolve));
  await assert.rejects(Promise.resolve(record?.answered({ code: 200 })), (error) =>
    isApiError(error, 'InsufficientStorage'),
  );
});
