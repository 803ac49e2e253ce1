import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../../base/logger.ts';
import { seededRandom } from '../../base/random.ts';
import { systemClock } from '../../base/system-clock.ts';
import { kernelKinds } from '../../kinds/index.ts';
import type { ApiRequest, RequestHandler } from '../../ports/endpoint.ts';
import { createHandler } from '../handler.ts';
import { FakeResources, fakeCatalog, gadget, widget } from '../testing/fake-resources.ts';

const { signal } = new AbortController();
const review = { ...gadget, group: 'reviews.test', kind: 'Review', plural: 'reviews', singular: 'review' };

function setUp(): RequestHandler {
  return createHandler({
    resources: new FakeResources(),
    catalog: fakeCatalog([...kernelKinds, widget]),
    authenticator: { authenticate: () => ({ name: 'admin', groups: [] }) },
    authorizer: { authorize: () => ({ verdict: 'allow', reason: '' }) },
    computed: [{ definition: review, create: async ({ body }) => body }],
    clock: systemClock,
    random: seededRandom(1),
    logger: silentLogger,
    version: { product: '0.0.1', gitCommit: '', buildDate: '' },
    runtime: { name: 'node', platform: 'test' },
  });
}

async function get(handler: RequestHandler, url: string, headers: ApiRequest['headers'] = {}) {
  const [path = '', search = ''] = url.split('?');
  const response = await handler.handle({
    method: 'GET',
    path,
    query: new URLSearchParams(search),
    headers,
    credentials: { bearerToken: 'x' },
    readBody: async () => new Uint8Array(),
    signal,
    receivedAtMs: 0,
    requestId: 'r',
  });
  const { body = [] } = response;
  const chunks = body instanceof Uint8Array ? [body] : await Array.fromAsync(body);
  return { ...response, bytes: Buffer.concat(chunks) };
}

interface Operation {
  readonly parameters: readonly { readonly name: string }[];
  readonly responses: Readonly<Record<string, unknown>>;
  readonly 'x-kubernetes-action': string;
  readonly 'x-kubernetes-group-version-kind': unknown;
}

interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
  readonly definitions: Readonly<Record<string, unknown>>;
}

/** Every reference in a document leads somewhere. */
function checkReferences(text: string, names: ReadonlySet<string>): void {
  for (const [, name = ''] of text.matchAll(/"\$ref":"#\/(?:components\/schemas|definitions)\/([^"]+)"/g)) {
    assert.ok(names.has(name), name);
  }
}

test('/openapi/v3 names the documents by their hashes, which may be kept for ever', async () => {
  const handler = setUp();
  const index = JSON.parse((await get(handler, '/openapi/v3')).bytes.toString()) as {
    paths: Record<string, { serverRelativeURL: string }>;
  };
  const own = ['api/v1', 'apis/reviews.test/v1', 'apis/test.planform.dev/v1', 'apis/test.planform.dev/v1beta1'];
  assert.deepEqual(
    own.filter((path) => index.paths[path] === undefined),
    [],
  );
  for (const { serverRelativeURL } of Object.values(index.paths)) {
    const { status, headers, bytes } = await get(handler, serverRelativeURL);
    assert.equal(status, 200);
    assert.match(headers['cache-control'] ?? '', /immutable/);
    const document = JSON.parse(bytes.toString()) as OpenApiDocument;
    checkReferences(bytes.toString(), new Set(Object.keys(document.components.schemas)));
    const again = await get(handler, serverRelativeURL, { 'if-none-match': headers['etag'] });
    assert.deepEqual([again.status, again.bytes.length], [304, 0]);
  }
  const old = await get(handler, '/openapi/v3/api/v1?hash=OLD');
  assert.deepEqual([old.status, old.headers['location']], [301, index.paths['api/v1']?.serverRelativeURL]);
  assert.equal((await get(handler, '/openapi/v3/apis/none/v1')).status, 404);
});

test('/openapi/v3 tells kubectl that patches take fieldValidation', async () => {
  const { bytes } = await get(setUp(), '/openapi/v3/apis/test.planform.dev/v1');
  const { paths } = JSON.parse(bytes.toString()) as OpenApiDocument;
  const object = paths['/apis/test.planform.dev/v1/namespaces/{namespace}/widgets/{name}'];
  assert.ok(object);
  assert.deepEqual(Object.keys(object).sort(), ['delete', 'get', 'parameters', 'patch', 'put']);
  assert.deepEqual(object['patch']?.['x-kubernetes-group-version-kind'], {
    group: 'test.planform.dev',
    version: 'v1',
    kind: 'Widget',
  });
  assert.ok(object['patch']?.parameters.some(({ name }) => name === 'fieldValidation'));
  const subresources = Object.keys(paths).filter((path) => path.includes('{name}/'));
  assert.deepEqual(
    subresources.map((path) => path.split('/').at(-1)),
    ['history', 'scale', 'status'],
  );
  assert.equal(paths['/apis/test.planform.dev/v1/widgets']?.['get']?.['x-kubernetes-action'], 'list');
});

test('/openapi/v2 serves everything in one document, as JSON and as protobuf', async () => {
  const handler = setUp();
  const json = await get(handler, '/openapi/v2', { accept: 'application/json' });
  const document = JSON.parse(json.bytes.toString()) as OpenApiDocument;
  checkReferences(json.bytes.toString(), new Set(Object.keys(document.definitions)));
  assert.ok(document.paths['/api/v1/namespaces/{namespace}/configmaps/{name}']?.['patch']);
  assert.deepEqual(Object.keys(document.paths['/apis/reviews.test/v1/reviews'] ?? {}), ['post']);
  const accept = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
  const protobuf = await get(handler, '/openapi/v2', { accept });
  assert.equal(protobuf.headers['content-type'], 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf');
  assert.ok(protobuf.bytes.length > 10_000);
  assert.equal((await get(handler, '/openapi/v2', { accept: 'text/plain' })).status, 406);
});
