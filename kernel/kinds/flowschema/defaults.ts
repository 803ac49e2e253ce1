import type {
  FlowcontrolV1Subject as Subject,
  FlowSchemaSpec,
  NonResourcePolicyRule,
  ResourcePolicyRule,
} from '../../schema/standard/types.ts';

/** A FlowSchema every server has. */
export interface DefaultFlowSchema {
  readonly name: string;
  readonly spec: FlowSchemaSpec;
}

const group = (name: string): Subject => ({ kind: 'Group', group: { name } });
const user = (name: string): Subject => ({ kind: 'User', user: { name } });
const account = (name: string): Subject => ({
  kind: 'ServiceAccount',
  serviceAccount: { namespace: 'kube-system', name },
});

const everyone = [group('system:unauthenticated'), group('system:authenticated')];
const anyResource: ResourcePolicyRule = {
  verbs: ['*'],
  apiGroups: ['*'],
  resources: ['*'],
  clusterScope: true,
  namespaces: ['*'],
};
const anyPath: NonResourcePolicyRule = { verbs: ['*'], nonResourceURLs: ['*'] };

interface Way {
  readonly level: string;
  readonly precedence: number;
  /** What makes a flow; absent: all requests are one. */
  readonly by?: 'ByUser' | 'ByNamespace';
}

/** A schema for everything these subjects ask for. */
function forAll({ level, precedence, by }: Way, subjects: readonly Subject[]): FlowSchemaSpec {
  return forSome({ level, precedence, ...(by === undefined ? {} : { by }) }, subjects, [anyResource], [anyPath]);
}

function forSome(
  { level, precedence, by }: Way,
  subjects: readonly Subject[],
  resourceRules: readonly ResourcePolicyRule[],
  nonResourceRules: readonly NonResourcePolicyRule[] = [],
): FlowSchemaSpec {
  const rule = {
    subjects,
    ...(resourceRules.length === 0 ? {} : { resourceRules }),
    ...(nonResourceRules.length === 0 ? {} : { nonResourceRules }),
  };
  return {
    priorityLevelConfiguration: { name: level },
    matchingPrecedence: precedence,
    ...(by === undefined ? {} : { distinguisherMethod: { type: by } }),
    rules: [rule],
  };
}

/** Schemas whose content is fixed (Kubernetes apiserver `flowcontrol/bootstrap`): one for masters, one for the rest. */
export const mandatoryFlowSchemas: readonly DefaultFlowSchema[] = [
  { name: 'exempt', spec: forAll({ level: 'exempt', precedence: 1 }, [group('system:masters')]) },
  { name: 'catch-all', spec: forAll({ level: 'catch-all', precedence: 10_000, by: 'ByUser' }, everyone) },
];

const leases: ResourcePolicyRule = {
  verbs: ['get', 'create', 'update'],
  apiGroups: ['coordination.k8s.io'],
  resources: ['leases'],
  namespaces: ['*'],
};

/** Schemas people may change or delete, as upstream suggests them. */
export const suggestedFlowSchemas: readonly DefaultFlowSchema[] = [
  {
    name: 'probes',
    spec: forSome(
      { level: 'exempt', precedence: 2 },
      everyone,
      [],
      [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
    ),
  },
  {
    name: 'system-leader-election',
    spec: forSome(
      { level: 'leader-election', precedence: 100, by: 'ByUser' },
      [user('system:kube-controller-manager'), user('system:kube-scheduler'), account('*')],
      [leases],
    ),
  },
  {
    name: 'endpoint-controller',
    spec: forSome(
      { level: 'workload-high', precedence: 150, by: 'ByUser' },
      [
        user('system:kube-controller-manager'),
        account('endpoint-controller'),
        account('endpointslicemirroring-controller'),
      ],
      [{ verbs: ['get', 'create', 'update'], apiGroups: [''], resources: ['endpoints'], namespaces: ['*'] }],
    ),
  },
  {
    name: 'workload-leader-election',
    spec: forSome({ level: 'leader-election', precedence: 200, by: 'ByUser' }, [account('*')], [leases]),
  },
  {
    name: 'system-node-high',
    spec: forSome(
      { level: 'node-high', precedence: 400, by: 'ByUser' },
      [group('system:nodes')],
      [
        { verbs: ['*'], apiGroups: [''], resources: ['nodes', 'nodes/status'], clusterScope: true, namespaces: ['*'] },
        { verbs: ['*'], apiGroups: ['coordination.k8s.io'], resources: ['leases'], namespaces: ['*'] },
      ],
    ),
  },
  {
    name: 'system-nodes',
    spec: forAll({ level: 'system', precedence: 500, by: 'ByUser' }, [group('system:nodes')]),
  },
  {
    name: 'kube-controller-manager',
    spec: forAll({ level: 'workload-high', precedence: 800, by: 'ByNamespace' }, [
      user('system:kube-controller-manager'),
    ]),
  },
  {
    name: 'kube-scheduler',
    spec: forAll({ level: 'workload-high', precedence: 800, by: 'ByNamespace' }, [user('system:kube-scheduler')]),
  },
  {
    name: 'kube-system-service-accounts',
    spec: forAll({ level: 'workload-high', precedence: 900, by: 'ByNamespace' }, [account('*')]),
  },
  {
    name: 'service-accounts',
    spec: forAll({ level: 'workload-low', precedence: 9000, by: 'ByUser' }, [group('system:serviceaccounts')]),
  },
  {
    name: 'global-default',
    spec: forAll({ level: 'global-default', precedence: 9900, by: 'ByUser' }, everyone),
  },
];
