import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import * as sets from './field-set.ts';

const element = fc.constantFrom('f:a', 'f:b', 'f:c', 'k:{"name":"x"}', 'v:1', 'i:0');
const path = fc.array(element, { minLength: 1, maxLength: 4 });
const set = fc.array(path, { maxLength: 8 }).map(sets.setOfPaths);
const keys = (of: sets.FieldSet) => new Set(sets.listPaths(of).map((one) => one.join('/')));
const sorted = (of: ReadonlySet<string>) => [...of].sort();

test('sets of paths obey the laws of sets', () => {
  fc.assert(
    fc.property(set, set, (a, b) => {
      const [left, right] = [keys(a), keys(b)];
      assert.deepEqual(sorted(keys(sets.unionSets(a, b))), sorted(left.union(right)));
      assert.deepEqual(sorted(keys(sets.intersectSets(a, b))), sorted(left.intersection(right)));
      assert.deepEqual(sorted(keys(sets.subtractSets(a, b))), sorted(left.difference(right)));
      assert.equal(sets.equalSets(a, b), left.symmetricDifference(right).size === 0);
      assert.equal(sets.isEmptySet(a), left.size === 0);
      assert.ok(sets.equalSets(sets.unionSets(sets.subtractSets(a, b), sets.intersectSets(a, b)), a));
    }),
  );
});

test('operations that change nothing return the set itself', () => {
  fc.assert(
    fc.property(set, set, (a, b) => {
      const union = sets.unionSets(a, b);
      assert.equal(sets.unionSets(union, b), union);
      const rest = sets.subtractSets(a, b);
      assert.equal(sets.subtractSets(rest, b), rest);
    }),
  );
});

test('a set has the paths it was made of, and survives FieldsV1', () => {
  fc.assert(
    fc.property(fc.array(path, { maxLength: 6 }), (paths) => {
      const made = sets.setOfPaths(paths);
      for (const one of paths) assert.ok(sets.hasPath(made, one));
      const read = sets.parseFieldSet(JSON.parse(JSON.stringify(made)));
      assert.ok(read !== undefined && sets.equalSets(read, made));
      assert.deepEqual(sets.listPaths(read), sets.listPaths(made));
    }),
  );
});

test('parseFieldSet() brings foreign forms to one and refuses the rest', () => {
  const foreign = { 'f:l': { 'k:{ "b": 2, "a": "x" }': { '.': {}, 'f:a': { '.': {} } } }, 'v:"a"': {}, 'i:3': {} };
  assert.deepEqual(sets.parseFieldSet(foreign), {
    'f:l': { 'k:{"a":"x","b":2}': { '.': {}, 'f:a': {} } },
    'v:"a"': {},
    'i:3': {},
  });
  for (const bad of [[], null, 'x', { x: {} }, { 'f:a': 1 }, { 'k:1': {} }, { 'k:{': {} }, { 'i:x': {} }]) {
    assert.equal(sets.parseFieldSet(bad as never), undefined, JSON.stringify(bad));
  }
});

test('formatPath() writes paths as Kubernetes does', () => {
  const path = ['f:spec', 'f:ports', 'k:{"port":80,"protocol":"TCP"}', 'f:name'];
  assert.equal(sets.formatPath(path), '.spec.ports[port=80,protocol="TCP"].name');
  assert.equal(sets.formatPath(['f:metadata', 'f:finalizers', 'v:"a/b"']), '.metadata.finalizers[="a/b"]');
  assert.equal(sets.formatPath(['f:a', 'i:2']), '.a[2]');
});

/** structured-merge-diff `Set.Iterate`: conflicts are reported in this order. */
test('listPaths() lists the members of a node before what is below them, sorted', () => {
  const made = sets.setOfPaths([
    ['f:b', 'f:x'],
    ['f:c'],
    ['f:a', 'i:10'],
    ['f:a', 'i:9'],
    ['f:a', 'v:1'],
    ['f:a', 'k:{"n":1}'],
    ['f:a'],
  ]);
  const expected = ['f:a', 'f:c', 'f:a/k:{"n":1}', 'f:a/v:1', 'f:a/i:9', 'f:a/i:10', 'f:b/f:x'];
  assert.deepEqual(
    sets.listPaths(made).map((one) => one.join('/')),
    expected,
  );
});
