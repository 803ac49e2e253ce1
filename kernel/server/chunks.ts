import type { Clock } from '../base/clock.ts';

/** Bytes after which a chunk of a streamed answer is sent. Large enough to keep system calls few. */
const chunkBytesMin = 256 * 1024;

/**
 * A body made of parts: one array when it fits into a chunk (so that it gets a content-length), else a stream of
 * chunks that is made as fast as the client takes it, letting others run between chunks.
 */
export function chunkedBody(parts: Iterable<Uint8Array>, clock: Clock): Uint8Array | AsyncIterable<Uint8Array> {
  const chunks = joinParts(parts);
  const first = chunks.next();
  const second = chunks.next();
  if (second.done === true) return first.value ?? new Uint8Array();
  return streamChunks(first.value as Uint8Array, second.value, chunks, clock);
}

/** Joins small parts to chunks of at least `chunkBytesMin` (the last one may be smaller). */
function* joinParts(parts: Iterable<Uint8Array>): Generator<Uint8Array, undefined> {
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  for (const part of parts) {
    waiting.push(part);
    waitingBytes += part.byteLength;
    if (waitingBytes < chunkBytesMin) continue;
    yield Buffer.concat(waiting, waitingBytes);
    waiting = [];
    waitingBytes = 0;
  }
  if (waitingBytes > 0) yield Buffer.concat(waiting, waitingBytes);
  return undefined;
}

async function* streamChunks(
  first: Uint8Array,
  second: Uint8Array,
  rest: Iterable<Uint8Array>,
  clock: Clock,
): AsyncGenerator<Uint8Array, void> {
  yield first;
  yield second;
  for (const chunk of rest) {
    await turnsOf(clock).wait();
    yield chunk;
  }
}

/** Chunks of all answers together that are made in one turn of the event loop: 1 MiB, which takes some 2 ms to send. */
const chunksPerTurnMax = 4;

/** Lets those who make chunks have their turn in the order in which they came, a few per turn of the event loop. */
class ChunkTurns {
  readonly #clock: Clock;
  #waiting: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  wait(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    if (this.#waiting.length === 1) void this.#run();
    return promise;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#clock.yieldToOthers();
      const next = this.#waiting.slice(0, chunksPerTurnMax);
      for (const resolve of next) resolve();
      // Only now: whoever comes meanwhile finds that somebody looks after the line already.
      this.#waiting = this.#waiting.slice(next.length);
    }
  }
}

/** One line for all answers of a process. */
const turns = new WeakMap<Clock, ChunkTurns>();

function turnsOf(clock: Clock): ChunkTurns {
  return turns.getOrInsertComputed(clock, () => new ChunkTurns(clock));
}
