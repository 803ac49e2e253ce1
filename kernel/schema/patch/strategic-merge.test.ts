import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isApiError } from '../../meta/errors.ts';
import { deepFreeze } from '../../meta/json.ts';
import type { JsonObject } from '../../meta/object.ts';
import { array, integer, mapOf, object, string } from '../schema.ts';
import { applyStrategicMerge } from './strategic-merge.ts';

const container = object({
  name: string(),
  image: string(),
  env: array(object({ name: string(), value: string() }), { patchStrategy: ['merge'], patchMergeKey: 'name' }),
  args: array(string()),
  ports: array(object({ containerPort: integer() }), { patchStrategy: ['merge'], patchMergeKey: 'containerPort' }),
});
const schema = object({
  metadata: object({
    annotations: mapOf(string()),
    finalizers: array(string(), { patchStrategy: ['merge'] }),
  }),
  spec: object({
    strategy: object(
      { type: string(), rollingUpdate: object({ maxSurge: integer() }) },
      { patchStrategy: ['retainKeys'] },
    ),
    containers: array(container, { patchStrategy: ['merge'], patchMergeKey: 'name' }),
  }),
});

const live = deepFreeze({
  metadata: { annotations: { a: '1' }, finalizers: ['x', 'y'] },
  spec: {
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } },
    containers: [
      {
        name: 'web',
        image: 'web:1',
        env: [
          { name: 'A', value: '1' },
          { name: 'B', value: '2' },
        ],
        args: ['a'],
      },
      { name: 'side', image: 'side:1' },
    ],
  },
} as const);

const names = (result: JsonObject) => (result['spec'] as typeof live.spec).containers.map(({ name }) => name);

test('applyStrategicMerge() does what kubectl asks for', async (t) => {
  const cases: readonly { name: string; patch: JsonObject; check: (result: JsonObject) => void }[] = [
    {
      name: 'set image',
      patch: {
        spec: {
          '$setElementOrder/containers': [{ name: 'web' }, { name: 'side' }],
          containers: [{ name: 'side', image: 'side:2' }],
        },
      },
      check: (result) =>
        assert.deepEqual((result['spec'] as typeof live.spec).containers, [
          live.spec.containers[0],
          { name: 'side', image: 'side:2' },
        ]),
    },
    {
      name: 'rollout restart',
      patch: { metadata: { annotations: { restartedAt: 'now', a: null } } },
      check: (result) =>
        assert.deepEqual(result['metadata'], { annotations: { restartedAt: 'now' }, finalizers: ['x', 'y'] }),
    },
    {
      name: 'merge a nested list and replace an atomic one',
      patch: { spec: { containers: [{ name: 'web', args: ['b'], env: [{ name: 'B', value: '3' }, { name: 'C' }] }] } },
      check: (result) =>
        assert.deepEqual((result['spec'] as typeof live.spec).containers[0], {
          name: 'web',
          image: 'web:1',
          env: [{ name: 'A', value: '1' }, { name: 'B', value: '3' }, { name: 'C' }],
          args: ['b'],
        }),
    },
    {
      name: 'delete an item',
      patch: {
        spec: {
          containers: [
            { name: 'web', $patch: 'delete' },
            { name: 'none', $patch: 'delete' },
          ],
        },
      },
      check: (result) => assert.deepEqual(names(result), ['side']),
    },
    {
      name: 'replace a list',
      patch: { spec: { containers: [{ $patch: 'replace' }, { name: 'new', image: null, args: [] }] } },
      check: (result) => assert.deepEqual((result['spec'] as JsonObject)['containers'], [{ name: 'new', args: [] }]),
    },
    {
      name: 'replace a map',
      patch: { metadata: { $patch: 'replace', annotations: { b: '2' } } },
      check: (result) => assert.deepEqual(result['metadata'], { annotations: { b: '2' } }),
    },
    {
      name: 'delete a map',
      patch: { metadata: { annotations: { $patch: 'delete' } } },
      check: (result) => assert.deepEqual(result['metadata'], { annotations: {}, finalizers: ['x', 'y'] }),
    },
    {
      name: 'explicit merge',
      patch: { metadata: { annotations: { $patch: 'merge', b: '2' } } },
      check: (result) => assert.deepEqual((result['metadata'] as JsonObject)['annotations'], { a: '1', b: '2' }),
    },
    {
      name: 'scalars merge as a set and are deleted by value',
      patch: { metadata: { '$deleteFromPrimitiveList/finalizers': ['x'], finalizers: ['z', 'y'] } },
      check: (result) => assert.deepEqual((result['metadata'] as JsonObject)['finalizers'], ['z', 'y']),
    },
    {
      name: 'retain keys',
      patch: { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } },
      check: (result) => assert.deepEqual((result['spec'] as JsonObject)['strategy'], { type: 'Recreate' }),
    },
    {
      name: 'order of the client, others where they were',
      patch: {
        spec: {
          '$setElementOrder/containers': [{ name: 'new' }, { name: 'web' }],
          containers: [{ name: 'new', image: 'n' }],
        },
      },
      check: (result) => assert.deepEqual(names(result), ['new', 'web', 'side']),
    },
    {
      name: 'a new item comes first',
      patch: { spec: { containers: [{ name: 'new', image: 'n' }] } },
      check: (result) => assert.deepEqual(names(result), ['new', 'web', 'side']),
    },
    {
      name: 'order alone',
      patch: { spec: { '$setElementOrder/containers': [{ name: 'side' }, { name: 'web' }] } },
      check: (result) => assert.deepEqual(names(result), ['side', 'web']),
    },
    {
      name: 'unknown fields merge as in a merge patch',
      patch: { spec: { other: { a: null, b: [1] } } },
      check: (result) => assert.deepEqual((result['spec'] as JsonObject)['other'], { b: [1] }),
    },
    {
      name: 'nothing',
      patch: { spec: { containers: [{ name: 'web', image: 'web:1' }], x: null } },
      check: (result) => assert.equal(result, live),
    },
  ];
  for (const c of cases) await t.test(c.name, () => c.check(applyStrategicMerge(live, deepFreeze(c.patch), schema)));
});

