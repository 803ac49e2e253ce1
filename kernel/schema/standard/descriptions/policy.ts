import type { Descriptions } from './text.ts';

const namespaceSelector = 'Namespaces whose objects it is about. Default: all.';
const objectSelector = 'Objects it is about, by the labels of the object before or after the write. Default: all.';
const failurePolicy = 'What happens to requests when it cannot be asked: Fail (default) or Ignore.';
const matchPolicy =
  'Equivalent (default): requests in other versions count too. Exact: only the versions that are named.';
const matchConditions = 'Expressions that must hold as well; at most 64.';
const webhook = {
  name: 'Name of at least three segments: teams.policy.example.com.',
  clientConfig: 'Where it is: a url, or a service.',
  rules: 'Requests it is about.',
  failurePolicy,
  matchPolicy,
  namespaceSelector,
  objectSelector,
  sideEffects: 'None or NoneOnDryRun: requests that are only tried must change nothing elsewhere.',
  timeoutSeconds: 'Seconds it may take, 1 to 30. Default 10.',
  admissionReviewVersions: 'Versions of AdmissionReview it takes, most preferred first: v1.',
  matchConditions,
};

/** Admission, quota, priorities, fairness, and kinds of one's own. */
export const policyDescriptions: Descriptions = {
  'core/v1.ResourceQuota': {
    '': 'How much a namespace may use in all.',
    spec: 'The bounds.',
    status: 'What is used of them.',
  },
  'core/v1.ResourceQuotaSpec': {
    '': 'The bounds.',
    hard: 'Resource → amount: requests.cpu, limits.memory, pods, count/deployments.apps.',
    scopes: 'Pods that count: Terminating, BestEffort and so on. Default: all. Cannot be changed.',
    scopeSelector: 'Pods that count, by scope and value.',
  },
  'core/v1.ResourceQuotaStatus': {
    '': 'What is used of a quota.',
    hard: 'The bounds that count now.',
    used: 'What is used of them.',
  },
  'core/v1.LimitRange': {
    '': 'Bounds and defaults for what single pods, containers and claims of a namespace may use.',
    spec: 'The bounds.',
  },
  'core/v1.LimitRangeSpec': { '': 'The bounds.', limits: 'One item for each type of thing.' },
  'core/v1.LimitRangeItem': {
    '': 'Bounds for one type of thing; for each resource min ≤ defaultRequest ≤ default ≤ max.',
    type: 'Container, Pod or PersistentVolumeClaim.',
    min: 'Least that may be requested.',
    max: 'Most that may be allowed.',
    default: 'Limit of containers that name none.',
    defaultRequest: 'Request of containers that name none.',
    maxLimitRequestRatio: 'Most times the limit may be of the request.',
  },
  'scheduling/v1.PriorityClass': {
    '': 'How important pods are, by name.',
    value: 'Higher is more important; up to 1,000,000,000. Cannot be changed.',
    globalDefault: 'Whether pods without a class get this one. Default false.',
    description: 'What it is for.',
    preemptionPolicy:
      'PreemptLowerPriority (default): less important pods make way. Never: they do not. Cannot be changed.',
  },
  'node/v1.RuntimeClass': {
    '': 'A way in which nodes run containers.',
    handler: 'What nodes call it. Cannot be changed.',
    overhead: 'What it uses itself, added to every pod.',
    scheduling: 'Nodes that have it.',
  },
  'admissionregistration/v1.ValidatingWebhookConfiguration': {
    '': 'Web servers that are asked about writes and may refuse them.',
    webhooks: 'The web servers.',
  },
  'admissionregistration/v1.MutatingWebhookConfiguration': {
    '': 'Web servers that are asked about writes and may change them.',
    webhooks: 'The web servers; asked one after the other.',
  },
  'admissionregistration/v1.ValidatingWebhook': { '': 'A web server that may refuse writes.', ...webhook },
  'admissionregistration/v1.MutatingWebhook': {
    '': 'A web server that may change what is written.',
    ...webhook,
    reinvocationPolicy: 'IfNeeded: asked again when others changed the object after it. Default Never.',
  },
  'admissionregistration/v1.RuleWithOperations': {
    '': 'Operations on resources.',
    operations: 'CREATE, UPDATE, DELETE, CONNECT, or *.',
    apiGroups: 'Groups of the resources; "" is the core group, * all.',
    apiVersions: 'Versions of the resources, or *.',
    resources: 'Plural names: pods, pods/status, pods/*, *, */*.',
    scope: 'Cluster, Namespaced or * (default).',
  },
  'admissionregistration/v1.ValidatingAdmissionPolicy': {
    '': 'Expressions that writes must satisfy. A binding says where it counts.',
    spec: 'The expressions.',
    status: 'What was found wrong with them.',
  },
  'admissionregistration/v1.ValidatingAdmissionPolicySpec': {
    '': 'Expressions that writes must satisfy.',
    paramKind: 'Kind of its parameters.',
    matchConstraints: 'Requests it is about.',
    validations: 'Expressions that must be true.',
    failurePolicy,
    auditAnnotations: 'What is written into the audit log.',
    matchConditions,
    variables: 'Expressions with names, for use in others as variables.<name>.',
  },
  'admissionregistration/v1.Validation': {
    '': 'One expression that must be true.',
    expression: 'In CEL, over object, oldObject, request, params, variables, namespaceObject and authorizer.',
    message: 'What is said when it is false; one line.',
    messageExpression: 'The same as an expression.',
    reason: 'Unauthorized, Forbidden, Invalid (default) or RequestEntityTooLarge.',
  },
  'admissionregistration/v1.ValidatingAdmissionPolicyBinding': {
    '': 'Where a ValidatingAdmissionPolicy counts, and with which parameters.',
    spec: 'Where and how.',
  },
  'admissionregistration/v1.ValidatingAdmissionPolicyBindingSpec': {
    '': 'Where a policy counts.',
    policyName: 'The policy.',
    paramRef: 'Its parameters.',
    matchResources: 'Requests of the policy it counts for. Default: all of them.',
    validationActions: 'Deny, Warn and Audit; not Deny together with Warn.',
  },
  'admissionregistration/v1.MutatingAdmissionPolicy': {
    '': 'Expressions that change what is written. A binding says where it counts.',
    spec: 'The expressions.',
  },
  'admissionregistration/v1.MutatingAdmissionPolicySpec': {
    '': 'Expressions that change what is written.',
    paramKind: 'Kind of its parameters.',
    matchConstraints: 'Requests it is about.',
    variables: 'Expressions with names, for use in others as variables.<name>.',
    mutations: 'The changes, one after the other.',
    failurePolicy,
    matchConditions,
    reinvocationPolicy: 'IfNeeded: evaluated again when others changed the object after it. Never: once.',
  },
  'admissionregistration/v1.MutatingAdmissionPolicyBinding': {
    '': 'Where a MutatingAdmissionPolicy counts, and with which parameters.',
    spec: 'Where.',
  },
  'admissionregistration/v1.MatchResources': {
    '': 'Requests a policy is about.',
    namespaceSelector,
    objectSelector,
    resourceRules: 'Operations on resources.',
    excludeResourceRules: 'Operations on resources it is not about after all.',
    matchPolicy,
  },
  'apiextensions/v1.CustomResourceDefinition': {
    '': 'A kind of your own: its objects are served like those of any other.',
    spec: 'Its names, versions and schemas.',
    status: 'Whether it is served.',
  },
  'apiextensions/v1.CustomResourceDefinitionSpec': {
    '': 'What a kind is called and what its objects look like.',
    group: 'Group of the kind; the object is called <plural>.<group>. Cannot be changed.',
    names: 'Plural, singular, kind, short names and categories.',
    scope: 'Namespaced or Cluster. Cannot be changed.',
    versions: 'Versions of the kind; one of them is stored.',
    conversion: 'How objects change between versions: None (default) or Webhook.',
    preserveUnknownFields: 'Must be false.',
  },
  'apiextensions/v1.CustomResourceDefinitionVersion': {
    '': 'One version of a kind.',
    name: 'v1, v1beta1 and so on.',
    served: 'Whether clients may use it.',
    storage: 'Whether objects are stored in it; true for one version.',
    schema: 'What objects look like.',
    subresources: 'Whether there are /status and /scale.',
    additionalPrinterColumns: 'Columns of kubectl get.',
    selectableFields: 'Fields field selectors may name.',
    deprecated: 'Whether clients are warned.',
    deprecationWarning: 'The warning.',
  },
  'flowcontrol/v1.FlowSchema': {
    '': 'Which requests go to which priority level.',
    spec: 'The requests and the level.',
    status: 'Whether the level is there.',
  },
  'flowcontrol/v1.FlowSchemaSpec': {
    '': 'The requests and the level.',
    priorityLevelConfiguration: 'The level.',
    matchingPrecedence: 'Schemas with lower numbers are looked at first, 1 to 10000. Default 1000.',
    distinguisherMethod: 'What makes a flow: ByUser or ByNamespace. Default: all requests are one.',
    rules: 'Who asks for what; one that fits suffices.',
  },
  'flowcontrol/v1.PriorityLevelConfiguration': {
    '': 'A share of the server for some requests.',
    spec: 'The share.',
    status: 'What was last seen.',
  },
  'flowcontrol/v1.PriorityLevelConfigurationSpec': {
    '': 'The share.',
    type: 'Limited, or Exempt: no bounds.',
    limited: 'Bounds of limited levels.',
    exempt: 'Share that exempt requests count with.',
  },
  'flowcontrol/v1.LimitedPriorityLevelConfiguration': {
    '': 'How many requests may run at the same time.',
    nominalConcurrencyShares: 'Its share, compared to that of others. Default 30.',
    limitResponse: 'What becomes of further requests.',
    lendablePercent: 'Part of the share that others may use. Default 0.',
    borrowingLimitPercent: 'Most it may use of others, as a part of its own share. Default: no bound.',
  },
};
