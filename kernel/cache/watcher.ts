import type { Clock } from '../base/clock.ts';
import { BoundedQueue } from '../base/bounded-queue.ts';
import { type Feed, iterateFeed } from '../base/feed.ts';
import type { WatchNotice } from '../ports/resources.ts';
import type { CacheEvent } from './recent-events.ts';
import type { Selection } from './selection.ts';
import type { Sleeper, WakeList } from './wake-list.ts';

/** Notices waiting for one watcher. A watcher that falls further behind is closed; it resumes from what it saw last. */
export const watchBufferMax = 4096;
/** Encoded bytes of the objects waiting for one watcher (shared with others); beyond it the watcher is closed too. */
const watchBufferBytesMax = 32 * 1024 * 1024;

/** How a watch begins and ends. */
export interface WatcherOptions {
  readonly selection: Selection;
  /** Notices of what is there already or happened since the asked revision; delivered first, made when they are taken. */
  readonly initial: Iterator<WatchNotice, undefined>;
  readonly allowBookmarks: boolean;
  /** Milliseconds until the watch ends by itself. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Ends the watch when it aborts; what waits is dropped. */
  readonly signal: AbortSignal;
  /** Who calls the consumer when events came. */
  readonly wakeList: WakeList;
  /** The durable head, for the closing bookmark. */
  readonly head: () => number;
  /** Called once when no more events are wanted. */
  readonly onClose: (watcher: Watcher) => void;
}

/**
 * One watch. Events are buffered from construction on, so nothing is lost before somebody takes them. It ends at the
 * timeout, when the signal aborts, or when the buffer overflows; always after a notice, never inside one.
 */
export class Watcher implements Feed<WatchNotice>, Sleeper {
  readonly selection: Selection;
  readonly allowBookmarks: boolean;
  readonly #options: WatcherOptions;
  readonly #queue = new BoundedQueue<WatchNotice>(watchBufferMax);
  readonly #timer: Disposable;
  readonly #stop = () => this.close();
  #initial: Iterator<WatchNotice, undefined> | undefined;
  #queuedBytes = 0;
  #isClosed = false;
  #isWaking = false;
  #onWake: (() => void) | undefined;

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.#initial = options.initial;
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
    if (isFull || !this.#queue.push(notice)) return this.close();
    this.#wakeSoon();
  }

  /** Queues a bookmark when nothing else is waiting (then the watcher's position moves anyway). */
  offerBookmark(notice: WatchNotice): void {
    if (this.allowBookmarks && this.#queue.length === 0 && this.#queue.push(notice)) this.#wakeSoon();
  }

  /** Ends the watch after what is queued. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer[Symbol.dispose]();
    this.#options.signal.removeEventListener('abort', this.#stop);
    this.#queue.close();
    this.#options.onClose(this);
    this.#wakeSoon();
  }

  take(): WatchNotice | undefined {
    if (this.#options.signal.aborted) return undefined;
    if (this.#initial !== undefined) {
      const { value } = this.#initial.next();
      if (value !== undefined) return value;
      this.#initial = undefined;
    }
    const notice = this.#queue.shift();
    if (notice !== undefined) this.#queuedBytes -= sizeOf(notice);
    return notice;
  }

  get isEnded(): boolean {
    if (this.#options.signal.aborted) return true;
    return this.#isClosed && this.#initial === undefined && this.#queue.length === 0;
  }

  onWake(wake: () => void): void {
    this.#onWake = wake;
  }

  wake(): void {
    this.#isWaking = false;
    this.#onWake?.();
  }

  [Symbol.asyncIterator](): AsyncGenerator<WatchNotice, void, undefined> {
    return iterateFeed(this);
  }

  #wakeSoon(): void {
    if (this.#isWaking || this.#onWake === undefined) return;
    this.#isWaking = true;
    this.#options.wakeList.add(this);
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
