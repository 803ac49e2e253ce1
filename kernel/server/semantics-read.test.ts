/** What gets, lists and watches do, semantic by semantic: research/kernel.md §2.3 and §0.3. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gears, maps } from './testing/gear-world.ts';
import { gear } from './testing/kubectl-world.ts';
import { openWireWorld, type WireAnswer, type WireEvent, type WireWorld } from './testing/wire-world.ts';

/** A world with the config maps `a` … `e`, made at the revisions 2 … 6. */
async function setUp(): Promise<WireWorld> {
  const world = await openWireWorld({ kinds: [gear] });
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    await world.send({ path: maps, body: { metadata: { name, labels: { app: name } } } });
  }
  return world;
}

function namesIn({ json }: WireAnswer): readonly string[] {
  return json.items.map((item: { metadata: { name: string } }) => item.metadata.name);
}

/** `ADDED a@2`. */
function told(events: readonly WireEvent[]): readonly string[] {
  return events.map(({ type, object: { metadata } }) => `${type} ${metadata.name ?? ''}@${metadata.resourceVersion}`);
}

function label(world: WireWorld, name: string, labels: object): Promise<WireAnswer> {
  const type = 'application/merge-patch+json';
  return world.send({ method: 'PATCH', path: `${maps}/${name}`, type, body: { metadata: { labels } } });
}

interface Refusal {
  readonly semantic: string;
  readonly path: string;
  readonly status: number;
  readonly message: string | RegExp;
}

const invalid = 'ListOptions.meta.k8s.io "" is invalid: ';
const refused: readonly Refusal[] = [
  {
    semantic: 'Exact with RV 0 is invalid',
    path: `${maps}?resourceVersion=0&resourceVersionMatch=Exact`,
    status: 422,
    message: `${invalid}resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"`,
  },
  {
    semantic: 'match without RV is invalid',
    path: `${maps}?resourceVersionMatch=NotOlderThan`,
    status: 422,
    message: `${invalid}resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided`,
  },
  {
    semantic: 'match with continue is invalid',
    path: `${maps}?resourceVersion=1&resourceVersionMatch=Exact&continue=x`,
    status: 422,
    message: `${invalid}resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided`,
  },
  {
    semantic: 'an unknown match',
    path: `${maps}?resourceVersion=1&resourceVersionMatch=Near`,
    status: 422,
    message: `${invalid}resourceVersionMatch: Unsupported value: "Near": supported values: "Exact", "NotOlderThan", ""`,
  },
  {
    semantic: 'sendInitialEvents is for watches',
    path: `${maps}?sendInitialEvents=true`,
    status: 422,
    message: `${invalid}sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list`,
  },
  {
    semantic: 'sendInitialEvents requires resourceVersionMatch=NotOlderThan (422)',
    path: `${maps}?watch=1&sendInitialEvents=true`,
    status: 422,
    message: `${invalid}resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan`,
  },
  {
    semantic: 'sendInitialEvents requires it also when it is false',
    path: `${maps}?watch=1&sendInitialEvents=false&resourceVersionMatch=Exact`,
    status: 422,
    message: /requires setting resourceVersionMatch to NotOlderThan/,
  },
  {
    semantic: 'match without sendInitialEvents is no option of a watch',
    path: `${maps}?watch=1&resourceVersionMatch=NotOlderThan&resourceVersion=1`,
    status: 422,
    message: `${invalid}resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided`,
  },
  { semantic: 'an RV is a decimal number', path: `${maps}?resourceVersion=abc`, status: 400, message: /"abc"/ },
  { semantic: 'an RV of a watch too', path: `${maps}?watch=1&resourceVersion=abc`, status: 400, message: /"abc"/ },
  {
    semantic: 'continue with RV',
    path: `${maps}?resourceVersion=3&continue=${token({ v: 'meta.k8s.io/v1', rv: 3, start: 'default a' })}`,
    status: 400,
    message: 'specifying resource version is not allowed when using continue',
  },
  {
    semantic: 'continue is path-traversal checked',
    path: `${maps}?continue=${token({ v: 'meta.k8s.io/v1', rv: 3, start: '../secrets' })}`,
    status: 400,
    message: 'invalid continue token: continue key is not valid: ../secrets',
  },
  {
    semantic: 'a continue of another version',
    path: `${maps}?continue=${token({ v: 'meta.k8s.io/v2', rv: 3, start: 'a' })}`,
    status: 400,
    message: /server does not recognize this encoded version meta\.k8s\.io\/v2$/,
  },
  {
    semantic: 'a continue without a start',
    path: `${maps}?continue=${token({ v: 'meta.k8s.io/v1', rv: 3, start: '' })}`,
    status: 400,
    message: /encoded start key empty/,
  },
  {
    semantic: 'a continue that is garbage',
    path: `${maps}?continue=%21%21`,
    status: 400,
    message: /^invalid continue token/,
  },
  {
    semantic: 'unknown field => 400 "field label not supported" [M]',
    path: `${gears}?fieldSelector=spec.teeth%3D1`,
    status: 400,
    message: 'field label not supported: spec.teeth',
  },
  {
    semantic: 'unknown field of a type without own fields',
    path: `${maps}?watch=1&fieldSelector=data.x%3D1`,
    status: 400,
    message: '"data.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
  },
  {
    semantic: 'a label selector that is none',
    path: `${maps}?labelSelector=a%20b`,
    status: 400,
    message: "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
  },
];

