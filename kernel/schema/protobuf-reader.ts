import { ApiError } from '../meta/errors.ts';

/** How a field is laid out (protobuf encoding, "wire types"); groups are not in use. */
export const wireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Deepest nesting of messages. */
const depthMax = 128;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads the fields of one protobuf message from a part of a buffer. All errors are `ApiError`s, reason `BadRequest`. */
export class ProtobufReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #depth: number;
  #offset: number;

  /** @param depth how many messages are around this one. */
  constructor(bytes: Uint8Array, offset = 0, end = bytes.length, depth = 0) {
    if (depth > depthMax)
      throw new ApiError('BadRequest', `Cannot read protobuf nested deeper than ${depthMax} messages`);
    this.#bytes = bytes;
    this.#offset = offset;
    this.#end = end;
    this.#depth = depth;
  }

  get atEnd(): boolean {
    return this.#offset >= this.#end;
  }

  /** Number and wire type of the next field. */
  readTag(): { readonly number: number; readonly wire: number } {
    const tag = this.readUint32();
    return { number: tag >>> 3, wire: tag & 7 };
  }

  /** An unsigned varint of at most 32 bits; higher bits are cut off. */
  readUint32(): number {
    return Number(BigInt.asUintN(32, this.#readVarint()));
  }

  /** A varint as a signed integer of 32 bits. */
  readInt32(): number {
    return Number(BigInt.asIntN(32, this.#readVarint()));
  }

  /** A varint as a signed integer of 64 bits. */
  readInt64(): bigint {
    return BigInt.asIntN(64, this.#readVarint());
  }

  /** A 64-bit floating-point number. */
  readDouble(): number {
    const start = this.#skip(8);
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + start, 8).getFloat64(0, true);
  }

  /** Bytes with their length in front; a view, not a copy. */
  readBytes(): Uint8Array {
    const length = this.readUint32();
    const start = this.#skip(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** A text. */
  readString(): string {
    try {
      return decoder.decode(this.readBytes());
    } catch (cause) {
      if (cause instanceof ApiError) throw cause;
      throw new ApiError('BadRequest', 'Cannot read protobuf: a text is not UTF-8', {}, { cause });
    }
  }

  /** A reader of the message that follows. */
  readMessage(): ProtobufReader {
    const length = this.readUint32();
    const start = this.#skip(length);
    return new ProtobufReader(this.#bytes, start, start + length, this.#depth + 1);
  }

  /** Passes over a field nobody knows. */
  skipField(wire: number): void {
    switch (wire) {
      case wireType.varint:
        this.#readVarint();
        return;
      case wireType.fixed64:
        this.#skip(8);
        return;
      case wireType.bytes:
        this.#skip(this.readUint32());
        return;
      case wireType.fixed32:
        this.#skip(4);
        return;
      default:
        throw new ApiError('BadRequest', `Cannot read protobuf: wire type ${wire} is not supported`);
    }
  }

  #readVarint(): bigint {
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#readByte();
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt(low);
    }
    let value = BigInt(low);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.#readByte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new ApiError('BadRequest', 'Cannot read protobuf: an integer is longer than 64 bits');
  }

  #readByte(): number {
    return this.#bytes[this.#skip(1)] as number;
  }

  /** Moves on by `length` bytes. @returns the offset before. */
  #skip(length: number): number {
    const start = this.#offset;
    if (length > this.#end - start) throw new ApiError('BadRequest', 'Cannot read protobuf: it ends inside a field');
    this.#offset = start + length;
    return start;
  }
}
