import type {
  HorizontalPodAutoscaler,
  MetricSpec,
  MetricStatus,
  MetricTarget,
  MetricValueStatus,
} from '../../../kernel/schema/standard/types.ts';

/** Targets shown before `+ N more...`. */
const shownMax = 2;

/** The TARGETS column: `cpu: 12%/80%, requests: 3/5 (avg)`; statuses go with metrics by their place. */
export function formatTargets({ spec, status }: HorizontalPodAutoscaler): string {
  const metrics = spec?.metrics ?? [];
  if (metrics.length === 0) return '<none>';
  const shown = metrics
    .slice(0, shownMax)
    .map((metric, index) => formatMetric(metric, status?.currentMetrics?.[index]));
  const text = shown.join(', ');
  return metrics.length > shownMax ? `${text} + ${metrics.length - shownMax} more...` : text;
}

type Formatter = (metric: MetricSpec, status: MetricStatus | undefined) => string;

const formatters: Readonly<Record<string, Formatter>> = {
  Resource: ({ resource }, status) =>
    `${resource?.name}: ${formatResource(resource?.target, status?.resource?.current)}`,
  ContainerResource: ({ containerResource }, status) =>
    `${containerResource?.name}: ${formatResource(containerResource?.target, status?.containerResource?.current)}`,
  Pods: ({ pods }, status) => `${status?.pods?.current.averageValue ?? '<unknown>'}/${pods?.target.averageValue}`,
  Object: ({ object }, status) => formatAmount(object?.target, status?.object?.current),
  External: ({ external }, status) => formatAmount(external?.target, status?.external?.current),
};

function formatMetric(metric: MetricSpec, status: MetricStatus | undefined): string {
  return formatters[metric.type]?.(metric, status) ?? '<unknown type>';
}

/** Of a resource of the pods: an average amount, or a share of what they request. */
function formatResource(target: MetricTarget | undefined, current: MetricValueStatus | undefined): string {
  if (target?.averageValue !== undefined) return `${current?.averageValue ?? '<unknown>'}/${target.averageValue}`;
  const used = current?.averageUtilization === undefined ? '<unknown>' : `${current.averageUtilization}%`;
  return `${used}/${target?.averageUtilization === undefined ? '<auto>' : `${target.averageUtilization}%`}`;
}

/** Of something else: an amount as a whole, or divided by the number of copies. */
function formatAmount(target: MetricTarget | undefined, current: MetricValueStatus | undefined): string {
  if (target?.averageValue !== undefined) return `${current?.averageValue ?? '<unknown>'}/${target.averageValue} (avg)`;
  return `${current?.value ?? '<unknown>'}/${target?.value}`;
}
