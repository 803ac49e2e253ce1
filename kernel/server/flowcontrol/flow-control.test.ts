import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatMetrics } from '../../base/metrics.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import type { UserInfo } from '../../ports/auth.ts';
import type { FlowSchema, PriorityLevelConfiguration } from '../../schema/standard/types.ts';
import { parsePath } from '../path.ts';
import { dumpAnswer } from './dump.ts';
import { type FlowConfiguration, FlowControl } from './flow-control.ts';
import { type Flow, type Refusal, Seats } from './flow.ts';
import { flowMetrics } from './metrics.ts';

const anything = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] };
const everywhere = { verbs: ['*'], nonResourceURLs: ['*'] };

function schema(
  name: string,
  level: string,
  precedence: number,
  group: string,
  by?: 'ByUser' | 'ByNamespace',
): FlowSchema {
  const subjects = [{ kind: 'Group', group: { name: group } }];
  return {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'FlowSchema',
    metadata: { name, uid: precedence === 1 ? '' : `fs-${name}`, resourceVersion: '1', creationTimestamp: '' },
    spec: {
      priorityLevelConfiguration: { name: level },
      matchingPrecedence: precedence,
      ...(by === undefined ? {} : { distinguisherMethod: { type: by } }),
      rules: [{ subjects, resourceRules: [anything], nonResourceRules: [everywhere] }],
    },
  };
}

function level(name: string, spec: object): PriorityLevelConfiguration {
  return { metadata: { name, uid: name === 'exempt' ? '' : `pl-${name}` }, spec } as PriorityLevelConfiguration;
}

function limited(shares: number, limitResponse: object = { type: 'Reject' }, more: object = {}) {
  return { type: 'Limited', limited: { nominalConcurrencyShares: shares, limitResponse, ...more } };
}

const queue = { type: 'Queue', queuing: { queues: 8, handSize: 1, queueLengthLimit: 2 } };
const mandatory: FlowConfiguration = {
  schemas: [
    schema('exempt', 'exempt', 1, 'system:masters'),
    schema('catch-all', 'catch-all', 10_000, 'system:authenticated'),
  ],
  levels: [level('exempt', { type: 'Exempt', exempt: {} }), level('catch-all', limited(1))],
};

function setUp(configuration: Partial<FlowConfiguration> = {}, seats = 8) {
  const clock = new VirtualClock();
  const sizes = { objectCount: 100, averageBytes: 1_000, watcherCount: 0 };
  const control = new FlowControl({ clock, seats, mandatory, sizeOf: () => sizes });
  const { schemas = [], levels = [] } = configuration;
  if (schemas.length + levels.length > 0) control.configure({ schemas, levels });
  const users = new Map<string, UserInfo>();
  const take = (
    name: string,
    path = '/api/v1/namespaces/a/pods/p',
    verb = 'get',
    query = '',
    signal = new AbortController().signal,
  ) => {
    const user = users.getOrInsertComputed(name, () => ({
      name,
      groups: [name === 'root' ? 'system:masters' : 'system:authenticated'],
    }));
    const route = parsePath(path);
    const resource = route.kind === 'resource' ? route : undefined;
    return control.take({
      request: { verb, path, resource },
      user,
      source: { query: new URLSearchParams(query), signal },
    });
  };
  return { clock, control, take };
}

function seated(result: Seats | Refusal | Promise<Seats | Refusal>): Seats {
  assert.ok(result instanceof Seats, 'it has to wait, or was refused');
  return result;
}

function refusal(result: Seats | Refusal | Promise<Seats | Refusal>): Refusal {
  assert.ok(!(result instanceof Seats) && !(result instanceof Promise), 'it was not refused');
  return result;
}

const nameOf = ({ schema: { metadata } }: Flow) => metadata.name;

test('FlowControl takes the first schema by precedence that matches', () => {
  const schemas = [
    schema('late', 'mine', 500, 'system:authenticated'),
    schema('early', 'mine', 400, 'system:authenticated'),
  ];
  const { take } = setUp({ schemas, levels: [level('mine', limited(1, queue))] });
  assert.equal(nameOf(seated(take('eve')).flow), 'early');
  const { flow } = seated(take('root'));
  assert.equal(nameOf(flow), 'exempt');
  assert.deepEqual(flow.headers, {});
});

test('FlowControl names the objects it went by', () => {
  const schemas = [schema('mine', 'mine', 400, 'system:authenticated')];
  const { take } = setUp({ schemas, levels: [level('mine', limited(1, queue))] });
  assert.deepEqual(seated(take('eve')).flow.headers, {
    'x-kubernetes-pf-flowschema-uid': 'fs-mine',
    'x-kubernetes-pf-prioritylevel-uid': 'pl-mine',
  });
});

