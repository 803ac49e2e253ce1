import type { FieldError } from '../../meta/errors.ts';
import { supported } from '../../meta/field-rules.ts';
import { validateLabelSelector } from '../../meta/selectors.ts';
import type { MatchResources, NamedRuleWithOperations, RuleWithOperations } from '../../schema/standard/types.ts';

const operationNames = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const scopes = ['*', 'Cluster', 'Namespaced'];

/** Everything wrong with one rule: which operations on which resources. */
export function validateRule(rule: RuleWithOperations, path: string): readonly FieldError[] {
  const { operations = [], apiGroups = [], apiVersions = [], resources = [], scope } = rule;
  return [
    ...validateList(operations, `${path}.operations`, 'operations'),
    ...operations.flatMap((operation, index) => supported(`${path}.operations[${index}]`, operation, operationNames)),
    ...validateList(apiGroups, `${path}.apiGroups`, 'API groups'),
    ...validateList(apiVersions, `${path}.apiVersions`, 'API versions'),
    ...apiVersions.flatMap((version, index): readonly FieldError[] =>
      version === '' ? [{ type: 'Required', path: `${path}.apiVersions[${index}]`, detail: '' }] : [],
    ),
    ...validateResources(resources, `${path}.resources`),
    ...(scope === undefined ? [] : supported(`${path}.scope`, scope, scopes)),
  ];
}

/** A list that is not empty, where `*` stands for everything and so stands alone. */
function validateList(values: readonly string[], path: string, noun: string): readonly FieldError[] {
  if (values.length === 0) return [{ type: 'Required', path, detail: '' }];
  if (values.length === 1 || !values.includes('*')) return [];
  const detail = `if '*' is present, must not specify other ${noun}`;
  return [{ type: 'Invalid', path, value: values, detail }];
}

/** `pods`, `pods/status`, `*`, `pods/*`, `*` + `/scale`; what a wider one says is not said again. */
function validateResources(resources: readonly string[], path: string): readonly FieldError[] {
  if (resources.length === 0) return [{ type: 'Required', path, detail: '' }];
  const errors: FieldError[] = [];
  const { length } = resources;
  if (length > 1 && resources.includes('*/*')) {
    const detail = "if '*/*' is present, must not specify other resources";
    errors.push({ type: 'Invalid', path, value: resources, detail });
  }
  resources.forEach((resource, index) => {
    const at = `${path}[${index}]`;
    const [parent = '', sub] = resource.split('/');
    if (resource === '') {
      errors.push({ type: 'Required', path: at, detail: '' });
    } else if (sub === undefined) {
      if (parent !== '*' && resources.includes('*')) {
        const detail = "if '*' is present, must not specify other resources without subresources";
        errors.push({ type: 'Invalid', path, value: resources, detail });
      }
    } else if (sub !== '*' && resources.includes(`${parent}/*`)) {
      const detail = `if '${parent}/*' is present, must not specify ${resource}`;
      errors.push({ type: 'Invalid', path: at, value: resource, detail });
    } else if (parent !== '*' && resources.includes(`*/${sub}`)) {
      const detail = `if '*/${sub}' is present, must not specify ${resource}`;
      errors.push({ type: 'Invalid', path: at, value: resource, detail });
    }
  });
  return errors;
}

/** Everything wrong with `matchConstraints` or `matchResources`. */
export function validateMatchResources(match: MatchResources, path: string): readonly FieldError[] {
  const rules = (list: readonly NamedRuleWithOperations[] = [], name: string) =>
    list.flatMap((rule, index) => validateRule(rule, `${path}.${name}[${index}]`));
  return [
    ...validateSelectors(match, path),
    ...rules(match.resourceRules, 'resourceRules'),
    ...rules(match.excludeResourceRules, 'excludeResourceRules'),
  ];
}

/** The selectors webhooks and policies share. */
export function validateSelectors(
  { namespaceSelector, objectSelector }: Pick<MatchResources, 'namespaceSelector' | 'objectSelector'>,
  path: string,
): readonly FieldError[] {
  return [
    ...(namespaceSelector === undefined ? [] : validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`)),
    ...(objectSelector === undefined ? [] : validateLabelSelector(objectSelector, `${path}.objectSelector`)),
  ];
}
