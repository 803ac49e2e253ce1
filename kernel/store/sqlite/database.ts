import { chmodSync, linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { StoreError } from '../../ports/store.ts';
import { storeErrorCodeOf, toStoreError } from './failure.ts';
import { createPrivateFile, privateMode, syncPath } from './files.ts';
import { formatVersionOf, migrateDatabase } from './migrations.ts';
import type { WalSummary } from './wal.ts';
import { inspectWal, pageBytes } from './wal.ts';

/** Which database to open, and how to make it. */
export interface DatabaseOptions {
  readonly path: string;
  /** What it is called in messages: `store`, `journal`. */
  readonly noun: string;
  /** Written into the header; a file with another one is not ours. */
  readonly applicationId: number;
  /**
   * SQL that makes a database of format n one of format n + 1, the first from format 1. Their number + 1 is the format this
   * program reads and writes.
   */
  readonly migrations: readonly string[];
  /** Creates the tables of the newest format; `meta` exists already. */
  readonly schema: string;
  /** Name of a new database in the temporary file it is made in; unique. */
  readonly creationId: string;
  /** Process that opens it, told to others that find it locked. */
  readonly pid: number;
}

/** An open database: exclusively ours, write-ahead log, every commit durable when it returns. */
export interface Database {
  readonly connection: DatabaseSync;
  /** What recovery dropped, for people; usually empty. */
  readonly notes: readonly string[];
  /** Moves the log into the main file and removes it. */
  close(): void;
}

/** Key and value rows every database has. */
const metaSchema = 'CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;';

/**
 * Opens a database, creating it if it is not there, and recovers what a crash left.
 * @throws {StoreError} `Locked`, `NewerFormat`, `Corrupt`, `Full` (only when creating) or `Failed`.
 */
export function openDatabase(options: DatabaseOptions): Database {
  const { path, noun } = options;
  try {
    if (statSync(path, { throwIfNoEntry: false }) === undefined) createDatabase(options);
    checkFormat(options);
    return recoverDatabase(options);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const code = storeErrorCodeOf(error);
    if (code === 'Locked') throw lockedError(options, error);
    if (code === 'Corrupt') throw corruptError(options, error instanceof Error ? error.message : '', error);
    throw toStoreError(error, `open the ${noun} "${path}"`);
  }
}

/** Reads one number or text of the meta table. */
export function readMeta(connection: DatabaseSync, name: string): number | string | undefined {
  const value = connection.prepare('SELECT value FROM meta WHERE name = ?').get(name)?.['value'];
  return typeof value === 'number' || typeof value === 'string' ? value : undefined;
}

/** Sets one value of the meta table. */
export function writeMeta(connection: DatabaseSync, name: string, value: number | string): void {
  connection
    .prepare('INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value')
    .run(name, value);
}

/** Made elsewhere and linked into place, so that a crash cannot leave half of one and nobody's file is replaced. */
function createDatabase(options: DatabaseOptions): void {
  const { path, applicationId, schema, creationId } = options;
  if (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size) {
    throw corruptError(options, `"${path}-wal" is there, but the main file is missing`);
  }
  const temporary = `${path}.new-${creationId}`;
  try {
    // SQLite gives the files beside it the mode of the main file.
    createPrivateFile(temporary);
    using connection = new DatabaseSync(temporary);
    connection.exec(`
      PRAGMA page_size = ${pageBytes};
      PRAGMA synchronous = EXTRA;
      BEGIN;
      PRAGMA application_id = ${applicationId};
      PRAGMA user_version = ${formatVersionOf(options)};
      ${metaSchema}
      INSERT INTO meta VALUES ('touchCount', 0);
      ${schema}
      COMMIT;
    `);
    linkSync(temporary, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    rmSync(temporary, { force: true });
    rmSync(`${temporary}-journal`, { force: true });
  }
  syncPath(dirname(path));
}

/** Looks only at the main file and changes nothing, so that data of a newer version stays as it is. */
function checkFormat(options: DatabaseOptions): void {
  const url = pathToFileURL(options.path);
  url.search = '?mode=ro&immutable=1';
  try {
    using connection = new DatabaseSync(url);
    checkHeader(connection, options);
  } catch (error) {
    // A crash while the log was moved into the main file leaves that inconsistent until the log is replayed.
    if (error instanceof StoreError || storeErrorCodeOf(error) !== 'Corrupt' || !hasLog(options.path)) throw error;
  }
}

function checkHeader(connection: DatabaseSync, options: DatabaseOptions): void {
  const { path, noun, applicationId } = options;
  const formatVersion = formatVersionOf(options);
  const found = readPragma(connection, 'application_id');
  if (found !== applicationId) throw corruptError(options, `it is not a Planform ${noun}`);
  const version = readPragma(connection, 'user_version');
  if (version <= formatVersion) return;
  const message = `its format version is ${version}, this program knows versions up to ${formatVersion}. Use a newer Planform`;
  throw new StoreError('NewerFormat', `Cannot open the ${noun} "${path}": ${message}`);
}

function recoverDatabase(options: DatabaseOptions): Database {
  const { path } = options;
  const holderPath = holderPathOf(path);
  const wasOpen = readHolder(path) !== undefined;
  const wal = inspectWal(`${path}-wal`);
  const mainBytes = statSync(path).size;
  makePrivate(path);
  const connection = new DatabaseSync(path);
  try {
    connection.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA wal_autocheckpoint = 0;
      PRAGMA cache_size = -2048;
      PRAGMA temp_store = MEMORY;
    `);
    checkHeader(connection, options);
    const recoveredFrames = walFrameCount(connection);
    checkPages(connection, { wal, recoveredFrames, mainBytes, options });
    const notes = recoveryNotes({ path, wal, recoveredFrames, wasOpen });
    notes.push(...migrateDatabase(connection, options));
    markOpen(connection, { path: holderPath, pid: options.pid, notes });
    return { connection, notes, close: () => closeDatabase(connection, holderPath) };
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Whoever restored the files from a backup, or made them with an earlier version, may have left them readable. */
function makePrivate(path: string): void {
  for (const file of [path, `${path}-wal`]) {
    const found = statSync(file, { throwIfNoEntry: false });
    if (found !== undefined && (found.mode & 0o077) !== 0) chmodSync(file, privateMode);
  }
}

/** Frames of the write-ahead log that belong to whole commits. */
export function walFrameCount(connection: DatabaseSync): number {
  const result = connection.prepare('PRAGMA wal_checkpoint = NOOP').get();
  return Math.max(0, Number(result?.['log']));
}

/**
 * Moves the write-ahead log into the main file and starts it anew. The commit at the end overwrites its beginning at
 * once: from then on no frame of the log is older than what the main file has, so a damaged end of the log can only
 * cost what it contained.
 */
export function restartWal(connection: DatabaseSync): void {
  connection.exec(`
    PRAGMA wal_checkpoint = RESTART;
    UPDATE meta SET value = value + 1 WHERE name = 'touchCount';
  `);
}

/** The same, but nothing of what the log held stays in its file. */
export function emptyWal(connection: DatabaseSync): void {
  connection.exec(`
    PRAGMA wal_checkpoint = TRUNCATE;
    UPDATE meta SET value = value + 1 WHERE name = 'touchCount';
  `);
}

/** Every page of the database is in the main file or in the log; otherwise a part of the main file was cut off. */
function checkPages(connection: DatabaseSync, { wal, recoveredFrames, mainBytes, options }: PageCheck): void {
  const inWal = new Set(wal.framePages.slice(0, recoveredFrames));
  const pageCount = readPragma(connection, 'page_count');
  for (let page = Math.floor(mainBytes / pageBytes) + 1; page <= pageCount; page++) {
    if (inWal.has(page)) continue;
    throw corruptError(options, `it ends after ${mainBytes} bytes, ${pageCount * pageBytes} were expected`);
  }
}

interface PageCheck {
  readonly wal: WalSummary;
  readonly recoveredFrames: number;
  readonly mainBytes: number;
  readonly options: DatabaseOptions;
}

function recoveryNotes({ path, wal, recoveredFrames, wasOpen }: RecoveryFacts): string[] {
  const droppedBytes = (wal.framePages.length - recoveredFrames) * pageBytes + wal.partialBytes;
  if (droppedBytes > 0) {
    return [`Dropped ${droppedBytes} bytes at the end of "${path}-wal": the last write there is not complete`];
  }
  if (wasOpen && recoveredFrames === 0) {
    return [`"${path}-wal" is missing or empty although the last process did not close it: recent writes may be lost`];
  }
  return [];
}

interface RecoveryFacts {
  readonly path: string;
  readonly wal: WalSummary;
  readonly recoveredFrames: number;
  readonly wasOpen: boolean;
}

/** Leaves traces that tell the next start how this one ended. A full disk must not keep a store from being read. */
function markOpen(
  connection: DatabaseSync,
  { path, pid, notes }: { path: string; pid: number; notes: string[] },
): void {
  try {
    connection.exec("UPDATE meta SET value = value + 1 WHERE name = 'touchCount'");
    writeFileSync(path, `${JSON.stringify({ pid })}\n`);
  } catch (error) {
    if (storeErrorCodeOf(error) !== 'Full') throw error;
    notes.push('The disk is full: the store can be read, but not written until there is space');
  }
}

/** The holder's file goes first: SQLite removes the write-ahead log, which must not look like a loss if we die then. */
function closeDatabase(connection: DatabaseSync, holderPath: string): void {
  rmSync(holderPath, { force: true });
  connection.close();
}

function lockedError({ path, noun }: DatabaseOptions, cause: unknown): StoreError {
  const holder = readHolder(path);
  const who = holder ? `process ${holder}` : 'another process';
  return new StoreError('Locked', `Cannot open the ${noun} "${path}": ${who} has it open`, { cause });
}

function corruptError({ path, noun }: DatabaseOptions, detail: string, cause?: unknown): StoreError {
  const advice = 'Keep a copy of its folder and restore a backup';
  return new StoreError('Corrupt', `Cannot open the ${noun} "${path}": ${detail}. ${advice}`, { cause });
}

/** Says who has the database open; only for people, the lock itself is SQLite's and ends with the process. */
function holderPathOf(path: string): string {
  return `${path}.holder`;
}

function readHolder(path: string): number | undefined {
  try {
    const { pid } = JSON.parse(readFileSync(holderPathOf(path), 'utf8')) as { pid?: unknown };
    return typeof pid === 'number' ? pid : 0;
  } catch (error) {
    if (error instanceof SyntaxError) return 0;
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function hasLog(path: string): boolean {
  return inspectWal(`${path}-wal`).framePages.length > 0;
}

/** A pragma whose value is a number. */
export function readPragma(connection: DatabaseSync, name: string): number {
  return Number(connection.prepare(`PRAGMA ${name}`).get()?.[name]);
}
