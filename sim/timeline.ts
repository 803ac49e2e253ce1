interface Alarm {
  readonly dueMs: number;
  readonly order: number;
  fire: (() => void) | undefined;
}

/**
 * Virtual time of a whole world: one queue of alarms. Nothing in a simulated world waits for anything but alarms and
 * promises, so the world is idle exactly when no microtask is left, and that is when Node runs a `setImmediate` callback:
 * the loop in `runUntil` is the only place that leaves the microtask queue. Only then does time move, to the next alarm.
 */
export class Timeline {
  #nowMs = 0;
  #order = 0;
  #fired = 0;
  /** A binary heap, earliest first; alarms due at the same time fire in the order they were set. */
  readonly #heap: Alarm[] = [];

  /** Milliseconds since the world began. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Alarms fired so far. */
  get firedCount(): number {
    return this.#fired;
  }

  /** Calls `fire` after `delayMs` unless disposed before. */
  after(delayMs: number, fire: () => void): Disposable {
    const alarm: Alarm = { dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, fire };
    this.#push(alarm);
    return {
      [Symbol.dispose]: () => {
        alarm.fire = undefined;
      },
    };
  }

  /** Resolves after `delayMs`. For the world itself; programs sleep on their own clock. */
  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(delayMs, resolve);
    });
  }

  /**
   * Lets the world run until `endMs`, or until `isOver` says so between two alarms.
   * @throws what an alarm throws: a violation found inside the world.
   */
  async runUntil(endMs: number, isOver: () => boolean = () => false): Promise<void> {
    await idle();
    while (!isOver()) {
      const next = this.#heap[0];
      if (next === undefined || next.dueMs > endMs) {
        this.#nowMs = Math.max(this.#nowMs, endMs);
        return;
      }
      this.#pop();
      if (next.fire === undefined) continue;
      this.#nowMs = next.dueMs;
      this.#fired++;
      next.fire();
      await idle();
    }
  }

  #push(alarm: Alarm): void {
    const heap = this.#heap;
    let at = heap.push(alarm) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Alarm;
      if (!isBefore(alarm, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = alarm;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Alarm, heap[child] as Alarm)) child++;
      const below = heap[child] as Alarm;
      if (!isBefore(below, last)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(a: Alarm, b: Alarm): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}

/** Resolves when no microtask is left: all that could happen without time moving has happened. */
function idle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
