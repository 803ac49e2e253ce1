import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isApiError } from '../../meta/errors.ts';
import { gadget, widget } from '../../server/testing/fake-resources.ts';
import { collectionPath, createHttpClient, objectPath, requestJson } from './http-client.ts';
import { splitLines } from './json-lines.ts';
import type { Transport, TransportRequest } from './transport.ts';

const { signal } = new AbortController();

interface Scripted {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly chunks: readonly string[];
}

/** Answers requests in order from a script and remembers them. */
function scriptedTransport(script: readonly Scripted[]): { transport: Transport; sent: TransportRequest[] } {
  const sent: TransportRequest[] = [];
  const transport: Transport = {
    async request(request) {
      const { status = 200, headers = {}, chunks } = script[sent.push(request) - 1] ?? { chunks: [] };
      return { status, headers, body: streamOf(chunks) };
    },
  };
  return { transport, sent };
}

async function* streamOf(chunks: readonly string[]): AsyncGenerator<Uint8Array, void> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

test('list() reads all pages and gives every item its type', async () => {
  const { transport, sent } = scriptedTransport([
    { chunks: ['{"metadata":{"resourceVersion":"7","continue":"t/1"},"items":[{"metadata":{"name":"a"}}]}'] },
    { chunks: ['{"metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"b"}}]}'] },
  ]);
  const result = await createHttpClient({ transport }).list(gadget, { labelSelector: 'a=b' }, signal);
  assert.deepEqual(
    sent.map((request) => request.path),
    ['/api/v1/gadgets?labelSelector=a%3Db&limit=500', '/api/v1/gadgets?labelSelector=a%3Db&limit=500&continue=t%2F1'],
  );
  assert.equal(result.resourceVersion, '7');
  assert.deepEqual(
    result.items.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    ['Gadget a', 'Gadget b'],
  );
  assert.ok(Object.isFrozen(result.items[0]?.metadata));
});

test('list() starts over without pages when a page token expired', async () => {
  const expired = '{"kind":"Status","reason":"Expired","code":410,"message":"old"}';
  const { transport, sent } = scriptedTransport([
    { chunks: ['{"metadata":{"continue":"t"},"items":[{"metadata":{"name":"a"}}]}'] },
    { status: 410, chunks: [expired] },
    { chunks: ['{"metadata":{"resourceVersion":"9"},"items":[{"metadata":{"name":"c"}}]}'] },
  ]);
  const { items } = await createHttpClient({ transport }).list(gadget, {}, signal);
  assert.deepEqual(
    items.map((item) => item.metadata.name),
    ['c'],
  );
  assert.equal(sent[2]?.path, '/api/v1/gadgets');
});

test('watch() yields events and bookmarks, and throws what an ERROR event says', async () => {
  const { transport } = scriptedTransport([
    {
      chunks: [
        '{"type":"ADDED","object":{"metadata":{"name":"a"}}}\n{"type":"BOOK',
        'MARK","object":{"metadata":{"resourceVersion":"5"}}}\n',
        '{"type":"ERROR","object":{"kind":"Status","reason":"Expired","code":410,"message":"too old"}}\n',
      ],
    },
  ]);
  const events: unknown[] = [];
  const reading = async () => {
    const options = { namespace: 'a', resourceVersion: '4' };
    for await (const event of createHttpClient({ transport }).watch(widget, options, signal)) events.push(event);
  };
  await assert.rejects(reading, (error) => isApiError(error, 'Expired') && error.message === 'too old');
  assert.deepEqual(events, [
    { type: 'ADDED', object: { apiVersion: 'test.planform.dev/v1', kind: 'Widget', metadata: { name: 'a' } } },
    { type: 'BOOKMARK', resourceVersion: '5' },
  ]);
});

test('writes say what they are in method, path and content type', async () => {
  const answer = { chunks: ['{"metadata":{"name":"w"}}'], headers: { 'x-planform-resource-version': '12' } };
  const { transport, sent } = scriptedTransport([answer, answer, answer, answer, answer]);
  const client = createHttpClient({ transport, userAgent: 'tester/1' });
  const at = { namespace: 'a', name: 'w' };
  await client.create(widget, { metadata: at }, { dryRun: true, fieldManager: 'm' }, signal);
  await client.update(widget, { metadata: at }, { subresource: 'status' }, signal);
  await client.patch(widget, at, { type: 'json', body: [] }, {}, signal);
  await client.apply(widget, { metadata: at }, { fieldManager: 'm', force: true }, signal);
  const deleted = await client.delete(widget, at, { dryRun: true, preconditions: { uid: 'u' } }, signal);
  assert.equal(deleted.resourceVersion, '12');
  const base = '/apis/test.planform.dev/v1/namespaces/a/widgets';
  assert.deepEqual(
    sent.map(({ method, path, headers }) => [method, path, headers['content-type']]),
    [
      ['POST', `${base}?dryRun=All&fieldManager=m`, 'application/json'],
      ['PUT', `${base}/w/status`, 'application/json'],
      ['PATCH', `${base}/w`, 'application/json-patch+json'],
      ['PATCH', `${base}/w?fieldManager=m&force=true`, 'application/apply-patch+yaml'],
      ['DELETE', `${base}/w`, 'application/json'],
    ],
  );
  assert.equal(sent[0]?.headers['user-agent'], 'tester/1');
  assert.deepEqual(JSON.parse(Buffer.from(sent[4]?.body ?? []).toString()), {
    kind: 'DeleteOptions',
    apiVersion: 'v1',
    preconditions: { uid: 'u' },
    dryRun: ['All'],
  });
});

test('requestJson() maps failures of the server and of the way to it', async () => {
  const { transport } = scriptedTransport([
    { status: 404, chunks: ['404 page not found'] },
    { chunks: ['x'.repeat(99)] },
  ]);
  const get = { method: 'GET', path: '/x' };
  await assert.rejects(requestJson({ transport }, get, signal), (error) => isApiError(error, 'NotFound'));
  await assert.rejects(requestJson({ transport, answerBytesMax: 10 }, get, signal), (error) =>
    isApiError(error, 'RequestEntityTooLarge'),
  );
  const broken: Transport = { request: () => Promise.reject(new Error('no route')) };
  await assert.rejects(requestJson({ transport: broken }, get, signal), (error) =>
    isApiError(error, 'ServiceUnavailable'),
  );
  const stopped = AbortSignal.abort(new DOMException('stop', 'AbortError'));
  await assert.rejects(requestJson({ transport: broken }, get, stopped), { name: 'AbortError' });
});

test('objectPath() escapes names and leaves out namespaces of cluster-scoped kinds', () => {
  assert.equal(objectPath(gadget, { namespace: 'x', name: 'a/b' }, 'status'), '/api/v1/gadgets/a%2Fb/status');
  assert.equal(collectionPath(widget, undefined), '/apis/test.planform.dev/v1/widgets');
});

test('splitLines() joins lines over chunks, drops a cut one and bounds their length', async () => {
  const lines = async (chunks: readonly string[], max: number) => {
    const found: string[] = [];
    for await (const line of splitLines(streamOf(chunks), max)) found.push(line.toString());
    return found;
  };
  assert.deepEqual(await lines(['a\nb', 'c', '\n\nd'], 10), ['a', 'bc', '']);
  await assert.rejects(lines(['abc', 'def'], 5), (error) => isApiError(error, 'RequestEntityTooLarge'));
});
