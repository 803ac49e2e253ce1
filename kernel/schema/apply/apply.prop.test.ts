import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { deepFreeze, isPlainObject, jsonEquals } from '../../meta/json.ts';
import type { Json, JsonObject } from '../../meta/object.ts';
import * as schemas from '../schema.ts';
import { applyPatch } from './apply-patch.ts';
import { compareObjects } from './compare.ts';
import * as sets from './field-set.ts';
import * as managed from './managed-fields.ts';
import { mergeValues } from './merge.ts';
import { removeItems } from './remove.ts';
import { toFieldSet } from './to-field-set.ts';
import { runSteps, type VersionSteps } from './versions.ts';

const items = schemas.array(schemas.object({ name: schemas.string(), v: schemas.integer() }), {
  listType: 'map',
  listMapKeys: ['name'],
});
const schema = schemas.object({
  metadata: schemas.object({ labels: schemas.mapOf(schemas.string()) }),
  spec: schemas.object({
    a: schemas.integer(),
    b: schemas.object({ c: schemas.integer(), d: schemas.array(schemas.integer()) }),
    items,
    names: schemas.array(schemas.string(), { listType: 'set' }),
    free: schemas.any(),
  }),
});

/** All objects here are of one version. */
const settle = <T>(steps: VersionSteps<T>): T => runSteps(steps, () => assert.fail('no other version is spoken'));

const options = { noNullPrototype: true, requiredKeys: [] } as { noNullPrototype: true; requiredKeys: [] };
const small = fc.integer({ min: 0, max: 1 });
const item = fc.record(
  { name: fc.constantFrom('x', 'y', 'z'), v: small },
  { noNullPrototype: true, requiredKeys: ['name'] },
);
const spec: fc.Arbitrary<JsonObject> = fc.record(
  {
    a: small,
    b: fc.record({ c: small, d: fc.array(small, { maxLength: 2 }) }, options),
    items: fc.uniqueArray(item, { selector: ({ name }) => name, minLength: 1 }),
    names: fc.uniqueArray(fc.constantFrom('p', 'q', 'r'), { minLength: 1 }),
    free: fc.record({ k: small, l: fc.dictionary(fc.constantFrom('m', 'n'), small, options) }, options),
  },
  options,
) as fc.Arbitrary<JsonObject>;
const object = fc
  .record({ spec, labels: fc.dictionary(fc.constantFrom('l', 'm'), fc.constantFrom('1', '2'), options) })
  .map(
    ({ spec, labels }): JsonObject =>
      deepFreeze({ apiVersion: 'v1', kind: 'W', metadata: { name: 'w', labels }, spec }),
  );

interface State {
  readonly live: JsonObject | undefined;
  readonly managedFields: managed.ManagedFields;
}
const nothing: State = { live: undefined, managedFields: [] };

function apply(state: State, manager: string, applied: JsonObject, force = true): State | undefined {
  const result = settle(applyPatch({ ...state, applied, manager, force, apiVersion: 'v1', nowText: 't', schema }));
  if (result.kind === 'conflicts') return undefined;
  return deepFreeze({ live: result.object, managedFields: result.managedFields });
}

function update(state: State, manager: string, after: JsonObject): State {
  const { live: before, managedFields } = state;
  const record = { before, after, managedFields, manager, apiVersion: 'v1', nowText: 't', schema };
  return deepFreeze({ live: after, managedFields: settle(managed.recordUpdate(record)) });
}

const setOf = (state: State, manager: string) =>
  managed.fieldsOf(state.managedFields.find((entry) => entry.manager === manager) ?? ({ fieldsV1: {} } as never));

const step = fc.record({ manager: fc.constantFrom('a', 'b', 'c'), applies: fc.boolean(), body: object });
/** Any history of forced applies and updates. */
const history = fc.array(step, { maxLength: 5 }).map((steps) =>
  steps.reduce<State>((state, { manager, applies, body }) => {
    return applies ? (apply(state, manager, body) as State) : update(state, `u-${manager}`, body);
  }, nothing),
);

test('applying the same again changes nothing', () => {
  fc.assert(
    fc.property(history, object, (state, body) => {
      const once = apply(state, 'a', body) as State;
      const twice = apply(once, 'a', body, false);
      assert.equal(twice?.live, once.live);
      assert.equal(twice?.managedFields, once.managedFields);
    }),
  );
});

