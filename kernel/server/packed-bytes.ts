import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** Shorter bytes are kept as they are. */
const packedMin = 4 * 1024;

/**
 * Bytes that are read seldom and kept for long: compressed, and as they are only while nobody needs the memory. Documents
 * about kinds shrink to a tenth and less.
 */
export class PackedBytes {
  /** sha256 of the bytes, upper-case hex. */
  readonly digest: string;
  readonly byteLength: number;
  readonly #packed: Uint8Array;
  #bytes: WeakRef<Uint8Array> | undefined;

  constructor(bytes: Uint8Array) {
    this.digest = createHash('sha256').update(bytes).digest('hex').toUpperCase();
    this.byteLength = bytes.byteLength;
    const isSmall = bytes.byteLength < packedMin;
    // The fastest level: it costs a third of the default and saves nearly as much.
    this.#packed = isSmall ? bytes : ownMemory(deflateRawSync(bytes, { level: 1 }));
    if (!isSmall) this.#bytes = new WeakRef(bytes);
  }

  bytes(): Uint8Array {
    if (this.#bytes === undefined) return this.#packed;
    const known = this.#bytes.deref();
    if (known !== undefined) return known;
    const bytes = inflateRawSync(this.#packed);
    this.#bytes = new WeakRef(bytes);
    return bytes;
  }
}

/** A copy: what zlib returns keeps a buffer alive that is many times larger. */
function ownMemory(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.allocUnsafeSlow(bytes.byteLength);
  copy.set(bytes);
  return copy;
}
