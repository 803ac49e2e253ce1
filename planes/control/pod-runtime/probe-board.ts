import type { ProbeResult } from '../../../drivers/api/probe.ts';
import { type Clock, sleepUnlessAborted } from '../../../kernel/base/clock.ts';
import type { Probe } from '../../../kernel/schema/standard/types.ts';
import { type ProbeKind, type ProbeState, countResult, formatFailure, nextDelayMs, noResult } from './probe-state.ts';

/** One probe of one run. */
export interface ProbeTask {
  readonly runId: string;
  readonly kind: ProbeKind;
  readonly probe: Probe;
  readonly startedAtMs: number;
  /** Failures are expected and are no news. Default false. */
  readonly isQuiet?: boolean;
  /** One attempt; throws only the abort reason. */
  readonly attempt: (signal: AbortSignal) => Promise<ProbeResult>;
  /** A verdict changed, or an attempt failed (then with the text for an event). */
  readonly changed: (failure: string | undefined) => void;
}

interface Running {
  state: ProbeState;
  readonly abort: AbortController;
}

/** What the board needs. */
export interface ProbeBoardOptions {
  readonly clock: Clock;
  /** Ends all probing when the agent stops. */
  readonly signal: AbortSignal;
}

/** Runs the probes of all pods, one loop per probe, and keeps their results. */
export class ProbeBoard {
  readonly #options: ProbeBoardOptions;
  readonly #pods = new Map<string, Map<string, Running>>();

  constructor(options: ProbeBoardOptions) {
    this.#options = options;
  }

  /** Makes exactly these probes of a pod run: new ones begin, others end and are forgotten. */
  sync(podUid: string, tasks: readonly ProbeTask[]): void {
    const running = this.#pods.get(podUid) ?? new Map<string, Running>();
    const wanted = new Set(tasks.map(keyOf));
    for (const [key, { abort }] of running) {
      if (wanted.has(key)) continue;
      abort.abort();
      running.delete(key);
    }
    for (const task of tasks) if (!running.has(keyOf(task))) running.set(keyOf(task), this.#begin(task));
    if (running.size === 0) this.#pods.delete(podUid);
    else this.#pods.set(podUid, running);
  }

  /** Results of one probe so far; `undefined` when it does not run. */
  stateOf(podUid: string, runId: string, kind: ProbeKind): ProbeState | undefined {
    return this.#pods.get(podUid)?.get(`${runId}/${kind}`)?.state;
  }

  #begin(task: ProbeTask): Running {
    const running: Running = { state: noResult, abort: new AbortController() };
    void this.#loop(task, running, AbortSignal.any([this.#options.signal, running.abort.signal]));
    return running;
  }

  async #loop(task: ProbeTask, running: Running, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const { probe, kind, startedAtMs } = task;
    // A start in the future: the clock was set back since.
    const firstAtMs = Math.min(startedAtMs, clock.nowMs()) + (probe.initialDelaySeconds ?? 0) * 1000;
    // Attempts of the first period are for eagerness; that they fail is no news.
    const newsFromMs = firstAtMs + (probe.periodSeconds ?? 10) * 1000;
    let delayMs = Math.max(0, firstAtMs - clock.nowMs());
    while (await sleepUnlessAborted(clock, delayMs, signal)) {
      const result = await this.#attempt(task, signal);
      if (result === undefined) return;
      const before = running.state;
      running.state = countResult(before, result, probe);
      const isNews = !result.ok && task.isQuiet !== true && (kind !== 'readiness' || clock.nowMs() >= newsFromMs);
      if (isNews || running.state.verdict !== before.verdict) {
        task.changed(isNews ? formatFailure(kind, result.message) : undefined);
      }
      delayMs = nextDelayMs(kind, running.state, probe, clock.nowMs() - firstAtMs);
    }
  }

  /** One result; `undefined` when probing was ended meanwhile. */
  async #attempt({ attempt }: ProbeTask, signal: AbortSignal): Promise<ProbeResult | undefined> {
    try {
      const result = await attempt(signal);
      return signal.aborted ? undefined : result;
    } catch (error) {
      if (signal.aborted) return undefined;
      return { ok: false, message: error instanceof Error ? error.message : String(error) };
    }
  }
}

function keyOf({ runId, kind }: ProbeTask): string {
  return `${runId}/${kind}`;
}
