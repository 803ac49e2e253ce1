import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../../base/logger.ts';
import { seededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { KeyServiceError } from '../../ports/keys.ts';
import { DataKeys } from './data-keys.ts';
import { KeyWatch } from './key-watch.ts';
import { localKeyService } from './local-keys.ts';
import { testKey } from './testing/world.ts';

/** A remote key service that fails on demand and may turn to another key. */
async function openWatch() {
  const state = { key: testKey(1, 'first'), isDown: false };
  const random = seededRandom(1);
  const local = localKeyService({ name: 'vault', place: 'the vault', keys: () => [state.key], random });
  const status = async (signal: AbortSignal) => {
    if (state.isDown) throw new KeyServiceError('Unavailable', 'it is down');
    return local.status(signal);
  };
  const keys = new DataKeys([local], random);
  const stop = new AbortController();
  await keys.renew('vault', stop.signal);
  const clock = new VirtualClock();
  const service = { ...local, isRemote: true, status };
  const watch = new KeyWatch({ service, keys, clock, log: silentLogger });
  const running = watch.run(stop.signal);
  return {
    state,
    keys,
    clock,
    watch,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

test('KeyWatch has a problem once its service was silent for three minutes, and none after its next answer', async () => {
  // Kubernetes: a KMS v2 plugin that fails its status for 3 minutes may no longer be written with.
  await using world = await openWatch();
  await world.clock.advance(120_000);
  world.state.isDown = true;
  await world.clock.advance(175_000);
  assert.equal(world.watch.problem, undefined);
  await world.clock.advance(10_000);
  assert.match(world.watch.problem ?? '', /^the vault has not answered for 18\d s$/);
  world.state.isDown = false;
  await world.clock.advance(10_000);
  assert.equal(world.watch.problem, undefined);
});

test('KeyWatch takes a new data key when its service turns to another key', async () => {
  await using world = await openWatch();
  assert.equal(world.keys.current('vault').keyId, 'first');
  world.state.key = testKey(2, 'second');
  await world.clock.advance(60_000);
  assert.equal(world.keys.current('vault').keyId, 'second');
});
