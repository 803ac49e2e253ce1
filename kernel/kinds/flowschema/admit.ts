import type { FieldError } from '../../meta/errors.ts';
import { invalid, notSupported, present, supported } from '../../meta/field-rules.ts';
import { isPlainObject, jsonEquals } from '../../meta/json.ts';
import { checkDnsLabel } from '../../meta/names.ts';
import type { AdmitContext, KindAdmission } from '../../schema/kind.ts';
import type {
  FlowcontrolV1Subject as Subject,
  FlowSchema,
  FlowSchemaSpec,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
} from '../../schema/standard/types.ts';
import { mandatoryFlowSchemas } from './defaults.ts';

/** Highest number of `matchingPrecedence`. */
const precedenceMax = 10_000;

/** Defaults and rules of FlowSchemas (Kubernetes `SetDefaults_FlowSchemaSpec`, `ValidateFlowSchema`). */
export const admitFlowSchema: KindAdmission<FlowSchema> = {
  mutate: (draft) => {
    const { spec } = draft;
    // Kubernetes: a precedence of 0 is one that nobody gave.
    if (isPlainObject(spec)) (spec as Record<string, unknown>)['matchingPrecedence'] ||= 1000;
  },
  validate: validateSchema,
};

function validateSchema(
  { metadata: { name }, spec }: FlowSchema,
  _old: FlowSchema | undefined,
  { subresource }: AdmitContext,
): readonly FieldError[] {
  if (subresource === 'status' || spec === undefined) return [];
  const fixed = mandatoryFlowSchemas.find((one) => one.name === name);
  if (fixed !== undefined && !jsonEquals(fixed.spec, spec)) {
    const detail = `spec of '${name}' must equal the fixed value`;
    return [{ type: 'Invalid', path: 'spec', value: spec, detail }];
  }
  const isExempt = fixed !== undefined && name === 'exempt';
  return [
    ...validatePrecedence(spec, isExempt),
    ...present(
      'spec.priorityLevelConfiguration.name',
      spec.priorityLevelConfiguration.name,
      'must reference a priority level',
    ),
    ...validateDistinguisher(spec.distinguisherMethod?.type),
    ...(spec.rules ?? []).flatMap((rule, index) => validateRule(rule, `spec.rules[${index}]`)),
  ];
}

function validatePrecedence(
  { matchingPrecedence: value = 0 }: FlowSchemaSpec,
  isExempt: boolean,
): readonly FieldError[] {
  const path = 'spec.matchingPrecedence';
  if (value <= 0) return [{ type: 'Invalid', path, value, detail: 'must be a positive value' }];
  if (value > precedenceMax) {
    return [{ type: 'Invalid', path, value, detail: `must not be greater than ${precedenceMax}` }];
  }
  if (value > 1 || isExempt) return [];
  return [{ type: 'Invalid', path, value, detail: "only the schema named 'exempt' may have matchingPrecedence 1" }];
}

const methods = ['ByNamespace', 'ByUser'];

function validateDistinguisher(type: string | undefined): readonly FieldError[] {
  if (type === undefined || methods.includes(type)) return [];
  return [notSupported('spec.distinguisherMethod.type', { type }, methods)];
}

function validateRule(rule: PolicyRulesWithSubjects, path: string): readonly FieldError[] {
  const { subjects, resourceRules = [], nonResourceRules = [] } = rule;
  const errors: FieldError[] = [];
  if (subjects.length === 0) {
    errors.push({ type: 'Required', path: `${path}.subjects`, detail: 'subjects must contain at least one value' });
  }
  if (resourceRules.length === 0 && nonResourceRules.length === 0) {
    const detail = 'at least one of resourceRules and nonResourceRules has to be non-empty';
    errors.push({ type: 'Required', path, detail });
  }
  errors.push(...subjects.flatMap((subject, index) => validateSubject(subject, `${path}.subjects[${index}]`)));
  errors.push(...resourceRules.flatMap((one, index) => validateResourceRule(one, `${path}.resourceRules[${index}]`)));
  errors.push(...nonResourceRules.flatMap((one, index) => validatePathRule(one, `${path}.nonResourceRules[${index}]`)));
  return errors;
}

const verbNames = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch'];

/** Rules of one list of a rule: `*` stands alone in it. */
interface ListRules {
  /** Said of an empty list. */
  readonly missing: string;
  /** What else a list with `*` has too many of: `verbs`. */
  readonly noun: string;
}

