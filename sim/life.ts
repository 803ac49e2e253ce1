import type { Clock } from '../kernel/base/clock.ts';
import type { Timeline } from './timeline.ts';

/** Wall-clock time at the start of every world: 2026-01-01T00:00:00Z. */
const startMs = 1_767_225_600_000;
/** Port calls of one program without time moving; beyond, it turns in circles. */
const callsPerInstantMax = 100_000;

/** What the world wants to know of a life. Both are called synchronously. */
export interface LifeEvents {
  /** The life has ended. */
  readonly onCrash: () => void;
  /** The program turns in circles without time moving; the life has ended. */
  readonly onSpin: (message: string) => void;
}

/**
 * One run of one program, from its start to its crash. Everything that the program reaches outside itself goes through
 * its life: the clock and ports wrapped by `guard`. When the life ends, calls in flight are never answered and later
 * ones have no effect, so that whatever code still runs in memory can neither see nor change anything: as with `kill -9`.
 */
export class Life {
  readonly #timeline: Timeline;
  readonly #events: LifeEvents;
  #alive = true;
  /** Calls left until a planned crash. */
  #callsLeft = Number.POSITIVE_INFINITY;
  #callCount = 0;
  #instantMs = -1;
  #callsInInstant = 0;
  /** How far this program's wall clock is off, milliseconds. */
  wallOffsetMs = 0;

  constructor(timeline: Timeline, events: LifeEvents) {
    this.#timeline = timeline;
    this.#events = events;
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  /** Calls of ports so far. */
  get callCount(): number {
    return this.#callCount;
  }

  /** Ends this life now. */
  crash(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#events.onCrash();
  }

  /** Ends this life in the middle of its `calls`-th call of a port from now on: before or after it took effect. */
  crashAfter(calls: number): void {
    this.#callsLeft = calls;
  }

  /** Runs `effect` if alive; the answer arrives only if still alive then. */
  call<T>(effect: () => Promise<T>): Promise<T> {
    if (!this.#step()) return never();
    return this.settle(effect());
  }

  /** Passes an answer on, unless the life has ended when it comes. */
  settle<T>(answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      answer.then(
        (value) => {
          if (this.#step()) resolve(value);
        },
        (error: unknown) => {
          if (this.#step()) reject(error);
        },
      );
    });
  }

  /** A port that works as long as this life: promises and streams of it end with the life, never with an answer. */
  guard<T extends object>(port: T): T {
    return new Proxy(port, {
      get: (target, property) => {
        const value: unknown = Reflect.get(target, property, target);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => this.#guarded(() => Reflect.apply(value, target, args) as unknown);
      },
    });
  }

  /** A clock that stops with this life. */
  clock(): Clock {
    const timeline = this.#timeline;
    const timer = (delayMs: number, fire: () => void) =>
      timeline.after(delayMs, () => {
        if (this.#alive) fire();
      });
    return {
      nowMs: () => Math.floor(startMs + timeline.nowMs + this.wallOffsetMs),
      monotonicMs: () => timeline.nowMs,
      timer,
      sleep: (delayMs, signal) => sleep(timer, delayMs, signal),
      timeoutSignal(delayMs) {
        const controller = new AbortController();
        timer(delayMs, () => controller.abort(new DOMException('The operation timed out', 'TimeoutError')));
        return controller.signal;
      },
      yieldToOthers: () => new Promise((resolve) => void timer(0, resolve)),
    };
  }

  #guarded(run: () => unknown): unknown {
    if (!this.#step()) return never();
    const result = run();
    if (result instanceof Promise) return this.settle(result);
    if (isAsyncIterable(result)) return this.stream(result);
    return result;
  }

  /** A stream whose items arrive as long as this life. */
  stream<T>(source: AsyncIterable<T>): AsyncIterable<T> {
    return {
      [Symbol.asyncIterator]: () => {
        const iterator = source[Symbol.asyncIterator]();
        return {
          next: () => this.call(() => iterator.next()),
          return: () => this.call(async () => (await iterator.return?.()) ?? { done: true, value: undefined }),
        };
      },
    };
  }

  /** One step of the program as the world sees it. @returns whether it is still alive. */
  #step(): boolean {
    if (!this.#alive) return false;
    this.#callCount++;
    this.#watchInstant();
    if (--this.#callsLeft <= 0) this.crash();
    return this.#alive;
  }

  #watchInstant(): void {
    if (this.#timeline.nowMs !== this.#instantMs) {
      this.#instantMs = this.#timeline.nowMs;
      this.#callsInInstant = 0;
    }
    this.#callsInInstant++;
    if (this.#callsInInstant <= callsPerInstantMax) return;
    this.crash();
    this.#events.onSpin(`made ${callsPerInstantMax} calls without time moving`);
  }
}

function sleep(timer: Clock['timer'], delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const onAbort = () => {
      alarm[Symbol.dispose]();
      reject(signal.reason as Error);
    };
    const alarm = timer(delayMs, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** What a dead program gets from any call: a promise, stream and disposable in one that does nothing, for ever. */
function never<T>(): Promise<T> {
  const next = () => new Promise<T>(() => undefined);
  return Object.assign(next(), {
    [Symbol.asyncIterator]: () => ({ next, return: next }),
    [Symbol.dispose]: () => undefined,
  });
}
