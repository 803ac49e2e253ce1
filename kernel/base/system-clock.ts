import type { Clock } from './clock.ts';

/** Longest delay the platform's timers know, 24.8 days; a longer one would fire at once. */
const delayMsMax = 2 ** 31 - 1;

/** The platform's timers want whole milliseconds within their range. */
function boundedDelay(delayMs: number): number {
  return Math.min(delayMsMax, Math.max(0, Math.ceil(delayMs)));
}

/** The machine's clock. Only `programs/*` and tests of real software pick it. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep(delayMs, signal) {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal.reason);
      };
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      }, boundedDelay(delayMs));
      signal.addEventListener('abort', onAbort, { once: true });
    });
  },
  timer(delayMs, fire) {
    const timer = setTimeout(fire, boundedDelay(delayMs));
    timer.unref();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
  timeoutSignal: (delayMs) => AbortSignal.timeout(boundedDelay(delayMs)),
  yieldToOthers: () => new Promise((resolve) => setImmediate(resolve)),
};
