/**
 * Time as a value that is passed in. Rows 0–5 never read the machine's clock themselves, so that the simulator
 * can run them on a virtual one. Delays may have fractions; the longest is 24 days, longer ones end then.
 */
export interface Clock {
  /** Wall-clock time, milliseconds since the Unix epoch. May jump; never use it to measure a duration. */
  nowMs(): number;
  /** Milliseconds of a clock that never jumps or goes back; only differences mean anything. */
  monotonicMs(): number;
  /**
   * Resolves after `delayMs` (≥ 0).
   * @throws the abort reason as soon as `signal` aborts.
   */
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
  /** Calls `fire` once after `delayMs` unless disposed before. Does not keep the process alive. */
  timer(delayMs: number, fire: () => void): Disposable;
  /** A signal that aborts with a `TimeoutError` after `delayMs`. Does not keep the process alive. */
  timeoutSignal(delayMs: number): AbortSignal;
  /** Lets everything else that is ready run first (other I/O included). Hot loops call it to stay fair. */
  yieldToOthers(): Promise<void>;
}

/** RFC 3339 in UTC with second precision, the form of `metadata.creationTimestamp` (Kubernetes `metav1.Time`). */
export function formatTime(ms: number): string {
  const second = Math.floor(ms / 1_000);
  // Every write asks for the present, some thousand times a second, and working it out takes several microseconds.
  if (second !== formatted.second) formatted = { second, text: `${new Date(ms).toISOString().slice(0, 19)}Z` };
  return formatted.text;
}

/** The second that was formatted last. */
let formatted = { second: Number.NaN, text: '' };

/** RFC 3339 in UTC with microseconds, the form of Kubernetes `metav1.MicroTime`. */
export function formatMicroTime(ms: number): string {
  const milliseconds = String(Math.floor(ms) - Math.floor(ms / 1_000) * 1_000).padStart(3, '0');
  return `${formatTime(ms).slice(0, -1)}.${milliseconds}000Z`;
}

/** Milliseconds since the epoch of an RFC 3339 text; `undefined` if it is absent or not a time. */
export function parseTime(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

/** Sleeps; false, instead of a throw, when `signal` aborted meanwhile. For retry loops. */
export async function sleepUnlessAborted(clock: Clock, delayMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(delayMs, signal);
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}
