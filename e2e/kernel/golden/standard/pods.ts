import type { Sequence } from '../conversation.ts';
import { askAbout, type Edits, type Manifest } from './cases.ts';
import { core } from './places.ts';

const container = { name: 'main', image: 'busybox:1.37' };

/** The smallest pod people write, apart from the token nobody wants in a recording. */
export const pod: Manifest = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'small' },
  spec: { automountServiceAccountToken: false, containers: [container] },
};

const rightPods: readonly Edits[] = [
  { 'spec/automountServiceAccountToken': undefined },
  { 'spec/containers/0/image': 'busybox' },
  {
    'spec/containers/0/image':
      'registry.example.com:5000/team/app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
  },
  { 'spec/containers/0/ports': [{ containerPort: 80 }, { name: 'metrics', containerPort: 9090, protocol: 'UDP' }] },
  { 'spec/containers/0/ports': [{ containerPort: 80 }], 'spec/hostNetwork': true },
  { 'spec/containers/0/resources': { limits: { cpu: '1', memory: '1Gi' } } },
  {
    'spec/containers/0/resources': {
      limits: { cpu: '0.5', memory: '1024Mi' },
      requests: { cpu: '100m', memory: '0.5Gi' },
    },
  },
  {
    'spec/containers/0/livenessProbe': { httpGet: { port: 80 } },
    'spec/containers/0/readinessProbe': { tcpSocket: { port: 'web' } },
  },
  { 'spec/containers/0/startupProbe': { exec: { command: ['true'] } } },
  { 'spec/containers/0/livenessProbe': { grpc: { port: 80 } } },
  {
    'spec/containers/0/env': [
      { name: 'A', value: 'b' },
      { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
    ],
  },
  { 'spec/containers/0/env': [{ name: 'LIMIT', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } }] },
  {
    'spec/volumes': [
      { name: 'a' },
      { name: 'b', configMap: { name: 'c' } },
      { name: 'c', secret: { secretName: 's' } },
      { name: 'd', downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
      { name: 'e', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
      { name: 'f', hostPath: { path: '/var' } },
      { name: 'g', persistentVolumeClaim: { claimName: 'x' } },
      {
        name: 'h',
        ephemeral: {
          volumeClaimTemplate: {
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
          },
        },
      },
      { name: 'i', nfs: { server: 'a', path: '/' } },
      { name: 'j', csi: { driver: 'd' } },
      { name: 'k', image: { reference: 'a:1' } },
    ],
    'spec/containers/0/volumeMounts': [{ name: 'a', mountPath: '/a' }],
  },
  {
    'spec/initContainers': [
      { name: 'init', image: 'busybox:latest' },
      { name: 'side', image: 'b:1', restartPolicy: 'Always' },
    ],
  },
  { 'spec/securityContext': { runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } } },
  { 'spec/containers/0/securityContext': { privileged: true, capabilities: { add: ['NET_ADMIN'] } } },
  {
    'spec/topologySpreadConstraints': [
      {
        maxSkew: 1,
        topologyKey: 'zone',
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: { matchLabels: { a: 'b' } },
      },
    ],
  },
  { 'spec/tolerations': [{ key: 'a', operator: 'Exists' }] },
  { 'spec/priorityClassName': 'system-cluster-critical', 'metadata/namespace': 'golden' },
  { 'spec/serviceAccount': 'default' },
  { 'spec/serviceAccountName': 'default' },
  { 'spec/containers/0/lifecycle': { postStart: { httpGet: { port: 80 } }, preStop: { sleep: { seconds: 5 } } } },
  { 'spec/terminationGracePeriodSeconds': 0 },
  { 'spec/restartPolicy': 'Never', 'spec/dnsPolicy': 'Default' },
  {
    'spec/affinity': {
      podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'a', labelSelector: {} }] },
    },
  },
  { 'spec/schedulingGates': [{ name: 'example.com/gate' }] },
  { 'spec/unknown': 1, 'spec/containers/0/unknown': 1 },
  {
    'spec/containers/0/resources': { claims: [{ name: 'gpu' }] },
    'spec/resourceClaims': [{ name: 'gpu', resourceClaimName: 'gpu' }],
  },
  { 'spec/containers/0/resizePolicy': [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }] },
  { 'spec/os': { name: 'linux' }, 'spec/hostname': 'a', 'spec/subdomain': 'b', 'spec/setHostnameAsFQDN': true },
  {
    'spec/hostAliases': [{ ip: '1.2.3.4', hostnames: ['a'] }],
    'spec/imagePullSecrets': [{ name: 'a' }],
    'spec/readinessGates': [{ conditionType: 'a' }],
  },
  { 'spec/dnsConfig': { nameservers: ['1.2.3.4'], options: [{ name: 'ndots', value: '5' }] } },
];

