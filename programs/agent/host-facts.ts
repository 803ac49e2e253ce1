import { readFileSync } from 'node:fs';
import { cpus, hostname, release, totalmem } from 'node:os';
import type { HostFacts } from '../../planes/control/node/plan.ts';

/** Go's names of processor architectures, which Kubernetes uses in labels. */
const goArchitectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', arm: 'arm', arm64: 'arm64' };

/** What this machine is. */
export function readHostFacts(): HostFacts {
  return {
    hostname: hostname(),
    operatingSystem: process.platform,
    architecture: goArchitectures[process.arch] ?? process.arch,
    kernelVersion: release(),
    osImage: /^PRETTY_NAME="?([^"\n]*)/m.exec(readIfThere('/etc/os-release'))?.[1] ?? process.platform,
    machineId: readIfThere('/etc/machine-id').trim(),
    bootId: readIfThere('/proc/sys/kernel/random/boot_id').trim(),
    cpuCount: cpus().length,
    memoryBytes: totalmem(),
  };
}

/** Text of a file of the system; empty where this system has none. */
function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}
