import { test } from 'node:test';
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { isApiError } from '../meta/errors.ts';
import type { JsonObject, KubeObject } from '../meta/object.ts';
import type { ResourceTarget } from '../ports/resources.ts';
import type { KindDefinition } from '../schema/kind.ts';
import { integer, object, string } from '../schema/schema.ts';
import { body, openWorld } from './testing/world.ts';

/** A count that v1 writes as a number and v2 as a text. */
const counter: KindDefinition = {
  group: 'test.planform.dev',
  kind: 'Counter',
  plural: 'counters',
  singular: 'counter',
  scope: 'Namespaced',
  storageVersion: 'v1',
  versions: [
    { name: 'v2', served: true, columns: [], schema: object({ spec: object({ text: string() }) }) },
    { name: 'v1', served: true, columns: [], schema: object({ spec: object({ count: integer() }) }) },
  ],
  statusSubresource: false,
  history: 'all',
  conversion: {
    strategy: 'Functions',
    convert(counted: JsonObject, apiVersion) {
      const { count, text } = (counted['spec'] ?? {}) as { readonly count?: number; readonly text?: string };
      return {
        ...counted,
        apiVersion,
        spec: apiVersion.endsWith('v2') ? { text: String(count) } : { count: Number(text) },
      };
    },
  },
};

type Shown = KubeObject & { readonly spec: { readonly text?: string; readonly count?: number } };

const write = fc.record({
  verb: fc.constantFrom('create', 'patch', 'apply', 'delete'),
  version: fc.constantFrom('v1', 'v2'),
  name: fc.constantFrom('a', 'b', 'c'),
  count: fc.nat({ max: 3 }),
});

// research/kernel.md §2.3: replaying a watch from any revision gives the list, in any version.
test('in every version a watch from the start leads to the list', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(write, { maxLength: 12 }), async (writes) => {
      const world = await openWorld({ kinds: [counter] });
      const { resources } = world.registry;
      const at = (version: string, name = ''): ResourceTarget => ({
        definition: counter,
        version,
        namespace: 'default',
        name,
        subresource: '',
      });
      const query = { allowBookmarks: false, sendInitialEvents: false, timeoutMs: 60_000, resourceVersion: '1' };
      const feeds = await Promise.all(
        ['v1', 'v2'].map((version) => resources.watch(world.context(), at(version), query)),
      );
      for (const { verb, version, name, count } of writes) {
        const spec = version === 'v1' ? { count } : { text: String(count) };
        const value = { apiVersion: `test.planform.dev/${version}`, kind: 'Counter', metadata: { name }, spec };
        const patch = { type: 'merge', body: { spec } } as const;
        const options = { fieldManager: 'test', force: true };
        try {
          if (verb === 'create') await resources.create(world.context(), at(version), body(value), {});
          else if (verb === 'patch') await resources.patch(world.context(), at(version, name), patch, {});
          else if (verb === 'apply') await resources.apply(world.context(), at(version, name), body(value), options);
          else await resources.delete(world.context(), at(version, name), {});
        } catch (error) {
          if (!isApiError(error, 'NotFound', 'AlreadyExists')) throw error;
        }
      }
      for (const [index, version] of ['v1', 'v2'].entries()) {
        const replayed = new Map<string, Shown>();
        for (let notice = feeds[index]?.take(); notice?.object !== undefined; notice = feeds[index]?.take()) {
          const shown = notice.object.parsed() as Shown;
          if (notice.type === 'DELETED') replayed.delete(shown.metadata.name);
          else replayed.set(shown.metadata.name, shown);
        }
        const { items } = await resources.list(world.context(), at(version), {});
        const listed = items.map((item) => item.parsed() as Shown);
        assert.deepEqual([...replayed.values()].toSorted(byName), listed);
        for (const { apiVersion, spec } of listed) {
          assert.equal(apiVersion, `test.planform.dev/${version}`);
          assert.equal(version === 'v1' ? typeof spec.count : typeof spec.text, version === 'v1' ? 'number' : 'string');
        }
      }
    }),
    { numRuns: 60 },
  );
});

function byName(a: KubeObject, b: KubeObject): number {
  return a.metadata.name < b.metadata.name ? -1 : 1;
}