function validateList(values: readonly string[], path: string, { missing, noun }: ListRules): readonly FieldError[] {
  if (values.length === 0) return present(path, undefined, missing);
  if (values.length === 1 || !values.includes('*')) return [];
  return [invalid(path, values, `if '*' is present, must not specify other ${noun}`)];
}

function validateVerbs(verbs: readonly string[], path: string): readonly FieldError[] {
  const errors = validateList(verbs, path, { missing: 'verbs must contain at least one value', noun: 'verbs' });
  if (verbs.includes('*') || verbs.every((verb) => verbNames.includes(verb))) return errors;
  return [...errors, notSupported(path, verbs, verbNames)];
}

function validateResourceRule(rule: Partial<ResourcePolicyRule>, path: string): readonly FieldError[] {
  const { verbs = [], apiGroups = [], resources = [], namespaces = [], clusterScope } = rule;
  const missing = (what: string) => `resource rules must supply at least one ${what}`;
  const noNamespace = 'resource rules that are not cluster scoped must supply at least one namespace';
  const isNamed = namespaces.length > 0 || clusterScope !== true;
  return [
    ...validateVerbs(verbs, `${path}.verbs`),
    ...validateList(apiGroups, `${path}.apiGroups`, { missing: missing('api group'), noun: 'api groups' }),
    ...validateList(resources, `${path}.resources`, { missing: missing('resource'), noun: 'resources' }),
    ...(isNamed ? validateList(namespaces, `${path}.namespaces`, { missing: noNamespace, noun: 'namespaces' }) : []),
    ...(namespaces.includes('*')
      ? []
      : namespaces.flatMap((name, index) => validateNamespace(name, `${path}.namespaces[${index}]`))),
  ];
}

function validateNamespace(name: string, path: string): readonly FieldError[] {
  const rule = "each member of this list must be '*' or a DNS-1123 label; ";
  return checkDnsLabel(name).map((detail) => invalid(path, name, rule + detail));
}

function validatePathRule(rule: Partial<NonResourcePolicyRule>, path: string): readonly FieldError[] {
  const { verbs = [], nonResourceURLs = [] } = rule;
  const at = `${path}.nonResourceURLs`;
  const missing = 'nonResourceURLs must contain at least one value';
  return [
    ...validateVerbs(verbs, `${path}.verbs`),
    ...validateList(nonResourceURLs, at, { missing, noun: 'non-resource URLs' }),
    ...(nonResourceURLs.includes('*')
      ? []
      : nonResourceURLs.flatMap((url, index) => validatePath(url, `${at}[${index}]`))),
  ];
}

/** A path, of which only the last step may be `*`. */
function validatePath(url: string, path: string): readonly FieldError[] {
  if (url === '') return [invalid(path, url, 'must not be empty')];
  if (url === '/') return [];
  if (!url.startsWith('/')) return [invalid(path, url, 'must start with slash')];
  if (url.includes(' ')) return [invalid(path, url, 'must not contain white-space')];
  if (url.includes('//')) return [invalid(path, url, 'must not contain double slash')];
  const star = url.indexOf('*');
  if (star < 0 || (star === url.length - 1 && url.endsWith('/*'))) return [];
  return [invalid(path, url, 'wildcard can only do suffix matching')];
}

/** Kinds of subjects and the field each of them uses. */
const subjectFields = { User: 'user', Group: 'group', ServiceAccount: 'serviceAccount' } as const;

function validateSubject(subject: Subject, path: string): readonly FieldError[] {
  const field = subjectFields[subject.kind as keyof typeof subjectFields];
  if (field === undefined) return supported(`${path}.kind`, subject.kind, Object.keys(subjectFields).toSorted());
  const errors: FieldError[] = [];
  if (subject[field] === undefined) {
    const detail = `${field} is required when subject kind is '${subject.kind}'`;
    errors.push({ type: 'Required', path: `${path}.${field}`, detail });
  } else {
    errors.push(...present(`${path}.${field}.name`, subject[field].name));
  }
  for (const [kind, other] of Object.entries(subjectFields)) {
    if (other === field || subject[other] === undefined) continue;
    const detail = `${other} is forbidden when subject kind is not '${kind}'`;
    errors.push({ type: 'Forbidden', path: `${path}.${other}`, detail });
  }
  return errors;
}
