import type { Descriptions } from './text.ts';

const scaleTargetRef = 'The workload that is scaled; it needs a scale subresource.';
const minReplicas = 'Fewest copies, 1 or more. Default 1.';
const maxReplicas = 'Most copies; not below minReplicas.';
const currentReplicas = 'Copies the workload had when it was last looked at.';
const desiredReplicas = 'Copies the workload should have, as last worked out.';
const lastScaleTime = 'When the number of copies was last changed.';
const target = 'Value that is aimed at.';
const current = 'Value that was last measured.';
const metric = 'Which metric is meant.';
const container = 'Name of the container in the pods.';
const resourceName = 'Name of the resource, such as cpu.';
const values = {
  value: 'Value of the metric as a whole.',
  averageValue: 'Value per pod, on average.',
  averageUtilization: 'Used share of what the pods request, on average, in percent.',
};
const reference = {
  '': 'A workload, or another object of the same namespace.',
  kind: 'Kind of the object in CamelCase.',
  name: 'Name of the object.',
  apiVersion: 'Group and version of the object.',
};
const sources = {
  type: 'Which of the other fields is set: Object, Pods, Resource, ContainerResource or External.',
  object: 'A metric of one object of the namespace, such as the requests an Ingress gets.',
  pods: 'A metric every pod has, as an average.',
  resource: 'A resource all containers of the pods use, such as cpu.',
  containerResource: 'A resource one container of the pods uses, such as cpu.',
  external: 'A metric of something outside, such as the length of a queue.',
};

