import type { CachedObject } from './cached-object.ts';

/** Objects per chunk; a full one splits in two. Keeps an insert's copying small at any collection size. */
const chunkLengthMax = 512;

/** The current objects of one resource, sorted by key: a list of sorted chunks found by binary search. */
export class SortedObjects {
  /** Never empty chunks, except the only one of an empty collection. */
  #chunks: CachedObject[][] = [[]];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: string): CachedObject | undefined {
    const chunk = this.#chunkAt(this.#chunkIndex(key));
    const candidate = chunk[lowerBound(chunk, key)];
    return candidate?.key === key ? candidate : undefined;
  }

  /** Adds or replaces. @returns what stood there before. */
  set(object: CachedObject): CachedObject | undefined {
    const chunkIndex = this.#chunkIndex(object.key);
    const chunk = this.#chunkAt(chunkIndex);
    const index = lowerBound(chunk, object.key);
    const before = chunk[index];
    if (before?.key === object.key) {
      chunk[index] = object;
      return before;
    }
    chunk.splice(index, 0, object);
    this.#size++;
    if (chunk.length > chunkLengthMax) {
      // Ascending inserts (start-up) leave full chunks behind; others split in the middle.
      const splitAt = index === chunk.length - 1 ? index : chunkLengthMax / 2;
      this.#chunks.splice(chunkIndex + 1, 0, chunk.splice(splitAt));
    }
    return undefined;
  }

  /** @returns what was removed. */
  remove(key: string): CachedObject | undefined {
    const chunkIndex = this.#chunkIndex(key);
    const chunk = this.#chunkAt(chunkIndex);
    const index = lowerBound(chunk, key);
    const before = chunk[index];
    if (before?.key !== key) return undefined;
    chunk.splice(index, 1);
    this.#size--;
    if (chunk.length === 0 && this.#chunks.length > 1) this.#chunks.splice(chunkIndex, 1);
    return before;
  }

  /** Visits objects in order from the first key ≥ `start` until `visit` returns false. Do not change it meanwhile. */
  visit(start: string, visit: (object: CachedObject) => boolean): void {
    const first = this.#chunkIndex(start);
    for (let chunkIndex = first; chunkIndex < this.#chunks.length; chunkIndex++) {
      const chunk = this.#chunkAt(chunkIndex);
      for (let index = chunkIndex === first ? lowerBound(chunk, start) : 0; index < chunk.length; index++) {
        const object = chunk[index];
        if (object !== undefined && !visit(object)) return;
      }
    }
  }

  /** How many keys are < `key`. */
  rank(key: string): number {
    const last = this.#chunkIndex(key);
    let rank = lowerBound(this.#chunkAt(last), key);
    for (let index = 0; index < last; index++) rank += this.#chunkAt(index).length;
    return rank;
  }

  #chunkAt(index: number): CachedObject[] {
    return this.#chunks[index] ?? [];
  }

  /** The last chunk whose first key is ≤ `key`, or the first one. */
  #chunkIndex(key: string): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      const first = this.#chunks[middle]?.[0];
      if (first !== undefined && first.key <= key) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Index of the first object whose key is ≥ `key`. */
function lowerBound(chunk: readonly CachedObject[], key: string): number {
  let low = 0;
  let high = chunk.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const object = chunk[middle];
    if (object !== undefined && object.key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
