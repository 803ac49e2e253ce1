import type { Writable } from 'node:stream';
import type { Clock } from '../base/clock.ts';
import type { Feed } from '../base/feed.ts';

/** Longest time a client may leave an answer unread while more of it waits. */
const stallTimeoutMs = 60_000;
/** Bytes of values that wait together and are written at once. */
const batchBytesMax = 64 * 1024;

/** Where the values of a feed go. */
export interface FeedSink {
  /** What tells that the client has gone, and when it took what was written. */
  readonly stream: Writable;
  /** @param parts at least one. @returns false when the client must take something before more is written. */
  write(parts: readonly Uint8Array[]): boolean;
  /** Told when the client took what it was to take. @param isBehind much more waits: it is made when this resolves. */
  taken?(isBehind: boolean): Promise<void> | undefined;
  /** Everything was written. */
  end(): void;
}

/**
 * Writes what a feed gives, as fast as it is taken, and ends with it. Values go straight from where they are made to the
 * stream: a promise for each would cost more than writing it. Resolves when all is written or the client has gone.
 */
export function writeFeed(feed: Feed<Uint8Array>, sink: FeedSink, clock: Clock): Promise<void> {
  const { stream } = sink;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let isBlocked = false;
  const finish = () => {
    feed.close();
    resolve();
  };
  const goOn = () => {
    isBlocked = false;
    pump();
  };
  const pump = () => {
    if (isBlocked) return;
    try {
      for (let batch = takeBatch(feed); batch.parts.length > 0; batch = takeBatch(feed)) {
        if (stream.destroyed) return finish();
        if (sink.write(batch.parts)) continue;
        isBlocked = true;
        const isBehind = batch.byteCount >= batchBytesMax;
        return void drained(stream, clock)
          .then(() => sink.taken?.(isBehind))
          .then(goOn, reject);
      }
      if (stream.destroyed) return finish();
      if (!feed.isEnded) return;
      sink.end();
      finish();
    } catch (error) {
      feed.close();
      reject(error instanceof Error ? error : new Error('Cannot write an answer', { cause: error }));
    }
  };
  feed.onWake(pump);
  stream.once('close', finish);
  pump();
  return promise;
}

/** The values that wait, some at a time; empty when none does. */
function takeBatch(feed: Feed<Uint8Array>): { readonly parts: readonly Uint8Array[]; readonly byteCount: number } {
  const parts: Uint8Array[] = [];
  let byteCount = 0;
  while (byteCount < batchBytesMax) {
    const part = feed.take();
    if (part === undefined) break;
    parts.push(part);
    byteCount += part.byteLength;
  }
  return { parts, byteCount };
}

/** The parts as one. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  return parts.length === 1 && first !== undefined ? first : Buffer.concat(parts);
}

/** Waits until the client took what was written; a client that takes nothing for a minute is cut off. */
export async function drained(stream: Writable, clock: Clock): Promise<void> {
  if (stream.destroyed) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  using _timer = clock.timer(stallTimeoutMs, () => {
    stream.destroy();
    resolve();
  });
  stream.once('drain', resolve).once('close', resolve);
  await promise;
  stream.off('drain', resolve).off('close', resolve);
}
