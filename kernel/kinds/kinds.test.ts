import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { ApiError } from '../meta/errors.ts';
import type { KubeObject } from '../meta/object.ts';
import { openWorld, type World } from '../registry/testing/world.ts';
import type { KindDefinition } from '../schema/kind.ts';
import { configMapKind } from './configmap/type.ts';
import { eventKind } from './event/type.ts';
import { kernelKinds } from './index.ts';
import { leaseKind } from './lease/type.ts';
import { secretKind } from './secret/type.ts';

async function openKinds(): Promise<World> {
  const world = await openWorld();
  for (const kind of kernelKinds) world.registry.catalog.add(kind);
  return world;
}

test('every example is accepted as it stands', async () => {
  const world = await openKinds();
  for (const kind of kernelKinds.filter(({ storedAs }) => storedAs === undefined)) {
    const text = readFileSync(join(import.meta.dirname, kind.singular, 'example.yaml'), 'utf8');
    const { object } = await world.create(parse(text) as object, { fieldValidation: 'Strict' }, kind);
    assert.equal(object.parsed().kind, kind.kind);
  }
  assert.deepEqual(world.warnings, []);
});

const text = (value: string) => Buffer.from(value).toString('base64');

test('kinds refuse what breaks their rules', async () => {
  const world = await openKinds();
  const big = { a: 'x'.repeat(1024 * 1024 + 1) };
  const cases: readonly [string, KindDefinition, object, readonly string[]][] = [
    ['a key that is no file name', configMapKind, { data: { 'a/b': '' } }, ['data[a/b]']],
    ['a key that stands twice', configMapKind, { data: { a: '' }, binaryData: { a: '' } }, ['data[a]']],
    ['too much', configMapKind, { data: big }, ['[]']],
    [
      'a TLS secret without a key',
      secretKind,
      { type: 'kubernetes.io/tls', data: { 'tls.crt': '' } },
      ['data[tls.key]'],
    ],
    ['a lease of no time', leaseKind, { spec: { leaseDurationSeconds: 0 } }, ['spec.leaseDurationSeconds']],
    ['an event elsewhere', eventKind, { involvedObject: { namespace: 'other' } }, ['involvedObject.namespace']],
  ];
  for (const [name, kind, value, fields] of cases) {
    await assert.rejects(world.create({ metadata: { name: 'a' }, ...value }, {}, kind), (error) => {
      assert.ok(error instanceof ApiError && error.reason === 'Invalid', name);
      assert.deepEqual(
        error.details.causes?.map((cause) => cause.field),
        fields,
        name,
      );
      return true;
    });
  }
});

test('a secret stores stringData as data and keeps its type', async () => {
  const world = await openKinds();
  const value = { metadata: { name: 's' }, data: { a: text('1'), b: text('1') }, stringData: { b: '2' } };
  const { object } = await world.create(value, {}, secretKind);
  const { data, stringData, type } = object.parsed() as KubeObject & Record<string, unknown>;
  assert.deepEqual([data, stringData, type], [{ a: text('1'), b: text('2') }, undefined, 'Opaque']);
  const target = world.at('s', '', secretKind);
  const patch = { type: 'merge', body: { type: 'other' } } as const;
  await assert.rejects(world.registry.resources.patch(world.context(), target, patch, {}), /field is immutable/);
});

test('immutable content stays', async () => {
  const world = await openKinds();
  await world.create({ metadata: { name: 'c' }, immutable: true, data: { a: '1' } }, {}, configMapKind);
  const target = world.at('c', '', configMapKind);
  const change = (body: object) => world.registry.resources.patch(world.context(), target, { type: 'merge', body }, {});
  await assert.rejects(change({ data: { a: '2' } }), /data: Forbidden: field is immutable/);
  await assert.rejects(change({ immutable: null }), /immutable: Forbidden/);
  await change({ metadata: { labels: { ok: 'yes' } } });
});
