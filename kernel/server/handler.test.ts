import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../base/logger.ts';
import { seededRandom } from '../base/random.ts';
import { systemClock } from '../base/system-clock.ts';
import type { Authorizer, Credentials } from '../ports/auth.ts';
import type { ApiResponse } from '../ports/endpoint.ts';
import { handlerTransport } from '../client/http/handler-transport.ts';
import { readWhole } from '../client/http/transport.ts';
import { type FlowConfiguration, FlowControl } from './flowcontrol/flow-control.ts';
import { FakeResources, fakeCatalog, gadget, widget } from './testing/fake-resources.ts';
import { createHandler, type HandlerOptions } from './handler.ts';

const admin: Credentials = { bearerToken: 'admin' };
const widgets = '/apis/test.planform.dev/v1/namespaces/a/widgets';

/** A handler on a fake registry: the token `admin` may do everything, anybody may read discovery and health. */
function setUp(extra: Partial<HandlerOptions> = {}) {
  const resources = new FakeResources();
  const authorizer: Authorizer = {
    authorize: ({ user, path }) => ({
      verdict: user.name === 'admin' || path === '/version' ? 'allow' : 'noOpinion',
      reason: '',
    }),
  };
  const handler = createHandler({
    resources,
    catalog: fakeCatalog(),
    authenticator: {
      authenticate: ({ bearerToken }) => (bearerToken === 'admin' ? { name: 'admin', groups: [] } : undefined),
    },
    authorizer,
    clock: systemClock,
    random: seededRandom(1),
    logger: silentLogger,
    version: { product: '0.0.1', gitCommit: '', buildDate: '' },
    runtime: { name: 'node', platform: 'test' },
    ...extra,
  });
  return { resources, handler };
}

interface Sent {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly credentials?: Credentials;
}

async function send<T = Readonly<Record<string, unknown>>>(
  handler: ReturnType<typeof createHandler>,
  path: string,
  sent: Sent = {},
) {
  const { method = 'GET', body, headers = {}, credentials = admin } = sent;
  const transport = handlerTransport(handler, { credentials, clock: systemClock, random: seededRandom(2) });
  const response = await transport.request({
    method,
    path,
    headers,
    body: body === undefined ? undefined : Buffer.from(body),
    signal: new AbortController().signal,
  });
  const text = Buffer.from(await readWhole(response.body, 1e8)).toString('utf8');
  const isJson = response.headers['content-type']?.startsWith('application/json') === true && text !== '';
  return { ...response, text, json: (isJson ? JSON.parse(text) : undefined) as T };
}

test('handle() answers the bytes of an object as they are stored', async () => {
  const { handler, resources } = setUp();
  const stored = resources.seed(widget, 'a', 'w', { spec: { size: 'L' } });
  const response = await send(handler, `${widgets}/w`);
  assert.equal(response.status, 200);
  assert.equal(response.headers['content-type'], 'application/json');
  assert.equal(response.headers['cache-control'], 'no-cache, private');
  assert.match(response.headers['audit-id'] ?? '', /^[0-9a-f-]{36}$/);
  assert.equal(response.text, Buffer.from(stored.bytes).toString());
});

test('handle() lists with the type, revision and page of the list in front', async () => {
  const { handler, resources } = setUp();
  for (const name of ['x', 'y', 'z']) resources.seed(widget, 'a', name);
  const response = await send<{ items: { metadata: { name: string } }[] }>(handler, `${widgets}?limit=2`);
  assert.deepEqual(
    { ...response.json, items: [] },
    {
      kind: 'WidgetList',
      apiVersion: 'test.planform.dev/v1',
      metadata: { resourceVersion: '3', continue: '2', remainingItemCount: 1 },
      items: [],
    },
  );
  assert.deepEqual(
    response.json.items.map((item) => item.metadata.name),
    ['x', 'y'],
  );
});