const wrongPods: readonly Edits[] = [
  { spec: undefined },
  { 'spec/containers': undefined },
  { 'spec/containers': [] },
  { 'spec/containers': null },
  { 'spec/containers': 'text' },
  { 'spec/containers/0': {} },
  { 'spec/containers/0/name': 'UPPER' },
  { 'spec/containers/0/name': undefined },
  { 'spec/containers/0/name': 'a'.repeat(64) },
  { 'spec/containers/0/image': undefined },
  { 'spec/containers/0/image': '' },
  { 'spec/containers/0/image': ' busybox' },
  { 'spec/containers/0/image': 5 },
  { 'spec/containers/0/imagePullPolicy': 'Sometimes' },
  { 'spec/containers/1': container },
  { 'spec/containers/0/terminationMessagePolicy': 'Sometimes' },
  { 'spec/containers/0/command': 'text' },
  { 'spec/containers/0/stdin': 'yes' },
  { 'spec/initContainers': [container] },
  { 'spec/initContainers': [{ name: 'init' }] },
  { 'spec/initContainers': [{ ...container, name: 'init', livenessProbe: { tcpSocket: { port: 1 } } }] },
  { 'spec/initContainers': [{ ...container, name: 'init', lifecycle: { preStop: { sleep: { seconds: 1 } } } }] },
  { 'spec/initContainers': [{ ...container, name: 'init', restartPolicy: 'Never' }] },
  { 'spec/ephemeralContainers': [{ ...container, name: 'debug' }] },
  { 'spec/containers/0/ports': [{ containerPort: 0 }] },
  { 'spec/containers/0/ports': [{}] },
  { 'spec/containers/0/ports': [{ containerPort: 65_536 }] },
  { 'spec/containers/0/ports': [{ containerPort: 80, name: 'UPPER' }] },
  { 'spec/containers/0/ports': [{ containerPort: 80, name: 'far-too-long-for-a-port' }] },
  { 'spec/containers/0/ports': [{ containerPort: 80, name: '80' }] },
  { 'spec/containers/0/ports': [{ containerPort: 80, protocol: 'ICMP' }] },
  { 'spec/containers/0/ports': [{ containerPort: 80, hostPort: 70_000 }] },
  {
    'spec/containers/0/ports': [
      { containerPort: 80, name: 'a' },
      { containerPort: 81, name: 'a' },
    ],
  },
  {
    'spec/containers/0/ports': [
      { containerPort: 80, hostPort: 80 },
      { containerPort: 81, hostPort: 80 },
    ],
  },
  { 'spec/containers/0/ports': [{ containerPort: 80, hostPort: 81 }], 'spec/hostNetwork': true },
  { 'spec/containers/0/ports': [{ containerPort: 'http' }] },
  { 'spec/containers/0/ports': [{ containerPort: 80, hostIP: 'x' }] },
  { 'spec/containers/0/env': [{ value: 'a' }] },
  { 'spec/containers/0/env': [{ name: 'a=b' }] },
  { 'spec/containers/0/env': [{ name: 'a', value: 1 }] },
  { 'spec/containers/0/env': [{ name: 'a', value: 'x', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }] },
  { 'spec/containers/0/env': [{ name: 'a', valueFrom: {} }] },
  { 'spec/containers/0/env': [{ name: 'a', valueFrom: { fieldRef: {} } }] },
  { 'spec/containers/0/env': [{ name: 'a', valueFrom: { fieldRef: { fieldPath: 'spec.containers' } } }] },
  {
    'spec/containers/0/env': [
      { name: 'a', valueFrom: { fieldRef: { fieldPath: 'metadata.nothing', apiVersion: 'v2' } } },
    ],
  },
  { 'spec/containers/0/env': [{ name: 'a', valueFrom: { resourceFieldRef: { resource: 'limits.gpu' } } }] },
  { 'spec/containers/0/env': [{ name: 'a', valueFrom: { resourceFieldRef: {} } }] },
  { 'spec/containers/0/env': [{ name: 'a', valueFrom: { configMapKeyRef: { name: 'a' } } }] },
  { 'spec/containers/0/env': [{ name: 'a', valueFrom: { configMapKeyRef: { name: 'A B', key: 'a/b' } } }] },
  { 'spec/containers/0/env': [{ name: 'a', valueFrom: { secretKeyRef: { key: 'a' } } }] },
  {
    'spec/containers/0/env': [
      { name: 'a', valueFrom: { secretKeyRef: { name: 'a', key: 'a' }, configMapKeyRef: { name: 'a', key: 'a' } } },
    ],
  },
  { 'spec/containers/0/envFrom': [{}] },
  { 'spec/containers/0/envFrom': [{ configMapRef: {}, prefix: 'a=b' }] },
  { 'spec/containers/0/envFrom': [{ configMapRef: { name: 'a' }, secretRef: { name: 'b' } }] },
  { 'spec/containers/0/volumeMounts': [{ name: 'absent', mountPath: '/a' }] },
  { 'spec/containers/0/volumeMounts': [{ mountPath: '/a' }] },
  { 'spec/volumes': [{ name: 'v' }], 'spec/containers/0/volumeMounts': [{ name: 'v' }] },
  {
    'spec/volumes': [{ name: 'v' }],
    'spec/containers/0/volumeMounts': [
      { name: 'v', mountPath: '/a' },
      { name: 'v', mountPath: '/a' },
    ],
  },
  {
    'spec/volumes': [{ name: 'v' }],
    'spec/containers/0/volumeMounts': [{ name: 'v', mountPath: '/a', subPath: '../b' }],
  },
  {
    'spec/volumes': [{ name: 'v' }],
    'spec/containers/0/volumeMounts': [{ name: 'v', mountPath: '/a', subPath: '/b' }],
  },
  {
    'spec/volumes': [{ name: 'v' }],
    'spec/containers/0/volumeMounts': [{ name: 'v', mountPath: '/a', subPath: 'a', subPathExpr: '$(A)' }],
  },
  {
    'spec/volumes': [{ name: 'v' }],
    'spec/containers/0/volumeMounts': [{ name: 'v', mountPath: '/a', mountPropagation: 'Sideways' }],
  },
  {
    'spec/volumes': [{ name: 'v' }],
    'spec/containers/0/volumeMounts': [{ name: 'v', mountPath: '/a', mountPropagation: 'Bidirectional' }],
  },
  { 'spec/volumes': [{ name: 'v' }], 'spec/containers/0/volumeMounts': [{ name: 'v', mountPath: 'a:b' }] },
  { 'spec/volumes': [{ name: 'v' }], 'spec/containers/0/volumeDevices': [{ name: 'v', devicePath: '/dev/a' }] },
  { 'spec/volumes': [{ name: 'v' }, { name: 'v' }] },
  { 'spec/volumes': [{ emptyDir: {} }] },
  { 'spec/volumes': [{ name: 'UPPER' }] },
  { 'spec/volumes': [{ name: 'v', emptyDir: {}, hostPath: { path: '/' } }] },
  { 'spec/volumes': [{ name: 'v', hostPath: {} }] },
  { 'spec/volumes': [{ name: 'v', hostPath: { path: '/../etc' } }] },
  { 'spec/volumes': [{ name: 'v', hostPath: { path: '/', type: 'Wrong' } }] },
  { 'spec/volumes': [{ name: 'v', configMap: {} }] },
  { 'spec/volumes': [{ name: 'v', configMap: { name: 'a', defaultMode: 1000 } }] },
  { 'spec/volumes': [{ name: 'v', configMap: { name: 'a', items: [{}] } }] },
  {
    'spec/volumes': [
      {
        name: 'v',
        configMap: {
          name: 'a',
          items: [
            { key: 'a', path: '/a' },
            { key: 'b', path: '..a' },
            { key: 'c', path: 'a/../b', mode: 600 },
          ],
        },
      },
    ],
  },
  { 'spec/volumes': [{ name: 'v', secret: {} }] },
  { 'spec/volumes': [{ name: 'v', secret: { secretName: 'a', defaultMode: -1 } }] },
  { 'spec/volumes': [{ name: 'v', persistentVolumeClaim: {} }] },
  { 'spec/volumes': [{ name: 'v', emptyDir: { sizeLimit: '-1' } }] },
  { 'spec/volumes': [{ name: 'v', emptyDir: { sizeLimit: 'much' } }] },
  {
    'spec/volumes': [
      { name: 'v', downwardAPI: { items: [{ path: 'a' }, { path: '', fieldRef: { fieldPath: 'metadata.name' } }] } },
    ],
  },
  { 'spec/volumes': [{ name: 'v', downwardAPI: { items: [{ path: 'a', fieldRef: { fieldPath: 'status.podIP' } }] } }] },
  { 'spec/volumes': [{ name: 'v', projected: { sources: [{}] } }] },
  {
    'spec/volumes': [
      { name: 'v', projected: { sources: [{ serviceAccountToken: { path: '', expirationSeconds: 1 } }] } },
    ],
  },
  {
    'spec/volumes': [
      {
        name: 'v',
        projected: {
          sources: [
            { secret: { name: 's', items: [{ key: 'a', path: 'same' }] } },
            { configMap: { name: 's', items: [{ key: 'a', path: 'same' }] } },
          ],
        },
      },
    ],
  },
  { 'spec/volumes': [{ name: 'v', nfs: {} }] },
  { 'spec/volumes': [{ name: 'v', csi: {} }] },
  { 'spec/volumes': [{ name: 'v', ephemeral: {} }] },
  { 'spec/volumes': [{ name: 'v', image: {} }] },
  { 'spec/containers/0/resources': { requests: { cpu: '2' }, limits: { cpu: '1' } } },
  { 'spec/containers/0/resources': { requests: { cpu: '-1' } } },
  { 'spec/containers/0/resources': { requests: { cpu: 'much' } } },
  { 'spec/containers/0/resources': { requests: { nonsense: '1' } } },
  { 'spec/containers/0/resources': { limits: { 'example.com/gpu': '1' }, requests: { 'example.com/gpu': '2' } } },
  { 'spec/containers/0/resources': { requests: { 'example.com/gpu': '1' } } },
  { 'spec/containers/0/resources': { limits: { 'example.com/gpu': '0.5' } } },
  { 'spec/containers/0/resources': { requests: { 'hugepages-2Mi': '2Mi' } } },
  { 'spec/containers/0/resources': { limits: { 'hugepages-2Mi': '2Mi' } } },
  { 'spec/containers/0/resources': { claims: [{ name: 'absent' }] } },
  { 'spec/containers/0/livenessProbe': {} },
  { 'spec/containers/0/livenessProbe': { httpGet: {} } },
  { 'spec/containers/0/livenessProbe': { httpGet: { port: 0, path: '' } } },
  { 'spec/containers/0/livenessProbe': { httpGet: { port: 'a_b', scheme: 'FTP' } } },
  { 'spec/containers/0/livenessProbe': { httpGet: { port: 80, httpHeaders: [{ name: 'a b', value: 'c' }] } } },
  { 'spec/containers/0/livenessProbe': { httpGet: { port: 80 }, tcpSocket: { port: 80 } } },
  { 'spec/containers/0/livenessProbe': { exec: {} } },
  {
    'spec/containers/0/livenessProbe': {
      tcpSocket: { port: 80 },
      periodSeconds: -1,
      timeoutSeconds: -1,
      initialDelaySeconds: -1,
      failureThreshold: -1,
    },
  },
  { 'spec/containers/0/livenessProbe': { tcpSocket: { port: 80 }, successThreshold: 2 } },
  { 'spec/containers/0/livenessProbe': { tcpSocket: { port: 80 }, terminationGracePeriodSeconds: 0 } },
  { 'spec/containers/0/readinessProbe': { tcpSocket: { port: 80 }, terminationGracePeriodSeconds: 5 } },
  { 'spec/containers/0/startupProbe': { tcpSocket: { port: 80 }, successThreshold: 2 } },
  { 'spec/containers/0/livenessProbe': { grpc: { port: 0 } } },
  { 'spec/containers/0/lifecycle': { preStop: {} } },
  { 'spec/containers/0/lifecycle': { preStop: { sleep: { seconds: -1 } }, postStart: { exec: {} } } },
  { 'spec/containers/0/lifecycle': { preStop: { sleep: { seconds: 100 } } } },
  { 'spec/containers/0/securityContext': { runAsUser: -1, runAsGroup: -1 } },
  { 'spec/containers/0/securityContext': { privileged: true, allowPrivilegeEscalation: false } },
  { 'spec/containers/0/securityContext': { procMount: 'Wrong' } },
  { 'spec/containers/0/securityContext': { seccompProfile: { type: 'Localhost' } } },
  { 'spec/containers/0/securityContext': { seccompProfile: { type: 'Wrong' } } },
  { 'spec/containers/0/securityContext': { appArmorProfile: { type: 'Localhost' } } },
  { 'spec/securityContext': { runAsUser: -1, fsGroup: -1, supplementalGroups: [-1] } },
  {
    'spec/securityContext': {
      sysctls: [
        { name: '', value: 'a' },
        { name: 'a b', value: 'c' },
      ],
    },
  },
  { 'spec/securityContext': { fsGroupChangePolicy: 'Wrong' } },
  { 'spec/securityContext': { seccompProfile: {} } },
  { 'spec/restartPolicy': 'Sometimes' },
  { 'spec/restartPolicy': '' },
  { 'spec/dnsPolicy': 'Wrong' },
  { 'spec/dnsPolicy': 'None' },
  { 'spec/dnsConfig': { nameservers: ['x'], searches: ['a b'], options: [{ value: 'a' }] } },
  { 'spec/nodeName': 'A B' },
  { 'spec/nodeSelector': { 'a b': 'c' } },
  { 'spec/nodeSelector': { a: 'b c' } },
  { 'spec/nodeSelector': 'text' },
  { 'spec/serviceAccountName': 'A B' },
  { 'spec/serviceAccountName': 'absent' },
  { 'spec/priorityClassName': 'absent' },
  { 'spec/priority': 5 },
  { 'spec/preemptionPolicy': 'Never' },
  { 'spec/runtimeClassName': 'absent' },
  { 'spec/runtimeClassName': 'A B' },
  { 'spec/hostname': 'A.B' },
  { 'spec/subdomain': 'A.B' },
  { 'spec/activeDeadlineSeconds': 0 },
  { 'spec/terminationGracePeriodSeconds': -1 },
  { 'spec/terminationGracePeriodSeconds': 'long' },
  { 'spec/hostAliases': [{ ip: 'x', hostnames: ['A B'] }] },
  { 'spec/imagePullSecrets': [{}] },
  { 'spec/tolerations': [{ operator: 'Equal' }] },
  { 'spec/tolerations': [{ operator: 'Wrong', key: 'a' }] },
  { 'spec/tolerations': [{ operator: 'Exists', key: 'a', value: 'b' }] },
  { 'spec/tolerations': [{ key: 'a', value: 'b', effect: 'Wrong' }] },
  { 'spec/tolerations': [{ key: 'a', value: 'b', tolerationSeconds: 5 }] },
  { 'spec/tolerations': [{ key: 'a b', value: 'b c' }] },
  { 'spec/affinity': { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } } },
  {
    'spec/affinity': {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [
            {
              matchExpressions: [
                { key: 'a', operator: 'In' },
                { key: 'a b', operator: 'Exists', values: ['a'] },
                { key: 'a', operator: 'Gt', values: ['x', 'y'] },
                { key: 'a', operator: 'Wrong' },
              ],
            },
          ],
        },
      },
    },
  },
  {
    'spec/affinity': {
      nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 0, preference: {} }] },
    },
  },
  { 'spec/affinity': { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{}] } } },
  {
    'spec/affinity': {
      podAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 200,
            podAffinityTerm: {
              topologyKey: 'a',
              labelSelector: { matchExpressions: [{ key: 'a', operator: 'Wrong' }] },
            },
          },
        ],
      },
    },
  },
  { 'spec/topologySpreadConstraints': [{}] },
  { 'spec/topologySpreadConstraints': [{ maxSkew: 1, topologyKey: 'a', whenUnsatisfiable: 'Wrong' }] },
  {
    'spec/topologySpreadConstraints': [
      { maxSkew: 1, minDomains: 2, topologyKey: 'a', whenUnsatisfiable: 'ScheduleAnyway' },
    ],
  },
  {
    'spec/topologySpreadConstraints': [
      { maxSkew: 1, topologyKey: 'a', whenUnsatisfiable: 'DoNotSchedule' },
      { maxSkew: 2, topologyKey: 'a', whenUnsatisfiable: 'DoNotSchedule' },
    ],
  },
  { 'spec/readinessGates': [{ conditionType: 'a b' }] },
  { 'spec/schedulingGates': [{ name: 'a b' }, { name: 'a' }, { name: 'a' }] },
  { 'spec/schedulingGates': [{ name: 'a' }], 'spec/nodeName': 'a' },
  { 'spec/os': { name: 'plan9' } },
  { 'spec/os': { name: 'windows' }, 'spec/securityContext': { runAsUser: 1 } },
  { 'spec/overhead': { cpu: '1' } },
  { 'spec/hostPID': true, 'spec/shareProcessNamespace': true },
  { 'spec/hostUsers': false, 'spec/hostNetwork': true },
  { 'spec/resourceClaims': [{ name: 'a' }] },
  { 'metadata/name': 'UPPER' },
  { 'metadata/name': 'a'.repeat(254) },
  { 'metadata/name': 'a..b' },
  { 'metadata/name': undefined },
  { 'metadata/name': undefined, 'metadata/generateName': 'UP_' },
  { 'metadata/namespace': 'other' },
  { 'metadata/labels': { 'a b': 'c' } },
  { 'metadata/labels': { a: 'b c' } },
  { 'metadata/labels': { 'x/y/z': 'a', '/a': 'b', ['a'.repeat(64)]: 'c', a: 'd'.repeat(64) } },
  { 'metadata/labels': { a: 1 } },
  { 'metadata/annotations': { 'a b': 'c' } },
  { 'metadata/annotations': { a: true } },
  { 'metadata/finalizers': ['plain', 'a b/c'] },
  { 'metadata/ownerReferences': [{}] },
  {
    'metadata/ownerReferences': [
      { apiVersion: 'v1', kind: 'Pod', name: 'a', uid: 'b', controller: true },
      { apiVersion: 'v1', kind: 'Pod', name: 'c', uid: 'd', controller: true },
    ],
  },
  { apiVersion: 'v2' },
  { kind: 'Wrong' },
  { apiVersion: undefined },
  { kind: undefined },
  { 'metadata/uid': 'given', 'metadata/resourceVersion': '5' },
];

