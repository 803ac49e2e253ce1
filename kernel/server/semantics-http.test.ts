/** What the HTTP surface does, semantic by semantic: research/kernel.md §1.1 and §2.1. */
import assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import { test } from 'node:test';
import { bodyBytesMax } from '../meta/json.ts';
import { compressed, isWorthCompressing } from './compression.ts';
import { gears, maps } from './testing/gear-world.ts';
import { gear } from './testing/kubectl-world.ts';
import { openWireWorld, type WireRequest } from './testing/wire-world.ts';

const notAllowed = 'the server does not allow this method on the requested resource';
const pageNotFound = '404 page not found\n';
const unknown = 'the server could not find the requested resource';

interface Row {
  readonly semantic: string;
  readonly request: WireRequest | string;
  readonly status: number;
  /** Start of the content type. Default `application/json`. */
  readonly type?: string;
  /** The whole text, or the message of the Status. */
  readonly text?: string | RegExp;
  readonly reason?: string;
}

const plain = 'text/plain';
const refused: readonly Row[] = [
  // §2.1: unknown group path => plain `404 page not found`; unknown object => Status NotFound [M]
  // Kubernetes (e2e/kernel/golden/standard/discovery.txt): below a group of its own a Status as well
  { semantic: 'an unknown group', request: '/apis/nope', status: 404, type: plain, text: pageNotFound },
  { semantic: 'an unknown version', request: '/api/v9', status: 404, reason: 'NotFound', text: unknown },
  { semantic: 'an unknown resource', request: '/api/v1/nope', status: 404, reason: 'NotFound', text: unknown },
  { semantic: 'an unknown resource of a group', request: gears.replace('gears', 'x'), status: 404, type: plain },
  { semantic: 'an unknown subresource', request: `${maps}/a/nope`, status: 404, reason: 'NotFound', text: unknown },
  { semantic: 'an unknown path', request: '/nope', status: 404, type: plain, text: pageNotFound },
  { semantic: 'an unknown check', request: '/healthz/nope', status: 404, type: plain, text: pageNotFound },
  { semantic: 'an OpenAPI document of nothing', request: '/openapi/v3/apis/nope/v1', status: 404, type: plain },
  {
    semantic: 'an unknown object',
    request: `${gears}/absent`,
    status: 404,
    reason: 'NotFound',
    text: 'gears.test.planform.dev "absent" not found',
  },
  // §2.1: MethodNotAllowed 405
  { semantic: 'PUT on a collection', request: { method: 'PUT', path: maps, body: {} }, status: 405, text: notAllowed },
  {
    semantic: 'PATCH on a collection',
    request: { method: 'PATCH', path: maps, body: {} },
    status: 405,
    text: notAllowed,
  },
  { semantic: 'POST on an object', request: { path: `${maps}/a`, body: {} }, status: 405, text: notAllowed },
  { semantic: 'POST to all namespaces', request: { path: '/api/v1/configmaps', body: {} }, status: 405 },
  { semantic: 'HEAD on a collection', request: { method: 'HEAD', path: maps }, status: 405 },
  { semantic: 'OPTIONS', request: { method: 'OPTIONS', path: maps }, status: 405 },
  { semantic: 'DELETE of discovery', request: { method: 'DELETE', path: '/apis' }, status: 405, text: notAllowed },
  // §2.1: 406/415 bodies list accepted types [M]; §2.3: 406 where Table is not offered
  {
    semantic: 'an unknown Accept',
    request: { path: maps, headers: { accept: 'text/html' } },
    status: 406,
    reason: 'NotAcceptable',
    text: 'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  },
  {
    semantic: 'a Table of another version',
    request: { path: maps, headers: { accept: 'application/json;as=Table;v=v2;g=meta.k8s.io' } },
    status: 406,
    reason: 'NotAcceptable',
  },
  {
    semantic: 'a body of another type',
    request: { path: maps, body: 'x', type: 'text/plain' },
    status: 415,
    reason: 'UnsupportedMediaType',
    text:
      'the body of the request was in an unknown format - accepted media types include: ' +
      'application/json, application/yaml, application/vnd.kubernetes.protobuf',
  },
  {
    // §0.1: custom resources are never protobuf
    semantic: 'protobuf of a custom resource',
    request: { path: gears, body: 'x', type: 'application/vnd.kubernetes.protobuf' },
    status: 415,
    text: /include: application\/json, application\/yaml, application\/vnd\.kubernetes\.protobuf$/,
  },
  {
    // §1.1: CR + strategic => 415 listing accepted types
    semantic: 'a strategic patch of a custom resource',
    request: { method: 'PATCH', path: `${gears}/a`, body: {}, type: 'application/strategic-merge-patch+json' },
    status: 415,
    text: /include: application\/json-patch\+json, application\/merge-patch\+json, application\/apply-patch\+yaml$/,
  },
];

test('§2.1 refusals have the codes, reasons and texts of kube-apiserver', async (t) => {
  const world = await openWireWorld({ kinds: [gear] });
  for (const { semantic, request, status, type = 'application/json', text, reason } of refused) {
    await t.test(semantic, async () => {
      const answer = await world.send(request);
      assert.equal(answer.status, status);
      assert.ok(answer.headers['content-type']?.startsWith(type), answer.text);
      const said = type === plain ? answer.text : answer.json.message;
      if (text instanceof RegExp) assert.match(said, text);
      else if (text !== undefined) assert.equal(said, text);
      if (reason !== undefined) assert.equal(answer.json.reason, reason);
      if (type === plain) return;
      // §2.1: Status: kind, apiVersion v1, metadata {}, status, message, reason, code
      const { kind, apiVersion, metadata, status: outcome, code } = answer.json;
      assert.deepEqual([kind, apiVersion, metadata, outcome, code], ['Status', 'v1', {}, 'Failure', status]);
    });
  }
});

// Kubernetes: the built-in paths of kube-apiserver take GET where those of custom resources take HEAD too.
test('§2.1 a method that a path does not take is refused with details that say nothing', async () => {
  const world = await openWireWorld({ kinds: [gear] });
  for (const [method, path] of [
    ['HEAD', maps],
    ['OPTIONS', `${maps}/a`],
    ['POST', '/version'],
  ] as const) {
    const { status, json } = await world.send({ method, path });
    assert.deepEqual([status, json.reason, json.details], [405, 'MethodNotAllowed', {}], method);
  }
});

test('§2.1 details.kind is the resource for NotFound and the kind for Invalid, and empty texts are left out', async () => {
  const world = await openWireWorld({ kinds: [gear] });
  const absent = await world.send(`${maps}/absent`);
  assert.deepEqual(absent.json.details, { name: 'absent', kind: 'configmaps' });
  const invalid = await world.send({ path: gears, body: { metadata: { name: 'g' }, spec: { teeth: 0 } } });
  assert.deepEqual(invalid.json.details, {
    name: 'g',
    group: 'test.planform.dev',
    kind: 'Gear',
    causes: [
      {
        reason: 'FieldValueInvalid',
        message: 'Invalid value: 0: spec.teeth in body should be greater than or equal to 1',
        field: 'spec.teeth',
      },
    ],
  });
  const nameless = await world.send({ path: maps, body: { metadata: {} } });
  assert.deepEqual(Object.keys(nameless.json.details).sort(), ['causes', 'kind']);
});

test('§2.1 every path of the surface answers', async () => {
  const world = await openWireWorld({ kinds: [gear] });
  const paths = ['/api', '/api/v1', '/apis', '/apis/test.planform.dev', '/apis/test.planform.dev/v1', '/openapi/v2'];
  const others = ['/openapi/v3', '/version', '/healthz', '/livez', '/readyz', '/healthz/ping', '/metrics', '/'];
  for (const path of [...paths, ...others]) assert.equal((await world.send(path)).status, 200, path);
  const { json } = await world.send('/');
  for (const path of ['/api', '/api/v1', '/apis/test.planform.dev/v1', '/healthz', '/metrics', '/version']) {
    assert.ok(json.paths.includes(path), path);
  }
  const { major, minor } = (await world.send('/version')).json;
  assert.deepEqual([major, minor], ['1', '36']);
});

test('§2.1 health says ok, or one line per check when asked or when something is wrong', async () => {
  let problem: string | undefined;
  const world = await openWireWorld({ readiness: [{ name: 'store', problem: () => problem }] });
  const ask = async (query: string) => (await world.send(`/readyz${query}`)).text;
  assert.equal(await ask(''), 'ok');
  assert.equal(await ask('?verbose'), '[+]ping ok\n[+]store ok\nreadyz check passed\n');
  const excluding = '[+]ping ok\n[+]store excluded: ok\nreadyz check passed\n';
  assert.equal(await ask('?verbose&exclude=store'), excluding);
  const warning = 'warn: some health checks cannot be excluded: no matches for "nope"\n';
  assert.ok((await ask('?verbose&exclude=nope')).includes(warning));
  problem = 'broken';
  const failed = await world.send('/readyz');
  assert.deepEqual([failed.status, failed.text.split('\n').at(-2)], [500, 'readyz check failed']);
  assert.equal(await ask('?exclude=store'), 'ok');
  assert.equal((await world.send('/livez')).text, 'ok');
});

test('§2.1 answers carry Cache-Control and Audit-Id', async () => {
  const world = await openWireWorld();
  for (const path of [maps, '/version', '/nope', `${maps}/absent`]) {
    const { headers } = await world.send(path);
    assert.deepEqual([headers['cache-control'], headers['audit-id']], ['no-cache, private', 'r1']);
  }
});

test('§2.1 JSON is indented for people, and as pretty says', async () => {
  const world = await openWireWorld();
  await world.send({ path: maps, body: { metadata: { name: 'a' } } });
  const isIndented = async (query: string, agent: string) =>
    (await world.send({ path: `${maps}/a${query}`, headers: { 'user-agent': agent } })).text.startsWith('{\n  "');
  assert.equal(await isIndented('', 'curl/8.0'), true);
  assert.equal(await isIndented('', 'Mozilla/5.0 (X11)'), true);
  assert.equal(await isIndented('', 'kubectl/v1.36.0'), false);
  assert.equal(await isIndented('?pretty=true', 'kubectl/v1.36.0'), true);
  assert.equal(await isIndented('?pretty=false', 'curl/8.0'), false);
});

test('§2.1 objects go in and out as JSON and YAML', async () => {
  const world = await openWireWorld();
  const body = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata:\n  key: "1"\n';
  const accept = { accept: 'application/yaml' };
  const created = await world.send({ path: maps, body, type: 'application/yaml', headers: accept });
  assert.deepEqual([created.status, created.headers['content-type']], [201, 'application/yaml']);
  assert.match(created.text, /^data:\n {2}key: "1"$/m);
  const list = await world.send({ path: maps, headers: accept });
  assert.match(list.text, /^kind: ConfigMapList$/m);
});

test('§2.1 a body above 3 MiB, and a JSON patch above 10,000 operations, are too large', async () => {
  const world = await openWireWorld();
  assert.equal(bodyBytesMax, 3 * 1024 * 1024);
  await world.send({ path: maps, body: { metadata: { name: 'a' } } });
  const patch = (count: number) => ({
    method: 'PATCH',
    path: `${maps}/a`,
    type: 'application/json-patch+json',
    body: Array.from({ length: count }, () => ({ op: 'test', path: '/metadata/name', value: 'a' })),
  });
  assert.equal((await world.send(patch(10_000))).status, 200);
  const { status, json } = await world.send(patch(10_001));
  assert.equal(status, 413);
  assert.equal(json.message, 'The allowed maximum operations in a JSON patch is 10000, got 10001');
});

test('§1.1 aggregated discovery is v2, v2beta1 or legacy, as Accept says, and echoes what it is', async () => {
  const world = await openWireWorld({ kinds: [gear] });
  const ask = (accept: string) => world.send({ path: '/apis', headers: { accept } });
  const as = (version: string) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
  const kubectl136 = `${as('v2')},${as('v2beta1')},application/json`;
  for (const [accept, version] of [
    [kubectl136, 'v2'],
    [`${as('v2beta1')},application/json`, 'v2beta1'],
    // 1.37 clients may add `;profile=nopeer`
    [`${as('v2')};profile=nopeer,${kubectl136}`, 'v2'],
  ] as const) {
    const { json, headers } = await ask(accept);
    assert.deepEqual([json.kind, json.apiVersion], ['APIGroupDiscoveryList', `apidiscovery.k8s.io/${version}`]);
    assert.equal(headers['content-type'], as(version));
    const item = json.items.find((one: { metadata: { name: string } }) => one.metadata.name === 'test.planform.dev');
    const [resource] = item.versions[0].resources;
    assert.deepEqual([resource.resource, resource.responseKind.kind, resource.scope], ['gears', 'Gear', 'Namespaced']);
    assert.deepEqual(resource.shortNames, ['gr']);
    assert.deepEqual(
      resource.subresources.map((one: { subresource: string }) => one.subresource),
      ['history', 'scale', 'status'],
    );
  }
  assert.equal((await ask('application/json')).json.kind, 'APIGroupList');
});

test('§1.1 discovery and OpenAPI documents have ETags, and 304 for those who have them', async () => {
  const world = await openWireWorld({ kinds: [gear] });
  const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
  for (const [path, accept] of [
    ['/apis', aggregated],
    ['/api', aggregated],
    ['/openapi/v2', 'application/json'],
    ['/openapi/v2', 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'],
    ['/openapi/v3', 'application/json'],
    ['/openapi/v3/apis/test.planform.dev/v1', 'application/json'],
  ] as const) {
    const { headers } = await world.send({ path, headers: { accept } });
    const etag = headers['etag'] ?? '';
    assert.match(etag, /^"[0-9A-F]+"$/, path);
    const again = await world.send({ path, headers: { accept, 'if-none-match': etag } });
    assert.deepEqual([again.status, again.text], [304, ''], path);
  }
});

test('§1.1 OpenAPI v3 documents are found by hash and kept for ever', async () => {
  const world = await openWireWorld({ kinds: [gear] });
  const { json } = await world.send('/openapi/v3');
  const url = json.paths['apis/test.planform.dev/v1'].serverRelativeURL as string;
  const document = await world.send(url);
  assert.match(document.headers['cache-control'] ?? '', /immutable/);
  // kubectl create looks for the `fieldValidation` parameter of PATCH and POST
  const { post } = document.json.paths['/apis/test.planform.dev/v1/namespaces/{namespace}/gears'];
  assert.ok(post.parameters.some((parameter: { name: string }) => parameter.name === 'fieldValidation'));
  const old = await world.send(url.replace(/hash=.*/, 'hash=OLD'));
  assert.deepEqual([old.status, old.headers['location']], [301, url]);
});

test('§1.1 answers above 128 KiB are compressed for those who ask', async () => {
  const world = await openWireWorld();
  const data = { a: 'x'.repeat(200_000) };
  await world.send({ path: maps, body: { metadata: { name: 'large' }, data } });
  const { headers, text } = await world.send(`${maps}/large`);
  const response = { status: 200, headers, body: Buffer.from(text) };
  assert.equal(isWorthCompressing(response, 'gzip', false), true);
  assert.equal(isWorthCompressing(response, undefined, false), false);
  assert.equal(isWorthCompressing({ ...response, body: Buffer.from('{}') }, 'gzip', false), false);
  const packed = await compressed(response);
  assert.equal(packed.headers['content-encoding'], 'gzip');
  assert.equal(gunzipSync(packed.body as Uint8Array).toString(), text);
});

test('§1.1 the name of a client names its field manager, up to the slash', async () => {
  const world = await openWireWorld();
  const headers = { 'user-agent': 'kubectl/v1.36.0 (linux/amd64)' };
  const { json } = await world.send({ path: maps, body: { metadata: { name: 'a' }, data: { a: 'b' } }, headers });
  assert.equal(json.metadata.managedFields[0].manager, 'kubectl');
});

test('§1.1 Tables have cells, and rows of metadata unless whole objects are asked for', async () => {
  const world = await openWireWorld({ kinds: [gear] });
  await world.send({ path: gears, body: { metadata: { name: 'g' }, spec: { teeth: 3 } } });
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io';
  const table = async (query: string) => (await world.send({ path: gears + query, headers: { accept } })).json;
  const { kind, apiVersion, columnDefinitions, rows } = await table('');
  assert.deepEqual([kind, apiVersion], ['Table', 'meta.k8s.io/v1']);
  // §2.3: columns from additionalPrinterColumns, + Name, + Age
  assert.deepEqual(
    columnDefinitions.map((column: { name: string }) => column.name),
    ['Name', 'Teeth', 'Age'],
  );
  assert.deepEqual(rows[0].cells, ['g', 3, '0s']);
  assert.deepEqual([rows[0].object.kind, rows[0].object.spec], ['PartialObjectMetadata', undefined]);
  assert.equal((await table('?includeObject=Object')).rows[0].object.spec.teeth, 3);
  assert.equal((await table('?includeObject=None')).rows[0].object, null);
});
