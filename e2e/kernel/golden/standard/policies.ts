import type { Sequence } from '../conversation.ts';
import { askAbout, type KindCase } from './cases.ts';
import { inGroup } from './places.ts';

const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'small' };
const cpu = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } };

const autoscalerCase: KindCase = {
  path: `${inGroup('autoscaling', 'v2')}/horizontalpodautoscalers`,
  object: {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'small' },
    spec: { scaleTargetRef, maxReplicas: 3 },
  },
  right: [
    { 'spec/metrics': [cpu], 'spec/minReplicas': 2 },
    {
      'spec/metrics': [
        { type: 'Pods', pods: { metric: { name: 'a' }, target: { type: 'AverageValue', averageValue: '5' } } },
      ],
    },
    { 'spec/behavior': { scaleDown: { stabilizationWindowSeconds: 5 } } },
    { 'spec/behavior': { scaleUp: { policies: [{ type: 'Pods', value: 1, periodSeconds: 5 }] } } },
  ],
  wrong: [
    { spec: undefined },
    { 'spec/maxReplicas': undefined },
    { 'spec/maxReplicas': 0 },
    { 'spec/minReplicas': 5 },
    { 'spec/minReplicas': 0 },
    { 'spec/scaleTargetRef': {} },
    { 'spec/scaleTargetRef': { kind: 'A/B', name: 'c/d' } },
    { 'spec/metrics': [{}] },
    { 'spec/metrics': [{ type: 'Wrong' }] },
    { 'spec/metrics': [{ type: 'Resource' }] },
    { 'spec/metrics': [{ type: 'Resource', resource: { name: '', target: { type: 'Utilization' } } }] },
    {
      'spec/metrics': [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Wrong', averageUtilization: 0 } } },
      ],
    },
    {
      'spec/metrics': [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'AverageValue', averageValue: '-1' } } },
      ],
    },
    {
      'spec/metrics': [
        { ...cpu, pods: { metric: { name: 'a' }, target: { type: 'AverageValue', averageValue: '1' } } },
      ],
    },
    { 'spec/metrics': [{ type: 'External', external: { metric: {}, target: { type: 'Value' } } }] },
    { 'spec/metrics': [{ type: 'Object', object: { metric: { name: 'a' }, target: { type: 'Value', value: '1' } } }] },
    { 'spec/behavior': { scaleUp: { stabilizationWindowSeconds: 5000, policies: [] } } },
    {
      'spec/behavior': {
        scaleUp: { selectPolicy: 'Wrong', policies: [{ type: 'Wrong', value: 0, periodSeconds: 0 }] },
      },
    },
  ],
  changes: [{ spec: { maxReplicas: 5 } }, { spec: { minReplicas: 9 } }],
};

const oldAutoscalerCase: KindCase = {
  path: `${inGroup('autoscaling')}/horizontalpodautoscalers`,
  object: {
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'old' },
    spec: { scaleTargetRef, maxReplicas: 3, targetCPUUtilizationPercentage: 50 },
  },
  right: [{ 'spec/targetCPUUtilizationPercentage': undefined }],
  wrong: [{ 'spec/maxReplicas': 0 }, { 'spec/targetCPUUtilizationPercentage': 0 }, { 'spec/minReplicas': 5 }],
};

const disruptionBudgetCase: KindCase = {
  path: `${inGroup('policy')}/poddisruptionbudgets`,
  object: {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'small' },
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'small' } } },
  },
  right: [
    { 'spec/minAvailable': '50%' },
    { 'spec/minAvailable': undefined, 'spec/maxUnavailable': 1 },
    { spec: undefined },
    { 'spec/unhealthyPodEvictionPolicy': 'AlwaysAllow' },
  ],
  wrong: [
    { 'spec/maxUnavailable': 1 },
    { 'spec/minAvailable': -1 },
    { 'spec/minAvailable': '101%' },
    { 'spec/minAvailable': 'much' },
    { 'spec/selector': { matchLabels: { 'a b': 'c' } } },
    { 'spec/unhealthyPodEvictionPolicy': 'Wrong' },
  ],
  changes: [{ spec: { minAvailable: 2 } }, { spec: { selector: { matchLabels: { app: 'other' } } } }],
};

const priorityClassCase: KindCase = {
  path: '/apis/scheduling.k8s.io/v1/priorityclasses',
  object: { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'small' }, value: 10 },
  right: [{ preemptionPolicy: 'Never', description: 'a' }, { value: undefined }],
  wrong: [
    { value: 2_000_000_000 },
    { 'metadata/name': 'system-own' },
    { preemptionPolicy: 'Wrong' },
    { value: 'high' },
    { 'metadata/name': 'UPPER' },
  ],
  changes: [{ value: 11 }, { preemptionPolicy: 'Never' }, { description: 'b' }, { globalDefault: true }],
};

