import type { Sequence } from '../conversation.ts';
import { askAbout, type Edits, type KindCase, type Manifest } from './cases.ts';
import { core, inGroup } from './places.ts';

const template = {
  metadata: { labels: { app: 'small' } },
  spec: { containers: [{ name: 'main', image: 'busybox:1.37' }] },
};
const selector = { matchLabels: { app: 'small' } };

function workload(kind: string, spec: object = {}): Manifest {
  return { apiVersion: 'apps/v1', kind, metadata: { name: 'small' }, spec: { selector, template, ...spec } };
}

/** Two replicas of a small pod. */
export const deployment: Manifest = workload('Deployment');

/** What is wrong with a selector or a template whatever it belongs to. */
const wrongWorkloads: readonly Edits[] = [
  { spec: undefined },
  { 'spec/selector': undefined },
  { 'spec/selector': {} },
  { 'spec/selector': { matchLabels: { app: 'other' } } },
  { 'spec/selector': { matchLabels: { 'a b': 'c d' } } },
  { 'spec/selector': { matchExpressions: [{ key: 'app', operator: 'Wrong' }] } },
  { 'spec/selector': { matchExpressions: [{ key: 'app', operator: 'In' }] } },
  { 'spec/selector': { matchExpressions: [{ key: 'app', operator: 'Exists', values: ['a'] }] } },
  { 'spec/template': undefined },
  { 'spec/template/metadata': undefined },
  { 'spec/template/metadata/labels': { app: 'small', 'a b': 'c' } },
  { 'spec/template/metadata/annotations': { 'a b': 'c' } },
  { 'spec/template/spec': undefined },
  { 'spec/template/spec/containers': [] },
  { 'spec/template/spec/containers/0/image': undefined },
  { 'spec/template/spec/containers/0/name': 'UPPER' },
  { 'spec/template/spec/restartPolicy': 'Never' },
  { 'spec/template/spec/activeDeadlineSeconds': 5 },
  { 'spec/template/spec/volumes': [{ name: 'a' }, { name: 'a' }] },
  { 'spec/minReadySeconds': -1 },
  { 'spec/minReadySeconds': 'soon' },
  { 'metadata/name': 'UPPER' },
];

const wrongReplicas: readonly Edits[] = [
  { 'spec/replicas': -1 },
  { 'spec/replicas': '1' },
  { 'spec/replicas': 1.5 },
  { 'spec/replicas': null },
];

const deploymentCase: KindCase = {
  path: `${inGroup('apps')}/deployments`,
  object: deployment,
  right: [
    { 'spec/strategy': { type: 'Recreate' } },
    { 'spec/strategy': { rollingUpdate: { maxSurge: 1 } } },
    { 'spec/replicas': 0, 'spec/paused': true, 'spec/minReadySeconds': 5 },
    { 'spec/template/metadata/annotations': { a: 'b' }, 'spec/template/spec/serviceAccountName': 'robot' },
    { 'spec/template/spec/volumes': [{ name: 'a', configMap: { name: 'b' } }] },
  ],
  wrong: [
    ...wrongWorkloads,
    ...wrongReplicas,
    { 'spec/revisionHistoryLimit': -1 },
    { 'spec/progressDeadlineSeconds': -1 },
    { 'spec/progressDeadlineSeconds': 5, 'spec/minReadySeconds': 10 },
    { 'spec/strategy': { type: 'Wrong' } },
    { 'spec/strategy': { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } },
    { 'spec/strategy': { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } },
    { 'spec/strategy': { rollingUpdate: { maxSurge: '0%', maxUnavailable: '0%' } } },
    { 'spec/strategy': { rollingUpdate: { maxSurge: -1, maxUnavailable: -1 } } },
    { 'spec/strategy': { rollingUpdate: { maxUnavailable: '101%' } } },
    { 'spec/strategy': { rollingUpdate: { maxSurge: 'much', maxUnavailable: '-1%' } } },
    { 'spec/strategy': { rollingUpdate: { maxSurge: 1.5 } } },
  ],
  changes: [
    { spec: { replicas: 3 } },
    { spec: { replicas: -1 } },
    { spec: { selector: { matchLabels: { app: 'other' } } } },
    { spec: { selector: { matchLabels: { b: 'c' } } } },
    { spec: { template: { metadata: { labels: { app: 'other' } } } } },
    { spec: { template: { spec: { containers: null } } } },
    { spec: { strategy: { type: 'Recreate' } } },
    { spec: { strategy: { type: 'Recreate', rollingUpdate: null } } },
    { spec: null },
    { status: { replicas: 5 } },
    { metadata: { labels: { a: 'b' } } },
  ],
};

