/** Patches against models: the same meaning written down as plainly as the RFCs and the documentation do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isApiError } from '../../meta/errors.ts';
import { deepFreeze } from '../../meta/json.ts';
import type { Json, JsonObject } from '../../meta/object.ts';
import { array, object, string } from '../schema.ts';
import { applyJsonPatch } from './json-patch.ts';
import { applyMergePatch } from './merge-patch.ts';
import { applyStrategicMerge } from './strategic-merge.ts';

type Mutable = Record<string, unknown>;

const isObject = (value: unknown): value is Mutable =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const name = fc.constantFrom('a', 'b', 'c');
const scalar = fc.oneof(fc.integer({ min: 0, max: 2 }), fc.constantFrom('x', 'y'), fc.boolean());
const { value, document } = fc.letrec<{ value: Json; document: JsonObject }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, scalar, fc.array(tie('value'), { maxLength: 3 }), tie('document')),
  document: fc.dictionary(name, tie('value'), { maxKeys: 3, noNullPrototype: true }),
}));

/** RFC 7396 §2, word for word. */
function modelOfMerge(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Mutable = isObject(target) ? { ...target } : {};
  for (const [field, wanted] of Object.entries(patch)) {
    if (wanted === null) delete result[field];
    else result[field] = modelOfMerge(result[field], wanted);
  }
  return result;
}

