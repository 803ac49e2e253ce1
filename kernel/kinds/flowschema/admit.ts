import type { FieldError } from '../../meta/errors.ts';
import { notSupported, present } from '../../meta/field-rules.ts';
import { isPlainObject, jsonEquals } from '../../meta/json.ts';
import type { AdmitContext, KindAdmission } from '../../schema/kind.ts';
import type {
  FlowcontrolV1Subject as Subject,
  FlowSchema,
  FlowSchemaSpec,
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
    if (isPlainObject(spec)) (spec as Record<string, unknown>)['matchingPrecedence'] ??= 1000;
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
  return [notSupported('spec.distinguisherMethod', { type }, methods)];
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
  nonResourceRules.forEach(({ verbs, nonResourceURLs }, index) => {
    const at = `${path}.nonResourceRules[${index}]`;
    errors.push(...validateList(verbs, `${at}.verbs`, 'verbs'));
    errors.push(...validateList(nonResourceURLs, `${at}.nonResourceURLs`, 'nonResourceURLs'));
  });
  return errors;
}

function validateResourceRule(rule: ResourcePolicyRule, path: string): readonly FieldError[] {
  const errors = [
    ...validateList(rule.verbs, `${path}.verbs`, 'verbs'),
    ...validateList(rule.apiGroups, `${path}.apiGroups`, 'apiGroups'),
    ...validateList(rule.resources, `${path}.resources`, 'resources'),
  ];
  if ((rule.namespaces ?? []).length === 0 && rule.clusterScope !== true) {
    const detail = 'resource rules that are not cluster scoped must supply at least one namespace';
    errors.push({ type: 'Required', path: `${path}.namespaces`, detail });
  }
  return errors;
}

/** A list that is not empty, in which `*` stands alone. */
function validateList(values: readonly string[], path: string, noun: string): readonly FieldError[] {
  if (values.length === 0) return [{ type: 'Required', path, detail: `${noun} must contain at least one value` }];
  if (values.length === 1 || !values.includes('*')) return [];
  return [{ type: 'Invalid', path, value: values, detail: `if '*' is present, must not specify other ${noun}` }];
}

/** Kinds of subjects and the field each of them uses. */
const subjectFields = { User: 'user', Group: 'group', ServiceAccount: 'serviceAccount' } as const;

function validateSubject(subject: Subject, path: string): readonly FieldError[] {
  const field = subjectFields[subject.kind as keyof typeof subjectFields];
  if (field === undefined) return [notSupported(`${path}.kind`, subject.kind, Object.keys(subjectFields))];
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
