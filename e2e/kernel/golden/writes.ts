import type { Conversation, Sequence } from './conversation.ts';
import { group } from './definitions.ts';

const widgets = `/apis/${group}/v1/namespaces/default/widgets`;

/** A Widget with these fields; `metadata` is merged into its name. */
export function widget(name: string, spec: object, metadata: object = {}): object {
  return {
    apiVersion: `${group}/v1`,
    kind: 'Widget',
    metadata: { name, ...metadata },
    spec: { color: 'red', ...spec },
  };
}

/** Fields that one kind of value each breaks. */
const brokenSpecs: readonly object[] = [
  { size: 101 },
  { size: -1 },
  { size: 1.5 },
  { size: '1' },
  { size: null },
  { color: 'pink' },
  { color: null },
  { color: 5 },
  { label: 'a' },
  { label: 'abcdefghijk' },
  { label: 'ABC' },
  { label: 'A' },
  { ratio: 0.3 },
  { ratio: 0 },
  { ratio: -0.5 },
  { flag: 'yes' },
  { port: 80 },
  { port: 'http' },
  { port: 1.5 },
  { port: true },
  { port: null },
  { maybe: null },
  { never: null },
  { when: 'yesterday' },
  { when: '2020-01-01T00:00:00Z' },
  { day: '2020-13-01' },
  { span: '1y' },
  { span: '1h30m' },
  { mail: 'nobody' },
  { address: '1.2.3' },
  { id: 'abc' },
  { bytes: '***' },
  { link: 'no link' },
  { small: 3_000_000_000 },
  { atoms: [] },
  { atoms: ['a', 'b', 'c', 'd'] },
  { atoms: [1] },
  { atoms: [null] },
  { set: ['a', 'b', 'a'] },
  { items: [{ value: 1 }] },
  { items: [{ name: 'a' }, { name: 'a' }] },
  { items: [{ name: 'a' }, { name: 'a', protocol: 'UDP' }] },
  {
    items: [
      { name: 'a', value: 'x' },
      { name: 'b', value: 'y' },
    ],
  },
  { items: 'text' },
  { items: {} },
  { items: [null] },
  { items: null },
  { map: { a: 'b', c: 'd', e: 'f', g: 'h' } },
  { map: { a: 1 } },
  { map: { a: null } },
  { map: [] },
  { atomicMap: { a: 5 } },
  { nested: { b: {} } },
  { nested: null },
  { nested: 'text' },
  { nested: { a: 'x', b: { c: 1, d: 2 } } },
  { free: { any: [1, { thing: null }] } },
  { free: 1 },
  { embedded: {} },
  { embedded: { apiVersion: 'v1' } },
  { embedded: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'UPPER!', labels: { a: 'b c' } } } },
  {
    embedded: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'fine', nonsense: 1, labels: { a: 5 } },
      spec: { kept: true },
    },
  },
  { embedded: { apiVersion: 'a/b/c', kind: 'no kind' } },
  { either: {} },
  { either: { x: 1 } },
  { either: { x: 1, y: 2 } },
  { low: 5, high: 3 },
  { label: 'bad' },
  { size: 13 },
  { low: 5, high: 3, label: 'bad', size: 13 },
  { size: 101, color: 'pink', label: 'A', low: 5, high: 3 },
  { size: 1e3 },
  { low: 1.0 },
  { ratio: 1e20 },
];

