import type { Conversation, Sequence } from './conversation.ts';
import { group } from './definitions.ts';
import { widget } from './writes.ts';

const widgets = `/apis/${group}/v1/namespaces/default/widgets`;

async function patches(say: Conversation): Promise<void> {
  const path = `${widgets}/patched`;
  await say.merge(path, { spec: { size: 2 } });
  await say.post(
    widgets,
    widget('patched', { fixed: 'a', map: { a: 'b' }, items: [{ name: 'a', value: 1 }], set: ['x'] }),
  );
  say.note('merge');
  for (const patch of [
    {},
    { spec: { size: 2 } },
    { spec: { size: 2 } },
    { spec: { size: null } },
    { spec: { color: null } },
    { spec: { map: { a: null, c: 'd' } } },
    { spec: { unknown: 1 } },
    { spec: { items: [{ name: 'b' }] } },
    { spec: { fixed: 'b' } },
    { spec: { fixed: null } },
    { spec: null },
    { metadata: null },
    { metadata: { name: 'other' } },
    { metadata: { uid: 'x' } },
    { metadata: { resourceVersion: '1' } },
    { metadata: { resourceVersion: '' } },
    { metadata: { labels: { a: 'b c' } } },
    { metadata: { labels: { a: 'b' } } },
    { metadata: { creationTimestamp: null } },
    { kind: 'Other' },
    { apiVersion: `${group}/v9` },
    { kind: null },
    [],
    'text',
    '{',
    '',
    'null',
    '5',
  ]) {
    await say.merge(path, patch);
  }
  await say.merge(`${path}?fieldValidation=Strict`, { spec: { unknown: 1, size: 4 } });
  await say.merge(`${path}?fieldValidation=Strict`, '{"spec":{"size":4,"size":5}}');
  await say.merge(path, '{"spec":{"size":4,"size":5}}');
  await say.merge(`${path}?fieldManager=other&dryRun=All`, { spec: { size: 50 } });
  await say.merge(`${path}?force=true`, { spec: { size: 50 } });
  say.note('json');
  const op = (name: string, at: string, value?: unknown) => ({
    op: name,
    path: at,
    ...(value === undefined ? {} : { value }),
  });
  const lists: readonly unknown[] = [
    [],
    [op('replace', '/spec/size', 7)],
    [op('test', '/spec/size', 7), op('replace', '/spec/size', 8)],
    [op('test', '/spec/size', 99)],
    [op('remove', '/spec/absent')],
    [op('replace', '/spec/absent', 1)],
    [op('add', '/spec/absent/deep', 1)],
    [op('add', '/spec/set/-', 'y')],
    [op('add', '/spec/set/0', 'w')],
    [op('add', '/spec/set/99', 'z')],
    [op('remove', '/spec/set/99')],
    [op('add', '/spec/set', ['y', 'y'])],
    [{ op: 'move', from: '/spec/map', path: '/spec/atomicMap' }],
    [{ op: 'copy', from: '/spec/atomicMap', path: '/spec/map' }],
    [{ op: 'copy', from: '/spec/nothing', path: '/spec/map' }],
    [op('explode', '/spec', 1)],
    [{ path: '/spec/size' }],
    [{ op: 'add' }],
    [op('add', 'spec/size', 1)],
    [op('replace', '/metadata/name', 'x')],
    [op('remove', '')],
    [op('replace', '', {})],
    [op('remove', '/spec/color')],
    [op('add', '/spec/unknown', 1)],
    [op('test', '/metadata/labels/none', null)],
    [op('add', '/metadata/labels/a~1b', 'c')],
    [op('replace', '/spec/size', 'x')],
    {},
    'text',
    '[',
    '',
    '[1]',
    'null',
  ];
  for (const body of lists) await say.json(path, body);
  say.note('types');
  await say.strategic(path, { spec: { size: 5 } });
  for (const type of ['application/json', 'text/plain', '', 'application/apply-patch+cbor'])
    await say.ask('PATCH', path, { spec: {} }, { 'content-type': type });
  await say.ask(
    'PATCH',
    path,
    { spec: { size: 6 } },
    { 'content-type': 'application/merge-patch+json; charset=utf-8' },
  );
  await say.get(path);
}

const manifest = (name: string, spec?: object, metadata: object = {}) => ({
  apiVersion: `${group}/v1`,
  kind: 'Widget',
  metadata: { name, ...metadata },
  ...(spec === undefined ? {} : { spec }),
});