test('a merge patch does what RFC 7396 says', () => {
  const { patch } = fc.letrec<{ value: Json; patch: JsonObject }>((tie) => ({
    value: fc.oneof({ maxDepth: 3 }, scalar, fc.constant(null), fc.array(scalar, { maxLength: 2 }), tie('patch')),
    patch: fc.dictionary(name, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  }));
  fc.assert(
    fc.property(document, patch, (before, change) => {
      const model = modelOfMerge(structuredClone(before), change);
      assert.deepEqual(applyMergePatch(deepFreeze(before), deepFreeze(change)), model);
    }),
  );
});

interface Operation {
  readonly op: 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test';
  readonly path: string;
  readonly from?: string;
  readonly value?: Json;
}

class DoesNotFit extends Error {}

/** Reads the value a JSON pointer names. */
function read(root: unknown, tokens: readonly string[]): unknown {
  let current = root;
  for (const token of tokens) {
    if (Array.isArray(current)) current = /^\d+$/.test(token) ? current[Number(token)] : undefined;
    else current = isObject(current) && Object.hasOwn(current, token) ? current[token] : undefined;
  }
  return current;
}

/** RFC 6902 §4, on a private copy, with the fields that Kubernetes takes to be null where they are not there. */
function modelOfJsonPatch(root: Mutable, operations: readonly Operation[]): unknown {
  const tokensOf = (pointer: string) => pointer.split('/').slice(1);
  const add = (tokens: readonly string[], added: unknown, isReplacement: boolean) => {
    const parent = read(root, tokens.slice(0, -1));
    const last = tokens.at(-1) ?? '';
    if (Array.isArray(parent)) {
      const index = last === '-' && !isReplacement ? parent.length : /^\d+$/.test(last) ? Number(last) : NaN;
      if (!(index <= parent.length - (isReplacement ? 1 : 0))) throw new DoesNotFit();
      parent.splice(index, isReplacement ? 1 : 0, added);
    } else if (isObject(parent)) parent[last] = added;
    else throw new DoesNotFit();
  };
  const readField = (tokens: readonly string[]): unknown => {
    const found = read(root, tokens);
    if (found === undefined && !isObject(read(root, tokens.slice(0, -1)))) throw new DoesNotFit();
    return found ?? null;
  };
  const remove = (tokens: readonly string[]) => {
    if (read(root, tokens) === undefined) throw new DoesNotFit();
    const parent = read(root, tokens.slice(0, -1));
    if (Array.isArray(parent)) parent.splice(Number(tokens.at(-1)), 1);
    else delete (parent as Mutable)[tokens.at(-1) ?? ''];
  };
  for (const { op, path, from = '', value: given } of operations) {
    const tokens = tokensOf(path);
    if (op === 'add' || op === 'replace') add(tokens, structuredClone(given), op === 'replace');
    else if (op === 'remove') remove(tokens);
    else if (op === 'test') {
      try {
        assert.deepEqual(readField(tokens), given);
      } catch {
        throw new DoesNotFit();
      }
    } else {
      const found = structuredClone(readField(tokensOf(from)));
      if (op === 'move' && path.startsWith(`${from}/`)) throw new DoesNotFit();
      if (op === 'move') remove(tokensOf(from));
      add(tokens, found, false);
    }
  }
  return root;
}

test('a JSON patch does what RFC 6902 says, or nothing at all', () => {
  const pointer = fc
    .array(fc.oneof(name, fc.constantFrom('0', '1', '2', '-', '01')), { minLength: 1, maxLength: 3 })
    .map((tokens) => `/${tokens.join('/')}`);
  const operation: fc.Arbitrary<Operation> = fc.oneof(
    fc.record({ op: fc.constantFrom('add' as const, 'replace' as const, 'test' as const), path: pointer, value }),
    fc.record({ op: fc.constant('remove' as const), path: pointer }),
    fc.record({ op: fc.constantFrom('move' as const, 'copy' as const), path: pointer, from: pointer }),
  );
  const isOdd = ({ path, from = '' }: Operation) => /\/01/.test(path) || /\/01/.test(from);
  let fitting = 0;
  fc.assert(
    fc.property(document, fc.array(operation, { maxLength: 4 }), (before, operations) => {
      // "01" names a field of an object, but no item of a list; the model is too plain to know.
      fc.pre(!operations.some(isOdd));
      let expected: unknown;
      try {
        expected = modelOfJsonPatch(structuredClone(before) as Mutable, operations);
        fitting++;
      } catch (error) {
        if (!(error instanceof DoesNotFit)) throw error;
      }
      const patch = () => applyJsonPatch(deepFreeze(before), deepFreeze(operations) as object as Json);
      if (expected === undefined) assert.throws(patch, (error) => isApiError(error, 'Invalid'));
      else assert.deepEqual(patch(), expected);
    }),
    { numRuns: 1_000 },
  );
  assert.ok(fitting > 100, `only ${fitting} patches fit`);
});

const item = object({ name: string(), image: string(), args: array(string()) });
const schema = object({
  metadata: object({ finalizers: array(string(), { patchStrategy: ['merge'] }) }),
  spec: object({ items: array(item, { patchStrategy: ['merge'], patchMergeKey: 'name' }), plain: array(string()) }),
});

interface Item {
  readonly name: string;
  readonly image?: string | null;
  readonly args?: readonly string[];
  readonly $patch?: 'delete';
}

interface Body {
  readonly metadata: { readonly finalizers: readonly string[] };
  readonly spec: { readonly items: readonly Item[]; readonly plain: readonly string[] };
}

/** Lists with a key merge item by item, lists of values are unions, other lists are replaced. */
function modelOfStrategic(before: Body, patch: Body): unknown {
  const items = new Map<string, Mutable>(before.spec.items.map((one) => [one.name, { ...one }]));
  for (const one of patch.spec.items) {
    if (one.$patch === 'delete') items.delete(one.name);
    else items.set(one.name, modelOfMerge(items.get(one.name), one) as Mutable);
  }
  const byName = [...items.values()].toSorted((a, b) => (String(a['name']) < String(b['name']) ? -1 : 1));
  const finalizers = new Set([...before.metadata.finalizers, ...patch.metadata.finalizers]);
  return { items: byName, finalizers: [...finalizers].toSorted(), plain: patch.spec.plain };
}

test('a strategic merge patch does what the documentation says of keys, values and other lists', () => {
  const options = { noNullPrototype: true, requiredKeys: ['name'] } as {
    noNullPrototype: true;
    requiredKeys: ['name'];
  };
  const args = fc.array(fc.constantFrom('p', 'q'), { maxLength: 2 });
  const image = fc.constantFrom('1', '2');
  const unique = { selector: ({ name: key }: Item) => key, maxLength: 3 };
  const texts = fc.uniqueArray(fc.constantFrom('x', 'y', 'z'));
  const bodyOf = (one: fc.Arbitrary<Item>): fc.Arbitrary<Body> =>
    fc.record(
      {
        metadata: fc.record({ finalizers: texts }, { noNullPrototype: true }),
        spec: fc.record({ items: fc.uniqueArray(one, unique), plain: texts }, { noNullPrototype: true }),
      },
      { noNullPrototype: true },
    );
  const stored = fc.record({ name, image, args }, options) as fc.Arbitrary<Item>;
  const wanted = fc.oneof(
    fc.record({ name, image: fc.oneof(image, fc.constant(null)), args }, options) as fc.Arbitrary<Item>,
    fc.record({ name, $patch: fc.constant('delete' as const) }, { noNullPrototype: true }),
  );
  fc.assert(
    fc.property(bodyOf(stored), bodyOf(wanted), (before, patch) => {
      const json = (body: Body) => deepFreeze(body) as object as JsonObject;
      const { metadata, spec } = applyStrategicMerge(json(before), json(patch), schema) as object as Body;
      const items = spec.items.toSorted((a, b) => (a.name < b.name ? -1 : 1));
      const result = { items, finalizers: metadata.finalizers.toSorted(), plain: spec.plain };
      assert.deepEqual(result, modelOfStrategic(before, patch));
    }),
  );
});
