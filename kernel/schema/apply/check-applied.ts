import { ApiError } from '../../meta/errors.ts';
import { isPlainObject, isRawNumber } from '../../meta/json.ts';
import { type Json, type JsonObject, type KubeObject, parseApiVersion } from '../../meta/object.ts';
import type { ArraySchema, ObjectSchema, Schema } from '../schema.ts';
import { formatPath } from './field-set.ts';
import * as shape from './shape.ts';

/** Most problems gathered for one object. */
const problemsMax = 100;
/** Most characters of a refused value that are shown. */
const shownLengthMax = 256;

/**
 * Why an applied object cannot be merged under its schema, in the words of structured-merge-diff (`typed/validate.go`): values
 * of another type, and list items without their keys or with the keys of another one, inside of atomic lists and maps too. Fields that the schema does not have
 * are found by pruning.
 * @returns `.spec.items: element 0: …`; empty when all is well.
 */
export function appliedProblems(object: JsonObject, schema: ObjectSchema): readonly string[] {
  return problemsOf(object, schema) ?? none;
}

const none: readonly string[] = [];

/**
 * Those of the fields a schema does not have that an apply is refused for. Objects that declare no field at all take any
 * (kube-openapi `schemaconv`: such a type is deduced from the value); what is in them goes when it is pruned.
 * @param unknown paths as pruning names them: `spec.items[0].x`.
 */
export function undeclaredFields(unknown: readonly string[], schema: ObjectSchema): readonly string[] {
  return unknown
    .filter((path) => !isInOpenObject(path, schema))
    .map((path) => `.${path}: field not declared in schema`);
}

