import type { FieldError } from '../../../kernel/meta/errors.ts';
import { countsNotNegative } from '../../../kernel/meta/field-rules.ts';
import { validateLabelSelector } from '../../../kernel/meta/selectors.ts';
import type { AdmitContext, KindAdmission } from '../../../kernel/schema/kind.ts';
import type { PodDisruptionBudget } from '../../../kernel/schema/standard/types.ts';
import { notAbove100Percent, notNegativeOrPercent } from '../workload/int-or-percent.ts';

/** Rules of PodDisruptionBudgets (Kubernetes `ValidatePodDisruptionBudget`); one without bounds asks for nothing. */
export const admitPodDisruptionBudget: KindAdmission<PodDisruptionBudget> = { validate: validateBudget };

function validateBudget(
  { spec, status }: PodDisruptionBudget,
  _old: PodDisruptionBudget | undefined,
  { subresource }: AdmitContext,
): readonly FieldError[] {
  if (subresource === 'status') {
    const names = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const;
    return countsNotNegative('status', status ?? {}, names);
  }
  if (spec === undefined) return [];
  const errors: FieldError[] = [];
  if (spec.minAvailable !== undefined && spec.maxUnavailable !== undefined) {
    const detail = 'minAvailable and maxUnavailable cannot be both set';
    errors.push({ type: 'Invalid', path: 'spec', value: spec, detail });
  }
  for (const name of ['minAvailable', 'maxUnavailable'] as const) {
    const bound = spec[name];
    if (bound === undefined) continue;
    errors.push(...notNegativeOrPercent(`spec.${name}`, bound), ...notAbove100Percent(`spec.${name}`, bound));
  }
  return spec.selector === undefined ? errors : [...errors, ...validateLabelSelector(spec.selector, 'spec.selector')];
}
