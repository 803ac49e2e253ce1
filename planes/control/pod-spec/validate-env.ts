import type { FieldError } from '../../../kernel/meta/errors.ts';
import { checked, notSupported, present } from '../../../kernel/meta/field-rules.ts';
import { checkConfigKey, checkDnsSubdomain, checkVariableName } from '../../../kernel/meta/names.ts';
import type { EnvFromSource, EnvVar, ObjectFieldSelector } from '../../../kernel/schema/standard/types.ts';

/** Everything wrong with one variable of a container. */
export function validateVariable(variable: EnvVar, path: string): readonly FieldError[] {
  const { value = '', valueFrom } = variable;
  const { name }: Partial<EnvVar> = variable;
  const errors =
    name === undefined || name === ''
      ? [...present(`${path}.name`, name)]
      : [...checked(`${path}.name`, name, checkVariableName)];
  if (valueFrom === undefined) return errors;
  const at = `${path}.valueFrom`;
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = valueFrom;
  if (fieldRef !== undefined) errors.push(...validateFieldRef(fieldRef, `${at}.fieldRef`));
  if (resourceFieldRef !== undefined) {
    errors.push(...validateResourceRef(resourceFieldRef.resource ?? '', `${at}.resourceFieldRef.resource`));
  }
  if (configMapKeyRef !== undefined) errors.push(...validateKeyRef(configMapKeyRef, `${at}.configMapKeyRef`));
  if (secretKeyRef !== undefined) errors.push(...validateKeyRef(secretKeyRef, `${at}.secretKeyRef`));
  const count = Object.values(valueFrom).filter((source) => source !== undefined).length;
  const invalid = (detail: string) => errors.push({ type: 'Invalid', path: at, value: '', detail });
  if (count === 0) {
    invalid('must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`');
  } else if (value !== '') invalid('may not be specified when `value` is not empty');
  else if (count > 1) invalid('may not have more than one field specified at a time');
  return errors;
}

/** Fields of a pod that variables may show. */
const podFields = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];

function validateFieldRef({ apiVersion = 'v1', fieldPath = '' }: Partial<ObjectFieldSelector>, path: string) {
  if (fieldPath === '') return present(`${path}.fieldPath`, fieldPath);
  const isMetadata = /^metadata\.(labels|annotations)\['[^']*'\]$/.test(fieldPath);
  if (apiVersion === 'v1' && (isMetadata || podFields.includes(fieldPath))) return [];
  const why =
    apiVersion === 'v1' ? `field label not supported: ${fieldPath}` : `unsupported pod version: ${apiVersion}`;
  const detail = `error converting fieldPath: ${why}`;
  return [{ type: 'Invalid', path: `${path}.fieldPath`, value: fieldPath, detail } as const];
}

const countedResources = ['cpu', 'ephemeral-storage', 'memory'];
const resourceFields = ['limits', 'requests'].flatMap((list) => countedResources.map((name) => `${list}.${name}`));

/** An amount of a container, as a variable or a file. */
export function validateResourceRef(resource: string, path: string): readonly FieldError[] {
  if (resource === '') return present(path, resource);
  if (resourceFields.includes(resource) || /^(limits|requests)\.hugepages-./.test(resource)) return [];
  return [notSupported(path, resource, resourceFields)];
}

interface KeyReference {
  readonly name?: string;
  readonly key?: string;
}

function validateKeyRef({ name = '', key = '' }: KeyReference, path: string): readonly FieldError[] {
  return [
    ...checked(`${path}.name`, name, checkDnsSubdomain),
    ...(key === '' ? present(`${path}.key`, key) : checked(`${path}.key`, key, checkConfigKey)),
  ];
}

/** Everything wrong with what a container takes all its variables from. */
export function validateEnvFrom(sources: readonly EnvFromSource[], path: string): readonly FieldError[] {
  return sources.flatMap(({ prefix = '', configMapRef, secretRef }, index) => {
    const at = `${path}[${index}]`;
    const errors = prefix === '' ? [] : [...checked(`${at}.prefix`, prefix, checkVariableName)];
    const named = { configMapRef, secretRef };
    for (const [field, reference] of Object.entries(named)) {
      if (reference !== undefined) errors.push(...present(`${at}.${field}.name`, reference.name));
    }
    const count = Object.values(named).filter((reference) => reference !== undefined).length;
    const invalid = (detail: string) => errors.push({ type: 'Invalid', path, value: '', detail });
    if (count === 0) invalid('must specify one of: `configMapRef` or `secretRef`');
    if (count > 1) invalid('may not have more than one field specified at a time');
    return errors;
  });
}
