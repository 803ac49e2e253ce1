import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { deepFreeze } from '../../meta/json.ts';
import type { JsonObject, ManagedFieldsEntry } from '../../meta/object.ts';
import * as schemas from '../schema.ts';
import { applyPatch } from './apply-patch.ts';
import * as managed from './managed-fields.ts';
import { runSteps, type VersionedObject, type VersionQuestion } from './versions.ts';

/** `spec.host` and `spec.port` in v1 are `spec.address.{host,port}` in v2; `spec.size` is the same in both. */
const schemaOf: Readonly<Record<string, schemas.ObjectSchema>> = {
  v1: schemas.object({
    spec: schemas.object({ host: schemas.string(), port: schemas.integer(), size: schemas.integer() }),
  }),
  v2: schemas.object({
    spec: schemas.object({
      address: schemas.object({ host: schemas.string(), port: schemas.integer() }),
      size: schemas.integer(),
    }),
  }),
};

type Spec = Readonly<Record<string, unknown>> & { readonly address?: object };

function convert(object: JsonObject, apiVersion: string): JsonObject {
  if (object['apiVersion'] === apiVersion) return object;
  const { host, port, address, size } = (object['spec'] ?? {}) as Spec;
  const place = Object.fromEntries(Object.entries({ host, port }).filter(([, value]) => value !== undefined));
  const there = apiVersion === 'v2' && Object.keys(place).length > 0 ? { address: place } : {};
  const spec = { ...(apiVersion === 'v2' ? there : address), ...(size === undefined ? {} : { size }) };
  return { ...object, apiVersion, spec } as JsonObject;
}

function answer({ object, apiVersion }: VersionQuestion): VersionedObject | undefined {
  const schema = schemaOf[apiVersion];
  return schema === undefined ? undefined : { object: convert(object, apiVersion), schema };
}

/** One object that is stored as v1, and writers that speak either version. */
class World {
  live: JsonObject | undefined;
  managedFields: managed.ManagedFields = [];
  #second = 0;

