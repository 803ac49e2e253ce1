import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isApiError } from '../meta/errors.ts';
import type { JsonObject } from '../meta/object.ts';
import type { WriteOptions } from '../ports/endpoint.ts';
import { openWorld, type World } from './testing/world.ts';

const scale = (replicas: number, more: object = {}) => ({
  apiVersion: 'autoscaling/v1',
  kind: 'Scale',
  metadata: { name: 'a' },
  spec: { replicas },
  ...more,
});

async function applyTo(world: World, value: object, options: WriteOptions) {
  const body = { value: value as JsonObject, duplicateFields: [] };
  const { object } = await world.registry.resources.apply(world.context(), world.at('a', 'scale'), body, options);
  return object.parsed() as { readonly kind: string; readonly spec?: { readonly replicas?: number } };
}

/** Who owns the count, as `manager operation subresource apiVersion`. */
async function owners(world: World): Promise<readonly string[]> {
  const { metadata } = await world.get('a');
  return (metadata.managedFields ?? [])
    .filter(({ fieldsV1 }) => JSON.stringify(fieldsV1).includes('f:replicas'))
    .map(({ manager, operation, subresource = '', apiVersion }) =>
      [manager, operation, subresource, apiVersion].join(' ').replace('  ', ' '),
    );
}

/** Kubernetes: client-go's `ApplyScale`; owners go from the object to its Scale and back (`managedfields/scalehandler.go`). */
test('apply() of a scale takes the count from its owner only when forced', async () => {
  const world = await openWorld();
  await world.create({ metadata: { name: 'a' }, spec: { replicas: 2, size: 1 } }, { fieldManager: 'creator' });
  assert.deepEqual(await owners(world), ['creator Update test.planform.dev/v1']);
  await assert.rejects(applyTo(world, scale(3), { fieldManager: 'scaler' }), (error) => {
    const text = 'Apply failed with 1 conflict: conflict with "creator" using autoscaling/v1: .spec.replicas';
    return isApiError(error, 'Conflict') && error.message === text;
  });
  const { kind, spec } = await applyTo(world, scale(3), { fieldManager: 'scaler', force: true });
  assert.deepEqual([kind, spec], ['Scale', { replicas: 3 }]);
  assert.deepEqual(await owners(world), ['scaler Apply scale test.planform.dev/v1']);
  const { spec: wanted, metadata } = await world.get('a');
  assert.deepEqual([wanted, metadata.managedFields?.length], [{ replicas: 3, size: 1 }, 2]);
});

test('apply() of a scale shares the count with those who want the same', async () => {
  const world = await openWorld();
  await world.create({ metadata: { name: 'a' }, spec: { replicas: 2 } }, { fieldManager: 'creator' });
  await applyTo(world, scale(2), { fieldManager: 'scaler' });
  const both = ['scaler Apply scale test.planform.dev/v1', 'creator Update test.planform.dev/v1'];
  assert.deepEqual(await owners(world), both);
  const { metadata } = await world.get('a');
  await applyTo(world, scale(2), { fieldManager: 'scaler' });
  assert.equal((await world.get('a')).metadata.resourceVersion, metadata.resourceVersion);
});

test('apply() of a scale refuses what is none', async () => {
  const world = await openWorld();
  await world.create({ metadata: { name: 'a' }, spec: { replicas: 2 } });
  for (const [value, text] of [
    [{ ...scale(1), apiVersion: 'test.planform.dev/v1' }, /invalid object type: test\.planform\.dev\/v1, Kind=Scale/],
    [scale(1, { metadata: { name: 'b' } }), /does not match the name on the URL/],
    [scale(1, { spec: { replicas: 'x' } }), /\(\/a; autoscaling\/v1, Kind=Scale\): \.spec\.replicas: expected numeric/],
    [scale(1, { other: 1 }), /\.other: field not declared in schema/],
  ] as const) {
    await assert.rejects(
      applyTo(world, value, { fieldManager: 'm' }),
      (error) => isApiError(error, 'BadRequest') && text.test(error.message),
    );
  }
});
