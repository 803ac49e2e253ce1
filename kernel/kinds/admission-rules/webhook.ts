import type { FieldError } from '../../meta/errors.ts';
import { notSupported, present } from '../../meta/field-rules.ts';
import { checkDnsSubdomain } from '../../meta/names.ts';
import { compileConditions } from '../../schema/policy/compile.ts';
import type {
  MatchCondition,
  MatchResources,
  RuleWithOperations,
  WebhookClientConfig,
} from '../../schema/standard/types.ts';
import { namedExpressionErrors } from './expressions.ts';
import { validateConditions } from './policy.ts';
import { validateRule, validateSelectors } from './rule.ts';

/** What webhooks of both configurations have. */
export interface AdmissionWebhook extends Pick<MatchResources, 'namespaceSelector' | 'objectSelector'> {
  readonly name: string;
  readonly clientConfig: WebhookClientConfig;
  readonly rules?: readonly RuleWithOperations[];
  readonly sideEffects: string;
  readonly timeoutSeconds?: number;
  readonly admissionReviewVersions: readonly string[];
  readonly matchConditions?: readonly MatchCondition[];
}

/** Everything wrong with the webhooks of a configuration. */
export function validateWebhooks(webhooks: readonly AdmissionWebhook[] = []): readonly FieldError[] {
  const taken = new Set<string>();
  return webhooks.flatMap((webhook, index) => {
    const path = `webhooks[${index}]`;
    const errors = [...validateWebhook(webhook, path)];
    if (taken.has(webhook.name))
      errors.push({ type: 'Duplicate', path: `${path}.name`, value: webhook.name, detail: '' });
    taken.add(webhook.name);
    return errors;
  });
}

/** Side effects a webhook may have: it must not act on requests that are only tried. */
const sideEffects = ['None', 'NoneOnDryRun'];

function validateWebhook(webhook: AdmissionWebhook, path: string): readonly FieldError[] {
  const { name, timeoutSeconds, rules = [] } = webhook;
  const errors: FieldError[] = [...validateName(name, `${path}.name`), ...validateSelectors(webhook, path)];
  if (!sideEffects.includes(webhook.sideEffects)) {
    errors.push(notSupported(`${path}.sideEffects`, webhook.sideEffects, sideEffects));
  }
  if (timeoutSeconds !== undefined && (timeoutSeconds < 1 || timeoutSeconds > 30)) {
    const detail = 'the timeout value must be between 1 and 30 seconds';
    errors.push({ type: 'Invalid', path: `${path}.timeoutSeconds`, value: timeoutSeconds, detail });
  }
  return [
    ...errors,
    ...validateReviewVersions(webhook.admissionReviewVersions, `${path}.admissionReviewVersions`),
    ...validateTarget(webhook.clientConfig, `${path}.clientConfig`),
    ...rules.flatMap((rule, index) => validateRule(rule, `${path}.rules[${index}]`)),
    ...validateConditions(webhook.matchConditions, `${path}.matchConditions`),
    ...namedExpressionErrors(
      compileConditions(webhook.matchConditions, { hasParams: false, hasAuthorizer: true }, 'new'),
      `${path}.matchConditions`,
    ),
  ];
}

function validateName(name: string, path: string): readonly FieldError[] {
  if (name === '') return [{ type: 'Required', path, detail: '' }];
  const problems = checkDnsSubdomain(name);
  if (problems.length > 0) return problems.map((detail) => ({ type: 'Invalid', path, value: name, detail }));
  if (name.split('.').length >= 3) return [];
  const detail = 'should be a domain with at least three segments separated by dots';
  return [{ type: 'Invalid', path, value: name, detail }];
}

/** Versions of AdmissionReview that can be sent. */
const reviewVersions = ['v1', 'v1beta1'];

function validateReviewVersions(versions: readonly string[], path: string): readonly FieldError[] {
  const list = reviewVersions.join(', ');
  if (versions.length === 0) return [{ type: 'Required', path, detail: `must specify one of ${list}` }];
  const errors: FieldError[] = [];
  versions.forEach((version, index) => {
    if (versions.indexOf(version) < index) {
      errors.push({ type: 'Invalid', path: `${path}[${index}]`, value: version, detail: 'duplicate version' });
    }
  });
  if (!versions.some((version) => reviewVersions.includes(version))) {
    errors.push({ type: 'Invalid', path, value: versions, detail: `must include at least one of ${list}` });
  }
  return errors;
}

function validateTarget({ url, service }: WebhookClientConfig, path: string): readonly FieldError[] {
  if ((url === undefined) === (service === undefined)) {
    return [{ type: 'Required', path, detail: 'exactly one of url or service is required' }];
  }
  if (url !== undefined) return validateUrl(url, `${path}.url`);
  const { name, namespace, path: servicePath = '', port = 443 } = service ?? {};
  const at = `${path}.service`;
  const errors = [
    ...present(`${at}.name`, name, 'service name is required'),
    ...present(`${at}.namespace`, namespace, 'service namespace is required'),
  ];
  if (port < 1 || port > 65_535) {
    const detail = 'port is not valid: must be between 1 and 65535, inclusive';
    errors.push({ type: 'Invalid', path: `${at}.port`, value: port, detail });
  }
  if (servicePath !== '' && !servicePath.startsWith('/')) {
    errors.push({ type: 'Invalid', path: `${at}.path`, value: servicePath, detail: "must start with a '/'" });
  }
  return errors;
}

const urlForm = 'desired format: https://host[/path]';

function validateUrl(text: string, path: string): readonly FieldError[] {
  const url = URL.parse(text);
  if (url === null) return [{ type: 'Required', path, detail: `url must be a valid URL; ${urlForm}` }];
  const errors: FieldError[] = [];
  const invalid = (value: string, what: string) =>
    errors.push({ type: 'Invalid', path, value, detail: `${what}; ${urlForm}` });
  if (url.protocol !== 'https:') invalid(url.protocol.slice(0, -1), "'https' is the only allowed URL scheme");
  if (url.host === '') invalid(url.host, 'host must be specified');
  if (url.username !== '') invalid(url.username, 'user information is not permitted in the URL');
  if (url.hash !== '') invalid(url.hash.slice(1), 'fragments are not permitted in the URL');
  if (url.search !== '') invalid(url.search.slice(1), 'query parameters are not permitted in the URL');
  return errors;
}