// Kubernetes: a schema whose level is missing is skipped; its condition says so.
test('FlowControl passes over schemas without their level', () => {
  const { take } = setUp({ schemas: [schema('dangling', 'gone', 2, 'system:authenticated')] });
  assert.equal(nameOf(seated(take('eve')).flow), 'catch-all');
});

test('FlowControl refuses at a level without queues, and tells longer waits to many', async () => {
  const { take, clock } = setUp({}, 2);
  const held = [take('eve'), take('eve')].map(seated);
  assert.equal(refusal(take('eve')).retryAfterSeconds, 1);
  for (let second = 0; second < 4; second++) {
    for (let sent = 0; sent < 10; sent++) void take('eve');
    await clock.advance(1_000);
  }
  assert.ok(refusal(take('eve')).retryAfterSeconds > 1);
  for (const seats of held) seats[Symbol.dispose]();
  await clock.advance(0); // seats come back with the turn of the event loop
  seated(take('eve'));
});

test('FlowControl never lets masters wait', () => {
  const { take } = setUp({}, 1);
  for (let sent = 0; sent < 100; sent++) seated(take('root'));
});

test('FlowControl lets flows wait in turn, and refuses what a full queue cannot hold', async () => {
  const schemas = [schema('mine', 'mine', 2, 'system:authenticated', 'ByUser')];
  const none = { lendablePercent: 0, borrowingLimitPercent: 0 };
  const { take, control, clock } = setUp({ schemas, levels: [level('mine', limited(1, queue, none))] }, 2);
  assert.equal(control.levels.find(({ name }) => name === 'mine')?.set.limit, 1);
  const first = seated(take('eve'));
  const order: string[] = [];
  const waits = ['eve', 'eve', 'eve', 'bob'].map((name) => ({ name, result: take(name) }));
  assert.ok(waits[0]?.result instanceof Promise && waits[3]?.result instanceof Promise);
  refusal(waits[2]?.result ?? assert.fail());
  const ends = waits
    .filter(({ result }) => result instanceof Promise)
    .map(async ({ name, result }) => {
      const seats = seated(await result);
      order.push(name);
      seats[Symbol.dispose]();
      seats[Symbol.dispose]();
    });
  first[Symbol.dispose]();
  await Promise.all(ends);
  await clock.advance(0);
  assert.deepEqual(order, ['eve', 'bob', 'eve']);
  assert.deepEqual([...control.requests], []);
});

// kube-apiserver: a request waits for a quarter of the request timeout of a minute.
test('FlowControl refuses who waited for 15 s, and forgets who has gone', async () => {
  const schemas = [schema('mine', 'mine', 2, 'system:authenticated')];
  const { take, clock, control } = setUp(
    { schemas, levels: [level('mine', limited(1, queue, { borrowingLimitPercent: 0 }))] },
    2,
  );
  seated(take('eve'));
  const gone = new AbortController();
  const [slow, left] = [take('eve'), take('eve', undefined, undefined, undefined, gone.signal)];
  gone.abort();
  refusal(await left);
  await clock.advance(15_000);
  refusal(await slow);
  const text = formatMetrics(flowMetrics(control));
  assert.match(text, /rejected_requests_total\{flow_schema="mine",priority_level="mine",reason="time-out"\} 1\n/);
  assert.match(text, /rejected_requests_total\{flow_schema="mine",priority_level="mine",reason="cancelled"\} 1\n/);
  assert.match(
    text,
    /request_wait_duration_seconds_count\{execute="false",flow_schema="mine",priority_level="mine"\} 2\n/,
  );
  assert.match(text, /current_inqueue_requests\{flow_schema="mine",priority_level="mine"\} 0\n/);
});

test('FlowControl takes more seats for lists than for gets', () => {
  const schemas = [schema('mine', 'mine', 2, 'system:authenticated')];
  const { clock } = setUp();
  const sizes = { objectCount: 1_000, averageBytes: 1_000, watcherCount: 1_000 };
  const control = new FlowControl({ clock, seats: 1_000, mandatory, sizeOf: () => sizes });
  control.configure({ schemas, levels: [level('mine', limited(30, queue))] });
  const user = { name: 'eve', groups: ['system:authenticated'] };
  const seatsFor = (verb: string, query = '') => {
    const resource = parsePath('/api/v1/namespaces/a/pods');
    assert.ok(resource.kind === 'resource');
    const source = { query: new URLSearchParams(query), signal: new AbortController().signal };
    return seated(control.take({ request: { verb, path: '/', resource }, user, source })).count;
  };
  assert.equal(seatsFor('get'), 1);
  assert.equal(seatsFor('list'), 10); // 1 MB
  assert.equal(seatsFor('list', 'limit=500'), 5);
  assert.equal(seatsFor('list', 'fieldSelector=metadata.name=a'), 1);
  // Kubernetes: watches that begin with what is there cost as much as the list.
  assert.equal(seatsFor('watch'), 10);
  assert.equal(seatsFor('watch', 'resourceVersion=5'), 1);
  assert.equal(seatsFor('watch', 'resourceVersion=5&sendInitialEvents=true'), 10);
  assert.equal(seatsFor('update'), 6);
});