async function creates(say: Conversation): Promise<void> {
  say.note('defaults, pruning');
  await say.post(widgets, widget('plain', {}));
  await say.post(widgets, widget('plain', {}));
  await say.post(
    widgets,
    widget('pruned', { unknown: 1, nested: { unknown: { a: 1 } }, items: [{ name: 'a', unknown: 1 }] }),
  );
  await say.post(
    `${widgets}?fieldValidation=Strict`,
    widget('strict', { unknown: 1, nested: { unknown: { a: 1 } }, items: [{ name: 'a', unknown: 1 }] }),
  );
  await say.post(`${widgets}?fieldValidation=Ignore`, widget('ignored', { unknown: 1 }));
  await say.post(`${widgets}?fieldValidation=Sometimes`, widget('sometimes', {}));
  say.note('one field wrong at a time');
  for (const spec of brokenSpecs) await say.post(`${widgets}?dryRun=All`, widget('broken', spec));
  for (const number of ['9007199254740993', '1e400', '1.0', '5e0', '-0']) {
    const text = JSON.stringify(widget('broken', { low: 'NUMBER' })).replace('"NUMBER"', number);
    await say.post(`${widgets}?dryRun=All`, text);
  }
  say.note('shapes');
  for (const body of [widget('x', {}), widget('x', {}, { namespace: 'other' })])
    await say.post(`${widgets}?dryRun=All`, body);
  for (const body of [
    {},
    [],
    'text',
    '{',
    '',
    'null',
    '5',
    '{"kind":"Widget"}',
    '{"apiVersion":"golden.example.com/v1"}',
  ])
    await say.post(widgets, body);
  await say.post(widgets, { apiVersion: `${group}/v2`, kind: 'Widget', metadata: { name: 'x' } });
  await say.post(widgets, { apiVersion: `${group}/v1`, kind: 'Other', metadata: { name: 'x' } });
  await say.post(widgets, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } });
  await say.post(widgets, { apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name: 'x' } });
  await say.post(widgets, { apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name: 'x' }, spec: null });
  await say.post(widgets, { apiVersion: `${group}/v1`, kind: 'Widget', spec: {} });
  await say.post(widgets, { apiVersion: `${group}/v1`, kind: 'Widget', metadata: null });
  await say.post(`${widgets}?dryRun=All`, { ...widget('rootfields', {}), extra: 1, status: { size: 5 } });
  await say.post(`${widgets}?dryRun=All&fieldValidation=Strict`, {
    ...widget('rootfields', {}),
    extra: 1,
    metadata: { name: 'rootfields', nonsense: 1 },
  });
  await say.post(
    `${widgets}?fieldValidation=Strict`,
    '{"apiVersion":"golden.example.com/v1","kind":"Widget","metadata":{"name":"twice","name":"twice"},"spec":{"color":"red","color":"blue","a":1}}',
  );
  await say.post(
    `${widgets}?dryRun=All`,
    '{"apiVersion":"golden.example.com/v1","kind":"Widget","metadata":{"name":"twice"},"spec":{"color":"red","color":"blue","a":1}}',
  );
  await say.post(
    `${widgets}?dryRun=All&fieldValidation=Strict`,
    'apiVersion: golden.example.com/v1\nkind: Widget\nmetadata:\n  name: twice\nspec:\n  color: red\n  color: blue\n',
    { 'content-type': 'application/yaml' },
  );
  await say.post(
    `${widgets}?dryRun=All`,
    'apiVersion: golden.example.com/v1\nkind: Widget\nmetadata: {name: yaml}\nspec: {color: red, size: 5}\n',
    { 'content-type': 'application/yaml' },
  );
  for (const type of [
    'application/xml',
    'text/plain',
    'application/json; charset=utf-8',
    'application/vnd.kubernetes.protobuf',
    'nonsense',
  ])
    await say.post(`${widgets}?dryRun=All`, widget('typed', {}), { 'content-type': type });
  say.note('options');
  for (const query of [
    'dryRun=None',
    'dryRun=all',
    'dryRun=All&dryRun=All',
    'dryRun=',
    'fieldManager=',
    `fieldManager=${'x'.repeat(129)}`,
    'fieldManager=a%00b',
    'pretty=true',
    'unknown=1',
    'force=true',
  ])
    await say.post(`${widgets}?dryRun=All&${query}`, widget('optional', {}));
}

