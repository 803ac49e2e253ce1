import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { KindDefinition } from '../../schema/kind.ts';
import { gear } from './kubectl-world.ts';
import { openWireWorld, type WireRequest, type WireWorld } from './wire-world.ts';

/** Where the config maps of the tests are. */
export const maps = '/api/v1/namespaces/default/configmaps';
/** Where the gears of the tests are. */
export const gears = '/apis/test.planform.dev/v1/namespaces/default/gears';

/** A gear to send. */
export function gearOf(name: string, spec: object = { teeth: 3 }, metadata: object = {}) {
  return { apiVersion: 'test.planform.dev/v1', kind: 'Gear', metadata: { name, ...metadata }, spec };
}

/** A world in which the gear `a` and the config map `a` exist. @param spec of the gear. @param kinds served as well. */
export async function openGearWorld(spec?: object, kinds: readonly KindDefinition[] = []): Promise<WireWorld> {
  const world = await openWireWorld({ kinds: [gear, ...kinds] });
  assert.equal((await world.send({ path: gears, body: gearOf('a', spec) })).status, 201);
  assert.equal((await world.send({ path: maps, body: { metadata: { name: 'a' }, data: { a: 'b' } } })).status, 201);
  return world;
}

/** A request that is refused, and how. */
export interface Refused {
  /** The line of the research, or what of it. */
  readonly semantic: string;
  readonly request: WireRequest;
  readonly status: number;
  readonly reason: string;
  readonly message: string | RegExp;
}

/** One subtest for every request: it is refused in these words. */
export async function testRefusals(t: TestContext, world: WireWorld, rows: readonly Refused[]): Promise<void> {
  for (const { semantic, request, status, reason, message } of rows) {
    await t.test(semantic, async () => {
      const { status: code, json } = await world.send(request);
      assert.deepEqual([code, json.reason], [status, reason], json.message);
      if (message instanceof RegExp) assert.match(json.message, message);
      else assert.equal(json.message, message);
    });
  }
}
