import type { Sequence } from '../conversation.ts';
import { askAbout, type KindCase } from './cases.ts';
import { core, inGroup } from './places.ts';

const big = 'a'.repeat(1024 * 1024 + 1);

const configMapCase: KindCase = {
  path: `${core}/configmaps`,
  object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'small' }, data: { a: 'b' } },
  right: [
    { data: undefined },
    { data: {} },
    { data: null },
    { binaryData: { c: 'YWJj' } },
    { immutable: true },
    { 'metadata/labels': {}, 'metadata/annotations': {} },
  ],
  wrong: [
    { 'data/a b': 'c' },
    { 'data/..': 'c' },
    { 'data/..a': 'c' },
    { 'data/.': 'c' },
    { data: { '': 'c' } },
    { data: { ['a'.repeat(254)]: 'c' } },
    { data: { a: 1 } },
    { data: { a: null } },
    { data: 'text' },
    { data: [] },
    { binaryData: { a: 'YWJj' } },
    { binaryData: { b: 'no base64' } },
    { data: { big } },
    { immutable: 'yes' },
    { 'metadata/name': 'UPPER' },
    { metadata: {} },
    { metadata: undefined },
  ],
  changes: [{ data: { a: null } }, { data: null }, { data: { a: 'b' } }, { data: { 'a b': 'c' } }, { immutable: true }],
};

const frozenCase: KindCase = {
  path: `${core}/configmaps`,
  object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'frozen' }, data: { a: 'b' }, immutable: true },
  changes: [
    { data: { a: 'c' } },
    { binaryData: { c: 'YWJj' } },
    { immutable: false },
    { immutable: null, data: null },
    { metadata: { labels: { a: 'b' } } },
  ],
};

const tls = { 'tls.crt': 'YQ==', 'tls.key': 'YQ==' };
const secretCase: KindCase = {
  path: `${core}/secrets`,
  object: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'small' }, stringData: { a: 'b' } },
  right: [
    { stringData: undefined },
    { stringData: { a: 'x' }, data: { a: 'YQ==', b: 'Yg==' } },
    { stringData: undefined, type: 'kubernetes.io/tls', data: tls },
    { type: 'example.com/own' },
    { type: 'kubernetes.io/dockerconfigjson', stringData: { '.dockerconfigjson': '{"auths":{}}' } },
    { type: 'bootstrap.kubernetes.io/token' },
    { type: 'kubernetes.io/basic-auth', stringData: { username: 'a' } },
  ],
  wrong: [
    { stringData: undefined, data: { a: 'no base64!' } },
    { stringData: undefined, data: { a: 1 } },
    { stringData: { 'a b': 'c' } },
    { stringData: { a: 1 } },
    { type: 'kubernetes.io/tls' },
    { type: 'kubernetes.io/dockerconfigjson' },
    { type: 'kubernetes.io/dockerconfigjson', stringData: { '.dockerconfigjson': 'no json' } },
    { type: 'kubernetes.io/dockercfg', stringData: { '.dockercfg': 'no json' } },
    { type: 'kubernetes.io/basic-auth' },
    { type: 'kubernetes.io/ssh-auth' },
    { type: 'kubernetes.io/service-account-token' },
    { stringData: { big } },
    { 'metadata/name': 'UPPER' },
  ],
  changes: [
    { type: 'other' },
    { data: { a: null } },
    { stringData: { c: 'd' } },
    { data: { a: '!' } },
    { immutable: true },
  ],
};

const frozenSecretCase: KindCase = {
  path: `${core}/secrets`,
  object: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'frozen' }, stringData: { a: 'b' }, immutable: true },
  changes: [{ stringData: { a: 'c' } }, { immutable: false }, { type: 'other', data: null }],
};

const serviceAccountCase: KindCase = {
  path: `${core}/serviceaccounts`,
  object: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'small' } },
  right: [{ secrets: [{ name: 'a' }], imagePullSecrets: [{ name: 'b' }], automountServiceAccountToken: false }],
  wrong: [{ 'metadata/name': 'UPPER' }, { secrets: 'text' }, { automountServiceAccountToken: 'no' }],
  changes: [{ imagePullSecrets: [{ name: 'c' }] }],
};