  apply(manager: string, apiVersion: string, spec: object, force = false): readonly string[] {
    const applied = { apiVersion, kind: 'Route', metadata: { name: 'r' }, spec } as JsonObject;
    const live = this.live === undefined ? undefined : convert(this.live, apiVersion);
    const steps = applyPatch({ ...this.#writer(manager, apiVersion), live, applied, force });
    const result = runSteps(steps, answer);
    if (result.kind === 'conflicts') return result.conflicts.map(({ manager: of, path }) => `${of} ${path}`);
    this.live = deepFreeze(convert(result.object, 'v1'));
    this.managedFields = deepFreeze(result.managedFields);
    return [];
  }

  update(manager: string, apiVersion: string, spec: object): void {
    const after = { apiVersion, kind: 'Route', metadata: { name: 'r' }, spec } as JsonObject;
    const before = this.live === undefined ? undefined : convert(this.live, apiVersion);
    const steps = managed.recordUpdate({ ...this.#writer(manager, apiVersion), before, after });
    this.managedFields = deepFreeze(runSteps(steps, answer));
    this.live = deepFreeze(convert(after, 'v1'));
  }

  /** `manager version fields` of every entry. */
  owners(): readonly string[] {
    return this.managedFields.map(
      ({ manager, apiVersion, fieldsV1 }) => `${manager} ${apiVersion} ${JSON.stringify(fieldsV1)}`,
    );
  }

  #writer(manager: string, apiVersion: string) {
    const nowText = `2026-01-01T00:00:${String(this.#second++).padStart(2, '0')}Z`;
    const schema = schemaOf[apiVersion] ?? assert.fail('a version that is served');
    return { manager, apiVersion, nowText, schema, managedFields: this.managedFields };
  }
}

// research/kernel.md §2.4: version conversion of managed sets across versions (structured-merge-diff merge/multiple_appliers_test.go).
test('an apply conflicts with what another version owns, under the names of that version', () => {
  const world = new World();
  assert.deepEqual(world.apply('a', 'v1', { host: 'x', port: 80 }), []);
  assert.deepEqual(world.apply('b', 'v2', { address: { host: 'y' } }), ['"a" .spec.host']);
  assert.deepEqual(world.apply('b', 'v2', { address: { host: 'y' } }, true), []);
  assert.deepEqual(world.owners(), ['a v1 {"f:spec":{"f:port":{}}}', 'b v2 {"f:spec":{"f:address":{"f:host":{}}}}']);
  assert.deepEqual(world.live?.['spec'], { host: 'y', port: 80 });
});

test('a manager that moves to another version keeps one entry and drops what it applies no more', () => {
  const world = new World();
  world.apply('a', 'v1', { host: 'x', port: 80, size: 1 });
  assert.deepEqual(world.apply('a', 'v2', { address: { host: 'x' } }), []);
  assert.deepEqual(world.live?.['spec'], { host: 'x' });
  assert.deepEqual(world.owners(), ['a v2 {"f:spec":{"f:address":{"f:host":{}}}}']);
});

test('what owners of another version still own stays when a manager lets go of it', () => {
  const world = new World();
  world.apply('a', 'v1', { host: 'x', port: 80, size: 1 });
  world.apply('b', 'v2', { address: { port: 80 } });
  assert.deepEqual(world.apply('a', 'v1', { host: 'x' }), []);
  assert.deepEqual(world.live?.['spec'], { host: 'x', port: 80 });
  assert.deepEqual(world.apply('b', 'v2', { size: 2 }), []);
  assert.deepEqual(world.live?.['spec'], { host: 'x', size: 2 });
});

test('an update takes from owners of other versions what it changed', () => {
  const world = new World();
  world.apply('a', 'v2', { address: { host: 'x', port: 80 } });
  world.update('editor', 'v1', { host: 'y', port: 80 });
  assert.deepEqual(world.owners(), [
    'a v2 {"f:spec":{"f:address":{"f:port":{}}}}',
    'editor v1 {"f:spec":{"f:host":{}}}',
  ]);
});

test('entries of a version that is gone are dropped with the next change', () => {
  const world = new World();
  world.apply('a', 'v1', { host: 'x', port: 80 });
  const [entry] = world.managedFields;
  world.managedFields = [
    ...world.managedFields,
    { ...(entry as ManagedFieldsEntry), manager: 'old', apiVersion: 'v0' },
  ];
  assert.deepEqual(world.apply('b', 'v2', { size: 1 }), []);
  assert.deepEqual(
    world.owners().map((owner) => owner.slice(0, 4)),
    ['a v1', 'b v2'],
  );
});

const version = fc.constantFrom('v1', 'v2');
const place = fc.record({ host: fc.constantFrom('x', 'y'), port: fc.constantFrom(80, 81) }, { requiredKeys: [] });
const write = fc.record({
  manager: fc.constantFrom('a', 'b', 'c'),
  version,
  place,
  size: fc.option(fc.constantFrom(1, 2), { nil: undefined }),
  verb: fc.constantFrom('apply', 'force', 'update'),
});

test('in whatever version writers speak, the object and who owns it come out the same', () => {
  fc.assert(
    fc.property(fc.array(write, { maxLength: 8 }), (writes) => {
      const [mixed, plain] = [new World(), new World()];
      for (const { manager, version: spoken, place: where, size, verb } of writes) {
        const v1 = { ...where, ...(size === undefined ? {} : { size }) };
        const inSpoken = convert({ apiVersion: 'v1', spec: v1 }, spoken)['spec'] as object;
        // Managers of updates own per version, so one name always speaks one version.
        const name = `${manager}${verb === 'update' ? spoken : ''}`;
        if (verb === 'update') {
          mixed.update(name, spoken, inSpoken);
          plain.update(name, 'v1', v1);
        } else {
          mixed.apply(name, spoken, inSpoken, verb === 'force');
          plain.apply(name, 'v1', v1, verb === 'force');
        }
        assert.deepEqual(mixed.live?.['spec'] ?? {}, plain.live?.['spec'] ?? {});
        assert.deepEqual(leavesOf(mixed), leavesOf(plain));
      }
    }),
  );
});

/** `manager field` for every owned leaf, named as in v1. */
function leavesOf({ managedFields }: World): readonly string[] {
  return managedFields
    .flatMap(({ manager, operation, fieldsV1 }) => {
      const { 'f:address': address = {}, ...rest } = (fieldsV1['f:spec'] ?? {}) as Record<string, object>;
      const leaves = Object.keys({ ...rest, ...address }).filter((element) => element !== '.');
      return leaves.map((element) => `${manager} ${operation} ${element}`);
    })
    .sort();
}