async function metadata(say: Conversation): Promise<void> {
  const wrong: readonly object[] = [
    { name: 'UPPER' },
    { name: 'a_b' },
    { name: 'a'.repeat(254) },
    { name: '-a' },
    { name: '' },
    { name: 'a/b' },
    { name: '.' },
    { name: '..' },
    { name: 'a%b' },
    { name: 5 },
    { name: null },
    { labels: { 'a b': 'c' } },
    { labels: { a: 'b c' } },
    { labels: { a: 5 } },
    { labels: { 'x/y/z': 'a' } },
    { labels: { a: 'x'.repeat(64) } },
    { labels: 'a' },
    { labels: null },
    { labels: { '': 'a' } },
    { labels: { a: null } },
    { annotations: { 'a b': 'c' } },
    { annotations: { a: 5 } },
    { annotations: { A: 'x' } },
    { annotations: { 'Up.Case/x': '1' } },
    { finalizers: ['a'] },
    { finalizers: ['a/b'] },
    { finalizers: ['a b/c'] },
    { finalizers: ['example.com/f', 'example.com/f'] },
    { finalizers: 'a' },
    { finalizers: ['orphan', 'foregroundDeletion'] },
    { ownerReferences: [{}] },
    { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'a', uid: '1' }] },
    {
      ownerReferences: [
        { apiVersion: 'v1', kind: 'Pod', name: 'a', uid: '1', controller: true },
        { apiVersion: 'v1', kind: 'Pod', name: 'b', uid: '2', controller: true },
      ],
    },
    { ownerReferences: [{ apiVersion: 'v1', kind: 'Event', name: 'a', uid: '1' }] },
    { ownerReferences: [{ apiVersion: 'a/b/c', kind: 'Pod', name: 'a', uid: '1' }] },
    { resourceVersion: '5' },
    { resourceVersion: 'abc' },
    { uid: 'mine' },
    { generation: 7 },
    { generation: -1 },
    { creationTimestamp: '2000-01-01T00:00:00Z' },
    { creationTimestamp: 'x' },
    { deletionTimestamp: '2000-01-01T00:00:00Z' },
    { deletionGracePeriodSeconds: 5 },
    { selfLink: '/x' },
    { namespace: '' },
    { namespace: 'other' },
    { namespace: 5 },
    { managedFields: [{}] },
    { managedFields: [{ manager: 'm', operation: 'Update' }] },
    { managedFields: [] },
    { managedFields: 'x' },
    { nonsense: true },
    { generateName: 'UPPER-' },
    { generateName: 'ok-' },
  ];
  for (const one of wrong) await say.post(`${widgets}?dryRun=All`, widget('meta', {}, one));
  say.note('strict');
  for (const one of wrong.slice(0, 12))
    await say.post(`${widgets}?dryRun=All&fieldValidation=Strict`, widget('meta', {}, { nonsense: 1, ...one }));
}

