import { isPlainObject } from '../../../kernel/meta/json.ts';
import type { Json, JsonObject } from '../../../kernel/meta/object.ts';
import { statusFields, specFields, toVersion1, toVersion2 } from './metric-forms.ts';

/** What autoscaling/v1 has no fields for stands in annotations, which are there in that version only. */
const annotationPrefix = 'autoscaling.alpha.kubernetes.io/';
const keptFields = ['metrics', 'behavior', 'current-metrics', 'conditions'] as const;
type KeptField = (typeof keptFields)[number];

/** What is wanted where nothing is said (`autoscaling.DefaultCPUUtilization`). */
const defaultCpuUtilization = 80;

type Fields = Readonly<Record<string, Json>>;

/** A HorizontalPodAutoscaler in the other of its two versions (Kubernetes `pkg/apis/autoscaling/v1/conversion.go`). */
export function convertHorizontalPodAutoscaler(object: JsonObject, apiVersion: string): JsonObject {
  return apiVersion === 'autoscaling/v1' ? toV1(object, apiVersion) : toV2(object, apiVersion);
}

/**
 * Writes what is wanted of the cpu where neither a field nor an annotation says anything: upstream's form of v1 went
 * through v2, which always measures something.
 */
export function defaultVersion1(draft: Record<string, unknown>): void {
  const { spec } = draft;
  if (!isPlainObject(spec) || listOf(readKept(draft as JsonObject, 'metrics')).length > 0) return;
  (spec as Record<string, unknown>)['targetCPUUtilizationPercentage'] ??= defaultCpuUtilization;
}

function toV1(object: JsonObject, apiVersion: string): JsonObject {
  const { metrics: allMetrics, behavior, ...spec } = fieldsOf(object['spec']);
  const { currentMetrics, conditions, ...status } = fieldsOf(object['status']);
  const metrics = listOf(allMetrics);
  const others = metrics.filter((metric) => cpuUtilization(metric, 'target') === undefined);
  const wanted = metrics.map((metric) => cpuUtilization(metric, 'target')).find((value) => value !== undefined);
  const current = listOf(currentMetrics);
  const measured = current.map((metric) => cpuUtilization(metric, 'current')).find((value) => value !== undefined);
  return {
    ...object,
    apiVersion,
    metadata: withKept(object, {
      metrics: others.map((metric) => toVersion1(metric, specFields)),
      behavior,
      'current-metrics': current.map((metric) => toVersion1(metric, statusFields)),
      conditions,
    }),
    ...(object['spec'] === undefined ? {} : { spec: { ...spec, ...given('targetCPUUtilizationPercentage', wanted) } }),
    ...(object['status'] === undefined
      ? {}
      : { status: { ...status, ...given('currentCPUUtilizationPercentage', measured) } }),
  };
}

function toV2(object: JsonObject, apiVersion: string): JsonObject {
  const { targetCPUUtilizationPercentage: wanted, ...spec } = fieldsOf(object['spec']);
  const { currentCPUUtilizationPercentage: measured, ...status } = fieldsOf(object['status']);
  const kept = (field: KeptField) => readKept(object, field);
  const others = listOf(kept('metrics')).map((metric) => toVersion2(metric, specFields));
  const isDefault = wanted === undefined && others.length === 0;
  const utilization = isDefault ? defaultCpuUtilization : wanted;
  const cpu = utilization === undefined ? [] : [cpuMetric('target', { type: 'Utilization' }, utilization)];
  const remembered = listOf(kept('current-metrics')).map((metric) => toVersion2(metric, statusFields));
  const seen = measured === undefined ? [] : [cpuMetric('current', {}, measured)];
  const currentMetrics = remembered.length > 0 ? remembered : seen;
  return {
    ...object,
    apiVersion,
    metadata: withKept(object, {}),
    ...(object['spec'] === undefined
      ? {}
      : { spec: { ...spec, metrics: [...cpu, ...others], ...given('behavior', kept('behavior')) } }),
    ...(object['status'] === undefined
      ? {}
      : {
          status: {
            ...status,
            ...given('currentMetrics', currentMetrics.length === 0 ? undefined : currentMetrics),
            ...given('conditions', kept('conditions')),
          },
        }),
  };
}

function cpuMetric(place: 'target' | 'current', more: JsonObject, averageUtilization: Json): JsonObject {
  return { type: 'Resource', resource: { name: 'cpu', [place]: { ...more, averageUtilization } } };
}

function cpuUtilization(metric: JsonObject, place: 'target' | 'current'): Json | undefined {
  const { name, [place]: value } = fieldsOf(metric['resource']);
  return metric['type'] === 'Resource' && name === 'cpu' ? fieldsOf(value)['averageUtilization'] : undefined;
}

/** Metadata with these fields in annotations, and without those that were kept there before. */
function withKept(object: JsonObject, values: { readonly [field in KeptField]?: Json | undefined }): JsonObject {
  const { annotations, ...metadata } = fieldsOf(object['metadata']);
  const names = new Set(keptFields.map((field) => annotationPrefix + field));
  const kept = Object.fromEntries(Object.entries(fieldsOf(annotations)).filter(([name]) => !names.has(name)));
  for (const field of keptFields) {
    const value = values[field];
    const isEmpty = value === undefined || (Array.isArray(value) && value.length === 0);
    if (!isEmpty) kept[annotationPrefix + field] = JSON.stringify(value);
  }
  return Object.keys(kept).length === 0 ? metadata : { ...metadata, annotations: kept };
}

/** What an annotation keeps; nothing when people wrote something else into it, as upstream. */
function readKept(object: JsonObject, field: KeptField): Json | undefined {
  const text = fieldsOf(fieldsOf(object['metadata'])['annotations'])[annotationPrefix + field];
  if (typeof text !== 'string') return undefined;
  try {
    const value = JSON.parse(text) as Json;
    const isRight = field === 'behavior' ? isPlainObject(value) : Array.isArray(value) && value.every(isPlainObject);
    return isRight ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function fieldsOf(value: Json | undefined): Fields {
  return isPlainObject(value) ? value : {};
}

function listOf(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly Json[]).filter(isPlainObject) : [];
}

function given(field: string, value: Json | undefined): JsonObject {
  return value === undefined ? {} : { [field]: value };
}
