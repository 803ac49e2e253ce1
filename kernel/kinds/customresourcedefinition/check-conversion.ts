import type { FieldError } from '../../meta/errors.ts';
import { checkServiceName } from '../../meta/names.ts';
import { validateWebhookLocation } from '../../meta/webhooks.ts';
import type { CustomResourceConversion, CustomResourceDefinition } from '../../schema/standard/types.ts';

/** Versions of ConversionReview that are spoken here. */
const reviewVersions = ['v1', 'v1beta1'];

/** Everything wrong with how versions are converted. Paths are those of the internal type, as upstream prints them. */
export function checkConversion({
  conversion,
  preserveUnknownFields,
}: CustomResourceDefinition['spec']): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (preserveUnknownFields === true) {
    const detail =
      'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
    errors.push({ type: 'Invalid', path: 'spec.preserveUnknownFields', value: true, detail });
  }
  const path = 'spec.conversion';
  if (conversion === undefined) return errors;
  if (conversion.strategy === 'Webhook') errors.push(...checkWebhook(conversion, path));
  else if (conversion.strategy !== 'None') {
    const detail = 'supported values: "None", "Webhook"';
    errors.push({ type: 'NotSupported', path: `${path}.strategy`, value: conversion.strategy, detail });
  } else if (conversion.webhook !== undefined) {
    const detail = 'should not be set when strategy is not set to Webhook';
    errors.push({ type: 'Forbidden', path: `${path}.webhookClientConfig`, detail });
  }
  return errors;
}

function checkWebhook({ webhook }: CustomResourceConversion, path: string): readonly FieldError[] {
  const configPath = `${path}.webhookClientConfig`;
  const versionsPath = `${path}.conversionReviewVersions`;
  const config = webhook?.clientConfig;
  return [
    ...(config === undefined
      ? [{ type: 'Required', path: configPath, detail: 'required when strategy is set to Webhook' } as const]
      : validateWebhookLocation(config, configPath)),
    ...checkReviewVersions(webhook?.conversionReviewVersions ?? [], versionsPath),
  ];
}

function checkReviewVersions(versions: readonly string[], path: string): readonly FieldError[] {
  if (versions.length === 0) return [{ type: 'Required', path, detail: '' }];
  const errors: FieldError[] = versions.flatMap((value, index): readonly FieldError[] => {
    const at = { type: 'Invalid', path: `${path}[${index}]`, value } as const;
    if (versions.indexOf(value) < index) return [{ ...at, detail: 'duplicate version' }];
    return checkServiceName(value).map((detail) => ({ ...at, detail }));
  });
  if (versions.some((version) => reviewVersions.includes(version))) return errors;
  const detail = `must include at least one of ${reviewVersions.join(', ')}`;
  return [...errors, { type: 'Invalid', path, value: versions, detail }];
}