/** Kinds of autoscaling. */
export const autoscalingDescriptions: Descriptions = {
  'autoscaling/v1.Scale': {
    '': 'How many copies of a workload there are and should be; read and written at its subresource scale.',
    spec: 'How many copies there should be.',
    status: 'How many copies there are.',
  },
  'autoscaling/v1.ScaleSpec': {
    '': 'How many copies there should be.',
    replicas: 'Number of copies, 0 or more. Default 0.',
  },
  'autoscaling/v1.ScaleStatus': {
    '': 'How many copies there are.',
    replicas: 'Copies that were last seen.',
    selector: 'Labels of the pods, as the text of a label selector: app=web.',
  },
  'autoscaling/v1.HorizontalPodAutoscaler': {
    '': 'How many copies of a workload there are, by the cpu they use.',
    spec: 'What is scaled, and within which bounds.',
    status: 'What was last measured and done.',
  },
  'autoscaling/v1.HorizontalPodAutoscalerSpec': {
    '': 'What is scaled, and within which bounds.',
    scaleTargetRef,
    minReplicas,
    maxReplicas,
    targetCPUUtilizationPercentage: 'Used share of the requested cpu that is wanted, percent, 1 or more. Default 80.',
  },
  'autoscaling/v1.HorizontalPodAutoscalerStatus': {
    '': 'What was last measured and done.',
    lastScaleTime,
    currentReplicas,
    desiredReplicas,
    currentCPUUtilizationPercentage: 'Used share of the requested cpu, averaged over the pods, in percent.',
  },
  'autoscaling/v1.CrossVersionObjectReference': reference,
  'autoscaling/v2.CrossVersionObjectReference': reference,
  'autoscaling/v2.HorizontalPodAutoscaler': {
    '': 'How many copies of a workload there are, by what is measured.',
    spec: 'What is scaled, by what, and within which bounds.',
    status: 'What was last measured and done.',
  },
  'autoscaling/v2.HorizontalPodAutoscalerSpec': {
    '': 'What is scaled, by what, and within which bounds.',
    scaleTargetRef,
    minReplicas,
    maxReplicas,
    metrics: 'What is measured; the one that wants most copies counts. Default 80 % of the requested cpu.',
    behavior: 'How fast it scales in either direction. Default: the defaults of scaleUp and scaleDown.',
  },
  'autoscaling/v2.HorizontalPodAutoscalerBehavior': {
    '': 'How fast it scales in either direction.',
    scaleUp: 'How copies are added. Default: at once, the greater of 4 copies and as many again per 15 seconds.',
    scaleDown: 'How copies are removed. Default: after 300 seconds in which fewer were wanted, without a bound.',
  },
  'autoscaling/v2.HPAScalingRules': {
    '': 'How fast it scales in one direction.',
    stabilizationWindowSeconds:
      'Seconds, 0 to 3600, over which the most careful of the wanted numbers counts. Default 0 up, 300 down.',
    selectPolicy:
      'Which of the policies counts: Max (default), the largest step; Min, the smallest; Disabled: no scaling this way.',
    policies: 'Bounds of the steps. Default: those of scaleUp and scaleDown.',
    tolerance: 'Deviation from the target, as a share such as 0.05, up to which nothing is done. Default 0.1.',
  },
  'autoscaling/v2.HPAScalingPolicy': {
    '': 'One bound of the steps.',
    type: 'What value counts: Pods or Percent (of the copies there are).',
    value: 'Most that may change within periodSeconds, 1 or more.',
    periodSeconds: 'Seconds the bound is about, 1 to 1800.',
  },
  'autoscaling/v2.MetricSpec': { '': 'One thing that is measured, and what is aimed at.', ...sources },
  'autoscaling/v2.MetricStatus': { '': 'What was last measured of one thing.', ...sources },
  'autoscaling/v2.MetricIdentifier': {
    '': 'Which metric is meant.',
    name: 'Name of the metric.',
    selector: 'Labels the metric must have. Default: the name suffices.',
  },
  'autoscaling/v2.MetricTarget': {
    '': 'Value of a metric that is aimed at.',
    type: 'Which of the other fields is set: Utilization, Value or AverageValue.',
    ...values,
  },
  'autoscaling/v2.MetricValueStatus': { '': 'Value of a metric that was measured.', ...values },
  'autoscaling/v2.ObjectMetricSource': {
    '': 'A metric of one object of the namespace, and what is aimed at.',
    describedObject: 'The object that is measured.',
    metric,
    target,
  },
  'autoscaling/v2.ObjectMetricStatus': {
    '': 'What was last measured of one object of the namespace.',
    describedObject: 'The object that is measured.',
    metric,
    current,
  },
  'autoscaling/v2.PodsMetricSource': {
    '': 'A metric every pod has, and the average that is aimed at.',
    metric,
    target: 'Average over the pods that is aimed at.',
  },
  'autoscaling/v2.PodsMetricStatus': { '': 'What was last measured of the pods.', metric, current },
  'autoscaling/v2.ResourceMetricSource': {
    '': 'A resource all containers of the pods use, and what is aimed at.',
    name: resourceName,
    target,
  },
  'autoscaling/v2.ResourceMetricStatus': {
    '': 'How much of a resource the pods were last using.',
    name: resourceName,
    current,
  },
  'autoscaling/v2.ContainerResourceMetricSource': {
    '': 'A resource one container of the pods uses, and what is aimed at.',
    name: resourceName,
    container,
    target,
  },
  'autoscaling/v2.ContainerResourceMetricStatus': {
    '': 'How much of a resource one container of the pods was last using.',
    name: resourceName,
    container,
    current,
  },
  'autoscaling/v2.ExternalMetricSource': {
    '': 'A metric of something outside, and what is aimed at.',
    metric,
    target,
  },
  'autoscaling/v2.ExternalMetricStatus': { '': 'What was last measured of something outside.', metric, current },
  'autoscaling/v2.HorizontalPodAutoscalerStatus': {
    '': 'What was last measured and done.',
    lastScaleTime,
    currentReplicas,
    desiredReplicas,
    currentMetrics: 'What was last measured, in the order of spec.metrics.',
    conditions: 'Latest observations: AbleToScale, ScalingActive and ScalingLimited.',
  },
  'autoscaling/v2.HorizontalPodAutoscalerCondition': {
    '': 'One observation of the state of an autoscaler.',
    type: 'AbleToScale, ScalingActive (metrics can be read) or ScalingLimited (a bound holds it).',
  },
};
