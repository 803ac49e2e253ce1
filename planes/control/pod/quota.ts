import { type Quantity, quantityOf } from '../../../kernel/meta/quantity.ts';
import { isNameInScope, type QuotaEvaluator } from '../../../kernel/schema/quota.ts';
import type { Affinity, Container, Pod, PodAffinityTerm, PodSpec } from '../../../kernel/schema/standard/types.ts';
import { qosClassOf } from '../pod-spec/qos.ts';
import { podAmounts } from '../pod-spec/resources.ts';
import { isPodEnded } from '../workload/pod-state.ts';

const compute = ['cpu', 'memory', 'ephemeral-storage'];
const names: ReadonlySet<string> = new Set([
  'pods',
  ...compute.flatMap((name) => [name, `requests.${name}`, `limits.${name}`]),
]);

/** What containers must say where a quota limits it; newer resources are not asked for (Kubernetes). */
const mandatory: ReadonlySet<string> = new Set(
  ['cpu', 'memory'].flatMap((name) => [name, `requests.${name}`, `limits.${name}`]),
);

/** What pods use of quotas. Those that ended use nothing but `count/pods`. */
export const podQuota: QuotaEvaluator<Pod> = {
  uses: (resource) => names.has(resource) || /^(requests\.)?hugepages-/.test(resource) || isExtendedRequest(resource),
  usage: (pod) => (pod.spec === undefined || isPodEnded(pod) ? nothing : usageOf(pod.spec)),
  problem: ({ spec }, limited) => (spec === undefined ? undefined : findMissing(spec, limited)),
  isInScope(pod, scope) {
    const spec = pod.spec ?? { containers: [] };
    const isLimitedInTime = spec.activeDeadlineSeconds !== undefined;
    const isBestEffort = (pod.status?.qosClass ?? qosClassOf(spec)) === 'BestEffort';
    switch (scope.scopeName) {
      case 'Terminating':
        return isLimitedInTime;
      case 'NotTerminating':
        return !isLimitedInTime;
      case 'BestEffort':
        return isBestEffort;
      case 'NotBestEffort':
        return !isBestEffort;
      case 'PriorityClass':
        return isNameInScope(scope, spec.priorityClassName ?? '');
      case 'CrossNamespacePodAffinity':
        return looksAround(spec.affinity?.podAffinity) || looksAround(spec.affinity?.podAntiAffinity);
      default:
        return false;
    }
  },
};

const nothing: ReadonlyMap<string, Quantity> = new Map();

/** Resources of devices carry a domain that is not Kubernetes'; of them only requests are limited. */
function isExtendedRequest(resource: string): boolean {
  const domain = /^requests\.([^/]+)\//.exec(resource)?.[1];
  return domain !== undefined && (domain === 'deviceclass.resource.kubernetes.io' || !isOwnDomain(domain));
}

function isOwnDomain(domain: string): boolean {
  return domain === 'kubernetes.io' || domain.endsWith('.kubernetes.io');
}

function usageOf(spec: PodSpec): ReadonlyMap<string, Quantity> {
  const usage = new Map([['pods', quantityOf(1)]]);
  for (const [name, amount] of podAmounts(spec, 'requests')) {
    usage.set(`requests.${name}`, amount);
    if (!name.includes('/')) usage.set(name, amount);
  }
  for (const [name, amount] of podAmounts(spec, 'limits')) {
    if (compute.includes(name)) usage.set(`limits.${name}`, amount);
  }
  return usage;
}

/** Resources in the form `must specify limits.cpu for: a,b; requests.cpu for: b`. */
function findMissing(spec: PodSpec, limited: readonly string[]): string | undefined {
  const isSetForAll = ['requests', 'limits'].some(
    (side) => Object.keys(spec.resources?.[side as 'requests' | 'limits'] ?? {}).length > 0,
  );
  if (isSetForAll) return undefined;
  const containers = [...spec.containers, ...(spec.initContainers ?? [])];
  const missing = limited
    .filter((resource) => mandatory.has(resource))
    .toSorted()
    .flatMap((resource) => {
      const silent = containers.filter((container) => !isSet(container, resource)).map(({ name }) => name);
      return silent.length === 0 ? [] : [`${resource} for: ${silent.toSorted().join(',')}`];
    });
  return missing.length === 0 ? undefined : `must specify ${missing.join('; ')}`;
}

function isSet({ resources }: Container, resource: string): boolean {
  const [name = '', side = 'requests'] = resource.split('.').toReversed();
  return resources?.[side as 'requests' | 'limits']?.[name] !== undefined;
}

/** True if a term of an affinity is about pods of other namespaces. */
function looksAround(affinity: Affinity['podAffinity'] | Affinity['podAntiAffinity']): boolean {
  const required = affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const terms: readonly PodAffinityTerm[] = [...required, ...preferred.map(({ podAffinityTerm }) => podAffinityTerm)];
  return terms.some(
    ({ namespaces = [], namespaceSelector }) => namespaces.length > 0 || namespaceSelector !== undefined,
  );
}
