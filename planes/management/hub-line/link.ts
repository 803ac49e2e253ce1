import type { Clock } from '../../../kernel/base/clock.ts';
import type { HubConnection } from './connection.ts';
import { orAborted } from './wait.ts';

/**
 * The one place at a site that knows whether there is a session with the hub. The line sets it, reporters ask it.
 */
export class HubLink {
  readonly #clock: Clock;
  #change = Promise.withResolvers<void>();
  #connection: HubConnection | undefined;
  #lostMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lostMs = clock.monotonicMs();
  }

  /** The open session, if any. */
  get connection(): HubConnection | undefined {
    return this.#connection;
  }

  /** How long there has been no session, milliseconds; 0 while there is one. Counts from the start of the process. */
  get lostForMs(): number {
    return this.#connection === undefined ? this.#clock.monotonicMs() - this.#lostMs : 0;
  }

  /** A session is open and in step. Dispose when it ended. */
  attach(connection: HubConnection): Disposable {
    this.#connection = connection;
    this.#notify();
    return {
      [Symbol.dispose]: () => {
        this.#connection = undefined;
        this.#lostMs = this.#clock.monotonicMs();
        this.#notify();
      },
    };
  }

  /** Resolves when a session begins or ends. @throws the abort reason. */
  changed(signal: AbortSignal): Promise<void> {
    return orAborted(this.#change.promise, signal);
  }

  #notify(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers<void>();
  }
}
