import type { Descriptions } from './text.ts';

const selector = 'Which pods belong to it; must match the labels of the template. Cannot be changed.';
const minReadySeconds = 'Seconds a new pod must be ready before it counts as available. Default 0.';
const revisionHistoryLimit = 'Old templates that are kept for going back, 0 or more. Default 10.';
const collisionCount = 'How often a name made from the template was taken; goes into the next one so that it differs.';
const terminatingReplicas = 'Pods that were asked to stop and have not gone yet.';
const conditions = 'Latest observations of the state of the object.';

/** Kinds of apps. */
export const workloadDescriptions: Descriptions = {
  'apps/v1.Deployment': {
    '': 'Keeps a number of equal pods running and replaces them step by step when their template changes.',
    spec: 'How many pods should run, made from what, and how they are replaced.',
    status: 'How far the Deployment is.',
  },
  'apps/v1.DeploymentSpec': {
    '': 'What should run, and how it is replaced.',
    replicas: 'Number of pods, 0 or more. Default 1.',
    selector: 'The pods that belong to the Deployment; must match the labels of the template. Cannot be changed.',
    template: 'What the pods are made from. Every change of it is rolled out. Their restartPolicy is Always.',
    strategy: 'How old pods are replaced by new ones.',
    minReadySeconds,
    revisionHistoryLimit: 'Old ReplicaSets kept to go back to, 0 or more. Default 10.',
    progressDeadlineSeconds:
      'Seconds without progress after which the roll-out counts as failed; more than minReadySeconds. Default 600.',
    paused: 'Changes of the template are not rolled out while true. Default false.',
  },
  'apps/v1.DeploymentStrategy': {
    '': 'How old pods are replaced by new ones.',
    type: 'RollingUpdate (default): step by step; Recreate: all old ones go before new ones are made.',
    rollingUpdate: 'Size of the steps, for the type RollingUpdate only.',
  },
  'apps/v1.RollingUpdateDeployment': {
    '': 'Size of the steps of a roll-out. The two bounds cannot both be 0.',
    maxSurge: 'Pods above the wanted number during a roll-out, as a count or percentage (rounded up). Default 25%.',
    maxUnavailable: 'Pods that may be missing during a roll-out, as a count or percentage (rounded down). Default 25%.',
  },
  'apps/v1.DeploymentStatus': {
    '': 'How far a Deployment is.',
    observedGeneration: 'The metadata.generation this status is about.',
    replicas: 'Pods that exist and do not terminate.',
    updatedReplicas: 'Pods made from the current template.',
    readyReplicas: 'Pods that are ready.',
    availableReplicas: 'Pods that have been ready for minReadySeconds.',
    unavailableReplicas: 'Pods that are still missing to the wanted number, or not available.',
    terminatingReplicas,
    conditions: 'Latest observations, such as Available and Progressing.',
    collisionCount,
  },
  'apps/v1.DeploymentCondition': {
    '': 'One observation of the state of a Deployment.',
    type: 'Available (enough pods are), Progressing (the roll-out goes on or is done) or ReplicaFailure (pods cannot be made).',
  },
  'apps/v1.ReplicaSet': {
    '': 'Keeps a number of equal pods running. Usually made by a Deployment.',
    spec: 'How many pods should run, made from what.',
    status: 'How many pods there are.',
  },
  'apps/v1.ReplicaSetSpec': {
    '': 'What a ReplicaSet keeps running.',
    replicas: 'Number of pods, 0 or more. Default 1.',
    selector: 'The pods that belong to the ReplicaSet; must match the labels of the template. Cannot be changed.',
    template: 'What the pods are made from. Their restartPolicy is Always.',
    minReadySeconds,
  },
  'apps/v1.ReplicaSetStatus': {
    '': 'How many pods a ReplicaSet has.',
    replicas: 'Pods that exist and do not terminate.',
    fullyLabeledReplicas: 'Pods that have all labels of the template.',
    readyReplicas: 'Pods that are ready.',
    availableReplicas: 'Pods that have been ready for minReadySeconds.',
    terminatingReplicas,
    conditions: 'Latest observations, such as ReplicaFailure.',
  },
  'apps/v1.ReplicaSetCondition': {
    '': 'One observation of the state of a ReplicaSet.',
    type: 'ReplicaFailure: a pod could not be made or deleted.',
  },
  'apps/v1.DaemonSet': {
    '': 'One pod of a template on every node that fits.',
    spec: 'What runs on the nodes, and how it is replaced.',
    status: 'On how many nodes it runs.',
  },
  'apps/v1.DaemonSetSpec': {
    '': 'What a DaemonSet runs on the nodes.',
    selector,
    template: 'What its pods are made from. Their node selector and affinity choose the nodes.',
    updateStrategy: 'How pods are replaced when the template changes.',
    minReadySeconds,
    revisionHistoryLimit,
  },
  'apps/v1.DaemonSetUpdateStrategy': {
    '': 'How pods are replaced when the template changes.',
    type: 'RollingUpdate (default) replaces them step by step, OnDelete when somebody deletes them.',
    rollingUpdate: 'Size of the steps, for the type RollingUpdate only.',
  },
  'apps/v1.RollingUpdateDaemonSet': {
    '': 'How many nodes are updated at a time; one of the two bounds is 0.',
    maxUnavailable: 'Most nodes without an available pod, as a count or a percentage (rounded up). Default 1.',
    maxSurge: 'Most nodes that have an old and a new pod, as a count or a percentage (rounded up). Default 0.',
  },
  'apps/v1.DaemonSetStatus': {
    '': 'On how many nodes a DaemonSet runs.',
    currentNumberScheduled: 'Nodes that have a pod and should.',
    desiredNumberScheduled: 'Nodes that should have a pod.',
    numberMisscheduled: 'Nodes that have a pod and should not.',
    numberReady: 'Nodes whose pod is ready.',
    numberAvailable: 'Nodes whose pod has been ready for minReadySeconds.',
    numberUnavailable: 'Nodes that should have an available pod and have none.',
    updatedNumberScheduled: 'Nodes whose pod is of the current template.',
    conditions,
    collisionCount,
  },
  'apps/v1.DaemonSetCondition': { '': 'One observation of the state of a DaemonSet.' },
  'apps/v1.StatefulSet': {
    '': 'Pods with names, order and volumes of their own, for databases and the like.',
    spec: 'How many pods should run, made from what, with which volumes.',
    status: 'How far the StatefulSet is.',
  },
  'apps/v1.StatefulSetSpec': {
    '': 'What a StatefulSet keeps running.',
    replicas: 'Number of pods, 0 or more. Default 1.',
    selector,
    template: 'What its pods are made from. They are called <name>-0, <name>-1 and so on.',
    volumeClaimTemplates: 'Claims every pod gets for itself; they outlive the pod. Cannot be changed.',
    serviceName: 'Headless Service that gives the pods their DNS names. Cannot be changed.',
    podManagementPolicy:
      'OrderedReady (default) starts and stops one after the other, Parallel all at once. Cannot be changed.',
    updateStrategy: 'How pods are replaced when the template changes.',
    revisionHistoryLimit,
    minReadySeconds,
    persistentVolumeClaimRetentionPolicy:
      'Whether claims go away with the set or with pods it no longer wants. Default: they stay.',
    ordinals: 'Which number the first pod has. Default 0.',
  },
  'apps/v1.StatefulSetUpdateStrategy': {
    '': 'How pods are replaced when the template changes.',
    type: 'RollingUpdate (default) replaces them from the last to the first, OnDelete when somebody deletes them.',
    rollingUpdate: 'Which pods are replaced and how many at a time, for the type RollingUpdate only.',
  },
  'apps/v1.RollingUpdateStatefulSetStrategy': {
    '': 'Which pods are replaced, and how many at a time.',
    partition: 'Pods with lower numbers keep the old template. Default 0: all are replaced.',
    maxUnavailable: 'Most pods that are not available, as a count or a percentage (rounded up). Default 1.',
  },
  'apps/v1.StatefulSetPersistentVolumeClaimRetentionPolicy': {
    '': 'What becomes of the claims of volumeClaimTemplates.',
    whenDeleted: 'When the StatefulSet is deleted: Retain (default) keeps the claims, Delete removes them.',
    whenScaled: 'When it is scaled down: Retain (default) keeps the claims of pods that go, Delete removes them.',
  },
  'apps/v1.StatefulSetOrdinals': {
    '': 'How pods are numbered.',
    start: 'Number of the first pod, 0 or more. Default 0.',
  },
  'apps/v1.StatefulSetStatus': {
    '': 'How far a StatefulSet is.',
    replicas: 'Pods that were made and still exist.',
    readyReplicas: 'Pods that are ready.',
    currentReplicas: 'Pods of the current revision.',
    updatedReplicas: 'Pods of the revision it is on the way to.',
    availableReplicas: 'Pods that have been ready for minReadySeconds.',
    currentRevision: 'Revision its first pods are of.',
    updateRevision: 'Revision its last pods are of.',
    conditions,
    collisionCount,
  },
  'apps/v1.StatefulSetCondition': { '': 'One observation of the state of a StatefulSet.' },
  'apps/v1.ControllerRevision': {
    '': 'An earlier state of a StatefulSet or DaemonSet that can be gone back to.',
    data: 'The state, as an object of any form. Cannot be changed.',
    revision: 'Number of the state; later ones are higher.',
  },
};
