import { isDiskFull, makeDataFolder } from '../data-folder.ts';
import { readLiveProcess, removeProcessFile, writeProcessFile } from '../process-file.ts';
import { planformVersion } from '../version.ts';
import { CommandError } from './exit.ts';
import { note, print } from './output.ts';
import { readUpFolder, startPart, startSite, stopPart, stopSiteWorkloads } from './up-parts.ts';
import { type Prompt, type UpOptions, type UpPlan, planUp, readyText, shortPath } from './up-plan.ts';
import { keepWatch } from './up-watch.ts';

/**
 * `planform up`: hub and sites on this machine, in the foreground. Parts that run already are taken over as they are.
 * Resolves when `stop` aborts and everything has been stopped.
 * @throws {CommandError} when a part cannot start, or another `up` looks after the folder.
 */
export async function up(options: UpOptions, prompt: Prompt, stop: AbortSignal): Promise<void> {
  const { dataFolder, supervise, keepWorkloads } = options;
  const startedMs = performance.now();
  await makeDataFolder(dataFolder);
  await refuseSecond(dataFolder, prompt);
  const plan = planUp(options, await readUpFolder(dataFolder));
  note(`Planform ${planformVersion}: ${describePlan(plan)} in ${dataFolder}`);
  await announce(dataFolder);
  try {
    const urls = await startAll(plan, stop);
    if (urls !== undefined) {
      noteIdleSites(plan, prompt);
      print(readyText(plan, urls, performance.now() - startedMs, prompt));
      await Promise.all([plan.hub, ...plan.sites].map((part) => keepWatch(part, { supervise, prompt }, stop)));
    }
    await stopAll(plan, keepWorkloads, prompt);
  } finally {
    await removeProcessFile(dataFolder);
  }
}

/** Two of them would stop, and under `--supervise` start, each other's parts. */
async function refuseSecond(dataFolder: string, prompt: Prompt): Promise<void> {
  const other = await readLiveProcess(dataFolder);
  if (other === undefined) return;
  throw new CommandError(
    `Another \`up\` looks after ${shortPath(dataFolder, prompt)} already (pid ${other.pid})`,
    'end that one with Ctrl-C first, or choose another folder with --data and another --port',
  );
}

/** Makes `refuseSecond` of others work. A full disk must not keep a hub and its sites from being read. */
async function announce(dataFolder: string): Promise<void> {
  try {
    await writeProcessFile(dataFolder, '', planformVersion);
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    note(`  the disk of ${dataFolder} is full: reads go on, writes will be refused until there is space`);
  }
}

function describePlan({ sites }: UpPlan): string {
  return `a hub and ${sites.length} ${sites.length === 1 ? 'site' : 'sites'}`;
}

function noteIdleSites({ idleSites }: UpPlan, prompt: Prompt): void {
  const [first] = idleSites;
  if (first === undefined) return;
  note(
    `  not started: ${idleSites.join(', ')}. \`${prompt.command} up\` without --sites starts all sites of the folder;`,
  );
  note(`  \`kubectl delete site ${first}\` at the hub, then deleting its folder, takes one out for good`);
}

/**
 * Starts hub and sites; when one cannot start, those that were started are stopped again.
 * @returns the URLs by name of the part; `undefined` when `stop` aborted meanwhile.
 */
async function startAll(plan: UpPlan, stop: AbortSignal): Promise<ReadonlyMap<string, string> | undefined> {
  const parts = [...plan.sites, plan.hub];
  const ranBefore = new Set<string>();
  for (const part of parts) if ((await readLiveProcess(part.dataFolder)) !== undefined) ranBefore.add(part.name);
  const urls = new Map<string, string>();
  try {
    urls.set('hub', await startPart(plan.hub));
    // Sites are independent of each other; two at a time keeps small machines responsive.
    for (let index = 0; index < plan.sites.length && !stop.aborted; index += 2) {
      const starts = plan.sites
        .slice(index, index + 2)
        .map(async (site) => urls.set(site.name, await startSite(site, plan)));
      // All of them are waited for, so that none is still starting when the others are stopped.
      for (const start of await Promise.allSettled(starts)) if (start.status === 'rejected') throw start.reason;
    }
    return stop.aborted ? undefined : urls;
  } catch (error) {
    for (const part of parts) if (!ranBefore.has(part.name)) await stopPart(part);
    throw describeFailure(error, plan);
  }
}

/** A part names its own port; the person chose that of the hub. */
function describeFailure(error: unknown, { port, sites }: UpPlan): unknown {
  if (!(error instanceof CommandError) || error.option !== '--port') return error;
  const last = port + sites.length;
  return new CommandError(
    error.message,
    `free it, or choose another --port: the hub and its sites take ${port} to ${last}`,
    {
      cause: error,
    },
  );
}

async function stopAll(plan: UpPlan, keepWorkloads: boolean, prompt: Prompt): Promise<void> {
  note('');
  note(
    `stopping ${keepWorkloads ? 'agents and hub; workloads keep running' : 'agents, workloads and hub'} (Ctrl-C again: leave at once)`,
  );
  await Promise.all(
    plan.sites.map(async (site) => {
      await stopPart(site);
      if (!keepWorkloads) await stopSiteWorkloads(site);
    }),
  );
  await stopPart(plan.hub);
  note(
    `stopped; \`${prompt.command} up\` goes on with the data in ${shortPath(plan.hub.dataFolder, prompt).replace(/\/hub$/, '')}`,
  );
  if (!keepWorkloads) return;
  note('to stop the workloads of a site as well:');
  for (const { dataFolder } of plan.sites)
    note(`  ${prompt.command} agent stop-workloads --data ${shortPath(dataFolder, prompt)}`);
}
