import { validateLabels } from '../../../kernel/meta/selectors.ts';
import type { AdmitContext, KindAdmission } from '../../../kernel/schema/kind.ts';
import type { Job, JobSpec } from '../../../kernel/schema/standard/types.ts';
import { defaultPodSpec } from '../pod-spec/defaults.ts';
import { type DraftObject, draftObject, draftObjects, ensureObject, setDefault } from '../pod-spec/draft.ts';
import { validateJob } from './validate.ts';
import { warnOfTemplate } from '../workload/warnings.ts';

/** Defaults and rules of Jobs (Kubernetes `SetDefaults_Job`, `job/strategy.go`, `ValidateJob`, `ValidateJobUpdate`). */
export const admitJob: KindAdmission<Job> = {
  mutate: defaultJob,
  prepare: generate,
  validate: validateJob,
  warn: warnOfTemplate({ path: 'spec.template', of: ({ spec }) => spec?.template, namesPods: true }),
};

/** `backoffLimit` where failures are counted per index: no limit for all of them together. */
const noBackoffLimit = 2_147_483_647;

function defaultJob(draft: Record<string, unknown>): void {
  const spec = draftObject(draft, 'spec');
  if (spec === undefined) return;
  // Both absent: one pod. Only completions: one at a time. Only parallelism: a work queue, whose pods know the end.
  if (spec['completions'] === undefined && spec['parallelism'] === undefined) spec['completions'] = 1;
  setDefault(spec, 'parallelism', 1);
  setDefault(spec, 'backoffLimit', spec['backoffLimitPerIndex'] === undefined ? 6 : noBackoffLimit);
  setDefault(spec, 'completionMode', 'NonIndexed');
  setDefault(spec, 'suspend', false);
  setDefault(spec, 'manualSelector', false);
  setDefault(spec, 'podReplacementPolicy', spec['podFailurePolicy'] === undefined ? 'TerminatingOrFailed' : 'Failed');
  const template = draftObject(spec, 'template');
  const podSpec = draftObject(template, 'spec');
  if (podSpec !== undefined) defaultPodSpec(podSpec);
  const labels = draftObject(draftObject(template, 'metadata'), 'labels');
  const metadata = draftObject(draft, 'metadata');
  if (labels !== undefined && metadata !== undefined) setDefault(metadata, 'labels', { ...labels });
  for (const rule of draftObjects(draftObject(spec, 'podFailurePolicy'), 'rules')) {
    for (const condition of draftObjects(rule, 'onPodConditions')) setDefault(condition, 'status', 'True');
  }
}

/** Selector and labels that make the pods those of this Job. */
function generate(draft: Record<string, unknown>, old: Job | undefined, { operation }: AdmitContext): void {
  const spec = draftObject(draft, 'spec');
  const template = draftObject(spec, 'template');
  const metadata = draftObject(draft, 'metadata');
  if (spec === undefined || template === undefined || metadata === undefined) return;
  if (operation !== 'create') {
    if (old?.spec !== undefined) keepGenerated(spec, template, old.spec);
    return;
  }
  if (spec['manualSelector'] !== true) generateSelector(spec, template, metadata);
  const labels = draftObject(draftObject(template, 'metadata'), 'labels');
  // Kubernetes: a Job gets them when it is stored, so what is wrong with them is told of the template only.
  if (labels !== undefined && validateLabels(labels as Readonly<Record<string, string>>, '').length === 0) {
    setDefault(metadata, 'labels', { ...labels });
  }
}

/** Labels of the pods of a Job that name it, by the names of today and of before. */
const ownLabels = [
  'batch.kubernetes.io/controller-uid',
  'batch.kubernetes.io/job-name',
  'controller-uid',
  'job-name',
] as const;

/** A writer that leaves the selector out did not know it: nobody who writes manifests does. */
function keepGenerated(spec: DraftObject, template: DraftObject, old: JobSpec): void {
  if (spec['manualSelector'] === true || spec['selector'] !== undefined) return;
  spec['selector'] = structuredClone(old.selector);
  const metadata = ensureObject(template, 'metadata');
  const labels = metadata === undefined ? undefined : ensureObject(metadata, 'labels');
  if (labels === undefined) return;
  for (const label of ownLabels) {
    const value = old.template.metadata?.labels?.[label];
    if (value !== undefined) setDefault(labels, label, value);
  }
}

/** Pods of a Job carry its uid and name; the selector asks for the uid. */
function generateSelector(spec: DraftObject, template: DraftObject, metadata: DraftObject): void {
  const { uid, name } = metadata;
  const templateMetadata = ensureObject(template, 'metadata');
  const labels = templateMetadata === undefined ? undefined : ensureObject(templateMetadata, 'labels');
  const selector = ensureObject(spec, 'selector');
  const matchLabels = selector === undefined ? undefined : ensureObject(selector, 'matchLabels');
  if (labels === undefined || matchLabels === undefined) return;
  for (const label of ownLabels) setDefault(labels, label, label.endsWith('uid') ? uid : name);
  setDefault(matchLabels, 'batch.kubernetes.io/controller-uid', uid);
}