test('an applier owns exactly what it applied, and it is so', () => {
  fc.assert(
    fc.property(history, object, (state, body) => {
      const after = apply(state, 'a', body) as State;
      assert.ok(sets.equalSets(setOf(after, 'a'), toFieldSet(body, schema)));
      assert.equal(mergeValues(after.live as Json, body, schema), after.live);
    }),
  );
});

test('every owned path exists, and nobody owns a field with a value another applier wants otherwise', () => {
  fc.assert(
    fc.property(history, (state) => {
      if (state.live === undefined) return;
      const all = compareObjects(undefined, state.live, schema)?.added ?? sets.emptySet;
      for (const entry of state.managedFields) {
        const leaves = sets.subtractSets(managed.fieldsOf(entry), all);
        assert.deepEqual(sets.listPaths(leaves).map(sets.formatPath), []);
      }
    }),
  );
});

/** Maps whose entries are gone stay behind, and belong to nobody. */
function withoutEmpty(value: JsonObject): JsonObject {
  const kept = Object.entries(value)
    .map(([name, inner]) => [name, isPlainObject(inner) ? withoutEmpty(inner) : inner] as const)
    .filter(([, inner]) => !isPlainObject(inner) || Object.keys(inner).length > 0);
  return Object.fromEntries(kept);
}

test('together the managers own every field that is set', () => {
  // Nothing appears in an object that was tracked from its start without somebody who is said to have set it.
  fc.assert(
    fc.property(history, (state) => {
      if (state.live === undefined) return;
      const owned = state.managedFields.map(managed.fieldsOf).reduce(sets.unionSets, sets.emptySet);
      const unowned = sets.subtractSets(toFieldSet(withoutEmpty(state.live), schema), owned);
      assert.deepEqual(sets.listPaths(unowned).map(sets.formatPath), []);
    }),
  );
});

test('a conflict is reported exactly when force would take something from somebody', () => {
  fc.assert(
    fc.property(history, object, (state, body) => {
      const forced = apply(state, 'a', body) as State;
      const losers = state.managedFields.filter((entry) => {
        if (entry.manager === 'a' && entry.operation === 'Apply') return false;
        const after = forced.managedFields.find(
          (other) => other.manager === entry.manager && other.operation === entry.operation,
        );
        const lost = sets.subtractSets(managed.fieldsOf(entry), after === undefined ? {} : managed.fieldsOf(after));
        const left = compareObjects(undefined, forced.live as JsonObject, schema)?.added ?? {};
        return !sets.isEmptySet(sets.intersectSets(lost, left));
      });
      assert.equal(apply(state, 'a', body, false) === undefined, losers.length > 0);
    }),
  );
});

test('appliers of disjoint fields do not depend on their order', () => {
  fc.assert(
    fc.property(object, object, object, (base, both, other) => {
      const [one, two] = [half(both, 0), half(other, 1)];
      const common = sets.intersectSets(toFieldSet(one, schema), toFieldSet(two, schema));
      fc.pre(sets.isEmptySet(common));
      const start = update(nothing, 'creator', base);
      const forth = apply(apply(start, 'a', one) as State, 'b', two) as State;
      const back = apply(apply(start, 'b', two) as State, 'a', one) as State;
      assert.ok(jsonEquals(unordered(forth.live as Json), unordered(back.live as Json)));
      for (const manager of ['a', 'b', 'creator'])
        assert.ok(sets.equalSets(setOf(forth, manager), setOf(back, manager)));
    }),
  );
});

