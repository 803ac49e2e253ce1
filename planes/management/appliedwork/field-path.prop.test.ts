import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import type { Json } from '../../../kernel/meta/object.ts';
import { array, mapOf, object, type ObjectSchema, string } from '../../../kernel/schema/schema.ts';
import { formatPath, leavesOf, ownsPath, valueAt, withoutPath } from './field-path.ts';

const schema: ObjectSchema = object({
  labels: mapOf(string()),
  tags: array(string(), { listType: 'set' }),
  args: array(string()),
  containers: array(object({ name: string(), image: string(), env: mapOf(string()) }), {
    listType: 'map',
    listMapKeys: ['name'],
  }),
});

const key = fc.string({ unit: fc.constantFrom('a', 'b', '.', '/'), minLength: 1, maxLength: 3 });
const word = fc.string({ maxLength: 4 });
const bodies = fc.record(
  {
    labels: fc.dictionary(key, word),
    tags: fc.uniqueArray(word, { maxLength: 3 }),
    args: fc.array(word, { maxLength: 3 }),
    containers: fc.uniqueArray(fc.record({ name: word, image: word, env: fc.dictionary(key, word) }), {
      selector: (item) => item.name,
      maxLength: 3,
    }),
  },
  { requiredKeys: [] },
);

test('every leaf can be found, and removing it removes nothing else', () => {
  // An object without any field is itself the leaf, and nothing could be left of it.
  const nonEmpty = bodies.filter((body) => Object.keys(body).length > 0);
  fc.assert(
    fc.property(nonEmpty, (body) => {
      const leaves = leavesOf(body, schema);
      assert.equal(new Set(leaves.map((leaf) => formatPath(leaf.path))).size, leaves.length);
      for (const leaf of leaves) {
        assert.deepEqual(valueAt(body as Json, leaf.path), leaf.value);
        const rest = withoutPath(body as Json, leaf.path);
        const isKey = leaf.path.at(-1)?.kind === 'field' && formatPath(leaf.path).endsWith('].name');
        if (!isKey) assert.equal(valueAt(rest, leaf.path), undefined);
        for (const other of leaves) if (other !== leaf) assert.deepEqual(valueAt(rest, other.path), other.value);
      }
    }),
    { numRuns: 500 },
  );
});

test('formatPath() and ownsPath() use the forms of server-side apply', () => {
  const body = { containers: [{ name: 'web', image: 'a' }], tags: ['x'], args: ['1'] };
  const leaves = leavesOf(body, schema);
  assert.deepEqual(
    leaves.map((leaf) => formatPath(leaf.path)),
    ['.containers[name="web"].name', '.containers[name="web"].image', '.tags[="x"]', '.args'],
  );
  const owned = { 'f:containers': { 'k:{"name":"web"}': { '.': {}, 'f:image': {} } }, 'f:tags': { 'v:"x"': {} } };
  assert.deepEqual(
    leaves.map((leaf) => ownsPath(owned, leaf.path)),
    [false, true, true, false],
  );
});
