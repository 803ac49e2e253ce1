import type { Descriptions } from './text.ts';

const shares = 'Its share of the requests that run at the same time, compared to that of others.';
const lendable = 'Part of the share others may use while it is free, 0 to 100 percent. Default 0.';
const verbs = 'What is done, in lower case; * for everything.';

/** flowcontrol.apiserver.k8s.io. */
export const flowcontrolDescriptions: Descriptions = {
  'flowcontrol/v1.FlowSchema': {
    '': 'Which requests go to which priority level.',
    spec: 'Which requests, and which level.',
    status: 'Whether the level is there.',
  },
  'flowcontrol/v1.FlowSchemaSpec': {
    '': 'Which requests go to which priority level.',
    priorityLevelConfiguration: 'The level the requests go to. It must exist.',
    matchingPrecedence: 'Schemas with lower numbers are looked at first, 1 to 10000. Default 1000.',
    distinguisherMethod: 'What makes a flow: ByUser or ByNamespace. Default: all requests are one.',
    rules: 'Who asks for what; one that fits suffices.',
  },
  'flowcontrol/v1.PriorityLevelConfigurationReference': {
    '': 'The priority level of a schema.',
    name: 'Name of the PriorityLevelConfiguration.',
  },
  'flowcontrol/v1.FlowDistinguisherMethod': {
    '': 'What makes requests one flow.',
    type: 'ByUser: those of one user; ByNamespace: those for one namespace.',
  },
  'flowcontrol/v1.PolicyRulesWithSubjects': {
    '': 'Who asks for what. A request fits if one subject and one rule do.',
    subjects: 'Who asks; at least one.',
    resourceRules: 'What is done to resources. This or nonResourceRules is set.',
    nonResourceRules: 'What is done to other paths. This or resourceRules is set.',
  },
  'flowcontrol/v1.Subject': {
    '': 'A user, a group or a ServiceAccount.',
    kind: 'Which of the other fields is set: User, Group or ServiceAccount.',
    user: 'The user who asks.',
    group: 'The group whoever asks is in.',
    serviceAccount: 'The ServiceAccount that asks.',
  },
  'flowcontrol/v1.UserSubject': { '': 'A user who asks.', name: 'Name of the user; * for all.' },
  'flowcontrol/v1.GroupSubject': {
    '': 'A group whoever asks is in.',
    name: 'Name of the group; * for all.',
  },
  'flowcontrol/v1.ServiceAccountSubject': {
    '': 'A ServiceAccount that asks.',
    namespace: 'Namespace of the ServiceAccount.',
    name: 'Name of the ServiceAccount; * for all of the namespace.',
  },
  'flowcontrol/v1.ResourcePolicyRule': {
    '': 'Something done to resources.',
    verbs,
    apiGroups: 'Groups of the resources; "" is the core group, * all.',
    resources: 'Plural names, with subresources as nodes/status; * for all.',
    clusterScope: 'Whether requests without a namespace fit. Default false.',
    namespaces: 'Namespaces that fit; * for all. Needed unless clusterScope is true.',
  },
  'flowcontrol/v1.NonResourcePolicyRule': {
    '': 'Something done to paths that are no resources.',
    verbs,
    nonResourceURLs: 'Paths such as /healthz; a trailing /* stands for everything below, * alone for all.',
  },
  'flowcontrol/v1.FlowSchemaStatus': {
    '': 'Whether the level of a schema is there.',
    conditions: 'Latest observations, such as Dangling.',
  },
  'flowcontrol/v1.FlowSchemaCondition': {
    '': 'One observation of a schema.',
    type: 'Dangling: the priority level does not exist.',
  },
  'flowcontrol/v1.PriorityLevelConfiguration': {
    '': 'A share of the server for some requests.',
    spec: 'How large the share is, and what becomes of requests beyond it.',
    status: 'What was last seen of the level.',
  },
  'flowcontrol/v1.PriorityLevelConfigurationSpec': {
    '': 'How large a share is, and what becomes of requests beyond it.',
    type: 'Limited: there are bounds; Exempt: requests run at once.',
    limited: 'Bounds of the level, for the type Limited only.',
    exempt: 'Share that exempt requests count with, for the type Exempt only.',
  },
  'flowcontrol/v1.LimitedPriorityLevelConfiguration': {
    '': 'How many requests may run at the same time.',
    nominalConcurrencyShares: `${shares} Default 30.`,
    limitResponse: 'What becomes of further requests.',
    lendablePercent: lendable,
    borrowingLimitPercent: 'Most it may use of others, as a part of its own share, in percent. Default: no bound.',
  },
  'flowcontrol/v1.ExemptPriorityLevelConfiguration': {
    '': 'Share that exempt requests count with. It does not bound them.',
    nominalConcurrencyShares: `${shares} Default 0.`,
    lendablePercent: lendable,
  },
  'flowcontrol/v1.LimitResponse': {
    '': 'What becomes of requests beyond the bounds.',
    type: 'Queue: they wait; Reject: they get 429 Too Many Requests.',
    queuing: 'How they wait, for the type Queue only.',
  },
  'flowcontrol/v1.QueuingConfiguration': {
    '': 'How requests wait. Each flow has a few of the queues, so that one flow cannot fill all.',
    queues: 'Number of queues, 1 to 10000000. Default 64.',
    handSize: 'Queues each flow has; not above queues. Default 8.',
    queueLengthLimit: 'Most requests in a queue; further ones are refused. Default 50.',
  },
  'flowcontrol/v1.PriorityLevelConfigurationStatus': {
    '': 'What was last seen of a level.',
    conditions: 'Latest observations of the state of the level.',
  },
  'flowcontrol/v1.PriorityLevelConfigurationCondition': { '': 'One observation of a level.' },
};
