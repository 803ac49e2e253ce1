import { checkQualifiedName } from './names.ts';

/** What containers may ask for by a name without a domain, besides huge pages. */
const ofContainers = ['cpu', 'memory', 'ephemeral-storage'];

/** Things that are counted: whole numbers only (Kubernetes `integerResources`). */
export const countedResources: ReadonlySet<string> = new Set([
  'configmaps',
  'persistentvolumeclaims',
  'pods',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'services',
  'services.loadbalancers',
  'services.nodeports',
]);

const ofQuotas: ReadonlySet<string> = new Set([
  ...countedResources,
  ...ofContainers.flatMap((name) => [name, `requests.${name}`, `limits.${name}`]),
  'requests.storage',
]);

/** True of what Kubernetes itself counts in quotas (Kubernetes `IsStandardQuotaResourceName`). */
export function isStandardQuotaResource(name: string): boolean {
  return ofQuotas.has(name) || /^(requests\.)?hugepages-/.test(name);
}

/** Names of resources: those without a domain are those of Kubernetes (Kubernetes `validateResourceName`). */
export function checkResourceName(name: string): readonly string[] {
  const problems = checkQualifiedName(name);
  if (problems.length > 0 || name.includes('/') || name === 'storage' || isStandardQuotaResource(name)) return problems;
  return ['must be a standard resource type or fully qualified'];
}

/** The same for what containers ask for (Kubernetes `validateContainerResourceName`). */
export function checkContainerResourceName(name: string): readonly string[] {
  const isKnown = name.includes('/') || ofContainers.includes(name) || name.startsWith('hugepages-');
  return [...checkResourceName(name), ...(isKnown ? [] : ['must be a standard resource for containers'])];
}

/** The same for what quotas bound (Kubernetes `ValidateResourceQuotaResourceName`). */
export function checkQuotaResourceName(name: string): readonly string[] {
  const isKnown = name.includes('/') || isStandardQuotaResource(name);
  return [...checkResourceName(name), ...(isKnown ? [] : ['must be a standard resource for quota'])];
}
