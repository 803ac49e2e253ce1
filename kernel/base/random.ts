/** Randomness as a value that is passed in; the simulator replaces it by a seeded one. */
export interface Random {
  /** Uniform in [0, 1). Not for secrets. */
  nextFloat(): number;
  /** `length` (0 … 65536) bytes; from the system's cryptographic source in production. */
  bytes(length: number): Uint8Array;
  /** A version 4 UUID (RFC 9562). */
  uuid(): string;
}

/** Letters and digits Kubernetes uses for generated name suffixes: no vowels, no look-alikes (apimachinery util/rand). */
const suffixAlphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** `length` characters that are safe in names and spell no words. */
export function randomSuffix(random: Random, length: number): string {
  let suffix = '';
  for (const byte of random.bytes(length)) suffix += suffixAlphabet[byte % suffixAlphabet.length];
  return suffix;
}

/**
 * A deterministic generator (mulberry32) for simulations and property tests. Same seed, same sequence.
 * Never use it for keys or tokens.
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const nextFloat = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const bytes = (length: number) => Uint8Array.from({ length }, () => Math.floor(nextFloat() * 256));
  const uuid = () => formatUuid(bytes(16));
  return { nextFloat, bytes, uuid };
}

/** Formats 16 random bytes as a version 4 UUID. */
export function formatUuid(bytes: Uint8Array): string {
  const copy = Uint8Array.from(bytes);
  copy[6] = ((copy[6] ?? 0) & 0x0f) | 0x40;
  copy[8] = ((copy[8] ?? 0) & 0x3f) | 0x80;
  const hex = copy.toHex();
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
