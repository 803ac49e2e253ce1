import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditResources } from '../../kernel/audit/policy.ts';
import type { TokenKeys } from '../../kernel/auth/service-account-tokens.ts';
import type { Clock } from '../../kernel/base/clock.ts';
import type { Logger } from '../../kernel/base/logger.ts';
import type { Random } from '../../kernel/base/random.ts';
import { TaskGroup } from '../../kernel/base/task-group.ts';
import { httpWebhookCaller } from '../../kernel/client/http/webhook-caller.ts';
import { openFileBlobs } from '../../kernel/blobs/file-blobs.ts';
import { kernelKinds } from '../../kernel/kinds/index.ts';
import { isApiError } from '../../kernel/meta/errors.ts';
import type { Auditor } from '../../kernel/ports/audit.ts';
import type { Blobs } from '../../kernel/ports/blobs.ts';
import { type Store, StoreError, type StoreRecovery } from '../../kernel/ports/store.ts';
import { Protection } from '../../kernel/server/protection.ts';
import type { ServerLimits } from '../../kernel/server/server-limits.ts';
import { type Listener, PortUnavailableError, startListener } from '../../kernel/server/listener.ts';
import { AuthorityFileError } from '../../kernel/server/pki/file-authority.ts';
import { LiveAuthority } from '../../kernel/server/pki/live-authority.ts';
import { openTokenKeys } from '../../kernel/server/pki/token-keys.ts';
import { defaultRetention, type Retention } from '../../kernel/registry/compaction.ts';
import type { KindDefinition } from '../../kernel/schema/kind.ts';
import { openSqliteStore } from '../../kernel/store/sqlite/sqlite-store.ts';
import { SqliteThread } from '../../kernel/store/sqlite/thread.ts';
import { type AuditConfig, defaultAuditConfig } from '../audit/config.ts';
import { openAudit } from '../audit/open.ts';
import { backupHandler } from '../backup/path.ts';
import { removeBackupStaging } from '../backup/source.ts';
import { tellParent } from '../cli/child.ts';
import { CommandError } from '../cli/exit.ts';
import { isDiskFull, makeDataFolder } from '../data-folder.ts';
import { Encryption } from '../encryption/encryption.ts';
import { openEncryptionKeys } from '../encryption/open.ts';
import { encryptionHandler } from '../encryption/path.ts';
import { processMetrics } from '../process-metrics.ts';
import { removeProcessFile, writeProcessFile } from '../process-file.ts';
import type { TracingConfig } from '../tracing/config.ts';
import type { Tracing } from '../tracing/open.ts';
import { planformVersion } from '../version.ts';
import type { ConfiguredAuthentication } from './authentication.ts';
import {
  type CertificateSources,
  followCertificates,
  keepServingCertificate,
  writeAdminKubeconfig,
} from './certificates.ts';
import { assembleKernel, type Kernel, type PlaneParts, type PlanePorts } from './assemble.ts';
import { releaseGarbage } from './garbage.ts';

