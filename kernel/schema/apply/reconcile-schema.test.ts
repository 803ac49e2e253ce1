import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../meta/object.ts';
import * as schemas from '../schema.ts';
import { applyPatch, type ApplyResult } from './apply-patch.ts';
import { type ManagedFields, managedFieldsOf, withManagedFields } from './managed-fields.ts';
import { reconcileEntries } from './reconcile-schema.ts';
import { runSteps } from './versions.ts';

const apiVersion = 'example.com/v1';
const item = schemas.object({ name: schemas.string(), value: schemas.integer() });
const part = { a: schemas.string(), b: schemas.string() };
const specOf = (list: Partial<schemas.ArraySchema>, mapType: 'granular' | 'atomic') =>
  schemas.object({
    spec: schemas.object({
      items: schemas.array(item, list),
      part: schemas.object(part, { mapType }),
      labels: schemas.mapOf(schemas.string(), { mapType }),
    }),
  });
const keyed = specOf({ listType: 'map', listMapKeys: ['name'] }, 'granular');
const whole = specOf({ listType: 'atomic' }, 'atomic');

const object = (spec: JsonObject): JsonObject => ({ apiVersion, kind: 'Widget', metadata: { name: 'a' }, spec });
const gone = () => undefined;

function reconciled(entries: ManagedFields, schema: schemas.ObjectSchema, live = object({})): ManagedFields {
  return runSteps(reconcileEntries(entries, { object: live, apiVersion, schema }), gone);
}

function apply(
  live: JsonObject | undefined,
  spec: JsonObject,
  manager: string,
  schema: schemas.ObjectSchema,
): ApplyResult {
  const entries = managedFieldsOf(live);
  const managedFields = live === undefined ? entries : reconciled(entries, schema, live);
  const nowText = '2026-01-01T00:00:00Z';
  const patch = { live, applied: object(spec), managedFields, manager, force: false, apiVersion, nowText, schema };
  return runSteps(applyPatch(patch), gone);
}

function applied(...args: Parameters<typeof apply>): JsonObject {
  const result = apply(...args);
  assert.equal(result.kind, 'applied', JSON.stringify(result));
  return result.kind === 'applied' ? withManagedFields(result.object, result.managedFields) : object({});
}

function ownersOf(live: JsonObject): Readonly<Record<string, unknown>> {
  return Object.fromEntries(managedFieldsOf(live).map(({ manager, fieldsV1 }) => [manager, fieldsV1]));
}

const full: JsonObject = { items: [{ name: 'x', value: 1 }], part: { a: 'a' }, labels: { l: 'm' } };

// structured-merge-diff reconcile_schema.go: "the manager that owned the previously granular field will now own just the
// top-level field and none of the subfields".
test('who owned parts of a list, an object and a map owns the whole when it becomes atomic', () => {
  const live = applied(undefined, full, 'one', keyed);
  const after = applied(live, full, 'one', whole);
  assert.deepEqual(ownersOf(after), { one: { 'f:spec': { 'f:items': {}, 'f:labels': {}, 'f:part': {} } } });
});

test('every owner of a part owns the whole: the next to change it has a conflict with the others', () => {
  const first = applied(undefined, { items: [{ name: 'x', value: 1 }] }, 'one', keyed);
  const both = applied(first, { items: [{ name: 'y', value: 2 }] }, 'two', keyed);
  const result = apply(both, { items: [{ name: 'y', value: 3 }] }, 'two', whole);
  assert.deepEqual(result, { kind: 'conflicts', conflicts: [{ manager: '"one"', path: '.spec.items' }] });
});

// "migrations from atomic to granular … will be treated as if they were always granular"
test('who owned a whole that has parts now goes on owning it, and others may own its parts', () => {
  const live = applied(undefined, { part: { a: 'a' } }, 'one', whole);
  const after = applied(live, { part: { b: 'b' } }, 'two', keyed);
  assert.deepEqual((after['spec'] as JsonObject)['part'], { a: 'a', b: 'b' });
  assert.deepEqual(ownersOf(after), {
    one: { 'f:spec': { 'f:part': {} } },
    two: { 'f:spec': { 'f:part': { 'f:b': {} } } },
  });
});

test('a list goes from keyed to atomic and back without losing its items', () => {
  const first = applied(undefined, full, 'one', keyed);
  const second = applied(first, full, 'one', whole);
  const third = applied(second, full, 'one', keyed);
  assert.deepEqual((third['spec'] as JsonObject)['items'], full['items']);
  const owned = { 'k:{"name":"x"}': { '.': {}, 'f:name': {}, 'f:value': {} } };
  assert.deepEqual(ownersOf(third), {
    one: { 'f:spec': { 'f:items': owned, 'f:labels': { 'f:l': {} }, 'f:part': { 'f:a': {} } } },
  });
});

test('entries of a schema that did not change, of unknown fields and of versions that are gone stay the same', () => {
  const live = applied(undefined, full, 'one', keyed);
  const entries = managedFieldsOf(live);
  assert.equal(reconciled(entries, keyed), entries);
  const other = entries.map((entry) => ({ ...entry, apiVersion: 'example.com/v0' }));
  assert.equal(reconciled(other, whole), other);
  const unknown = entries.map((entry) => ({ ...entry, fieldsV1: { 'f:spec': { 'f:unknown': { 'f:a': {} } } } }));
  assert.equal(reconciled(unknown, whole), unknown);
});

test('entries of another version are seen under the schema of that version', () => {
  const entries = managedFieldsOf(applied(undefined, full, 'one', keyed));
  const other = entries.map((entry) => ({ ...entry, apiVersion: 'example.com/v2' }));
  const steps = reconcileEntries(other, { object: object({}), apiVersion, schema: keyed });
  const found = runSteps(steps, () => ({ object: object({}), schema: whole }));
  assert.deepEqual(found[0]?.fieldsV1, { 'f:spec': { 'f:items': {}, 'f:labels': {}, 'f:part': {} } });
});
