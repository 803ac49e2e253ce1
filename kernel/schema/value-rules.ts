import { isPlainObject, jsonEquals, toNumber } from '../meta/json.ts';
import type { Json } from '../meta/object.ts';
import { hasOpenFormat } from './formats.ts';
import { findings } from './findings.ts';
import type { Finding } from './passes.ts';
import { joinPath } from './paths.ts';
import { LinearRegexp } from './regexp/regexp.ts';

/**
 * What a custom resource's schema says of a value beyond its type: the value validations of apiextensions/v1 that the
 * typed schemas do not have. They are rare, so they are interpreted instead of compiled. Each rule speaks only of values of
 * its own JSON type; others pass. The names are those of `JSONSchemaProps`, so OpenAPI shows them as they are.
 */
export interface ValueRules {
  /** Only below `anyOf` of an int-or-string. */
  readonly type?: string;
  readonly format?: string;
  readonly pattern?: string;
  /** Unicode code points. */
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  /** `minimum` itself is refused. */
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly enum?: readonly Json[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, ValueRules>>;
  readonly items?: ValueRules;
  readonly allOf?: readonly ValueRules[];
  readonly anyOf?: readonly ValueRules[];
  readonly oneOf?: readonly ValueRules[];
  readonly not?: ValueRules;
}

/** Adds everything in `value` that the rules forbid. Texts are those of kube-openapi. */
export function checkRules(found: Finding[], path: string, value: unknown, rules: ValueRules): void {
  if (value === null || value === undefined) return;
  if (rules.type !== undefined && !hasType(value, rules.type)) findings.wrongType(found, path, value, rules.type);
  if (rules.enum !== undefined && !rules.enum.some((allowed) => jsonEquals(allowed, value))) {
    findings.notSupported(found, path, value, new Set(rules.enum.map(String)));
  }
  const amount = toNumber(value);
  if (typeof value === 'string') checkText(found, path, value, rules);
  else if (amount !== undefined) checkNumber(found, path, amount, rules);
  else if (Array.isArray(value)) checkList(found, path, value, rules);
  else if (isPlainObject(value)) checkObject(found, path, value, rules);
  checkJunctions(found, path, value, rules);
}

function hasType(value: unknown, type: string): boolean {
  if (type === 'integer') return Number.isInteger(toNumber(value));
  return type === 'number' ? toNumber(value) !== undefined : typeof value === type;
}

const patterns = new WeakMap<ValueRules, LinearRegexp>();

function checkText(found: Finding[], path: string, value: string, rules: ValueRules): void {
  const { minLength, maxLength, pattern, format } = rules;
  const isSized =
    (maxLength === undefined || findings.checkMaxLength(found, path, value, maxLength)) &&
    (minLength === undefined || findings.checkMinLength(found, path, value, minLength));
  if (isSized && pattern !== undefined) {
    const expression = patterns.get(rules) ?? new LinearRegexp(pattern);
    patterns.set(rules, expression);
    findings.checkPattern(found, path, value, expression, pattern);
  }
  if (format !== undefined && !hasOpenFormat(format, value)) {
    findings.wrongFormat(found, path, value, { format, type: 'TypeInvalid' });
  }
}

function checkNumber(found: Finding[], path: string, value: number, rules: ValueRules): void {
  const { minimum, maximum, multipleOf } = rules;
  if (multipleOf !== undefined) checkMultiple(found, path, value, multipleOf);
  if (minimum !== undefined && rules.exclusiveMinimum === true) {
    if (value <= minimum) findings.outOfRange(found, path, value, `should be greater than ${minimum}`);
  } else if (minimum !== undefined && value < minimum) findings.tooSmall(found, path, value, minimum);
  if (maximum !== undefined && rules.exclusiveMaximum === true) {
    if (value >= maximum) findings.outOfRange(found, path, value, `should be less than ${maximum}`);
  } else if (maximum !== undefined && value > maximum) findings.tooLarge(found, path, value, maximum);
}

/** Kubernetes: a number written without a fraction is an integer, and its factor is cut to one too. */
function checkMultiple(found: Finding[], path: string, value: number, multipleOf: number): void {
  const isInteger = Number.isInteger(value) && Math.abs(value) < 2 ** 63;
  const factor = isInteger ? Math.trunc(multipleOf) : multipleOf;
  if (factor <= 0) return findings.notPositive(found, path, factor);
  const quotient = factor < 1 ? (1 / factor) * value : value / factor;
  if (isNearlyInteger(quotient)) return;
  findings.outOfRange(found, path, value, `should be a multiple of ${factor}`);
}

/** How far a quotient may be from an integer, relative to it (go-openapi `IsFloat64AJSONInteger`). */
const tolerance = 1e-9;

function isNearlyInteger(value: number): boolean {
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER) return false;
  const whole = Math.trunc(value);
  if (whole === value) return true;
  return whole !== 0 && Math.abs(value - whole) / (Math.abs(value) + Math.abs(whole)) < tolerance;
}