test('what an applier drops goes only if nobody else owns it', () => {
  fc.assert(
    fc.property(history, object, object, (state, one, two) => {
      const before = apply(state, 'a', one) as State;
      const after = apply(before, 'a', two) as State;
      const removed = compareObjects(before.live, after.live as JsonObject, schema)?.removed ?? {};
      for (const entry of before.managedFields) {
        if (entry.manager === 'a' && entry.operation === 'Apply') continue;
        const lost = sets.listPaths(sets.intersectSets(removed, managed.fieldsOf(entry)));
        // A part of a list item or map entry goes with it when only the applier owned the item itself.
        for (const path of lost)
          assert.ok(path.some((_, depth) => depth > 1 && ownedOnlyBy('a', before, path.slice(0, depth))));
      }
      const dropped = sets.subtractSets(toFieldSet(one, schema), toFieldSet(two, schema));
      const others = before.managedFields.filter((entry) => !(entry.manager === 'a' && entry.operation === 'Apply'));
      const owned = others.reduce((union, entry) => sets.unionSets(union, managed.fieldsOf(entry)), sets.emptySet);
      const gone = sets.subtractSets(dropped, owned);
      const left = compareObjects(undefined, after.live as JsonObject, schema)?.added ?? {};
      for (const path of sets.listPaths(sets.intersectSets(gone, left))) {
        assert.ok(hasOwnedBelow(sets.unionSets(owned, toFieldSet(two, schema)), path), sets.formatPath(path));
      }
    }),
  );
});

/** The fields, items and labels of one of two disjoint halves. */
function half(object: JsonObject, side: 0 | 1): JsonObject {
  const {
    items = [],
    names = [],
    ...spec
  } = object['spec'] as { items?: { name: string }[]; names?: string[] } & JsonObject;
  const labels = Object.entries((object['metadata'] as JsonObject)['labels'] as JsonObject);
  const mine = (name: string) => ('lxp'.includes(name) ? 0 : 1) === side;
  const kept: Record<string, Json> = Object.fromEntries(
    Object.entries(spec).filter(([name]) => (name < 'b' ? 0 : 1) === side),
  );
  if (items.some(({ name }) => mine(name))) kept['items'] = items.filter(({ name }) => mine(name));
  if (names.some(mine)) kept['names'] = names.filter(mine);
  const metadata = { name: 'w', labels: Object.fromEntries(labels.filter(([name]) => mine(name))) };
  const isBare = Object.keys(metadata.labels).length === 0;
  return {
    apiVersion: 'v1',
    kind: 'W',
    metadata: isBare ? { name: 'w' } : metadata,
    ...(Object.keys(kept).length > 0 ? { spec: kept } : {}),
  };
}

function ownedOnlyBy(manager: string, state: State, path: readonly string[]): boolean {
  const owners = state.managedFields.filter((entry) => sets.hasPath(managed.fieldsOf(entry), path));
  return owners.every((entry) => entry.manager === manager && entry.operation === 'Apply');
}

function hasOwnedBelow(set: sets.FieldSet, path: readonly string[]): boolean {
  return sets.listPaths(set).some((other) => path.every((element, index) => other[index] === element));
}

/** Lists without their order, which depends on who came first. */
function unordered(value: Json): Json {
  if (Array.isArray(value)) {
    return (value as readonly Json[]).map(unordered).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, unordered(inner)]));
}

test('what was added and removed explains the difference of two objects', () => {
  fc.assert(
    fc.property(object, object, (before, after) => {
      const changes = compareObjects(before, after, schema);
      assert.equal(changes === undefined, jsonEquals(unordered(before), unordered(after)) || isReorder(before, after));
      if (changes === undefined) return;
      const kept = removeItems(before, changes.removed, schema);
      const rest = compareObjects(kept as JsonObject, after, schema);
      assert.deepEqual(sets.listPaths(rest?.removed ?? {}), []);
    }),
  );
});

/** True if two objects differ only in the order of keyed items, which is no difference. */
function isReorder(before: JsonObject, after: JsonObject): boolean {
  const atomic = (value: JsonObject) => JSON.stringify((value['spec'] as JsonObject)['b']);
  return jsonEquals(unordered(before), unordered(after)) && atomic(before) === atomic(after);
}

test('FieldsV1 of any history survives JSON', () => {
  fc.assert(
    fc.property(history, (state) => {
      for (const entry of state.managedFields) {
        const read = sets.parseFieldSet(JSON.parse(JSON.stringify(entry.fieldsV1)));
        assert.ok(read !== undefined && sets.equalSets(read, managed.fieldsOf(entry)));
      }
      assert.equal(
        managed.chooseManagedFields(JSON.parse(JSON.stringify(state.managedFields)), state.managedFields),
        state.managedFields,
      );
    }),
  );
});
