import { assert } from './assert.ts';

/**
 * A first-in first-out queue with a fixed maximum and one consumer. When full, `push` refuses and the caller
 * decides what overflow means.
 */
export class BoundedQueue<T> {
  readonly #lengthMax: number;
  #items: T[] = [];
  #head = 0;
  #wake: (() => void) | undefined;
  #closed = false;

  /** @param lengthMax most items held, ≥ 1. */
  constructor(lengthMax: number) {
    assert(lengthMax >= 1, 'A bounded queue holds at least one item');
    this.#lengthMax = lengthMax;
  }

  get length(): number {
    return this.#items.length - this.#head;
  }

  /** Appends; false when the queue is full or closed (nothing was added). */
  push(item: T): boolean {
    if (this.#closed || this.length >= this.#lengthMax) return false;
    this.#items.push(item);
    this.#wake?.();
    return true;
  }

  /** Takes the oldest item; `undefined` when empty. */
  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined as T;
    this.#head++;
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** Waits for the oldest item; `undefined` once the queue is closed and empty. @throws the abort reason, if any. */
  async take(signal?: AbortSignal): Promise<T | undefined> {
    while (this.length === 0 && !this.#closed) {
      assert(this.#wake === undefined, 'A bounded queue has one consumer');
      await new Promise<void>((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const onAbort = () => {
          this.#wake = undefined;
          reject(signal?.reason);
        };
        this.#wake = () => {
          this.#wake = undefined;
          signal?.removeEventListener('abort', onAbort);
          resolve();
        };
        signal?.addEventListener('abort', onAbort, { once: true });
      });
    }
    return this.shift();
  }

  /** No more items are accepted; what is queued can still be taken. */
  close(): void {
    this.#closed = true;
    this.#wake?.();
  }
}
