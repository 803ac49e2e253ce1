import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type World, eventually, findProcesses, root } from './world.ts';

/** The pods of examples/hello at a site, as far as tests look at them. */
export interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
    readonly status: {
      readonly containerStatuses?: readonly {
        readonly ready: boolean;
        readonly restartCount: number;
        readonly state?: { readonly running?: { readonly startedAt: string } };
        readonly lastState?: { readonly terminated?: { readonly exitCode: number } };
      }[];
    };
  }[];
}

/** Pods of examples/hello at a site that are not going away. */
export async function podsOf(world: World, site: string): Promise<PodList['items']> {
  const { items } = await world.json<PodList>(site, 'get', 'pods', '-l', 'app=hello');
  return items.filter((pod) => pod.metadata.deletionTimestamp === undefined);
}

/** True when there are exactly `count` of them and all are ready; for `eventually`. */
export function allReady(pods: PodList['items'], count: number): true | undefined {
  const ready = pods.filter((pod) => pod.status.containerStatuses?.every((status) => status.ready) === true);
  return pods.length === count && ready.length === count ? true : undefined;
}

/** Where the Service of examples/hello is reached at a site. */
export async function serviceUrl(world: World, site: string): Promise<string> {
  return `http://${await world.kubectl(site, 'get', 'svc', 'hello', '-o', 'jsonpath={.spec.clusterIP}')}/`;
}

/** Main processes of the servers of these pods. */
export function serversOf(pods: PodList['items']): readonly number[] {
  const names = new Set(pods.map((pod) => `POD_NAME=${pod.metadata.name}`));
  return [...names].flatMap((name) =>
    findProcesses('server.mjs', [name]).filter((pid) =>
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('node\0'),
    ),
  );
}

/** Starts a hub or agent again with the command that `up` printed for it. */
export async function startAgain(world: World, kernel: string): Promise<void> {
  const line = await eventually(`up tells how to start ${kernel}`, 10_000, () => {
    const told = world.output.split(`${kernel} died`).at(-1) ?? '';
    return /start it again with: (\S.*)/.exec(told)?.[1];
  });
  const args = line.split(' ').slice(1);
  spawn(join(root, 'planform'), args, { cwd: root, detached: true, stdio: 'ignore' }).unref();
}