function token(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

test('§2.3 reads are refused as kube-apiserver refuses them', async (t) => {
  const world = await setUp();
  for (const { semantic, path, status, message } of refused) {
    await t.test(semantic, async () => {
      const answer = await world.send(path);
      assert.equal(answer.status, status, answer.text);
      if (message instanceof RegExp) assert.match(answer.json.message, message);
      else assert.equal(answer.json.message, message);
    });
  }
});

test('§2.3 list: "" is consistent, 0 is any, N is not older, Exact is exact', async () => {
  const world = await setUp();
  const list = async (query: string) => {
    const answer = await world.send(`${maps}?${query}`);
    return [answer.json.metadata.resourceVersion, namesIn(answer).join('')];
  };
  assert.deepEqual(await list(''), ['6', 'abcde']);
  assert.deepEqual(await list('resourceVersion=0'), ['6', 'abcde']);
  assert.deepEqual(await list('resourceVersion=3'), ['6', 'abcde']);
  assert.deepEqual(await list('resourceVersion=3&resourceVersionMatch=NotOlderThan'), ['6', 'abcde']);
  assert.deepEqual(await list('resourceVersion=3&resourceVersionMatch=Exact'), ['3', 'ab']);
});

test('§2.3 get: "" is the newest, 0 any, N not older', async () => {
  const world = await setUp();
  for (const query of ['', '?resourceVersion=0', '?resourceVersion=2', '?resourceVersion=6']) {
    assert.equal((await world.send(`${maps}/a${query}`)).status, 200);
  }
});

test('§2.3 a future RV waits 3 s, then 504 Timeout with cause and retryAfterSeconds 1 [M]', async () => {
  const world = await setUp();
  for (const path of [maps, `${maps}/a`, `${maps}?limit=1`]) {
    const asked = world.send(`${path}${path.includes('?') ? '&' : '?'}resourceVersion=9999`);
    await world.clock.advance(2_999);
    await world.clock.advance(1);
    const { status, headers, json } = await asked;
    assert.deepEqual([status, json.reason, headers['retry-after']], [504, 'Timeout', '1']);
    assert.equal(json.message, 'Timeout: Too large resource version: 9999, current: 6');
    const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }];
    assert.deepEqual(json.details, { causes, retryAfterSeconds: 1 });
  }
  const soon = world.send(`${maps}/f?resourceVersion=7`);
  await world.send({ path: maps, body: { metadata: { name: 'f' } } });
  assert.equal((await soon).status, 200);
});

test('§2.3 continue is base64url of {v, rv, start}; pages are of one revision; remainingItemCount only without selectors', async () => {
  const world = await setUp();
  const first = await world.send(`${maps}?limit=2`);
  const { continue: next, remainingItemCount, resourceVersion } = first.json.metadata;
  assert.deepEqual([namesIn(first).join(''), remainingItemCount, resourceVersion], ['ab', 3, '6']);
  const decoded = JSON.parse(Buffer.from(next, 'base64url').toString()) as unknown;
  assert.deepEqual(decoded, { v: 'meta.k8s.io/v1', rv: 6, start: 'default b\0' });
  await world.send({ path: maps, body: { metadata: { name: 'bb' } } });
  await world.send({ method: 'DELETE', path: `${maps}/d` });
  const second = await world.send(`${maps}?limit=2&continue=${next}`);
  assert.deepEqual([namesIn(second).join(''), second.json.metadata.resourceVersion], ['cd', '6']);
  assert.equal(second.json.metadata.remainingItemCount, 1);
  const last = await world.send(`${maps}?limit=2&continue=${second.json.metadata.continue}`);
  assert.deepEqual([namesIn(last).join(''), last.json.metadata.continue], ['e', undefined]);
  const selected = await world.send(`${maps}?limit=1&labelSelector=app`);
  assert.equal(selected.json.metadata.remainingItemCount, undefined);
  assert.notEqual(selected.json.metadata.continue, undefined);
});

