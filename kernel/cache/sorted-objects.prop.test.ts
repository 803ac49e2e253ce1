import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { CachedObject, ParsedObjects } from './cached-object.ts';
import { SortedObjects } from './sorted-objects.ts';

const parsedObjects = new ParsedObjects(0);

function entry(name: string, revision: number): CachedObject {
  const row = { namespace: '', name, uid: '', labels: {}, fields: [], isTerminating: false };
  return new CachedObject({ bytes: Buffer.alloc(0), revision, row, parsedObjects });
}

const operation = fc.record({ name: fc.nat(3_000).map(String), isRemoval: fc.boolean() });

test('SortedObjects behaves like a sorted map', () => {
  fc.assert(
    fc.property(
      fc.array(operation, { maxLength: 3_000, size: 'max' }),
      fc.nat(3_000).map(String),
      (operations, from) => {
        const sorted = new SortedObjects();
        const model = new Map<string, number>();
        operations.forEach(({ name, isRemoval }, revision) => {
          const before = isRemoval ? sorted.remove(` ${name}`) : sorted.set(entry(name, revision));
          assert.equal(before?.revision, model.get(` ${name}`));
          if (isRemoval) model.delete(` ${name}`);
          else model.set(` ${name}`, revision);
        });
        const keys = [...model.keys()].sort((a, b) => (a < b ? -1 : 1));
        const visited: string[] = [];
        sorted.visit(` ${from}`, ({ key }) => visited.push(key) > 0);
        assert.deepEqual(
          visited,
          keys.filter((key) => key >= ` ${from}`),
        );
        assert.equal(sorted.size, keys.length);
        assert.equal(sorted.rank(` ${from}`), keys.length - visited.length);
        for (const key of keys) assert.equal(sorted.get(key)?.revision, model.get(key));
        assert.equal(sorted.get(' absent'), undefined);
      },
    ),
    { numRuns: 20 },
  );
});
