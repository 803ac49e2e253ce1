import type { Clock } from '../base/clock.ts';

/** Bytes after which a chunk of a streamed answer is sent. Large enough to keep system calls few. */
const chunkBytesMin = 256 * 1024;

/**
 * A body made of parts: one array when it fits into a chunk (so that it gets a content-length), else a stream of
 * chunks that is made as fast as it is taken, letting others run between chunks.
 */
export function chunkedBody(parts: Iterable<Uint8Array>, clock: Clock): Uint8Array | AsyncIterable<Uint8Array> {
  const chunks = joinParts(parts);
  const first = chunks.next();
  return first.done === true ? first.value : streamChunks(first.value, chunks, clock);
}

/** Joins small parts to chunks of at least `chunkBytesMin`. @returns the last one, which may be smaller. */
function* joinParts(parts: Iterable<Uint8Array>): Generator<Uint8Array, Uint8Array> {
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  for (const part of parts) {
    // Not before there is another: who takes the first chunk is to know whether it is the only one.
    if (waitingBytes >= chunkBytesMin) {
      yield Buffer.concat(waiting, waitingBytes);
      waiting = [];
      waitingBytes = 0;
    }
    waiting.push(part);
    waitingBytes += part.byteLength;
  }
  return Buffer.concat(waiting, waitingBytes);
}

async function* streamChunks(
  first: Uint8Array,
  rest: Iterator<Uint8Array, Uint8Array>,
  clock: Clock,
): AsyncGenerator<Uint8Array, void> {
  yield first;
  for (;;) {
    await clock.yieldToOthers();
    const { value, done } = rest.next();
    yield value;
    if (done === true) return;
  }
}
