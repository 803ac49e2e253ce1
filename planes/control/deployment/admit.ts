import type { FieldError } from '../../../kernel/meta/errors.ts';
import { countsNotNegative, unchanged } from '../../../kernel/meta/field-rules.ts';
import type { AdmitContext, KindAdmission } from '../../../kernel/schema/kind.ts';
import type { Deployment, DeploymentSpec, DeploymentStrategy } from '../../../kernel/schema/standard/types.ts';
import { defaultPodSpec } from '../pod-spec/defaults.ts';
import { draftObject, ensureObject, setDefault } from '../pod-spec/draft.ts';
import { validateTemplate } from '../pod-spec/validate.ts';
import { notAbove100Percent, notNegativeOrPercent } from '../workload/int-or-percent.ts';
import { compileSelector, validateSelector } from '../workload/selector.ts';

/** Defaults and rules of Deployments (Kubernetes `pkg/apis/apps/v1/defaults.go` and `validation.go`). */
export const admitDeployment: KindAdmission<Deployment> = {
  mutate: defaultDeployment,
  validate: validateDeployment,
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
  if (context.subresource === 'status') return [];
  if (spec === undefined) return [{ type: 'Required', path: 'spec', detail: '' }];
  const selectorErrors = validateSelector(spec.selector, 'deployment');
  const errors = [...validateCounts(spec), ...selectorErrors, ...validateStrategy(spec.strategy)];
  if (old?.spec !== undefined) errors.push(...unchanged('spec.selector', spec.selector, old.spec.selector));
  // A selector that cannot be read has its own errors; matching the template would only repeat them.
  const matches = selectorErrors.length > 0 ? () => true : compileSelector(spec.selector);
  return [...errors, ...validateTemplate(spec.template, 'spec.template', { matches })];
}

function validateCounts(spec: DeploymentSpec): FieldError[] {
  const names = ['replicas', 'minReadySeconds', 'revisionHistoryLimit', 'progressDeadlineSeconds'] as const;
  const errors: FieldError[] = [...countsNotNegative('spec', spec, names)];
  const { progressDeadlineSeconds: deadline, minReadySeconds = 0 } = spec;
  if (deadline !== undefined && deadline >= 0 && deadline <= minReadySeconds) {
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
  if (Number.parseInt(String(maxUnavailable), 10) === 0 && Number.parseInt(String(maxSurge), 10) === 0) {
    const detail = 'may not be 0 when `maxSurge` is 0';
    errors.push({ type: 'Invalid', path: `${path}.maxUnavailable`, value: maxUnavailable, detail });
  }
  return [...errors, ...notAbove100Percent(`${path}.maxUnavailable`, maxUnavailable)];
}