/** A kernel on real disks and sockets. */
export interface ServedKernel {
  readonly dataFolder: string;
  readonly host: string;
  readonly port: number;
  /** Further names and addresses of the serving certificate. */
  readonly names: readonly string[];
  /** `hub`, `site-1`: name of the context in the kubeconfig. */
  readonly name: string;
  readonly component: string;
  readonly kinds: readonly KindDefinition[];
  /** How much of the past is kept. Default: `defaultRetention`. */
  readonly retention?: Retention;
  /** Absolute path of an EncryptionConfiguration. Default: Secrets of new folders, with a key file in the folder. */
  readonly encryptionConfig?: string | undefined;
  /** What is recorded of requests, and where. Default: `defaultAuditConfig`. */
  readonly audit?: AuditConfig;
  /** What the built-in audit policy leaves out, see `DefaultPolicySources`. Default: nothing. */
  readonly quiet?: readonly AuditResources[];
  /** Absolute path of an AuthenticationConfiguration. Default: no issuers, anonymous requests are answered. */
  readonly authenticationFile?: string | undefined;
  /** Where traces go. Default: none are made. */
  readonly tracing?: TracingConfig | undefined;
  /** How much clients may take. Default: `defaultServerLimits`. */
  readonly limits?: ServerLimits;
  /** Called once it answers; without it, the process that started this one is told. */
  readonly onReady?: (url: string) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** What a program needs to serve a kernel. `Environment` is what its planes need from outside the kernel. */
export interface ServeOptions<Environment> extends ServedKernel {
  /** Opens the environment, once the disk is open. */
  readonly open: (disk: OpenDisk) => Promise<Environment>;
  readonly plug: (environment: Environment, ports: PlanePorts) => PlaneParts;
  /** Called when it listens, before it says that it is ready: writes what says where it answers. Default: nothing. */
  readonly announce?: (kernel: Kernel, url: string, signal: AbortSignal) => Promise<void>;
}

/** Everything of a data folder that is open while a kernel is served. */
export interface OpenDisk {
  readonly folder: string;
  readonly recovery: StoreRecovery;
  readonly blobs: Blobs;
  readonly authority: LiveAuthority;
  /** The thread that owns SQLite files; further row queues share it. */
  readonly thread: SqliteThread;
  /** Calls `close` before the thread stops. */
  closes(close: () => Promise<void>): void;
}

/** Requests get this long to finish when the program stops. */
const stopGraceMs = 2_000;

/**
 * Serves a kernel until `stop` aborts: opens the data folder, listens, writes `kubeconfig` and `process.json`, says
 * that it is ready, runs controllers; then stops everything in reverse.
 * @throws {CommandError} when it cannot start, with what to do about it.
 */
export async function serveKernel<Environment>(options: ServeOptions<Environment>, stop: AbortSignal): Promise<void> {
  const { dataFolder, host, port, log } = options;
  try {
    await makeDataFolder(dataFolder, 'pki');
    await using disk = await openDisk(options, stop);
    const failure = new AbortController();
    const place = { url: '' }; // known once it listens
    const protection = new Protection(options.clock, log);
    const { audit: config = defaultAuditConfig, quiet = [] } = options;
    const served = { groups: [...kernelKinds, ...options.kinds].map(({ group }) => group), quiet };
    const audit = await openAudit({ ...options, config, served, store: disk.store }, stop);
    disk.closes(() => audit.close());
    const { auditor } = audit;
    const tracing = await tracingOf(options);
    const authentication = await authenticationOf(options);
    const onFatal = (error: Error) => failure.abort(error);
    const kernel = await openKernel(options, disk, { place, auditor, tracing, authentication, protection, onFatal });
    await using listener = await listen(options, { disk, kernel, protection });
    const url = `https://${host === '0.0.0.0' ? '127.0.0.1' : host}:${listener.port}`;
    place.url = url;
    const certificates = certificatesOf(options, disk);
    await unlessFull(log, 'kubeconfig', async () => {
      await writeAdminKubeconfig(certificates, url);
    });
    await unlessFull(log, 'process.json', () => writeProcessFile(dataFolder, url, planformVersion));
    await unlessFull(log, 'service kubernetes', async () => options.announce?.(kernel, url, stop));
    disk.encryption.start();
    log.info('ready', { url, port, head: kernel.registry.head });
    (options.onReady ?? tellReady)(url);
    const { parsedObjects } = kernel.registry.core.cache;
    using _garbage = releaseGarbage({
      clock: options.clock,
      thread: disk.thread,
      forget: () => parsedObjects.forget(),
    });
    try {
      const running = new TaskGroup(AbortSignal.any([stop, failure.signal]));
      running.start((ending) => kernel.run(ending));
      running.start((ending) => audit.run(ending));
      running.start((ending) => followCertificates(certificates, { listener, url }, ending));
      if (tracing !== undefined) running.start((ending) => tracing.run(ending));
      await running.join();
      failure.signal.throwIfAborted();
    } finally {
      await removeProcessFile(dataFolder);
      await kernel.close();
    }
  } catch (error) {
    throw startError(error, options);
  }
}

function tellReady(url: string): void {
  tellParent({ type: 'ready', url });
}

/** A full disk must not keep a kernel from being read: what was to be written stays as it was. */
async function unlessFull(log: Logger, what: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!isDiskFull(error) && !isApiError(error, 'InsufficientStorage')) throw error;
    log.warn('the disk is full, something was not written', { what });
  }
}

