import type { FieldError } from '../../../kernel/meta/errors.ts';
import { present } from '../../../kernel/meta/field-rules.ts';
import type { AdmitContext, KindAdmission } from '../../../kernel/schema/kind.ts';
import type { HorizontalPodAutoscaler, MetricSpec, MetricTarget } from '../../../kernel/schema/standard/types.ts';
import { type DraftObject, draftObject, setDefault } from '../pod-spec/draft.ts';

/** Defaults and rules of HorizontalPodAutoscalers (Kubernetes `SetDefaults_HorizontalPodAutoscaler`, `validateHorizontalPodAutoscalerSpec`). */
export const admitHorizontalPodAutoscaler: KindAdmission<HorizontalPodAutoscaler> = {
  mutate: defaultAutoscaler,
  validate: validateAutoscaler,
};

/** Scaling up is fast, scaling down waits; both only where a behavior is asked for at all. */
const scaleUp = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
};
const scaleDown = { selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] };

function defaultAutoscaler(draft: Record<string, unknown>): void {
  const spec = draftObject(draft, 'spec');
  if (spec === undefined) return;
  if (!Array.isArray(spec['metrics']) || spec['metrics'].length === 0) {
    const target = { type: 'Utilization', averageUtilization: 80 };
    spec['metrics'] = [{ type: 'Resource', resource: { name: 'cpu', target } }];
  }
  const behavior = draftObject(spec, 'behavior');
  if (behavior === undefined) return;
  fillRules(behavior, 'scaleUp', scaleUp);
  fillRules(behavior, 'scaleDown', scaleDown);
}

function fillRules(behavior: DraftObject, name: string, defaults: DraftObject): void {
  setDefault(behavior, name, {});
  const rules = draftObject(behavior, name);
  if (rules === undefined) return;
  for (const [field, value] of Object.entries(structuredClone(defaults))) setDefault(rules, field, value);
}

function validateAutoscaler(
  { spec }: HorizontalPodAutoscaler,
  _old: HorizontalPodAutoscaler | undefined,
  { subresource }: AdmitContext,
): readonly FieldError[] {
  if (subresource === 'status') return [];
  if (spec === undefined) return [{ type: 'Required', path: 'spec', detail: '' }];
  const { minReplicas, maxReplicas, scaleTargetRef, metrics = [] } = spec;
  const errors: FieldError[] = [];
  const invalid = (path: string, value: number, detail: string) =>
    errors.push({ type: 'Invalid', path, value, detail });
  if (minReplicas !== undefined && minReplicas < 1) {
    invalid('spec.minReplicas', minReplicas, 'must be greater than or equal to 1');
  }
  if (maxReplicas < 1) invalid('spec.maxReplicas', maxReplicas, 'must be greater than 0');
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`');
  }
  return [
    ...errors,
    ...present('spec.scaleTargetRef.kind', scaleTargetRef.kind),
    ...present('spec.scaleTargetRef.name', scaleTargetRef.name),
    ...metrics.flatMap((metric, index) => validateMetric(metric, `spec.metrics[${index}]`)),
  ];
}

/** The field that goes with each type of metric. */
const sources = {
  Resource: 'resource',
  ContainerResource: 'containerResource',
  Pods: 'pods',
  Object: 'object',
  External: 'external',
} as const satisfies Record<string, keyof MetricSpec>;

function validateMetric(metric: MetricSpec, path: string): readonly FieldError[] {
  const field = sources[metric.type as keyof typeof sources];
  if (field === undefined) return [];
  const source = metric[field];
  if (source === undefined) {
    return [
      { type: 'Required', path: `${path}.${field}`, detail: 'must populate information for the given metric source' },
    ];
  }
  const others = Object.values(sources).filter((other) => other !== field && metric[other] !== undefined);
  const detail = 'must populate the given metric source only';
  const errors: FieldError[] = others.map((other) => ({ type: 'Forbidden', path: `${path}.${other}`, detail }));
  if (field === 'resource' || field === 'containerResource') {
    errors.push(...present(`${path}.${field}.name`, metric[field]?.name, 'must specify a resource name'));
  }
  return [...errors, ...validateTarget(source.target, `${path}.${field}.target`)];
}

function validateTarget(target: MetricTarget, path: string): readonly FieldError[] {
  const { type, value, averageValue, averageUtilization } = target;
  if (type === 'Utilization') {
    if (averageUtilization === undefined) {
      const detail = 'must set either a target raw value or a target utilization';
      return [{ type: 'Required', path: `${path}.averageUtilization`, detail }];
    }
    if (averageUtilization >= 1) return [];
    const detail = 'must be greater than 0';
    return [{ type: 'Invalid', path: `${path}.averageUtilization`, value: averageUtilization, detail }];
  }
  if (type === 'AverageValue' && averageValue === undefined) {
    return [{ type: 'Required', path: `${path}.averageValue`, detail: 'must specify a positive target averageValue' }];
  }
  if (type !== 'Value' || value !== undefined || averageValue !== undefined) return [];
  const detail = 'must set either a target value for metric or a per-pod target';
  return [{ type: 'Required', path: `${path}.value`, detail }];
}
