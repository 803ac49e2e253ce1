import type { FieldError } from '../../../kernel/meta/errors.ts';
import { jsonEquals } from '../../../kernel/meta/json.ts';
import { validateLabelSelector } from '../../../kernel/meta/selectors.ts';
import type { AdmitContext, KindAdmission } from '../../../kernel/schema/kind.ts';
import type { Deployment, DeploymentSpec, DeploymentStrategy } from '../../../kernel/schema/standard/types.ts';
import { defaultPodSpec } from '../pod-spec/defaults.ts';
import { draftObject, ensureObject, setDefault } from '../pod-spec/draft.ts';
import { notNegative, validateTemplate } from '../pod-spec/validate.ts';
import { compileSelector, isEmptySelector } from '../workload/selector.ts';

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
  const errors = [...validateCounts(spec), ...validateSelector(spec), ...validateStrategy(spec.strategy)];
  if (old?.spec !== undefined && !jsonEquals(old.spec.selector, spec.selector)) {
    errors.push({ type: 'Invalid', path: 'spec.selector', value: spec.selector, detail: 'field is immutable' });
  }
  // A selector that cannot be read has its own errors; matching the template would only repeat them.
  const matches = errors.some((error) => error.path.startsWith('spec.selector'))
    ? () => true
    : compileSelector(spec.selector);
  return [...errors, ...validateTemplate(spec.template, 'spec.template', matches)];
}

function validateCounts(spec: DeploymentSpec): FieldError[] {
  const errors: FieldError[] = [];
  for (const name of ['replicas', 'minReadySeconds', 'revisionHistoryLimit', 'progressDeadlineSeconds'] as const) {
    const count = spec[name];
    if (count !== undefined && count < 0) errors.push(notNegative(`spec.${name}`, count));
  }
  const { progressDeadlineSeconds: deadline, minReadySeconds = 0 } = spec;
  if (deadline !== undefined && deadline >= 0 && deadline <= minReadySeconds) {
    const detail = 'must be greater than minReadySeconds';
    errors.push({ type: 'Invalid', path: 'spec.progressDeadlineSeconds', value: deadline, detail });
  }
  return errors;
}

function validateSelector({ selector }: DeploymentSpec): readonly FieldError[] {
  if (selector === undefined) return [{ type: 'Required', path: 'spec.selector', detail: '' }];
  if (isEmptySelector(selector)) {
    const detail = 'empty selector is invalid for deployment';
    return [{ type: 'Invalid', path: 'spec.selector', value: selector, detail }];
  }
  return validateLabelSelector(selector, 'spec.selector');
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
    ...validateBound(maxUnavailable, `${path}.maxUnavailable`),
    ...validateBound(maxSurge, `${path}.maxSurge`),
  ];
  if (Number.parseInt(String(maxUnavailable), 10) === 0 && Number.parseInt(String(maxSurge), 10) === 0) {
    const detail = 'may not be 0 when `maxSurge` is 0';
    errors.push({ type: 'Invalid', path: `${path}.maxUnavailable`, value: maxUnavailable, detail });
  }
  if (typeof maxUnavailable === 'string' && Number.parseInt(maxUnavailable, 10) > 100) {
    const detail = 'must not be greater than 100%';
    errors.push({ type: 'Invalid', path: `${path}.maxUnavailable`, value: maxUnavailable, detail });
  }
  return errors;
}

function validateBound(value: number | string, path: string): readonly FieldError[] {
  if (typeof value === 'number') return value < 0 ? [notNegative(path, value)] : [];
  if (/^[0-9]+%$/.test(value)) return [];
  const detail =
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
  return [{ type: 'Invalid', path, value, detail }];
}