interface ClosableDisk extends OpenDisk, AsyncDisposable {
  readonly store: Store;
  readonly encryption: Encryption;
  readonly tokenKeys: TokenKeys;
}

async function openDisk(options: ServedKernel, signal: AbortSignal): Promise<ClosableDisk> {
  const { dataFolder, clock, random, log, encryptionConfig: configPath } = options;
  const storePath = join(dataFolder, 'store.db');
  // Before there is a store: one that is there without a key file is taken for one that was never encrypted.
  const keys = await openEncryptionKeys({ ...options, configPath, isNewStore: !existsSync(storePath) }, signal);
  const thread = new SqliteThread(log);
  await removeBackupStaging(dataFolder);
  // The thread needs some 20 ms to come up; the keys are read meanwhile.
  const pki = join(dataFolder, 'pki');
  const [rawStore, authority, tokenKeys, blobs] = await Promise.all([
    openSqliteStore({ path: storePath, random, logger: log, pid: process.pid, thread, signal }),
    LiveAuthority.open({ folder: pki, commonName: `Planform ${options.name}`, clock, random }),
    openTokenKeys(pki),
    openFileBlobs({ folder: join(dataFolder, 'blobs'), random }),
  ]);
  const encryption = new Encryption({ dataFolder, keys, store: rawStore, clock, log });
  const { store } = encryption;
  for (const note of store.recovery.notes) log.warn('recovered the store', { note });
  const closing: (() => Promise<void>)[] = [];
  return {
    folder: dataFolder,
    recovery: store.recovery,
    store,
    encryption,
    authority,
    tokenKeys,
    blobs,
    thread,
    closes: (close) => closing.push(close),
    async [Symbol.asyncDispose]() {
      for (const close of closing.toReversed()) await close();
      await encryption.close();
      await store.close();
      await thread.stop();
    },
  };
}

/** What is around a kernel, besides its disk. */
interface KernelSurroundings {
  readonly place: { readonly url: string };
  readonly auditor: Auditor;
  readonly tracing: Tracing | undefined;
  readonly authentication: ConfiguredAuthentication | undefined;
  readonly protection: Protection;
  readonly onFatal: (error: Error) => void;
}

async function openKernel<Environment>(
  options: ServeOptions<Environment>,
  disk: ClosableDisk,
  { place, auditor, tracing, authentication, protection, onFatal }: KernelSurroundings,
): Promise<Kernel> {
  const { dataFolder, kinds, component, clock, random, log } = options;
  const environment = await options.open(disk);
  const runtime = { name: `node${process.versions.node}`, platform: `${process.platform}/${process.arch}` };
  return assembleKernel(
    {
      store: disk.store,
      retention: options.retention ?? defaultRetention,
      ...limitsOf(options),
      ...(tracing === undefined ? {} : { instruments: tracing.instruments }),
      metrics: [
        () => processMetrics(join(dataFolder, 'store.db')),
        () => protection.metrics(),
        ...(tracing === undefined ? [] : [tracing.metrics]),
      ],
      paths: [
        backupHandler({ dataFolder, store: disk.store, name: options.name, version: planformVersion }, clock),
        encryptionHandler(disk.encryption),
      ],
      identity: {
        tokenKeys: disk.tokenKeys,
        authority: disk.authority,
        address: () => place.url,
      },
      authentication,
      kinds,
      component,
      runtime,
      version: planformVersion,
      clock,
      random,
      log,
      auditor,
      onFatal,
      webhooks: (resolveService) => {
        const caller = httpWebhookCaller({ resolveService, clock });
        return tracing?.instruments.webhooks(caller) ?? caller;
      },
      plug: (ports) => {
        const parts = options.plug(environment, ports);
        return { ...parts, admission: [...(parts.admission ?? []), ...disk.encryption.admission] };
      },
    },
    new AbortController().signal,
  );
}

