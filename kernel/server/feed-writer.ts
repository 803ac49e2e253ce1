import type { Writable } from 'node:stream';
import type { Clock } from '../base/clock.ts';
import type { Feed } from '../base/feed.ts';

/** Longest time a client may leave an answer unread while more of it waits. */
const stallTimeoutMs = 60_000;
/** Bytes of values that wait together and are written at once. */
const batchBytesMax = 64 * 1024;

/**
 * Writes what a feed gives, as fast as it is taken, and ends with it. Values go straight from where they are made to the
 * stream: a promise for each would cost more than writing it. Resolves when all is written or the client has gone.
 */
export function writeFeed(feed: Feed<Uint8Array>, outgoing: Writable, clock: Clock): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let isBlocked = false;
  const finish = () => {
    feed.close();
    resolve();
  };
  const pump = () => {
    if (isBlocked) return;
    try {
      for (let bytes = takeBatch(feed); bytes !== undefined; bytes = takeBatch(feed)) {
        if (outgoing.destroyed || outgoing.writableEnded) return finish();
        if (outgoing.write(bytes)) continue;
        isBlocked = true;
        return void drained(outgoing, clock).then(() => {
          isBlocked = false;
          pump();
        }, reject);
      }
      if (outgoing.destroyed) return finish();
      if (!feed.isEnded) return;
      outgoing.end();
      finish();
    } catch (error) {
      feed.close();
      reject(error instanceof Error ? error : new Error('Cannot write an answer', { cause: error }));
    }
  };
  feed.onWake(pump);
  outgoing.once('close', finish);
  pump();
  return promise;
}

/** The values that wait, joined; `undefined` when none does. */
function takeBatch(feed: Feed<Uint8Array>): Uint8Array | undefined {
  const first = feed.take();
  if (first === undefined) return undefined;
  let next = feed.take();
  if (next === undefined) return first;
  const parts = [first];
  let byteCount = first.byteLength;
  for (; next !== undefined; next = byteCount < batchBytesMax ? feed.take() : undefined) {
    parts.push(next);
    byteCount += next.byteLength;
  }
  return Buffer.concat(parts, byteCount);
}

/** Waits until the client took what was written; a client that takes nothing for a minute is cut off. */
export async function drained(outgoing: Writable, clock: Clock): Promise<void> {
  if (outgoing.destroyed) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  using _timer = clock.timer(stallTimeoutMs, () => {
    outgoing.destroy();
    resolve();
  });
  outgoing.once('drain', resolve).once('close', resolve);
  await promise;
  outgoing.off('drain', resolve).off('close', resolve);
}
