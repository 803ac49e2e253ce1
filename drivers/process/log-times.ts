/** Up to this offset the output had been written by this time. */
interface TimeMark {
  readonly offset: number;
  readonly timeMs: number;
}

/** Most marks kept per container; beyond it every other one of the older half goes. */
export const timeMarksMax = 16_384;

/**
 * When the bytes of an append-only file were written: marks (offset, time), both ascending. A byte was written between
 * the mark before it and the first mark at or after it; that later time is the one shown. Pure; `LogKeeper` feeds it.
 */
export class LogTimes {
  #marks: TimeMark[] = [];
  #floor = 0;

  /** Reads what `encode` gave; torn and foreign lines are skipped. */
  static parse(text: string): LogTimes {
    const times = new LogTimes();
    for (const line of text.split('\n')) {
      const [, first, second] = /^(floor|\d{1,15}) (\d{1,15})$/.exec(line) ?? [];
      if (first === 'floor') times.dropBefore(Number(second));
      else if (first !== undefined) times.note(Number(first), Number(second));
    }
    return times;
  }

  /** Everything before this offset has been dropped from the file. */
  get floor(): number {
    return this.#floor;
  }

  /** Bytes accounted for so far. */
  get size(): number {
    return this.#marks.at(-1)?.offset ?? this.#floor;
  }

  /** How many marks there are; at most `timeMarksMax`. */
  get markCount(): number {
    return this.#marks.length;
  }

  /** The file had grown to `offset` by `timeMs`. @returns false when that says nothing new. */
  note(offset: number, timeMs: number): boolean {
    if (offset <= this.size) return false;
    const lastMs = this.#marks.at(-1)?.timeMs ?? 0;
    this.#marks.push({ offset, timeMs: Math.max(timeMs, lastMs) });
    if (this.#marks.length > timeMarksMax) this.#thin();
    return true;
  }

  /** Bytes before `offset` are gone. */
  dropBefore(offset: number): void {
    this.#floor = offset;
    this.#marks = this.#marks.filter((mark) => mark.offset > offset);
  }

  /** The file was emptied; offsets start again at zero. */
  clear(): void {
    this.#floor = 0;
    this.#marks = [];
  }

  /** When the line ending at `offset` had been written; `undefined` when that is newer than every mark. */
  timeAt(offset: number): number | undefined {
    return this.#marks[this.#find((mark) => mark.offset >= offset)]?.timeMs;
  }

  /** An offset such that nothing before it was written at or after `timeMs`, as near as the marks tell. */
  offsetSince(timeMs: number): number {
    const index = this.#find((mark) => mark.timeMs >= timeMs);
    return this.#marks[index - 1]?.offset ?? this.#floor;
  }

  /** All of it as text, one mark per line. */
  encode(): string {
    return `floor ${this.#floor}\n${this.#marks.map((mark) => encodeMark(mark.offset, mark.timeMs)).join('')}`;
  }

  /** Index of the first mark that fulfils an ascending condition; the length when none does. */
  #find(condition: (mark: TimeMark) => boolean): number {
    let [low, high] = [0, this.#marks.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const mark = this.#marks[middle];
      if (mark !== undefined && condition(mark)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #thin(): void {
    const half = this.#marks.length >>> 1;
    this.#marks = this.#marks.filter((_, index) => index >= half || index % 2 === 1);
  }
}

/** One mark as a line to append to an encoded file. */
export function encodeMark(offset: number, timeMs: number): string {
  return `${offset} ${timeMs}\n`;
}
