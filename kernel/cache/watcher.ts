import type { Clock } from '../base/clock.ts';
import { BoundedQueue } from '../base/bounded-queue.ts';
import type { WatchNotice } from '../ports/resources.ts';
import type { CacheEvent } from './recent-events.ts';
import type { Selection } from './selection.ts';

/** Notices waiting for one watcher. A watcher that falls further behind is closed; it resumes from what it saw last. */
export const watchBufferMax = 4096;
/** Encoded bytes of the objects waiting for one watcher (shared with others); beyond it the watcher is closed too. */
const watchBufferBytesMax = 32 * 1024 * 1024;

/** How a watch begins and ends. */
export interface WatcherOptions {
  readonly selection: Selection;
  /** Notices of what is there already or happened since the asked revision; delivered first. */
  readonly initial: Iterable<WatchNotice>;
  readonly allowBookmarks: boolean;
  /** Milliseconds until the watch ends by itself. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Ends the watch when it aborts. */
  readonly signal: AbortSignal;
  /** The durable head, for the closing bookmark. */
  readonly head: () => number;
  /** Called once when no more events are wanted. */
  readonly onClose: (watcher: Watcher) => void;
}

/**
 * One watch. Events are buffered from construction on, so nothing is lost before the iteration starts. The iteration
 * ends at the timeout, when the signal aborts, or when the buffer overflows; always after a notice, never inside one.
 */
export class Watcher implements AsyncIterable<WatchNotice> {
  readonly selection: Selection;
  readonly allowBookmarks: boolean;
  readonly #options: WatcherOptions;
  readonly #queue = new BoundedQueue<WatchNotice>(watchBufferMax);
  readonly #timer: Disposable;
  readonly #stop = () => this.close();
  #queuedBytes = 0;
  #isClosed = false;

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.selection = options.selection;
    this.allowBookmarks = options.allowBookmarks;
    this.#timer = options.clock.timer(options.timeoutMs, () => this.#expire());
    options.signal.addEventListener('abort', this.#stop, { once: true });
  }

  /** Offers one event; it is queued if the selection is concerned. */
  offer(event: CacheEvent): void {
    const notice = event.noticeFor(this.selection);
    if (notice === undefined) return;
    this.#queuedBytes += sizeOf(notice);
    const isFull = this.#queuedBytes > watchBufferBytesMax && this.#queue.length > 0;
    if (isFull || !this.#queue.push(notice)) this.close();
  }

  /** Queues a bookmark when nothing else is waiting (then the watcher's position moves anyway). */
  offerBookmark(notice: WatchNotice): void {
    if (this.allowBookmarks && this.#queue.length === 0) this.#queue.push(notice);
  }

  /** Ends the watch after what is queued. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer[Symbol.dispose]();
    this.#options.signal.removeEventListener('abort', this.#stop);
    this.#queue.close();
    this.#options.onClose(this);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<WatchNotice, void, undefined> {
    const { initial, signal } = this.#options;
    try {
      if (signal.aborted) return;
      for (const notice of initial) {
        yield notice;
        if (signal.aborted) return;
      }
      for (;;) {
        const notice = await this.#queue.take();
        if (notice === undefined || signal.aborted) return;
        this.#queuedBytes -= sizeOf(notice);
        yield notice;
      }
    } finally {
      this.close();
    }
  }

  #expire(): void {
    this.offerBookmark(makeBookmark(this.#options.head()));
    this.close();
  }
}

function sizeOf({ object }: WatchNotice): number {
  return object?.bytes.byteLength ?? 0;
}

/** A notice that everything up to `revision` was delivered. */
export function makeBookmark(revision: number, endsInitialEvents = false): WatchNotice {
  const bookmark = { type: 'BOOKMARK', object: undefined, revision, encodings: new Map() } as const;
  return endsInitialEvents ? { ...bookmark, endsInitialEvents } : bookmark;
}
