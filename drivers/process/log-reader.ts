import { watch } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import type { Clock } from '../../kernel/base/clock.ts';
import type { LogOptions } from '../api/runtime.ts';
import type { LogTimes } from './log-times.ts';

/** The output of one container. */
export interface LogSource {
  readonly path: string;
  readonly times: LogTimes;
  /** Resolves when nothing will be written any more. */
  readonly over: Promise<unknown>;
}

/** Bytes read at a time. */
const chunkBytes = 65_536;
const newline = 0x0a;

/**
 * Reads the output of a container as kubectl asks for it: `sinceMs` and `tailLines` choose where to begin, `limitBytes`
 * where to end. With `follow` it goes on as output is written and ends when the container has.
 * At most two chunks are held, whatever the length of lines; a longer line with `timestamps` gets one time per chunk.
 */
export async function* readLog(
  source: LogSource,
  options: LogOptions,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  await using file = await open(source.path, 'r');
  const start = await findStart(file, source.times, options);
  const raw = options.follow ? followBytes(file, source, start, signal) : readBytes(file, start, signal);
  const stamped = options.timestamps ? stampLines(raw, source.times, clock) : bytesOnly(raw);
  let bytesLeft = options.limitBytes ?? Number.POSITIVE_INFINITY;
  for await (const bytes of stamped) {
    yield bytes.subarray(0, bytesLeft);
    bytesLeft -= bytes.byteLength;
    if (bytesLeft <= 0) return;
  }
}

/** A piece of the file and the offset just behind it. */
interface Piece {
  readonly bytes: Buffer;
  readonly end: number;
}

async function findStart(file: FileHandle, times: LogTimes, options: LogOptions): Promise<number> {
  const { size, mtimeMs } = await file.stat();
  if (options.sinceMs !== undefined && mtimeMs < options.sinceMs) return size;
  const since = options.sinceMs === undefined ? times.floor : times.offsetSince(options.sinceMs);
  const first = await lineStartAtOrAfter(file, Math.min(since, size), size);
  if (options.tailLines === undefined) return first;
  return tailStart(file, first, size, options.tailLines);
}

/** The first line start at or after an offset (a hole is dropped in the middle of a line). */
async function lineStartAtOrAfter(file: FileHandle, offset: number, size: number): Promise<number> {
  if (offset === 0) return 0;
  for (let position = offset - 1; position < size; position += chunkBytes) {
    const bytes = await readAt(file, position, Math.min(chunkBytes, size - position));
    const index = bytes.indexOf(newline);
    if (index >= 0) return position + index + 1;
  }
  return size;
}

/** Where the last `lineCount` lines begin, not before `first`. An unfinished last line counts. */
async function tailStart(file: FileHandle, first: number, size: number, lineCount: number): Promise<number> {
  if (lineCount <= 0) return size;
  let linesLeft = lineCount;
  for (let end = size; end > first; ) {
    const start = Math.max(first, end - chunkBytes);
    const bytes = await readAt(file, start, end - start);
    for (let index = bytes.length - 1; index >= 0; index--) {
      const endsLastLine = start + index === size - 1;
      if (bytes[index] !== newline || endsLastLine) continue;
      if (--linesLeft === 0) return start + index + 1;
    }
    end = start;
  }
  return first;
}

async function* readBytes(file: FileHandle, start: number, signal: AbortSignal): AsyncGenerator<Piece> {
  for (let position = start; ; ) {
    signal.throwIfAborted();
    const bytes = await readAt(file, position, chunkBytes);
    if (bytes.length === 0) return;
    position += bytes.length;
    yield { bytes, end: position };
  }
}

async function* followBytes(
  file: FileHandle,
  source: LogSource,
  start: number,
  signal: AbortSignal,
): AsyncGenerator<Piece> {
  let position = start;
  let isOver = false;
  let wake = () => {};
  const watcher = watch(source.path, () => wake());
  const end = () => {
    isOver = true;
    wake();
  };
  watcher.on('error', end);
  void source.over.then(end, end);
  signal.addEventListener('abort', end, { once: true });
  try {
    for (;;) {
      const mayEnd = isOver;
      const written = new Promise<void>((resolve) => {
        wake = resolve;
      });
      signal.throwIfAborted();
      if ((await file.stat()).size < position) position = 0;
      for await (const piece of readBytes(file, position, signal)) {
        position = piece.end;
        yield piece;
      }
      if (mayEnd) return;
      if (!isOver) await written;
    }
  } finally {
    watcher.close();
    signal.removeEventListener('abort', end);
  }
}

async function* bytesOnly(pieces: AsyncIterable<Piece>): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of pieces) yield bytes;
}

/** Puts the time before every line; what nobody has noted yet was written just now. */
async function* stampLines(pieces: AsyncIterable<Piece>, times: LogTimes, clock: Clock): AsyncGenerator<Uint8Array> {
  let unfinished: Buffer = Buffer.alloc(0);
  for await (const { bytes, end } of pieces) {
    const joined = unfinished.length === 0 ? bytes : Buffer.concat([unfinished, bytes]);
    const firstOffset = end - joined.length;
    const lines: Buffer[] = [];
    let lineStart = 0;
    for (let index = joined.indexOf(newline); index >= 0; index = joined.indexOf(newline, lineStart)) {
      lines.push(stamp(joined.subarray(lineStart, index + 1), times.timeAt(firstOffset + index + 1) ?? clock.nowMs()));
      lineStart = index + 1;
    }
    unfinished = joined.subarray(lineStart);
    if (unfinished.length >= chunkBytes) {
      lines.push(stamp(unfinished, times.timeAt(end) ?? clock.nowMs()));
      unfinished = Buffer.alloc(0);
    }
    if (lines.length > 0) yield Buffer.concat(lines);
  }
  if (unfinished.length > 0) yield stamp(unfinished, clock.nowMs());
}

function stamp(line: Buffer, timeMs: number): Buffer {
  return Buffer.concat([Buffer.from(`${new Date(timeMs).toISOString()} `), line]);
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}
