import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ContainerSpec } from '../api/runtime.ts';
import type { ContainerRecord, DriverFolder } from './container-folder.ts';
import { controlGroupFolders } from './control-groups.ts';
import { containerMarkName, encodeEnvironment, expandRoot, systemPath } from './environment.ts';
import type { Fingerprint } from './fingerprint.ts';
import { buildRelocatedRoot, buildRootView } from './root-view.ts';

/** Everything that is decided about a container before it is started. */
export interface ContainerPlan {
  readonly record: ContainerRecord;
  readonly env: Readonly<Record<string, string>>;
  /** Folder under which mount paths lie; empty when mounts are real. */
  readonly root: string;
}

/** What a plan depends on besides the spec. */
export interface PlanHost {
  readonly layout: DriverFolder;
  readonly fingerprint: Pick<Fingerprint, 'view' | 'controlGroups'>;
  readonly nodeBinaryPath: string;
  readonly bootId: string;
  readonly nowMs: number;
}

/** Name of a container's control groups. */
export function controlGroupName(id: string): string {
  return `planform-${id}`;
}

/** Decides how a container is run on this host. Pure. */
export function planContainer(spec: ContainerSpec, host: PlanHost): ContainerPlan {
  const { view, controlGroups: groupHost } = host.fingerprint;
  const { id, podUid, podName, containerName, attempt } = spec;
  const root = view.mounts ? '' : join(host.layout.containers, id, 'root');
  const asksForLimits = spec.memoryBytesMax !== undefined || spec.cpuMilliMax !== undefined;
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(spec.env)) env[name] = expandRoot(value, root);
  env['PATH'] = `${dirname(host.nodeBinaryPath)}:${env['PATH'] ?? systemPath}`;
  env['PLANFORM_ROOT'] = root;
  env[containerMarkName] = id;
  const record: ContainerRecord = {
    version: 1,
    id,
    podUid,
    podName,
    containerName,
    attempt,
    command: spec.command.map((item) => expandRoot(item, root)),
    workingDir: expandRoot(spec.workingDir ?? (root || '/'), root),
    bootId: host.bootId,
    createdAtMs: host.nowMs,
    pathsRelocated: !view.mounts,
    limitsIgnored: groupHost === undefined && asksForLimits,
    hasUserNamespace: view.userNamespace,
    controlGroups: groupHost === undefined ? [] : controlGroupFolders(groupHost, controlGroupName(id), spec),
  };
  return { record, env, root };
}

/** Puts into a container's folder what `enter.sh` needs. @throws {DriverError} `StartFailed`, `PathUnusable`. */
export async function fillContainerFolder(
  plan: ContainerPlan,
  mounts: ContainerSpec['mounts'],
  folder: string,
  finalFolder: string,
): Promise<void> {
  await writeFile(join(folder, 'env'), encodeEnvironment(plan.env), { mode: 0o600 });
  if (plan.root === '') await writeFile(join(folder, 'fstab'), await buildRootView(folder, finalFolder, mounts));
  else await buildRelocatedRoot(folder, mounts);
}
