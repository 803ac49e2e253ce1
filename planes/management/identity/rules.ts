import type { PolicyRule } from '../../../kernel/ports/auth.ts';
import { managementGroup, siteNamespace } from '../site/type.ts';

/** What a site may do at the hub: its own record, the Works in its own namespace, the digests they refer to. */
export function siteRules(siteName: string): readonly PolicyRule[] {
  const groups = [managementGroup];
  const namespaces = [siteNamespace(siteName)];
  const own = ['sites/sync', 'sites/heartbeat', 'sites/journal', 'sites/renew'];
  return [
    { verbs: ['get'], groups, resources: ['sites', 'sites/session'], names: [siteName] },
    { verbs: ['create'], groups, resources: own, names: [siteName] },
    { verbs: ['get', 'list', 'watch'], groups, resources: ['works'], namespaces },
    { verbs: ['get'], groups, resources: ['works/blobs'], namespaces },
    { verbs: ['patch', 'update'], groups, resources: ['works/status'], namespaces },
  ];
}

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
 * Rights of `deliveryUser` at a site, until the site's own TrustPolicy says otherwise: everything applications are
 * made of; not the machinery of the site, and no rights.
 */
export const deliveryRules: readonly PolicyRule[] = [
  {
    verbs: ['get', 'list', 'watch', 'create', 'patch', 'update', 'delete'],
    groups: [
      '',
      'apps',
      'batch',
      'autoscaling',
      'networking.k8s.io',
      'policy',
      'apiextensions.k8s.io',
      'discovery.k8s.io',
    ],
    resources: ['*'],
  },
];
