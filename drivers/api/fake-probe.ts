import type { ProbeResult, ProbeTarget, Prober } from './probe.ts';

/** What is there besides what a test says. */
export interface FakeNetworkOptions {
  /** Whether something listens on a port that was given no answer. Default: nothing does. */
  readonly isListening?: (port: number) => boolean;
}

/** A network in memory: ports answer as the test says, listening ones accept, everything else refuses. */
export class FakeNetwork {
  readonly #answers = new Map<number, ProbeResult>();
  readonly #isListening: (port: number) => boolean;
  /** Every target asked so far, in order. */
  readonly asked: ProbeTarget[] = [];

  constructor({ isListening = () => false }: FakeNetworkOptions = {}) {
    this.#isListening = isListening;
  }

  /** From now on the port answers so. */
  answer(port: number, result: ProbeResult): void {
    this.#answers.set(port, result);
  }

  /** From now on the port refuses connections, whoever listens. */
  refuse(port: number): void {
    this.#answers.set(port, { ok: false, message: 'connect: connection refused' });
  }

  /** A prober on this network; answers at once. */
  openProber(): Prober {
    return {
      probe: async (target, _options, signal) => {
        signal.throwIfAborted();
        this.asked.push(target);
        const unanswered = this.#isListening(target.port)
          ? { ok: true, message: '' }
          : { ok: false, message: `dial tcp ${target.address}:${target.port}: connect: connection refused` };
        return this.#answers.get(target.port) ?? unanswered;
      },
    };
  }
}
