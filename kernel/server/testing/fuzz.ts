/** Requests that are almost right, by the thousand: none of them may make the kernel fail. */
import assert from 'node:assert/strict';
import type { Random } from '../../base/random.ts';
import type { Credentials } from '../../ports/auth.ts';
import type { ApiRequest, ApiResponse, RequestHandler } from '../../ports/endpoint.ts';

/** A request of which everything can be mutated. */
export interface FuzzDraft {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Text where it is made of text; bytes for protobuf. */
  readonly body: string | Uint8Array;
}

const json = 'application/json';
const protobuf = 'application/vnd.kubernetes.protobuf';
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
const patch = (type: string, body: unknown): FuzzDraft => ({
  method: 'PATCH',
  url: `${maps}/a?fieldManager=me&force=true`,
  headers: { 'content-type': `application/${type}` },
  body: JSON.stringify(body),
});
const get = (url: string, accept = json): FuzzDraft => ({ method: 'GET', url, headers: { accept }, body: '' });

/** A write with a JSON body. */
export function fuzzWrite(method: string, url: string, body: object, type = json): FuzzDraft {
  return { method, url, headers: { 'content-type': type, accept: json }, body: JSON.stringify(body) };
}

/** A create with a protobuf body. */
export function fuzzProtobuf(url: string, body: Uint8Array): FuzzDraft {
  return { method: 'POST', url, headers: { 'content-type': protobuf, accept: `${protobuf},${json}` }, body };
}

/** What kubectl 1.32 posts for `kubectl create configmap cm`. */
const mapInProtobuf = 'azhzAAoPCgJ2MRIJQ29uZmlnTWFwEicKEgoCY20SABoAIgAqADIAOABCABIGCgFhEgExEgkKAWISBHp3ZWkaACIA';

