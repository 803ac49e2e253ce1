import type { FieldError } from '../../meta/errors.ts';
import { checked, invalid, present, supported } from '../../meta/field-rules.ts';
import { checkDnsSubdomain, checkServiceName } from '../../meta/names.ts';
import { compileConditions } from '../../schema/policy/compile.ts';
import type {
  MatchCondition,
  MatchResources,
  RuleWithOperations,
  ServiceReference,
  WebhookClientConfig,
} from '../../schema/standard/types.ts';
import { namedExpressionErrors } from './expressions.ts';
import { problemsAt, validateConditions } from './policy.ts';
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
  const { rules = [], timeoutSeconds } = webhook;
  const conditions = `${path}.matchConditions`;
  const compiled = compileConditions(webhook.matchConditions, { hasParams: false, hasAuthorizer: true }, 'new');
  const isTimely = timeoutSeconds === undefined || (timeoutSeconds >= 1 && timeoutSeconds <= 30);
  return [
    ...validateName(webhook.name ?? '', `${path}.name`),
    ...rules.flatMap((rule, index) => validateRule(rule, `${path}.rules[${index}]`)),
    ...validateSideEffects(webhook.sideEffects, `${path}.sideEffects`),
    ...(isTimely
      ? []
      : [invalid(`${path}.timeoutSeconds`, timeoutSeconds, 'the timeout value must be between 1 and 30 seconds')]),
    ...validateSelectors(webhook, path),
    ...validateTarget(webhook.clientConfig ?? {}, `${path}.clientConfig`),
    ...validateConditions(webhook.matchConditions, conditions, problemsAt(namedExpressionErrors(compiled, conditions))),
    ...validateReviewVersions(webhook.admissionReviewVersions ?? [], `${path}.admissionReviewVersions`),
  ];
}

function validateSideEffects(value: string | undefined, path: string): readonly FieldError[] {
  if (value === undefined) return present(path, value, `must specify one of ${sideEffects.join(', ')}`);
  return supported(path, value, sideEffects);
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
    } else errors.push(...checked(`${path}[${index}]`, version, checkServiceName));
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
  return validateService(service ?? {}, `${path}.service`);
}

function validateService(service: Partial<ServiceReference>, at: string): readonly FieldError[] {
  const { name, namespace, path = '', port = 443 } = service;
  const portRule = 'port is not valid: must be between 1 and 65535, inclusive';
  return [
    ...present(`${at}.name`, name),
    ...present(`${at}.namespace`, namespace),
    ...(port >= 1 && port <= 65_535 ? [] : [invalid(`${at}.port`, port, portRule)]),
    ...pathProblems(path).map((detail) => invalid(`${at}.path`, path, detail)),
  ];
}

/** A path is made of names. The first character is taken for the slash that should be there. */
function pathProblems(path: string): readonly string[] {
  if (path === '' || path === '/') return [];
  if (path === '//') return ['segment[0] may not be empty'];
  const steps = path.slice(1).replace(/\/$/, '').split('/');
  return [
    ...(path.startsWith('/') ? [] : ["must start with a '/'"]),
    ...steps.flatMap((step, index) =>
      step === ''
        ? [`segment[${index}] may not be empty`]
        : checkDnsSubdomain(step).map((problem) => `segment[${index}]: ${problem}`),
    ),
  ];
}

const urlForm = 'desired format: https://host[/path]';

function validateUrl(text: string, path: string): readonly FieldError[] {
  const url = URL.parse(text);
  if (url === null) return [{ type: 'Required', path, detail: `url must be a valid URL; ${urlForm}` }];
  const { protocol, host, username, password, hash, search } = url;
  const user = password === '' ? username : `${username}:${password}`;
  return [
    ...(protocol === 'https:'
      ? []
      : [invalid(path, protocol.slice(0, -1), `'https' is the only allowed URL scheme; ${urlForm}`)]),
    ...(host === '' ? [invalid(path, host, `host must be specified; ${urlForm}`)] : []),
    ...(user === '' ? [] : [invalid(path, user, 'user information is not permitted in the URL')]),
    ...(hash === '' ? [] : [invalid(path, hash.slice(1), 'fragments are not permitted in the URL')]),
    ...(search === '' ? [] : [invalid(path, search.slice(1), 'query parameters are not permitted in the URL')]),
  ];
}
