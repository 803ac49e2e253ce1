import type { FieldError } from '../../../kernel/meta/errors.ts';
import { checked, invalid, notNegative, present, supported } from '../../../kernel/meta/field-rules.ts';
import { checkQualifiedName } from '../../../kernel/meta/names.ts';
import type {
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyRule,
  SuccessPolicyRule,
} from '../../../kernel/schema/standard/types.ts';
import { countIndexes } from './job-indexes.ts';

/** Most rules of one policy, conditions of one rule, and exit codes of one rule. */
const rulesMax = 20;
const conditionsMax = 20;
const exitCodesMax = 255;
/** Longest text of indexes, in bytes. */
const indexesLengthMax = 64 * 1024;

const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const operators = ['In', 'NotIn'];
const statuses = ['False', 'True', 'Unknown'];

/** Everything wrong with what a Job makes of pods that fail (Kubernetes `validatePodFailurePolicy`). */
export function validatePodFailurePolicy(spec: JobSpec, path: string): readonly FieldError[] {
  if (spec.podFailurePolicy === undefined) return [];
  const rules = spec.podFailurePolicy.rules ?? [];
  return [
    ...atMost(rulesMax, rules, `${path}.rules`),
    ...rules.flatMap((rule, index) => validateFailureRule(rule, spec, `${path}.rules[${index}]`)),
  ];
}

function atMost(countMax: number, list: readonly unknown[], path: string): readonly FieldError[] {
  if (list.length <= countMax) return [];
  return [{ type: 'TooMany', path, value: list.length, detail: `must have at most ${countMax} items` }];
}

/** Upstream quotes no value where a rule as a whole is wrong. */
function wrongRule(path: string, detail: string): FieldError {
  return { type: 'Invalid', path, omitsValue: true, detail };
}

function validateFailureRule(rule: Partial<PodFailurePolicyRule>, spec: JobSpec, path: string): readonly FieldError[] {
  const { action = '', onExitCodes, onPodConditions = [] } = rule;
  const errors: FieldError[] = [];
  const at = `${path}.action`;
  if (action === '') errors.push(...present(at, action, `valid values: ${quoted(actions)}`));
  else if (action !== 'FailIndex') errors.push(...supported(at, action, actions));
  else if (spec.backoffLimitPerIndex === undefined) {
    errors.push(invalid(at, action, 'requires the backoffLimitPerIndex to be set'));
  }
  if (onExitCodes !== undefined) errors.push(...validateExitCodes(onExitCodes, spec, `${path}.onExitCodes`));
  errors.push(...atMost(conditionsMax, onPodConditions, `${path}.onPodConditions`));
  onPodConditions.forEach(({ type, status }, index) => {
    const one = `${path}.onPodConditions[${index}]`;
    errors.push(...checked(`${one}.type`, type, checkQualifiedName));
    if (status === '') errors.push(...present(`${one}.status`, status, `valid values: ${quoted(statuses)}`));
    else errors.push(...supported(`${one}.status`, status, statuses));
  });
  if (onExitCodes !== undefined && onPodConditions.length > 0) {
    errors.push(wrongRule(path, 'specifying both OnExitCodes and OnPodConditions is not supported'));
  }
  if (onExitCodes === undefined && onPodConditions.length === 0) {
    errors.push(wrongRule(path, 'specifying one of OnExitCodes and OnPodConditions is required'));
  }
  return errors;
}

/** A list as Go prints it. */
function quoted(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;
}

function validateExitCodes(
  { operator, containerName, values = [] }: Partial<PodFailurePolicyOnExitCodesRequirement>,
  { template }: JobSpec,
  path: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const at = `${path}.operator`;
  if (operator === undefined) errors.push(...present(at, operator, `valid values: ${quoted(operators)}`));
  else errors.push(...supported(at, operator, operators));
  const containers = [...(template?.spec?.containers ?? []), ...(template?.spec?.initContainers ?? [])];
  if (containerName !== undefined && !containers.some(({ name }) => name === containerName)) {
    const detail = 'must be one of the container or initContainer names in the pod template';
    errors.push(invalid(`${path}.containerName`, containerName, detail));
  }
  if (values.length === 0) errors.push(invalid(`${path}.values`, values, 'at least one value is required'));
  errors.push(...atMost(exitCodesMax, values, `${path}.values`));
  values.forEach((value, index) => {
    const one = `${path}.values[${index}]`;
    if (operator === 'In' && value === 0) errors.push(invalid(one, value, 'must not be 0 for the In operator'));
    if (values.indexOf(value) < index) errors.push({ type: 'Duplicate', path: one, value, detail: '' });
  });
  const isOrdered = values.every((value, index) => index === 0 || (values[index - 1] ?? value) <= value);
  return isOrdered ? errors : [...errors, invalid(`${path}.values`, values, 'must be ordered')];
}

/** Everything wrong with when a Job has succeeded early (Kubernetes `validateSuccessPolicy`). */
export function validateSuccessPolicy(spec: JobSpec, path: string): readonly FieldError[] {
  const { successPolicy, completionMode, completions = 0 } = spec;
  if (successPolicy === undefined) return [];
  if (completionMode !== 'Indexed') return [invalid(path, successPolicy, 'requires indexed completion mode')];
  const rules = successPolicy.rules ?? [];
  const detail = 'at least one rules must be specified when the successPolicy is specified';
  return [
    ...(rules.length === 0 ? present(`${path}.rules`, undefined, detail) : []),
    ...atMost(rulesMax, rules, `${path}.rules`),
    ...rules.flatMap((rule, index) => validateSuccessRule(rule, completions, `${path}.rules[${index}]`)),
  ];
}

function validateSuccessRule(rule: SuccessPolicyRule, completions: number, path: string): readonly FieldError[] {
  const { succeededCount: count, succeededIndexes: indexes } = rule;
  if (count === undefined && indexes === undefined) {
    return present(path, undefined, 'at least one of succeededCount or succeededIndexes must be specified');
  }
  const errors: FieldError[] = [];
  const found = indexes === undefined ? completions : countIndexes(indexes, completions);
  if (indexes !== undefined) {
    const at = `${path}.succeededIndexes`;
    if (indexes.length > indexesLengthMax) {
      errors.push({ type: 'TooLong', path: at, detail: `may not be more than ${indexesLengthMax} bytes` });
    }
    if (typeof found === 'string') errors.push(invalid(at, indexes, `error parsing succeededIndexes: ${found}`));
  }
  if (count === undefined) return errors;
  const at = `${path}.succeededCount`;
  const bound = (limit: number, what: string) =>
    errors.push(invalid(at, count, `must be less than or equal to ${limit} (the number of ${what})`));
  errors.push(...notNegative(at, count));
  const total = typeof found === 'string' ? 0 : found;
  if (count > completions) bound(completions, 'specified completions');
  if (indexes !== undefined && count > total) bound(total, 'indexes in the specified succeededIndexes field');
  return errors;
}