async function updates(say: Conversation): Promise<void> {
  const path = `${widgets}/updated`;
  await say.put(path, widget('updated', {}));
  const made = await say.post(
    widgets,
    widget('updated', { fixed: 'a', items: [{ name: 'a', value: 1 }] }, { labels: { a: 'b' } }),
  );
  const first = (made.json['metadata'] as { resourceVersion: string; uid: string } | undefined) ?? {
    resourceVersion: '',
    uid: '',
  };
  await say.put(path, widget('updated', {}));
  await say.put(path, widget('updated', {}, { resourceVersion: '0' }));
  await say.put(path, widget('updated', {}, { resourceVersion: 'abc' }));
  await say.put(path, widget('other', {}, { resourceVersion: first.resourceVersion }));
  await say.put(path, widget('updated', {}, { resourceVersion: first.resourceVersion, namespace: 'other' }));
  await say.put(path, widget('updated', {}, { resourceVersion: first.resourceVersion, uid: 'other' }));
  await say.put(path, widget('updated', { fixed: 'b' }, { resourceVersion: first.resourceVersion }));
  await say.put(
    path,
    widget('updated', { fixed: 'b', size: 101, low: 2, high: 1 }, { resourceVersion: first.resourceVersion }),
  );
  say.note('nothing changes');
  await say.put(
    path,
    widget(
      'updated',
      { fixed: 'a', items: [{ name: 'a', value: 1 }] },
      { resourceVersion: first.resourceVersion, labels: { a: 'b' } },
    ),
  );
  say.note('only metadata, then spec, then status that is ignored');
  await say.put(
    path,
    widget(
      'updated',
      { fixed: 'a', items: [{ name: 'a', value: 1 }] },
      { resourceVersion: first.resourceVersion, labels: { a: 'c' } },
    ),
  );
  await say.put(
    path,
    widget('updated', { fixed: 'a', items: [{ name: 'a', value: 2 }] }, { resourceVersion: first.resourceVersion }),
  );
  const now = (await say.get(path)).json['metadata'] as { resourceVersion: string };
  const changed = await say.put(
    path,
    { ...widget('updated', { fixed: 'a', size: 9 }, { resourceVersion: now.resourceVersion }), status: { size: 4 } },
    { 'user-agent': 'second/2' },
  );
  const second = (changed.json['metadata'] as { resourceVersion: string } | undefined)?.resourceVersion ?? '';
  say.note('what may not change');
  for (const part of [
    { generation: 9 },
    { creationTimestamp: '2000-01-01T00:00:00Z' },
    { deletionTimestamp: '2000-01-01T00:00:00Z' },
    { managedFields: [{}] },
    { managedFields: [] },
    { generateName: 'x-' },
    { selfLink: 'x' },
  ]) {
    await say.put(
      `${path}?dryRun=All`,
      widget('updated', { fixed: 'a', size: 9 }, { resourceVersion: second, ...part }),
    );
  }
  await say.put(`${widgets}/${'x'.repeat(300)}`, widget('x'.repeat(300), {}));
  await say.put(widgets, widget('updated', {}));
  await say.post(path, widget('updated', {}));
  for (const body of ['', '{', '[]', 'null']) await say.put(path, body);
}

async function subresources(say: Conversation): Promise<void> {
  const path = `${widgets}/parts`;
  await say.get(`${path}/status`);
  await say.get(`${path}/scale`);
  const made = await say.post(widgets, { ...widget('parts', { size: 2 }), status: { size: 9 } });
  const { resourceVersion = '' } = (made.json['metadata'] ?? {}) as { resourceVersion?: string };
  await say.get(`${path}/status`);
  await say.get(`${path}/scale`);
  await say.put(`${path}/status`, {
    ...widget('parts', { size: 50 }, { resourceVersion, labels: { ignored: 'yes' } }),
    status: { size: 3, phase: 'Up', selector: 'a=b', conditions: [{ type: 'Ready', status: 'True' }] },
  });
  await say.get(`${path}/scale`);
  await say.merge(`${path}/status`, { status: { size: 'x' } });
  await say.merge(
    `${path}/status`,
    { status: { phase: 'Down', unknown: 1 }, spec: { size: 77 } },
    { 'user-agent': 'controller/1' },
  );
  await say.merge(path, { status: { phase: 'Ignored' } });
  await say.json(`${path}/status`, [
    { op: 'add', path: '/status/conditions/-', value: { type: 'Ready', status: 'False' } },
  ]);
  await say.apply(`${path}/status?fieldManager=applier`, {
    apiVersion: `${group}/v1`,
    kind: 'Widget',
    metadata: { name: 'parts' },
    status: { conditions: [{ type: 'Applied', status: 'True' }] },
  });
  await say.apply(`${path}/status?fieldManager=applier`, {
    apiVersion: `${group}/v1`,
    kind: 'Widget',
    metadata: { name: 'parts' },
    status: { phase: 'Mine' },
  });
  say.note('scale');
  await say.merge(`${path}/scale`, { spec: { replicas: 5 } }, { 'user-agent': 'scaler/1' });
  await say.get(path);
  await say.merge(`${path}/scale`, { spec: { replicas: -1 } });
  await say.merge(`${path}/scale`, { spec: { replicas: 1000 } });
  await say.merge(`${path}/scale`, { spec: { replicas: 'x' } });
  await say.merge(`${path}/scale`, { metadata: { resourceVersion: '1' }, spec: { replicas: 6 } });
  await say.put(`${path}/scale`, {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name: 'parts', namespace: 'default' },
    spec: { replicas: 7 },
  });
  await say.put(`${path}/scale`, {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name: 'other', namespace: 'default' },
    spec: { replicas: 7 },
  });
  await say.put(`${path}/scale`, {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name: 'parts' },
    spec: {},
  });
  await say.put(`${path}/scale`, widget('parts', {}));
  await say.apply(`${path}/scale?fieldManager=applier`, {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name: 'parts' },
    spec: { replicas: 8 },
  });
  await say.get(`${path}/nothing`);
  await say.remove(`${path}/status`);
  await say.post(`${path}/status`, {});
  await say.get(`${widgets}/absent/scale`);
  await say.merge(`${widgets}/absent/status`, {});
}

