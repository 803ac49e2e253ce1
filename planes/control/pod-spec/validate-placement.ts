import type { FieldError } from '../../../kernel/meta/errors.ts';
import { checked, notSupported, supported } from '../../../kernel/meta/field-rules.ts';
import { checkDnsSubdomain, checkLabelValue, checkQualifiedName } from '../../../kernel/meta/names.ts';
import { validateLabels, validateLabelSelector } from '../../../kernel/meta/selectors.ts';
import type {
  NodeAffinity,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
  PodSpec,
  Toleration,
  TopologySpreadConstraint,
} from '../../../kernel/schema/standard/types.ts';

/** Everything wrong with where a pod wants to run. */
export function validatePlacement(spec: PodSpec, path: string): readonly FieldError[] {
  const { nodeName = '', nodeSelector = {}, tolerations = [], affinity = {}, schedulingGates = [] } = spec;
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity;
  const gated = schedulingGates.length > 0 && nodeName !== '';
  const detail = 'cannot be set until all schedulingGates have been cleared';
  return [
    ...(nodeName === '' ? [] : checked(`${path}.nodeName`, nodeName, checkDnsSubdomain)),
    ...(gated ? [{ type: 'Forbidden', path: `${path}.nodeName`, detail } as const] : []),
    ...validateLabels(nodeSelector, `${path}.nodeSelector`),
    ...tolerations.flatMap((toleration, index) => validateToleration(toleration, `${path}.tolerations[${index}]`)),
    ...(nodeAffinity === undefined ? [] : validateNodeAffinity(nodeAffinity, `${path}.affinity.nodeAffinity`)),
    ...(podAffinity === undefined ? [] : validatePodAffinity(podAffinity, `${path}.affinity.podAffinity`)),
    ...(podAntiAffinity === undefined ? [] : validatePodAffinity(podAntiAffinity, `${path}.affinity.podAntiAffinity`)),
    ...validateSpread(spec.topologySpreadConstraints ?? [], `${path}.topologySpreadConstraints`),
    ...validateGates(schedulingGates, `${path}.schedulingGates`),
  ];
}

function validateGates(gates: NonNullable<PodSpec['schedulingGates']>, path: string): readonly FieldError[] {
  const taken = new Set<string>();
  return gates.flatMap(({ name }, index): readonly FieldError[] => {
    const at = `${path}[${index}]`;
    const errors = checked(at, name, checkQualifiedName);
    const isTaken = taken.has(name);
    taken.add(name);
    return isTaken ? [...errors, { type: 'Duplicate', path: at, value: name, detail: '' }] : errors;
  });
}

/** Everything wrong with one toleration. */
export function validateToleration(toleration: Toleration, path: string): readonly FieldError[] {
  const { key = '', operator = 'Equal', value = '', effect = '', tolerationSeconds } = toleration;
  const errors: FieldError[] = key === '' ? [] : [...checked(`${path}.key`, key, checkQualifiedName)];
  const invalid = (field: string, shown: string, detail: string) =>
    errors.push({ type: 'Invalid', path: `${path}.${field}`, value: shown, detail });
  if (key === '' && operator !== 'Exists') {
    invalid(
      'operator',
      operator,
      'operator must be Exists when `key` is empty, which means "match all values and all keys"',
    );
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    invalid('effect', effect, "effect must be 'NoExecute' when `tolerationSeconds` is set");
  }
  if (operator === 'Equal') errors.push(...checked(`${path}.operator`, value, checkLabelValue));
  if (operator === 'Exists' && value !== '')
    invalid('operator', value, "value must be empty when `operator` is 'Exists'");
  if (operator === 'Gt' || operator === 'Lt') {
    errors.push(notSupported(`${path}.operator`, operator, [...operators, 'Lt', 'Gt']));
  } else errors.push(...supported(`${path}.operator`, operator, operators));
  return effect === '' ? errors : [...errors, ...supported(`${path}.effect`, effect, effects)];
}

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** Kubernetes: those that compare numbers wait behind the gate TaintTolerationComparisonOperators. */
const operators = ['Equal', 'Exists'];

