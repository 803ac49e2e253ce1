import { assert } from '../../base/assert.ts';
import type { Commit, StoreRow } from '../../ports/store.ts';

/**
 * Rows and commits as one packed buffer, so that a whole batch crosses between threads by transfer: nothing is cloned
 * row by row. Only for messages between our own threads; the layout is not stored anywhere.
 *
 * rows: count u32, then per row: revision f64, atMs f64, operation u8, keep u8, and seven byte strings
 * (length u32, bytes): resource, namespace, name, actor, reason, requestId, value.
 * commits: count u32, then per commit: expectedHead f64, rows.
 */
const operations = ['create', 'update', 'delete'] as const;
const textBytesPerCharacterMax = 3;
const rowBytesFixed = 8 + 8 + 1 + 1 + 7 * 4;

/** Packs commits. The buffer is the caller's alone and can be transferred. */
export function encodeCommits(commits: readonly Commit[]): Buffer<ArrayBuffer> {
  let bytesMax = 4;
  for (const { rows } of commits) bytesMax += 8 + rowsBytesMax(rows);
  const writer = new PackWriter(bytesMax);
  writer.count(commits.length);
  for (const { expectedHead, rows } of commits) {
    writer.number(expectedHead);
    writer.rows(rows);
  }
  return writer.finish();
}

/** The opposite of `encodeCommits`. Values are views of `packed`. */
export function decodeCommits(packed: Buffer): Commit[] {
  const reader = new PackReader(packed, (view) => view);
  return Array.from({ length: reader.count() }, () => ({ expectedHead: reader.number(), rows: reader.rows() }));
}

/** Packs rows. The buffer is the caller's alone and can be transferred. */
export function encodeRows(rows: readonly StoreRow[]): Buffer<ArrayBuffer> {
  const writer = new PackWriter(rowsBytesMax(rows));
  writer.rows(rows);
  return writer.finish();
}

/** The opposite of `encodeRows`. Each value has memory of its own, so that keeping one does not hold the others. */
export function decodeRows(packed: Buffer): StoreRow[] {
  return new PackReader(packed, ownCopy).rows();
}

/** Most bytes a commit takes when packed. */
export function packedBytesMax(commit: Commit): number {
  return 8 + rowsBytesMax(commit.rows);
}

function rowsBytesMax(rows: readonly StoreRow[]): number {
  let bytesMax = 4;
  for (const row of rows) {
    const { resource, namespace, name, actor, reason, requestId } = row;
    const characters =
      resource.length + namespace.length + name.length + actor.length + reason.length + requestId.length;
    bytesMax += rowBytesFixed + characters * textBytesPerCharacterMax + row.bytes.byteLength;
  }
  return bytesMax;
}

function ownCopy(view: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(view.byteLength);
  view.copy(copy);
  return copy;
}

class PackWriter {
  readonly #buffer: Buffer<ArrayBuffer>;
  #offset = 0;

  constructor(bytesMax: number) {
    this.#buffer = Buffer.allocUnsafeSlow(bytesMax);
  }

  count(value: number): void {
    this.#offset = this.#buffer.writeUInt32LE(value, this.#offset);
  }

  number(value: number): void {
    this.#offset = this.#buffer.writeDoubleLE(value, this.#offset);
  }

  rows(rows: readonly StoreRow[]): void {
    this.count(rows.length);
    for (const row of rows) this.#row(row);
  }

  /** The packed part. Keeps the unused rest of its memory: the buffer is about to be transferred, not kept. */
  finish(): Buffer<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#offset);
  }

  #row(row: StoreRow): void {
    this.number(row.revision);
    this.number(row.atMs);
    this.#buffer[this.#offset++] = operations.indexOf(row.operation);
    this.#buffer[this.#offset++] = row.keep ? 1 : 0;
    this.#text(row.resource);
    this.#text(row.namespace);
    this.#text(row.name);
    this.#text(row.actor);
    this.#text(row.reason);
    this.#text(row.requestId);
    this.count(row.bytes.byteLength);
    this.#buffer.set(row.bytes, this.#offset);
    this.#offset += row.bytes.byteLength;
  }

  #text(text: string): void {
    const length = this.#buffer.write(text, this.#offset + 4);
    this.count(length);
    this.#offset += length;
  }
}

class PackReader {
  readonly #packed: Buffer;
  readonly #takeValue: (view: Buffer) => Buffer;
  #offset = 0;

  constructor(packed: Buffer, takeValue: (view: Buffer) => Buffer) {
    this.#packed = packed;
    this.#takeValue = takeValue;
  }

  count(): number {
    this.#offset += 4;
    return this.#packed.readUInt32LE(this.#offset - 4);
  }

  number(): number {
    this.#offset += 8;
    return this.#packed.readDoubleLE(this.#offset - 8);
  }

  rows(): StoreRow[] {
    return Array.from({ length: this.count() }, () => this.#row());
  }

  #row(): StoreRow {
    const revision = this.number();
    const atMs = this.number();
    const operation = operations[this.#byte()];
    assert(operation !== undefined, 'A packed row has a known operation');
    return {
      revision,
      atMs,
      operation,
      keep: this.#byte() === 1,
      resource: this.#text(),
      namespace: this.#text(),
      name: this.#text(),
      actor: this.#text(),
      reason: this.#text(),
      requestId: this.#text(),
      bytes: this.#takeValue(this.#slice()),
    };
  }

  #byte(): number {
    return this.#packed.readUInt8(this.#offset++);
  }

  #text(): string {
    const length = this.count();
    this.#offset += length;
    return this.#packed.toString('utf8', this.#offset - length, this.#offset);
  }

  #slice(): Buffer {
    const length = this.count();
    this.#offset += length;
    return this.#packed.subarray(this.#offset - length, this.#offset);
  }
}
