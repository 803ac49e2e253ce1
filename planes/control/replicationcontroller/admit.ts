import type { FieldError } from '../../../kernel/meta/errors.ts';
import { countsNotNegative } from '../../../kernel/meta/field-rules.ts';
import { validateLabels } from '../../../kernel/meta/selectors.ts';
import type { AdmitContext, KindAdmission } from '../../../kernel/schema/kind.ts';
import type { ReplicationController } from '../../../kernel/schema/standard/types.ts';
import { defaultPodSpec } from '../pod-spec/defaults.ts';
import { draftObject, setDefault } from '../pod-spec/draft.ts';
import { validateTemplate } from '../pod-spec/validate.ts';
import { hasLabels } from '../workload/selector.ts';
import { warnOfTemplate } from '../workload/warnings.ts';

/** Defaults and rules of ReplicationControllers (Kubernetes `SetDefaults_ReplicationController`, `ValidateReplicationController`). */
export const admitReplicationController: KindAdmission<ReplicationController> = {
  mutate: defaultReplicationController,
  validate: validateReplicationController,
  warn: warnOfTemplate({ path: 'spec.template', of: ({ spec }) => spec?.template, namesPods: true }),
};

/** Selector and labels default to the labels of the template. */
function defaultReplicationController(draft: Record<string, unknown>): void {
  const spec = draftObject(draft, 'spec');
  const template = draftObject(spec, 'template');
  if (spec === undefined || template === undefined) return;
  const labels = draftObject(draftObject(template, 'metadata'), 'labels');
  const metadata = draftObject(draft, 'metadata');
  if (labels !== undefined) {
    if (Object.keys(draftObject(spec, 'selector') ?? {}).length === 0) spec['selector'] = { ...labels };
    if (metadata !== undefined) setDefault(metadata, 'labels', { ...labels });
  }
  const podSpec = draftObject(template, 'spec');
  if (podSpec !== undefined) defaultPodSpec(podSpec);
}

function validateReplicationController(
  { spec }: ReplicationController,
  _old: ReplicationController | undefined,
  { subresource }: AdmitContext,
): readonly FieldError[] {
  if (subresource === 'status') return [];
  if (spec === undefined) return [{ type: 'Required', path: 'spec', detail: '' }];
  const { selector = {} } = spec;
  const isEmpty = Object.keys(selector).length === 0;
  return [
    ...countsNotNegative('spec', spec, ['minReadySeconds', 'replicas']),
    ...(isEmpty ? [{ type: 'Required', path: 'spec.selector', detail: '' } as const] : []),
    ...validateLabels(selector, 'spec.selector'),
    ...validateTemplate(spec.template, 'spec.template', {
      matches: (labels) => isEmpty || hasLabels(selector, labels),
      workload: 'ReplicationController',
    }),
  ];
}