const replicaSetCase: KindCase = {
  path: `${inGroup('apps')}/replicasets`,
  object: workload('ReplicaSet'),
  right: [{ 'spec/replicas': 0 }],
  wrong: [...wrongWorkloads, ...wrongReplicas],
  changes: [
    { spec: { replicas: 2 } },
    { spec: { selector: { matchLabels: { app: 'other' } } } },
    { spec: { template: { metadata: { labels: { app: 'small', b: 'c' } } } } },
  ],
};

const daemonSetCase: KindCase = {
  path: `${inGroup('apps')}/daemonsets`,
  object: workload('DaemonSet'),
  right: [
    { 'spec/updateStrategy': { type: 'OnDelete' } },
    { 'spec/updateStrategy': { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } },
  ],
  wrong: [
    ...wrongWorkloads,
    { 'spec/revisionHistoryLimit': -1 },
    { 'spec/updateStrategy': { type: 'Wrong' } },
    { 'spec/updateStrategy': { rollingUpdate: { maxUnavailable: 0 } } },
    { 'spec/updateStrategy': { rollingUpdate: { maxUnavailable: 1, maxSurge: 1 } } },
    { 'spec/updateStrategy': { rollingUpdate: { maxUnavailable: '101%' } } },
    { 'spec/updateStrategy': { rollingUpdate: { maxUnavailable: -1 } } },
  ],
  changes: [
    { spec: { selector: { matchLabels: { app: 'other' } } } },
    { spec: { updateStrategy: { type: 'OnDelete' } } },
    { spec: { template: { spec: { nodeSelector: { a: 'b' } } } } },
    { status: { numberReady: 5 } },
  ],
};

const claim = {
  metadata: { name: 'data' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
};

const statefulSetCase: KindCase = {
  path: `${inGroup('apps')}/statefulsets`,
  object: workload('StatefulSet', { serviceName: 'small' }),
  right: [
    { 'spec/volumeClaimTemplates': [claim] },
    { 'spec/updateStrategy': { type: 'OnDelete' }, 'spec/podManagementPolicy': 'Parallel' },
    { 'spec/updateStrategy': { rollingUpdate: { partition: 1 } }, 'spec/serviceName': undefined },
    { 'spec/ordinals': { start: 1 }, 'spec/persistentVolumeClaimRetentionPolicy': { whenDeleted: 'Delete' } },
    { 'metadata/name': 'a.b' },
  ],
  wrong: [
    ...wrongWorkloads,
    ...wrongReplicas,
    { 'spec/revisionHistoryLimit': -1 },
    { 'spec/serviceName': 'A B' },
    { 'spec/podManagementPolicy': 'Wrong' },
    { 'spec/updateStrategy': { type: 'Wrong' } },
    { 'spec/updateStrategy': { type: 'OnDelete', rollingUpdate: { partition: 1 } } },
    { 'spec/updateStrategy': { rollingUpdate: { partition: -1 } } },
    { 'spec/updateStrategy': { rollingUpdate: { maxUnavailable: 0 } } },
    { 'spec/ordinals': { start: -1 } },
    { 'spec/persistentVolumeClaimRetentionPolicy': { whenDeleted: 'Wrong' } },
    { 'spec/volumeClaimTemplates': [{ metadata: { name: 'data' }, spec: {} }] },
    { 'spec/volumeClaimTemplates': 'text' },
  ],
  changes: [
    { spec: { replicas: 2 } },
    { spec: { serviceName: 'other' } },
    { spec: { selector: { matchLabels: { app: 'other' } } } },
    { spec: { podManagementPolicy: 'Parallel' } },
    { spec: { volumeClaimTemplates: [claim] } },
    { spec: { updateStrategy: { rollingUpdate: { partition: 2 } } } },
    { spec: { template: { spec: { restartPolicy: 'Never' } } } },
    { spec: { minReadySeconds: 3, ordinals: { start: 2 } } },
  ],
};

const job: Manifest = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'small' },
  spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox:1.37' }] } } },
};

