import { createHash } from 'node:crypto';
import type { Timeline } from './timeline.ts';

/** Lines kept for people; the digest covers all. */
const tailLinesMax = 120;

/** What happened in a world, line by line. Two runs of the same seed have the same digest. */
export class Trace {
  readonly #timeline: Timeline;
  readonly #hash = createHash('sha256');
  readonly #print: ((line: string) => void) | undefined;
  #tail: string[] = [];

  /** @param print gets every line as it comes; for `--verbose`. */
  constructor(timeline: Timeline, print?: (line: string) => void) {
    this.#timeline = timeline;
    this.#print = print;
  }

  /** Adds a line about what `who` did or what befell it. */
  note(who: string, text: string): void {
    const line = `${this.#timeline.nowMs.toFixed(3).padStart(11)} ${who.padEnd(7)} ${text}`;
    this.#hash.update(line).update('\n');
    this.#tail.push(line);
    if (this.#tail.length > 2 * tailLinesMax) this.#tail = this.#tail.slice(-tailLinesMax);
    this.#print?.(line);
  }

  /** The last lines. */
  get tail(): readonly string[] {
    return this.#tail.slice(-tailLinesMax);
  }

  /** Digest of all lines so far. */
  get digest(): string {
    return this.#hash.copy().digest('hex');
  }
}

/** Short digest of bytes, for lines of a trace. */
export function shortDigest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 8);
}