test('handle() streams a list of 1,000 large objects without losing one', async () => {
  const { handler, resources } = setUp();
  for (let index = 0; index < 1_000; index++)
    resources.seed(widget, 'a', `w${index}`, { spec: { size: 'x'.repeat(1_400) } });
  for (const accept of ['application/json', 'application/json;as=Table;v=v1;g=meta.k8s.io']) {
    const { json } = await send<{ items?: unknown[]; rows?: unknown[] }>(handler, widgets, { headers: { accept } });
    const { items, rows } = json;
    assert.equal((items ?? rows)?.length, 1_000);
  }
});

test('handle() runs every verb with its options', async () => {
  const { handler, resources } = setUp();
  const object = JSON.stringify({ metadata: { name: 'w' }, spec: { size: 'S' } });
  const json = { 'content-type': 'application/json' };
  const steps: readonly (readonly [string, string, Sent, number, string, unknown])[] = [
    [
      'POST',
      `${widgets}?fieldManager=me&fieldValidation=Strict&dryRun=All`,
      { body: object, headers: json },
      201,
      'create',
      { dryRun: true, fieldManager: 'me', fieldValidation: 'Strict' },
    ],
    ['PUT', `${widgets}/w`, { body: object }, 200, 'update', {}],
    [
      'PATCH',
      `${widgets}/w`,
      { body: '{"spec":{"size":"M"}}', headers: { 'content-type': 'application/merge-patch+json' } },
      200,
      'patch-merge',
      {},
    ],
    [
      'PATCH',
      `${widgets}/w/status`,
      { body: '[]', headers: { 'content-type': 'application/json-patch+json' } },
      200,
      'patch-json',
      {},
    ],
    [
      'PATCH',
      `${widgets}/w?fieldManager=k&force=true`,
      { body: 'metadata: {name: w}', headers: { 'content-type': 'application/apply-patch+yaml' } },
      200,
      'apply',
      { fieldManager: 'k', force: true },
    ],
    [
      'PATCH',
      `${widgets}/w2?fieldManager=k`,
      { body: '{"metadata":{"name":"w2"}}', headers: { 'content-type': 'application/apply-patch+yaml' } },
      201,
      'apply',
      { fieldManager: 'k' },
    ],
    [
      'DELETE',
      `${widgets}/w2`,
      { body: '{"propagationPolicy":"Foreground","preconditions":{"uid":"u"},"dryRun":["All"]}' },
      200,
      'delete',
      { dryRun: true, propagationPolicy: 'Foreground', preconditions: { uid: 'u' } },
    ],
    [
      'DELETE',
      `${widgets}/w?propagationPolicy=Background&gracePeriodSeconds=0`,
      {},
      200,
      'delete',
      { propagationPolicy: 'Background', gracePeriodSeconds: 0 },
    ],
  ];
  for (const [method, path, sent, status, call, options] of steps) {
    const response = await send(handler, path, { method, ...sent });
    assert.equal(response.status, status, `${method} ${path}: ${response.text}`);
    assert.match(resources.calls.at(-1) ?? '', new RegExp(`^${call} `));
    assert.deepEqual(resources.lastOptions, options);
    assert.match(response.headers['x-planform-resource-version'] ?? '', /^\d+$/);
  }
  assert.equal((await send(handler, `${widgets}/w`)).status, 404);
});

test('handle() answers a finished delete with a Status', async () => {
  const { handler, resources } = setUp();
  resources.seed(widget, 'a', 'w');
  const { json } = await send(handler, `${widgets}/w`, { method: 'DELETE' });
  assert.deepEqual(json, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name: 'w', group: 'test.planform.dev', kind: 'widgets', uid: 'uid-w' },
  });
});

