import { isPlainObject } from '../../../kernel/meta/json.ts';
import type { Json, JsonObject } from '../../../kernel/meta/object.ts';

/** Fields of one type of metric: the name in autoscaling/v1, the path in autoscaling/v2. */
type MetricFields = Readonly<Record<string, string>>;

/** Where a metric has its source and what its fields are called, by type. */
interface MetricForms {
  readonly fields: Readonly<Record<string, MetricFields>>;
  /** Adds what v1 leaves to be guessed. */
  readonly complete: (source: Record<string, Json>) => void;
}

/** The field of a metric that its type names. */
const sources: Readonly<Record<string, string>> = {
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
  ContainerResource: 'containerResource',
  External: 'external',
};

/** Metrics of the spec. */
export const specFields: MetricForms = {
  fields: {
    Resource: {
      name: 'name',
      targetAverageUtilization: 'target.averageUtilization',
      targetAverageValue: 'target.averageValue',
    },
    ContainerResource: {
      name: 'name',
      container: 'container',
      targetAverageUtilization: 'target.averageUtilization',
      targetAverageValue: 'target.averageValue',
    },
    Pods: { metricName: 'metric.name', selector: 'metric.selector', targetAverageValue: 'target.averageValue' },
    Object: {
      target: 'describedObject',
      metricName: 'metric.name',
      selector: 'metric.selector',
      targetValue: 'target.value',
      averageValue: 'target.averageValue',
    },
    External: {
      metricName: 'metric.name',
      metricSelector: 'metric.selector',
      targetValue: 'target.value',
      targetAverageValue: 'target.averageValue',
    },
  },
  complete(source) {
    const target = isPlainObject(source['target']) ? source['target'] : {};
    const type =
      target['averageUtilization'] !== undefined
        ? 'Utilization'
        : target['averageValue'] !== undefined
          ? 'AverageValue'
          : 'Value';
    source['target'] = { type, ...target };
  },
};

/** Metrics of the status. */
export const statusFields: MetricForms = {
  fields: {
    Resource: {
      name: 'name',
      currentAverageUtilization: 'current.averageUtilization',
      currentAverageValue: 'current.averageValue',
    },
    ContainerResource: {
      name: 'name',
      container: 'container',
      currentAverageUtilization: 'current.averageUtilization',
      currentAverageValue: 'current.averageValue',
    },
    Pods: { metricName: 'metric.name', selector: 'metric.selector', currentAverageValue: 'current.averageValue' },
    Object: {
      target: 'describedObject',
      metricName: 'metric.name',
      selector: 'metric.selector',
      currentValue: 'current.value',
      averageValue: 'current.averageValue',
    },
    External: {
      metricName: 'metric.name',
      metricSelector: 'metric.selector',
      currentValue: 'current.value',
      currentAverageValue: 'current.averageValue',
    },
  },
  complete: () => undefined,
};

/** A metric of autoscaling/v2 as autoscaling/v1 writes it. One of an unknown type stays as it is. */
export function toVersion1(metric: JsonObject, { fields }: MetricForms): JsonObject {
  const { type, source, key } = sourceOf(metric);
  const names = fields[type];
  if (names === undefined) return metric;
  const converted: Record<string, Json> = {};
  for (const [name, path] of Object.entries(names)) {
    const [outer = '', inner] = path.split('.');
    const value = inner === undefined ? source[outer] : fieldOf(source[outer], inner);
    if (value !== undefined) converted[name] = value;
  }
  return { type, [key]: converted };
}

/** The other way round. */
export function toVersion2(metric: JsonObject, { fields, complete }: MetricForms): JsonObject {
  const { type, source, key } = sourceOf(metric);
  const names = fields[type];
  if (names === undefined) return metric;
  const converted: Record<string, Json> = {};
  for (const [name, path] of Object.entries(names)) {
    const value = source[name];
    if (value === undefined) continue;
    const [outer = '', inner] = path.split('.');
    const before = converted[outer];
    converted[outer] = inner === undefined ? value : { ...(isPlainObject(before) ? before : {}), [inner]: value };
  }
  complete(converted);
  return { type, [key]: converted };
}

function sourceOf(metric: JsonObject): { readonly type: string; readonly key: string; readonly source: JsonObject } {
  const type = typeof metric['type'] === 'string' ? metric['type'] : '';
  const key = sources[type] ?? '';
  const source = metric[key];
  return { type, key, source: isPlainObject(source) ? source : {} };
}

function fieldOf(value: Json | undefined, name: string): Json | undefined {
  return isPlainObject(value) ? value[name] : undefined;
}
