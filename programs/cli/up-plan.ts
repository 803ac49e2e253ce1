import { join, relative } from 'node:path';
import type { ChildSpec } from './child.ts';
import { CommandError, UsageError } from './exit.ts';
import { formatTable } from './output.ts';

/** What `planform up` was asked for. */
export interface UpOptions {
  /** Absent: as many as the folder has, at least one. */
  readonly siteCount: number | undefined;
  readonly dataFolder: string;
  /** The hub's port; sites take the ones after it. Absent: the one the folder was made with, else `defaultPort`. */
  readonly port: number | undefined;
  readonly supervise: boolean;
  readonly keepWorkloads: boolean;
}

/** What is in a data folder of `up` already. */
export interface UpFolder {
  /** Numbers N of the folders `sites/site-N`. */
  readonly siteNumbers: readonly number[];
  /** Those of them whose agents run now. */
  readonly runningNumbers: readonly number[];
  /** Port at which the sites of the folder know the hub; absent before the first one joined. */
  readonly port: number | undefined;
}

/** A site that `up` runs on this machine. */
export interface UpSite extends ChildSpec {
  readonly joinFile: string;
  readonly kubeconfig: string;
}

/** Everything `up` runs. */
export interface UpPlan {
  readonly port: number;
  readonly hub: ChildSpec & { readonly kubeconfig: string };
  readonly sites: readonly UpSite[];
  /** Names of sites that are in the folder and not started. */
  readonly idleSites: readonly string[];
}

/** How commands are written for the person who reads them. */
export interface Prompt {
  /** What they call this program, for example `./planform`. */
  readonly command: string;
  /** Their working directory: paths below it are written relative to it. */
  readonly workingFolder: string;
  /** `$KUBECONFIG` is set: commands without `--kubeconfig` would ask another server. */
  readonly hasKubeconfig?: boolean;
}

/** Port of the hub unless said otherwise. */
export const defaultPort = 7443;
/** Data folder of `up` unless said otherwise; the other commands look for the hub's kubeconfig in it. */
export const defaultDataFolder = '.planform';
/** Most sites on one machine; each has its own loopback range and pod ports. */
export const siteCountMax = 32;
/** Pod ports per site on this machine. All of them lie below 32768, where Linux takes ports for outgoing connections. */
const podPortsPerSite = 380;
const podPortFirst = 20_000;

/**
 * Where everything goes and how it is started; pure.
 * @throws {CommandError} when the ports do not fit, or are not those under which the sites know their hub.
 */
export function planUp(options: UpOptions, folder: UpFolder): UpPlan {
  const port = choosePort(options, folder);
  const siteNumbers = chooseSites(options.siteCount, folder);
  const portLast = port + Math.max(...siteNumbers);
  if (portLast > 65_535)
    throw new UsageError(
      `--port is ${port}: the sites take the ports after it, up to ${portLast}, and the last port is 65535`,
      `choose a --port of at most ${65_535 - Math.max(...siteNumbers)}`,
    );
  const hubFolder = join(options.dataFolder, 'hub');
  return {
    port,
    hub: {
      name: 'hub',
      args: ['hub', '--data', hubFolder, '--port', String(port)],
      dataFolder: hubFolder,
      logName: 'hub.log',
      kubeconfig: join(hubFolder, 'kubeconfig'),
    },
    sites: siteNumbers.map((number) => planSite(number, port, options.dataFolder)),
    idleSites: folder.siteNumbers.filter((number) => !siteNumbers.includes(number)).map(siteName),
  };
}

function choosePort({ port, dataFolder }: UpOptions, folder: UpFolder): number {
  if (port !== undefined && folder.port !== undefined && port !== folder.port)
    throw new CommandError(
      `--port is ${port}, and the sites in ${dataFolder} know their hub at port ${folder.port}`,
      `leave --port out, say --port ${folder.port}, or begin anew with another --data`,
    );
  return port ?? folder.port ?? defaultPort;
}

/** Sites that run already are taken along whatever was asked for: Ctrl-C is to stop everything in the folder. */
function chooseSites(asked: number | undefined, { siteNumbers, runningNumbers }: UpFolder): readonly number[] {
  const wanted = asked === undefined && siteNumbers.length > 0 ? siteNumbers : countTo(asked ?? 1);
  return [...new Set([...wanted, ...runningNumbers])].toSorted((a, b) => a - b);
}

function countTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

function siteName(number: number): string {
  return `site-${number}`;
}

/** The number N of a folder name `site-N`; `undefined` for every other name. */
export function siteNumber(name: string): number | undefined {
  const number = Number(/^site-([1-9]\d?)$/.exec(name)?.[1] ?? 0);
  return number >= 1 && number <= siteCountMax ? number : undefined;
}

function planSite(number: number, port: number, upFolder: string): UpSite {
  const name = siteName(number);
  const dataFolder = join(upFolder, 'sites', name);
  const podPorts = podPortFirst + (number - 1) * podPortsPerSite;
  const args = ['agent', 'run', '--data', dataFolder, '--port', String(port + number)];
  const ranges = [
    '--service-range',
    `127.${serviceNetwork(port)}.${number}.0/24`,
    '--pod-ports',
    `${podPorts}-${podPorts + podPortsPerSite - 1}`,
  ];
  return {
    name,
    dataFolder,
    logName: 'agent.log',
    joinFile: join(dataFolder, 'join.json'),
    kubeconfig: join(dataFolder, 'kubeconfig'),
    args: [...args, ...ranges],
  };
}

/** Second octet of the loopback range: several `up` on one machine, on different ports, mostly keep apart. */
function serviceNetwork(port: number): number {
  return 64 + (port % 128);
}

/** The command that starts a part again, as a person would type it. */
export function startCommand(spec: ChildSpec, prompt: Prompt): string {
  return [prompt.command, ...spec.args.map((arg) => (arg.startsWith('/') ? shortPath(arg, prompt) : arg))].join(' ');
}

/** A path as a person would type it. */
export function shortPath(path: string, { workingFolder }: Prompt): string {
  const short = relative(workingFolder, path);
  return short.startsWith('..') ? path : short || '.';
}

/** What `up` prints once everything runs. `urls` are by name of the part. */
export function readyText(plan: UpPlan, urls: ReadonlyMap<string, string>, tookMs: number, prompt: Prompt): string {
  const hubConfig = shortPath(plan.hub.kubeconfig, prompt);
  const rows = [plan.hub, ...plan.sites].map((part) => [
    part.name,
    urls.get(part.name) ?? '',
    shortPath(part.kubeconfig, prompt),
  ]);
  const isDefault = prompt.hasKubeconfig !== true && hubConfig === join(defaultDataFolder, 'hub', 'kubeconfig');
  const flag = isDefault ? '' : ` --kubeconfig ${hubConfig}`;
  return [
    '',
    `Ready in ${(tookMs / 1000).toFixed(1)} s. Hub: ${urls.get('hub') ?? ''}`,
    formatTable(['KERNEL', 'URL', 'KUBECONFIG'], rows),
    '',
    'Try next:',
    `  kubectl --kubeconfig ${hubConfig} apply -f examples/hello/`,
    `  kubectl --kubeconfig ${hubConfig} get sites,applications,works -A`,
    `  ${prompt.command} status${flag}`,
    `  ${prompt.command} explain application/hello${flag}`,
    'Ctrl-C stops everything. The data stays; the next `up` goes on with it.',
  ].join('\n');
}