async function deletes(say: Conversation): Promise<void> {
  const path = `${widgets}/gone`;
  await say.remove(path);
  const made = await say.post(widgets, widget('gone', {}));
  const { uid = '', resourceVersion = '' } = (made.json['metadata'] ?? {}) as {
    uid?: string;
    resourceVersion?: string;
  };
  await say.remove(path, { preconditions: { uid: 'wrong' } });
  await say.remove(path, { preconditions: { resourceVersion: '1' } });
  await say.remove(path, { preconditions: { uid, resourceVersion: '1' } });
  for (const body of [
    '{',
    '[]',
    { propagationPolicy: 'Sometimes' },
    { gracePeriodSeconds: -1 },
    { gracePeriodSeconds: 'x' },
    { orphanDependents: true, propagationPolicy: 'Orphan' },
    { dryRun: ['Some'] },
    { kind: 'Widget', apiVersion: `${group}/v1` },
    { kind: 'DeleteOptions', apiVersion: 'v1', unknown: 1, dryRun: ['All'] },
  ])
    await say.remove(path, body);
  await say.remove(`${path}?dryRun=All`);
  await say.remove(`${path}?propagationPolicy=Never`);
  await say.remove(`${path}?gracePeriodSeconds=x`);
  await say.remove(path, { preconditions: { uid, resourceVersion } });
  await say.get(path);
  say.note('finalizers');
  await say.post(widgets, widget('held', {}, { finalizers: ['example.com/a', 'example.com/b'] }));
  const held = `${widgets}/held`;
  await say.remove(`${held}?dryRun=All`);
  await say.remove(held, { gracePeriodSeconds: 30 });
  await say.remove(held);
  await say.merge(held, { metadata: { finalizers: ['example.com/a', 'example.com/b', 'example.com/c'] } });
  await say.merge(held, { metadata: { deletionTimestamp: null } });
  await say.merge(held, { spec: { size: 5 } });
  await say.merge(held, { metadata: { finalizers: ['example.com/b'] } });
  await say.merge(`${held}?dryRun=All`, { metadata: { finalizers: null } });
  await say.merge(held, { metadata: { finalizers: null } });
  await say.get(held);
  say.note('propagation');
  for (const policy of ['Orphan', 'Background']) {
    await say.post(widgets, widget(`policy-${policy.toLowerCase()}`, {}, { finalizers: ['example.com/a'] }));
    await say.remove(`${widgets}/policy-${policy.toLowerCase()}`, { propagationPolicy: policy });
  }
  say.note('many');
  for (const name of ['many-a', 'many-b', 'many-c'])
    await say.post(widgets, widget(name, {}, { labels: { many: name } }));
  await say.remove(`${widgets}?labelSelector=many%3Dmany-a`);
  await say.remove(`${widgets}?labelSelector=many&dryRun=All`);
  await say.remove(`${widgets}?labelSelector=many`, { propagationPolicy: 'Background' });
  await say.remove(`${widgets}?labelSelector=many`);
  await say.remove(`${widgets}?labelSelector=(`);
  await say.remove(`${widgets}?fieldSelector=metadata.name%3Dnobody&limit=1`);
}

/** Sequences of writes by name. */
export const writes: Readonly<Record<string, Sequence>> = { creates, metadata, updates, subresources, deletes };
