import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a running hub or agent says about itself in `DATA/process.json`. */
export interface ProcessFile {
  readonly pid: number;
  /** Start time of the process in clock ticks since boot (proc(5), field 22): with the pid it names one process for ever. */
  readonly startTicks: string;
  readonly url: string;
  readonly version: string;
}

const fileName = 'process.json';

/** Publishes this process as the one that serves `dataFolder`. Atomic. */
export async function writeProcessFile(dataFolder: string, url: string, version: string): Promise<void> {
  const content: ProcessFile = { pid: process.pid, startTicks: startTicksOf(process.pid) ?? '', url, version };
  const path = join(dataFolder, fileName);
  await writeFile(`${path}.new`, `${JSON.stringify(content)}\n`);
  await rename(`${path}.new`, path);
}

/** Takes back what `writeProcessFile` published. */
export async function removeProcessFile(dataFolder: string): Promise<void> {
  await rm(join(dataFolder, fileName), { force: true });
}

/** The process that serves `dataFolder`, if it is alive now. */
export async function readLiveProcess(dataFolder: string): Promise<ProcessFile | undefined> {
  let text: string;
  try {
    text = await readFile(join(dataFolder, fileName), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const found = JSON.parse(text) as ProcessFile;
  return isAlive(found) ? found : undefined;
}

/** True while exactly that process runs: a reused pid does not count. */
export function isAlive({ pid, startTicks }: Pick<ProcessFile, 'pid' | 'startTicks'>): boolean {
  const found = startTicksOf(pid);
  if (found !== undefined) return found === startTicks;
  if (process.platform === 'linux') return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Field 22 of /proc/<pid>/stat; `undefined` where there is no such process or no procfs, and for zombies. */
function startTicksOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