const runtimeClassCase: KindCase = {
  path: '/apis/node.k8s.io/v1/runtimeclasses',
  object: { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: 'small' }, handler: 'runc' },
  right: [
    {
      overhead: { podFixed: { cpu: '100m' } },
      scheduling: { nodeSelector: { a: 'b' }, tolerations: [{ key: 'a', operator: 'Exists' }] },
    },
  ],
  wrong: [
    { handler: undefined },
    { handler: 'A B' },
    { overhead: { podFixed: { cpu: '-1' } } },
    { scheduling: { nodeSelector: { 'a b': 'c' } } },
    {
      scheduling: {
        tolerations: [
          { key: 'a', operator: 'Exists' },
          { key: 'a', operator: 'Exists' },
        ],
      },
    },
  ],
  changes: [{ handler: 'other' }],
};

const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }];
const roleCase: KindCase = {
  path: `${inGroup('rbac.authorization.k8s.io')}/roles`,
  object: { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'small' }, rules },
  right: [{ rules: undefined }, { rules: [] }, { 'metadata/name': 'system:a:b' }],
  wrong: [
    { rules: [{}] },
    { rules: [{ verbs: ['get'] }] },
    { rules: [{ apiGroups: [''], verbs: ['get'] }] },
    { rules: [{ resources: ['pods'], verbs: ['get'] }] },
    { rules: [{ apiGroups: [''], resources: ['pods'] }] },
    { rules: [{ nonResourceURLs: ['/a'], verbs: ['get'] }] },
    { rules: [{ apiGroups: [''], resources: ['pods'], nonResourceURLs: ['/a'], verbs: ['get'] }] },
    { 'metadata/name': 'a/b' },
    { 'metadata/name': '..' },
  ],
  changes: [{ rules: [{}] }, { rules: null }],
};

const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'small' };
const bindingCase: KindCase = {
  path: `${inGroup('rbac.authorization.k8s.io')}/rolebindings`,
  object: {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'small' },
    roleRef,
    subjects: [{ kind: 'User', name: 'ann' }],
  },
  right: [
    { subjects: undefined },
    { 'subjects/1': { kind: 'ServiceAccount', name: 'a', namespace: 'b' }, 'subjects/2': { kind: 'Group', name: 'g' } },
    { roleRef: { kind: 'ClusterRole', name: 'view' } },
  ],
  wrong: [
    { roleRef: undefined },
    { roleRef: {} },
    { 'roleRef/kind': 'Wrong' },
    { 'roleRef/apiGroup': 'wrong' },
    { 'roleRef/name': '' },
    { subjects: [{}] },
    { subjects: [{ kind: 'Wrong', name: 'a' }] },
    { subjects: [{ kind: 'ServiceAccount', name: 'a' }] },
    { subjects: [{ kind: 'ServiceAccount', name: 'A B', namespace: 'b', apiGroup: 'x' }] },
    { subjects: [{ kind: 'User', name: '', apiGroup: 'wrong' }] },
    { subjects: [{ kind: 'Group', apiGroup: 'wrong' }] },
  ],
  changes: [{ roleRef: { name: 'other' } }, { subjects: null }],
};

const clusterRoleCase: KindCase = {
  path: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  object: { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'small' }, rules },
  right: [
    { rules: [{ nonResourceURLs: ['/healthz'], verbs: ['get'] }] },
    { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] }, rules: undefined },
  ],
  wrong: [
    { rules: [{}] },
    { aggregationRule: {} },
    { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { 'a b': 'c' } }] } },
    { rules: [{ nonResourceURLs: ['/a'], resources: ['pods'], apiGroups: [''], verbs: ['get'] }] },
  ],
};

const clusterBindingCase: KindCase = {
  path: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
  object: {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'small' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'small' },
    subjects: [
      { kind: 'Group', name: 'g' },
      { kind: 'ServiceAccount', name: 'a', namespace: 'b' },
    ],
  },
  wrong: [{ 'roleRef/kind': 'Role' }, { subjects: [{ kind: 'ServiceAccount', name: 'a' }] }],
  changes: [{ roleRef: { name: 'other' } }],
};

const request =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIUE1IY0NBUUF3RlRFVE1CRUdBMVVFQXd3S2MyMWhiR3dLTFhWelpYSXdXVEFUQmdjcWhrak9QUUlCQmdncQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K';
const signingCase: KindCase = {
  path: '/apis/certificates.k8s.io/v1/certificatesigningrequests',
  object: {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: 'small' },
    spec: { request, signerName: 'example.com/own', usages: ['client auth'] },
  },
  wrong: [
    { spec: undefined },
    { 'spec/request': undefined },
    { 'spec/request': 'YWJj' },
    { 'spec/signerName': undefined },
    { 'spec/signerName': 'plain' },
    { 'spec/usages': undefined },
    { 'spec/usages': ['wrong', 'client auth', 'client auth'] },
    { 'spec/expirationSeconds': 5 },
  ],
};

