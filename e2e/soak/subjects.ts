import { group } from '../kernel/golden/definitions.ts';
import { core, inGroup } from '../kernel/golden/standard/places.ts';

/** A kind whose objects are written at random. */
export interface Subject {
  readonly collection: string;
  /** An object that is accepted, without its name. */
  readonly object: Readonly<Record<string, unknown>>;
  /** What changes: a JSON pointer and the values it takes, right and wrong ones; null takes it away. */
  readonly changes: readonly (readonly [at: string, ...values: readonly unknown[]])[];
}

const metadata: Subject['changes'] = [
  ['/metadata/labels/a', 'x', 'y', null],
  ['/metadata/labels', { b: '1' }, {}, null],
  ['/metadata/annotations/note', 'x', '', null],
  ['/metadata/finalizers', ['example.com/a'], ['example.com/a', 'example.com/b'], [], null],
  ['/metadata/unknown', 1],
];

const container = (name: string, more: object = {}) => ({ name, image: 'busybox:1.37', ...more });
const env = (...names: readonly string[]) => ({ env: names.map((name) => ({ name, value: 'x' })) });
const port = (number: number, more: object = {}) => ({ port: number, ...more });

const configMap: Subject = {
  collection: `${core}/configmaps`,
  object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: {}, data: { a: '1' } },
  changes: [
    ...metadata,
    ['/data/a', '1', '2', null],
    ['/data/b', 'x', null],
    ['/data', {}, null, { c: '3' }],
    ['/binaryData/c', 'aGk=', null],
    ['/immutable', true, false, null],
    ['/unknown', 'x'],
  ],
};

const template = (at: string): Subject['changes'] => [
  [`${at}/containers`, [container('main')], [container('main', env('A')), container('side')], [container('side')], []],
  [`${at}/containers`, [container('main', { ...env('A', 'B'), ports: [{ containerPort: 80 }] })], [{ name: 'main' }]],
  [`${at}/initContainers`, [container('init')], null],
  [`${at}/restartPolicy`, 'Always', 'Never', null],
  [`${at}/nodeSelector`, { a: 'b' }, {}, null],
  [
    `${at}/tolerations`,
    [{ key: 'a', operator: 'Exists' }],
    [{ key: 'a', operator: 'Exists', effect: 'NoExecute' }],
    null,
  ],
  [`${at}/volumes`, [{ name: 'v', emptyDir: {} }], [{ name: 'v' }], [{ name: 'w', configMap: { name: 'c' } }], null],
  [`${at}/securityContext`, { runAsNonRoot: true }, {}, null],
  [`${at}/terminationGracePeriodSeconds`, 5, -1, null],
  [`${at}/activeDeadlineSeconds`, 60, 30, null],
  [`${at}/hostNetwork`, true, null],
  [`${at}/unknown`, 1],
];

const pod: Subject = {
  collection: `${core}/pods`,
  object: {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {},
    spec: { automountServiceAccountToken: false, containers: [container('main')] },
  },
  changes: [...metadata, ...template('/spec'), ['/status/phase', 'Running', 'Odd'], ['/status/message', 'x', null]],
};

const deployment: Subject = {
  collection: `${inGroup('apps')}/deployments`,
  object: {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {},
    spec: {
      selector: { matchLabels: { app: 'a' } },
      template: { metadata: { labels: { app: 'a' } }, spec: { containers: [container('main')] } },
    },
  },
  changes: [
    ...metadata,
    ...template('/spec/template/spec'),
    ['/spec/replicas', 0, 3, -1, null, '2'],
    ['/spec/paused', true, false, null],
    ['/spec/strategy', { type: 'Recreate' }, { rollingUpdate: { maxSurge: '50%' } }, null],
    ['/spec/strategy/rollingUpdate/maxSurge', 1, '10%', '10', null],
    ['/spec/selector/matchLabels/app', 'a', 'b'],
    ['/spec/template/metadata/labels', { app: 'a', b: 'c' }, { app: 'b' }],
    ['/status/replicas', 2, -1],
    ['/status/conditions', [{ type: 'Available', status: 'True' }], null],
  ],
};

const service: Subject = {
  collection: `${core}/services`,
  object: { apiVersion: 'v1', kind: 'Service', metadata: {}, spec: { selector: { app: 'a' }, ports: [port(80)] } },
  changes: [
    ...metadata,
    ['/spec/type', 'ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName', 'Odd', null],
    ['/spec/ports', [port(80)], [port(80), port(81)], [port(80, { name: 'a' }), port(81, { name: 'b' })], []],
    ['/spec/ports', [port(80, { targetPort: 'web' })], [port(80, { protocol: 'UDP' })], [port(0)], null],
    ['/spec/clusterIP', 'None', ''],
    ['/spec/externalName', 'example.com', null],
    ['/spec/sessionAffinity', 'ClientIP', 'None', null],
    ['/spec/externalTrafficPolicy', 'Local', 'Cluster', null],
    ['/spec/selector', { app: 'b' }, {}, null],
    ['/spec/allocateLoadBalancerNodePorts', false, true],
    ['/status/loadBalancer', { ingress: [{ ip: '1.2.3.4' }] }, {}],
  ],
};

const widget: Subject = {
  collection: `${inGroup(group)}/widgets`,
  object: { apiVersion: `${group}/v1`, kind: 'Widget', metadata: {}, spec: { color: 'red' } },
  changes: [
    ...metadata,
    ['/spec/color', 'red', 'blue', 'pink', null],
    ['/spec/size', 1, 13, 200, null, '5'],
    ['/spec/label', 'good', 'bad', 'x', null],
    ['/spec/low', 1, 5, null],
    ['/spec/high', 3, null],
    ['/spec/fixed', 'a', 'b', null],
    ['/spec/set', ['a'], ['a', 'b'], ['b', 'a'], ['a', 'a'], null],
    ['/spec/atoms', ['a'], ['b', 'c'], [], null],
    ['/spec/items', [{ name: 'a', value: 1 }], [{ name: 'a', value: 2 }, { name: 'b' }], [{ value: 1 }], null],
    ['/spec/items', [{ name: 'a', protocol: 'UDP' }, { name: 'a' }], [{ name: 'b', deep: { a: 1 } }], []],
    ['/spec/map/a', 'x', 'y', null, 1],
    ['/spec/map', { a: 'x', b: 'y' }, {}, null],
    ['/spec/atomicMap/a', 'x', null],
    ['/spec/nested/b', { c: 'x' }, {}, null, { c: 'x', d: 'e' }],
    ['/spec/maybe', 'x', null],
    ['/spec/free/any', { thing: [1] }, 'x', null],
    ['/spec/either', { x: 1 }, { y: 1 }, { x: 1, y: 1 }, null],
    ['/spec/port', 80, 'web', true, null],
    ['/spec/when', '2026-01-01T00:00:00Z', 'now', null],
    ['/spec/unknown', 1],
    ['/status/phase', 'Up', null],
    ['/status/conditions', [{ type: 'A', status: 'True' }], [{ type: 'A' }, { type: 'B' }], null],
  ],
};

/** The kinds that are tried. */
export const subjects: readonly Subject[] = [configMap, pod, deployment, service, widget];
