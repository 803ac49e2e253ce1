import type { FieldError } from '../../../kernel/meta/errors.ts';
import { checked, notSupported, present, presentAnd } from '../../../kernel/meta/field-rules.ts';
import { checkDnsLabel, checkDnsSubdomain, checkPortName } from '../../../kernel/meta/names.ts';
import type { AdmitContext, KindAdmission } from '../../../kernel/schema/kind.ts';
import type { HTTPIngressPath, Ingress, IngressBackend, IngressRule } from '../../../kernel/schema/standard/types.ts';
import { validatePortNumber } from '../pod-spec/validate-container.ts';

/** Rules of Ingresses (Kubernetes `ValidateIngressSpec`). */
export const admitIngress: KindAdmission<Ingress> = { validate: validateIngress };

function validateIngress(
  { metadata, spec = {} }: Ingress,
  old: Ingress | undefined,
  { subresource }: AdmitContext,
): readonly FieldError[] {
  if (subresource === 'status') return [];
  const { rules = [], defaultBackend, ingressClassName, tls = [] } = spec;
  const errors: FieldError[] = old === undefined ? [...validateClass(metadata.annotations, ingressClassName)] : [];
  if (rules.length === 0 && defaultBackend === undefined) {
    const detail = 'either `defaultBackend` or `rules` must be specified';
    errors.push({ type: 'Invalid', path: 'spec', value: null, detail });
  }
  if (defaultBackend !== undefined) errors.push(...validateBackend(defaultBackend, 'spec.defaultBackend'));
  errors.push(...rules.flatMap((rule, index) => validateRule(rule, `spec.rules[${index}]`)));
  tls.forEach(({ hosts = [], secretName = '' }, at) => {
    hosts.forEach((host, index) => errors.push(...validateHost(host, `spec.tls[${at}].hosts[${index}]`)));
    if (secretName !== '') errors.push(...checked(`spec.tls[${at}].secretName`, secretName, checkDnsSubdomain));
  });
  if (ingressClassName !== undefined) {
    errors.push(...checked('spec.ingressClassName', ingressClassName, checkDnsSubdomain));
  }
  return errors;
}

/** The class by its old name and its new one. */
function validateClass(annotations: Ingress['metadata']['annotations'], className = ''): readonly FieldError[] {
  const value = annotations?.[classAnnotation];
  if (value === undefined || className === '' || value === className) return [];
  const detail = 'must match `ingressClassName` when both are specified';
  return [{ type: 'Invalid', path: `annotations.${classAnnotation}`, value, detail }];
}

const classAnnotation = 'kubernetes.io/ingress.class';

function validateRule({ host = '', http }: IngressRule, path: string): readonly FieldError[] {
  const errors = host === '' ? [] : [...validateHost(host, `${path}.host`)];
  if (http === undefined) return errors;
  const paths = http.paths ?? [];
  if (paths.length === 0) errors.push({ type: 'Required', path: `${path}.http.paths`, detail: '' });
  errors.push(...paths.flatMap((one, index) => validatePath(one, `${path}.http.paths[${index}]`)));
  return errors;
}

function validateHost(host: string, path: string): readonly FieldError[] {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) {
    return [{ type: 'Invalid', path, value: host, detail: 'must be a DNS name, not an IP address' }];
  }
  if (!host.includes('*')) return checked(path, host, checkDnsSubdomain);
  if (host.startsWith('*.') && checkDnsSubdomain(host.slice(2)).length === 0) return [];
  const detail =
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
  return [{ type: 'Invalid', path, value: host, detail }];
}

/** What a path may not have in it, since it would mean another one. */
const invalidParts = ['//', '/./', '/../', '%2f', '%2F'];
const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix'];
const invalidEnds = ['/..', '/.'];

function validatePath({ path: value = '', pathType, backend }: HTTPIngressPath, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const invalid = (detail: string) => errors.push({ type: 'Invalid', path: `${path}.path`, value, detail });
  if (pathType === undefined) {
    errors.push({ type: 'Required', path: `${path}.pathType`, detail: 'pathType must be specified' });
  } else if (pathType === 'Exact' || pathType === 'Prefix') {
    if (!value.startsWith('/')) invalid('must be an absolute path');
    for (const part of invalidParts) if (value.includes(part)) invalid(`must not contain '${part}'`);
    for (const end of invalidEnds) if (value.endsWith(end)) invalid(`cannot end with '${end}'`);
  } else if (pathType === 'ImplementationSpecific') {
    if (value !== '' && !value.startsWith('/')) invalid('must be an absolute path');
  } else errors.push(notSupported(`${path}.pathType`, pathType, pathTypes));
  return [...errors, ...validateBackend(backend, `${path}.backend`)];
}

function validateBackend({ service, resource }: IngressBackend, path: string): readonly FieldError[] {
  if (service !== undefined && resource !== undefined) {
    return [{ type: 'Invalid', path, value: '', detail: 'cannot set both resource and service backends' }];
  }
  if (resource !== undefined) {
    const at = `${path}.resource`;
    return [...present(`${at}.kind`, resource.kind), ...present(`${at}.name`, resource.name)];
  }
  if (service === undefined) {
    return [{ type: 'Invalid', path, value: '', detail: 'resource or service backend is required' }];
  }
  const at = `${path}.service`;
  const { name = '', number } = service.port ?? {};
  const nameErrors = presentAnd(`${at}.name`, service.name, checkDnsLabel);
  if (name !== '' && number !== undefined) {
    return [...nameErrors, { type: 'Invalid', path, value: '', detail: 'cannot set both port name & port number' }];
  }
  if (name !== '') return [...nameErrors, ...checked(`${at}.port.name`, name, checkPortName)];
  if (number !== undefined) return [...nameErrors, ...validatePortNumber(number, `${at}.port.number`)];
  return [...nameErrors, { type: 'Required', path, detail: 'port name or number is required' }];
}
