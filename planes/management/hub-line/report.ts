import { type Condition, findCondition } from '../../../kernel/meta/conditions.ts';
import type { AppliedWork } from '../appliedwork/type.ts';
import { bundleDigestOf } from './digest.ts';
import { type Work, feedbackMax, localEditsMax } from '../work/type.ts';

/** What a site reports of a Work. */
export type WorkStatus = NonNullable<Work['status']>;

/** Largest report, bytes of JSON. */
const reportBytesMax = 32 * 1024;

/**
 * The status of a Work as its AppliedWork tells. That the AppliedWork exists means that the order and all blobs of its
 * bundle are on the disk of the site: this report is the acknowledgement.
 */
export function reportOf(applied: AppliedWork): WorkStatus {
  const { order } = applied.spec;
  const { status = {} } = applied;
  const report: WorkStatus = {
    observedGeneration: order.generation,
    persistedDigest: bundleDigestOf(order),
    ...(status.appliedDigest === undefined ? {} : { appliedDigest: status.appliedDigest }),
    ...(status.lastGoodDigest === undefined ? {} : { lastGoodDigest: status.lastGoodDigest }),
    ...(status.objects === undefined ? {} : { objects: status.objects }),
    conditions: [persisted(applied), ...reportable(applied).map((condition) => forHub(condition, applied))],
    feedback: (status.feedback ?? []).slice(0, feedbackMax),
    localEdits: (status.localEdits ?? []).slice(0, localEditsMax),
    omitted: {
      feedback: Math.max(0, (status.objects?.total ?? 0) - feedbackMax),
      localEdits: Math.max(0, (status.localEdits?.length ?? 0) - localEditsMax),
    },
  };
  return fit(report);
}

function persisted(applied: AppliedWork): Condition {
  return {
    type: 'Persisted',
    status: 'True',
    reason: 'Persisted',
    message: 'The site holds the order and its bundle on its own disk',
    observedGeneration: applied.spec.order.generation,
    lastTransitionTime: applied.metadata.creationTimestamp,
  };
}

/** A confirmed removal counts only for the tombstone it was judged for: at the hub it is the end of the Work. */
function reportable(applied: AppliedWork): readonly Condition[] {
  const { status, metadata, spec } = applied;
  const isJudged = status?.observedGeneration === metadata.generation && spec.order.deletionTimestamp !== undefined;
  return (status?.conditions ?? []).filter((condition) => condition.type !== 'Removed' || isJudged);
}

/** Generations of the AppliedWork mean nothing at the hub; those of the Work do. */
function forHub(condition: Condition, applied: AppliedWork): Condition {
  const isCurrent = condition.observedGeneration === applied.metadata.generation;
  const { observedGeneration: _own, ...rest } = condition;
  const message = rest.message.slice(0, 2_048);
  return isCurrent ? { ...rest, message, observedGeneration: applied.spec.order.generation } : { ...rest, message };
}

/** Halves the lists until the report fits; what was left out is counted. */
function fit(report: WorkStatus): WorkStatus {
  let fitted = report;
  while (JSON.stringify(fitted).length > reportBytesMax) {
    const { feedback = [], localEdits = [], omitted = {} } = fitted;
    const keepFeedback = feedback.slice(0, Math.floor(feedback.length / 2));
    const keepEdits = feedback.length > 1 ? localEdits : localEdits.slice(0, Math.floor(localEdits.length / 2));
    if (keepFeedback.length === feedback.length && keepEdits.length === localEdits.length) return fitted;
    fitted = {
      ...fitted,
      feedback: keepFeedback,
      localEdits: keepEdits,
      omitted: {
        feedback: (omitted.feedback ?? 0) + feedback.length - keepFeedback.length,
        localEdits: (omitted.localEdits ?? 0) + localEdits.length - keepEdits.length,
      },
    };
  }
  return fitted;
}

/** Milliseconds to wait until the next report of a Work. */
export interface ReportPace {
  /** Between any two reports. */
  readonly shortestMs: number;
  /** Between reports that only bring new counts or texts. */
  readonly ordinaryMs: number;
}

/** At most one report per Work in 5 s; what people wait for goes after 1 s. */
export const reportPace: ReportPace = { shortestMs: 1_000, ordinaryMs: 5_000 };

/** How long to wait before `next` may follow `previous`, which was sent `sinceMs` ago. 0: now. */
export function reportDelayMs(previous: WorkStatus | undefined, next: WorkStatus, sinceMs: number): number {
  if (previous === undefined) return 0;
  const wait = isUrgent(previous, next) ? reportPace.shortestMs : reportPace.ordinaryMs;
  return Math.max(0, wait - sinceMs);
}

/** A new acknowledgement, a condition that turned, or a new local edit. */
function isUrgent(previous: WorkStatus, next: WorkStatus): boolean {
  const isTurned = (next.conditions ?? []).some(
    (condition) => findCondition(previous.conditions, condition.type)?.status !== condition.status,
  );
  return (
    isTurned ||
    previous.persistedDigest !== next.persistedDigest ||
    previous.appliedDigest !== next.appliedDigest ||
    previous.observedGeneration !== next.observedGeneration ||
    (previous.localEdits?.length ?? 0) !== (next.localEdits?.length ?? 0)
  );
}
