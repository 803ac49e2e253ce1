import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { seededRandom } from '../base/random.ts';
import { systemClock } from '../base/system-clock.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import { ApiError } from '../meta/errors.ts';
import type { ApiRequest } from '../ports/endpoint.ts';
import type { WatchNotice } from '../ports/resources.ts';
import { FakeResources, fakeCatalog, widget } from './testing/fake-resources.ts';
import { createHandler } from './handler.ts';
import { SharedEncodings } from './watch-body.ts';

const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';

function setUp(who: { isKnown: boolean } = { isKnown: true }, clock: Clock = systemClock) {
  const resources = new FakeResources();
  const handler = createHandler({
    resources,
    catalog: fakeCatalog(),
    authenticator: { authenticate: () => (who.isKnown ? { name: 'admin', groups: [] } : undefined) },
    authorizer: { authorize: () => ({ verdict: 'allow', reason: '' }) },
    clock,
    random: seededRandom(1),
    logger: silentLogger,
    version: { product: '0', gitCommit: '', buildDate: '' },
    runtime: { name: 'node', platform: 'test' },
  });
  return { resources, handler };
}

function watchRequest(query: string, signal: AbortSignal, accept = 'application/json'): ApiRequest {
  return {
    method: 'GET',
    path: '/apis/test.planform.dev/v1/namespaces/a/widgets',
    query: new URLSearchParams(`watch=1&${query}`),
    headers: { accept },
    credentials: { bearerToken: 'x' },
    readBody: async () => new Uint8Array(),
    signal,
    receivedAtMs: 0,
    requestId: 'r',
  };
}

function linesOf(body: unknown): AsyncIterator<Uint8Array> {
  return (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
}

async function nextEvent(lines: AsyncIterator<Uint8Array>) {
  const { value } = await lines.next();
  return JSON.parse(Buffer.from(value as Uint8Array).toString()) as {
    type: string;
    object: { kind: string; code?: number; columnDefinitions?: unknown[] | null; metadata: { name?: string } };
  };
}

test('watchObjects() answers before there is an event, then sends one line per event', async () => {
  const { resources, handler } = setUp();
  const stop = new AbortController();
  const response = await handler.handle(watchRequest('', stop.signal));
  assert.equal(response.status, 200);
  assert.equal(response.isLongRunning, true);
  const lines = linesOf(response.body);
  resources.seed(widget, 'a', 'w');
  const event = await nextEvent(lines);
  assert.deepEqual([event.type, event.object.metadata.name], ['ADDED', 'w']);
  stop.abort();
  assert.equal((await lines.next()).done, true);
});

test('watchObjects() ends soon after its user is no longer welcome, before anything more is told', async () => {
  const [who, clock] = [{ isKnown: true }, new VirtualClock(0)];
  const { resources, handler } = setUp(who, clock);
  const answered = handler.handle(watchRequest('', new AbortController().signal));
  await clock.advance(0);
  const lines = linesOf((await answered).body);
  resources.seed(widget, 'a', 'seen');
  assert.equal((await nextEvent(lines)).object.metadata.name, 'seen');
  who.isKnown = false;
  await clock.advance(5_000);
  resources.seed(widget, 'a', 'hidden');
  const { type, object } = await nextEvent(lines);
  assert.deepEqual([type, object.code], ['ERROR', 401]);
  assert.equal((await lines.next()).done, true);
});

test('watchObjects() reports a revision that is too old as an event of a successful answer', async () => {
  const { handler } = setUp();
  const response = await handler.handle(watchRequest('resourceVersion=1', new AbortController().signal));
  assert.equal(response.status, 200);
  const event = JSON.parse(Buffer.from(response.body as Uint8Array).toString()) as {
    type: string;
    object: { code: number };
  };
  assert.deepEqual([event.type, event.object.code], ['ERROR', 410]);
});

test('watchObjects() ends with an event that says why where it cannot go on', async () => {
  const { resources, handler } = setUp();
  const lines = linesOf((await handler.handle(watchRequest('', new AbortController().signal))).body);
  resources.seed(widget, 'a', 'seen');
  assert.equal((await nextEvent(lines)).type, 'ADDED');
  resources.breakWatches(new ApiError('InternalError', 'conversion webhook for x failed: refused'));
  const { type, object } = await nextEvent(lines);
  assert.deepEqual([type, object.kind, object.code], ['ERROR', 'Status', 500]);
  assert.equal((await lines.next()).done, true);
});

test('watchObjects() explains the columns of a table in the first event only', async () => {
  const { resources, handler } = setUp();
  const stop = new AbortController();
  resources.seed(widget, 'a', 'w1');
  resources.seed(widget, 'a', 'w2');
  const response = await handler.handle(watchRequest('', stop.signal, table));
  const lines = linesOf(response.body);
  const [first, second] = [await nextEvent(lines), await nextEvent(lines)];
  assert.equal(first.object.columnDefinitions?.length, 3);
  assert.equal(second.object.columnDefinitions, null);
  stop.abort();
});

test('watchObjects() shares one encoding between watchers of the same view', async () => {
  const { resources, handler } = setUp();
  const stop = new AbortController();
  resources.seed(widget, 'a', 'w');
  const bodies = [];
  for (let watcher = 0; watcher < 3; watcher++) {
    bodies.push((await handler.handle(watchRequest('', stop.signal))).body);
  }
  const lines = await Promise.all(bodies.map(async (body) => (await linesOf(body).next()).value as Uint8Array));
  assert.ok(lines.every((line) => line === lines[0]));
  stop.abort();
});

test('SharedEncodings holds a bounded number of bytes', () => {
  const encodings = new SharedEncodings(10);
  const notices: WatchNotice[] = [1, 2, 3].map((revision) => ({
    type: 'ADDED',
    object: undefined,
    revision,
    encodings: new Map(),
  }));
  for (const notice of notices) encodings.of(notice, 'k', () => new Uint8Array(5));
  assert.deepEqual(
    notices.map((notice) => notice.encodings?.size),
    [0, 1, 1],
  );
});