const webhook = {
  name: 'a.example.com',
  clientConfig: { url: 'https://example.com/a' },
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  rules: [{ operations: ['CREATE'], apiGroups: ['nothing.example.com'], apiVersions: ['v1'], resources: ['nothings'] }],
};
const wrongWebhooks = [
  { webhooks: [{}] },
  { 'webhooks/0/name': 'plain' },
  { 'webhooks/0/clientConfig': {} },
  { 'webhooks/0/clientConfig': { url: 'http://a' } },
  { 'webhooks/0/clientConfig': { url: 'https://user:pass@a/b?c#d' } },
  { 'webhooks/0/clientConfig': { service: {} } },
  { 'webhooks/0/clientConfig': { service: { name: 'a', namespace: 'b', path: 'c', port: 0 } } },
  { 'webhooks/0/clientConfig': { url: 'https://a', service: { name: 'a', namespace: 'b' } } },
  { 'webhooks/0/sideEffects': 'Some' },
  { 'webhooks/0/sideEffects': undefined },
  { 'webhooks/0/admissionReviewVersions': undefined },
  { 'webhooks/0/admissionReviewVersions': ['v2'] },
  { 'webhooks/0/admissionReviewVersions': ['v1', 'v1', 'V 1'] },
  { 'webhooks/0/timeoutSeconds': 31 },
  { 'webhooks/0/timeoutSeconds': 0 },
  { 'webhooks/0/failurePolicy': 'Wrong' },
  { 'webhooks/0/matchPolicy': 'Wrong' },
  { 'webhooks/0/rules': [{}] },
  {
    'webhooks/0/rules': [
      { operations: ['WRONG'], apiGroups: ['*', 'a'], apiVersions: [''], resources: ['*', 'a'], scope: 'Wrong' },
    ],
  },
  { 'webhooks/0/namespaceSelector': { matchLabels: { 'a b': 'c' } } },
  { 'webhooks/0/matchConditions': [{ name: 'a', expression: '1' }] },
  { 'webhooks/0/matchConditions': [{ name: '', expression: '' }] },
  {
    'webhooks/0/matchConditions': [
      { name: 'a', expression: 'true' },
      { name: 'a', expression: 'nothing.x' },
    ],
  },
  { 'webhooks/1': webhook },
];

const validatingWebhookCase: KindCase = {
  path: '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations',
  object: {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'small' },
    webhooks: [webhook],
  },
  right: [{ webhooks: undefined }, { 'webhooks/0/clientConfig': { service: { name: 'a', namespace: 'b' } } }],
  wrong: wrongWebhooks,
};

const mutatingWebhookCase: KindCase = {
  path: '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
  object: {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'small' },
    webhooks: [webhook],
  },
  wrong: [{ 'webhooks/0/reinvocationPolicy': 'Wrong' }, { 'webhooks/0/name': 'plain' }],
};

const matchConstraints = {
  resourceRules: [
    { operations: ['CREATE'], apiGroups: ['nothing.example.com'], apiVersions: ['v1'], resources: ['nothings'] },
  ],
};
const policyCase: KindCase = {
  path: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies',
  object: {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'small' },
    spec: { matchConstraints, validations: [{ expression: 'object.a == 1' }] },
  },
  right: [
    {
      'spec/variables': [{ name: 'a', expression: 'object.b' }],
      'spec/validations/0': { expression: 'variables.a == 1', messageExpression: "'no'", reason: 'Forbidden' },
    },
    { 'spec/auditAnnotations': [{ key: 'a', valueExpression: "'b'" }] },
  ],
  wrong: [
    { spec: undefined },
    { spec: {} },
    { 'spec/matchConstraints': undefined },
    { 'spec/validations': [] },
    { 'spec/validations': [{}] },
    { 'spec/validations': [{ expression: 'object.' }] },
    { 'spec/validations': [{ expression: '1' }] },
    { 'spec/validations': [{ expression: 'nothing' }] },
    { 'spec/validations': [{ expression: 'true', message: 'a\nb' }] },
    { 'spec/validations': [{ expression: 'true', messageExpression: '1' }] },
    { 'spec/validations': [{ expression: 'true', reason: 'Wrong' }] },
    { 'spec/failurePolicy': 'Wrong' },
    { 'spec/paramKind': {} },
    { 'spec/paramKind': { apiVersion: 'a/b/c', kind: 'A B' } },
    { 'spec/matchConditions': [{ name: 'a b', expression: 'object' }] },
    { 'spec/variables': [{ name: '1a', expression: '' }] },
    { 'spec/auditAnnotations': [{ key: 'a b', valueExpression: '1' }] },
  ],
};

