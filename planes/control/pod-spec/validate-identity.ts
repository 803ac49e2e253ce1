import { isIP } from 'node:net';
import type { FieldError } from '../../../kernel/meta/errors.ts';
import { checked } from '../../../kernel/meta/field-rules.ts';
import { checkDnsLabel, checkDnsSubdomain, checkQualifiedName } from '../../../kernel/meta/names.ts';
import type { PodDNSConfig, PodSpec } from '../../../kernel/schema/standard/types.ts';

const secondsMax = 2_147_483_647;

/** Everything wrong with how a pod is called, how it finds others, and how long it may live. */
export function validateIdentity(spec: PodSpec, path: string): readonly FieldError[] {
  const { hostname = '', subdomain = '', activeDeadlineSeconds, dnsPolicy, dnsConfig } = spec;
  const errors: FieldError[] = [
    ...(hostname === '' ? [] : checked(`${path}.hostname`, hostname, checkDnsLabel)),
    ...(subdomain === '' ? [] : checked(`${path}.subdomain`, subdomain, checkDnsLabel)),
  ];
  if (activeDeadlineSeconds !== undefined && (activeDeadlineSeconds < 1 || activeDeadlineSeconds > secondsMax)) {
    const detail = `must be between 1 and ${secondsMax}, inclusive`;
    errors.push({ type: 'Invalid', path: `${path}.activeDeadlineSeconds`, value: activeDeadlineSeconds, detail });
  }
  if (dnsPolicy === 'None' && (dnsConfig?.nameservers ?? []).length === 0) {
    const at = dnsConfig === undefined ? `${path}.dnsConfig` : `${path}.dnsConfig.nameservers`;
    const what = dnsConfig === undefined ? '`dnsConfig`' : 'at least one DNS nameserver';
    errors.push({ type: 'Required', path: at, detail: `must provide ${what} when \`dnsPolicy\` is None` });
  }
  if (dnsConfig !== undefined) errors.push(...validateDns(dnsConfig, `${path}.dnsConfig`));
  return [...errors, ...validateAliases(spec, `${path}.hostAliases`), ...validateReadinessGates(spec, path)];
}

function validateReadinessGates({ readinessGates = [] }: PodSpec, path: string): readonly FieldError[] {
  return readinessGates.flatMap(({ conditionType }, index) =>
    checked(`${path}.readinessGates[${index}].conditionType`, conditionType, checkQualifiedName),
  );
}

const searchFormat = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*';
const searchPattern = new RegExp(`^${searchFormat}$`);

function checkSearch(domain: string): readonly string[] {
  if (searchPattern.test(domain.replace(/\.$/, '')) || domain === '.') return [];
  return [
    `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${searchFormat}')`,
  ];
}

function checkAddress(address: string): readonly string[] {
  return isIP(address) === 0 ? ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'] : [];
}

function validateDns({ nameservers = [], searches = [], options = [] }: PodDNSConfig, path: string) {
  return [
    ...nameservers.flatMap((address, index) => checked(`${path}.nameservers[${index}]`, address, checkAddress)),
    ...searches.flatMap((domain, index) => checked(`${path}.searches[${index}]`, domain, checkSearch)),
    ...options.flatMap(({ name = '' }, index): readonly FieldError[] =>
      name === '' ? [{ type: 'Required', path: `${path}.options[${index}]`, detail: 'must not be empty' }] : [],
    ),
  ];
}

function validateAliases({ hostAliases = [] }: PodSpec, path: string): readonly FieldError[] {
  return hostAliases.flatMap(({ ip, hostnames = [] }, index) => [
    ...checked(`${path}[${index}].ip`, ip, checkAddress),
    ...hostnames.flatMap((name, at) => checked(`${path}[${index}].hostnames[${at}]`, name, checkDnsSubdomain)),
  ]);
}
