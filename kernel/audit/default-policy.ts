import type { AuditPolicy, AuditRule } from './policy.ts';

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

/** Groups whose status controllers write all the time; a policy has no word for all groups. */
const groupsWithStatus = [
  '',
  'apps',
  'batch',
  'autoscaling',
  'policy',
  'networking.k8s.io',
  'apiextensions.k8s.io',
  'admissionregistration.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'kernel.planform.dev',
  'management.planform.dev',
  'application.planform.dev',
  'resource.planform.dev',
  'site.planform.dev',
  'network.planform.dev',
];

/** Group of the controllers inside a server. */
const controllers = 'system:planform:controllers';

/**
 * What is recorded without a policy of one's own: who changed what, or tried to, and who took a backup, which holds every
 * Secret. No reads, no bodies: so nothing of a Secret or a token can get into the log. What controllers inside the server
 * say about the state of things (status, events, leases) is left out: it follows from what is recorded.
 */
export const defaultAuditPolicy: AuditPolicy = {
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
        ...groupsWithStatus.map((group) => ({ group, resources: ['*/status'], resourceNames: [] })),
      ],
    },
    { ...anything, verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'] },
    { ...anything, verbs: ['post', 'put', 'patch', 'delete'], nonResourceURLs: ['*'] },
    { ...anything, nonResourceURLs: ['/planform/backup'] },
  ],
};
