import type { FieldError } from '../../../kernel/meta/errors.ts';
import { jsonEquals } from '../../../kernel/meta/json.ts';
import { validateLabelSelector } from '../../../kernel/meta/selectors.ts';
import type { AdmitContext, KindAdmission } from '../../../kernel/schema/kind.ts';
import type { ReplicaSet, ReplicaSetSpec } from '../../../kernel/schema/standard/types.ts';
import { defaultPodSpec } from '../pod-spec/defaults.ts';
import { draftObject } from '../pod-spec/draft.ts';
import { notNegative, validateTemplate } from '../pod-spec/validate.ts';
import { compileSelector, isEmptySelector } from '../workload/selector.ts';

/** Defaults and rules of ReplicaSets (Kubernetes `ValidateReplicaSet`). */
export const admitReplicaSet: KindAdmission<ReplicaSet> = {
  mutate: (draft) => {
    const podSpec = draftObject(draftObject(draftObject(draft, 'spec'), 'template'), 'spec');
    if (podSpec !== undefined) defaultPodSpec(podSpec);
  },
  validate: validateReplicaSet,
};

function validateReplicaSet(
  { spec }: ReplicaSet,
  old: ReplicaSet | undefined,
  context: AdmitContext,
): readonly FieldError[] {
  if (context.subresource === 'status') return [];
  if (spec === undefined) return [{ type: 'Required', path: 'spec', detail: '' }];
  const errors: FieldError[] = [];
  for (const name of ['replicas', 'minReadySeconds'] as const) {
    const count = spec[name];
    if (count !== undefined && count < 0) errors.push(notNegative(`spec.${name}`, count));
  }
  const wrongSelector = validateSelector(spec);
  errors.push(...wrongSelector);
  if (old?.spec !== undefined && !jsonEquals(old.spec.selector, spec.selector)) {
    errors.push({ type: 'Invalid', path: 'spec.selector', value: spec.selector, detail: 'field is immutable' });
  }
  const matches = wrongSelector.length > 0 ? () => true : compileSelector(spec.selector);
  return [...errors, ...validateTemplate(spec.template, 'spec.template', matches)];
}

function validateSelector({ selector }: ReplicaSetSpec): readonly FieldError[] {
  if (selector === undefined) return [{ type: 'Required', path: 'spec.selector', detail: '' }];
  if (isEmptySelector(selector)) {
    return [
      { type: 'Invalid', path: 'spec.selector', value: selector, detail: 'empty selector is invalid for deployment' },
    ];
  }
  return validateLabelSelector(selector, 'spec.selector');
}
