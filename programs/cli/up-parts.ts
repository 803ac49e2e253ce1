import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { readIdentity } from '../agent/identity.ts';
import { isAlive, readLiveProcess } from '../process-file.ts';
import { type ChildSpec, commandPath, nodeOptions, startChild } from './child.ts';
import { CommandError } from './exit.ts';
import { inviteSite } from './invite.ts';
import { note } from './output.ts';
import { type UpFolder, type UpPlan, type UpSite, siteNumber } from './up-plan.ts';

/** Longest wait for a part to stop by itself before it is killed. */
const stopMsMax = 20_000;

const run = promisify(execFile);

/** Reads what is in a data folder of `up`. */
export async function readUpFolder(dataFolder: string): Promise<UpFolder> {
  const sitesFolder = join(dataFolder, 'sites');
  const names = existsSync(sitesFolder) ? await readdir(sitesFolder) : [];
  const siteNumbers = names
    .map(siteNumber)
    .filter((number) => number !== undefined)
    .toSorted((a, b) => a - b);
  const runningNumbers: number[] = [];
  let port: number | undefined;
  for (const number of siteNumbers) {
    const folder = join(sitesFolder, `site-${number}`);
    if ((await readLiveProcess(folder)) !== undefined) runningNumbers.push(number);
    const [hubUrl] = (await readIdentity(folder))?.hubUrls ?? [];
    if (hubUrl !== undefined) port ??= Number(new URL(hubUrl).port);
  }
  return { siteNumbers, runningNumbers, port };
}

/** Starts a hub or a site unless it runs already. @returns its URL. @throws {CommandError} saying why it cannot start. */
export async function startPart(part: ChildSpec): Promise<string> {
  const running = await readLiveProcess(part.dataFolder);
  if (running !== undefined) {
    note(`  ${part.name.padEnd(8)} runs already at ${running.url} (pid ${running.pid})`);
    return running.url;
  }
  note(`  ${part.name.padEnd(8)} starting …`);
  const startedMs = performance.now();
  await startChild(part);
  const started = await readLiveProcess(part.dataFolder);
  const url = started?.url ?? '';
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(2);
  note(`  ${part.name.padEnd(8)} ready at ${url} after ${seconds} s (pid ${started?.pid})`);
  return url;
}

/** Starts a site; one that is new is invited by the hub first. @returns its URL. */
export async function startSite(site: UpSite, plan: UpPlan): Promise<string> {
  const isNew =
    (await readIdentity(site.dataFolder)) === undefined && (await readLiveProcess(site.dataFolder)) === undefined;
  if (!isNew) return startPart(site);
  await mkdir(site.dataFolder, { recursive: true, mode: 0o700 });
  const { name, joinFile } = site;
  await inviteSite({ kubeconfig: plan.hub.kubeconfig, name, labels: { tier: 'edge' }, joinFile, hubUrls: [] });
  return startPart({ ...site, args: [...site.args, '--join', joinFile] });
}

/** Stops a hub or agent, by force if it takes too long. Workloads of a site go on. */
export async function stopPart(part: ChildSpec): Promise<void> {
  const running = await readLiveProcess(part.dataFolder);
  if (running === undefined) return;
  signalProcess(running.pid, 'SIGTERM');
  const deadline = performance.now() + stopMsMax;
  while (isAlive(running)) {
    if (performance.now() > deadline) {
      note(`  ${part.name.padEnd(8)} did not stop within ${stopMsMax / 1000} s: killed`);
      signalProcess(running.pid, 'SIGKILL');
      return;
    }
    await delay(50);
  }
  note(`  ${part.name.padEnd(8)} stopped`);
}

/** Stops everything a site runs; its agent must be stopped. What it cannot stop is told, not thrown. */
export async function stopSiteWorkloads(site: UpSite): Promise<void> {
  try {
    await run(process.execPath, [...nodeOptions, commandPath, 'agent', 'stop-workloads', '--data', site.dataFolder]);
  } catch (error) {
    const { stderr } = error as { readonly stderr?: string };
    note(`  ${site.name.padEnd(8)} its workloads were not stopped: ${stderr?.trim() ?? String(error)}`);
  }
}

/** A process that has just ended by itself is as good as stopped. */
function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return;
    throw new CommandError(`Cannot stop process ${pid}: ${(error as Error).message}`, undefined, { cause: error });
  }
}
