import assert from 'node:assert/strict';
import { silentLogger } from '../../../kernel/base/logger.ts';
import { seededRandom } from '../../../kernel/base/random.ts';
import { VirtualClock } from '../../../kernel/base/virtual-clock.ts';
import type { Client } from '../../../kernel/ports/client.ts';
import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import type { MemoryDisk } from '../../../kernel/store/memory/memory-disk.ts';
import { openMemoryStore } from '../../../kernel/store/memory/memory-store.ts';
import { assembleKernel, type AssemblyOptions, type Kernel } from '../assemble.ts';

/** A kernel without listeners, and a client that may do everything. */
export interface TestKernel {
  readonly kernel: Kernel;
  readonly client: Client;
}

/**
 * A kernel with these kinds and parts besides its own, on a disk that may have been used before. Its clock stands still and its
 * controllers do not run. Whoever starts it closes it.
 */
export async function startTestKernel(
  disk: MemoryDisk,
  kinds: readonly KindDefinition[] = [],
  plug: AssemblyOptions['plug'] = () => ({}),
): Promise<TestKernel> {
  const kernel = await assembleKernel(
    {
      store: openMemoryStore({ disk }),
      kinds,
      component: 'test',
      version: '0.0.0',
      runtime: { name: 'node', platform: 'test' },
      clock: new VirtualClock(),
      random: seededRandom(1),
      log: silentLogger,
      onFatal: (error) => assert.fail(error),
      plug,
    },
    new AbortController().signal,
  );
  return { kernel, client: kernel.clientFor({ name: 'alice', groups: ['system:masters'] }) };
}
