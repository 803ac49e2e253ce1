import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../base/logger.ts';
import { type Random, seededRandom } from '../base/random.ts';
import { systemClock } from '../base/system-clock.ts';
import { kernelKinds } from '../kinds/index.ts';
import type { ApiRequest, ApiResponse } from '../ports/endpoint.ts';
import { openRegistry } from '../registry/registry.ts';
import { openMemoryStore } from '../store/memory/memory-store.ts';
import { createHandler } from './handler.ts';
import { widget } from './testing/fake-resources.ts';

const requestCount = 12_000;

/** A request as text, so that everything about it can be mutated. */
interface Draft {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const json = 'application/json';
const maps = '/api/v1/namespaces/default/configmaps';
const widgets = '/apis/test.planform.dev/v1/namespaces/default/widgets';
const map = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name: 'a',
    labels: { app: 'web', 'a.b/c': 'd' },
    annotations: { note: 'x' },
    finalizers: ['a.b/c'],
    ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'b', uid: 'u', controller: true }],
    managedFields: [
      { manager: 'm', operation: 'Apply', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: { 'f:data': {} } },
    ],
  },
  data: { key: 'value', other: 'text' },
  binaryData: { bytes: 'aGk=' },
};
const patch = (type: string, body: unknown): Draft => ({
  method: 'PATCH',
  url: `${maps}/a?fieldManager=me&force=true`,
  headers: { 'content-type': `application/${type}` },
  body: JSON.stringify(body),
});
const get = (url: string, accept = json): Draft => ({ method: 'GET', url, headers: { accept }, body: '' });
const write = (method: string, url: string, body: object, type = json): Draft => ({
  method,
  url,
  headers: { 'content-type': type, accept: json },
  body: JSON.stringify(body),
});

