import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, formatTime, sleepUnlessAborted } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { errorText } from '../meta/errors.ts';
import type { Store, StoredRecord } from '../ports/store.ts';
import type { Backlog } from './backlog.ts';
import { linkHeader, linkRecord, noHash } from './chain.ts';
import { type AuditHead, type AuditSigner, type AuditStatement, headsPath, readHeads, signed } from './heads.ts';
import { findTail, type LogTail } from './log-tail.ts';
import { type AuditRetention, removeOldSegments, writeStatement } from './retention.ts';
import { listSegments, type Segment, segmentName } from './segments.ts';
import { syncFolder } from '../blobs/sync-folder.ts';

/** How soon things happen in a log, and how large its files get. */
export interface AuditLogBounds {
  /** From a record until its line is in a synced file and the store forgets it, milliseconds: all that came meanwhile is one step. */
  readonly fileAfterMs: number;
  /** From there until a head is signed and anchored, milliseconds. */
  readonly headAfterMs: number;
  /** A segment ends beyond this size, bytes … */
  readonly segmentBytesMax: number;
  /** … or this age, milliseconds. */
  readonly segmentAgeMaxMs: number;
}

/** What most programs want. */
export const defaultLogBounds: AuditLogBounds = {
  fileAfterMs: 1_000,
  headAfterMs: 10_000,
  segmentBytesMax: 64 * 1024 * 1024,
  segmentAgeMaxMs: 86_400_000,
};

/** How an audit log is opened. */
export interface AuditLogOptions {
  /** Made when it is not there. One process uses it at a time: the one that has the store. */
  readonly folder: string;
  readonly store: Pick<Store, 'readRecords' | 'forgetRecords'>;
  readonly backlog: Backlog;
  readonly signer: AuditSigner;
  readonly retention: AuditRetention;
  readonly bounds: AuditLogBounds;
  /** Told of everything that is signed. */
  readonly onSigned: (statement: AuditStatement) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Records read from the store at once. */
const recordsAtOnceMax = 1_000;
/** Wait after a failure of the disk, milliseconds. Nothing is lost meanwhile: records wait in the store. */
const retryAfterMs = 1_000;
const fileMode = 0o600;
/** Always at the end: after a failed write the file is cut to what it was, and the next one goes there. */
const newSegmentFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_APPEND;

/** The segment that is written. */
interface OpenSegment {
  readonly file: FileHandle;
  readonly openedAtMs: number;
  byteLength: number;
}

/** Where the chain ends. */
interface ChainEnd {
  readonly sequence: number;
  readonly hash: string;
}

/**
 * Opens the log where it ended and files what waits in the store, later if there is no space now. What a crash left half
 * written is dropped: the store has it still.
 */
export async function openAuditLog(options: AuditLogOptions, signal: AbortSignal): Promise<AuditLog> {
  const { folder, store, clock } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const [waiting] = await store.readRecords(0, 1, signal);
  const { tail, segment } = await recover(options, waiting);
  const { heads } = await readHeads(headsPath(folder));
  const log = new AuditLog(options, tail);
  if (segment !== undefined) {
    const { byteLength, openedAtMs = clock.nowMs() } = tail;
    const file = await open(segment.path, 'a', fileMode);
    await file.datasync();
    log.goOn({ file, openedAtMs, byteLength }, Math.max(0, ...heads.map(({ sequence }) => sequence)));
  }
  await log.catchUp(signal);
  return log;
}

/** The end of the last segment that has one. */
async function recover(
  { folder, log }: AuditLogOptions,
  waiting: StoredRecord | undefined,
): Promise<{ readonly tail: LogTail; readonly segment: Segment | undefined }> {
  const syncedTo = waiting === undefined ? Infinity : waiting.sequence - 1;
  for (const segment of (await listSegments(folder)).toReversed()) {
    const tail = await findTail(segment, syncedTo);
    if (tail === undefined) {
      await rm(segment.path);
      continue;
    }
    if (tail.isDamaged) log.error('the audit log is not as it was written', { segment: segment.name });
    if (tail.droppedBytes > 0) {
      await truncate(segment.path, tail.byteLength);
      log.warn('dropped the torn end of the audit log', { segment: segment.name, bytes: tail.droppedBytes });
    }
    return { tail, segment };
  }
  const nothing = { byteLength: 0, droppedBytes: 0, openedAtMs: undefined, isDamaged: false };
  return { tail: { sequence: 0, hash: noHash, ...nothing }, segment: undefined };
}

/** The files records end up in. Everything it does is done by `run`, one thing after the other. */
export class AuditLog {
  readonly #options: AuditLogOptions;
  #segment: OpenSegment | undefined;
  #end: ChainEnd;
  #syncedTo: number;
  #signedTo: number;
  #poked = Promise.withResolvers<void>();
  #isPoked = false;
  #headTimer: Disposable | undefined;
  #isHeadDue = false;