const namespaceCase: KindCase = {
  path: '/api/v1/namespaces',
  object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'small' } },
  right: [
    { 'metadata/labels': { a: 'b', 'kubernetes.io/metadata.name': 'other' } },
    { spec: { finalizers: ['example.com/own'] } },
  ],
  wrong: [
    { 'metadata/name': 'a.b' },
    { 'metadata/name': 'UPPER' },
    { 'metadata/name': 'a'.repeat(64) },
    { spec: { finalizers: ['plain'] } },
    { 'metadata/finalizers': ['plain'] },
  ],
  changes: [
    { metadata: { labels: { 'kubernetes.io/metadata.name': 'other' } } },
    { metadata: { labels: { 'kubernetes.io/metadata.name': null } } },
    { spec: { finalizers: [] } },
    { status: { phase: 'Terminating' } },
  ],
  isRemoved: false,
};

const limitRangeCase: KindCase = {
  path: `${core}/limitranges`,
  object: {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'small' },
    spec: { limits: [{ type: 'PersistentVolumeClaim', max: { storage: '1Ti' } }] },
  },
  right: [
    { 'spec/limits': [{ type: 'Container', max: { cpu: '2' } }] },
    { 'spec/limits': [{ type: 'Container', min: { cpu: '1' }, defaultRequest: { cpu: '2' } }] },
  ],
  wrong: [
    { spec: undefined },
    { 'spec/limits': undefined },
    { 'spec/limits': [{}] },
    { 'spec/limits': [{ type: 'Wrong' }] },
    { 'spec/limits': [{ type: 'Container', max: { cpu: '1' }, min: { cpu: '2' } }] },
    { 'spec/limits': [{ type: 'Container', max: { cpu: '1' }, default: { cpu: '2' } }] },
    { 'spec/limits': [{ type: 'Container', default: { cpu: '1' }, defaultRequest: { cpu: '2' } }] },
    { 'spec/limits': [{ type: 'Pod', default: { cpu: '1' } }] },
    { 'spec/limits': [{ type: 'Container', maxLimitRequestRatio: { cpu: '0.5' } }] },
    { 'spec/limits': [{ type: 'PersistentVolumeClaim' }] },
    { 'spec/limits': [{ type: 'Container', max: { cpu: 'much' } }] },
    { 'spec/limits': [{ type: 'Container', max: { 'a b': '1' } }] },
    { 'spec/limits': [{ type: 'Container' }, { type: 'Container' }] },
  ],
};

const resourceQuotaCase: KindCase = {
  path: `${core}/resourcequotas`,
  object: {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'small' },
    spec: { hard: { 'count/nothing.example.com': '5' } },
  },
  right: [{ 'spec/scopes': ['BestEffort'], 'spec/hard': { pods: '5' } }, { spec: undefined }],
  wrong: [
    { 'spec/hard': { pods: '-1' } },
    { 'spec/hard': { pods: 'many' } },
    { 'spec/hard': { pods: '1.5' } },
    { 'spec/hard': { 'a b': '1' } },
    { 'spec/hard': { nonsense: '1' } },
    { 'spec/scopes': ['Wrong'] },
    { 'spec/scopes': ['BestEffort'], 'spec/hard': { 'requests.cpu': '5' } },
    { 'spec/scopes': ['BestEffort', 'NotBestEffort'], 'spec/hard': { pods: '1' } },
    {
      'spec/scopeSelector': { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'Wrong' }] },
      'spec/hard': { pods: '1' },
    },
    {
      'spec/scopeSelector': { matchExpressions: [{ scopeName: 'BestEffort', operator: 'In', values: ['a'] }] },
      'spec/hard': { pods: '1' },
    },
  ],
  changes: [{ spec: { hard: { pods: '3' } } }, { spec: { scopes: ['BestEffort'] } }],
};

const involvedObject = { kind: 'Pod', namespace: 'golden', name: 'small' };
const eventCase: KindCase = {
  path: `${core}/events`,
  object: {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'small' },
    involvedObject,
    reason: 'Tried',
    message: 'It did.',
    type: 'Normal',
  },
  right: [
    {
      firstTimestamp: '2020-01-01T00:00:00Z',
      lastTimestamp: '2020-01-01T00:00:00Z',
      count: 2,
      source: { component: 'a', host: 'b' },
    },
  ],
  wrong: [
    { involvedObject: undefined },
    { 'involvedObject/namespace': 'other' },
    { 'involvedObject/namespace': undefined },
    { type: 'Wrong' },
    { eventTime: '2020-01-01T00:00:00.000000Z' },
    { eventTime: '2020-01-01T00:00:00.000000Z', reportingComponent: 'a b', reportingInstance: 'x', action: 'y' },
    { 'metadata/name': 'UPPER' },
    { reason: undefined },
  ],
  changes: [{ count: 2 }, { reason: 'Other' }],
};