function checkList(found: Finding[], path: string, value: readonly unknown[], rules: ValueRules): void {
  const { minItems, maxItems, items } = rules;
  if (minItems !== undefined && value.length < minItems) findings.tooFew(found, path, value.length, minItems);
  if (maxItems !== undefined && value.length > maxItems) findings.tooMany(found, path, value.length, maxItems);
  if (items === undefined) return;
  for (const [index, item] of value.entries()) checkRules(found, `${path}[${index}]`, item, items);
}

function checkObject(
  found: Finding[],
  path: string,
  value: Readonly<Record<string, unknown>>,
  rules: ValueRules,
): void {
  const { minProperties, maxProperties, required = [], properties } = rules;
  const count = Object.keys(value).length;
  if (minProperties !== undefined && count < minProperties) findings.tooFewFields(found, path, count, minProperties);
  if (maxProperties !== undefined && count > maxProperties) findings.tooMany(found, path, count, maxProperties);
  for (const field of required) {
    if (!Object.hasOwn(value, field)) findings.missing(found, joinPath(path, field));
  }
  if (properties === undefined) return;
  for (const [field, inner] of Object.entries(properties)) {
    if (Object.hasOwn(value, field)) checkRules(found, joinPath(path, field), value[field], inner);
  }
}

/** `allOf`, `anyOf`, `oneOf` and `not`, as kube-openapi `schema_props.go` reports them. */
function checkJunctions(found: Finding[], path: string, value: unknown, rules: ValueRules): void {
  const { allOf, anyOf, oneOf, not } = rules;
  const failuresOf = (inner: ValueRules) => {
    const failures: Finding[] = [];
    checkRules(failures, path, value, inner);
    return failures;
  };
  if (anyOf !== undefined) {
    const failures = anyOf.map(failuresOf);
    if (failures.every((some) => some.length > 0)) {
      findings.junction(found, path, 'must validate at least one schema (anyOf)');
      found.push(...(failures[0] ?? []));
    }
  }
  if (oneOf !== undefined) {
    const failures = oneOf.map(failuresOf);
    const validCount = failures.filter((some) => some.length === 0).length;
    if (validCount !== 1) {
      const count = validCount === 0 ? 'Found none valid' : `Found ${validCount} valid alternatives`;
      findings.junction(found, path, `must validate one and only one schema (oneOf). ${count}`);
      if (validCount === 0) found.push(...(failures[0] ?? []));
    }
  }
  if (allOf !== undefined) {
    const failures = allOf.map(failuresOf);
    const failedCount = failures.filter((some) => some.length > 0).length;
    for (const some of failures) found.push(...some);
    if (failedCount > 0) {
      const none = failedCount === allOf.length ? '. None validated' : '';
      findings.junction(found, path, `must validate all the schemas (allOf)${none}`);
    }
  }
  if (not !== undefined && failuresOf(not).length === 0) {
    findings.junction(found, path, 'must not validate the schema (not)');
  }
}
