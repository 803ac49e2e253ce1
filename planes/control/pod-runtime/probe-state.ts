import type { ProbeResult } from '../../../drivers/api/probe.ts';
import type { Probe } from '../../../kernel/schema/standard/types.ts';

/** The three probes of a container. */
export type ProbeKind = 'startup' | 'liveness' | 'readiness';

/** Results of one probe of one run, counted. */
export interface ProbeState {
  /** `unknown` until a threshold was reached once. */
  readonly verdict: 'unknown' | 'success' | 'failure';
  /** Equal results in a row. */
  readonly run: number;
  readonly lastOk: boolean | undefined;
  readonly message: string;
}

/** Before the first result. */
export const noResult: ProbeState = { verdict: 'unknown', run: 0, lastOk: undefined, message: '' };

/** The state after one more result (thresholds as in the kubelet's prober: defaults 1 success, 3 failures). */
export function countResult(before: ProbeState, { ok, message }: ProbeResult, probe: Probe): ProbeState {
  const run = before.lastOk === ok ? before.run + 1 : 1;
  const threshold = ok ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
  const verdict = run >= threshold ? (ok ? 'success' : 'failure') : before.verdict;
  return { verdict, run, lastOk: ok, message };
}

/** Most time between attempts of a readiness probe that has not succeeded yet … */
const eagerMs = 1_000;
/** … for so long after the first attempt was due. */
const eagerForMs = 60_000;

/**
 * Time until the next attempt. Until it has succeeded once, a readiness probe is repeated every second for the first
 * minute: upstream would leave a program that needs a moment to listen out of service for a whole period.
 * @param sinceFirstMs time since the first attempt was due.
 */
export function nextDelayMs(kind: ProbeKind, state: ProbeState, probe: Probe, sinceFirstMs: number): number {
  const periodMs = (probe.periodSeconds ?? 10) * 1000;
  const isEager = kind === 'readiness' && state.verdict !== 'success' && sinceFirstMs < eagerForMs;
  return isEager ? Math.min(periodMs, eagerMs) : periodMs;
}

/** Text of the event about a failed attempt, as the kubelet words it. */
export function formatFailure(kind: ProbeKind, message: string): string {
  const word = { startup: 'Startup', liveness: 'Liveness', readiness: 'Readiness' }[kind];
  return `${word} probe failed: ${message}`;
}
