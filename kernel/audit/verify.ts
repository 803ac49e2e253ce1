import type { KeyObject } from 'node:crypto';
import { chainHash, noHash, readHeader, readLink, type RecordLink } from './chain.ts';
import { type AuditHead, type AuditRemoval, type HeadsFile, isSignedBy } from './heads.ts';
import { listSegments, readLines, type Segment, type SegmentLine } from './segments.ts';

/** Something in a log that is not as it was written. */
export interface AuditFinding {
  /** File name, or empty when it is about the whole. */
  readonly segment: string;
  /** Line in it, from 1; 0 when it is about the whole file. */
  readonly line: number;
  /** Number of the record; of the first one that is missing. */
  readonly sequence: number;
  /** When it was recorded, or the record next to it; empty when nothing tells. */
  readonly time: string;
  /** For people. */
  readonly message: string;
}

/** What was found out about a log. */
export interface AuditReport {
  readonly recordCount: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly lastTime: string;
  /** In the order in which they were found; at most `findingsMax`. */
  readonly findings: readonly AuditFinding[];
  /** The newest head that vouches for what is before it. */
  readonly anchored: AuditHead | undefined;
  /** Records after it: they follow from each other, but their end could have been cut off unnoticed. */
  readonly unanchoredCount: number;
  /** What retention removed before the first record, as it was signed. */
  readonly removed: AuditRemoval | undefined;
}

/** What a log is compared with. */
export interface VerifyOptions {
  readonly folder: string;
  /** Heads and removals beside the log; read before the log, so that it may go on being written. */
  readonly own: HeadsFile;
  /** Heads kept elsewhere. Absent: only `own` vouches, which whoever has the key could write anew. */
  readonly anchors?: HeadsFile;
  /** Public keys by id. */
  readonly keys: ReadonlyMap<string, KeyObject>;
}

const findingsMax = 100;

/**
 * Reads a whole log, in bounded memory, and compares every hash and every signed head. Any record that was changed, dropped,
 * moved or repeated before the last head is found; a log that was cut off after the last head is not.
 */
export async function verifyLog(options: VerifyOptions): Promise<AuditReport> {
  const check = new LogCheck(options);
  const segments = await listSegments(options.folder);
  for (const [index, segment] of segments.entries()) {
    check.begin(segment);
    for await (const line of readLines(segment.path)) check.take(line, index === segments.length - 1);
  }
  return check.report();
}

/** Goes through a log line by line. */
class LogCheck {
  readonly #findings: AuditFinding[] = [];
  readonly #heads: ReadonlyMap<number, readonly AuditHead[]>;
  readonly #trusted: readonly AuditHead[];
  readonly #removal: AuditRemoval | undefined;
  #segment: Segment = { name: '', path: '', firstSequence: 1 };
  /** What the next hash may go on from: the hash that stands in the line before, and the one it should have. */
  #previous: readonly string[] = [noHash];
  #first = 0;
  #last = 0;
  #time = '';
  #recordCount = 0;
  #anchored: AuditHead | undefined;

