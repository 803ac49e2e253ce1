import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../meta/object.ts';
import type { KindDefinition } from '../schema/kind.ts';
import { type ArraySchema, array, object, string } from '../schema/schema.ts';
import { MemoryDisk } from '../store/memory/memory-disk.ts';
import { openWorld, widget, type World } from './testing/world.ts';

/** A custom kind whose author changed how its list is owned. */
function gadget(list: Partial<ArraySchema>): KindDefinition {
  const item = object({ name: string(), value: string() });
  const schema = object({ spec: object({ items: array(item, list) }) });
  return {
    ...widget,
    kind: 'Gadget',
    plural: 'gadgets',
    versions: [{ name: 'v1', served: true, columns: [], schema }],
    selectableFields: [],
    custom: { hasChanged: true },
  };
}

const keyed = gadget({ listType: 'map', listMapKeys: ['name'] });
const atomic = gadget({ listType: 'atomic' });
const items = [{ name: 'a', value: '1' }];

function apply(world: World, kind: KindDefinition, manager: string, wanted: readonly JsonObject[]) {
  const head = { apiVersion: 'test.planform.dev/v1', kind: 'Gadget', metadata: { name: 'a' } };
  const value = { ...head, spec: { items: wanted } };
  const at = world.at('a', '', kind);
  const options = { fieldManager: manager };
  return world.registry.resources.apply(world.context(), at, { value, duplicateFields: [] }, options);
}

// structured-merge-diff: `Updater.reconcileManagedFieldsWithSchemaChanges` before every apply and update.
test('who owned items of a list owns the list when its kind makes it atomic', async () => {
  const disk = new MemoryDisk();
  const before = await openWorld({ disk, kinds: [keyed] });
  await apply(before, keyed, 'one', items);
  await before.registry.close();

  const after = await openWorld({ disk, kinds: [atomic] });
  await assert.rejects(
    apply(after, atomic, 'two', [{ name: 'b', value: '2' }]),
    /Apply failed with 1 conflict: conflict with "one": \.spec\.items$/,
  );
  const at = after.at('a', '', atomic);
  const patch = { type: 'merge', body: { spec: { items: [{ name: 'c' }] } } } as const;
  const { object: updated } = await after.registry.resources.patch(after.context(), at, patch, {
    fieldManager: 'three',
  });
  const owners = (updated.parsed().metadata.managedFields ?? []).map(({ manager, fieldsV1 }) => [manager, fieldsV1]);
  assert.deepEqual(owners, [['three', { 'f:spec': { 'f:items': {} } }]]);
});
