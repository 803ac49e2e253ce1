import type { FieldError } from '../../../kernel/meta/errors.ts';
import { countsNotNegative, notNegative, unchanged } from '../../../kernel/meta/field-rules.ts';
import type { AdmitContext, KindAdmission } from '../../../kernel/schema/kind.ts';
import type { Deployment, DeploymentSpec, DeploymentStrategy } from '../../../kernel/schema/standard/types.ts';
import { defaultPodSpec } from '../pod-spec/defaults.ts';
import { draftObject, ensureObject, setDefault } from '../pod-spec/draft.ts';
import { notAbove100Percent, notNegativeOrPercent } from '../workload/int-or-percent.ts';
import { validateSelected } from '../workload/selected-template.ts';
import { warnOfTemplate } from '../workload/warnings.ts';

/** Defaults and rules of Deployments (Kubernetes `pkg/apis/apps/v1/defaults.go` and `validation.go`). */
export const admitDeployment: KindAdmission<Deployment> = {
  mutate: defaultDeployment,
  validate: validateDeployment,
  warn: warnOfTemplate({ path: 'spec.template', of: ({ spec }) => spec?.template, namesPods: true }),
};

function defaultDeployment(draft: Record<string, unknown>): void {
  const spec = draftObject(draft, 'spec');
  if (spec === undefined) return;
  const strategy = ensureObject(spec, 'strategy');
  if (strategy !== undefined) {
    setDefault(strategy, 'type', 'RollingUpdate');
    if (strategy['type'] === 'RollingUpdate') {
      const rolling = ensureObject(strategy, 'rollingUpdate');
      if (rolling !== undefined) setDefault(rolling, 'maxUnavailable', '25%');
      if (rolling !== undefined) setDefault(rolling, 'maxSurge', '25%');
    }
  }
  const podSpec = draftObject(draftObject(spec, 'template'), 'spec');
  if (podSpec !== undefined) defaultPodSpec(podSpec);
}

function validateDeployment(
  object: Deployment,
  old: Deployment | undefined,
  context: AdmitContext,
): readonly FieldError[] {
  const { spec } = object;
  if (context.subresource === 'status') return validateStatus(object.status);
  if (spec === undefined) return [{ type: 'Required', path: 'spec', detail: '' }];
  return [
    ...notNegative('spec.replicas', spec.replicas),
    ...validateSelected(spec, { selecting: 'deployment', unreadable: 'invalid label selector' }),
    ...validateStrategy(spec.strategy),
    ...validateCounts(spec),
    ...(old?.spec === undefined ? [] : unchanged('spec.selector', spec.selector, old.spec.selector)),
  ];
}

/** Of all replicas, no more can be in any state (Kubernetes `ValidateDeploymentStatus`). */
function validateStatus(status: Deployment['status']): readonly FieldError[] {
  if (status === undefined) return [];
  const parts = ['updatedReplicas', 'readyReplicas', 'availableReplicas'] as const;
  const names = ['observedGeneration', 'replicas', ...parts, 'unavailableReplicas', 'collisionCount'] as const;
  const { replicas = 0 } = status;
  const detail = 'cannot be greater than status.replicas';
  return [
    ...countsNotNegative('status', status, names),
    ...parts.flatMap((name): readonly FieldError[] => {
      const value = status[name] ?? 0;
      return value > replicas ? [{ type: 'Invalid', path: `status.${name}`, value, detail }] : [];
    }),
  ];
}

function validateCounts(spec: DeploymentSpec): FieldError[] {
  const names = ['minReadySeconds', 'revisionHistoryLimit', 'progressDeadlineSeconds'] as const;
  const errors: FieldError[] = [...countsNotNegative('spec', spec, names)];
  const { progressDeadlineSeconds: deadline, minReadySeconds = 0 } = spec;
  if (deadline !== undefined && deadline <= minReadySeconds) {
    const detail = 'must be greater than minReadySeconds';
    errors.push({ type: 'Invalid', path: 'spec.progressDeadlineSeconds', value: deadline, detail });
  }
  return errors;
}

function validateStrategy(strategy: DeploymentStrategy | undefined): readonly FieldError[] {
  if (strategy === undefined) return [];
  const path = 'spec.strategy.rollingUpdate';
  if (strategy.type === 'Recreate') {
    const detail = "may not be specified when strategy `type` is 'Recreate'";
    return strategy.rollingUpdate === undefined ? [] : [{ type: 'Forbidden', path, detail }];
  }
  const { maxUnavailable = '25%', maxSurge = '25%' } = strategy.rollingUpdate ?? {};
  const errors = [
    ...notNegativeOrPercent(`${path}.maxUnavailable`, maxUnavailable),
    ...notNegativeOrPercent(`${path}.maxSurge`, maxSurge),
  ];
  if (isNothing(maxUnavailable) && isNothing(maxSurge)) {
    const detail = 'may not be 0 when `maxSurge` is 0';
    errors.push({ type: 'Invalid', path: `${path}.maxUnavailable`, value: maxUnavailable, detail });
  }
  return [...errors, ...notAbove100Percent(`${path}.maxUnavailable`, maxUnavailable)];
}

/** What is no percentage counts as nothing (Kubernetes `getIntOrPercentValue`). */
function isNothing(bound: number | string): boolean {
  if (typeof bound === 'number') return bound === 0;
  return !/^[0-9]+%$/.test(bound) || Number.parseInt(bound, 10) === 0;
}