test('FlowControl lends what a level does not need to one that does, and takes it back', async () => {
  const share = { lendablePercent: 50 };
  const schemas = [schema('busy', 'busy', 2, 'system:authenticated')];
  const levels = [level('busy', limited(10, queue, share)), level('idle', limited(10, queue, share))];
  const { take, clock, control } = setUp({ schemas, levels }, 21);
  const limitOf = (name: string) => control.levels.find((one) => one.name === name)?.set.limit ?? 0;
  const held = Array.from({ length: 10 }, () => take('eve'));
  await clock.advance(10_000);
  // All targets grow in proportion: 10 that were wanted, and what the others keep: 5 and 1.
  assert.deepEqual([limitOf('busy'), limitOf('idle')], [13, 7]);
  for (const result of held) if (result instanceof Seats) result[Symbol.dispose]();
  // Half of what was needed is forgotten in five minutes, and then nothing is looked at any more.
  await clock.advance(3 * 3_600_000);
  assert.equal(limitOf('idle'), 10);
  assert.equal(clock.nextDueMs(), undefined);
});

test('FlowControl keeps a level that is gone until its last request ended', async () => {
  const schemas = [schema('mine', 'mine', 2, 'system:authenticated')];
  const { take, control, clock } = setUp({ schemas, levels: [level('mine', limited(1, queue))] });
  const seats = seated(take('eve'));
  control.configure({ schemas, levels: [] });
  assert.ok(control.levels.some(({ name, isQuiescing }) => name === 'mine' && isQuiescing));
  assert.equal(nameOf(seated(take('eve')).flow), 'catch-all');
  seats[Symbol.dispose]();
  await clock.advance(0);
  assert.ok(!control.levels.some(({ name }) => name === 'mine'));
});

// Kubernetes: nominalConcurrencyShares 0 makes a level that answers nothing.
test('FlowControl answers nothing at a level without shares', () => {
  const schemas = [schema('jail', 'jail', 2, 'system:authenticated')];
  const { take } = setUp({ schemas, levels: [level('jail', limited(0, queue, { borrowingLimitPercent: 0 }))] });
  assert.ok(take('eve') instanceof Promise);
});

test('dumpAnswer() shows levels, queues and requests in the columns of kube-apiserver', () => {
  const schemas = [schema('mine', 'mine', 2, 'system:authenticated', 'ByUser')];
  const { take, control } = setUp(
    { schemas, levels: [level('mine', limited(1, queue, { borrowingLimitPercent: 0 }))] },
    2,
  );
  void take('eve');
  void take('bob');
  const dump = (what: string, query = '') => {
    const request = { path: `/debug/api_priority_and_fairness/${what}`, query: new URLSearchParams(query) };
    const text = Buffer.from(
      (dumpAnswer(request as never, control, 0)?.body ?? assert.fail()) as Uint8Array,
    ).toString();
    return text.split('\n').map((line) => line.replaceAll(/, +/g, '|'));
  };
  const levels = dump('dump_priority_levels');
  assert.equal(
    levels[0],
    'PriorityLevelName|ActiveQueues|IsIdle|IsQuiescing|WaitingRequests|ExecutingRequests|DispatchedRequests|RejectedRequests|TimedoutRequests|CancelledRequests',
  );
  assert.equal(levels[3], 'mine|1|false|false|1|1|1|0|0|0');
  assert.match(dump('dump_queues')[1] ?? '', /^mine\|\d\|1\|0\|0\|0\.00000000ss\|1\|1\|0\.00300000ss$/);
  const requests = dump('dump_requests', 'includeRequestDetails=1');
  assert.match(requests[1] ?? '', /^mine\|mine\|-1\|-1\|eve\|.*\|eve\|get\|.*\|a\|p\|v1\|pods\|$/);
  assert.match(requests[2] ?? '', /^mine\|mine\|\d\|0\|bob\|/);
});