/** Requests as clients send them, on the kinds of the kernel and the kind `Widget`. */
export const fuzzDrafts: readonly FuzzDraft[] = [
  fuzzWrite('POST', `${maps}?fieldManager=kubectl&fieldValidation=Strict&dryRun=All`, map),
  fuzzWrite('POST', maps, map),
  fuzzWrite('PUT', `${maps}/a`, map),
  fuzzProtobuf(maps, Uint8Array.fromBase64(mapInProtobuf)),
  fuzzWrite('POST', '/api/v1/namespaces/default/secrets', {
    kind: 'Secret',
    apiVersion: 'v1',
    metadata: { generateName: 's-' },
    stringData: { a: 'b' },
    data: { c: 'ZA==' },
    type: 'Opaque',
  }),
  fuzzWrite('POST', '/api/v1/namespaces', { metadata: { name: 'team' }, spec: { finalizers: ['kubernetes'] } }),
  fuzzWrite('PUT', '/api/v1/namespaces/team/finalize', { metadata: { name: 'team' }, spec: { finalizers: [] } }),
  fuzzWrite('POST', widgets, { metadata: { name: 'w' }, spec: { size: 3 }, status: {} }),
  fuzzWrite('PUT', `${widgets}/w/status`, { metadata: { name: 'w' }, status: { phase: 'Up' } }),
  fuzzWrite('PUT', `${widgets}/w/scale`, { metadata: { name: 'w' }, spec: { replicas: 2 } }),
  fuzzWrite('DELETE', `${maps}/a?gracePeriodSeconds=0`, {
    propagationPolicy: 'Foreground',
    preconditions: { uid: 'u' },
  }),
  fuzzWrite('DELETE', `${maps}?labelSelector=app%3Dweb`, {}),
  {
    ...fuzzWrite('POST', maps, {}, 'application/yaml'),
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
  get(`${maps}/a?includeObject=Object&pretty=true`, `${protobuf},application/yaml`),
  get('/apis', 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'),
  get('/openapi/v3/apis/test.planform.dev/v1?hash=AB'),
  get('/readyz?verbose&exclude=ping'),
  get('/metrics'),
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

/** A request that differs from a valid one in at most three places. */
function mutated(valid: readonly FuzzDraft[], random: Random): FuzzDraft {
  let draft = pick(valid, random);
  for (let count = Math.floor(random.nextFloat() * 4); count > 0; count--)
    draft = pick(mutations, random)(draft, random, valid);
  return draft;
}

type Mutation = (draft: FuzzDraft, random: Random, valid: readonly FuzzDraft[]) => FuzzDraft;

const mutations: readonly Mutation[] = [
  (draft, random) => ({
    ...draft,
    method: pick(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'FOO'], random),
  }),
  (draft, random) => ({ ...draft, url: spliced(draft.url, /[/?&=,]/g, random) }),
  (draft, random, valid) => ({ ...draft, url: pick(valid, random).url }),
  (draft, random, valid) => ({ ...draft, headers: { ...draft.headers, ...pick(valid, random).headers } }),
  (draft, random) => ({
    ...draft,
    headers: {
      ...draft.headers,
      [pick(['accept', 'content-type', 'impersonate-user', 'if-none-match'], random)]: pick(oddTexts, random),
    },
  }),
  (draft, random, valid) => ({ ...draft, body: pick(valid, random).body }),
  (draft, random) => ({ ...draft, body: splicedBody(draft.body, random) }),
  (draft, random) => ({ ...draft, body: draft.body.slice(0, Math.floor(random.nextFloat() * draft.body.length)) }),
  (draft, random) => ({ ...draft, body: noisy(draft.body, random) }),
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

function splicedBody(body: FuzzDraft['body'], random: Random): FuzzDraft['body'] {
  return typeof body === 'string' ? spliced(body, /[{}[\]:,"]/g, random) : noisy(body, random);
}

/** Changes one to eight bytes, or gives nothing but noise. */
function noisy(body: FuzzDraft['body'], random: Random): Uint8Array {
  if (random.nextFloat() < 0.1) return random.bytes(Math.floor(random.nextFloat() * 200));
  const bytes = Uint8Array.from(Buffer.from(body));
  for (let count = 1 + Math.floor(random.nextFloat() * 8); count > 0 && bytes.length > 0; count--) {
    bytes[Math.floor(random.nextFloat() * bytes.length)] = Math.floor(random.nextFloat() * 256);
  }
  return bytes;
}

/** Replaces, adds or removes one value anywhere in a JSON body. */
function withOddValue(draft: FuzzDraft, random: Random): FuzzDraft {
  if (typeof draft.body !== 'string') return { ...draft, body: noisy(draft.body, random) };
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

/** Reads the beginning of an answer and hangs up. */
async function begun({ body }: ApiResponse): Promise<string> {
  if (body === undefined || body instanceof Uint8Array) return Buffer.from(body ?? []).toString();
  for await (const chunk of body) return Buffer.from(chunk).toString();
  return '';
}

function requestOf({ method, url, headers, body }: FuzzDraft, who: Credentials, signal: AbortSignal): ApiRequest {
  const question = url.indexOf('?');
  return {
    method,
    path: question < 0 ? url : url.slice(0, question),
    query: new URLSearchParams(question < 0 ? '' : url.slice(question + 1)),
    headers,
    credentials: who,
    readBody: () => Promise.resolve(Buffer.from(body)),
    signal,
    receivedAtMs: 0,
    requestId: 'r',
  };
}

/** What a fuzz run needs. */
export interface FuzzOptions {
  readonly handler: RequestHandler;
  readonly credentials: Credentials;
  readonly random: Random;
  readonly requestCount: number;
  /** Requests to start from; each is also sent as it is, first. */
  readonly drafts: readonly FuzzDraft[];
  /** What the kernel logged as a failure of its own; empty it stays. */
  readonly failures: readonly string[];
}

/**
 * Sends valid requests and mutations of them, one after the other. Watches are left at once.
 * @returns how often each status was answered. Fails at the first answer that is a failure of the kernel: a 500, a
 *   Status that is no JSON, anything logged as a failure.
 */
export async function fuzz(options: FuzzOptions): Promise<ReadonlyMap<number, number>> {
  const { handler, credentials, random, requestCount, drafts, failures } = options;
  const statuses = new Map<number, number>();
  for (let index = 0; index < requestCount; index++) {
    const draft = index < drafts.length ? (drafts[index] as FuzzDraft) : mutated(drafts, random);
    const request = new AbortController();
    const answered = handler.handle(requestOf(draft, credentials, request.signal));
    // A watch that has nothing to say yet is left at once.
    const hangUp = draft.url.includes('watch') ? setImmediate(() => request.abort()) : undefined;
    const response = await answered;
    const text = await begun(response);
    clearImmediate(hangUp);
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
    const isOurs = response.status === 500 || failures.length > 0;
    assert.ok(!isOurs, `request ${index}: ${shown(draft)} ${text} ${failures.join()}`);
    if (response.headers['content-type'] === json && response.status >= 400) JSON.parse(text);
  }
  return statuses;
}

function shown({ body, ...draft }: FuzzDraft): string {
  return JSON.stringify({ ...draft, body: typeof body === 'string' ? body : Buffer.from(body).toString('base64') });
}
