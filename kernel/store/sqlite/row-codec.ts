import { assert } from '../../base/assert.ts';
import type { Commit, StoredRecord, StoreRow } from '../../ports/store.ts';

/**
 * Rows and commits as one packed buffer, so that a whole batch crosses between threads by transfer: nothing is cloned
 * row by row. The layout of rows and commits is for messages between our own threads only; that of records is stored as well.
 *
 * rows: count u32, then per row: revision f64, atMs f64, operation u8, keep u8, and seven byte strings
 * (length u32, bytes): resource, namespace, name, actor, reason, requestId, value. A text that is that of the row before has
 * `sameText` as its length and no bytes.
 * records: count u32, then per record: sequence f64, bytes (length u32, bytes).
 * commits: count u32, then per commit: expectedHead f64, rows, count u32 of records, records (length u32, bytes).
 */
const operations = ['create', 'update', 'delete'] as const;
const textBytesPerCharacterMax = 3;
const rowBytesFixed = 8 + 8 + 1 + 1 + 7 * 4;
const sameText = 0xffffffff;
/** Columns of text. */
const textColumns = ['resource', 'namespace', 'name', 'actor', 'reason', 'requestId'] as const;
/** Small values share pieces of memory of this size: each of their own would cost more to make than to fill. */
const slabBytes = 16 * 1024;
/** Larger values have memory of their own. */
const slabValueBytesMax = 4 * 1024;

/** Packs commits. The buffer is the caller's alone and can be transferred. */
export function encodeCommits(commits: readonly Commit[]): Buffer<ArrayBuffer> {
  let bytesMax = 4;
  for (const commit of commits) bytesMax += packedBytesMax(commit);
  const writer = new PackWriter(bytesMax);
  writer.count(commits.length);
  for (const { expectedHead, rows, records = [] } of commits) {
    writer.number(expectedHead);
    writer.rows(rows);
    writer.count(records.length);
    for (const record of records) writer.value(record);
  }
  return writer.finish();
}

/** The opposite of `encodeCommits`. Values are views of `packed`. */
export function decodeCommits(packed: Buffer): Commit[] {
  const reader = new PackReader(packed, (view) => view);
  return Array.from({ length: reader.count() }, () => ({
    expectedHead: reader.number(),
    rows: reader.rows(),
    records: Array.from({ length: reader.count() }, () => reader.value()),
  }));
}

/** Packs rows. The buffer is the caller's alone and can be transferred. */
export function encodeRows(rows: readonly StoreRow[]): Buffer<ArrayBuffer> {
  const writer = new PackWriter(rowsBytesMax(rows));
  writer.rows(rows);
  return writer.finish();
}

/** The opposite of `encodeRows`. Keeping a value does not hold `packed`, and at most `slabBytes` of the values beside it. */
export function decodeRows(packed: Buffer): StoreRow[] {
  return new PackReader(packed, slabCopier()).rows();
}

/** Packs records. The buffer is the caller's alone and can be transferred. */
export function encodeRecords(records: readonly StoredRecord[]): Buffer<ArrayBuffer> {
  let bytesMax = 4;
  for (const { bytes } of records) bytesMax += 8 + 4 + bytes.byteLength;
  const writer = new PackWriter(bytesMax);
  writer.count(records.length);
  for (const { sequence, bytes } of records) {
    writer.number(sequence);
    writer.value(bytes);
  }
  return writer.finish();
}

/** The opposite of `encodeRecords`. Values are views of `packed`. */
export function decodeRecords(packed: Buffer): StoredRecord[] {
  const reader = new PackReader(packed, (view) => view);
  return Array.from({ length: reader.count() }, () => ({ sequence: reader.number(), bytes: reader.value() }));
}

/** Most bytes a commit takes when packed. */
export function packedBytesMax(commit: Commit): number {
  let bytesMax = 8 + rowsBytesMax(commit.rows) + 4;
  for (const { byteLength } of commit.records ?? []) bytesMax += 4 + byteLength;
  return bytesMax;
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

function slabCopier(): (view: Buffer) => Buffer {
  let slab = Buffer.alloc(0);
  let used = 0;
  return (view) => {
    const { byteLength } = view;
    const isSmall = byteLength <= slabValueBytesMax;
    if (isSmall && used + byteLength > slab.byteLength) {
      slab = Buffer.allocUnsafeSlow(slabBytes);
      used = 0;
    }
    const copy = isSmall ? slab.subarray(used, used + byteLength) : Buffer.allocUnsafeSlow(byteLength);
    if (isSmall) used += byteLength;
    view.copy(copy);
    return copy;
  };
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
    let before: StoreRow | undefined;
    for (const row of rows) {
      this.#row(row, before);
      before = row;
    }
  }

  /** The packed part. Keeps the unused rest of its memory: the buffer is about to be transferred, not kept. */
  finish(): Buffer<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#offset);
  }

  #row(row: StoreRow, before: StoreRow | undefined): void {
    this.number(row.revision);
    this.number(row.atMs);
    this.#buffer[this.#offset++] = operations.indexOf(row.operation);
    this.#buffer[this.#offset++] = row.keep ? 1 : 0;
    for (const column of textColumns) {
      if (before?.[column] === row[column]) this.count(sameText);
      else this.#text(row[column]);
    }
    this.value(row.bytes);
  }

  value(bytes: Uint8Array): void {
    this.count(bytes.byteLength);
    this.#buffer.set(bytes, this.#offset);
    this.#offset += bytes.byteLength;
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
    const rows: StoreRow[] = [];
    for (let left = this.count(); left > 0; left--) rows.push(this.#row(rows.at(-1)));
    return rows;
  }

  #row(before: StoreRow | undefined): StoreRow {
    const revision = this.number();
    const atMs = this.number();
    const operation = operations[this.#byte()];
    assert(operation !== undefined, 'A packed row has a known operation');
    return {
      revision,
      atMs,
      operation,
      keep: this.#byte() === 1,
      resource: this.#text(before?.resource),
      namespace: this.#text(before?.namespace),
      name: this.#text(before?.name),
      actor: this.#text(before?.actor),
      reason: this.#text(before?.reason),
      requestId: this.#text(before?.requestId),
      bytes: this.value(),
    };
  }

  value(): Buffer {
    return this.#takeValue(this.#slice());
  }

  #byte(): number {
    return this.#packed.readUInt8(this.#offset++);
  }

  #text(before: string | undefined): string {
    const length = this.count();
    if (length === sameText && before !== undefined) return before;
    this.#offset += length;
    return this.#packed.toString('utf8', this.#offset - length, this.#offset);
  }

  #slice(): Buffer {
    const length = this.count();
    this.#offset += length;
    return this.#packed.subarray(this.#offset - length, this.#offset);
  }
}
