import { admissionDescriptions } from './descriptions/admission.ts';
import { apiRegistrationDescriptions } from './descriptions/api-registration.ts';
import { autoscalingDescriptions } from './descriptions/autoscaling.ts';
import { batchDescriptions } from './descriptions/batch.ts';
import { commonTexts, conditionTexts } from './descriptions/common.ts';
import { containerDescriptions } from './descriptions/containers.ts';
import { coreDescriptions } from './descriptions/core.ts';
import { deviceDescriptions } from './descriptions/devices.ts';
import { extensionDescriptions } from './descriptions/extensions.ts';
import { flowcontrolDescriptions } from './descriptions/flowcontrol.ts';
import { identityDescriptions } from './descriptions/identity.ts';
import { metaDescriptions } from './descriptions/meta.ts';
import { networkDescriptions } from './descriptions/network.ts';
import { nodeDescriptions } from './descriptions/nodes.ts';
import { podDescriptions } from './descriptions/pods.ts';
import { storageDescriptions } from './descriptions/storage.ts';
import type { Descriptions } from './descriptions/text.ts';
import { volumeDescriptions } from './descriptions/volumes.ts';
import { workloadDescriptions } from './descriptions/workloads.ts';
import { shortName } from './standard.ts';

/**
 * What a standard message or one of its fields is for, in our own words; `undefined` for definitions of others. Import this
 * module late: only OpenAPI needs the texts.
 * @param definition `io.k8s.api.core.v1.PodSpec` or `core/v1.PodSpec`.
 * @param field empty for the message itself.
 */
export function describe(definition: string, field = ''): string | undefined {
  const message = shortName(definition);
  const texts = descriptions[message];
  if (texts === undefined) return undefined;
  const shared = message.endsWith('Condition') ? conditionTexts : commonTexts;
  return texts[field] ?? shared[field];
}

/** Every message with a text, and its fields that have one of their own; for checking them against the facts. */
export function describedFields(): readonly (readonly [message: string, fields: readonly string[]])[] {
  return Object.entries(descriptions).map(([message, fields]) => [message, Object.keys(fields)]);
}

const descriptions: Descriptions = {
  ...metaDescriptions,
  ...coreDescriptions,
  ...podDescriptions,
  ...containerDescriptions,
  ...volumeDescriptions,
  ...storageDescriptions,
  ...nodeDescriptions,
  ...workloadDescriptions,
  ...batchDescriptions,
  ...autoscalingDescriptions,
  ...networkDescriptions,
  ...identityDescriptions,
  ...admissionDescriptions,
  ...extensionDescriptions,
  ...apiRegistrationDescriptions,
  ...flowcontrolDescriptions,
  ...deviceDescriptions,
};
