import { ApiError } from '../meta/errors.ts';
import type { UserInfo } from '../ports/auth.ts';

/** What one client, or all of them, may take of a server. Defaults are far above what kubectl and controllers need. */
export interface ServerLimits {
  /**
   * Requests that are answered at the same time; the more expensive ones count several times
   * (`kernel/server/flowcontrol`).
   */
  readonly requestsInFlightMax: number;
  /** Watches one user may have open. A controller has one per kind it looks at, some hundred at most. */
  readonly watchesPerUserMax: number;
  /** Watches of everybody together; an idle one takes up to 20 KiB. */
  readonly watchesMax: number;
  /** Connections from one address. Clients behind one gateway share theirs. */
  readonly connectionsPerAddressMax: number;
  /** Streams one connection may have open: client-go puts all watches of a process on one. */
  readonly streamsPerConnectionMax: number;
  /** Bytes of request bodies that may be in memory, of everybody, of one connection, and of one user. */
  readonly bodiesBytesMax: number;
  readonly bodiesPerConnectionBytesMax: number;
  readonly bodiesPerUserBytesMax: number;
  /** Bytes of answers that clients have not taken yet. */
  readonly unreadBytesMax: number;
}

const mebibyte = 1024 * 1024;

/** What holds where nothing else is said. */
export const defaultServerLimits: ServerLimits = {
  // Those of kube-apiserver's `--max-requests-inflight` and `--max-mutating-requests-inflight` together.
  requestsInFlightMax: 600,
  watchesPerUserMax: 15_000,
  watchesMax: 30_000,
  connectionsPerAddressMax: 5_000,
  streamsPerConnectionMax: 10_000,
  bodiesBytesMax: 256 * mebibyte,
  bodiesPerConnectionBytesMax: 64 * mebibyte,
  bodiesPerUserBytesMax: 128 * mebibyte,
  unreadBytesMax: 128 * mebibyte,
};

/** Seconds after which a client may try again to open what is limited by count: such things last for minutes. */
const retryAfterSeconds = 10;

/** Counts what users have open. */
export class WatchCounts {
  readonly #limits: Pick<ServerLimits, 'watchesPerUserMax' | 'watchesMax'>;
  readonly #byUser = new Map<string, number>();
  #total = 0;

  constructor(limits: Pick<ServerLimits, 'watchesPerUserMax' | 'watchesMax'>) {
    this.#limits = limits;
  }

  /** Watches that are open. */
  get total(): number {
    return this.#total;
  }

  /** Counts one more. @returns what to dispose when it has ended; only the first time counts. @throws {ApiError} `TooManyRequests`. */
  open({ name }: UserInfo): Disposable {
    const { watchesPerUserMax, watchesMax } = this.#limits;
    const own = this.#byUser.get(name) ?? 0;
    if (own >= watchesPerUserMax) throw tooMany(`User ${JSON.stringify(name)} has ${own}`, watchesPerUserMax);
    if (this.#total >= watchesMax) throw tooMany(`All users together have ${this.#total}`, watchesMax);
    this.#byUser.set(name, own + 1);
    this.#total++;
    let isOpen = true;
    return {
      [Symbol.dispose]: () => {
        if (!isOpen) return;
        isOpen = false;
        this.#close(name);
      },
    };
  }

  #close(name: string): void {
    this.#total--;
    const left = (this.#byUser.get(name) ?? 1) - 1;
    if (left > 0) this.#byUser.set(name, left);
    else this.#byUser.delete(name);
  }
}

function tooMany(what: string, max: number): ApiError {
  const text = `Cannot open a watch: ${what} open, allowed are ${max}; end some, or watch more with each`;
  return new ApiError('TooManyRequests', text, { retryAfterSeconds });
}

/** Counts connections by the address they come from. */
export class AddressCounts {
  readonly #byAddress = new Map<string, number>();

  /** One more. @returns how many there are now. */
  add(address: string): number {
    const count = (this.#byAddress.get(address) ?? 0) + 1;
    this.#byAddress.set(address, count);
    return count;
  }

  /** One less. */
  remove(address: string): void {
    const left = (this.#byAddress.get(address) ?? 1) - 1;
    if (left > 0) this.#byAddress.set(address, left);
    else this.#byAddress.delete(address);
  }
}

/** Why requests on a connection too many are not answered. */
export function tooManyConnections(address: string, max: number): ApiError {
  const text = `Cannot answer on this connection: ${address} has more than the ${max} that are allowed; send more requests on each`;
  return new ApiError('TooManyRequests', text, { retryAfterSeconds });
}

/** Why an answer is not given: too many others were not taken yet. */
export function tooManyUnread(): ApiError {
  const text = 'Cannot answer: clients have left too many answers unread at this moment, try again';
  return new ApiError('TooManyRequests', text, { retryAfterSeconds: 1 });
}