test('§2.3 watch: ADDED, MODIFIED, DELETED; DELETED carries the last object with the deletion RV', async () => {
  const world = await setUp();
  const watch = await world.watch(`${maps}?watch=true&resourceVersion=6`);
  await world.send({ path: maps, body: { metadata: { name: 'f' }, data: { k: 'v' } } });
  await label(world, 'f', { x: 'y' });
  await world.send({ method: 'DELETE', path: `${maps}/f` });
  const events = watch.taken();
  assert.deepEqual(told(events), ['ADDED f@7', 'MODIFIED f@8', 'DELETED f@9']);
  const { data, metadata } = events[2]?.object ?? {};
  assert.deepEqual([data, metadata.labels], [{ k: 'v' }, { x: 'y' }]);
});

test('§2.3 watch: RV "" or 0 begins with synthetic ADDED, in the order of a list; a revision goes on after it', async () => {
  const world = await setUp();
  const present = ['ADDED a@2', 'ADDED b@3', 'ADDED c@4', 'ADDED d@5', 'ADDED e@6'];
  for (const query of ['', '&resourceVersion=0']) {
    assert.deepEqual(told((await world.watch(`${maps}?watch=1${query}`)).taken()), present);
  }
  assert.deepEqual(told((await world.watch(`${maps}?watch=1&resourceVersion=4`)).taken()), ['ADDED d@5', 'ADDED e@6']);
});

test('§2.3 watch: selector transitions become ADDED and DELETED', async () => {
  const world = await setUp();
  const watch = await world.watch(`${maps}?watch=1&resourceVersion=6&labelSelector=app%3Dz`);
  await label(world, 'a', { app: 'z' });
  await label(world, 'a', { more: 'x' });
  await label(world, 'a', { app: null });
  const events = watch.taken();
  assert.deepEqual(told(events), ['ADDED a@7', 'MODIFIED a@8', 'DELETED a@9']);
  assert.deepEqual(events[2]?.object.metadata.labels, { app: 'z', more: 'x' });
});

test('§2.3 watch: bookmarks about every minute and just before the timeout', async () => {
  const world = await setUp();
  const watch = await world.watch(`${maps}?watch=1&resourceVersion=6&allowWatchBookmarks=true&timeoutSeconds=90`);
  const silent = await world.watch(`${maps}?watch=1&resourceVersion=6&timeoutSeconds=90`);
  await world.clock.advance(60_000);
  const [bookmark] = watch.taken();
  assert.deepEqual(bookmark, {
    type: 'BOOKMARK',
    object: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { resourceVersion: '6' } },
  });
  await world.send({ path: '/api/v1/namespaces', body: { metadata: { name: 'other' } } });
  await world.clock.advance(30_000);
  assert.deepEqual(told(watch.taken()), ['BOOKMARK @7']);
  assert.deepEqual([silent.taken(), watch.isEnded(), silent.isEnded()], [[], true, true]);
});

test('§2.3 watch: sendInitialEvents ends with a marked bookmark only where bookmarks are allowed', async () => {
  // §0.3: client-go >= 0.35 starts every informer so
  const world = await setUp();
  const query = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan';
  const events = (await world.watch(`${maps}?${query}&allowWatchBookmarks=true&resourceVersion=4`)).taken();
  assert.equal(events.length, 6);
  const { type, object } = events[5] as WireEvent;
  assert.deepEqual([type, object.metadata.resourceVersion], ['BOOKMARK', '6']);
  assert.deepEqual(object.metadata.annotations, { 'k8s.io/initial-events-end': 'true' });
  assert.deepEqual(told((await world.watch(`${maps}?${query}`)).taken()).at(-1), 'ADDED e@6');
});

test('§2.3 watch: sendInitialEvents=false begins with what happens from now on', async () => {
  const world = await setUp();
  const query = 'watch=1&sendInitialEvents=false&resourceVersionMatch=NotOlderThan';
  const watches = [await world.watch(`${maps}?${query}`), await world.watch(`${maps}?${query}&resourceVersion=0`)];
  await label(world, 'a', { x: 'y' });
  for (const watch of watches) assert.deepEqual(told(watch.taken()), ['MODIFIED a@7']);
});

test('§2.3 watch: too old => HTTP 200 + ERROR event 410 "too old resource version: X (Y)" [M]', async () => {
  const world = await setUp();
  world.registry.core.cache.resource('configmaps').raiseEventFloor(5);
  const watch = await world.watch(`${maps}?watch=1&resourceVersion=3`);
  const [{ type, object } = { type: '', object: undefined }] = watch.taken();
  assert.deepEqual([type, object.kind, object.code, object.reason], ['ERROR', 'Status', 410, 'Expired']);
  assert.equal(object.message, 'too old resource version: 3 (5)');
});

