import type { Clock } from './clock.ts';

interface Alarm {
  readonly dueMs: number;
  readonly order: number;
  fire(): void;
}

/**
 * A clock that stands still until told to move: for tests and the simulator. Alarms due at the same time fire in the
 * order they were set, and everything that one sets off runs before the next, so runs are repeatable.
 */
export class VirtualClock implements Clock {
  readonly #alarms = new Map<number, Alarm>();
  #nowMs: number;
  #monotonicMs = 0;
  #order = 0;

  /** @param startMs wall-clock time at the start; default 2026-01-01T00:00:00Z. */
  constructor(startMs = 1_767_225_600_000) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const onAbort = () => {
        alarm[Symbol.dispose]();
        reject(signal.reason);
      };
      const alarm = this.timer(delayMs, () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      });
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  timer(delayMs: number, fire: () => void): Disposable {
    const order = this.#order++;
    this.#alarms.set(order, { dueMs: this.#monotonicMs + Math.max(0, delayMs), order, fire });
    return { [Symbol.dispose]: () => this.#alarms.delete(order) };
  }

  timeoutSignal(delayMs: number): AbortSignal {
    const controller = new AbortController();
    this.timer(delayMs, () => controller.abort(new DOMException('The operation timed out', 'TimeoutError')));
    return controller.signal;
  }

  async yieldToOthers(): Promise<void> {
    await settleMicrotasks();
  }

  /** Shifts wall-clock time without moving the monotonic clock: what a clock jump does. */
  jump(deltaMs: number): void {
    this.#nowMs += deltaMs;
  }

  /** When the next alarm is due, in monotonic milliseconds; `undefined` when none is set. */
  nextDueMs(): number | undefined {
    return this.#next()?.dueMs;
  }

  /** Moves time forward, firing alarms on the way and letting everything they set off run in between. */
  async advance(deltaMs: number): Promise<void> {
    const endMs = this.#monotonicMs + deltaMs;
    await settleMicrotasks();
    for (let alarm = this.#next(); alarm !== undefined && alarm.dueMs <= endMs; alarm = this.#next()) {
      this.#moveTo(alarm.dueMs);
      this.#alarms.delete(alarm.order);
      alarm.fire();
      await settleMicrotasks();
    }
    this.#moveTo(endMs);
  }

  #moveTo(monotonicMs: number): void {
    this.#nowMs += monotonicMs - this.#monotonicMs;
    this.#monotonicMs = monotonicMs;
  }

  #next(): Alarm | undefined {
    let next: Alarm | undefined;
    for (const alarm of this.#alarms.values()) {
      if (next === undefined || alarm.dueMs < next.dueMs || (alarm.dueMs === next.dueMs && alarm.order < next.order))
        next = alarm;
    }
    return next;
  }
}

/** Promise chains of in-memory work are long; each turn of this loop lets every pending one take a step. */
const microtaskTurns = 400;

async function settleMicrotasks(): Promise<void> {
  for (let turn = 0; turn < microtaskTurns; turn++) await Promise.resolve();
}
