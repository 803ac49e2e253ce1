import type { PolicyRule } from '../../../kernel/ports/auth.ts';
import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { managementGroup } from '../site/type.ts';

/** What the holder of a join token may do at the hub: join with it, once. */
export function joiningRules(tokenId: string): readonly PolicyRule[] {
  return [{ verbs: ['create'], groups: [managementGroup], resources: ['jointokens/join'], names: [tokenId] }];
}

/** Rights of `hubLineUser`. */
export const hubLineRules: readonly PolicyRule[] = [
  {
    verbs: ['get', 'list', 'watch', 'create', 'patch', 'update'],
    groups: [managementGroup],
    resources: ['sites', 'sites/status', 'jointokens', 'jointokens/status'],
  },
  { verbs: ['get', 'list', 'watch'], groups: [managementGroup], resources: ['works', 'bundles'] },
  { verbs: ['create'], groups: [''], resources: ['events'] },
];

/** Rights of `siteLineUser`. */
export const siteLineRules: readonly PolicyRule[] = [
  {
    verbs: ['get', 'list', 'watch', 'create', 'patch', 'update', 'delete'],
    groups: [managementGroup],
    resources: ['appliedworks', 'appliedworks/status', 'hubmemberships', 'hubmemberships/status'],
  },
  { verbs: ['get', 'list', 'watch'], groups: [''], resources: ['events', 'pods', 'nodes'] },
];

/**
 * What applications are made of, by group. No subresources: nobody delivers an exec, a log or a status. No Secrets:
 * applications do not carry any, and a hub has no business with those of a site.
 */
const deliverableResources: Readonly<Record<string, readonly string[]>> = {
  '': [
    'configmaps',
    'endpoints',
    'limitranges',
    'namespaces',
    'persistentvolumeclaims',
    'pods',
    'podtemplates',
    'replicationcontrollers',
    'resourcequotas',
    'serviceaccounts',
    'services',
  ],
  apps: ['daemonsets', 'deployments', 'replicasets', 'statefulsets'],
  autoscaling: ['horizontalpodautoscalers'],
  batch: ['cronjobs', 'jobs'],
  'discovery.k8s.io': ['endpointslices'],
  'networking.k8s.io': ['ingresses', 'networkpolicies'],
  policy: ['poddisruptionbudgets'],
};

/** True for kinds whose objects a hub may deliver: not the machinery of a site, and no rights. */
export function isDeliverable({ group, plural }: Pick<KindDefinition, 'group' | 'plural'>): boolean {
  return deliverableResources[group]?.includes(plural) === true;
}

/** Namespaces of the site's own machinery. */
const siteNamespaces: readonly string[] = ['kube-node-lease', 'kube-public', 'kube-system'];

/**
 * Rights of `deliveryUser` at a site, until the site's own TrustPolicy says otherwise: what applications are made of,
 * one object at a time by its name; not the machinery of the site, and no rights.
 */
export const deliveryRules: readonly PolicyRule[] = Object.entries(deliverableResources).map(([group, resources]) => ({
  verbs: ['get', 'create', 'patch', 'delete'],
  groups: [group],
  resources,
  exceptNamespaces: siteNamespaces,
}));
