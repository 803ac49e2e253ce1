import type { Clock } from './clock.ts';

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
      }, delayMs);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  },
  timer(delayMs, fire) {
    const timer = setTimeout(fire, delayMs);
    timer.unref();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
  timeoutSignal: (delayMs) => AbortSignal.timeout(delayMs),
  yieldToOthers: () => new Promise((resolve) => setImmediate(resolve)),
};