  /** @param end where the chain goes on. Use `openAuditLog`. */
  constructor(options: AuditLogOptions, end: ChainEnd) {
    this.#options = options;
    this.#end = { sequence: end.sequence, hash: end.hash };
    this.#syncedTo = end.sequence;
    this.#signedTo = end.sequence;
  }

  /** Last record that is in a file. */
  get sequence(): number {
    return this.#end.sequence;
  }

  /** Writes into a segment that was there before. @param signedTo last record a head was signed for. */
  goOn(segment: OpenSegment, signedTo: number): void {
    this.#segment = segment;
    this.#signedTo = signedTo;
    if (signedTo < this.#end.sequence) this.#startTimer();
  }

  /** Makes store and files agree after a start. */
  async catchUp(signal: AbortSignal): Promise<void> {
    const { store } = this.#options;
    const isDone = await this.#isDone(async () => {
      // What was filed before a crash need not wait any more. A restored store may even be behind its log.
      if (this.#end.sequence > 0) await store.forgetRecords(this.#end.sequence);
      await this.file(signal);
    }, signal);
    if (!isDone) this.poke();
  }

  /** There are records in the store. Called for every one: resolving a promise twice would cost more than the rest. */
  poke(): void {
    if (this.#isPoked) return;
    this.#isPoked = true;
    this.#poked.resolve();
  }

  /** Files records as they come, syncs and signs, until `signal` aborts. An idle log does nothing. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, bounds } = this.#options;
    const onAbort = () => this.poke();
    signal.addEventListener('abort', onAbort, { once: true });
    for (;;) {
      await this.#poked.promise;
      if (signal.aborted || !(await sleepUnlessAborted(clock, bounds.fileAfterMs, signal))) break;
      this.#poked = Promise.withResolvers();
      this.#isPoked = false;
      if (!(await this.#isDone(() => this.#pass(signal), signal))) {
        if (!(await sleepUnlessAborted(clock, retryAfterMs, signal))) break;
        this.poke();
      }
    }
    signal.removeEventListener('abort', onAbort);
  }

  /** Files, syncs and signs everything that is there, and closes the file. Call it when nothing is recorded any more. */
  async close(signal: AbortSignal): Promise<void> {
    await this.#isDone(async () => {
      await this.file(signal);
      await this.#sync();
      await this.#sign();
    }, signal);
    this.#headTimer?.[Symbol.dispose]();
    await this.#segment?.file.close();
    this.#segment = undefined;
  }

  /** Takes records from the store into the segment. They stay in the store until the segment is synced. */
  async file(signal: AbortSignal): Promise<void> {
    const { store } = this.#options;
    for (;;) {
      const records = await store.readRecords(this.#end.sequence, recordsAtOnceMax, signal);
      const [first] = records;
      if (first === undefined) return;
      const isGap = first.sequence !== this.#end.sequence + 1;
      if (this.#segment === undefined || isGap || this.#isFull(this.#segment)) await this.#begin(first.sequence);
      await this.#write(records);
      this.#startTimer();
    }
  }

  async #pass(signal: AbortSignal): Promise<void> {
    await this.file(signal);
    await this.#sync();
    if (this.#isHeadDue) await this.#sign();
    this.#isHeadDue = false;
  }

  /** False when the disk failed: the records are in the store, and everything is tried again. */
  async #isDone(work: () => Promise<void>, signal: AbortSignal): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      if (signal.aborted) return true;
      this.#options.log.warn('cannot write the audit log: records wait in the store', { error: errorText(error) });
      return false;
    }
  }

