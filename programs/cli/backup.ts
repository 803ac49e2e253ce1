import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { formatCount } from '../../kernel/base/count.ts';
import { silentLogger } from '../../kernel/base/logger.ts';
import { systemClock } from '../../kernel/base/system-clock.ts';
import { systemRandom } from '../../kernel/base/system-random.ts';
import { StoreError } from '../../kernel/ports/store.ts';
import { checkSqliteStore } from '../../kernel/store/sqlite/check.ts';
import { openSqliteStore } from '../../kernel/store/sqlite/sqlite-store.ts';
import { archiveName, archivePath, readArchive, skipFile, writeArchive } from '../backup/archive-file.ts';
import { fetchBackup } from '../backup/fetch.ts';
import { encryptionKeyFile, type Manifest, storeFile } from '../backup/manifest.ts';
import { restoreArchive } from '../backup/restore.ts';
import { backupArchive } from '../backup/source.ts';
import { readEncryptionConfig } from '../encryption/config.ts';
import { readLiveProcess } from '../process-file.ts';
import { planformVersion } from '../version.ts';
import { CommandError, exitCodes } from './exit.ts';
import { isServerNamed, type ServerChoice } from './options.ts';
import { note, print } from './output.ts';

/** What `planform backup` is told. */
export interface BackupOptions extends ServerChoice {
  /** File, or folder for a file named after the moment. */
  readonly to: string;
  /** Goes behind a server that is named otherwise, wherever it is. */
  readonly data: string;
  /** The file can then be restored, and read, by itself. */
  readonly includeEncryptionKey: boolean;
}

/** Backs up a running server through its API, or a folder that no server has open. Prints the path of the file. */
export async function runBackup(options: BackupOptions, signal: AbortSignal): Promise<void> {
  const dataFolder = resolve(options.data);
  const live = isServerNamed(options) ? options : await liveServer(dataFolder);
  const [path, manifest] =
    live === undefined ? await backUpFolder(dataFolder, options, signal) : await backUpServer(live, options, signal);
  print(path);
  note(`backed up ${manifest.name}: ${describe(manifest)}`);
  note('keep it secret: it holds the keys of the authority');
  for (const line of keyNotes(manifest)) note(line);
}

async function liveServer(dataFolder: string): Promise<ServerChoice | undefined> {
  const isLive = (await readLiveProcess(dataFolder)) !== undefined;
  return isLive ? { kubeconfig: join(dataFolder, 'kubeconfig') } : undefined;
}

/** What is said of keys that are not in a backup. */
function keyNotes({ keyIds = [] }: Manifest): readonly string[] {
  const [first, ...older] = keyIds;
  if (first === undefined) return [];
  const ids = [`"${first}"`, ...older.map((id) => `"${id}"`)].join(', ');
  return [
    `the key of its Secrets is not in it: keep a copy of ${encryptionKeyFile} of the data folder elsewhere (${ids})`,
    '  `planform restore` takes it with --encryption-key; without it no Secret can be read again',
  ];
}

async function backUpServer(
  server: ServerChoice,
  { to, includeEncryptionKey }: BackupOptions,
  signal: AbortSignal,
): Promise<[string, Manifest]> {
  await using fetched = await fetchBackup(server, includeEncryptionKey ? 'open' : 'sealed', signal);
  const path = archivePath(to, fetched.fileName);
  return [path, await writeArchive(path, fetched.chunks)];
}

async function backUpFolder(
  dataFolder: string,
  { to, includeEncryptionKey: includesEncryptionKey }: BackupOptions,
  signal: AbortSignal,
): Promise<[string, Manifest]> {
  const storePath = existingStore(dataFolder);
  const nowMs = systemClock.nowMs();
  const path = archivePath(to, archiveName('folder', nowMs));
  const shared = { random: systemRandom, logger: silentLogger, pid: process.pid, signal };
  const store = await openSqliteStore({ ...shared, path: storePath }).catch(explained);
  try {
    const source = { dataFolder, store, name: 'folder', version: planformVersion, nowMs, includesEncryptionKey };
    return [path, await writeArchive(path, backupArchive(source, signal))];
  } finally {
    await store.close();
  }
}

