import { type Clock, sleepUnlessAborted } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { KeyService } from '../../ports/keys.ts';
import type { DataKeys } from './data-keys.ts';

/** Kubernetes: how often a KMS v2 plugin is asked for its status, milliseconds; and while it fails. */
const healthyIntervalMs = 60_000;
const unhealthyIntervalMs = 10_000;
/** Kubernetes: how long a data key is written with after its service was last heard of, milliseconds. */
const unheardMsMax = 180_000;
/** Values after which a data key is renewed: far below the 2^32 that random nonces allow. */
const sealedCountMax = 2 ** 30;

/** What a watch works with. */
export interface KeyWatchOptions {
  readonly service: KeyService;
  readonly keys: DataKeys;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Follows a key service that writes: turns to its new key when it has one, and tells when it was not heard of for so long that
 * nothing more should be written. Reads go on: data keys that were unwrapped stay in memory.
 */
export class KeyWatch {
  readonly #options: KeyWatchOptions;
  #heardAtMs: number;
  #isFailing = false;

  /** The service has just wrapped a data key. */
  constructor(options: KeyWatchOptions) {
    this.#options = options;
    this.#heardAtMs = options.clock.monotonicMs();
  }

  /** Why nothing more should be written; `undefined`: it may. */
  get problem(): string | undefined {
    const { service, clock } = this.#options;
    const silentMs = clock.monotonicMs() - this.#heardAtMs;
    if (!service.isRemote || silentMs <= unheardMsMax) return undefined;
    return `${service.place} has not answered for ${Math.floor(silentMs / 1_000)} s`;
  }

  /** Asks until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (await sleepUnlessAborted(clock, this.#isFailing ? unhealthyIntervalMs : healthyIntervalMs, signal)) {
      await this.#ask(signal);
    }
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const { service, keys, clock, log } = this.#options;
    const dataKey = keys.current(service.name);
    try {
      const keyId = await service.status(signal);
      const isSpent = dataKey.sealedCount >= sealedCountMax;
      if (keyId !== dataKey.keyId || isSpent) {
        await keys.renew(service.name, signal);
        log.info('a new data key is in use', { service: service.name, key: keys.current(service.name).keyId });
      }
      this.#heardAtMs = clock.monotonicMs();
      this.#isFailing = false;
    } catch (error) {
      if (signal.aborted) return;
      if (!this.#isFailing) log.warn('a key service does not answer', { service: service.name, error: String(error) });
      this.#isFailing = true;
    }
  }
}