  constructor({ own, anchors, keys }: VerifyOptions) {
    for (const [file, heads] of [
      ['heads.jsonl', own],
      ['the anchors', anchors],
    ] as const) {
      for (const { line } of heads?.unreadable ?? []) this.#find(line, 0, `line ${line} of ${file} is no head`);
      for (const head of [...(heads?.heads ?? []), ...(heads?.removals ?? [])]) {
        if (isSignedBy(head, keys)) continue;
        this.#find(0, head.sequence, `the head of ${head.time} in ${file} is not signed by the key of this log`);
      }
    }
    const signed = (heads: readonly AuditHead[] = []) => heads.filter((head) => isSignedBy(head, keys));
    this.#trusted = signed(anchors === undefined ? own.heads : anchors.heads);
    this.#heads = Map.groupBy([...signed(own.heads), ...signed(anchors?.heads)], ({ sequence }) => sequence);
    const removals = [...own.removals, ...(anchors?.removals ?? [])].filter((one) => isSignedBy(one, keys));
    this.#removal = removals.sort((a, b) => a.sequence - b.sequence).at(-1);
    this.#last = this.#removal?.sequence ?? 0;
    if (this.#removal !== undefined) this.#previous = [this.#removal.hash];
  }

  begin(segment: Segment): void {
    this.#segment = segment;
  }

  /** @param isLast in the last segment: its last line may be on its way. */
  take(line: SegmentLine, isLast: boolean): void {
    if (line.number === 1) this.#takeHeader(line);
    else if (line.isWhole) this.#takeRecord(line);
    else if (!isLast) this.#find(line.number, this.#last + 1, 'the file ends inside a record');
  }

  report(): AuditReport {
    const missing = this.#trusted.filter(({ sequence }) => sequence > this.#last);
    const furthest = missing.sort((a, b) => a.sequence - b.sequence).at(-1);
    if (furthest !== undefined) {
      const first = this.#last + 1;
      const records =
        first === furthest.sequence ? `record ${first} is` : `records ${first} to ${furthest.sequence} are`;
      const text = `${records} missing: the log ends before the head of ${furthest.time}`;
      this.#find(0, first, text);
    }
    const anchoredTo = this.#anchored?.sequence ?? this.#removal?.sequence ?? 0;
    return {
      recordCount: this.#recordCount,
      firstSequence: this.#first,
      lastSequence: this.#last,
      lastTime: this.#time,
      findings: this.#findings,
      anchored: this.#anchored,
      unanchoredCount: Math.max(0, this.#last - anchoredTo),
      removed: this.#removal,
    };
  }

  #takeHeader({ bytes, isWhole }: SegmentLine): void {
    const header = isWhole ? readHeader(bytes) : undefined;
    const { firstSequence } = this.#segment;
    if (header === undefined || header.firstSequence !== firstSequence) {
      this.#find(1, firstSequence, 'the first line of the file is not as it was written');
      this.#previous = [...this.#previous];
      return;
    }
    this.#missing(1, firstSequence);
    if (firstSequence <= this.#last) this.#find(1, firstSequence, 'the file begins with records that were before it');
    // Of a gap the missing records have been told; what follows is compared among itself.
    const isGap = firstSequence !== this.#last + 1;
    if (!isGap && !this.#previous.includes(header.previousHash)) {
      this.#find(1, firstSequence, 'the file does not go on from the end of the one before');
    }
    this.#previous = [header.hash];
    this.#last = firstSequence - 1;
  }

  #takeRecord({ bytes, number }: SegmentLine): void {
    const link = readLink(bytes);
    if (link === undefined) return this.#find(number, this.#last + 1, 'the line is no record');
    const time = timeOf(bytes);
    this.#first ||= link.sequence;
    this.#recordCount++;
    this.#time = time === '' ? this.#time : time;
    this.#order(link, number);
    this.#compare(link, number);
    this.#last = Math.max(this.#last, link.sequence);
    for (const head of this.#heads.get(link.sequence) ?? []) this.#compareHead(head, link, number);
  }

  #order({ sequence }: RecordLink, line: number): void {
    if (sequence <= this.#last) this.#find(line, sequence, 'the record stands a second time, or behind later ones');
    else this.#missing(line, sequence);
  }

  #missing(line: number, sequence: number): void {
    const first = this.#last + 1;
    if (sequence <= first) return;
    const what = sequence === first + 1 ? `record ${first} is` : `records ${first} to ${sequence - 1} are`;
    this.#find(line, first, `${what} missing before this line`);
  }

  #compare({ sequence, content, hash }: RecordLink, line: number): void {
    const expected = this.#previous.map((previous) => chainHash(previous, content));
    if (!expected.includes(hash)) {
      this.#find(line, sequence, 'the record, or the one before it, is not as it was written: its hash is wrong');
    }
    this.#previous = [...new Set([hash, ...expected])];
  }

  #compareHead(head: AuditHead, { hash, sequence }: RecordLink, line: number): void {
    if (head.hash !== hash) {
      this.#find(line, sequence, `the record is not the one the head of ${head.time} was signed for`);
    } else if (this.#trusted.includes(head)) this.#anchored = head;
  }

  #find(line: number, sequence: number, message: string): void {
    if (this.#findings.length >= findingsMax) return;
    this.#findings.push({ segment: this.#segment.name, line, sequence, time: this.#time, message });
  }
}

/** When a record was made, without parsing all of it. */
function timeOf(line: Buffer): string {
  const field = '"stageTimestamp":"';
  const start = line.lastIndexOf(field);
  return start < 0 ? '' : line.toString('latin1', start + field.length, line.indexOf('"', start + field.length));
}
