import type { ProbeResult, ProbeTarget, Prober } from './probe.ts';

/** A network in memory: ports answer as the test says, everything else refuses. */
export class FakeNetwork {
  readonly #answers = new Map<number, ProbeResult>();
  /** Every target asked so far, in order. */
  readonly asked: ProbeTarget[] = [];

  /** From now on the port answers so. */
  answer(port: number, result: ProbeResult): void {
    this.#answers.set(port, result);
  }

  /** From now on the port refuses connections. */
  close(port: number): void {
    this.#answers.delete(port);
  }

  /** A prober on this network; answers at once. */
  openProber(): Prober {
    return {
      probe: async (target, _options, signal) => {
        signal.throwIfAborted();
        this.asked.push(target);
        const refused = {
          ok: false,
          message: `dial tcp ${target.address}:${target.port}: connect: connection refused`,
        };
        return this.#answers.get(target.port) ?? refused;
      },
    };
  }
}
