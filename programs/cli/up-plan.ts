import { join, relative } from 'node:path';
import type { ChildSpec } from './child.ts';

/** What `planform up` was asked for. */
export interface UpOptions {
  readonly siteCount: number;
  readonly dataFolder: string;
  /** The hub's port; sites take the ones after it. */
  readonly port: number;
  readonly supervise: boolean;
  readonly keepWorkloads: boolean;
}

/** A site that `up` runs on this machine. */
export interface UpSite extends ChildSpec {
  readonly joinFile: string;
  readonly kubeconfig: string;
}

/** Everything `up` runs. */
export interface UpPlan {
  readonly hub: ChildSpec & { readonly kubeconfig: string };
  readonly sites: readonly UpSite[];
}

/** Most sites on one machine; each has its own loopback range and pod ports. */
export const siteCountMax = 32;
/** Pod ports per site on this machine. */
const podPortsPerSite = 500;
const podPortFirst = 20_000;

/** Where everything goes and how it is started; pure. */
export function planUp(options: UpOptions): UpPlan {
  const hubFolder = join(options.dataFolder, 'hub');
  const hub = {
    name: 'hub',
    args: ['hub', '--data', hubFolder, '--port', String(options.port)],
    dataFolder: hubFolder,
    logName: 'hub.log',
    kubeconfig: join(hubFolder, 'kubeconfig'),
  };
  const sites = Array.from({ length: options.siteCount }, (_, index): UpSite => {
    const name = `site-${index + 1}`;
    const dataFolder = join(options.dataFolder, 'sites', name);
    const joinFile = join(dataFolder, 'join.json');
    const podPorts = podPortFirst + index * podPortsPerSite;
    return {
      name,
      dataFolder,
      logName: 'agent.log',
      joinFile,
      kubeconfig: join(dataFolder, 'kubeconfig'),
      args: [
        'agent',
        'run',
        '--data',
        dataFolder,
        '--port',
        String(options.port + index + 1),
        '--service-range',
        `127.${serviceNetwork(options.port)}.${index + 1}.0/24`,
        '--pod-ports',
        `${podPorts}-${podPorts + podPortsPerSite - 1}`,
      ],
    };
  });
  return { hub, sites };
}

/** Second octet of the loopback range: several `up` on one machine, on different ports, mostly keep apart. */
function serviceNetwork(port: number): number {
  return 64 + (port % 128);
}

/** The command that starts a part again, as a person would type it. */
export function startCommand(spec: ChildSpec): string {
  return `./planform ${spec.args.map((arg) => (arg.startsWith('/') ? relative(process.cwd(), arg) || '.' : arg)).join(' ')}`;
}