test('handle() refuses with the Status a client expects', async () => {
  const { handler, resources } = setUp();
  resources.seed(widget, 'a', 'w');
  const many = 'x'.repeat(3 * 1024 * 1024 + 1);
  const cases: readonly (readonly [string, Sent, number, RegExp])[] = [
    [`${widgets}/none`, {}, 404, /widgets.test.planform.dev "none" not found/],
    [`${widgets}/w`, { method: 'POST' }, 405, /does not allow this method/],
    ['/apis/test.planform.dev/v1/widgets', { method: 'POST' }, 405, /does not allow this method/],
    [
      widgets,
      { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } },
      415,
      /accepted media types include: application\/json/,
    ],
    [widgets, { method: 'POST', body: '{' }, 400, /Cannot parse JSON/],
    [widgets, { method: 'POST', body: '[]' }, 400, /not a JSON object/],
    [widgets, { method: 'POST', body: many }, 413, /limit is 3145728/],
    [widgets, { headers: { accept: 'text/html' } }, 406, /only the following media types are accepted/],
    [
      `${widgets}/w`,
      { method: 'PATCH', body: '{}', headers: { 'content-type': 'application/strategic-merge-patch+json' } },
      415,
      /application\/merge-patch\+json/,
    ],
    [
      `${widgets}/w`,
      { method: 'PATCH', body: '{}', headers: { 'content-type': 'application/apply-patch+yaml' } },
      422,
      /fieldManager: Required value/,
    ],
    [`${widgets}?dryRun=some`, { method: 'POST', body: '{}' }, 422, /dryRun: Unsupported value/],
    [`${widgets}?limit=many`, {}, 400, /parsing "many": invalid syntax/],
    [`${widgets}?resourceVersionMatch=Exact`, {}, 422, /resourceVersionMatch is forbidden unless/],
    [`${widgets}?watch=true&sendInitialEvents=true`, {}, 422, /sendInitialEvents requires setting/],
    [`${widgets}?watch=true&fieldSelector=bad%3D1`, {}, 400, /field label not supported/],
    [`${widgets}/w`, { credentials: { bearerToken: 'wrong' } }, 401, /^Unauthorized$/],
    [
      `${widgets}/w`,
      { credentials: {} },
      403,
      /^widgets.test.planform.dev "w" is forbidden: User "system:anonymous" cannot get resource "widgets" in API group "test.planform.dev" in the namespace "a"$/,
    ],
    ['/api', { credentials: {} }, 403, /^forbidden: User "system:anonymous" cannot get path "\/api"$/],
  ];
  for (const [path, sent, code, message] of cases) {
    const { status, json } = await send(handler, path, sent);
    const shown = `${sent.method ?? 'GET'} ${path}`;
    assert.equal(status, code, shown);
    assert.equal(json['kind'], 'Status', shown);
    assert.equal(json['code'], code, shown);
    assert.match(String(json['message']), message, shown);
  }
});

test('handle() authorizes before it reads the body', async () => {
  const { handler } = setUp();
  const { status } = await send(handler, widgets, { method: 'POST', body: '{', credentials: {} });
  assert.equal(status, 403);
});

test('handle() answers paths nobody serves in plain words', async () => {
  const { handler } = setUp();
  for (const path of [
    '/nonsense',
    '/apis/nothing.planform.dev/v1/widgets',
    '/apis/test.planform.dev/v9/widgets',
    `${widgets}/w/odd`,
    '/apis/test.planform.dev/v1/widgets/w',
  ]) {
    const response = await send(handler, path);
    assert.deepEqual([response.status, response.text], [404, '404 page not found\n'], path);
  }
});

