import type { FieldError } from '../../meta/errors.ts';
import { checkServiceName } from '../../meta/names.ts';
import { validateWebhookLocation } from '../../meta/webhooks.ts';
import type { CustomResourceConversion } from '../../schema/standard/types.ts';

/** Versions of ConversionReview that are spoken here. */
const reviewVersions = ['v1', 'v1beta1'];

/** Everything wrong with how versions are converted. Paths are those of the internal type, as upstream prints them. */
export function checkConversion(conversion: CustomResourceConversion | undefined): readonly FieldError[] {
  if (conversion === undefined) return [];
  const path = 'spec.conversion';
  const { strategy, webhook } = conversion;
  if (strategy === 'Webhook') return checkWebhook(conversion, path);
  const errors: FieldError[] = [];
  if (strategy === '') errors.push({ type: 'Required', path: `${path}.strategy`, detail: '' });
  else if (strategy !== 'None') {
    const detail = 'supported values: "None", "Webhook"';
    errors.push({ type: 'NotSupported', path: `${path}.strategy`, value: strategy, detail });
  }
  const detail = 'should not be set when strategy is not set to Webhook';
  if (webhook?.clientConfig !== undefined) {
    errors.push({ type: 'Forbidden', path: `${path}.webhookClientConfig`, detail });
  }
  if ((webhook?.conversionReviewVersions ?? []).length > 0) {
    errors.push({ type: 'Forbidden', path: `${path}.conversionReviewVersions`, detail });
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
