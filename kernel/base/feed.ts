/**
 * Values that come over time, for consumers that are too many to spend a promise on every value: take what waits, and
 * be called when there is more. One consumer, which either takes or iterates.
 */
export interface Feed<T> extends AsyncIterable<T, void, undefined> {
  /** The oldest value that waits; `undefined` when none waits now. Never throws. */
  take(): T | undefined;
  /** True when none waits and none will come. */
  readonly isEnded: boolean;
  /** Why it ended although more would have come. Iterations throw it. */
  readonly failure?: Error | undefined;
  /**
   * Sets what is called when `take` or `isEnded` may answer differently than before. It may be called without need, but
   * never inside `take`; it must not throw.
   */
  onWake(wake: () => void): void;
  /** No more values are wanted. Nothing happens the second time. */
  close(): void;
}

/** True if a stream of values can be taken from. */
export function isFeed<T>(values: AsyncIterable<T>): values is Feed<T> {
  return 'take' in values && 'onWake' in values;
}

function throwFailure({ failure }: Feed<unknown>): void {
  if (failure !== undefined) throw failure;
}

/** The values of a feed one by one, until it ends; leaving the iteration closes it. @throws the failure of the feed. */
export async function* iterateFeed<T>(feed: Feed<T>): AsyncGenerator<T, void, undefined> {
  let wake: (() => void) | undefined;
  feed.onWake(() => wake?.());
  try {
    for (;;) {
      const value = feed.take();
      if (value !== undefined) yield value;
      else if (feed.isEnded) return throwFailure(feed);
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    feed.close();
  }
}
