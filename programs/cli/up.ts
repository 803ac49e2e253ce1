import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, readLiveProcess } from '../process-file.ts';
import { planformVersion } from '../version.ts';
import { type ChildSpec, commandPath, nodeOptions, startChild } from './child.ts';
import { inviteSite } from './invite.ts';
import { formatTable, note, print } from './output.ts';
import { type UpOptions, type UpPlan, type UpSite, planUp, startCommand } from './up-plan.ts';

/** How often parts that were not started by this process are looked at; there is nothing to wait on for them. */
const lookMs = 1_000;
/** Longest wait for a part to stop by itself before it is killed. */
const stopMsMax = 20_000;
/** First and longest delay before a dead part is started again under `--supervise`. */
const restartFirstMs = 500;
const restartMaxMs = 30_000;

const run = promisify(execFile);

/**
 * `planform up`: hub and sites on this machine, in the foreground. Parts that run already are taken over as they are.
 * Resolves when `stop` aborts and everything has been stopped.
 */
export async function up(options: UpOptions, stop: AbortSignal): Promise<void> {
  const startedMs = performance.now();
  const plan = planUp(options);
  await mkdir(options.dataFolder, { recursive: true, mode: 0o700 });
  note(
    `Planform ${planformVersion}: a hub and ${options.siteCount} ${options.siteCount === 1 ? 'site' : 'sites'} in ${options.dataFolder}`,
  );
  const hubUrl = await startAll(plan);
  printReady(plan, hubUrl, performance.now() - startedMs);
  await Promise.all([plan.hub, ...plan.sites].map((part) => keepWatch(part, options.supervise, stop)));
  await stopAll(plan, options.keepWorkloads);
}

/** Starts hub and sites; when one cannot start, those that were started are stopped again. @returns the hub's URL. */
async function startAll(plan: UpPlan): Promise<string> {
  const parts = [...plan.sites, plan.hub];
  const ranBefore = await Promise.all(
    parts.map(async (part) => (await readLiveProcess(part.dataFolder)) !== undefined),
  );
  try {
    const hubUrl = await startPart(plan.hub);
    // Sites are independent of each other; two at a time keeps small machines responsive.
    for (let index = 0; index < plan.sites.length; index += 2) {
      await Promise.all(plan.sites.slice(index, index + 2).map((site) => startSite(site, plan)));
    }
    return hubUrl;
  } catch (error) {
    for (const [index, part] of parts.entries()) if (ranBefore[index] === false) await stopPart(part);
    throw error;
  }
}

async function startSite(site: UpSite, plan: UpPlan): Promise<void> {
  const hasIdentity = existsSync(`${site.dataFolder}/identity/certificate.pem`);
  if (!hasIdentity && (await readLiveProcess(site.dataFolder)) === undefined) {
    await mkdir(site.dataFolder, { recursive: true, mode: 0o700 });
    await inviteSite({
      kubeconfig: plan.hub.kubeconfig,
      name: site.name,
      labels: { tier: 'edge' },
      joinFile: site.joinFile,
    });
  }
  await startPart({ ...site, args: hasIdentity ? site.args : [...site.args, '--join', site.joinFile] });
}

async function startPart(part: ChildSpec): Promise<string> {
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
  note(
    `  ${part.name.padEnd(8)} ready at ${url} after ${((performance.now() - startedMs) / 1000).toFixed(2)} s (pid ${started?.pid})`,
  );
  return url;
}

function printReady(plan: UpPlan, hubUrl: string, tookMs: number): void {
  print('');
  print(`Ready in ${(tookMs / 1000).toFixed(1)} s. Hub: ${hubUrl}`);
  print(
    formatTable(
      ['KERNEL', 'KUBECONFIG'],
      [['hub', plan.hub.kubeconfig], ...plan.sites.map((site) => [site.name, site.kubeconfig])],
    ),
  );
  print('');
  print('Try next:');
  print(`  kubectl --kubeconfig ${plan.hub.kubeconfig} apply -f examples/hello/`);
  print(`  kubectl --kubeconfig ${plan.hub.kubeconfig} get sites,applications,works -A`);
  print('  ./planform status');
  print('  ./planform explain application/hello');
  print('Ctrl-C stops everything.');
}

/** Reports a part that died, and starts it again if asked to. */
async function keepWatch(part: ChildSpec, supervise: boolean, stop: AbortSignal): Promise<void> {
  let known = await readLiveProcess(part.dataFolder);
  let restartMs = restartFirstMs;
  while (await pause(lookMs, stop)) {
    if (known !== undefined && isAlive(known)) continue;
    const replacement = await readLiveProcess(part.dataFolder);
    if (replacement !== undefined) {
      note(`${part.name} runs again at ${replacement.url} (pid ${replacement.pid})`);
      known = replacement;
      restartMs = restartFirstMs;
      continue;
    }
    if (known !== undefined)
      note(`${part.name} died (was pid ${known.pid}); its log is ${part.dataFolder}/${part.logName}`);
    if (!supervise) {
      if (known !== undefined) note(`start it again with: ${startCommand(part)}`);
      known = undefined;
      continue;
    }
    if (!(await pause(restartMs, stop))) return;
    restartMs = Math.min(restartMaxMs, restartMs * 2);
    known = await startAgain(part);
  }
}

async function startAgain(part: ChildSpec): ReturnType<typeof readLiveProcess> {
  try {
    await startPart(part);
  } catch (error) {
    note(error instanceof Error ? error.message : String(error));
  }
  return readLiveProcess(part.dataFolder);
}

async function pause(ms: number, stop: AbortSignal): Promise<boolean> {
  if (stop.aborted) return false;
  await Promise.race([delay(ms), new Promise((resolve) => stop.addEventListener('abort', resolve, { once: true }))]);
  return !stop.aborted;
}

async function stopAll(plan: UpPlan, keepWorkloads: boolean): Promise<void> {
  note('');
  note(keepWorkloads ? 'stopping agents and hub; workloads keep running' : 'stopping agents, workloads and hub');
  await Promise.all(
    plan.sites.map(async (site) => {
      await stopPart(site);
      if (!keepWorkloads)
        await run(process.execPath, [
          ...nodeOptions,
          commandPath,
          'agent',
          'stop-workloads',
          '--data',
          site.dataFolder,
        ]);
    }),
  );
  await stopPart(plan.hub);
  note('stopped');
}

async function stopPart(part: ChildSpec): Promise<void> {
  const running = await readLiveProcess(part.dataFolder);
  if (running === undefined) return;
  process.kill(running.pid, 'SIGTERM');
  const deadline = performance.now() + stopMsMax;
  while (isAlive(running)) {
    if (performance.now() > deadline) {
      note(`${part.name} did not stop within ${stopMsMax / 1000} s: killed`);
      process.kill(running.pid, 'SIGKILL');
      return;
    }
    await delay(50);
  }
  note(`  ${part.name.padEnd(8)} stopped`);
}
