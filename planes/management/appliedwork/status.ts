import { isConditionTrue } from '../../../kernel/meta/conditions.ts';
import type { Pass } from '../../../kernel/controller/controller.ts';
import type { BundleContent } from '../bundle-content/decode.ts';
import type { Delivered } from './apply.ts';
import { describeReverted, reportApplied, reportDrifted, reportHealthy, reportUnsupported } from './conditions.ts';
import { type DesiredObject, describeObject } from './desired.ts';
import { type Assessment, boundFeedback } from './feedback.ts';
import type { EditsPlan } from './local-edits.ts';
import type { AppliedWork } from './type.ts';

/** What a pass has found out and done. */
export interface Result {
  readonly pass: Pass<AppliedWork>;
  readonly content: BundleContent;
  readonly wanted: readonly DesiredObject[];
  readonly delivered: readonly Delivered[];
  readonly assessment: Assessment;
  readonly edits: EditsPlan;
  /** What left the bundle and could not be removed yet, as text. */
  readonly leftovers: readonly string[];
}

/** Fills the status draft. */
export function writeStatus({ pass, content, wanted, delivered, assessment, edits, leftovers }: Result): void {
  const { status, object } = pass;
  const { feedback, states } = assessment;
  const { digest, components } = content;
  const failed = new Set(delivered.filter((one) => one.kind === 'failed').map((one) => one.look.desired.component));
  const before = new Map((object.status?.components ?? []).map((state) => [state.name, state.appliedDigest]));
  status.components = components.map(({ name }) => {
    const state = states.get(name) ?? 'Healthy';
    const appliedDigest = state === 'Waiting' || state === 'Failed' || failed.has(name) ? before.get(name) : digest;
    return { name, state, ...(appliedDigest === undefined ? {} : { appliedDigest }) };
  });
  status.feedback = structuredClone(boundFeedback(feedback)) as typeof status.feedback & object;
  status.objects = { healthy: feedback.filter((entry) => entry.state === 'Healthy').length, total: feedback.length };
  status.localEdits = structuredClone(edits.record) as typeof status.localEdits & object;
  reportApplied(pass, feedback, leftovers);
  reportHealthy(pass, feedback);
  reportDrifted(pass, edits.standing);
  reportUnsupported(
    pass,
    wanted.flatMap(({ kind, at, unknownFields }) =>
      unknownFields.map((field) => `${describeObject({ kind: kind.kind, ...at })} ${field}`),
    ),
  );
  for (const edit of edits.reverted) {
    pass.event({ type: 'Warning', reason: 'LocalEditReverted', message: describeReverted(edit) });
  }
  if (!isConditionTrue(status.conditions, 'Applied')) return;
  if (status.appliedDigest !== digest) pass.log.info('work applied', { work: object.metadata.name, digest });
  status.appliedDigest = digest;
  if (isConditionTrue(status.conditions, 'Healthy')) status.lastGoodDigest = digest;
}
