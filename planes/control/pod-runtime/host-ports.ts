import { assert } from '../../../kernel/base/assert.ts';

/** Which ports of the host a site may give to pods; both ends included. */
export interface HostPortRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Gives ports of the host to pods. What was given is written into the pod; this remembers only what is not visible
 * there yet, and goes round the range so that a port just freed is not given again at once.
 */
export class HostPorts {
  readonly #range: HostPortRange;
  readonly #reserved = new Map<number, string>();
  #next: number;

  constructor(range: HostPortRange) {
    assert(
      range.first >= 1 && range.last <= 65_535 && range.first <= range.last,
      'Host ports are a range of 1 … 65535',
    );
    this.#range = range;
    this.#next = range.first;
  }

  /**
   * Reserves a port for a pod; `undefined` when every port of the range is in use.
   * @param isTaken whether another pod has the port.
   * @param isListening whether something else on the host answers on it.
   */
  async reserve(
    podUid: string,
    isTaken: (port: number) => boolean,
    isListening: (port: number) => Promise<boolean>,
  ): Promise<number | undefined> {
    const { first, last } = this.#range;
    for (let tried = first; tried <= last; tried++) {
      const port = this.#next;
      this.#next = port === last ? first : port + 1;
      if (isTaken(port) || this.#reserved.has(port)) continue;
      this.#reserved.set(port, podUid);
      if (!(await isListening(port))) return port;
      this.#reserved.delete(port);
    }
    return undefined;
  }

  /** Forgets what was reserved for a pod: it is written down, or the pod is gone. */
  release(podUid: string): void {
    for (const [port, owner] of this.#reserved) if (owner === podUid) this.#reserved.delete(port);
  }
}
