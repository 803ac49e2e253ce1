/**
 * When a container that ended is started again: at once when it ran for a while, otherwise after a delay that doubles
 * from 10 s to 300 s (Kubernetes crash-loop back-off; that upstream also delays after longer runs is left out, so that a
 * killed program is back in a moment).
 */

/** A container that ran this long is restarted at once. */
export const steadyMs = 10_000;
/** A container that ran this long has left its crash loop: the next delay is the first one again. */
export const recoveredMs = 600_000;
const delayFirstMs = 10_000;
const delayMaxMs = 300_000;
/** Beyond this the delay does not grow any more. */
const levelMax = Math.ceil(Math.log2(delayMaxMs / delayFirstMs)) + 1;

/** What is remembered of one container's ends. */
export interface BackOff {
  /** The run whose end was counted last. */
  readonly runId: string;
  /** Early ends in a row; 0: none. */
  readonly level: number;
  /** Delay after that run. */
  readonly delayMs: number;
}

/** One run that ended. */
export interface EndedRun {
  readonly id: string;
  readonly startedAtMs: number;
  /** Absent when it was lost: nobody knows when it ended. */
  readonly finishedAtMs?: number;
}

/** The back-off after `run`; counts every run once, however often it is asked. */
export function countEnd(before: BackOff | undefined, run: EndedRun): BackOff {
  if (before?.runId === run.id) return before;
  const level = before?.level ?? 0;
  const ranMs = run.finishedAtMs === undefined ? steadyMs : run.finishedAtMs - run.startedAtMs;
  if (ranMs >= steadyMs) return { runId: run.id, level: ranMs >= recoveredMs ? 0 : level, delayMs: 0 };
  const next = Math.min(level + 1, levelMax);
  return { runId: run.id, level: next, delayMs: delayOf(next) };
}

/** The back-off as it was when the status said that `run` is waited for `delayMs`; for an agent that starts again. */
export function restoreBackOff(run: EndedRun, delayMs: number): BackOff {
  let level = 1;
  while (level < levelMax && delayOf(level) < delayMs) level++;
  return { runId: run.id, level, delayMs: delayOf(level) };
}

/** Message of the waiting state, worded as the kubelet does; `parseBackOff` reads the delay back. */
export function formatBackOff(delayMs: number, containerName: string, podText: string): string {
  return `back-off ${formatDelay(delayMs)} restarting failed container=${containerName} pod=${podText}`;
}

/** The delay in a message made by `formatBackOff`, milliseconds; `undefined` for any other text. */
export function parseBackOff(message: string | undefined): number | undefined {
  const match = /^back-off (?:(\d+)m)?(\d+)s restarting /.exec(message ?? '');
  return match === null ? undefined : (Number(match[1] ?? 0) * 60 + Number(match[2])) * 1000;
}

function delayOf(level: number): number {
  return Math.min(delayMaxMs, delayFirstMs * 2 ** (level - 1));
}

/** `10s`, `1m20s`, `5m0s`, as Go prints durations. */
function formatDelay(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