test('§2.3 watch: all watchers see one global order (conformance: receive events on concurrent watches in same order)', async () => {
  const world = await setUp();
  const watches = [];
  for (const after of ['2', '6', '4']) watches.push(await world.watch(`${maps}?watch=1&resourceVersion=${after}`));
  await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => label(world, name, { x: name })));
  const seen = watches.map((watch) => told(watch.taken()).filter((event) => event.startsWith('MODIFIED')));
  assert.equal(seen[0]?.length, 5);
  assert.deepEqual(seen[1], seen[0]);
  assert.deepEqual(seen[2], seen[0]);
});

test('§2.3 watch: one object by name, as kubectl get -w asks for it', async () => {
  // §1.1: `fieldSelector=metadata.name=X&resourceVersion=0&watch=true`
  const world = await setUp();
  const watch = await world.watch(`${maps}?fieldSelector=metadata.name%3Db&resourceVersion=0&watch=true`);
  await label(world, 'a', { x: 'y' });
  await label(world, 'b', { x: 'y' });
  assert.deepEqual(told(watch.taken()), ['ADDED b@3', 'MODIFIED b@8']);
});

test('§2.3 watch: the first Table event explains the columns, later ones do not', async () => {
  const world = await setUp();
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  const watch = await world.watch(`${maps}?watch=1&allowWatchBookmarks=1&timeoutSeconds=1`, { accept });
  await world.clock.advance(1_000);
  const [first, second, ...rest] = watch.taken();
  assert.equal(first?.object.columnDefinitions.length, 3);
  assert.equal(second?.object.columnDefinitions, null);
  const { type, object } = rest.at(-1) as WireEvent;
  assert.deepEqual([type, object.kind, object.rows, object.metadata.resourceVersion], ['BOOKMARK', 'Table', [], '6']);
});

test('§2.3 selectors: =, ==, !=, in, notin, exists, !', async () => {
  const world = await setUp();
  await label(world, 'e', { app: null });
  const select = async (selector: string) =>
    namesIn(await world.send(`${maps}?labelSelector=${encodeURIComponent(selector)}`)).join('');
  assert.equal(await select('app=a'), 'a');
  assert.equal(await select('app==a'), 'a');
  assert.equal(await select('app!=a'), 'bcde');
  assert.equal(await select('app in (a, b)'), 'ab');
  assert.equal(await select('app notin (a, b)'), 'cde');
  assert.equal(await select('app'), 'abcd');
  assert.equal(await select('!app'), 'e');
  assert.equal(await select('app,app!=b'), 'acd');
});

test('§2.3 selectors: metadata.name and metadata.namespace of every kind', async () => {
  const world = await setUp();
  const select = async (selector: string) =>
    namesIn(await world.send(`/api/v1/configmaps?fieldSelector=${encodeURIComponent(selector)}`)).join('');
  assert.equal(await select('metadata.name=b'), 'b');
  assert.equal(await select('metadata.name!=b'), 'acde');
  assert.equal(await select('metadata.namespace=default,metadata.name==c'), 'c');
  assert.equal(await select('metadata.namespace!=default'), '');
});

test('§2.3 selectors: the fields of events, secrets and namespaces', async () => {
  const world = await setUp();
  const involved = { kind: 'ConfigMap', namespace: 'default', name: 'a', uid: 'u' };
  const event = {
    metadata: { name: 'e', namespace: 'default' },
    involvedObject: involved,
    reason: 'R',
    type: 'Normal',
  };
  const made = await world.send({ path: '/api/v1/namespaces/default/events', body: event });
  assert.equal(made.status, 201, made.text);
  await world.send({
    path: '/api/v1/namespaces/default/secrets',
    body: { metadata: { name: 's' }, type: 'example/x' },
  });
  const count = async (path: string, selector: string) =>
    namesIn(await world.send(`/api/v1/${path}?fieldSelector=${encodeURIComponent(selector)}`)).length;
  for (const part of ['name=a', 'namespace=default', 'kind=ConfigMap', 'uid=u']) {
    assert.equal(await count('events', `involvedObject.${part}`), 1, part);
  }
  assert.equal(await count('events', 'reason=R,type=Normal'), 1);
  assert.equal(await count('events', 'reason=other'), 0);
  assert.equal(await count('secrets', 'type=example/x'), 1);
  assert.equal(await count('namespaces', 'status.phase=Active'), 1);
  assert.equal(await count('namespaces', 'status.phase=Terminating'), 0);
});