/** Requests as clients send them. */
const valid: readonly Draft[] = [
  write('POST', `${maps}?fieldManager=kubectl&fieldValidation=Strict&dryRun=All`, map),
  write('POST', maps, map),
  write('PUT', `${maps}/a`, map),
  write('POST', '/api/v1/namespaces/default/secrets', {
    kind: 'Secret',
    apiVersion: 'v1',
    metadata: { generateName: 's-' },
    stringData: { a: 'b' },
    data: { c: 'ZA==' },
    type: 'Opaque',
  }),
  write('POST', '/api/v1/namespaces', { metadata: { name: 'team' }, spec: { finalizers: ['kubernetes'] } }),
  write('POST', widgets, { metadata: { name: 'w' }, spec: { size: 3 }, status: {} }),
  write('PUT', `${widgets}/w/status`, { metadata: { name: 'w' }, status: { phase: 'Up' } }),
  write('PUT', `${widgets}/w/scale`, { metadata: { name: 'w' }, spec: { replicas: 2 } }),
  write('DELETE', `${maps}/a?gracePeriodSeconds=0`, { propagationPolicy: 'Foreground', preconditions: { uid: 'u' } }),
  write('DELETE', `${maps}?labelSelector=app%3Dweb`, {}),
  {
    ...write('POST', maps, {}, 'application/yaml'),
    body: 'apiVersion: v1\nkind: ConfigMap\nmetadata: &m {name: y, labels: {a: b}}\ndata: {a: "1", b: *m}\n',
  },
  patch('merge-patch+json', { metadata: { labels: { app: null, b: 'c' } }, data: { key: null } }),
  patch('strategic-merge-patch+json', {
    metadata: { ownerReferences: [{ uid: 'u', $patch: 'delete' }] },
    data: { $patch: 'replace', a: 'b' },
  }),
  patch('json-patch+json', [
    { op: 'test', path: '/data/key', value: 'value' },
    { op: 'move', from: '/data/key', path: '/data/moved' },
    { op: 'add', path: '/metadata/finalizers/-', value: 'x.y/z' },
    { op: 'copy', from: '/data', path: '/metadata/annotations' },
    { op: 'remove', path: '/binaryData' },
  ]),
  patch('apply-patch+yaml', { ...map, metadata: { name: 'a', labels: { app: 'web' } } }),
  get(`${maps}?limit=2&continue=&labelSelector=app in (web,api),!x,tier!%3Dfront&fieldSelector=metadata.name!%3Db`),
  get(`${maps}?watch=1&timeoutSeconds=1&allowWatchBookmarks=true&resourceVersion=1`),
  get(`${maps}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=`),
  get(`${maps}/a/history?limit=5`),
  get(maps, 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json'),
  get(`${maps}/a?includeObject=Object&pretty=true`, 'application/vnd.kubernetes.protobuf,application/yaml'),
  get('/apis', 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'),
  get('/openapi/v3/apis/test.planform.dev/v1?hash=AB'),
  get('/readyz?verbose&exclude=ping'),
  get('/api/v1/namespaces/default/events?fieldSelector=involvedObject.name%3Da'),
];

const oddTexts = [
  '',
  '0',
  '-1',
  'null',
  '%00',
  '%2f',
  '..',
  '/',
  '__proto__',
  'constructor',
  'toString',
  '\u0000',
  '\ud800',
  '👍'.repeat(20),
  '{"',
  '[[[[',
  'a'.repeat(300),
  'system:masters',
  '9'.repeat(30),
  '1e309',
  '$(x)',
  '\n',
  '*',
  '!',
  '&a',
  '*a',
  '<<',
  '---',
];
const oddValues: readonly unknown[] = [
  ...oddTexts,
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  [],
  {},
  [[]],
  [null],
  { $patch: 'delete' },
  { '': '' },
];

const pick = <T>(items: readonly T[], random: Random): T => items[Math.floor(random.nextFloat() * items.length)] as T;

/** A request that differs from a valid one in one to three places. */
function mutated(random: Random): Draft {
  let draft = pick(valid, random);
  for (let count = 1 + Math.floor(random.nextFloat() * 3); count > 0; count--)
    draft = pick(mutations, random)(draft, random);
  return draft;
}

type Mutation = (draft: Draft, random: Random) => Draft;

const mutations: readonly Mutation[] = [
  (draft, random) => ({
    ...draft,
    method: pick(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'FOO'], random),
  }),
  (draft, random) => ({ ...draft, url: spliced(draft.url, /[/?&=,]/g, random) }),
  (draft, random) => ({ ...draft, url: pick(valid, random).url }),
  (draft, random) => ({ ...draft, headers: { ...draft.headers, ...pick(valid, random).headers } }),
  (draft, random) => ({
    ...draft,
    headers: {
      ...draft.headers,
      [pick(['accept', 'content-type', 'impersonate-user', 'if-none-match'], random)]: pick(oddTexts, random),
    },
  }),
  (draft, random) => ({ ...draft, body: pick(valid, random).body }),
  (draft, random) => ({ ...draft, body: spliced(draft.body, /[{}[\]:,"]/g, random) }),
  (draft, random) => ({ ...draft, body: draft.body.slice(0, Math.floor(random.nextFloat() * draft.body.length)) }),
  withOddValue,
  withOddValue,
  withOddValue,
];

/** Puts an odd text where a separator is, or in place of what follows it. */
function spliced(text: string, separators: RegExp, random: Random): string {
  const places = [...text.matchAll(separators)].map((match) => match.index + 1);
  const at = places.length === 0 ? 0 : pick(places, random);
  const next = places.find((place) => place > at) ?? text.length + 1;
  return text.slice(0, at) + pick(oddTexts, random) + text.slice(random.nextFloat() < 0.5 ? at : next - 1);
}

/** Replaces, adds or removes one value anywhere in a JSON body. */
function withOddValue(draft: Draft, random: Random): Draft {
  let root: unknown;
  try {
    root = JSON.parse(draft.body);
  } catch {
    return draft; // it was cut or spliced before: there is no tree to change
  }
  const objects: Record<string, unknown>[] = [];
  const collect = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return;
    objects.push(value as Record<string, unknown>);
    for (const item of Object.values(value)) collect(item);
  };
  collect(root);
  if (objects.length === 0) return draft;
  const target = pick(objects, random);
  const key = pick([...Object.keys(target), pick(oddTexts, random)], random);
  if (random.nextFloat() < 0.2) delete target[key];
  else
    Object.defineProperty(target, key, {
      value: pick(oddValues, random),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  return { ...draft, body: JSON.stringify(root) };
}

/** Reads the beginning of a streamed answer and hangs up. */
async function begun({ body }: ApiResponse): Promise<string> {
  if (body === undefined || body instanceof Uint8Array) return Buffer.from(body ?? []).toString();
  for await (const chunk of body) return Buffer.from(chunk).toString();
  return '';
}

function requestOf({ method, url, headers, body }: Draft, signal: AbortSignal): ApiRequest {
  const question = url.indexOf('?');
  return {
    method,
    path: question < 0 ? url : url.slice(0, question),
    query: new URLSearchParams(question < 0 ? '' : url.slice(question + 1)),
    headers,
    credentials: { bearerToken: 'x' },
    readBody: () => Promise.resolve(Buffer.from(body)),
    signal,
    receivedAtMs: 0,
    requestId: 'r',
  };
}

test(`handle() answers ${requestCount} requests that are almost right, and none with a failure of its own`, async () => {
  const random = seededRandom(20_261_120);
  const failures: string[] = [];
  const tools = { clock: systemClock, random: seededRandom(1) };
  const stop = new AbortController();
  const registry = await openRegistry(
    {
      store: openMemoryStore(),
      kinds: [...kernelKinds, widget],
      admission: [],
      log: silentLogger,
      ...tools,
      onFatal: (error) => failures.push(String(error)),
    },
    stop.signal,
  );
  const handler = createHandler({
    resources: registry.resources,
    catalog: registry.catalog,
    authenticator: { authenticate: () => ({ name: 'admin', groups: [] }) },
    authorizer: { authorize: () => ({ verdict: 'allow', reason: '' }) },
    logger: { ...silentLogger, error: (message, fields) => failures.push(`${message} ${JSON.stringify(fields)}`) },
    version: { product: '0', gitCommit: '', buildDate: '' },
    runtime: { name: 'node', platform: 'test' },
    ...tools,
  });
  const statuses = new Map<number, number>();
  for (let index = 0; index < requestCount; index++) {
    const draft = index < valid.length ? (valid[index] as Draft) : mutated(random);
    const request = new AbortController();
    const answered = handler.handle(requestOf(draft, request.signal));
    // A watch that has nothing to say yet is left at once.
    const hangUp = draft.url.includes('watch') ? setImmediate(() => request.abort()) : undefined;
    const response = await answered;
    const text = await begun(response);
    clearImmediate(hangUp);
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
    assert.notEqual(response.status, 500, `request ${index}: ${JSON.stringify(draft)} ${text} ${failures.join()}`);
    if (response.headers['content-type'] === json && response.status >= 400) JSON.parse(text);
  }
  assert.deepEqual(failures, []);
  for (const status of [200, 201, 400, 404, 405, 406, 409, 415, 422])
    assert.ok((statuses.get(status) ?? 0) > 5, `few ${status}: ${JSON.stringify([...statuses])}`);
  await registry.close();
});
