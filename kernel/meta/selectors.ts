import { ApiError } from './errors.ts';
import type { FieldError } from './errors.ts';
import { checkLabelValue, checkQualifiedName } from './names.ts';
import { parseRequirements } from './selector-parser.ts';

/**
 * Label and field selectors: text form of the API, object form of specs, and predicates. Grammar, semantics and error
 * texts are those of apimachinery `labels` and `fields`.
 */

/** How a label relates to the values of a requirement. */
export type LabelOperator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';

/** One requirement of a label selector. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  /** One for `=`, `==`, `!=`, `gt`, `lt`; at least one for `in`, `notin`; none otherwise. Sorted, no duplicates. */
  readonly values: readonly string[];
}

/** Requirements that must all hold; empty selects everything. */
export type LabelSelector = readonly LabelRequirement[];

/** Labels of an object. */
export type Labels = Readonly<Record<string, string>>;

/** `metav1.LabelSelector` as specs hold it. */
export interface LabelSelectorObject {
  readonly matchLabels?: Labels | null;
  readonly matchExpressions?:
    | readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] | null }[]
    | null;
}

/** Selects no object: no label is in an empty set. Has no text form. */
export const selectNothing: LabelSelector = [{ key: '', operator: 'in', values: [] }];

/** Reads `app=web,tier in (a, b),!old`. @throws {ApiError} `BadRequest` with the text of Kubernetes. */
export function parseLabelSelector(text: string): LabelSelector {
  const selector = parseRequirements(text);
  for (const requirement of selector) {
    const problem = findProblem(requirement, '<nil>');
    if (problem !== undefined) throw new ApiError('BadRequest', `unable to parse requirement: ${problem}`);
  }
  return [...selector].sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
}

/** The text form; `parseLabelSelector` reads it back. */
export function formatLabelSelector(selector: LabelSelector): string {
  return selector.map(formatRequirement).join(',');
}

/**
 * A selector from its object form: absent selects nothing, empty everything.
 * @throws {ApiError} `Invalid` when `validateLabelSelector` would have refused it.
 */
export function labelSelectorFromObject(object: LabelSelectorObject | null | undefined): LabelSelector {
  if (object === null || object === undefined) return selectNothing;
  const requirements: LabelRequirement[] = [];
  for (const [key, value] of Object.entries(object.matchLabels ?? {})) {
    requirements.push({ key, operator: '=', values: [value] });
  }
  for (const { key, operator, values } of object.matchExpressions ?? []) {
    const own = expressionOperators[operator];
    if (own === undefined) {
      throw new ApiError('Invalid', `${JSON.stringify(operator)} is not a valid label selector operator`);
    }
    requirements.push({ key, operator: own, values: [...new Set(values)].sort() });
  }
  for (const requirement of requirements) {
    const problem = findProblem(requirement, 'key');
    if (problem !== undefined) throw new ApiError('Invalid', problem);
  }
  return requirements.sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
}

/** Everything wrong with a selector object at `path`, as Kubernetes validation words it. */
export function validateLabelSelector(object: LabelSelectorObject, path: string): readonly FieldError[] {
  const errors: FieldError[] = [...validateLabels(object.matchLabels ?? {}, `${path}.matchLabels`)];
  (object.matchExpressions ?? []).forEach(({ key, operator, values }, index) => {
    const at = `${path}.matchExpressions[${index}]`;
    const count = values?.length ?? 0;
    if (operator === 'In' || operator === 'NotIn') {
      const detail = "must be specified when `operator` is 'In' or 'NotIn'";
      if (count === 0) errors.push({ type: 'Required', path: `${at}.values`, detail });
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      const detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
      if (count > 0) errors.push({ type: 'Forbidden', path: `${at}.values`, detail });
    } else {
      const detail = 'not a valid selector operator';
      errors.push({ type: 'Invalid', path: `${at}.operator`, value: operator, detail });
    }
    for (const detail of checkQualifiedName(key))
      errors.push({ type: 'Invalid', path: `${at}.key`, value: key, detail });
    (values ?? []).forEach((value, at2) => {
      for (const detail of checkLabelValue(value)) {
        errors.push({ type: 'Invalid', path: `${at}.values[${at2}]`, value, detail });
      }
    });
  });
  return errors;
}

/** Everything wrong with labels at `path` (`metadata.labels`). */
export function validateLabels(labels: Labels, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(labels)) {
    for (const detail of checkQualifiedName(key)) errors.push({ type: 'Invalid', path, value: key, detail });
    for (const detail of checkLabelValue(value)) errors.push({ type: 'Invalid', path, value, detail });
  }
  return errors;
}

/** A predicate that is cheap to call many times. */
export function compileLabelSelector(selector: LabelSelector): (labels: Labels | undefined) => boolean {
  const tests = selector.map(compileRequirement);
  if (tests.length === 0) return () => true;
  if (tests.length === 1) {
    const [only] = tests as [(labels: Labels) => boolean];
    return (labels) => only(labels ?? noLabels);
  }
  return (labels) => {
    for (const test of tests) if (!test(labels ?? noLabels)) return false;
    return true;
  };
}

/** True if `labels` satisfy `selector`. Compile the selector instead where it is used more than once. */
export function matchesLabels(selector: LabelSelector, labels: Labels | undefined): boolean {
  return selector.every((requirement) => compileRequirement(requirement)(labels ?? noLabels));
}

const noLabels: Labels = {};

const expressionOperators: Readonly<Record<string, LabelOperator | undefined>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
};