/** What `planform restore` is told. */
export interface RestoreCommandOptions {
  readonly from: string;
  readonly data: string;
  /** File with the keys of its Secrets. */
  readonly encryptionKey?: string | undefined;
}

/** Makes a data folder out of a backup. */
export async function runRestore({ from, data, encryptionKey }: RestoreCommandOptions): Promise<void> {
  const dataFolder = resolve(data);
  const archive = resolve(from);
  const keyFile = encryptionKey === undefined ? undefined : resolve(encryptionKey);
  const ports = { clock: systemClock, random: systemRandom };
  const options = { archivePath: archive, dataFolder, encryptionKeyFile: keyFile, ...ports };
  const { manifest, store, keysElsewhere } = await restoreArchive(options).catch(explained);
  print(dataFolder);
  note(`restored ${manifest.name} as of ${manifest.createdAt}: ${describe(manifest)}`);
  note(`its epoch is now ${store.epoch}, its revisions go on at ${store.head}`);
  for (const { service, keyId, rowCount } of keysElsewhere) {
    note(
      `${formatCount(rowCount, 'value needs', 'values need')} key "${keyId}" of "${service}": start it with the --encryption-config that names it`,
    );
  }
  note('sites of a restored hub keep what they run and take nothing from it until somebody sets');
  note(`  spec.acceptedEpoch of their HubMembership to ${store.epoch}`);
}

/** What `planform check` is told. */
export interface CheckOptions {
  readonly data: string;
  /** A backup to check instead. */
  readonly backup?: string;
  /** What the server is started with, if it is. */
  readonly encryptionConfig?: string;
}

/** Reads everything in a store, and decrypts it, or in a backup. @returns the exit code: 3 when something is damaged. */
export async function runCheck(options: CheckOptions): Promise<number> {
  if (options.backup !== undefined) {
    const manifest = await readArchive(resolve(options.backup), skipFile);
    print(`whole: ${describe(manifest)}, made ${manifest.createdAt} by version ${manifest.version}`);
    for (const line of keyNotes(manifest)) note(line);
    return exitCodes.done;
  }
  const path = existingStore(resolve(options.data));
  try {
    const { rowCount, head, epoch, findings: damage } = checkSqliteStore({ path, pid: process.pid });
    const findings = damage.length > 0 ? damage : await checkValues(path, options);
    for (const finding of findings) print(finding);
    if (findings.length === 0) print(`whole: ${rowCount} rows, head ${head}, epoch ${epoch}`);
    return findings.length === 0 ? exitCodes.done : exitCodes.unhealthy;
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'Corrupt') return explained(error);
    print(error.message);
    return exitCodes.unhealthy;
  }
}

/** Whether every value is what was encrypted, and its key is there. Only of a store whose rows are as they were written. */
async function checkValues(path: string, { data, encryptionConfig }: CheckOptions): Promise<readonly string[]> {
  const [{ openEncryptionKeys }, { surveySeals }] = await Promise.all([
    import('../encryption/open.ts'),
    import('../../kernel/store/sealed/reseal.ts'),
  ]);
  const { signal } = new AbortController();
  const shared = { random: systemRandom, log: silentLogger };
  const sources = {
    dataFolder: resolve(data),
    configPath: readEncryptionConfig({ encryptionConfig }),
    clock: systemClock,
  };
  const { sealing } = await openEncryptionKeys({ ...sources, ...shared, isNewStore: false }, signal);
  const store = await openSqliteStore({ path, random: systemRandom, logger: silentLogger, pid: process.pid, signal });
  try {
    return (await surveySeals(store, sealing, { tries: true }, signal)).findings;
  } finally {
    await store.close();
  }
}

function existingStore(dataFolder: string): string {
  const path = join(dataFolder, storeFile);
  if (existsSync(path)) return path;
  throw new CommandError(`There is no store in "${dataFolder}"`, 'name a data folder with --data', {
    option: '--data',
  });
}

/** What a person can do about a store that cannot be opened. */
function explained(error: unknown): never {
  if (!(error instanceof StoreError)) throw error;
  const hint = error.code === 'Locked' ? 'stop the process first, or let it make a backup of itself' : undefined;
  throw new CommandError(error.message, hint, { cause: error });
}

function describe({ files }: Manifest): string {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return `${files.length} files, ${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}
