import type { AggregationRule, PolicyRule, Subject } from '../../schema/standard/types.ts';

/** A ClusterRole every server has. */
export interface DefaultRole {
  readonly name: string;
  /** Besides the label of all default roles. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly rules: readonly PolicyRule[];
  readonly aggregationRule?: AggregationRule;
}

/** A ClusterRoleBinding every server has; it has the name of its role. */
export interface DefaultBinding {
  readonly name: string;
  readonly subjects: readonly Subject[];
}

/** Roles of people in a namespace that others are collected into; each holds the one before it. */
export type PeopleRole = 'view' | 'edit' | 'admin';

/** Verbs that look. */
export const readVerbs: readonly string[] = ['get', 'list', 'watch'];
/** Verbs that change. */
export const writeVerbs: readonly string[] = ['create', 'delete', 'deletecollection', 'patch', 'update'];

const core = '';
const rbac = 'rbac.authorization.k8s.io';
const authorization = 'authorization.k8s.io';
const authentication = 'authentication.k8s.io';
const certificates = 'certificates.k8s.io';

function rule(verbs: readonly string[], group: string, ...resources: readonly string[]): PolicyRule {
  return { verbs, apiGroups: [group], resources };
}

function paths(...nonResourceURLs: readonly string[]): PolicyRule {
  return { verbs: ['get'], nonResourceURLs };
}

/** The label by which a role is collected into one of people's. */
export function aggregationLabel(role: PeopleRole): Readonly<Record<string, string>> {
  return { [`rbac.authorization.k8s.io/aggregate-to-${role}`]: 'true' };
}

function collecting(role: PeopleRole): Pick<DefaultRole, 'rules' | 'aggregationRule'> {
  return { rules: [], aggregationRule: { clusterRoleSelectors: [{ matchLabels: aggregationLabel(role) }] } };
}

const execution = ['pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy'];
const workloads = ['daemonsets', 'deployments', 'replicasets', 'statefulsets'];
const scales = ['deployments/scale', 'replicasets/scale', 'statefulsets/scale'];

const claims = ['resourceclaims', 'resourceclaimtemplates'];

/** Kinds of today under the group they had until 1.15: programs of that time ask for them. */
const oldWorkloads = ['daemonsets', 'deployments', 'ingresses', 'networkpolicies', 'replicasets'];
const oldScales = ['deployments/scale', 'replicasets/scale', 'replicationcontrollers/scale'];

/** Events, which are in two groups. */
function eventRule(verbs: readonly string[]): PolicyRule {
  return { verbs, apiGroups: [core, 'events.k8s.io'], resources: ['events'] };
}

const peopleRoles: readonly DefaultRole[] = [
  { name: 'admin', ...collecting('admin') },
  { name: 'edit', labels: aggregationLabel('admin'), ...collecting('edit') },
  { name: 'view', labels: aggregationLabel('edit'), ...collecting('view') },
  {
    name: 'system:aggregate-to-admin',
    labels: aggregationLabel('admin'),
    rules: [
      rule(['create'], authorization, 'localsubjectaccessreviews'),
      rule([...readVerbs, ...writeVerbs], rbac, 'rolebindings', 'roles'),
    ],
  },
  {
    name: 'system:aggregate-to-edit',
    labels: aggregationLabel('edit'),
    rules: [
      rule(readVerbs, core, ...execution, 'secrets', 'services/proxy'),
      rule(['impersonate'], core, 'serviceaccounts'),
      rule(writeVerbs, core, 'pods', ...execution),
      rule(['create'], core, 'pods/eviction'),
      rule(
        writeVerbs,
        core,
        'configmaps',
        'persistentvolumeclaims',
        'replicationcontrollers',
        'replicationcontrollers/scale',
        'secrets',
        'serviceaccounts',
        'services',
        'services/proxy',
      ),
      rule(['create'], core, 'serviceaccounts/token'),
      eventRule(writeVerbs),
      rule(writeVerbs, 'apps', ...[...workloads, 'deployments/rollback', ...scales].toSorted()),
      rule(writeVerbs, 'autoscaling', 'horizontalpodautoscalers'),
      rule(writeVerbs, 'batch', 'cronjobs', 'jobs'),
      rule(writeVerbs, 'extensions', ...[...oldWorkloads, 'deployments/rollback', ...oldScales].toSorted()),
      rule(writeVerbs, 'policy', 'poddisruptionbudgets'),
      rule(writeVerbs, 'networking.k8s.io', 'ingresses', 'networkpolicies'),
      rule([...readVerbs, ...writeVerbs].toSorted(), 'coordination.k8s.io', 'leases'),
      rule(writeVerbs, 'resource.k8s.io', ...claims),
    ],
  },
  {
    name: 'system:aggregate-to-view',
    labels: aggregationLabel('view'),
    rules: [
      rule(
        readVerbs,
        core,
        'configmaps',
        'endpoints',
        'persistentvolumeclaims',
        'persistentvolumeclaims/status',
        'pods',
        'replicationcontrollers',
        'replicationcontrollers/scale',
        'serviceaccounts',
        'services',
        'services/status',
      ),
      rule(
        readVerbs,
        core,
        'bindings',
        'limitranges',
        'namespaces/status',
        'pods/log',
        'pods/status',
        'replicationcontrollers/status',
        'resourcequotas',
        'resourcequotas/status',
      ),
      rule(readVerbs, core, 'namespaces'),
      eventRule(readVerbs),
      rule(readVerbs, 'discovery.k8s.io', 'endpointslices'),
      rule(
        readVerbs,
        'apps',
        ...[
          'controllerrevisions',
          ...workloads,
          ...scales,
          ...workloads.map((plural) => `${plural}/status`),
        ].toSorted(),
      ),
      rule(readVerbs, 'autoscaling', 'horizontalpodautoscalers', 'horizontalpodautoscalers/status'),
      rule(readVerbs, 'batch', 'cronjobs', 'cronjobs/status', 'jobs', 'jobs/status'),
      rule(
        readVerbs,
        'extensions',
        ...[
          ...oldWorkloads,
          ...oldScales,
          ...['daemonsets', 'deployments', 'ingresses', 'replicasets'].map((plural) => `${plural}/status`),
        ].toSorted(),
      ),
      rule(readVerbs, 'policy', 'poddisruptionbudgets', 'poddisruptionbudgets/status'),
      rule(readVerbs, 'networking.k8s.io', 'ingresses', 'ingresses/status', 'networkpolicies'),
      rule(readVerbs, 'resource.k8s.io', 'resourceclaims', 'resourceclaims/status', 'resourceclaimtemplates'),
    ],
  },
];

const approvers: readonly DefaultRole[] = [
  'kube-apiserver-client',
  'kube-apiserver-client-kubelet',
  'kubelet-serving',
  'legacy-unknown',
].map((signer) => ({
  name: `system:certificates.k8s.io:${signer}-approver`,
  rules: [{ ...rule(['approve'], certificates, 'signers'), resourceNames: [`kubernetes.io/${signer}`] }],
}));

/**
 * The ClusterRoles of kube-apiserver (`rbac/bootstrappolicy`), without those for programs that do not run here: kubelets,
 * the scheduler, controllers of kube-controller-manager, which have rights of their own.
 */
export const defaultRoles: readonly DefaultRole[] = [
  {
    name: 'cluster-admin',
    rules: [rule(['*'], '*', '*'), { verbs: ['*'], nonResourceURLs: ['*'] }],
  },
  ...peopleRoles,
  {
    name: 'system:discovery',
    rules: [
      paths(
        '/api',
        '/api/*',
        '/apis',
        '/apis/*',
        '/healthz',
        '/livez',
        '/openapi',
        '/openapi/*',
        '/readyz',
        '/version',
        '/version/',
      ),
    ],
  },
  {
    name: 'system:basic-user',
    rules: [
      rule(['create'], authorization, 'selfsubjectaccessreviews', 'selfsubjectrulesreviews'),
      rule(['create'], authentication, 'selfsubjectreviews'),
    ],
  },
  // Says nothing about what may be written: each item of a transaction is authorized like a write of its own.
  { name: 'planform:transactions', rules: [rule(['create'], 'kernel.planform.dev', 'transactions')] },
  { name: 'system:public-info-viewer', rules: [paths('/healthz', '/livez', '/readyz', '/version', '/version/')] },
  {
    name: 'system:monitoring',
    rules: [
      paths(
        '/flagz',
        '/healthz',
        '/healthz/*',
        '/livez',
        '/livez/*',
        '/metrics',
        '/metrics/slis',
        '/readyz',
        '/readyz/*',
        '/statusz',
      ),
      rule(['get'], '', 'nodes/metrics'),
    ],
  },
  {
    name: 'system:service-account-issuer-discovery',
    rules: [paths('/.well-known/openid-configuration', '/openid/v1/jwks')],
  },
  {
    name: 'system:auth-delegator',
    rules: [rule(['create'], authentication, 'tokenreviews'), rule(['create'], authorization, 'subjectaccessreviews')],
  },
  ...approvers,
];

function group(name: string): Subject {
  return { apiGroup: rbac, kind: 'Group', name };
}

/** The ClusterRoleBindings of kube-apiserver to those roles. */
export const defaultBindings: readonly DefaultBinding[] = [
  { name: 'cluster-admin', subjects: [group('system:masters')] },
  { name: 'system:discovery', subjects: [group('system:authenticated')] },
  { name: 'system:basic-user', subjects: [group('system:authenticated')] },
  { name: 'planform:transactions', subjects: [group('system:authenticated')] },
  {
    name: 'system:public-info-viewer',
    subjects: [group('system:authenticated'), group('system:unauthenticated')],
  },
  { name: 'system:monitoring', subjects: [group('system:monitoring')] },
  { name: 'system:service-account-issuer-discovery', subjects: [group('system:serviceaccounts')] },
];
