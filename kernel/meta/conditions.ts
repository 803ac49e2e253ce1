import { formatTime } from '../base/clock.ts';

/** `metav1.Condition`. `type` and `reason` are CamelCase and listed in the kind's README. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly observedGeneration?: number;
  /** When `status` last changed, RFC 3339. */
  readonly lastTransitionTime: string;
  readonly reason: string;
  /** At most 32 KiB. */
  readonly message: string;
}

/** A condition about to be set; the transition time is worked out from what was there before. */
export type ConditionDraft = Omit<Condition, 'lastTransitionTime'>;

/** The condition of that type, if any. */
export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** True if the condition exists with status `True`. */
export function isConditionTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return findCondition(conditions, type)?.status === 'True';
}

/**
 * A new list with `draft` set: in place, keeping the order; the transition time moves only when the status changes.
 */
export function setCondition(
  conditions: readonly Condition[] | undefined,
  draft: ConditionDraft,
  nowMs: number,
): readonly Condition[] {
  const list = conditions ?? [];
  const index = list.findIndex((condition) => condition.type === draft.type);
  const before = list[index];
  const lastTransitionTime =
    before !== undefined && before.status === draft.status ? before.lastTransitionTime : formatTime(nowMs);
  const next: Condition = { ...draft, message: draft.message.slice(0, 32_768), lastTransitionTime };
  return index < 0 ? [...list, next] : list.with(index, next);
}
