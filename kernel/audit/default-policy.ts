import type { AuditPolicy, AuditResources, AuditRule } from './policy.ts';

const anything: AuditRule = {
  level: 'Metadata',
  users: [],
  userGroups: [],
  verbs: [],
  resources: [],
  namespaces: [],
  nonResourceURLs: [],
  omitStages: [],
};

/** Group of the controllers inside a server. */
const controllers = 'system:planform:controllers';

/** What a server knows that its built-in policy depends on. */
export interface DefaultPolicySources {
  /** Groups of the kinds it serves: a policy has no word for the status of all of them. */
  readonly groups: Iterable<string>;
  /** What machines post all the time to say that they are there, and what changes nothing by itself. */
  readonly quiet: readonly AuditResources[];
}

/**
 * What is recorded without a policy of one's own: who changed what, or tried to, and who took a backup, which holds every
 * Secret. No reads, no bodies: so nothing of a Secret or a token can get into the log. What controllers inside the server
 * say about the state of things (status, events, leases) is left out: it follows from what is recorded.
 */
export function defaultAuditPolicy({ groups, quiet }: DefaultPolicySources): AuditPolicy {
  const status = [...new Set(groups)].map((group) => ({ group, resources: ['*/status'], resourceNames: [] }));
  return {
    omitStages: ['RequestReceived'],
    omitManagedFields: true,
    rules: [
      {
        ...anything,
        level: 'None',
        userGroups: [controllers],
        resources: [
          { group: '', resources: ['events'], resourceNames: [] },
          { group: 'events.k8s.io', resources: ['events'], resourceNames: [] },
          { group: 'coordination.k8s.io', resources: ['leases'], resourceNames: [] },
          ...status,
        ],
      },
      ...(quiet.length === 0 ? [] : [{ ...anything, level: 'None', resources: quiet } as const]),
      { ...anything, verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'] },
      { ...anything, verbs: ['post', 'put', 'patch', 'delete'], nonResourceURLs: ['*'] },
      { ...anything, nonResourceURLs: ['/planform/backup', '/planform/backup/*'] },
    ],
  };
}