test('applyStrategicMerge() drops directives where there was nothing', () => {
  const patch = {
    spec: {
      '$setElementOrder/containers': [{ name: 'a' }],
      containers: [{ name: 'a', image: null, env: [{ name: 'X', $patch: 'delete' }] }],
    },
  };
  assert.deepEqual(applyStrategicMerge(undefined, patch, schema), { spec: { containers: [{ name: 'a', env: [] }] } });
});

test('applyStrategicMerge() refuses what makes no sense', async (t) => {
  const cases: readonly (readonly [string, JsonObject, string])[] = [
    ['no merge key', { spec: { containers: [{ image: 'x' }] } }, 'Invalid'],
    ['unknown $patch', { spec: { $patch: 'keep' } }, 'BadRequest'],
    ['unknown $patch of an item', { spec: { containers: [{ $patch: 'keep', name: 'web' }] } }, 'BadRequest'],
    ['set beside retained keys', { spec: { strategy: { $retainKeys: ['type'], other: 1 } } }, 'BadRequest'],
    ['retained keys are no list', { spec: { strategy: { $retainKeys: 'type' } } }, 'BadRequest'],
    [
      'order without the item',
      { spec: { '$setElementOrder/containers': [{ name: 'web' }], containers: [{ name: 'side' }] } },
      'BadRequest',
    ],
    [
      'another order',
      {
        spec: {
          '$setElementOrder/containers': [{ name: 'web' }, { name: 'side' }],
          containers: [{ name: 'side' }, { name: 'web' }],
        },
      },
      'BadRequest',
    ],
  ];
  for (const [name, patch, reason] of cases) {
    await t.test(name, () => {
      assert.throws(
        () => applyStrategicMerge(live, patch, schema),
        (error) => isApiError(error) && error.reason === reason,
      );
    });
  }
});

const itemName = fc.constantFrom('a', 'b', 'c', 'd');
const options = { noNullPrototype: true } as const;
const containers = fc.uniqueArray(fc.record({ name: itemName, image: fc.constantFrom('1', '2') }, options), {
  selector: ({ name }) => name,
  maxLength: 4,
});
const patchItem = fc.oneof(
  fc.record({ name: itemName, image: fc.constantFrom('1', '2', null) }, options),
  fc.record({ name: itemName, $patch: fc.constant('delete') }, options),
);
const patches = fc.uniqueArray(patchItem, { selector: ({ name }) => name, maxLength: 4 });

test('a strategic merge patch applied twice changes nothing more', () => {
  fc.assert(
    fc.property(containers, patches, fc.boolean(), fc.uniqueArray(itemName), (list, items, hasOrder, finalizers) => {
      const order = items.filter((item) => !('$patch' in item)).map(({ name }) => ({ name }));
      const patch: JsonObject = {
        metadata: { finalizers, '$deleteFromPrimitiveList/finalizers': ['z'] },
        spec: { containers: items, ...(hasOrder ? { '$setElementOrder/containers': order } : {}) },
      };
      const target = deepFreeze({ metadata: { finalizers: ['z', 'b'] }, spec: { containers: list } });
      const once = applyStrategicMerge(target, patch, schema);
      assert.deepEqual(applyStrategicMerge(once, patch, schema), once);
      const names = (once['spec'] as { containers: { name: string }[] }).containers.map(({ name }) => name);
      assert.equal(new Set(names).size, names.length);
    }),
  );
});

// Kubernetes: a directive that names no field is refused, and does not vanish.
test('applyStrategicMerge() refuses $setElementOrder without a field', () => {
  assert.throws(() => applyStrategicMerge({}, { $setElementOrder: 1 }, { type: 'object', properties: {} }), {
    reason: 'BadRequest',
  });
});
