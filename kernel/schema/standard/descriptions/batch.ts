import type { Descriptions } from './text.ts';

const indexes = 'as numbers and ranges with commas between: 1,3-5,7';

/** Kinds of batch, autoscaling and policy. */
export const batchDescriptions: Descriptions = {
  'batch/v1.Job': {
    '': 'Pods that run until enough of them have succeeded.',
    spec: 'What runs, how often, and when it counts as failed.',
    status: 'How far the Job is.',
  },
  'batch/v1.JobSpec': {
    '': 'What a Job runs, how often, and when it counts as failed.',
    template: 'What its pods are made from. They restart OnFailure or Never. Cannot be changed.',
    parallelism: 'Most pods that run at the same time, 0 or more. Default 1.',
    completions: 'Pods that must succeed. Default 1; without it one success ends a Job of several pods.',
    completionMode:
      'NonIndexed (default) counts successes; Indexed wants one for every number below completions, which pods find in JOB_COMPLETION_INDEX.',
    backoffLimit: 'Failures after which the Job has failed. Default 6, with backoffLimitPerIndex no bound.',
    backoffLimitPerIndex: 'Failures after which one index has failed; for Indexed Jobs. Cannot be changed.',
    maxFailedIndexes: 'Failed indexes after which the Job has failed; needs backoffLimitPerIndex. Default: no bound.',
    activeDeadlineSeconds: 'Seconds after its start, 1 or more, after which the Job is stopped and has failed.',
    ttlSecondsAfterFinished: 'Seconds after its end at which the Job is deleted. Default: it stays.',
    suspend: 'True takes the pods of the Job away, and none are made until it is false again. Default false.',
    selector: 'Which pods belong to it. Generated, unless manualSelector is set. Cannot be changed.',
    manualSelector: 'Whether selector and labels are written by people, who then see to it that no other Job has them.',
    podFailurePolicy: 'Which failures end the Job, and which do not count. Needs pods with restartPolicy Never.',
    podReplacementPolicy:
      'When a pod is replaced: TerminatingOrFailed (default), as soon as it terminates; Failed, once it has ended.',
    successPolicy: 'Which indexes suffice for success; for Indexed Jobs. Default: all of them.',
    managedBy: 'Controller that runs it, as example.com/name. Default kubernetes.io/job-controller. Cannot be changed.',
  },
  'batch/v1.PodFailurePolicy': {
    '': 'What the failure of a pod means.',
    rules:
      'Rules that are tried in order; the first that fits counts, at most 20. Without one the failure counts as usual.',
  },
  'batch/v1.PodFailurePolicyRule': {
    '': 'What certain failures of pods mean. Either onExitCodes or onPodConditions is set.',
    action:
      'FailJob: the Job has failed; FailIndex: this index has; Ignore: the failure does not count; Count: it counts as usual.',
    onExitCodes: 'Exit codes of containers the rule is about.',
    onPodConditions: 'Conditions of the pod the rule is about; one suffices, at most 20.',
  },
  'batch/v1.PodFailurePolicyOnExitCodesRequirement': {
    '': 'Exit codes of containers that failed.',
    containerName: 'Container whose exit code counts. Default: any.',
    operator: 'In: the exit code is one of values; NotIn: it is none of them.',
    values: 'Exit codes, in order and without repetition, at most 255. 0 cannot be used with In.',
  },
  'batch/v1.PodFailurePolicyOnPodConditionsPattern': {
    '': 'A condition of a pod.',
    type: 'Type of the condition, such as DisruptionTarget.',
    status: 'Status of the condition. Default True.',
  },
  'batch/v1.SuccessPolicy': {
    '': 'When an Indexed Job has succeeded although not every index has.',
    rules: 'Rules that are tried in order; one suffices. 1 to 20.',
  },
  'batch/v1.SuccessPolicyRule': {
    '': 'Indexes that suffice for success. At least one field is set.',
    succeededIndexes: `Indexes that must have succeeded, or from which succeededCount must, ${indexes}.`,
    succeededCount: 'How many of the indexes must have succeeded. Default: all that are named.',
  },
  'batch/v1.JobStatus': {
    '': 'How far a Job is.',
    conditions: 'Latest observations: Complete, Failed, Suspended and what leads to them.',
    startTime: 'When it began, or was last resumed.',
    completionTime: 'When it succeeded. Not set when it failed.',
    active: 'Number of pods that run or wait to, without those that terminate.',
    succeeded: 'Number of pods that succeeded.',
    failed: 'Number of pods that failed.',
    ready: 'Number of pods that are ready and do not terminate.',
    terminating: 'Number of pods that are on their way out.',
    completedIndexes: `Indexes that succeeded, ${indexes}.`,
    failedIndexes: `Indexes that failed, ${indexes}.`,
    uncountedTerminatedPods: 'Pods that have ended and are not in succeeded and failed yet.',
  },
  'batch/v1.JobCondition': {
    '': 'One observation of the state of a Job.',
    type: 'Complete, Failed, Suspended, FailureTarget or SuccessCriteriaMet.',
  },
  'batch/v1.UncountedTerminatedPods': {
    '': 'Pods that have ended and are not counted yet.',
    succeeded: 'The metadata.uid of pods that succeeded.',
    failed: 'The metadata.uid of pods that failed.',
  },
  'batch/v1.CronJob': {
    '': 'Makes a Job again and again, at times a schedule gives.',
    spec: 'What runs, and when.',
    status: 'When it last ran.',
  },
  'batch/v1.CronJobSpec': {
    '': 'What a CronJob runs, and when.',
    schedule: 'When it runs, as a crontab line: minute, hour, day, month, weekday. @hourly and @every 90m work too.',
    timeZone: 'Time zone of the schedule, as Europe/Berlin. Default that of the controller.',
    jobTemplate: 'What its Jobs are made from.',
    concurrencyPolicy:
      'What happens while the last Job still runs: Allow (default) starts another, Forbid leaves this run out, Replace ends the old one.',
    startingDeadlineSeconds: 'Seconds after which a run that was missed is left out. Default: never.',
    suspend: 'True starts no further runs until it is false again; Jobs that run go on. Default false.',
    successfulJobsHistoryLimit: 'Jobs that succeeded and are kept, 0 or more. Default 3.',
    failedJobsHistoryLimit: 'Jobs that failed and are kept, 0 or more. Default 1.',
  },
  'batch/v1.CronJobStatus': {
    '': 'When a CronJob last ran.',
    active: 'Jobs that run now.',
    lastScheduleTime: 'When a Job was last started.',
    lastSuccessfulTime: 'When a Job last succeeded.',
  },
  'batch/v1.JobTemplateSpec': {
    '': 'What Jobs are made from.',
    metadata: 'Labels and annotations of the Jobs.',
    spec: 'What the Jobs run, how often, and when they count as failed.',
  },
  'policy/v1.PodDisruptionBudget': {
    '': 'How many pods of a workload may be evicted at the same time.',
    spec: 'Which pods, and how many must stay.',
    status: 'How many may be evicted now.',
  },
  'policy/v1.PodDisruptionBudgetSpec': {
    '': 'What a budget protects.',
    minAvailable: 'Pods that stay available, as a count or a percentage. Not together with maxUnavailable.',
    maxUnavailable: 'Pods that may be unavailable, as a count or a percentage. Not together with minAvailable.',
    selector: 'The pods. An empty selector means all of the namespace, none given means none.',
    unhealthyPodEvictionPolicy:
      'When pods that are not ready may go: IfHealthyBudget (default), while enough others are healthy, or AlwaysAllow.',
  },
  'policy/v1.PodDisruptionBudgetStatus': {
    '': 'What a budget allows now.',
    disruptionsAllowed: 'Pods that may be evicted now.',
    currentHealthy: 'Pods that are healthy.',
    desiredHealthy: 'Pods that must be healthy.',
    expectedPods: 'Pods the workload should have.',
    disruptedPods: 'Pods whose eviction was allowed and that have not gone yet, with the time.',
    conditions: 'Latest observations, such as DisruptionAllowed.',
  },
  'policy/v1.Eviction': {
    '': 'Asks a pod to go if its budgets allow it; posted to the subresource eviction of the pod.',
    deleteOptions: 'How the pod is deleted.',
  },
};
