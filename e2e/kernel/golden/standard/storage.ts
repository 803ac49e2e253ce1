import type { Sequence } from '../conversation.ts';
import { askAbout, type KindCase } from './cases.ts';
import { core, inGroup } from './places.ts';

const volumeCase: KindCase = {
  path: '/api/v1/persistentvolumes',
  object: {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'small' },
    spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/a' } },
  },
  right: [
    { 'spec/volumeMode': 'Block', 'spec/persistentVolumeReclaimPolicy': 'Delete' },
    { 'spec/claimRef': { name: 'a', namespace: 'b' }, 'spec/storageClassName': 'c' },
    { 'spec/hostPath': undefined, 'spec/nfs': { server: 'a', path: '/' } },
    { 'spec/hostPath': undefined, 'spec/csi': { driver: 'a', volumeHandle: 'b' } },
  ],
  wrong: [
    { spec: undefined },
    { 'spec/capacity': undefined },
    { 'spec/capacity': { cpu: '1' } },
    { 'spec/capacity': { storage: '0' } },
    { 'spec/capacity': { storage: 'much' } },
    { 'spec/accessModes': undefined },
    { 'spec/accessModes': ['Wrong'] },
    { 'spec/accessModes': ['ReadWriteOncePod', 'ReadWriteOnce'] },
    { 'spec/hostPath': undefined },
    { 'spec/nfs': { server: 'a', path: '/' } },
    { 'spec/hostPath': { path: '' } },
    { 'spec/hostPath': { path: '/a/../b' } },
    { 'spec/hostPath': { path: '/' }, 'spec/persistentVolumeReclaimPolicy': 'Recycle' },
    { 'spec/persistentVolumeReclaimPolicy': 'Wrong' },
    { 'spec/volumeMode': 'Wrong' },
    { 'spec/storageClassName': 'A B' },
    { 'spec/hostPath': undefined, 'spec/local': { path: '/a' } },
    { 'spec/hostPath': undefined, 'spec/csi': { driver: 'A B' } },
    { 'spec/nodeAffinity': {} },
    { 'spec/nodeAffinity': { required: { nodeSelectorTerms: [] } } },
  ],
  changes: [
    { spec: { capacity: { storage: '2Gi' } } },
    { spec: { hostPath: { path: '/b' } } },
    { spec: { persistentVolumeReclaimPolicy: 'Delete' } },
    { spec: { volumeMode: 'Block' } },
    { spec: { storageClassName: 'x' } },
  ],
};

const claimCase: KindCase = {
  path: `${core}/persistentvolumeclaims`,
  object: {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'small' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  },
  right: [
    { 'spec/storageClassName': '' },
    { 'spec/volumeMode': 'Block', 'spec/volumeName': 'a' },
    { 'spec/dataSource': { kind: 'PersistentVolumeClaim', name: 'a' } },
    { 'spec/selector': { matchLabels: { a: 'b' } } },
  ],
  wrong: [
    { spec: undefined },
    { 'spec/accessModes': undefined },
    { 'spec/accessModes': ['Wrong'] },
    { 'spec/accessModes': ['ReadWriteOncePod', 'ReadWriteMany'] },
    { 'spec/resources': undefined },
    { 'spec/resources': { requests: { storage: '0' } } },
    { 'spec/resources': { requests: { storage: '-1Gi' } } },
    { 'spec/resources': { requests: { storage: 'much' } } },
    { 'spec/storageClassName': 'A B' },
    { 'spec/volumeMode': 'Wrong' },
    { 'spec/selector': { matchLabels: { 'a b': 'c' } } },
    { 'spec/dataSource': { kind: 'A' } },
    { 'spec/dataSource': { kind: 'A', name: 'b' } },
    {
      'spec/dataSourceRef': { kind: 'A', name: 'b', apiGroup: 'example.com' },
      'spec/dataSource': { kind: 'B', name: 'c', apiGroup: 'example.com' },
    },
  ],
  changes: [
    { spec: { resources: { requests: { storage: '2Gi' } } } },
    { spec: { accessModes: ['ReadWriteMany'] } },
    { spec: { volumeName: 'a' } },
    { spec: { storageClassName: 'other' } },
    { spec: { volumeMode: 'Block' } },
    { metadata: { labels: { a: 'b' } } },
  ],
};

const classCase: KindCase = {
  path: '/apis/storage.k8s.io/v1/storageclasses',
  object: {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'small' },
    provisioner: 'example.com/a',
  },
  right: [
    {
      parameters: { a: 'b' },
      allowVolumeExpansion: true,
      volumeBindingMode: 'WaitForFirstConsumer',
      mountOptions: ['ro'],
    },
  ],
  wrong: [
    { provisioner: undefined },
    { provisioner: 'A B' },
    { reclaimPolicy: 'Wrong' },
    { volumeBindingMode: 'Wrong' },
    { parameters: { '': 'a' } },
    { allowedTopologies: [{ matchLabelExpressions: [{ key: 'a', values: [] }] }] },
  ],
  changes: [
    { provisioner: 'example.com/b' },
    { parameters: { a: 'c' } },
    { reclaimPolicy: 'Retain' },
    { volumeBindingMode: 'WaitForFirstConsumer' },
    { allowVolumeExpansion: true },
  ],
};

const attachmentCase: KindCase = {
  path: '/apis/storage.k8s.io/v1/volumeattachments',
  object: {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'VolumeAttachment',
    metadata: { name: 'small' },
    spec: { attacher: 'a', nodeName: 'b', source: { persistentVolumeName: 'c' } },
  },
  wrong: [
    { spec: undefined },
    { 'spec/attacher': undefined },
    { 'spec/nodeName': undefined },
    { 'spec/source': {} },
    { 'spec/attacher': 'A B' },
  ],
  changes: [{ spec: { nodeName: 'other' } }],
};

