/**
 * What ResourceQuotas should say, counted the plain way: from the whole objects, anew each time, with code that shares nothing
 * with the server but the reading of quantities.
 */
import { parseQuantity } from '../../kernel/meta/quantity.ts';
import type { PersistentVolumeClaim, Pod, ResourceQuota, Service } from '../../kernel/schema/standard/types.ts';

/** Amounts by name of a resource, in billionths. */
export type Amounts = Readonly<Record<string, bigint>>;

/** An object, stored or about to be: what counting looks at are its spec and status. */
export interface Countable {
  readonly kind: string;
  readonly spec?: unknown;
  readonly status?: unknown;
  readonly data?: unknown;
}

/** The resources quotas of the model are about, and what one object of each uses. */
const usages: Readonly<Record<string, (object: Countable) => Amounts>> = {
  pods: (object) => podUsage(object as Pod),
  services: (object) => serviceUsage(object as Service),
  persistentvolumeclaims: (object) => claimUsage(object as PersistentVolumeClaim),
  configmaps: () => ({ configmaps: one, 'count/configmaps': one }),
};

/** Resources, as the store names them, of which the model counts objects. */
export const countedResources: readonly string[] = Object.keys(usages);

const one = 1_000_000_000n;
const ended: readonly (string | undefined)[] = ['Succeeded', 'Failed'];

/** A text such as `250m` in billionths; 0 when there is none. */
function nanosOf(text: string | undefined): bigint {
  return parseQuantity(text ?? '0')?.nanos ?? 0n;
}

function podUsage({ spec, status }: Pod): Amounts {
  if (ended.includes(status?.phase)) return { 'count/pods': one };
  const sum = (side: 'requests' | 'limits', resource: string) =>
    (spec?.containers ?? []).reduce((total, { resources }) => total + nanosOf(resources?.[side]?.[resource]), 0n);
  return {
    'count/pods': one,
    pods: one,
    cpu: sum('requests', 'cpu'),
    'requests.cpu': sum('requests', 'cpu'),
    'limits.memory': sum('limits', 'memory'),
  };
}

function serviceUsage({ spec }: Service): Amounts {
  const isBalanced = spec?.type === 'LoadBalancer';
  const hasNodePorts = isBalanced || spec?.type === 'NodePort';
  return {
    services: one,
    'count/services': one,
    'services.nodeports': hasNodePorts ? one * BigInt(spec?.ports?.length ?? 0) : 0n,
    'services.loadbalancers': isBalanced ? one : 0n,
  };
}

function claimUsage({ spec }: PersistentVolumeClaim): Amounts {
  const storage = nanosOf(spec?.resources?.requests?.['storage']);
  const ofGold = spec?.storageClassName === 'gold' ? storage : 0n;
  return {
    persistentvolumeclaims: one,
    'requests.storage': storage,
    'gold.storageclass.storage.k8s.io/requests.storage': ofGold,
  };
}

/** True if all scopes of a quota take the object in; quotas with scopes are about pods only. */
function isInScopes({ spec }: ResourceQuota, resource: string, object: Countable): boolean {
  const names = [...(spec?.scopes ?? []), ...(spec?.scopeSelector?.matchExpressions ?? []).map((e) => e.scopeName)];
  if (names.length > 0 && resource !== 'pods') return false;
  const { activeDeadlineSeconds, priorityClassName, containers = [] } = (object as Pod).spec ?? {};
  const isSilent = containers.every(({ resources }) => Object.keys(resources?.requests ?? {}).length === 0);
  return names.every((name) => {
    if (name === 'BestEffort') return isSilent;
    if (name === 'NotBestEffort') return !isSilent;
    if (name === 'Terminating') return activeDeadlineSeconds !== undefined;
    if (name === 'NotTerminating') return activeDeadlineSeconds === undefined;
    return priorityClassName === 'important';
  });
}

/** An object and the resource it belongs to. */
export interface CountedObject {
  readonly resource: string;
  readonly object: Countable;
}

/** What a quota should say is used, of the objects of its namespace; resources nothing of the model uses are left out. */
export function recount(quota: ResourceQuota, objects: Iterable<CountedObject>): Readonly<Record<string, bigint>> {
  const used: Record<string, bigint> = {};
  const limited = Object.keys(quota.spec?.hard ?? {});
  for (const name of limited) used[name] = 0n;
  for (const { resource, object } of objects) {
    const usage = usages[resource]?.(object);
    if (usage === undefined || !isInScopes(quota, resource, object)) continue;
    for (const name of limited) used[name] = (used[name] ?? 0n) + (usage[name] ?? 0n);
  }
  return used;
}

/** Resources of which there is more than before and more than the quota allows: what no write may bring about. */
export function overAdmitted(quota: ResourceQuota, before: Amounts, after: Amounts): readonly string[] {
  return Object.entries(quota.spec?.hard ?? {})
    .filter(([name, hard]) => (after[name] ?? 0n) > (before[name] ?? 0n) && (after[name] ?? 0n) > nanosOf(hard))
    .map(([name, hard]) => `${quota.metadata.name}: ${name} is ${(after[name] ?? 0n) / 1_000_000n}m of ${hard}`);
}
