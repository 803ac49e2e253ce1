import assert from 'node:assert/strict';
import { assembleKernel, type Kernel, type PlaneParts } from '../../../programs/apiserver/assemble.ts';
import { silentLogger } from '../../base/logger.ts';
import { seededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import type { Client } from '../../ports/client.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import { widget } from '../../registry/testing/world.ts';
import { openMemoryStore } from '../../store/memory/memory-store.ts';

/** A kernel on a virtual clock that serves Widgets and runs the given controllers. */
export class ControlledKernel implements AsyncDisposable {
  readonly clock: VirtualClock;
  readonly client: Client;
  readonly kernel: Kernel;
  readonly signal = new AbortController().signal;
  readonly #stop: AbortController;
  readonly #ended: Promise<void>;

  private constructor(clock: VirtualClock, kernel: Kernel, stop: AbortController) {
    this.clock = clock;
    this.kernel = kernel;
    this.client = kernel.clientFor({ name: 'alice', groups: ['system:masters'] });
    this.#stop = stop;
    this.#ended = kernel.run(stop.signal);
  }

  /** @param kinds served besides Widgets. */
  static async start(parts: PlaneParts = {}, kinds: readonly KindDefinition[] = []): Promise<ControlledKernel> {
    const clock = new VirtualClock();
    const stop = new AbortController();
    const kernel = await assembleKernel(
      {
        store: openMemoryStore(),
        kinds: [widget, ...kinds],
        component: 'test',
        version: '0.0.0',
        runtime: { name: 'node', platform: 'test' },
        clock,
        random: seededRandom(1),
        log: silentLogger,
        onFatal: (error) => assert.fail(error),
        plug: () => parts,
      },
      stop.signal,
    );
    return new ControlledKernel(clock, kernel, stop);
  }

  /** Lets everything happen that needs no more than `ms`. */
  async settle(ms = 1_000): Promise<void> {
    await this.clock.advance(ms);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new DOMException('Stopped', 'AbortError'));
    await this.#ended;
    await this.kernel.close();
  }
}
