import type { Clock } from '../base/clock.ts';

/**
 * Sleepers woken before everything else that is ready gets a turn, some 10 ms later. Watchers of one connection that are woken
 * in one turn are sent to together: at 256 a turn, 10,000 on 100 connections cost a third more processor time.
 */
const wokenPerTurnMax = 1024;

/** Somebody who waits. */
export interface Sleeper {
  /** Must not throw. */
  wake(): void;
}

/**
 * Wakes those for whom something came, after everything that comes in the same turn: many changes made durable
 * together wake a watcher once. When there are very many, others get their turn in between.
 */
export class WakeList {
  readonly #clock: Clock;
  #sleepers: Sleeper[] = [];
  #isRunning = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Wakes the sleeper soon. The caller sees to it that nobody is there twice. */
  add(sleeper: Sleeper): void {
    this.#sleepers.push(sleeper);
    if (this.#isRunning) return;
    this.#isRunning = true;
    queueMicrotask(() => void this.#run());
  }

  async #run(): Promise<void> {
    while (this.#sleepers.length > 0) {
      const sleepers = this.#sleepers;
      this.#sleepers = [];
      for (let index = 0; index < sleepers.length; index++) {
        sleepers[index]?.wake();
        if (index % wokenPerTurnMax === wokenPerTurnMax - 1) await this.#clock.yieldToOthers();
      }
    }
    this.#isRunning = false;
  }
}
