import type { Random } from './random.ts';

/** The system's cryptographic randomness. Only `programs/*` and tests of real software pick it. */
export const systemRandom: Random = {
  nextFloat: () => Math.random(),
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  uuid: () => crypto.randomUUID(),
};