/** What stands behind a listener. */
interface Listening {
  readonly disk: OpenDisk;
  readonly kernel: Kernel;
  readonly protection: Protection;
}

async function listen(
  options: ServedKernel,
  { disk, kernel, protection }: Listening,
): Promise<Listener & AsyncDisposable> {
  const { host, port, clock, random, log } = options;
  const serving = await keepServingCertificate(certificatesOf(options, disk));
  const clientCaPems = disk.authority.trustedPems;
  const listener = await startListener({
    handler: kernel.handler,
    host,
    port,
    serving,
    clientCaPems,
    ...limitsOf(options),
    clock,
    random,
    logger: log,
    protection,
  });
  return {
    port: listener.port,
    replaceCertificate: (...replacement) => listener.replaceCertificate(...replacement),
    stop: (graceMs) => listener.stop(graceMs),
    [Symbol.asyncDispose]: () => listener.stop(stopGraceMs),
  };
}

function certificatesOf(options: ServedKernel, { folder, authority }: OpenDisk): CertificateSources {
  const { host, names, name, clock, log } = options;
  const isAny = host === '0.0.0.0' || host === '127.0.0.1';
  return { folder, authority, name, names: isAny ? names : [...names, host], clock, log };
}

/** Loaded only where it is wanted. */
async function tracingOf({ tracing, ...ports }: ServedKernel): Promise<Tracing | undefined> {
  if (tracing === undefined) return undefined;
  const { openTracing } = await import('../tracing/open.ts');
  return openTracing(tracing, ports);
}

/** Loaded only where it is wanted. */
async function authenticationOf({
  authenticationFile: file,
  ...ports
}: ServedKernel): Promise<ConfiguredAuthentication | undefined> {
  if (file === undefined) return undefined;
  const { openAuthentication } = await import('../authentication/open.ts');
  return openAuthentication({ file, ...ports });
}

function limitsOf({ limits }: ServedKernel): { readonly limits?: ServerLimits } {
  return limits === undefined ? {} : { limits };
}

/** What a person can do about a failed start. */
function startError(error: unknown, { dataFolder, host, port }: ServedKernel): unknown {
  if (error instanceof PortUnavailableError) {
    const portHint = `choose another one with --port (now ${port})`;
    const hint = error.code === 'NoAddress' ? `choose one of this machine with --host (now ${host})` : portHint;
    const option = error.code === 'NoAddress' ? '--host' : '--port';
    return new CommandError(error.message, hint, { cause: error, option });
  }
  if (error instanceof AuthorityFileError) {
    const hint = `restore ${join(dataFolder, 'pki')} from a backup: sites and kubeconfigs trust this authority and no other`;
    return new CommandError(error.message, hint, { cause: error });
  }
  if (isDiskFull(error)) {
    const hint = 'free space on the device; nothing was lost';
    return new CommandError(`Cannot start: the disk of "${dataFolder}" is full`, hint, { cause: error });
  }
  if (!(error instanceof StoreError)) return error;
  const hints: Partial<Record<StoreError['code'], string>> = {
    Locked: 'stop the other process, or choose another folder with --data',
    NewerFormat: 'run the version that wrote it, or choose another folder with --data; nothing was changed',
    Full: 'free space on the device; nothing was lost',
    Unreadable: 'bring the key back (--encryption-config, or the key file); nothing was changed',
    Corrupt: 'make a new folder from a backup with `planform restore`; `planform check` says more; nothing was changed',
  };
  return new CommandError(error.message, hints[error.code], { cause: error });
}
