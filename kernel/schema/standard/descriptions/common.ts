import type { Descriptions } from './text.ts';

type Texts = Descriptions[string];

/** Fields that mean the same wherever a message says nothing else of them. */
export const commonTexts: Texts = {
  apiVersion: 'APIVersion defines in which group and version the object is written, for example "apps/v1" or "v1".',
  kind: 'Kind of the object in CamelCase, for example "Pod".',
  metadata: 'Name, labels and bookkeeping of the object.',
  observedGeneration:
    'The metadata.generation this status was worked out for; an older number means it is out of date.',
};

/** Fields of messages whose names end with `Condition`. */
export const conditionTexts: Texts = {
  type: 'What the condition is about, in CamelCase. There is one condition of each type.',
  status: 'True, False, or Unknown when nobody can tell.',
  reason: 'One word in CamelCase, for programs, that says why the status is what it is.',
  message: 'For people: what was observed, and perhaps what to do about it.',
  observedGeneration:
    'The metadata.generation the condition was worked out for; an older number means it is out of date.',
  lastTransitionTime: 'When the status of the condition last changed.',
  lastUpdateTime: 'When the condition was last written, whether or not its status changed.',
  lastProbeTime: 'When the condition was last checked.',
  lastHeartbeatTime: 'When the condition was last reported, whether or not its status changed.',
};
