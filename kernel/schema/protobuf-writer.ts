import { wireType } from './protobuf-reader.ts';

const encoder = new TextEncoder();

/** Writes the fields of one protobuf message into a growing buffer. */
export class ProtobufWriter {
  #bytes = new Uint8Array(256);
  #length = 0;

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** A text; UTF-8 with its length in front. */
  writeText(number: number, text: string): void {
    this.#writeBytes(number, encoder.encode(text));
  }

  /** True or false. */
  writeBool(number: number, value: boolean): void {
    this.#writeTag(number, wireType.varint);
    this.#writeVarint(value ? 1 : 0);
  }

  /** A whole number of at most 2^53, not negative. */
  writeUnsigned(number: number, value: number): void {
    this.#writeTag(number, wireType.varint);
    this.#writeVarint(value);
  }

  /** A 64-bit floating-point number. */
  writeDouble(number: number, value: number): void {
    this.#writeTag(number, wireType.fixed64);
    this.#reserve(8);
    new DataView(this.#bytes.buffer).setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  /** A message, written by `write`. */
  writeMessage(number: number, write: (message: ProtobufWriter) => void): void {
    const message = new ProtobufWriter();
    write(message);
    this.#writeBytes(number, message.#bytes.subarray(0, message.#length));
  }

  #writeBytes(number: number, bytes: Uint8Array): void {
    this.#writeTag(number, wireType.bytes);
    this.#writeVarint(bytes.length);
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #writeTag(number: number, wire: number): void {
    this.#writeVarint(number * 8 + wire);
  }

  #writeVarint(value: number): void {
    this.#reserve(10);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length++] = rest;
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + count));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
