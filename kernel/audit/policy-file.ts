import { isJsonObject, type JsonObject } from '../meta/object.ts';
import type { AuditLevel } from '../ports/audit.ts';
import type { AuditPolicy, AuditResources, AuditRule, AuditStage } from './policy.ts';

const levels: readonly string[] = ['None', 'Metadata', 'Request', 'RequestResponse'] satisfies AuditLevel[];
const stages: readonly string[] = [
  'RequestReceived',
  'ResponseStarted',
  'ResponseComplete',
  'Panic',
] satisfies AuditStage[];

/** A policy cannot be used. All its errors are in the message. */
export class AuditPolicyError extends Error {
  override readonly name = 'AuditPolicyError';
}

/**
 * Checks a policy as it stands in a file (decoded YAML or JSON).
 * @throws {AuditPolicyError} naming every field that is wrong (apiserver `apis/audit/validation`).
 */
export function parsePolicy(value: unknown): AuditPolicy {
  const errors: string[] = [];
  if (!isJsonObject(value)) throw new AuditPolicyError('it is not an object');
  const { apiVersion, kind } = value;
  if (apiVersion !== 'audit.k8s.io/v1' || kind !== 'Policy') {
    const found = `apiVersion ${JSON.stringify(apiVersion)}, kind ${JSON.stringify(kind)}`;
    errors.push(`it has ${found}, it must have apiVersion "audit.k8s.io/v1", kind "Policy"`);
  }
  const known = ['apiVersion', 'kind', 'metadata', 'rules', 'omitStages', 'omitManagedFields'];
  const reader = new FieldReader(errors);
  reader.known(value, known, '');
  const rules = reader.objects(value, 'rules', '').map((rule, index) => readRule(rule, `rules[${index}]`, reader));
  if (rules.length === 0) errors.push('rules: at least one rule is needed');
  const policy: AuditPolicy = {
    rules,
    omitStages: reader.choices(value, 'omitStages', '', stages) as AuditStage[],
    omitManagedFields: reader.flag(value, 'omitManagedFields', '') ?? false,
  };
  if (errors.length > 0) throw new AuditPolicyError(errors.join('; '));
  return policy;
}

const ruleFields = [
  'level',
  'users',
  'userGroups',
  'verbs',
  'resources',
  'namespaces',
  'nonResourceURLs',
  'omitStages',
  'omitManagedFields',
];

function readRule(rule: JsonObject, path: string, reader: FieldReader): AuditRule {
  reader.known(rule, ruleFields, path);
  const { level } = rule;
  if (typeof level !== 'string' || !levels.includes(level)) {
    reader.errors.push(`${path}.level is ${JSON.stringify(level) ?? 'missing'}: allowed are ${levels.join(', ')}`);
  }
  const omitManagedFields = reader.flag(rule, 'omitManagedFields', path);
  const read: AuditRule = {
    level: level as AuditLevel,
    users: reader.texts(rule, 'users', path),
    userGroups: reader.texts(rule, 'userGroups', path),
    verbs: reader.texts(rule, 'verbs', path),
    resources: reader
      .objects(rule, 'resources', path)
      .map((one, at) => readResources(one, `${path}.resources[${at}]`, reader)),
    namespaces: reader.texts(rule, 'namespaces', path),
    nonResourceURLs: reader.texts(rule, 'nonResourceURLs', path),
    omitStages: reader.choices(rule, 'omitStages', path, stages) as AuditStage[],
    ...(omitManagedFields === undefined ? {} : { omitManagedFields }),
  };
  checkUrls(read, path, reader.errors);
  return read;
}

function readResources(value: JsonObject, path: string, reader: FieldReader): AuditResources {
  reader.known(value, ['group', 'resources', 'resourceNames'], path);
  const { group = '' } = value;
  if (typeof group !== 'string' || /[^a-z0-9.-]/.test(group)) {
    reader.errors.push(`${path}.group is ${JSON.stringify(group)}: it must be the name of a group, without version`);
  }
  const resources = reader.texts(value, 'resources', path);
  const resourceNames = reader.texts(value, 'resourceNames', path);
  if (resourceNames.length > 0 && resources.length === 0) {
    reader.errors.push(`${path}.resourceNames: using resourceNames requires at least one resource`);
  }
  return { group: typeof group === 'string' ? group : '', resources, resourceNames };
}

function checkUrls({ nonResourceURLs, resources, namespaces }: AuditRule, path: string, errors: string[]): void {
  if (nonResourceURLs.length > 0 && (resources.length > 0 || namespaces.length > 0)) {
    errors.push(`${path}.nonResourceURLs: rules cannot apply to both regular resources and non-resource URLs`);
  }
  for (const url of nonResourceURLs) {
    if (url === '*') continue;
    if (!url.startsWith('/')) errors.push(`${path}.nonResourceURLs: "${url}" must begin with a "/", or be "*"`);
    if (url.slice(0, -1).includes('*')) errors.push(`${path}.nonResourceURLs: "${url}" may have a "*" at its end only`);
  }
}

/** Reads fields of decoded objects and gathers what is wrong with them. */
class FieldReader {
  readonly errors: string[];

  constructor(errors: string[]) {
    this.errors = errors;
  }

  known(object: JsonObject, names: readonly string[], path: string): void {
    for (const name of Object.keys(object)) {
      if (!names.includes(name)) this.errors.push(`${at(path, name)} is unknown: allowed are ${names.join(', ')}`);
    }
  }

  texts(object: JsonObject, name: string, path: string): readonly string[] {
    const value = object[name] ?? [];
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    this.errors.push(`${at(path, name)} must be a list of strings`);
    return [];
  }

  choices(object: JsonObject, name: string, path: string, allowed: readonly string[]): readonly string[] {
    const values = this.texts(object, name, path);
    for (const value of values) {
      if (!allowed.includes(value))
        this.errors.push(`${at(path, name)}: "${value}", allowed are ${allowed.join(', ')}`);
    }
    return values;
  }

  objects(object: JsonObject, name: string, path: string): readonly JsonObject[] {
    const value = object[name] ?? [];
    if (Array.isArray(value) && value.every(isJsonObject)) return value;
    this.errors.push(`${at(path, name)} must be a list of objects`);
    return [];
  }

  flag(object: JsonObject, name: string, path: string): boolean | undefined {
    const value = object[name];
    if (value === undefined || value === null || typeof value === 'boolean') return value ?? undefined;
    this.errors.push(`${at(path, name)} must be true or false`);
    return undefined;
  }
}

function at(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