  #startTimer(): void {
    const { clock, bounds } = this.#options;
    this.#headTimer ??= clock.timer(bounds.headAfterMs, () => {
      this.#headTimer = undefined;
      this.#isHeadDue = true;
      this.poke();
    });
  }

  #isFull({ byteLength, openedAtMs }: OpenSegment): boolean {
    const { bounds, clock } = this.#options;
    return byteLength >= bounds.segmentBytesMax || clock.nowMs() - openedAtMs >= bounds.segmentAgeMaxMs;
  }

  /** Ends the segment and begins the next one; the oldest go now if there are too many. */
  async #begin(firstSequence: number): Promise<void> {
    const { folder, retention, signer, clock, onSigned, log } = this.#options;
    if (this.#segment !== undefined) {
      await this.#sync();
      await this.#sign();
      await this.#segment.file.close();
      this.#segment = undefined;
    }
    const nowMs = clock.nowMs();
    const header = linkHeader({
      kind: 'AuditSegment',
      apiVersion: 'kernel.planform.dev/v1alpha1',
      firstSequence,
      previousHash: this.#end.hash,
      openedAt: formatTime(nowMs),
    });
    const file = await createSegment(folder, firstSequence, header.line);
    this.#segment = { file, openedAtMs: nowMs, byteLength: header.line.byteLength };
    this.#end = { sequence: firstSequence - 1, hash: header.hash };
    const removal = await removeOldSegments({ folder, retention, signer, nowMs });
    if (removal === undefined) return;
    log.info('removed old segments of the audit log', { through: removal.sequence, segments: removal.segments.length });
    onSigned(removal);
  }

  async #write(records: readonly StoredRecord[]): Promise<void> {
    const segment = this.#segment;
    if (segment === undefined) return;
    let end = this.#end;
    let recordBytes = 0;
    const lines: Buffer[] = [];
    for (const { sequence, bytes } of records) {
      const { line, hash } = linkRecord(bytes, sequence, end.hash);
      lines.push(line);
      recordBytes += bytes.byteLength;
      end = { sequence, hash };
    }
    const text = Buffer.concat(lines);
    try {
      await segment.file.appendFile(text);
    } catch (error) {
      await segment.file.truncate(segment.byteLength);
      throw error;
    }
    segment.byteLength += text.byteLength;
    this.#end = end;
    this.#options.backlog.remove(records.length, recordBytes);
  }

  async #sync(): Promise<void> {
    if (this.#segment === undefined || this.#syncedTo === this.#end.sequence) return;
    const { sequence } = this.#end;
    await this.#segment.file.datasync();
    this.#syncedTo = sequence;
    await this.#options.store.forgetRecords(sequence);
  }

  /** Signs the end of the chain. Everything up to it is synced. */
  async #sign(): Promise<void> {
    const { folder, signer, clock, onSigned } = this.#options;
    if (this.#signedTo >= this.#syncedTo) return;
    const { sequence, hash } = this.#end;
    const time = formatTime(clock.nowMs());
    const content = { kind: 'AuditHead', apiVersion: 'kernel.planform.dev/v1alpha1', sequence, hash, time } as const;
    const head = signed<AuditHead>(content, signer);
    await writeStatement(folder, head);
    this.#signedTo = sequence;
    onSigned(head);
  }
}

/** A new segment, its first line on disk. Nothing stays open when that fails, for example because the disk is full. */
async function createSegment(folder: string, firstSequence: number, header: Uint8Array): Promise<FileHandle> {
  const file = await open(join(folder, segmentName(firstSequence)), newSegmentFlags, fileMode);
  try {
    await file.appendFile(header);
    await file.sync();
    await syncFolder(folder);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}