const policyBindingCase: KindCase = {
  path: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings',
  object: {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: 'small' },
    spec: { policyName: 'small', validationActions: ['Deny'] },
  },
  wrong: [
    { spec: undefined },
    { 'spec/policyName': undefined },
    { 'spec/validationActions': undefined },
    { 'spec/validationActions': ['Wrong'] },
    { 'spec/validationActions': ['Deny', 'Warn'] },
    { 'spec/validationActions': ['Deny', 'Deny'] },
    { 'spec/paramRef': {} },
    { 'spec/paramRef': { name: 'a', selector: {} } },
    { 'spec/matchResources': { matchPolicy: 'Wrong' } },
  ],
};

const mutatingPolicyCase: KindCase = {
  path: '/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies',
  object: {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingAdmissionPolicy',
    metadata: { name: 'small' },
    spec: {
      matchConstraints,
      reinvocationPolicy: 'Never',
      mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: '[JSONPatch{op: "remove", path: "/a"}]' } }],
    },
  },
  wrong: [
    { spec: undefined },
    { 'spec/mutations': [] },
    { 'spec/mutations': [{}] },
    { 'spec/mutations': [{ patchType: 'Wrong' }] },
    { 'spec/mutations': [{ patchType: 'JSONPatch', jsonPatch: { expression: '1' } }] },
    { 'spec/reinvocationPolicy': undefined },
    { 'spec/reinvocationPolicy': 'Wrong' },
    { 'spec/mutations': [{ patchType: 'ApplyConfiguration', applyConfiguration: {} }] },
  ],
};

const flowSchemaCase: KindCase = {
  path: '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas',
  object: {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'FlowSchema',
    metadata: { name: 'small' },
    spec: { priorityLevelConfiguration: { name: 'workload-low' } },
  },
  right: [
    {
      'spec/rules': [
        {
          subjects: [{ kind: 'User', user: { name: 'a' } }],
          resourceRules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'], namespaces: ['a'] }],
        },
      ],
    },
  ],
  wrong: [
    { spec: undefined },
    { 'spec/priorityLevelConfiguration': {} },
    { 'spec/matchingPrecedence': 0 },
    { 'spec/matchingPrecedence': 10_001 },
    { 'spec/matchingPrecedence': 1 },
    { 'spec/distinguisherMethod': { type: 'Wrong' } },
    { 'spec/rules': [{}] },
    { 'spec/rules': [{ subjects: [{ kind: 'Wrong' }], nonResourceRules: [{}] }] },
    { 'spec/rules': [{ subjects: [{ kind: 'User' }], resourceRules: [{}] }] },
    {
      'spec/rules': [
        {
          subjects: [{ kind: 'Group', group: { name: '' } }],
          nonResourceRules: [{ verbs: ['wrong'], nonResourceURLs: ['a'] }],
        },
      ],
    },
  ],
};

const priorityLevelCase: KindCase = {
  path: '/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations',
  object: {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'PriorityLevelConfiguration',
    metadata: { name: 'small' },
    spec: { type: 'Limited' },
  },
  right: [
    { 'spec/limited': { limitResponse: { type: 'Queue' } } },
    { 'spec/limited': { limitResponse: { type: 'Reject' }, nominalConcurrencyShares: 0 } },
  ],
  wrong: [
    { spec: undefined },
    { 'spec/type': 'Wrong' },
    { 'spec/type': 'Exempt', 'spec/limited': {} },
    { 'spec/limited': { nominalConcurrencyShares: -1 } },
    { 'spec/limited': { limitResponse: { type: 'Reject', queuing: {} } } },
    { 'spec/limited': { limitResponse: { type: 'Queue', queuing: { queues: -1, handSize: 1, queueLengthLimit: 0 } } } },
    { 'spec/limited': { lendablePercent: 101 } },
  ],
};

/** Who may do what, how much and how soon. */
export const policies: Readonly<Record<string, Sequence>> = {
  async budgets(say) {
    for (const one of [autoscalerCase, oldAutoscalerCase, disruptionBudgetCase, priorityClassCase, runtimeClassCase])
      await askAbout(say, one);
  },
  async roles(say) {
    for (const one of [roleCase, bindingCase, clusterRoleCase, clusterBindingCase, signingCase])
      await askAbout(say, one);
  },
  async 'admission-rules'(say) {
    for (const one of [validatingWebhookCase, mutatingWebhookCase, policyCase, policyBindingCase, mutatingPolicyCase])
      await askAbout(say, one);
  },
  async 'flow-control'(say) {
    for (const one of [flowSchemaCase, priorityLevelCase]) await askAbout(say, one);
  },
};
