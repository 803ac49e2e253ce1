/** How fast hub, bare kernel and agent start, and how large they are when nothing happens. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { silentLogger } from '../kernel/base/logger.ts';
import { systemRandom } from '../kernel/base/system-random.ts';
import type { StoreRow } from '../kernel/ports/store.ts';
import { openSqliteStore } from '../kernel/store/sqlite/sqlite-store.ts';
import { readLiveProcess } from '../programs/process-file.ts';
import { head, row } from './report.ts';
import { freePort, launcher, memoryOf, scratchFolder, startPlanform } from './servers.ts';
import { median } from './statistics.ts';
import { valueBytes } from './target.ts';

const startCount = 7;
/** Processes give the memory of their start back after five seconds. */
const idleMs = 12_000;
const manyObjects = 100_000;
const rowsPerCommit = 100;

const sleep = (delayMs: number) => new Promise((resolve) => setTimeout(resolve, delayMs));

/** First start on an empty folder, then `startCount` more; memory of the last one. */
export async function measureStarts(): Promise<void> {
  head('process', 'first start ms', `second start ms (median of ${startCount})`, 'idle RSS MiB', 'of it anonymous');
  for (const [name, ...command] of [
    ['hub', 'hub'],
    ['kernel', 'kernel'],
    ['agent', 'agent', 'run'],
  ]) {
    using folder = scratchFolder('start');
    const args = [...command, '--data', folder.path, '--port', String(await freePort())];
    const starts: number[] = [];
    for (let start = 0; start < startCount; start++) {
      const server = await startPlanform(args);
      starts.push(server.readyMs);
      await server.stop();
    }
    const last = await startPlanform(args);
    starts.push(last.readyMs);
    await sleep(idleMs);
    const { rssKib, anonymousKib } = memoryOf(last.child.pid ?? 0);
    await last.stop();
    row(name ?? '', starts[0] ?? 0, median(starts.slice(1)), rssKib / 1024, anonymousKib / 1024);
  }
}

/**
 * Memory of a hub with two sites and of their agents as people run them: a second `./planform up --sites 2` on a folder,
 * left alone for 25 s, several times. In MB (million bytes), as the target says; nothing is delivered.
 */
export async function measureJoined(): Promise<void> {
  using folder = scratchFolder('up');
  const port = await freePort();
  const readings = new Map<string, number[]>();
  for (let reading = 0; reading <= joinedReadings; reading++) {
    const stop = await startUp(folder.path, port);
    const isSecond = reading > 0;
    await sleep(isSecond ? joinedIdleMs : 0);
    for (const [name, part] of Object.entries(joinedParts)) {
      const { pid = 0 } = (await readLiveProcess(join(folder.path, part))) ?? {};
      const { rssKib } = memoryOf(pid);
      if (isSecond) readings.set(name, [...(readings.get(name) ?? []), (rssKib * 1024) / 1e6]);
    }
    await stop();
  }
  head('process', `idle RSS MB (median of ${joinedReadings})`, 'least', 'most');
  for (const [name, values] of readings) row(name, median(values), Math.min(...values), Math.max(...values));
}

const joinedReadings = 3;
const joinedIdleMs = 25_000;
const joinedParts = {
  'hub, two sites joined': 'hub',
  'agent of site-1': 'sites/site-1',
  'agent of site-2': 'sites/site-2',
};

/** Starts `planform up` and waits until it says that everything runs. @returns what presses Ctrl-C. */
async function startUp(folder: string, port: number): Promise<() => Promise<void>> {
  const child = spawn(launcher, ['up', '--sites', '2', '--data', folder, '--port', String(port)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let output = '';
  await new Promise<void>((resolve, reject) => {
    const collect = (text: string) => {
      output += text;
      if (output.includes('Ctrl-C stops everything.')) resolve();
    };
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);
    child.once('exit', (code) => reject(new Error(`planform up ended with ${code}: ${output}`)));
  });
  return () => {
    child.kill('SIGINT');
    return ended;
  };
}

/** Start and memory of a hub that holds many objects. */
export async function measureManyObjects(): Promise<void> {
  using folder = scratchFolder('many');
  const args = ['hub', '--data', folder.path, '--port', String(await freePort())];
  const empty = await startPlanform(args);
  await sleep(idleMs);
  const emptyMib = memoryOf(empty.child.pid ?? 0).rssKib / 1024;
  await empty.stop();
  await fillStore(join(folder.path, 'store.db'));
  const full = await startPlanform(args);
  await sleep(idleMs);
  const fullMib = memoryOf(full.child.pid ?? 0).rssKib / 1024;
  await full.stop();
  head('objects of 1.4 KB', 'start ms', 'idle RSS MiB', 'MiB per 10,000');
  row(manyObjects.toLocaleString('en'), full.readyMs, fullMib, ((fullMib - emptyMib) / manyObjects) * 10_000);
}

/** Writes ConfigMaps past the API: what counts is what they cost to load and to keep. */
async function fillStore(path: string): Promise<void> {
  const { signal } = new AbortController();
  const options = { path, random: systemRandom, logger: silentLogger, pid: process.pid, signal };
  const store = await openSqliteStore(options);
  let { head: revision } = store.recovery;
  const commits: Promise<void>[] = [];
  for (let index = 0; index < manyObjects; index += rowsPerCommit) {
    const rows = Array.from({ length: rowsPerCommit }, (_, offset) => configMapRow(++revision, index + offset));
    commits.push(store.append({ expectedHead: revision - rowsPerCommit, rows }));
  }
  await Promise.all(commits);
  await store.close();
}

function configMapRow(revision: number, index: number): StoreRow {
  const name = `many-${index}`;
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      namespace: 'default',
      uid: systemRandom.uuid(),
      resourceVersion: String(revision),
      creationTimestamp: '2026-01-01T00:00:00Z',
      managedFields: [
        {
          manager: 'bench',
          operation: 'Update',
          apiVersion: 'v1',
          time: '2026-01-01T00:00:00Z',
          fieldsType: 'FieldsV1',
          fieldsV1: { 'f:data': { '.': {}, 'f:value': {} } },
        },
      ],
    },
    data: { value: 'x'.repeat(valueBytes) },
  };
  return {
    revision,
    resource: 'configmaps',
    namespace: 'default',
    name,
    operation: 'create',
    keep: true,
    atMs: 0,
    actor: 'bench',
    reason: 'bench',
    requestId: '',
    bytes: Buffer.from(JSON.stringify(object)),
  };
}
