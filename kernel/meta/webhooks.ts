import type { FieldError } from './errors.ts';
import { checkDnsSubdomain } from './names.ts';

/** How objects say where a webhook is (`WebhookClientConfig` of apiextensions/v1 and admissionregistration/v1). */
export interface WebhookLocation {
  readonly url?: string;
  readonly service?: {
    readonly namespace: string;
    readonly name: string;
    readonly path?: string;
    readonly port?: number;
  };
  /** PEM in base64. */
  readonly caBundle?: string;
}

/** Everything wrong with where a webhook is at `path` (apiserver `pkg/util/webhook/validation.go`). */
export function validateWebhookLocation(
  { url, service, caBundle = '' }: WebhookLocation,
  path: string,
): readonly FieldError[] {
  if ((url === undefined) === (service === undefined)) {
    return [{ type: 'Required', path, detail: 'exactly one of url or service is required' }];
  }
  const errors: FieldError[] = [];
  if (url !== undefined) errors.push(...validateUrl(url, `${path}.url`));
  if (service !== undefined) errors.push(...validateService(service, `${path}.service`));
  if (caBundle !== '' && !isPem(caBundle)) {
    const detail = 'unable to load root certificates: unable to parse bytes as PEM block';
    errors.push({ type: 'Invalid', path: `${path}.caBundle`, value: caBundle, detail });
  }
  return errors;
}

const urlForm = '; desired format: https://host[/path]';

function validateUrl(text: string, path: string): readonly FieldError[] {
  const url = URL.parse(text);
  if (url === null) return [{ type: 'Required', path, detail: `url must be a valid URL: ${text}${urlForm}` }];
  const problems: readonly (readonly [isWrong: boolean, value: string, detail: string])[] = [
    [url.protocol !== 'https:', url.protocol.slice(0, -1), `'https' is the only allowed URL scheme${urlForm}`],
    [url.host === '', url.host, `host must be specified${urlForm}`],
    [url.username !== '' || url.password !== '', url.username, 'user information is not permitted in the URL'],
    [url.hash !== '', url.hash.slice(1), 'fragments are not permitted in the URL'],
    [url.search !== '', url.search.slice(1), 'query parameters are not permitted in the URL'],
  ];
  return problems.flatMap(([isWrong, value, detail]) => (isWrong ? [{ type: 'Invalid', path, value, detail }] : []));
}

function validateService(service: NonNullable<WebhookLocation['service']>, path: string): readonly FieldError[] {
  const { namespace, name, path: urlPath = '', port = 443 } = service;
  const errors: FieldError[] = [];
  if (name === '') errors.push({ type: 'Required', path: `${path}.name`, detail: 'service name is required' });
  if (namespace === '') {
    errors.push({ type: 'Required', path: `${path}.namespace`, detail: 'service namespace is required' });
  }
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    const detail = 'port is not valid: must be between 1 and 65535, inclusive';
    errors.push({ type: 'Invalid', path: `${path}.port`, value: port, detail });
  }
  for (const detail of pathProblems(urlPath)) {
    errors.push({ type: 'Invalid', path: `${path}.path`, value: urlPath, detail });
  }
  return errors;
}

function pathProblems(urlPath: string): readonly string[] {
  if (urlPath === '' || urlPath === '/') return [];
  if (urlPath === '//') return ['segment[0] may not be empty'];
  const start = urlPath.startsWith('/') ? [] : ["must start with a '/'"];
  const segments = urlPath.slice(1).replace(/\/$/, '').split('/');
  return [
    ...start,
    ...segments.flatMap((segment, index) =>
      segment === ''
        ? [`segment[${index}] may not be empty`]
        : checkDnsSubdomain(segment).map((problem) => `segment[${index}]: ${problem}`),
    ),
  ];
}

/** True if the text is the base64 of at least one certificate in PEM. */
function isPem(base64: string): boolean {
  try {
    return /-----BEGIN CERTIFICATE-----\s+[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/.test(atob(base64));
  } catch (error) {
    // What `atob` cannot read is no PEM either.
    if (error instanceof DOMException) return false;
    throw error;
  }
}
