import type { FieldError } from '../../../kernel/meta/errors.ts';
import {
  amountNotNegative,
  invalid,
  notNegative,
  present,
  presentAnd,
  supported,
} from '../../../kernel/meta/field-rules.ts';
import { checkPathSegment } from '../../../kernel/meta/names.ts';
import type { AdmitContext } from '../../../kernel/schema/kind.ts';
import type {
  CrossVersionObjectReference,
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerSpec,
  HPAScalingPolicy,
  HPAScalingRules,
} from '../../../kernel/schema/standard/types.ts';
import { validateMetrics } from './validate-metrics.ts';

/** Longest time over which recommendations are looked at, and over which a policy counts, in seconds. */
const windowMax = 3600;
const periodMax = 1800;

/** Everything wrong with an autoscaler beyond its schema (Kubernetes `validateHorizontalPodAutoscalerSpec`). */
export function validateAutoscaler(
  { spec, status }: HorizontalPodAutoscaler,
  old: HorizontalPodAutoscaler | undefined,
  { subresource }: AdmitContext,
): readonly FieldError[] {
  if (subresource === 'status') {
    return [
      ...notNegative('status.currentReplicas', status?.currentReplicas),
      ...notNegative('status.desiredReplicas', status?.desiredReplicas),
    ];
  }
  if (spec === undefined) return present('spec', undefined);
  // Kubernetes: what was accepted without a group once stays.
  const mayLackGroup = old?.spec !== undefined && groupProblem(old.spec.scaleTargetRef.apiVersion) !== undefined;
  return [
    ...validateCounts(spec),
    ...validateTarget(spec.scaleTargetRef ?? {}, mayLackGroup),
    ...validateMetrics(spec, 'spec.metrics'),
    ...validateRules(spec.behavior?.scaleUp, 'spec.behavior.scaleUp'),
    ...validateRules(spec.behavior?.scaleDown, 'spec.behavior.scaleDown'),
  ];
}

function validateCounts({ minReplicas, maxReplicas = 0 }: Partial<HorizontalPodAutoscalerSpec>): readonly FieldError[] {
  const path = 'spec.maxReplicas';
  const errors: FieldError[] = [];
  if (minReplicas !== undefined && minReplicas < 1) {
    errors.push(invalid('spec.minReplicas', minReplicas, 'must be greater than or equal to 1'));
  }
  if (maxReplicas === 0) errors.push(...present(path, undefined, 'must be set and greater than 0'));
  else if (maxReplicas < 0) errors.push(invalid(path, maxReplicas, 'must be greater than or equal to 1'));
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    errors.push(invalid(path, maxReplicas, 'must be greater than or equal to `minReplicas`'));
  }
  return errors;
}

function validateTarget(
  { kind, name, apiVersion = '' }: Partial<CrossVersionObjectReference>,
  mayLackGroup: boolean,
): readonly FieldError[] {
  const path = 'spec.scaleTargetRef';
  const problem = mayLackGroup ? undefined : groupProblem(apiVersion);
  return [
    ...presentAnd(`${path}.kind`, kind, checkPathSegment),
    ...presentAnd(`${path}.name`, name, checkPathSegment),
    ...(problem === undefined ? [] : [invalid(`${path}.apiVersion`, apiVersion, problem)]),
  ];
}

/** What is scaled is never of the core group, but for ReplicationControllers of before that was asked for. */
function groupProblem(apiVersion = ''): string | undefined {
  const parts = apiVersion.split('/');
  if (parts.length > 2) return `unexpected GroupVersion string: ${apiVersion}`;
  return parts.length === 2 && parts[0] !== '' ? undefined : 'apiVersion must specify API group';
}

function validateRules(rules: HPAScalingRules | undefined, path: string): readonly FieldError[] {
  if (rules === undefined) return [];
  const { stabilizationWindowSeconds: window, selectPolicy, policies = [], tolerance } = rules;
  const at = `${path}.stabilizationWindowSeconds`;
  const errors: FieldError[] = [];
  if (window !== undefined && window < 0) errors.push(invalid(at, window, 'must be greater than or equal to zero'));
  if (window !== undefined && window > windowMax) {
    errors.push(invalid(at, window, `must be less than or equal to ${windowMax}`));
  }
  if (selectPolicy !== undefined) {
    errors.push(...supported(`${path}.selectPolicy`, selectPolicy, ['Disabled', 'Max', 'Min']));
  }
  if (policies.length === 0) {
    errors.push(...present(`${path}.policies`, undefined, 'must specify at least one Policy'));
  }
  errors.push(...policies.flatMap((policy, index) => validatePolicy(policy, `${path}.policies[${index}]`)));
  return [...errors, ...amountNotNegative(`${path}.tolerance`, tolerance)];
}

function validatePolicy(policy: Partial<HPAScalingPolicy>, path: string): readonly FieldError[] {
  const { type, value = 0, periodSeconds = 0 } = policy;
  const errors = [...supported(`${path}.type`, type, ['Percent', 'Pods'])];
  if (value <= 0) errors.push(invalid(`${path}.value`, value, 'must be greater than zero'));
  if (periodSeconds <= 0) errors.push(invalid(`${path}.periodSeconds`, periodSeconds, 'must be greater than zero'));
  if (periodSeconds > periodMax) {
    errors.push(invalid(`${path}.periodSeconds`, periodSeconds, `must be less than or equal to ${periodMax}`));
  }
  return errors;
}