async function applies(say: Conversation): Promise<void> {
  const path = `${widgets}/applied`;
  const as = (manager: string, more = '') => `${path}?fieldManager=${manager}${more}`;
  say.note('what an apply must say');
  await say.apply(path, manifest('applied', { color: 'red' }));
  await say.apply(as(''), manifest('applied', { color: 'red' }));
  await say.apply(as('one'), manifest('applied', {}));
  await say.apply(as('one'), manifest('other', { color: 'red' }));
  await say.apply(as('one'), { kind: 'Widget', metadata: { name: 'applied' }, spec: { color: 'red' } });
  await say.apply(as('one'), { apiVersion: `${group}/v1`, metadata: { name: 'applied' }, spec: { color: 'red' } });
  await say.apply(as('one'), { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'applied' } });
  await say.apply(as('one'), { apiVersion: `${group}/v1`, kind: 'Widget', spec: { color: 'red' } });
  await say.apply(as('one'), manifest('applied', { color: 'red' }, { managedFields: [{ manager: 'x' }] }));
  await say.apply(as('one'), manifest('applied', { color: 'red' }, { resourceVersion: '5' }));
  await say.apply(as('one'), manifest('applied', { color: 'red' }, { uid: '5' }));
  for (const body of ['', '{', '[]', 'null', 'text', 'a: b: c']) await say.apply(as('one'), body);
  await say.apply(as('one', '&dryRun=All'), manifest('applied', { color: 'red' }));
  await say.apply(as('one', '&fieldValidation=Strict'), manifest('applied', { color: 'red', unknown: 1 }));
  await say.apply(as('one', '&dryRun=All'), manifest('applied', { color: 'red', unknown: 1 }));
  await say.apply(as('one', '&dryRun=All'), manifest('applied', { color: 'red', size: 'x', items: [{ value: 1 }] }));
  await say.apply(
    as('one', '&dryRun=All'),
    manifest('applied', { color: 'red', items: [{ name: 'a' }, { name: 'a' }] }),
  );
  await say.apply(as('one', '&dryRun=All'), manifest('applied', { color: 'red', set: ['a', 'a'] }));
  await say.apply(
    as('one', '&dryRun=All'),
    'apiVersion: golden.example.com/v1\nkind: Widget\nmetadata: {name: applied}\nspec: {color: red, color: blue}\n',
  );
  say.note('two managers');
  const first = manifest('applied', {
    color: 'red',
    map: { a: '1', b: '1' },
    items: [
      { name: 'a', value: 1 },
      { name: 'b', value: 1, deep: { a: 1 } },
    ],
    set: ['x', 'y'],
    atoms: ['p'],
    atomicMap: { a: '1' },
    nested: { a: 1 },
  });
  // The second time nothing changes.
  for (let time = 1; time <= 2; time++) await say.apply(as('one'), first);
  await say.apply(
    as('two'),
    manifest('applied', {
      map: { b: '1', c: '2' },
      items: [{ name: 'b', deep: { b: 2 } }, { name: 'c' }],
      set: ['y', 'z'],
    }),
  );
  const second = manifest('applied', {
    color: 'blue',
    map: { a: '2' },
    items: [{ name: 'a', value: 2 }],
    atoms: ['q'],
    atomicMap: { b: '2' },
    nested: { a: 2, b: { c: 'x' } },
  });
  for (const force of ['', '&force=true']) await say.apply(as('two', force), second);
  await say.apply(as('one'), manifest('applied', { map: { b: '1' }, items: [{ name: 'b', value: 3 }], set: ['x'] }));
  await say.merge(`${path}?fieldManager=two`, { spec: { size: 4 } });
  await say.apply(as('one'), manifest('applied', { size: 5 }));
  await say.merge(path, {
    spec: {
      map: { a: 'm' },
      items: [
        { name: 'm', value: 5 },
        { name: 'a', value: 9 },
      ],
    },
  });
  await say.apply(as('two'), manifest('applied', { items: [{ name: 'a', value: 2 }] }));
  await say.apply(as('two', '&force=true'), manifest('applied', { color: 'green' }));
  await say.apply(as('two'), manifest('applied'));
  await say.apply(as('one'), manifest('applied', {}));
  await say.get(path);
  say.note('what others own or nobody');
  await say.apply(
    as('three'),
    manifest(
      'applied',
      { color: 'green' },
      { labels: { a: 'b' }, annotations: { c: 'd' }, finalizers: ['example.com/f'] },
    ),
  );
  await say.apply(as('four'), manifest('applied', undefined, { labels: { a: 'c' }, finalizers: ['example.com/g'] }));
  await say.apply(as('three'), manifest('applied', { color: 'green' }));
  await say.merge(path, { metadata: { managedFields: [{}] } });
  await say.apply(as('three'), manifest('applied', { color: 'red' }));
  await say.merge(path, { metadata: { finalizers: null } });
  say.note('by a list of values: null, empty, numbers');
  for (const spec of [
    { map: null },
    { map: {} },
    { items: [] },
    { items: null },
    { set: [] },
    { nested: {} },
    { nested: null },
    { maybe: null },
    { ratio: 1 },
    { ratio: 1.5 },
    { port: 1 },
    { port: '1' },
    { free: { a: [1, { b: null }], c: {} } },
    { embedded: { apiVersion: 'v1', kind: 'A', metadata: { name: 'e' }, x: 1 } },
    { plain: [{ name: 'a' }, { name: 'a' }] },
    { either: { x: 1 } },
  ]) {
    await say.apply(`${widgets}/valued?fieldManager=m`, manifest('valued', { color: 'red', ...spec }));
  }
  await say.json(`${widgets}/valued`, [
    { op: 'replace', path: '/metadata/managedFields', value: [{ manager: 'm', operation: 'Sometimes' }] },
  ]);
  await say.json(`${widgets}/valued`, [
    {
      op: 'replace',
      path: '/metadata/managedFields',
      value: [
        {
          manager: 'm',
          operation: 'Apply',
          apiVersion: `${group}/v1`,
          fieldsType: 'FieldsV1',
          fieldsV1: { 'f:spec': { 'f:color': {} } },
        },
      ],
    },
  ]);
}

/** Sequences of patches by name. */
export const patching: Readonly<Record<string, Sequence>> = { patches, applies };