const wrongJobSpecs: readonly Edits[] = [
  { 'template/spec/restartPolicy': undefined },
  { 'template/spec/restartPolicy': 'Always' },
  { template: undefined },
  { 'template/spec/containers': [] },
  { parallelism: -1, completions: -1, backoffLimit: -1, activeDeadlineSeconds: -1, ttlSecondsAfterFinished: -1 },
  { completionMode: 'Wrong' },
  { completionMode: 'Indexed' },
  { completionMode: 'Indexed', completions: 5, parallelism: 200_000 },
  { completionMode: 'Indexed', completions: 1, backoffLimitPerIndex: -1, maxFailedIndexes: -1 },
  { backoffLimitPerIndex: 1 },
  { maxFailedIndexes: 1 },
  { podReplacementPolicy: 'Wrong' },
  { manualSelector: false, selector: { matchLabels: { a: 'b' } } },
  { manualSelector: true },
  { manualSelector: true, selector: { matchLabels: { a: 'b' } } },
  { managedBy: 'a b' },
  { podFailurePolicy: { rules: [{ action: 'FailJob' }] } },
  { podFailurePolicy: { rules: [{ action: 'Wrong', onExitCodes: { operator: 'In', values: [0] } }] } },
  {
    podFailurePolicy: {
      rules: [{ action: 'Ignore', onExitCodes: { operator: 'In', values: [1, 1], containerName: 'absent' } }],
    },
  },
  {
    podFailurePolicy: {
      rules: [{ action: 'Count', onExitCodes: { operator: 'In', values: [1] }, onPodConditions: [{ type: 'a' }] }],
    },
  },
  { podFailurePolicy: { rules: [{ action: 'FailIndex', onExitCodes: { operator: 'Wrong', values: [] } }] } },
  { successPolicy: { rules: [] } },
  { completionMode: 'Indexed', completions: 3, successPolicy: { rules: [{}] } },
  {
    completionMode: 'Indexed',
    completions: 3,
    successPolicy: { rules: [{ succeededIndexes: '5-1', succeededCount: -1 }] },
  },
  { suspend: 'yes' },
];

/** The same edits further down. */
function below(prefix: string, all: readonly Edits[]): readonly Edits[] {
  return all.map((edits) =>
    Object.fromEntries(Object.entries(edits).map(([path, value]) => [`${prefix}/${path}`, value])),
  );
}

const jobCase: KindCase = {
  path: `${inGroup('batch')}/jobs`,
  object: job,
  right: [
    { 'spec/completions': 3 },
    { 'spec/completions': 3, 'spec/parallelism': 2, 'spec/completionMode': 'Indexed' },
    { 'spec/suspend': true, 'spec/ttlSecondsAfterFinished': 5 },
    {
      'spec/manualSelector': true,
      'spec/selector': { matchLabels: { a: 'b' } },
      'spec/template/metadata': { labels: { a: 'b' } },
    },
    { 'spec/podFailurePolicy': { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] }] } },
    { 'spec/completionMode': 'Indexed', 'spec/completions': 3, 'spec/backoffLimitPerIndex': 1 },
    { 'metadata/name': undefined, 'metadata/generateName': 'small-' },
  ],
  wrong: [
    { spec: undefined },
    ...below('spec', wrongJobSpecs),
    { 'metadata/name': 'UPPER' },
    { 'metadata/name': 'a'.repeat(64) },
  ],
  changes: [
    { spec: { parallelism: 2 } },
    { spec: { completions: 2 } },
    { spec: { completionMode: 'Indexed', completions: 1 } },
    { spec: { selector: { matchLabels: { a: 'b' } } } },
    { spec: { template: { spec: { containers: [{ name: 'main', image: 'other' }] } } } },
    { spec: { template: { metadata: { labels: { a: 'b' } } } } },
    { spec: { suspend: true } },
    { spec: { backoffLimit: 2, activeDeadlineSeconds: 5, ttlSecondsAfterFinished: 5 } },
    { spec: { podReplacementPolicy: 'Failed' } },
    { spec: { manualSelector: true } },
  ],
};

