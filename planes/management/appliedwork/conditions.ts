import { formatCount } from '../../../kernel/base/count.ts';
import { type ConditionDraft, setCondition } from '../../../kernel/meta/conditions.ts';
import type { Pass } from '../../../kernel/controller/controller.ts';
import type { Feedback, LocalEdit } from '../work/type.ts';
import { describeObject } from './desired.ts';
import { type AppliedWork, type AppliedWorkConditionType, missingAtHubAnnotation } from './type.ts';

type Draft = Omit<ConditionDraft, 'type' | 'observedGeneration'> & { readonly type: AppliedWorkConditionType };

/** Sets a condition in the status draft of the pass. */
export function report(pass: Pass<AppliedWork>, draft: Draft): void {
  const observedGeneration = pass.object.metadata.generation ?? 0;
  const next = setCondition(pass.status.conditions, { ...draft, observedGeneration }, pass.clock.nowMs());
  pass.status.conditions = [...next];
}

/** Whether everything of the bundle is applied. */
export function reportApplied(
  pass: Pass<AppliedWork>,
  feedback: readonly Feedback[],
  pruneBlockedBy: readonly string[],
): void {
  const failed = feedback.filter((entry) => entry.state === 'Failed');
  const waiting = feedback.filter((entry) => entry.state === 'Waiting');
  if (failed.length > 0) {
    report(pass, {
      type: 'Applied',
      status: 'False',
      reason: 'ObjectsFailed',
      message: listTexts(failed.map(describeFeedback)),
    });
  } else if (waiting.length > 0) {
    const components = [...new Set(waiting.map((entry) => `"${entry.component}"`))];
    const message = `Components wait until those they depend on are healthy: ${components.join(', ')}`;
    report(pass, { type: 'Applied', status: 'False', reason: 'ComponentsWaiting', message });
  } else if (pruneBlockedBy.length > 0) {
    report(pass, {
      type: 'Applied',
      status: 'False',
      reason: 'RemovingOldObjects',
      message: listTexts(pruneBlockedBy),
    });
  } else {
    report(pass, {
      type: 'Applied',
      status: 'True',
      reason: 'Applied',
      message: `${formatCount(feedback.length, 'object')} applied`,
    });
  }
}

/** Whether everything is healthy; the worst object is named. */
export function reportHealthy(pass: Pass<AppliedWork>, feedback: readonly Feedback[]): void {
  const bad = feedback.filter((entry) => entry.state !== 'Healthy' && entry.state !== 'LocallyDeleted');
  const [worst] = bad;
  if (worst === undefined) {
    report(pass, {
      type: 'Healthy',
      status: 'True',
      reason: 'Healthy',
      message: `${formatCount(feedback.length, 'object')} healthy`,
    });
    return;
  }
  const reason = bad.some((entry) => entry.state === 'Degraded' || entry.state === 'Failed')
    ? 'Degraded'
    : 'Progressing';
  report(pass, { type: 'Healthy', status: 'False', reason, message: listTexts(bad.map(describeFeedback)) });
}

/** Whether this site dropped fields that it does not know: the rest of their objects is applied. */
export function reportUnsupported(pass: Pass<AppliedWork>, fields: readonly string[]): void {
  const isReported = pass.status.conditions?.some((condition) => condition.type === 'UnsupportedFields') === true;
  if (fields.length > 0) {
    const message = `This site does not know, and leaves out: ${listTexts(fields)}`;
    report(pass, { type: 'UnsupportedFields', status: 'True', reason: 'UnknownFields', message });
  } else if (isReported) {
    report(pass, { type: 'UnsupportedFields', status: 'False', reason: 'AllKnown', message: 'All fields are known' });
  }
}

/** Whether edits made here are in force. */
export function reportDrifted(pass: Pass<AppliedWork>, standing: readonly LocalEdit[]): void {
  if (standing.length === 0) {
    report(pass, {
      type: 'Drifted',
      status: 'False',
      reason: 'AsDelivered',
      message: 'Everything is as the hub wants it',
    });
    return;
  }
  report(pass, {
    type: 'Drifted',
    status: 'True',
    reason: 'LocalEdits',
    message: listTexts(standing.map(describeEdit)),
  });
}

/** Whether the site waits for a person. */
export function reportHeld(pass: Pass<AppliedWork>, isMassRemoval: boolean): void {
  const missingSince = pass.object.metadata.annotations?.[missingAtHubAnnotation];
  if (isMassRemoval) {
    const message =
      'The hub removes many Works at once: this one stays until a person sets spec.removalConfirmed on the Work at the hub, or on the AppliedWork at the site';
    report(pass, { type: 'HeldForConfirmation', status: 'True', reason: 'MassRemoval', message });
  } else if (missingSince !== undefined) {
    const message = `The hub has not known this Work since ${missingSince}. Nothing is removed: only a deleted Work at the hub means removal`;
    report(pass, { type: 'HeldForConfirmation', status: 'True', reason: 'MissingAtHub', message });
  } else if (pass.status.conditions?.some((condition) => condition.type === 'HeldForConfirmation') === true) {
    report(pass, {
      type: 'HeldForConfirmation',
      status: 'False',
      reason: 'NotHeld',
      message: 'Nothing waits for a person',
    });
  }
}

/** A new Work may come under the name of one that was removed. */
export function reportNotRemoved(pass: Pass<AppliedWork>): void {
  if (pass.status.conditions?.some((condition) => condition.type === 'Removed') !== true) return;
  report(pass, { type: 'Removed', status: 'False', reason: 'Wanted', message: 'The hub wants the Work' });
}

/** `Deployment default/web: CrashLoopBackOff: …`. */
export function describeFeedback(entry: Feedback): string {
  const why = [entry.reason, entry.message].filter((text) => text !== undefined && text !== '');
  return `${describeObject(entry)}: ${why.length === 0 ? entry.state : why.join(': ')}`;
}

/** `Deployment default/web .spec.replicas: 2 at the hub, 5 here, by alice since …`. */
export function describeEdit(edit: LocalEdit): string {
  const who = edit.who ?? edit.manager ?? 'somebody';
  if (edit.path === '') return `${describeObject(edit)}: deleted by ${who} at ${edit.since}`;
  const siteValue = edit.siteValue === undefined ? 'removed' : JSON.stringify(edit.siteValue);
  return `${describeObject(edit)} ${edit.path}: ${JSON.stringify(edit.hubValue)} at the hub, ${siteValue} here, by ${who} since ${edit.since}`;
}

/** `Deployment default/web .spec.replicas: 5 by alice taken back to 2`. */
export function describeReverted(edit: LocalEdit): string {
  const who = edit.who ?? edit.manager ?? 'somebody';
  if (edit.path === '') return `${describeObject(edit)}: deleted by ${who}, made again`;
  const siteValue = edit.siteValue === undefined ? 'removal' : JSON.stringify(edit.siteValue);
  const hubValue = edit.hubValue === undefined ? 'nothing' : JSON.stringify(edit.hubValue);
  return `${describeObject(edit)} ${edit.path}: ${siteValue} by ${who} taken back to ${hubValue}`;
}

/** The first few texts, and how many more there are. */
function listTexts(texts: readonly string[]): string {
  const shown = texts.slice(0, 3).join('; ');
  return texts.length <= 3 ? shown : `${shown}; and ${texts.length - 3} more`;
}
