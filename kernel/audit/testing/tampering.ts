import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Random } from '../../base/random.ts';
import { linkRecord, readHeader, readLink } from '../chain.ts';

/** A copy of a log in which somebody did something to one record. */
export interface TamperedLog extends Disposable {
  readonly folder: string;
  readonly how: (typeof ways)[number];
  /** The first record that is not what or where it was. */
  readonly sequence: number;
}

/** What can be done to a record; `rewrite` also makes all later hashes right again, as anybody can without the key. */
const ways = ['flip', 'drop', 'reorder', 'duplicate', 'rewrite'] as const;

/** Copies a log and does one thing, at random, to one of its first `lastSequence` records. */
export function tamper(source: string, lastSequence: number, random: Random): TamperedLog {
  const folder = mkdtempSync(join(tmpdir(), 'planform-tampered-'));
  cpSync(source, folder, { recursive: true });
  const how = ways[below(random, ways.length)] ?? 'flip';
  const at = below(random, lastSequence - 1);
  const files = readSegments(folder);
  const places = files.flatMap(({ lines }, file) => lines.slice(1).map((_, index) => ({ file, line: index + 1 })));
  const place = places[at] ?? { file: 0, line: 1 };
  const lines = files[place.file]?.lines ?? [];
  const line = lines[place.line] ?? Buffer.alloc(0);
  let sequence = at + 1;
  if (how === 'flip') lines[place.line] = flipped(line, random);
  else if (how === 'drop') lines.splice(place.line, 1);
  else if (how === 'duplicate') {
    const behind = places[at + below(random, lastSequence - at)] ?? place;
    files[behind.file]?.lines.splice(behind.line + 1, 0, line);
  } else if (how === 'reorder') {
    const other = places[(at + 1 + below(random, lastSequence - 1)) % lastSequence] ?? place;
    const otherLines = files[other.file]?.lines ?? [];
    lines[place.line] = otherLines[other.line] ?? line;
    otherLines[other.line] = line;
    sequence = Math.min(sequence, places.indexOf(other) + 1);
  } else rewrite(files, at + 1);
  for (const { path, lines: kept } of files) writeFileSync(path, Buffer.concat(kept.flatMap((one) => [one, newline])));
  return { folder, how, sequence, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

const newline = Buffer.from('\n');

function below(random: Random, max: number): number {
  return Math.floor(random.nextFloat() * max);
}

interface SegmentLines {
  readonly path: string;
  readonly lines: Buffer[];
}

function readSegments(folder: string): SegmentLines[] {
  const names = readdirSync(folder).filter((name) => name.startsWith('audit-'));
  return names.sort().map((name) => {
    const path = join(folder, name);
    const text = readFileSync(path, 'latin1').split('\n').slice(0, -1);
    return { path, lines: text.map((line) => Buffer.from(line, 'latin1')) };
  });
}

function flipped(line: Buffer, random: Random): Buffer {
  const copy = Buffer.from(line);
  const byte = below(random, copy.byteLength);
  copy[byte] = (copy[byte] ?? 0) ^ (1 << below(random, 8));
  return copy;
}

/** Changes what a record says and links everything behind it anew. */
function rewrite(files: readonly SegmentLines[], from: number): void {
  let previous = '';
  for (const { lines } of files) {
    for (const [index, line] of lines.entries()) {
      const link = readLink(line);
      if (index === 0) {
        const text =
          previous === ''
            ? line.toString()
            : line.toString().replace(/"previousHash":"[^"]*"/, `"previousHash":"${previous}"`);
        lines[index] = Buffer.from(text);
        previous = readHeader(Buffer.from(text))?.hash ?? '';
      } else if (link !== undefined) {
        const body = line.toString().replace(/,"sequence":\d+,"hash":"[^"]*"\}$/, '}');
        const changed = link.sequence === from ? body.replace('"kind":"Event"', '"kind":"Other"') : body;
        const linked = linkRecord(Buffer.from(changed), link.sequence, previous);
        lines[index] = linked.line.subarray(0, -1);
        previous = linked.hash;
      }
    }
  }
}
