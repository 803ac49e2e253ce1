import type { FieldError } from '../../meta/errors.ts';
import { invalid } from '../../meta/field-rules.ts';
import { validateLabelSelector } from '../../meta/selectors.ts';
import type { KindAdmission } from '../../schema/kind.ts';
import type { AggregationRule, ClusterRole } from '../../schema/standard/types.ts';
import { validateRules } from '../rbac-rules/validate.ts';

/** Rules of ClusterRoles (Kubernetes `ValidateClusterRole`). */
export const admitClusterRole: KindAdmission<ClusterRole> = {
  validate: ({ rules, aggregationRule }) => [
    ...validateRules(rules ?? [], false),
    ...(aggregationRule === undefined ? [] : validateAggregation(aggregationRule)),
  ],
};

function validateAggregation({ clusterRoleSelectors = [] }: AggregationRule): readonly FieldError[] {
  const path = 'aggregationRule.clusterRoleSelectors';
  if (clusterRoleSelectors.length === 0) {
    const detail = 'at least one clusterRoleSelector required if aggregationRule is non-nil';
    return [{ type: 'Required', path, detail }];
  }
  return clusterRoleSelectors.flatMap((selector, index): readonly FieldError[] => {
    const errors = validateLabelSelector(selector, `${path}[${index}]`);
    if (errors.length === 0) return [];
    return [...errors, invalid(`${path}[${index}]`, null, 'invalid label selector.')];
  });
}
