import { formatTime } from '../../../kernel/base/clock.ts';

/** The part all workload conditions share; each kind has its own further times. */
export interface WorkloadCondition {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime?: string;
  readonly reason?: string;
  readonly message?: string;
}

/** A condition about to be set. */
export interface WorkloadConditionDraft {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason?: string;
  readonly message?: string;
}

/**
 * A new list with `draft` set in place. The transition time moves only when the status changes; a condition that says
 * the same as before stays as it is, so that an idle object is not written again.
 */
export function setWorkloadCondition<C extends WorkloadCondition>(
  conditions: readonly C[],
  draft: WorkloadConditionDraft,
  nowMs: number,
  more: Partial<C> = {},
): readonly C[] {
  const index = conditions.findIndex((condition) => condition.type === draft.type);
  const before = conditions[index];
  if (before !== undefined && saysSame(before, draft)) return conditions;
  const isTransition = before === undefined || before.status !== draft.status;
  const lastTransitionTime = isTransition ? formatTime(nowMs) : (before.lastTransitionTime ?? formatTime(nowMs));
  const next = { ...more, ...draft, lastTransitionTime } as C;
  return index < 0 ? [...conditions, next] : conditions.with(index, next);
}

/** A new list without the condition of that type; the same list if there is none. */
export function removeWorkloadCondition<C extends WorkloadCondition>(
  conditions: readonly C[],
  type: string,
): readonly C[] {
  return conditions.some((condition) => condition.type === type)
    ? conditions.filter((condition) => condition.type !== type)
    : conditions;
}

function saysSame(before: WorkloadCondition, draft: WorkloadConditionDraft): boolean {
  return before.status === draft.status && before.reason === draft.reason && before.message === draft.message;
}