function isInOpenObject(path: string, schema: Schema): boolean {
  switch (schema.type) {
    case 'object': {
      const properties = Object.entries(schema.properties);
      return properties.length === 0 || properties.some(([name, field]) => isBelow(path, name, field));
    }
    case 'map':
      // Keys may hold dots and brackets: any of them may be where the key ends.
      return [...path.matchAll(/[.[]/g)].some(({ index }) => isBelow(path, path.slice(0, index), schema.values));
    case 'array': {
      const index = /^\[\d+\]\.?/.exec(path);
      return index !== null && isInOpenObject(path.slice(index[0].length), schema.items);
    }
    default:
      return false;
  }
}

function isBelow(path: string, name: string, schema: Schema): boolean {
  if (!path.startsWith(name)) return false;
  const rest = path.slice(name.length);
  return rest.startsWith('.')
    ? isInOpenObject(rest.slice(1), schema)
    : rest.startsWith('[') && isInOpenObject(rest, schema);
}

/** The refusal of an applied object that does not fit its schema (apiserver fieldmanager `objectGVKNN`). */
export function untypedPatch(object: JsonObject, problems: readonly string[]): ApiError {
  const { apiVersion, kind, metadata } = object as Partial<KubeObject>;
  const { group, version } = parseApiVersion(apiVersion ?? '');
  const subject = `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}; ${group}/${version}, Kind=${kind ?? ''}`;
  const text = `failed to create typed patch object (${subject}): ${formatProblems(problems)}`;
  return new ApiError('BadRequest', text);
}

/** One problem as it is, several as a list. */
export function formatProblems(problems: readonly string[]): string {
  const [only = ''] = problems;
  return problems.length === 1 ? only : `errors:\n${problems.map((problem) => `  ${problem}`).join('\n')}`;
}

/** Problems of a value with paths from there; `undefined`, at no cost, where there is none. */
type Problems = readonly string[] | undefined;

function problemsOf(value: Json, schema: Schema | undefined): Problems {
  const problem = typeProblem(value, schema);
  if (problem !== undefined) return [`: ${problem}`];
  const seen = shape.shapeOf(value, schema);
  if (seen === 'items') return itemProblems(value as readonly Json[], schema as shape.KeyedList);
  if (seen === 'fields') return fieldProblems(value as JsonObject, schema);
  return schema === undefined ? undefined : atomicProblems(value, schema);
}

/** What is owned as a whole is of its type throughout all the same. */
function atomicProblems(value: Json, schema: Schema): Problems {
  if (schema.type === 'array') return value === null ? undefined : atomicItemProblems(value as readonly Json[], schema);
  const hasFields = schema.type === 'map' || (schema.type === 'object' && schema.wire === undefined);
  return hasFields && value !== null ? fieldProblems(value as JsonObject, schema) : undefined;
}

function atomicItemProblems(list: readonly Json[], schema: ArraySchema): Problems {
  let problems: Problems;
  for (const [index, item] of list.entries()) {
    const below = problemsOf(item, schema.items);
    if (below !== undefined) problems = withBelow(problems, `i:${index}`, below);
  }
  return problems;
}

function fieldProblems(fields: JsonObject, schema: Schema | undefined): Problems {
  let problems: Problems;
  for (const name in fields) {
    const value = fields[name];
    const below = value === undefined ? undefined : problemsOf(value, shape.fieldSchema(schema, name));
    if (below !== undefined) problems = withBelow(problems, `f:${name}`, below);
  }
  return problems;
}

function itemProblems(list: readonly Json[], schema: shape.KeyedList): Problems {
  let problems: Problems;
  const seen = new Set<string>();
  for (const [index, item] of list.entries()) {
    const element = shape.itemElement(schema, item);
    // What stands behind an item without its keys is not looked at.
    if (element === undefined)
      return [...(problems ?? none), `: element ${index}: ${shape.missingKeyText(schema, item)}`];
    if (seen.has(element)) problems = [...(problems ?? none), `: duplicate entries for key ${formatPath([element])}`];
    seen.add(element);
    const below = problemsOf(item, schema.items);
    if (below !== undefined) problems = withBelow(problems, element, below);
  }
  return problems;
}

function withBelow(problems: Problems, element: string, below: readonly string[]): Problems {
  const start = formatPath([element]);
  return [...(problems ?? none), ...below.map((problem) => start + problem)].slice(0, problemsMax);
}

/** Why a value is none of its schema, `undefined` if it is. Null goes everywhere. */
function typeProblem(value: Json, schema: Schema | undefined): string | undefined {
  if (value === null || schema === undefined || hasType(value, schema)) return undefined;
  switch (schema.type) {
    case 'integer':
    case 'number':
      return `expected numeric (int or float), got ${goType(value)}`;
    case 'string':
      return `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`;
    case 'boolean':
      return `expected boolean, got &{${goText(value)}}`;
    case 'array':
      return `expected list, got &{${goText(value)}}`;
    default:
      return `expected map, got &{${goText(value)}}`;
  }
}

function hasType(value: Json, schema: Schema): boolean {
  switch (schema.type) {
    case 'integer':
    case 'number':
      return typeof value === 'number' || isRawNumber(value);
    case 'string':
      // Kubernetes takes any scalar for a quantity.
      return typeof value === 'string' || (schema.format === 'quantity' && typeof value !== 'object');
    case 'boolean':
      return typeof value === 'boolean';
    case 'array':
      return Array.isArray(value);
    case 'map':
      return isPlainObject(value);
    case 'object':
      // Some messages of standard kinds have a JSON form of their own.
      return isPlainObject(value) || schema.wire !== undefined;
    case 'int-or-string':
    case 'any':
      return true;
  }
}

function goType(value: Json): string {
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
}

/** A value as Go prints it with `%v`. */
function goText(value: Json): string {
  if (typeof value === 'string') return value.slice(0, shownLengthMax);
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return `[${value.map((item: Json) => goText(item)).join(' ')}]`.slice(0, shownLengthMax);
  if (!isPlainObject(value)) return JSON.stringify(value);
  const fields = Object.keys(value).sort();
  return `map[${fields.map((name) => `${name}:${goText(value[name] ?? null)}`).join(' ')}]`.slice(0, shownLengthMax);
}

/** A value as Go prints it with `%#v`. */
function goSyntax(value: Json): string {
  if (value === null) return 'interface {}(nil)';
  if (Array.isArray(value)) {
    return `[]interface {}{${value.map((item: Json) => goSyntax(item)).join(', ')}}`.slice(0, shownLengthMax);
  }
  if (!isPlainObject(value)) return JSON.stringify(value).slice(0, shownLengthMax);
  const fields = Object.keys(value).sort();
  const shown = fields.map((name) => `${JSON.stringify(name)}:${goSyntax(value[name] ?? null)}`).join(', ');
  return `map[string]interface {}{${shown}}`.slice(0, shownLengthMax);
}