const cronJobCase: KindCase = {
  path: `${inGroup('batch')}/cronjobs`,
  object: {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'small' },
    spec: { schedule: '0 * * * *', jobTemplate: { spec: job['spec'] } },
  },
  right: [
    { 'spec/timeZone': 'Europe/Zurich', 'spec/schedule': '@daily' },
    { 'spec/schedule': '*/5 1-3 * JAN MON' },
    { 'spec/concurrencyPolicy': 'Forbid', 'spec/suspend': true },
  ],
  wrong: [
    { spec: undefined },
    { 'spec/schedule': undefined },
    { 'spec/schedule': 'often' },
    { 'spec/schedule': '* * * *' },
    { 'spec/schedule': '61 * * * *' },
    { 'spec/schedule': '* * 32 * *' },
    { 'spec/schedule': '@sometimes' },
    { 'spec/schedule': 'TZ=UTC * * * * *' },
    { 'spec/schedule': 'TZ=UTC 0 * * * *', 'spec/timeZone': 'UTC' },
    { 'spec/timeZone': '' },
    { 'spec/timeZone': 'Mars/Base' },
    { 'spec/timeZone': 'Local' },
    { 'spec/timeZone': '../etc' },
    { 'spec/concurrencyPolicy': 'Wrong' },
    { 'spec/startingDeadlineSeconds': -1 },
    { 'spec/successfulJobsHistoryLimit': -1, 'spec/failedJobsHistoryLimit': -1 },
    { 'spec/jobTemplate': undefined },
    { 'spec/jobTemplate/spec/manualSelector': true },
    { 'spec/jobTemplate/spec/selector': { matchLabels: { a: 'b' } } },
    { 'spec/jobTemplate/spec/template/spec/restartPolicy': 'Always' },
    { 'spec/jobTemplate/spec/completions': -1 },
    { 'metadata/name': 'a'.repeat(53) },
    { 'metadata/name': 'UPPER' },
  ],
  changes: [
    { spec: { schedule: 'often' } },
    { spec: { suspend: true } },
    { spec: { timeZone: 'Mars/Base' } },
    { status: { lastScheduleTime: '2020-01-01T00:00:00Z' } },
  ],
};

const replicationControllerCase: KindCase = {
  path: `${core}/replicationcontrollers`,
  object: { apiVersion: 'v1', kind: 'ReplicationController', metadata: { name: 'small' }, spec: { template } },
  right: [{ 'spec/selector': { app: 'small' }, 'spec/replicas': 0 }],
  wrong: [
    { spec: undefined },
    { 'spec/template': undefined },
    { 'spec/selector': { app: 'other' } },
    { 'spec/selector': {}, 'spec/template/metadata': undefined },
    { 'spec/replicas': -1 },
    { 'spec/minReadySeconds': -1 },
    { 'spec/template/spec/restartPolicy': 'Never' },
    { 'spec/template/spec/containers': [] },
    { 'metadata/name': 'UPPER' },
  ],
  changes: [{ spec: { replicas: 2 } }, { spec: { replicas: -2 } }, { spec: { selector: { app: 'other' } } }],
};

const podTemplateCase: KindCase = {
  path: `${core}/podtemplates`,
  object: { apiVersion: 'v1', kind: 'PodTemplate', metadata: { name: 'small' }, template },
  wrong: [{ template: undefined }, { 'template/spec/containers': [] }, { 'template/metadata/labels': { 'a b': 'c' } }],
  changes: [{ template: { metadata: { labels: { a: 'b' } } } }],
};

const controllerRevisionCase: KindCase = {
  path: `${inGroup('apps')}/controllerrevisions`,
  object: {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: { name: 'small' },
    data: { spec: { a: 1 } },
    revision: 1,
  },
  wrong: [{ data: undefined }, { revision: -1 }, { revision: undefined }],
  changes: [{ data: { spec: { a: 2 } } }, { revision: 2 }, { revision: -2 }],
};

/** Pods in numbers. */
export const workloads: Readonly<Record<string, Sequence>> = {
  deployments: (say) => askAbout(say, deploymentCase),
  async 'replicated-pods'(say) {
    for (const one of [replicaSetCase, replicationControllerCase, podTemplateCase, controllerRevisionCase])
      await askAbout(say, one);
  },
  async 'sets-of-pods'(say) {
    for (const one of [daemonSetCase, statefulSetCase]) await askAbout(say, one);
  },
  async jobs(say) {
    for (const one of [jobCase, cronJobCase]) await askAbout(say, one);
  },
};