const newEventCase: KindCase = {
  path: `${inGroup('events.k8s.io')}/events`,
  object: {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: 'new' },
    regarding: involvedObject,
    eventTime: '2020-01-01T00:00:00.000000Z',
    reportingController: 'example.com/a',
    reportingInstance: 'a-1',
    action: 'Trying',
    reason: 'Tried',
    type: 'Normal',
    note: 'It did.',
  },
  wrong: [
    { eventTime: undefined },
    { reportingController: undefined },
    { reportingController: 'a b' },
    { reportingInstance: undefined },
    { action: undefined },
    { reason: undefined },
    { type: undefined },
    { type: 'Wrong' },
    { note: 'a'.repeat(1025) },
    { deprecatedCount: 5 },
    { series: { count: 1 } },
    { regarding: undefined },
  ],
  changes: [{ note: 'Other' }, { series: { count: 2, lastObservedTime: '2020-01-01T00:00:01.000000Z' } }],
};

const leaseCase: KindCase = {
  path: `${inGroup('coordination.k8s.io')}/leases`,
  object: { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'small' } },
  right: [
    {
      spec: {
        holderIdentity: 'a',
        leaseDurationSeconds: 15,
        acquireTime: '2020-01-01T00:00:00.123456Z',
        renewTime: '2020-01-01T00:00:00Z',
        leaseTransitions: 0,
      },
    },
  ],
  wrong: [
    { spec: { leaseDurationSeconds: 0 } },
    { spec: { leaseDurationSeconds: -1, leaseTransitions: -1 } },
    { spec: { holderIdentity: '' } },
    { spec: { acquireTime: 'yesterday' } },
    { spec: { renewTime: 5 } },
    { spec: { strategy: 'OldestEmulationVersion' } },
    { spec: { preferredHolder: 'a' } },
    { 'metadata/name': 'UPPER' },
  ],
  changes: [
    { spec: { holderIdentity: 'b', renewTime: '2020-01-01T00:00:00.000001Z' } },
    { spec: { leaseDurationSeconds: -5 } },
  ],
};

const nodeCase: KindCase = {
  path: '/api/v1/nodes',
  object: { apiVersion: 'v1', kind: 'Node', metadata: { name: 'small' } },
  right: [
    {
      spec: { taints: [{ key: 'a', effect: 'NoSchedule' }], podCIDR: '10.0.0.0/24', providerID: 'a://b' },
      status: { capacity: { cpu: '4' } },
    },
    { spec: { unschedulable: true, podCIDRs: ['10.0.0.0/24'] } },
  ],
  wrong: [
    { 'metadata/name': 'UPPER' },
    { spec: { taints: [{ key: 'a' }] } },
    { spec: { taints: [{ key: 'a b', effect: 'Wrong', value: 'c d' }] } },
    {
      spec: {
        taints: [
          { key: 'a', effect: 'NoSchedule' },
          { key: 'a', effect: 'NoSchedule' },
        ],
      },
    },
    { spec: { podCIDR: 'x' } },
    { spec: { podCIDRs: ['10.0.0.0/24', '10.0.1.0/24'] } },
  ],
  changes: [
    { spec: { unschedulable: true } },
    { spec: { podCIDR: '10.0.0.0/24' } },
    { spec: { providerID: 'a://c' } },
    { spec: { taints: [{ key: 'a', effect: 'NoExecute' }] } },
    { status: { phase: 'Running' } },
  ],
};

/** Settings, secrets, identities and what surrounds them. */
export const settings: Readonly<Record<string, Sequence>> = {
  async settings(say) {
    for (const one of [configMapCase, frozenCase, secretCase, frozenSecretCase, serviceAccountCase])
      await askAbout(say, one);
  },
  async namespaces(say) {
    for (const one of [namespaceCase, limitRangeCase, resourceQuotaCase]) await askAbout(say, one);
  },
  async 'events-and-leases'(say) {
    for (const one of [eventCase, newEventCase, leaseCase, nodeCase]) await askAbout(say, one);
  },
};
