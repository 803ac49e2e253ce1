import type { AdmitContext, KindAdmission } from '../../../kernel/schema/kind.ts';
import type { Job } from '../../../kernel/schema/standard/types.ts';
import { defaultPodSpec } from '../pod-spec/defaults.ts';
import { type DraftObject, draftObject, ensureObject, setDefault } from '../pod-spec/draft.ts';
import { validateJob } from './validate.ts';

/** Defaults and rules of Jobs (Kubernetes `SetDefaults_Job`, `job/strategy.go`, `ValidateJob`, `ValidateJobUpdate`). */
export const admitJob: KindAdmission<Job> = { mutate: defaultJob, validate: validateJob };

/** `backoffLimit` where failures are counted per index: no limit for all of them together. */
const noBackoffLimit = 2_147_483_647;

function defaultJob(draft: Record<string, unknown>, _old: Job | undefined, { operation }: AdmitContext): void {
  const spec = draftObject(draft, 'spec');
  if (spec === undefined) return;
  // Both absent: one pod. Only completions: one at a time. Only parallelism: a work queue, whose pods know the end.
  if (spec['completions'] === undefined && spec['parallelism'] === undefined) spec['completions'] = 1;
  setDefault(spec, 'parallelism', 1);
  setDefault(spec, 'backoffLimit', spec['backoffLimitPerIndex'] === undefined ? 6 : noBackoffLimit);
  setDefault(spec, 'completionMode', 'NonIndexed');
  setDefault(spec, 'suspend', false);
  setDefault(spec, 'podReplacementPolicy', spec['podFailurePolicy'] === undefined ? 'TerminatingOrFailed' : 'Failed');
  const template = draftObject(spec, 'template');
  const podSpec = draftObject(template, 'spec');
  if (podSpec !== undefined) defaultPodSpec(podSpec);
  const metadata = draftObject(draft, 'metadata');
  if (template === undefined || metadata === undefined) return;
  if (operation !== 'create') return;
  if (spec['manualSelector'] !== true) generateSelector(spec, template, metadata);
  const labels = draftObject(draftObject(template, 'metadata'), 'labels');
  if (labels !== undefined) setDefault(metadata, 'labels', { ...labels });
}

/** Pods of a Job carry its uid and name, by the names of today and of before; the selector asks for the uid. */
function generateSelector(spec: DraftObject, template: DraftObject, metadata: DraftObject): void {
  const { uid, name } = metadata;
  const templateMetadata = ensureObject(template, 'metadata');
  const labels = templateMetadata === undefined ? undefined : ensureObject(templateMetadata, 'labels');
  const selector = ensureObject(spec, 'selector');
  const matchLabels = selector === undefined ? undefined : ensureObject(selector, 'matchLabels');
  if (labels === undefined || matchLabels === undefined) return;
  setDefault(labels, 'batch.kubernetes.io/controller-uid', uid);
  setDefault(labels, 'batch.kubernetes.io/job-name', name);
  setDefault(labels, 'controller-uid', uid);
  setDefault(labels, 'job-name', name);
  setDefault(matchLabels, 'batch.kubernetes.io/controller-uid', uid);
}
