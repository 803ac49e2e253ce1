import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { silentLogger } from '../base/logger.ts';
import { seededRandom } from '../base/random.ts';
import { systemClock } from '../base/system-clock.ts';
import { kernelKinds } from '../kinds/index.ts';
import { createHandler } from './handler.ts';
import { parsePath } from './path.ts';
import { FakeResources, fakeCatalog, widget } from './testing/fake-resources.ts';

const handler = createHandler({
  resources: new FakeResources(),
  catalog: fakeCatalog([...kernelKinds, widget]),
  authenticator: { authenticate: () => ({ name: 'admin', groups: [] }) },
  authorizer: { authorize: () => ({ verdict: 'allow', reason: '' }) },
  clock: systemClock,
  random: seededRandom(1),
  logger: silentLogger,
  version: { product: '0', gitCommit: '', buildDate: '' },
  runtime: { name: 'node', platform: 'test' },
});

const part = fc.oneof(
  fc.constantFrom('api', 'apis', 'v1', 'namespaces', 'a', 'configmaps', 'test.planform.dev', 'widgets', 'w', 'status'),
  fc.constantFrom('openapi', 'v2', 'v3', 'history', 'scale', '%', '%2f', '..', ''),
  fc.string({ maxLength: 8 }),
);
const path = fc.oneof(
  fc.array(part, { maxLength: 9 }).map((parts) => `/${parts.join('/')}`),
  fc.constantFrom('/api/v1/namespaces/a/configmaps', '/apis/test.planform.dev/v1/namespaces/a/widgets/w'),
);
const query = fc.dictionary(
  fc.constantFrom('limit', 'continue', 'dryRun', 'force', 'fieldManager', 'pretty', 'includeObject', 'hash', 'limit'),
  fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom('1', '0', 'true', 'All', 'm')),
);
const mediaType = fc.oneof(
  fc.constantFrom(
    'application/json',
    'application/yaml',
    'application/vnd.kubernetes.protobuf',
    'application/json;as=Table;v=v1;g=meta.k8s.io',
    'application/json-patch+json',
    'application/merge-patch+json',
    'application/apply-patch+yaml',
  ),
  fc.string({ maxLength: 20 }),
);
const envelope = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from([0x6b, 0x38, 0x73, 0, ...bytes]));
const body = fc.oneof(
  fc.json({ maxDepth: 3 }).map((text) => Buffer.from(text)),
  fc.string({ unit: 'grapheme', maxLength: 60 }).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  envelope,
);

test('handle() answers anything without failing', async () => {
  const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'ODD');
  await fc.assert(
    fc.asyncProperty(
      method,
      path,
      query,
      fc.tuple(mediaType, mediaType),
      body,
      async (verb, where, parameters, [accept, contentType], bytes) => {
        const response = await handler.handle({
          method: verb,
          path: where,
          query: new URLSearchParams(parameters),
          headers: { accept, 'content-type': contentType },
          credentials: { bearerToken: 'x' },
          readBody: async () => bytes,
          signal: new AbortController().signal,
          receivedAtMs: 0,
          requestId: 'r',
        });
        assert.notEqual(response.status, 500, Buffer.from(response.body as Uint8Array).toString());
        const isJson = response.headers['content-type'] === 'application/json' && response.body instanceof Uint8Array;
        if (isJson) JSON.parse(Buffer.from(response.body).toString());
      },
    ),
    { numRuns: 600 },
  );
});

test('parsePath() takes names apart as they were put together', () => {
  const name = fc.string({ minLength: 1, maxLength: 20 }).filter((text) => text.isWellFormed());
  fc.assert(
    fc.property(name, name, (namespace, object) => {
      const route = parsePath(`/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(object)}`);
      assert.equal(route.kind, 'resource');
      if (route.kind === 'resource') assert.deepEqual([route.namespace, route.name], [namespace, object]);
    }),
  );
});
