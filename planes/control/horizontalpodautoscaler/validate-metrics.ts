import type { FieldError } from '../../../kernel/meta/errors.ts';
import { invalid, present, presentAnd, supported } from '../../../kernel/meta/field-rules.ts';
import { checkDnsLabel, checkPathSegment } from '../../../kernel/meta/names.ts';
import { compareQuantities, parseQuantity, zeroQuantity } from '../../../kernel/meta/quantity.ts';
import type { HorizontalPodAutoscalerSpec, MetricSpec, MetricTarget } from '../../../kernel/schema/standard/types.ts';

/** The field that goes with each type of metric, in the order in which upstream looks at them. */
const sources = {
  Object: 'object',
  External: 'external',
  Pods: 'pods',
  Resource: 'resource',
  ContainerResource: 'containerResource',
} as const satisfies Record<string, keyof MetricSpec>;

type SourceName = (typeof sources)[keyof typeof sources];

/** Everything wrong with the metrics of an autoscaler (Kubernetes `validateMetrics`). */
export function validateMetrics(
  { metrics, minReplicas }: HorizontalPodAutoscalerSpec,
  path: string,
): readonly FieldError[] {
  const errors = (metrics ?? []).flatMap((metric, index) => validateMetric(metric, `${path}[${index}]`));
  const measuresNothing = !(metrics ?? []).some(({ type }) => type === 'Object' || type === 'External');
  if (minReplicas !== 0 || !measuresNothing) return errors;
  const detail = 'must specify at least one Object or External metric to support scaling to zero replicas';
  return [...errors, { type: 'Forbidden', path, detail }];
}

function validateMetric(metric: Partial<MetricSpec>, path: string): readonly FieldError[] {
  const { type = '' } = metric;
  const wanted = Object.hasOwn(sources, type) ? sources[type as keyof typeof sources] : undefined;
  const given = Object.values(sources).filter((source) => metric[source] !== undefined);
  const [first] = given;
  const errors = [
    ...present(`${path}.type`, type, 'must specify a metric source type'),
    ...supported(`${path}.type`, type, Object.keys(sources).toSorted()),
  ];
  if (first !== undefined) errors.push(...validateSource(metric, first, `${path}.${first}`));
  if (wanted !== undefined && metric[wanted] === undefined) {
    errors.push(...present(`${path}.${wanted}`, undefined, 'must populate information for the given metric source'));
  }
  if (given.length === 1) return errors;
  const detail = 'must populate the given metric source only';
  const others = given.filter((source) => source !== wanted);
  return [...errors, ...others.map((source): FieldError => ({ type: 'Forbidden', path: `${path}.${source}`, detail }))];
}

function validateSource(metric: Partial<MetricSpec>, source: SourceName, path: string): readonly FieldError[] {
  const target: Partial<MetricTarget> = metric[source]?.target ?? {};
  return [
    ...validateSubject(metric, source, path),
    ...validateTarget(target, `${path}.target`),
    ...validateBounds(target, source, `${path}.target`),
  ];
}

/** What is measured. */
function validateSubject(metric: Partial<MetricSpec>, source: SourceName, path: string): readonly FieldError[] {
  if (source === 'resource' || source === 'containerResource') {
    const named = present(`${path}.name`, metric[source]?.name, 'must specify a resource name');
    if (source === 'resource') return named;
    const container = metric.containerResource?.container;
    const inside = present(`${path}.container`, container, 'must specify a container');
    return [...named, ...(inside.length > 0 ? inside : presentAnd(`${path}.container`, container, checkDnsLabel))];
  }
  const name = metric[source]?.metric?.name;
  const missing = present(`${path}.metric.name`, name, 'must specify a metric name');
  const identified = missing.length > 0 ? missing : presentAnd(`${path}.metric.name`, name, checkPathSegment);
  if (source !== 'object') return identified;
  const described = metric.object?.describedObject;
  return [
    ...presentAnd(`${path}.describedObject.kind`, described?.kind, checkPathSegment),
    ...presentAnd(`${path}.describedObject.name`, described?.name, checkPathSegment),
    ...identified,
  ];
}

function validateTarget(target: Partial<MetricTarget>, path: string): readonly FieldError[] {
  const { type = '', value, averageValue, averageUtilization } = target;
  const errors = [...present(`${path}.type`, type, 'must specify a metric target type')];
  if (!['Utilization', 'Value', 'AverageValue'].includes(type)) {
    errors.push(invalid(`${path}.type`, type, 'must be either Utilization, Value, or AverageValue'));
  }
  if (value !== undefined && !isPositive(value)) errors.push(invalid(`${path}.value`, value, 'must be positive'));
  if (averageValue !== undefined && !isPositive(averageValue)) {
    errors.push(invalid(`${path}.averageValue`, averageValue, 'must be positive'));
  }
  if (averageUtilization !== undefined && averageUtilization < 1) {
    errors.push(invalid(`${path}.averageUtilization`, averageUtilization, 'must be greater than 0'));
  }
  return errors;
}

function isPositive(text: string): boolean {
  return compareQuantities(parseQuantity(text) ?? zeroQuantity, zeroQuantity) > 0;
}

/** The bounds a source wants: which of them, and how many. */
function validateBounds(target: Partial<MetricTarget>, source: SourceName, path: string): readonly FieldError[] {
  const { value, averageValue, averageUtilization } = target;
  if (source === 'pods') {
    return present(`${path}.averageValue`, averageValue, 'must specify a positive target averageValue');
  }
  if (source === 'object' || source === 'external') {
    if (value === undefined && averageValue === undefined) {
      const what = source === 'object' ? 'target value or averageValue' : 'target value for metric or a per-pod target';
      return present(`${path}.averageValue`, undefined, `must set either a ${what}`);
    }
    if (source === 'object' || value === undefined || averageValue === undefined) return [];
    const detail = 'may not set both a target value for metric and a per-pod target';
    return [{ type: 'Forbidden', path: `${path}.value`, detail }];
  }
  const [hasUtilization, hasValue] = [averageUtilization !== undefined, averageValue !== undefined];
  if (hasUtilization !== hasValue) return [];
  const detail = 'a target raw value and a target utilization';
  return hasValue
    ? [{ type: 'Forbidden', path: `${path}.averageValue`, detail: `may not set both ${detail}` }]
    : present(`${path}.averageUtilization`, undefined, 'must set either a target raw value or a target utilization');
}
