import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, readLiveProcess } from '../process-file.ts';
import type { ChildSpec } from './child.ts';
import { note } from './output.ts';
import { startPart } from './up-parts.ts';
import { type Prompt, shortPath, startCommand } from './up-plan.ts';

/** How often parts that were not started by this process are looked at; there is nothing to wait on for them. */
const lookMs = 1_000;
/** First and longest delay before a dead part is started again under `--supervise`. */
const restartFirstMs = 500;
const restartMsMax = 30_000;
/** A part that lived this long is started again without the delays of its earlier deaths. */
const settledMs = 60_000;

/** How `up` looks after a part. */
export interface WatchOptions {
  /** Start it again when it dies; otherwise it is only reported, with the command that starts it. */
  readonly supervise: boolean;
  readonly prompt: Prompt;
}

/** Reports a part that died, and starts it again if asked to, until `stop` aborts. */
export async function keepWatch(part: ChildSpec, options: WatchOptions, stop: AbortSignal): Promise<void> {
  let known = await readLiveProcess(part.dataFolder);
  let aliveSinceMs = performance.now();
  let restartMs = restartFirstMs;
  while (await pause(lookMs, stop)) {
    if (known !== undefined && isAlive(known)) continue;
    const replacement = await readLiveProcess(part.dataFolder);
    if (replacement !== undefined) {
      note(`${part.name} runs again at ${replacement.url} (pid ${replacement.pid})`);
      known = replacement;
      aliveSinceMs = performance.now();
      continue;
    }
    if (known !== undefined) note(deathText(part, known.pid, options.prompt));
    if (!options.supervise) {
      if (known !== undefined) note(`  start it again with: ${startCommand(part, options.prompt)}`);
      known = undefined;
      continue;
    }
    if (performance.now() - aliveSinceMs > settledMs) restartMs = restartFirstMs;
    note(`  it is started again in ${restartMs / 1000} s`);
    if (!(await pause(restartMs, stop))) return;
    restartMs = Math.min(restartMsMax, restartMs * 2);
    known = await startAgain(part);
    aliveSinceMs = performance.now();
  }
}

function deathText({ name, dataFolder, logName }: ChildSpec, pid: number, prompt: Prompt): string {
  return `${name} died (was pid ${pid}); its log is ${shortPath(dataFolder, prompt)}/${logName}`;
}

async function startAgain(part: ChildSpec): ReturnType<typeof readLiveProcess> {
  try {
    await startPart(part);
  } catch (error) {
    note(`  ${error instanceof Error ? error.message : String(error)}`);
  }
  return readLiveProcess(part.dataFolder);
}

/** Waits. @returns false as soon as `stop` aborts. */
async function pause(ms: number, stop: AbortSignal): Promise<boolean> {
  try {
    await delay(ms, undefined, { signal: stop });
  } catch (error) {
    if (!stop.aborted) throw error;
  }
  return !stop.aborted;
}
