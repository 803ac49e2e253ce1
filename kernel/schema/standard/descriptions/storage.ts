import type { Descriptions } from './text.ts';
import { volumeSourceTexts } from './volumes.ts';

const volumeModes =
  'Filesystem (default): mounted as a folder; Block: given to containers as a device. Cannot be changed.';
const modes =
  'ReadWriteOnce: by pods of one node; ReadOnlyMany: by many, only to read; ReadWriteMany: by many; ReadWriteOncePod: by one pod.';

/** Persistent volumes, claims and what storage drivers say. */
export const storageDescriptions: Descriptions = {
  'core/v1.PersistentVolume': {
    '': 'Storage that is there, whoever uses it.',
    spec: 'What the storage is, how large, and who may use it.',
    status: 'Whether the storage is used.',
  },
  'core/v1.PersistentVolumeSpec': {
    '': 'What a volume is. Exactly one of the fields that say where the storage is must be set; it cannot be changed.',
    capacity: 'How much it holds, as storage: 5Gi.',
    accessModes: `All the ways it can be mounted. ${modes}`,
    claimRef:
      'Claim it is bound to. Set when volume and claim find each other; by hand it keeps the volume for that claim.',
    persistentVolumeReclaimPolicy:
      'What becomes of it when its claim is gone: Retain (default) keeps it with its data, Delete removes both. Recycle is deprecated.',
    storageClassName: 'StorageClass it belongs to. Default empty: none.',
    volumeMode: volumeModes,
    mountOptions: 'Options the volume is mounted with, such as nfsvers=4.1. They are not checked.',
    nodeAffinity: 'Nodes that can reach it; pods that use it are placed there.',
    volumeAttributesClassName: 'VolumeAttributesClass whose attributes it has.',
    csi: 'Storage of a CSI driver.',
    local: 'A folder or disk of one node.',
    ...volumeSourceTexts,
    hostPath: 'A folder of the node; for tests with a single node.',
  },
  'core/v1.PersistentVolumeStatus': {
    '': 'Whether a volume is used.',
    phase:
      'Pending, Available (free), Bound (to a claim), Released (its claim is gone, the data is still there) or Failed (giving it back did not work).',
    message: 'For people: more about the phase.',
    reason: 'One word for why the volume failed.',
    lastPhaseTransitionTime: 'When the phase last changed.',
  },
  'core/v1.PersistentVolumeClaim': {
    '': 'Storage a workload asks for.',
    spec: 'What storage is asked for.',
    status: 'What storage the claim got.',
  },
  'core/v1.PersistentVolumeClaimSpec': {
    '': 'What a claim asks for. Only a bound claim may change: ask for more, or for other attributes.',
    accessModes: `How it will be mounted. ${modes}`,
    resources: 'How much is asked for, in requests.storage. A bound claim can ask for more if the class allows it.',
    selector: 'Labels the volume must have. A volume that is made for the claim cannot have it.',
    storageClassName: 'StorageClass of the volume. Default: the default class; empty text: a volume without class.',
    volumeMode: volumeModes,
    volumeName: 'The volume it is bound to, or should be.',
    dataSource: 'VolumeSnapshot or PersistentVolumeClaim of the namespace the content comes from.',
    dataSourceRef: 'Object the content comes from, of any kind that can fill volumes, perhaps of another namespace.',
    volumeAttributesClassName: 'VolumeAttributesClass the volume should have. It can change later.',
  },
  'core/v1.VolumeResourceRequirements': {
    '': 'How much storage a claim asks for.',
    limits: 'The most it may get, as storage: 10Gi.',
    requests: 'The least it must get, as storage: 5Gi.',
  },
  'core/v1.PersistentVolumeClaimStatus': {
    '': 'What a claim got.',
    phase: 'Pending (not bound yet), Bound, or Lost (its volume is gone).',
    accessModes: 'How its volume can be mounted.',
    capacity: 'How much its volume holds.',
    conditions: 'Latest observations, such as Resizing.',
    allocatedResources: 'How much was set aside for it; more than capacity while it grows.',
    allocatedResourceStatuses: 'How far growing is, by resource. No entry: nothing is going on.',
    currentVolumeAttributesClassName: 'VolumeAttributesClass whose attributes the volume has now.',
    modifyVolumeStatus: 'How far a change of attributes is.',
  },
  'core/v1.PersistentVolumeClaimCondition': {
    '': 'One observation of the state of a claim.',
    type: 'Resizing, FileSystemResizePending, ControllerResizeError, NodeResizeError, ModifyingVolume or ModifyVolumeError.',
  },
  'core/v1.ModifyVolumeStatus': {
    '': 'How far a change of attributes is.',
    targetVolumeAttributesClassName: 'VolumeAttributesClass the volume is getting.',
    status:
      'Pending (the class is not there, for example), InProgress, or Infeasible (the driver refused; choose another class).',
  },
  'core/v1.VolumeNodeAffinity': {
    '': 'Nodes that can reach a volume.',
    required: 'Selector the nodes must satisfy.',
  },
  'core/v1.TopologySelectorTerm': {
    '': 'Places, by labels of nodes; all requirements must hold.',
    matchLabelExpressions: 'Requirements on labels of the nodes.',
  },
  'core/v1.TopologySelectorLabelRequirement': {
    '': 'A label with one of some values.',
    key: 'The label of the nodes.',
    values: 'Values of which the label must have one.',
  },
  'storage/v1.StorageClass': {
    '': 'A kind of storage claims can ask for.',
    provisioner: 'Driver that makes the volumes, or kubernetes.io/no-provisioner. Cannot be changed.',
    parameters: 'Settings for the provisioner, at most 512. Cannot be changed.',
    reclaimPolicy: 'What becomes of a volume when its claim is gone: Delete (default) or Retain. Cannot be changed.',
    mountOptions: 'Options volumes of the class are mounted with. They are not checked.',
    allowVolumeExpansion: 'Whether claims of the class can ask for more later. Default false.',
    volumeBindingMode:
      'Immediate (default): volumes are made at once; WaitForFirstConsumer: once a pod uses the claim, where it is placed. Cannot be changed.',
    allowedTopologies: 'Places where volumes may be made. Default: all.',
  },
  'storage/v1.VolumeAttachment': {
    '': 'A volume that should be attached to a node.',
    spec: 'Which volume, which node, and who attaches. Cannot be changed.',
    status: 'Whether the volume is attached.',
  },
  'storage/v1.VolumeAttachmentSpec': {
    '': 'Which volume is attached to which node.',
    attacher: 'CSI driver that attaches it.',
    source: 'The volume to attach.',
    nodeName: 'Node the volume is attached to.',
  },
  'storage/v1.VolumeAttachmentSource': {
    '': 'The volume to attach. Exactly one field is set.',
    persistentVolumeName: 'Name of the PersistentVolume.',
    inlineVolumeSpec: 'A volume that is written into the pod itself; for drivers that took over an older volume type.',
  },
  'storage/v1.VolumeAttachmentStatus': {
    '': 'Whether a volume is attached.',
    attached: 'Whether the volume is attached to the node.',
    attachmentMetadata: 'What the driver said when it attached; handed to the node for mounting.',
    attachError: 'Last error of attaching.',
    detachError: 'Last error of detaching.',
  },
  'storage/v1.VolumeError': {
    '': 'An error of attaching or detaching.',
    time: 'When the error occurred.',
    message: 'What the driver said. It must hold nothing confidential.',
    errorCode: 'Code of the gRPC error.',
  },
  'storage/v1.CSIDriver': {
    '': 'What a storage driver can do and needs; its name is that of the driver.',
    spec: 'What the driver can do and needs.',
  },
  'storage/v1.CSIDriverSpec': {
    '': 'What a storage driver can do and needs.',
    attachRequired: 'Whether volumes are attached to nodes first. Default true. Cannot be changed.',
    podInfoOnMount: 'Whether the driver is told which pod it mounts for. Default false.',
    storageCapacity:
      'Whether the driver publishes CSIStorageCapacity objects and pods are placed by them. Default false.',
    fsGroupPolicy:
      'Whether files may be given to the group of the pod: ReadWriteOnceWithFSType (default), File (always) or None.',
    volumeLifecycleModes:
      'Persistent (default): with claims; Ephemeral: written into pods; or both. Cannot be changed.',
    tokenRequests: 'Tokens of the ServiceAccount of the pod that the driver is given when it mounts.',
    requiresRepublish: 'Whether mounting is repeated from time to time, for content that changes. Default false.',
    seLinuxMount: 'Whether volumes can be mounted with a SELinux label (-o context). Default false.',
    nodeAllocatableUpdatePeriodSeconds:
      'Seconds between looks at how many volumes a node can have, 10 or more. Default: only when the driver starts.',
    serviceAccountTokenInSecrets:
      'Whether the tokens come among the secrets of the call instead of its context. Default false.',
    preventPodSchedulingIfMissing:
      'Whether pods that need the driver are kept off nodes that do not have it. Default false.',
  },
  'storage/v1.TokenRequest': {
    '': 'A token a driver is given.',
    audience: 'Whom the token is for. Empty: the API server.',
    expirationSeconds: 'Life of the token in seconds, 600 or more. Default 3600.',
  },
  'storage/v1.CSINode': {
    '': 'The storage drivers of a node; its name is that of the node.',
    spec: 'The drivers that are installed on the node.',
  },
  'storage/v1.CSINodeSpec': {
    '': 'The drivers that are installed on a node.',
    drivers: 'The drivers, by name. Written by the node.',
  },
  'storage/v1.CSINodeDriver': {
    '': 'One driver on a node.',
    name: 'Name of the driver, as its CSIDriver object.',
    nodeID: 'What the driver calls the node.',
    topologyKeys: 'Labels of the node that say where its volumes can be reached from.',
    allocatable: 'How many volumes of the driver the node can have.',
  },
  'storage/v1.VolumeNodeResources': {
    '': 'How many volumes a node can have.',
    count: 'Most different volumes of the driver on the node. Default: no bound.',
  },
  'storage/v1.CSIStorageCapacity': {
    '': 'How much storage of a class is left for some nodes.',
    storageClassName: 'StorageClass the object is about. Cannot be changed.',
    nodeTopology: 'Nodes that can reach the storage. Absent: none; empty: all. Cannot be changed.',
    capacity: 'How much storage is left. Absent: not known.',
    maximumVolumeSize: 'The largest volume that can be made.',
  },
  'storage/v1.VolumeAttributesClass': {
    '': 'Attributes of volumes, such as speed, that can change while they are used.',
    driverName: 'Storage driver it is for. Cannot be changed.',
    parameters: 'Settings for the driver, 1 to 512. Cannot be changed.',
  },
};
