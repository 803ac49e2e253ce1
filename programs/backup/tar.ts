/**
 * The part of the tar format that backups use (POSIX ustar, sizes beyond 8 GiB as GNU tar writes them), so that `tar`
 * can look into them. Regular files only, names of at most 100 bytes.
 */

import { CommandError } from '../cli/exit.ts';

const blockBytes = 512;
const nameBytesMax = 100;
/** Larger sizes do not fit into eleven octal digits. */
const octalSizeMax = 0o77777777777;

/** One file of an archive. */
export interface TarEntry {
  readonly name: string;
  readonly bytes: number;
  /** The contents, once, in order. What is not read is skipped. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** The block in front of a file. */
export function tarHeader(name: string, bytes: number, mode: number): Uint8Array {
  const block = Buffer.alloc(blockBytes);
  if (Buffer.byteLength(name) > nameBytesMax) throw new RangeError(`Cannot write "${name}" to a tar: name too long`);
  block.write(name, 0);
  block.write(octal(mode, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  if (bytes <= octalSizeMax) block.write(octal(bytes, 11), 124);
  else {
    block[124] = 0x80;
    block.writeBigUInt64BE(BigInt(bytes), 128);
  }
  block.write(octal(0, 11), 136);
  block.write('0', 156);
  block.write('ustar\x0000', 257);
  block.write(`${octal(checksumOf(block), 6)}\0 `, 148);
  return block;
}

/** What follows a file of that size. */
export function tarPadding(bytes: number): Uint8Array {
  return new Uint8Array((blockBytes - (bytes % blockBytes)) % blockBytes);
}

/** The end of an archive. */
export const tarEnd: Uint8Array = new Uint8Array(2 * blockBytes);

/** Reads an archive file by file. @throws {CommandError} when it is damaged or ends early. */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry, void, undefined> {
  const reader = new ByteReader(source);
  for (;;) {
    const block = await reader.read(blockBytes);
    if (block.every((byte) => byte === 0)) return;
    const { name, bytes } = parseHeader(block);
    const body = reader.stream(bytes);
    yield { name, bytes, body };
    for await (const _rest of body);
    await reader.read(tarPadding(bytes).byteLength);
  }
}

function parseHeader(block: Buffer): { readonly name: string; readonly bytes: number } {
  const sum = parseInt(textAt(block, 148, 8), 8);
  if (sum !== checksumOf(block)) throw damaged('a header is not as it was written');
  if (block[156] !== 0x30) throw damaged('it holds something that is not a file');
  const bytes = block[124] === 0x80 ? Number(block.readBigUInt64BE(128)) : parseInt(textAt(block, 124, 12), 8);
  if (!Number.isSafeInteger(bytes) || bytes < 0) throw damaged('a size is not a number');
  return { name: textAt(block, 0, nameBytesMax), bytes };
}

function damaged(why: string): CommandError {
  return new CommandError(`Cannot read the backup: ${why}`, 'the file is damaged or was not written to its end');
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

/** Sum of all bytes with the checksum itself as blanks. */
function checksumOf(block: Buffer): number {
  let sum = 8 * 0x20;
  for (const [index, byte] of block.entries()) if (index < 148 || index >= 156) sum += byte;
  return sum;
}

function textAt(block: Buffer, start: number, length: number): string {
  const end = block.indexOf(0, start);
  return block.toString('utf8', start, end < 0 || end > start + length ? start + length : end).trim();
}

/** Takes bytes off a stream in the portions that are asked for. */
class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** Exactly so many bytes. */
  async read(count: number): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    for await (const part of this.stream(count)) parts.push(part);
    return Buffer.concat(parts, count);
  }

  /** Exactly so many bytes, as they come. Leaving the loop early leaves the rest to a later loop over the same stream. */
  stream(count: number): AsyncIterableIterator<Uint8Array> {
    let left = count;
    const next = async (): Promise<IteratorResult<Uint8Array>> => {
      if (left === 0) return { done: true, value: undefined };
      if (this.#rest.length === 0) await this.#fill();
      const part = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(part.length);
      left -= part.length;
      return { done: false, value: part };
    };
    const stream = { next, [Symbol.asyncIterator]: () => stream };
    return stream;
  }

  async #fill(): Promise<void> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done === true) throw damaged('it ends early');
      this.#rest = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
  }
}