const csiDriverCase: KindCase = {
  path: '/apis/storage.k8s.io/v1/csidrivers',
  object: { apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', metadata: { name: 'small.example.com' }, spec: {} },
  right: [{ 'spec/attachRequired': false }],
  wrong: [
    { 'spec/volumeLifecycleModes': ['Wrong'] },
    { 'spec/fsGroupPolicy': 'Wrong' },
    { 'spec/tokenRequests': [{ audience: 'a' }, { audience: 'a' }] },
    { 'metadata/name': 'a'.repeat(64) },
  ],
  changes: [{ spec: { attachRequired: false } }, { spec: { podInfoOnMount: true } }],
};

const csiNodeCase: KindCase = {
  path: '/apis/storage.k8s.io/v1/csinodes',
  object: {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSINode',
    metadata: { name: 'small' },
    spec: { drivers: [{ name: 'a', nodeID: 'b' }] },
  },
  wrong: [
    { spec: undefined },
    { 'spec/drivers': [{}] },
    { 'spec/drivers': [{ name: 'A B', nodeID: 'a', topologyKeys: ['a b', 'c', 'c'], allocatable: { count: -1 } }] },
    { 'spec/drivers/1': { name: 'a', nodeID: 'b' } },
  ],
  changes: [{ spec: { drivers: [{ name: 'a', nodeID: 'c' }] } }],
};

const capacityCase: KindCase = {
  path: `${inGroup('storage.k8s.io')}/csistoragecapacities`,
  object: {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSIStorageCapacity',
    metadata: { name: 'small' },
    storageClassName: 'a',
  },
  wrong: [
    { storageClassName: undefined },
    { storageClassName: 'A B' },
    { capacity: '-1' },
    { maximumVolumeSize: '-1' },
  ],
  changes: [{ storageClassName: 'b' }, { capacity: '1Gi' }],
};

const attributesCase: KindCase = {
  path: '/apis/storage.k8s.io/v1/volumeattributesclasses',
  object: {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'VolumeAttributesClass',
    metadata: { name: 'small' },
    driverName: 'a',
    parameters: { a: 'b' },
  },
  wrong: [{ driverName: undefined }, { parameters: undefined }, { parameters: { '': 'b' } }],
  changes: [{ driverName: 'b' }, { parameters: { a: 'c' } }],
};

const exactly = { deviceClassName: 'small' };
const deviceClassCase: KindCase = {
  path: '/apis/resource.k8s.io/v1/deviceclasses',
  object: {
    apiVersion: 'resource.k8s.io/v1',
    kind: 'DeviceClass',
    metadata: { name: 'small' },
    spec: { selectors: [{ cel: { expression: 'device.driver == "a"' } }] },
  },
  wrong: [{ 'spec/selectors': [{}] }, { 'spec/selectors': [{ cel: { expression: 'nothing' } }] }],
};
const resourceClaimCase: KindCase = {
  path: `${inGroup('resource.k8s.io')}/resourceclaims`,
  object: {
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceClaim',
    metadata: { name: 'small' },
    spec: { devices: { requests: [{ name: 'gpu', exactly }] } },
  },
  right: [{ spec: undefined }, { 'spec/devices/requests/0/exactly': { ...exactly, allocationMode: 'All' } }],
  wrong: [
    { 'spec/devices/requests': [{}] },
    { 'spec/devices/requests': [{ name: 'A B', exactly }] },
    { 'spec/devices/requests': [{ name: 'a', exactly: {} }] },
    { 'spec/devices/requests': [{ name: 'a', exactly: { ...exactly, count: -1 } }] },
    { 'spec/devices/requests': [{ name: 'a', exactly: { ...exactly, allocationMode: 'Wrong' } }] },
    { 'spec/devices/requests/1': { name: 'gpu', exactly } },
  ],
  changes: [{ spec: { devices: { requests: [{ name: 'other', exactly }] } } }],
};
const claimTemplateCase: KindCase = {
  path: `${inGroup('resource.k8s.io')}/resourceclaimtemplates`,
  object: {
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceClaimTemplate',
    metadata: { name: 'small' },
    spec: { spec: { devices: { requests: [{ name: 'gpu', exactly }] } } },
  },
  changes: [{ spec: { spec: { devices: { requests: [{ name: 'other', exactly }] } } } }],
};
const sliceCase: KindCase = {
  path: '/apis/resource.k8s.io/v1/resourceslices',
  object: {
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceSlice',
    metadata: { name: 'small' },
    spec: {
      driver: 'a.example.com',
      nodeName: 'a',
      pool: { name: 'p', generation: 1, resourceSliceCount: 1 },
      devices: [{ name: 'd' }],
    },
  },
  wrong: [
    { spec: undefined },
    { 'spec/nodeName': undefined },
    { 'spec/allNodes': true },
    { 'spec/pool': {} },
    { 'spec/driver': 'A B' },
  ],
  changes: [{ spec: { driver: 'b.example.com' } }],
};

/** Volumes and devices. */
export const storage: Readonly<Record<string, Sequence>> = {
  async volumes(say) {
    for (const one of [volumeCase, claimCase, classCase]) await askAbout(say, one);
  },
  async 'volume-drivers'(say) {
    for (const one of [attachmentCase, csiDriverCase, csiNodeCase, capacityCase, attributesCase])
      await askAbout(say, one);
  },
  async devices(say) {
    for (const one of [deviceClassCase, resourceClaimCase, claimTemplateCase, sliceCase]) await askAbout(say, one);
  },
};