const podChanges: readonly object[] = [
  { spec: { containers: [{ name: 'main', image: 'busybox:1.38' }] } },
  { spec: { containers: [{ name: 'main', image: '' }] } },
  { spec: { containers: [{ name: 'other', image: 'busybox:1.37' }] } },
  { spec: { containers: [container, { name: 'two', image: 'b:1' }] } },
  { spec: { restartPolicy: 'Never' } },
  { spec: { nodeName: 'a' } },
  { spec: { activeDeadlineSeconds: 5 } },
  { spec: { activeDeadlineSeconds: 0 } },
  { spec: { terminationGracePeriodSeconds: 1 } },
  { spec: { tolerations: [] } },
  { spec: { tolerations: [{ key: 'a', operator: 'Exists' }] } },
  { spec: { schedulingGates: [{ name: 'a' }] } },
  { spec: { priority: 7 } },
  { spec: { nodeSelector: { a: 'b' } } },
  { spec: { hostNetwork: true } },
  { metadata: { labels: { a: 'b' } } },
  { metadata: { labels: { 'a b': 'c' } } },
  { metadata: { name: 'other' } },
  { metadata: { uid: 'other' } },
  { metadata: { generation: 10 } },
  { metadata: { creationTimestamp: null } },
  { metadata: { resourceVersion: '1' } },
  { status: { phase: 'Running' } },
];

/** Pods. */
export const pods: Readonly<Record<string, Sequence>> = {
  pods: (say) =>
    askAbout(say, { path: `${core}/pods`, object: pod, right: rightPods, wrong: wrongPods, changes: podChanges }),
};
