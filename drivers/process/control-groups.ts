import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Clock } from '../../kernel/base/clock.ts';
import type { ContainerSpec } from '../api/runtime.ts';
import { errorCode } from '../api/system-errors.ts';

/** Where groups can be made: version 1 has a hierarchy per controller, version 2 one for all. */
export interface ControlGroupHost {
  readonly version: 1 | 2;
  /** Folder under which groups for memory are made. */
  readonly memory: string;
  /** Folder under which groups for CPU time are made; the same as `memory` in version 2. */
  readonly cpu: string;
}

/** What a container may be limited in. */
export type Limits = Pick<ContainerSpec, 'memoryBytesMax' | 'cpuMilliMax'>;

const probeLimits: Limits = { memoryBytesMax: 64 * 1024 * 1024, cpuMilliMax: 100 };
/** Length of the period in which CPU time is shared out, microseconds (the kernel's default). */
const cpuPeriodUs = 100_000;
/** Smallest share the kernel takes, microseconds per period. */
const cpuQuotaUsMin = 1000;

/**
 * Finds hierarchies where groups with limits can really be made, by making one.
 * @returns `undefined` and why, when there are none.
 */
export async function probeControlGroups(
  probeName: string,
): Promise<{ readonly host: ControlGroupHost | undefined; readonly reason: string }> {
  const candidates = findHosts(
    await readFile('/proc/self/mountinfo', 'utf8'),
    await readFile('/proc/self/cgroup', 'utf8'),
  );
  let reason = 'no memory and cpu controllers are mounted';
  for (const host of candidates) {
    try {
      await makeControlGroups(host, probeName, probeLimits);
      for (const folder of controlGroupFolders(host, probeName, probeLimits)) await rmdir(folder);
      return { host, reason: '' };
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
  }
  return { host: undefined, reason };
}

/** Candidates from /proc/self/mountinfo and /proc/self/cgroup (proc(5), cgroups(7)), version 1 first as it wins in hybrid setups. */
export function findHosts(mountInfo: string, ownGroups: string): readonly ControlGroupHost[] {
  const own = new Map<string, string>();
  for (const line of ownGroups.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    for (const controller of (controllers ?? '').split(',')) if (path !== undefined) own.set(controller, path);
  }
  const folders = new Map<string, string>();
  for (const line of mountInfo.split('\n')) {
    const [before, after] = line.split(' - ');
    const [, , , root, mountPoint] = (before ?? '').split(' ');
    const [type, , options] = (after ?? '').split(' ');
    if (root === undefined || mountPoint === undefined) continue;
    if (type === 'cgroup2') folders.set('', mountPoint);
    if (type !== 'cgroup') continue;
    for (const controller of (options ?? '').split(',')) {
      const path = own.get(controller);
      if (path !== undefined && controller !== '') folders.set(controller, join(mountPoint, relative(root, path)));
    }
  }
  const hosts: ControlGroupHost[] = [];
  const [memory, cpu, unified] = [folders.get('memory'), folders.get('cpu'), folders.get('')];
  if (memory !== undefined && cpu !== undefined) hosts.push({ version: 1, memory, cpu });
  if (unified !== undefined) hosts.push({ version: 2, memory: unified, cpu: unified });
  return hosts;
}

/**
 * The groups a container is to have. One for memory is always among them: it also tells which processes belong to the
 * container, whatever they do.
 */
export function controlGroupFolders(host: ControlGroupHost, name: string, limits: Limits): readonly string[] {
  const [memory, cpu] = [join(host.memory, name), join(host.cpu, name)];
  return limits.cpuMilliMax === undefined || cpu === memory ? [memory] : [memory, cpu];
}

/** Makes groups and sets their limits; write `0` to `cgroup.procs` in each to join. */
export async function makeControlGroups(host: ControlGroupHost, name: string, limits: Limits): Promise<void> {
  if (host.version === 2) await enableControllers(host.memory);
  for (const folder of controlGroupFolders(host, name, limits)) await mkdir(folder, { recursive: true });
  if (limits.memoryBytesMax !== undefined) await limitMemory(host, join(host.memory, name), limits.memoryBytesMax);
  if (limits.cpuMilliMax === undefined) return;
  const quotaUs = Math.max(cpuQuotaUsMin, Math.round((limits.cpuMilliMax * cpuPeriodUs) / 1000));
  if (host.version === 1) await writeFile(join(host.cpu, name, 'cpu.cfs_quota_us'), String(quotaUs));
  else await writeFile(join(host.cpu, name, 'cpu.max'), `${quotaUs} ${cpuPeriodUs}`);
}

async function enableControllers(folder: string): Promise<void> {
  const path = join(folder, 'cgroup.subtree_control');
  const enabled = (await readFile(path, 'utf8')).trim().split(' ');
  if (!enabled.includes('memory') || !enabled.includes('cpu')) await writeFile(path, '+memory +cpu');
}

async function limitMemory(host: ControlGroupHost, folder: string, bytes: number): Promise<void> {
  if (host.version === 1) {
    await writeFile(join(folder, 'memory.limit_in_bytes'), String(bytes));
    await writeIfThere(join(folder, 'memory.memsw.limit_in_bytes'), String(bytes));
  } else {
    await writeFile(join(folder, 'memory.max'), String(bytes));
    await writeIfThere(join(folder, 'memory.swap.max'), '0');
  }
}

/** Limits on swap exist only where the kernel accounts for it. */
async function writeIfThere(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    if (!['ENOENT', 'EACCES', 'EPERM', 'EOPNOTSUPP'].includes(errorCode(error) ?? '')) throw error;
  }
}

/** Numbers of the processes in a group; none when the group is gone. */
export async function listMembers(folder: string): Promise<readonly number[]> {
  try {
    return (await readFile(join(folder, 'cgroup.procs'), 'utf8')).split('\n').filter(Boolean).map(Number);
  } catch (error) {
    if (['ENOENT', 'ENODEV'].includes(errorCode(error) ?? '')) return [];
    throw error;
  }
}

/** Whether the kernel killed a process of the group for want of memory. */
export async function hasRunOutOfMemory(folder: string): Promise<boolean> {
  for (const file of ['memory.events', 'memory.oom_control']) {
    const text = await readFile(join(folder, file), 'utf8').catch(() => '');
    const count = /^oom_kill (\d+)$/m.exec(text)?.[1];
    if (count !== undefined) return count !== '0';
  }
  return false;
}

/** Removes a group; a process that just died may hold it for a moment, so it is tried for up to a second. */
export async function removeControlGroup(folder: string, clock: Clock, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await rmdir(folder);
      return;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return;
      if (errorCode(error) !== 'EBUSY' || attempt === 20) throw error;
    }
    await clock.sleep(50, signal);
  }
}