test('handle() makes tables with name, the columns of the kind and age', async () => {
  const { handler, resources } = setUp();
  resources.seed(widget, 'a', 'w', { spec: { size: 'L' } });
  const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };
  const { json } = await send(handler, widgets, { headers });
  const { columnDefinitions, rows } = json as {
    columnDefinitions: { name: string }[];
    rows: { cells: unknown[]; object: { kind: string; metadata: { name: string } } }[];
  };
  assert.deepEqual(
    columnDefinitions.map((column) => column.name),
    ['Name', 'Size', 'Age'],
  );
  assert.deepEqual(rows[0]?.cells.slice(0, 2), ['w', 'L']);
  assert.match(String(rows[0]?.cells[2]), /^\d+y/);
  assert.deepEqual([rows[0]?.object.kind, rows[0]?.object.metadata.name], ['PartialObjectMetadata', 'w']);
  const bare = await send(handler, `${widgets}/w?includeObject=None`, { headers });
  assert.deepEqual(bare.json['kind'], 'Table');
  assert.equal((bare.json as { rows: { object: unknown }[] }).rows[0]?.object, null);
});

test('handle() answers metadata only, YAML and indented JSON when asked', async () => {
  const { handler, resources } = setUp();
  resources.seed(widget, 'a', 'w', { spec: { size: 'L' } });
  const partial = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
  const list = await send(handler, widgets, { headers: { accept: partial } });
  assert.equal(list.json['kind'], 'PartialObjectMetadataList');
  const yaml = await send(handler, widgets, { headers: { accept: 'application/yaml' } });
  assert.match(yaml.text, /^kind: WidgetList\napiVersion: test.planform.dev\/v1\n[^]*\nitems:\n- apiVersion/);
  const pretty = await send(handler, `${widgets}/w?pretty=true`);
  assert.match(pretty.text, /^{\n {2}"apiVersion"/);
});

test('handle() answers an older version of a kind with its apiVersion and a warning', async () => {
  const { handler, resources } = setUp();
  resources.seed(widget, 'a', 'w');
  const { json, headers } = await send(handler, '/apis/test.planform.dev/v1beta1/namespaces/a/widgets/w');
  assert.equal(json['apiVersion'], 'test.planform.dev/v1beta1');
  assert.equal(headers['warning'], '299 - "widgets v1beta1 is old"');
});

test('handle() shows the history of an object', async () => {
  const { handler, resources } = setUp();
  resources.seed(widget, 'a', 'w');
  const { json } = await send(handler, `${widgets}/w/history?limit=5`);
  assert.equal(json['kind'], 'ObjectHistory');
  assert.deepEqual(json['metadata'], { name: 'w', namespace: 'a', resourceVersion: '7' });
  assert.equal(resources.calls.at(-1), 'history-5 widgets.test.planform.dev/a/w');
  assert.equal((json as { entries: { time: string }[] }).entries[0]?.time, '1970-01-01T00:00:00.000000Z');
  assert.deepEqual(json['gap'], {
    through: '7',
    reason: 'StoreBudget',
    message: 'Changes up to revision 7 may be missing: the store was larger than its budget',
  });
  assert.equal((await send(handler, `${widgets}/w/history?limit=0`)).status, 400);
});

test('handle() serves strategic merge for the kinds that declare it', async () => {
  const { handler, resources } = setUp();
  resources.seed(gadget, '', 'g');
  const headers = { 'content-type': 'application/strategic-merge-patch+json' };
  const { status } = await send(handler, '/api/v1/gadgets/g', { method: 'PATCH', body: '{}', headers });
  assert.equal(status, 200);
});

test('handle() tells version and health', async () => {
  const { handler } = setUp({ readiness: [{ name: 'store', problem: () => 'disk is full' }] });
  const version = await send(handler, '/version', { credentials: {} });
  assert.deepEqual([version.json['minor'], version.json['gitVersion']], ['36', 'v1.36.0+planform0.0.1']);
  assert.equal((await send(handler, '/livez')).text, 'ok');
  const ready = await send(handler, '/readyz');
  assert.equal(ready.status, 500);
  assert.match(ready.text, /\[\+\]ping ok\n\[-\]store failed: reason withheld\nreadyz check failed/);
  assert.equal((await send(handler, '/readyz?exclude=store')).text, 'ok');
  assert.equal((await send(handler, '/readyz/ping')).text, 'ok');
  assert.equal((await send(handler, '/readyz/none')).status, 404);
});

test('handle() hides its own failures and says where to look', async () => {
  const { handler, resources } = setUp();
  resources.get = async () => {
    throw new TypeError('secret detail');
  };
  const { status, json } = await send(handler, `${widgets}/w`);
  assert.equal(status, 500);
  assert.equal(json['reason'], 'InternalError');
  assert.doesNotMatch(String(json['message']), /secret/);
});

test('handle() serves subresource handlers, computed resources and paths of a program', async () => {
  const seen: string[] = [];
  const { handler, resources } = setUp({
    subresources: [
      {
        resource: 'widgets.test.planform.dev',
        subresource: 'log',
        verbs: { GET: 'get' },
        handle: async ({ name, rest }) => {
          seen.push(`${name} ${rest.join('/')}`);
          return { status: 200, headers: { 'content-type': 'text/plain' }, body: Buffer.from('line\n') };
        },
      },
    ],
    computed: [
      {
        definition: { ...gadget, kind: 'Review', plural: 'reviews' },
        create: async ({ body, user }) => ({ ...body, status: { user: user.name } }),
      },
    ],
    paths: [
      {
        prefix: '/console',
        isPublic: true,
        handle: async (_request, user) => ({ status: 200, headers: {}, body: Buffer.from(user.name) }),
      },
    ],
  });
  resources.seed(widget, 'a', 'w');
  assert.equal((await send(handler, `${widgets}/w/log/x/y`)).text, 'line\n');
  assert.deepEqual(seen, ['w x/y']);
  assert.equal((await send(handler, `${widgets}/w/log`, { method: 'POST' })).status, 405);
  const review = await send(handler, '/api/v1/reviews', { method: 'POST', body: '{"kind":"Review"}' });
  assert.deepEqual([review.status, review.json], [201, { kind: 'Review', status: { user: 'admin' } }]);
  assert.equal((await send(handler, '/console/app.js', { credentials: {} })).text, 'system:anonymous');
  assert.equal((await send(handler, '/consoles', { credentials: {} })).status, 403);
});

// Kubernetes server/filters: what priority and fairness refuses is told in plain text, and says by which objects.
test('handle() refuses what flow control does not let through', async () => {
  const metadata = (name: string) => ({ name, uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: '' });
  const limited = { nominalConcurrencyShares: 1, limitResponse: { type: 'Reject' } };
  const type = (kind: string) => ({
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind,
    metadata: metadata('catch-all'),
  });
  const mandatory: FlowConfiguration = {
    schemas: [{ ...type('FlowSchema'), spec: { priorityLevelConfiguration: { name: 'catch-all' } } }],
    levels: [{ ...type('PriorityLevelConfiguration'), spec: { type: 'Limited', limited } }],
  };
  const flowControl = new FlowControl({ clock: systemClock, seats: 1, mandatory, sizeOf: () => undefined });
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<ApiResponse>();
  const handle = () => {
    begun.resolve();
    return ended.promise;
  };
  const { handler } = setUp({ flowControl, paths: [{ prefix: '/slow', isPublic: true, handle }] });
  const slow = send(handler, '/slow');
  await begun.promise;
  const refused = await send(handler, '/version');
  assert.deepEqual([refused.status, refused.text], [429, 'Too many requests, please try again later.\n']);
  assert.equal(refused.headers['retry-after'], '1');
  assert.equal(refused.headers['x-kubernetes-pf-flowschema-uid'], 'uid-catch-all');
  assert.equal(refused.headers['x-kubernetes-pf-prioritylevel-uid'], 'uid-catch-all');
  ended.resolve({ status: 200, headers: {}, body: undefined });
  assert.equal((await slow).status, 200);
  await systemClock.yieldToOthers();
  assert.equal((await send(handler, '/version')).status, 200);
});