function validateNodeAffinity(affinity: NodeAffinity, path: string): readonly FieldError[] {
  const required = affinity.requiredDuringSchedulingIgnoredDuringExecution;
  const preferred = affinity.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const errors = preferred.flatMap(({ weight, preference }, index) => {
    const at = `${path}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
    return [...validateWeight(weight, at), ...validateTerm(preference ?? {}, `${at}.preference`)];
  });
  if (required === undefined) return errors;
  const at = `${path}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`;
  const terms = required.nodeSelectorTerms ?? [];
  const detail = 'must have at least one node selector term';
  if (terms.length === 0) return [{ type: 'Required', path: at, detail }, ...errors];
  return [...terms.flatMap((term, index) => validateTerm(term, `${at}[${index}]`)), ...errors];
}

function validateWeight(weight: number | undefined, path: string): readonly FieldError[] {
  const value = weight ?? 0;
  if (value >= 1 && value <= 100) return [];
  return [{ type: 'Invalid', path: `${path}.weight`, value, detail: 'must be in the range 1-100' }];
}

function validateTerm({ matchExpressions = [] }: NodeSelectorTerm, path: string): readonly FieldError[] {
  return matchExpressions.flatMap(({ key, operator, values = [] }, index) => {
    const at = `${path}.matchExpressions[${index}]`;
    const errors: FieldError[] = [];
    const add = (type: 'Required' | 'Forbidden', detail: string) => errors.push({ type, path: `${at}.values`, detail });
    if ((operator === 'In' || operator === 'NotIn') && values.length === 0) {
      add('Required', "must be specified when `operator` is 'In' or 'NotIn'");
    }
    if ((operator === 'Exists' || operator === 'DoesNotExist') && values.length > 0) {
      add('Forbidden', "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    }
    if ((operator === 'Gt' || operator === 'Lt') && values.length !== 1) {
      add('Required', "must be specified single value when `operator` is 'Lt' or 'Gt'");
    }
    if (!selectorOperators.has(operator)) {
      const detail = 'not a valid selector operator';
      errors.push({ type: 'Invalid', path: `${at}.operator`, value: operator, detail });
    }
    return [...errors, ...checked(`${at}.key`, key, checkQualifiedName)];
  });
}

const selectorOperators: ReadonlySet<string> = new Set(['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt']);

function validatePodAffinity(affinity: PodAffinity, path: string): readonly FieldError[] {
  const required = affinity.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const preferred = affinity.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return [
    ...required.flatMap((term, index) =>
      validateAffinityTerm(term, `${path}.requiredDuringSchedulingIgnoredDuringExecution[${index}]`),
    ),
    ...preferred.flatMap(({ weight, podAffinityTerm }, index) => {
      const at = `${path}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
      return [...validateWeight(weight, at), ...validateAffinityTerm(podAffinityTerm ?? {}, `${at}.podAffinityTerm`)];
    }),
  ];
}

function validateAffinityTerm(term: Partial<PodAffinityTerm>, path: string): readonly FieldError[] {
  const { labelSelector, namespaceSelector, topologyKey = '' } = term;
  const at = `${path}.topologyKey`;
  return [
    ...(labelSelector === undefined ? [] : validateLabelSelector(labelSelector, `${path}.labelSelector`)),
    ...(namespaceSelector === undefined ? [] : validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`)),
    ...(topologyKey === '' ? [{ type: 'Required', path: at, detail: 'can not be empty' } as const] : []),
    ...checked(at, topologyKey, checkQualifiedName),
  ];
}

const spreadActions = ['DoNotSchedule', 'ScheduleAnyway'];

function spreadPair({ topologyKey, whenUnsatisfiable }: Partial<TopologySpreadConstraint>): string {
  return `{${topologyKey ?? ''}, ${whenUnsatisfiable ?? ''}}`;
}

function validateSpread(
  constraints: readonly Partial<TopologySpreadConstraint>[],
  path: string,
): readonly FieldError[] {
  return constraints.flatMap((constraint, index) => {
    const at = `${path}[${index}]`;
    const { maxSkew = 0, topologyKey = '', whenUnsatisfiable = '', minDomains, labelSelector } = constraint;
    const errors: FieldError[] = [];
    const invalid = (field: string, value: number, detail: string) =>
      errors.push({ type: 'Invalid', path: `${at}.${field}`, value, detail });
    if (maxSkew <= 0) invalid('maxSkew', maxSkew, 'must be greater than zero');
    if (topologyKey === '') errors.push({ type: 'Required', path: `${at}.topologyKey`, detail: 'can not be empty' });
    if (!spreadActions.includes(whenUnsatisfiable)) {
      errors.push(notSupported(`${at}.whenUnsatisfiable`, whenUnsatisfiable, spreadActions));
    }
    // Kubernetes names the first of two.
    const pair = spreadPair(constraint);
    if (constraints.slice(index + 1).some((other) => spreadPair(other) === pair)) {
      errors.push({ type: 'Duplicate', path: `${at}.{topologyKey, whenUnsatisfiable}`, value: pair, detail: '' });
    }
    if (minDomains !== undefined && whenUnsatisfiable !== 'DoNotSchedule') {
      const detail = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
      invalid('minDomains', minDomains, detail);
    }
    if (labelSelector !== undefined) errors.push(...validateLabelSelector(labelSelector, `${at}.labelSelector`));
    return errors;
  });
}
