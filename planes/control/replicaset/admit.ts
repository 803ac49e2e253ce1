import type { FieldError } from '../../../kernel/meta/errors.ts';
import { countsNotNegative, unchanged } from '../../../kernel/meta/field-rules.ts';
import type { AdmitContext, KindAdmission } from '../../../kernel/schema/kind.ts';
import type { ReplicaSet } from '../../../kernel/schema/standard/types.ts';
import { defaultPodSpec } from '../pod-spec/defaults.ts';
import { draftObject } from '../pod-spec/draft.ts';
import { validateSelected } from '../workload/selected-template.ts';
import { warnOfTemplate } from '../workload/warnings.ts';

/** Defaults and rules of ReplicaSets (Kubernetes `ValidateReplicaSet`). */
export const admitReplicaSet: KindAdmission<ReplicaSet> = {
  mutate: (draft) => {
    const podSpec = draftObject(draftObject(draftObject(draft, 'spec'), 'template'), 'spec');
    if (podSpec !== undefined) defaultPodSpec(podSpec);
  },
  validate: validateReplicaSet,
  warn: warnOfTemplate({ path: 'spec.template', of: ({ spec }) => spec?.template, namesPods: true }),
};

function validateReplicaSet(
  { spec }: ReplicaSet,
  old: ReplicaSet | undefined,
  context: AdmitContext,
): readonly FieldError[] {
  if (context.subresource === 'status') return [];
  if (spec === undefined) return [{ type: 'Required', path: 'spec', detail: '' }];
  return [
    ...countsNotNegative('spec', spec, ['replicas', 'minReadySeconds']),
    ...validateSelected(spec, { selecting: 'deployment', unreadable: 'invalid label selector' }),
    ...(old?.spec === undefined ? [] : unchanged('spec.selector', spec.selector, old.spec.selector)),
  ];
}