function compileRequirement({ key, operator, values }: LabelRequirement): (labels: Labels) => boolean {
  const [first = ''] = values;
  const among = new Set(values);
  switch (operator) {
    case '=':
    case '==':
      return (labels) => labels[key] === first && Object.hasOwn(labels, key);
    case '!=':
      return (labels) => !(labels[key] === first && Object.hasOwn(labels, key));
    case 'in':
      return (labels) => Object.hasOwn(labels, key) && among.has(labels[key] as string);
    case 'notin':
      return (labels) => !(Object.hasOwn(labels, key) && among.has(labels[key] as string));
    case 'exists':
      return (labels) => Object.hasOwn(labels, key);
    case '!':
      return (labels) => !Object.hasOwn(labels, key);
    case 'gt':
      return (labels) => compareInteger(labels, key, (value) => value > BigInt(first));
    case 'lt':
      return (labels) => compareInteger(labels, key, (value) => value < BigInt(first));
  }
}

function compareInteger(labels: Labels, key: string, holds: (value: bigint) => boolean): boolean {
  const text = Object.hasOwn(labels, key) ? (labels[key] as string) : '';
  return integerPattern.test(text) && holds(BigInt(text));
}

const integerPattern = /^-?\d{1,19}$/;

/** What Kubernetes says about a requirement that is not allowed (labels.NewRequirement); it has no path for parsed keys. */
function findProblem({ key, operator, values }: LabelRequirement, keyPath: 'key' | '<nil>'): string | undefined {
  const ofKey = checkQualifiedName(key);
  if (ofKey.length > 0) return `${keyPath}: Invalid value: ${JSON.stringify(key)}: ${ofKey.join('; ')}`;
  const shown = JSON.stringify(values);
  if ((operator === 'in' || operator === 'notin') && values.length === 0) {
    return `values: Invalid value: ${shown}: for 'in', 'notin' operators, values set can't be empty`;
  }
  if ((operator === 'exists' || operator === '!') && values.length > 0) {
    return `values: Invalid value: ${shown}: values set must be empty for exists and does not exist`;
  }
  if ((operator === 'gt' || operator === 'lt') && !integerPattern.test(values[0] ?? '')) {
    return `values[0]: Invalid value: ${JSON.stringify(values[0])}: for 'Gt', 'Lt' operators, the value must be an integer`;
  }
  for (const [index, value] of values.entries()) {
    const ofValue = checkLabelValue(value);
    if (ofValue.length > 0) {
      return `values[${index}][${key}]: Invalid value: ${JSON.stringify(value)}: ${ofValue.join('; ')}`;
    }
  }
  return undefined;
}

function formatRequirement({ key, operator, values }: LabelRequirement): string {
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${values.length === 1 ? values[0] || ',' : values.join(',')})`; // `()` would be the empty set
    case 'gt':
      return `${key}>${values[0]}`;
    case 'lt':
      return `${key}<${values[0]}`;
    case '=':
    case '==':
    case '!=':
      return `${key}${operator}${values[0]}`;
  }
}

/** One term of a field selector. */
export interface FieldRequirement {
  /** `metadata.name`, `spec.nodeName`. */
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

/** Terms that must all hold; empty selects everything. */
export type FieldSelector = readonly FieldRequirement[];

/** Reads `metadata.name=a,status.phase!=Running` (`==` is `=`). @throws {ApiError} `BadRequest` with the text of Kubernetes. */
export function parseFieldSelector(text: string): FieldSelector {
  const terms: FieldRequirement[] = [];
  for (const term of splitTerms(text)) {
    if (term === '') continue;
    const match = /^(?<field>(?:\\.|[^\\=!]|!(?!=))*)(?<operator>!=|==|=)(?<value>.*)$/s.exec(term);
    if (match?.groups === undefined) {
      throw new ApiError('BadRequest', `invalid selector: '${text}'; can't understand '${term}'`);
    }
    const { field = '', operator, value = '' } = match.groups;
    // Kubernetes: an equation of nothing with nothing says nothing.
    if (field === '' && value === '' && operator !== '!=') continue;
    terms.push({ field, operator: operator === '!=' ? '!=' : '=', value: unescapeFieldValue(value) });
  }
  return terms;
}

/** The text form; `parseFieldSelector` reads it back. */
export function formatFieldSelector(selector: FieldSelector): string {
  return selector
    .map(
      ({ field, operator, value }) => `${field}${operator}${value.replace(/[\\,=]/g, (character) => `\\${character}`)}`,
    )
    .join(',');
}

/** A predicate over anything whose field `name` the caller can read as text (absent fields read as empty). */
export function compileFieldSelector<T>(
  selector: FieldSelector,
  readField: (object: T, field: string) => string,
): (object: T) => boolean {
  return (object) =>
    selector.every(({ field, operator, value }) => (readField(object, field) === value) === (operator === '='));
}

/** The value a selector demands of `field`, if it demands exactly one. */
export function requiredFieldValue(selector: FieldSelector, field: string): string | undefined {
  return selector.find((term) => term.field === field && term.operator === '=')?.value;
}

function splitTerms(text: string): readonly string[] {
  return text === '' ? [] : (text.match(/(?:^|,)(?:\\.|[^\\,]|\\$)*/gs) ?? []).map((term) => term.replace(/^,/, ''));
}

function unescapeFieldValue(text: string): string {
  let value = '';
  for (let index = 0; index < text.length; index++) {
    let character = text[index] as string;
    if (character === '=' || character === ',') {
      throw new ApiError(
        'BadRequest',
        `invalid field selector: unescaped character in value: ${character.charCodeAt(0)}`,
      );
    }
    if (character === '\\') {
      character = text[++index] ?? '';
      if (!['\\', ',', '='].includes(character)) {
        throw new ApiError('BadRequest', `invalid field selector: invalid escape sequence: \\${character}`);
      }
    }
    value += character;
  }
  return value;
}
