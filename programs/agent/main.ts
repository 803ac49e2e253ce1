import { join } from 'node:path';
import { openHostProber } from '../../drivers/probe/host-prober.ts';
import { openProcessRuntime, type ProcessRuntime } from '../../drivers/process/process-runtime.ts';
import { openTcpProxy, type TcpProxy } from '../../drivers/tcp-proxy/tcp-proxy.ts';
import { openHostVolumes } from '../../drivers/volume/host-volumes.ts';
import type { Logger } from '../../kernel/base/logger.ts';
import { systemClock } from '../../kernel/base/system-clock.ts';
import { systemRandom } from '../../kernel/base/system-random.ts';
import type { RowQueue } from '../../kernel/ports/rows.ts';
import { openSqliteRows } from '../../kernel/store/sqlite/sqlite-rows.ts';
import { parseAddressRange } from '../../planes/control/service/address.ts';
import { serveKernel, type OpenDisk } from '../apiserver/serve.ts';
import { openLogger } from '../logging.ts';
import { planformVersion } from '../version.ts';
import { type AgentEnvironment, agentKinds, plugAgent } from './compose.ts';
import { type AgentConfig, readAgentConfig } from './config.ts';
import { hubDialer } from './dialer.ts';
import { readHostFacts } from './host-facts.ts';
import { joinHub, LiveIdentity, readIdentity } from './identity.ts';
import { proxyFolder, runtimeFolder } from './stop-workloads.ts';

/** Bounds of the event journal. */
const journalBounds = { rowsMax: 500_000, bytesMax: 64 * 1024 * 1024 };

/** Runs the agent of a site until `stop` aborts. Workloads and the service proxy go on without it. */
export async function runAgent(options: Readonly<Record<string, unknown>>, stop: AbortSignal): Promise<void> {
  const config = readAgentConfig(options);
  const log = openLogger(config.logLevel, { component: 'agent' });
  const identity = await findIdentity(config, stop);
  const siteName = identity?.current.siteName ?? 'site';
  await using drivers = await openDrivers(config, log, stop);
  await serveKernel(
    {
      ...config,
      names: [],
      name: siteName,
      component: 'planform-agent',
      kinds: agentKinds,
      clock: systemClock,
      random: systemRandom,
      log,
      open: (disk) => openEnvironment({ config, identity, siteName, drivers, log, stop }, disk),
      plug: plugAgent,
    },
    stop,
  );
}

async function findIdentity(
  { dataFolder, joinFile }: AgentConfig,
  stop: AbortSignal,
): Promise<LiveIdentity | undefined> {
  const known = await readIdentity(dataFolder);
  if (known !== undefined) return new LiveIdentity(dataFolder, known);
  return joinFile === undefined ? undefined : new LiveIdentity(dataFolder, await joinHub(joinFile, dataFolder, stop));
}

interface Drivers extends AsyncDisposable {
  readonly runtime: ProcessRuntime;
  readonly proxy: TcpProxy;
}

async function openDrivers({ dataFolder }: AgentConfig, log: Logger, stop: AbortSignal): Promise<Drivers> {
  const shared = { clock: systemClock, logger: log, nodeBinaryPath: process.execPath };
  const runtime = await openProcessRuntime({ ...shared, folder: runtimeFolder(dataFolder) }, stop);
  const proxy = await openTcpProxy({ ...shared, folder: proxyFolder(dataFolder) });
  return {
    runtime,
    proxy,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await runtime[Symbol.asyncDispose]();
    },
  };
}

interface EnvironmentParts {
  readonly config: AgentConfig;
  readonly identity: LiveIdentity | undefined;
  readonly siteName: string;
  readonly drivers: Drivers;
  readonly log: Logger;
  readonly stop: AbortSignal;
}

async function openEnvironment(parts: EnvironmentParts, disk: OpenDisk): Promise<AgentEnvironment> {
  const { config, identity, siteName, drivers } = parts;
  return {
    control: {
      nodeName: siteName,
      address: '127.0.0.1',
      api: { host: config.host === '0.0.0.0' ? '127.0.0.1' : config.host, port: config.port },
      host: readHostFacts(),
      version: `v${planformVersion}`,
      hostPorts: config.podPorts,
      runtime: drivers.runtime,
      serviceProxy: drivers.proxy,
      volumes: await openHostVolumes({ folder: join(config.dataFolder, 'volumes') }),
      prober: openHostProber({ clock: systemClock }),
    },
    serviceRange: parseAddressRange(config.serviceRange),
    agentVersion: planformVersion,
    blobs: disk.blobs,
    hub: identity === undefined ? undefined : await openMembership(parts, identity, disk),
  };
}

async function openMembership(
  { log, stop }: EnvironmentParts,
  identity: LiveIdentity,
  disk: OpenDisk,
): Promise<AgentEnvironment['hub']> {
  const { hubId, hubUrls, siteName } = identity.current;
  const path = join(disk.folder, 'journal.db');
  const rows: RowQueue = await openSqliteRows({
    path,
    ...journalBounds,
    random: systemRandom,
    logger: log,
    pid: process.pid,
    thread: disk.thread,
    signal: stop,
  });
  disk.closes(() => rows.close());
  const dialer = hubDialer({ identity: () => identity.current, clock: systemClock });
  return { hubId, hubUrls, siteName, storeEpoch: disk.recovery.epoch, dialer, certificate: identity, rows };
}
