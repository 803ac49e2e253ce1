import type { FieldError } from '../../meta/errors.ts';
import { checked, invalid, present } from '../../meta/field-rules.ts';
import { checkDnsSubdomain, checkQualifiedName, checkServiceName } from '../../meta/names.ts';
import { validateLabelSelector } from '../../meta/selectors.ts';
import type { MatchCondition, MatchResources, ParamKind, ParamRef, Variable } from '../../schema/standard/types.ts';
import { validateMatchResources } from './rule.ts';

/** Most match conditions of one webhook or policy. */
const conditionsMax = 64;

/** What is wrong with the expression at a path; upstream tells of it where it tells of everything else about the expression. */
export type ExpressionProblems = (path: string) => readonly FieldError[];

/** Found problems, to be asked for by their paths. */
export function problemsAt(found: readonly FieldError[]): ExpressionProblems {
  return (path) => found.filter((error) => error.path === path);
}

/** Everything wrong with `matchConditions`. */
export function validateConditions(
  conditions: readonly MatchCondition[] = [],
  path: string,
  problems: ExpressionProblems,
): readonly FieldError[] {
  if (conditions.length > conditionsMax) {
    return [{ type: 'TooMany', path, detail: `must have at most ${conditionsMax} items` }];
  }
  const taken = new Set<string>();
  return conditions.flatMap(({ name, expression }, index) => {
    const at = `${path}[${index}]`;
    const errors: FieldError[] = [...present(`${at}.expression`, expression?.trim()), ...problems(`${at}.expression`)];
    if (name === undefined || name === '') errors.push({ type: 'Required', path: `${at}.name`, detail: '' });
    else errors.push(...checked(`${at}.name`, name, checkQualifiedName));
    if (taken.has(name)) errors.push({ type: 'Duplicate', path: `${at}.name`, value: name, detail: '' });
    taken.add(name);
    return errors;
  });
}

/** An expression that says something, and something that can be understood. */
export function validateExpression(
  path: string,
  expression: string | undefined,
  problems: ExpressionProblems,
): readonly FieldError[] {
  return [...present(path, expression?.trim(), 'expression is not specified'), ...problems(path)];
}

/** Everything wrong with `variables`. */
export function validateVariables(
  variables: readonly Variable[] = [],
  path: string,
  problems: ExpressionProblems,
): readonly FieldError[] {
  const taken = new Set<string>();
  return variables.flatMap(({ name, expression }, index) => {
    const at = `${path}[${index}]`;
    const errors: FieldError[] = [];
    if (name === '') {
      errors.push({ type: 'Required', path: `${at}.name`, detail: 'name is not specified' });
    } else if (!/^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name)) {
      const detail = 'must be a valid CEL identifier';
      errors.push({ type: 'Invalid', path: `${at}.name`, value: name, detail });
    }
    if (taken.has(name)) errors.push({ type: 'Duplicate', path: `${at}.name`, value: name, detail: '' });
    taken.add(name);
    return [...errors, ...validateExpression(`${at}.expression`, expression, problems)];
  });
}

/** Everything wrong with `paramKind`. */
export function validateParamKind(paramKind: ParamKind | undefined, path: string): readonly FieldError[] {
  if (paramKind === undefined) return [];
  const { apiVersion = '', kind = '' } = paramKind;
  return [
    ...(apiVersion === '' ? present(`${path}.apiVersion`, '') : validateVersion(apiVersion, `${path}.apiVersion`)),
    ...(kind === '' ? present(`${path}.kind`, '') : validateKindName(kind, `${path}.kind`)),
  ];
}

/** `group/version`, or the version alone. */
function validateVersion(apiVersion: string, path: string): readonly FieldError[] {
  const parts = apiVersion.split('/');
  if (parts.length > 2) return [invalid(path, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)];
  const [version = '', group = ''] = parts.toReversed();
  const errors = group === '' ? [] : [...checked(path, group, checkDnsSubdomain)];
  if (version === '') return [...errors, invalid(path, apiVersion, 'version must be specified')];
  return [...errors, ...checked(path, version, checkServiceName)];
}

function validateKindName(kind: string, path: string): readonly FieldError[] {
  const rule = 'may have mixed case, but should otherwise match';
  return checkServiceName(kind.toLowerCase()).map((detail) => invalid(path, kind, `${rule}: ${detail}`));
}

/** Everything wrong with `matchConstraints` of a policy, which must say what it is about. */
export function validateConstraints(match: MatchResources | undefined, path: string): readonly FieldError[] {
  if (match === undefined) return [{ type: 'Required', path, detail: '' }];
  const errors = validateMatchResources(match, path);
  if ((match.resourceRules ?? []).length > 0) return errors;
  return [...errors, { type: 'Required', path: `${path}.resourceRules`, detail: '' }];
}

/** A binding of either kind of policy. */
export interface PolicyBindingSpec {
  readonly policyName?: string;
  readonly paramRef?: ParamRef;
  readonly matchResources?: MatchResources;
}

/** Everything wrong with what bindings of both kinds have. */
export function validateBinding(spec: PolicyBindingSpec, path: string): readonly FieldError[] {
  return [
    ...present(`${path}.policyName`, spec.policyName),
    ...validateParamRef(spec.paramRef, `${path}.paramRef`),
    ...(spec.matchResources === undefined ? [] : validateMatchResources(spec.matchResources, `${path}.matchResources`)),
  ];
}

function validateParamRef(ref: ParamRef | undefined, path: string): readonly FieldError[] {
  if (ref === undefined) return [];
  const { name = '', selector, parameterNotFoundAction } = ref;
  const errors: FieldError[] = [];
  if (name !== '' && selector !== undefined) {
    const detail = 'name and selector are mutually exclusive';
    errors.push({ type: 'Forbidden', path: `${path}.name`, detail });
    errors.push({ type: 'Forbidden', path: `${path}.selector`, detail });
  }
  if (name === '' && selector === undefined) {
    errors.push({ type: 'Required', path, detail: 'one of name or selector must be specified' });
  }
  if (selector !== undefined) errors.push(...validateLabelSelector(selector, `${path}.selector`));
  return [...errors, ...present(`${path}.parameterNotFoundAction`, parameterNotFoundAction)];
}

/** The parameters of a binding as a column: `limits/team-a`, `*` when chosen by labels. */
export function formatParamRef(ref: ParamRef | undefined): string {
  if (ref === undefined) return '<unset>';
  const { name = '*', namespace = '' } = ref;
  return namespace === '' ? name : `${namespace}/${name}`;
}
