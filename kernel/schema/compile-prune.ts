import { canonicalQuantity } from '../meta/quantity.ts';
import { isPlainObject } from '../meta/json.ts';
import { build, type Code, constant, freshName, literal, newCode } from './codegen.ts';
import { canonicalBase64, canonicalTime } from './formats.ts';
import { joinPath } from './paths.ts';
import type { ObjectPasses, PassesOf } from './passes.ts';
import type { ArraySchema, MapSchema, ObjectSchema, Schema, StringSchema } from './schema.ts';

/** Most unknown fields reported for one object; all are dropped. */
const unknownFieldsMax = 100;

/** Writes the function that drops what the schema does not know and brings values into canonical form. */
export function compilePrune(schema: ObjectSchema, passesOf: PassesOf): ObjectPasses['prune'] {
  const code = newCode();
  code.lines.push('for (const key in object) {', 'switch (key) {');
  for (const [action, fields] of groupByAction(schema)) {
    for (const field of fields) code.lines.push(`case ${literal(field)}:`);
    code.lines.push(action, 'break;');
  }
  for (const [field, property] of Object.entries(schema.properties)) {
    if (simpleAction(property) === undefined) emitField(code, field, property, passesOf);
  }
  const unknown = schema.preserveUnknownFields === true ? '' : 'helpers.unknown(unknown, key); delete object[key];';
  code.lines.push(`default: ${unknown}`, '}', '}');
  return build(code, 'object, unknown', helpers);
}

/** Fields that need the same few checks share their code. */
function groupByAction(schema: ObjectSchema): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [field, property] of Object.entries(schema.properties)) {
    const action = simpleAction(property);
    if (action === undefined) continue;
    const fields = groups.get(action);
    if (fields === undefined) groups.set(action, [field]);
    else fields.push(field);
  }
  return groups;
}

/** Code for a field whose value is not looked into; `undefined` for others. */
function simpleAction(property: Schema): string | undefined {
  if (looksInside(property)) return undefined;
  const absent = property.nullable === true ? [] : ['object[key] === null'];
  if (property.omitZero === true) absent.push(...zeroTests(property, 'object[key]'));
  return absent.length === 0 ? '' : `if (${absent.join(' || ')}) delete object[key];`;
}

function zeroTests(property: Schema, value: string): readonly string[] {
  switch (property.type) {
    case 'string':
      return [`${value} === ""`];
    case 'integer':
    case 'number':
      return [`${value} === 0`];
    case 'boolean':
      return [`${value} === false`];
    case 'array':
      return [`helpers.isEmptyList(${value})`];
    case 'map':
      return [`helpers.isEmptyMap(${value})`];
    case 'object':
    case 'int-or-string':
    case 'any':
      return [];
  }
}

function looksInside(schema: Schema): boolean {
  switch (schema.type) {
    case 'object':
      return true;
    case 'array':
      return looksInside(schema.items);
    case 'map':
      return looksInside(schema.values) || nullMeansZero(schema) || dropsNulls(schema);
    case 'string':
      return canonicalForm(schema) !== undefined;
    case 'any':
      return schema.objects !== undefined;
    case 'integer':
    case 'number':
    case 'boolean':
    case 'int-or-string':
      return false;
  }
}

/** A null in a `map[string]string` of Go is the empty text. */
function nullMeansZero(schema: MapSchema): boolean {
  return schema.proto !== undefined && schema.values.type === 'string' && schema.values.nullable !== true;
}

/** A null in a map of a custom resource goes as one in a field does. */
function dropsNulls({ proto, values }: MapSchema): boolean {
  return proto === undefined && values.type !== 'any' && values.nullable !== true;
}

function emitField(code: Code, field: string, property: Schema, passesOf: PassesOf): void {
  const target = `object[${literal(field)}]`;
  code.lines.push(`case ${literal(field)}: {`);
  if (property.nullable !== true) code.lines.push(`if (${target} === null) { delete ${target}; break; }`);
  emitValue({ code, passesOf }, property, target, literal(field));
  if (property.omitZero === true) {
    code.lines.push(`if (${zeroTests(property, target).join(' || ')}) delete ${target};`);
  }
  code.lines.push('break;', '}');
}

interface Emitting {
  readonly code: Code;
  readonly passesOf: PassesOf;
}

/** @param target an expression that can be read and assigned. @param path an expression for its path. */
function emitValue(emitting: Emitting, schema: Schema, target: string, path: string): void {
  const { code } = emitting;
  switch (schema.type) {
    case 'object':
      return emitObject(emitting, schema, target, path);
    case 'array':
      return emitArray(emitting, schema, target, path);
    case 'map':
      return emitMap(emitting, schema, target, path);
    case 'string': {
      const form = canonicalForm(schema);
      if (form !== undefined) code.lines.push(`${target} = ${constant(code, form)}(${target});`);
      return;
    }
    case 'any':
      if (schema.objects !== undefined) emitObject(emitting, schema.objects, target, path);
      return;
    case 'integer':
    case 'number':
    case 'boolean':
    case 'int-or-string':
  }
}

function emitObject({ code, passesOf }: Emitting, schema: ObjectSchema, target: string, path: string): void {
  const value = freshName(code, 'value');
  const passes = constant(code, passesOf(schema));
  code.lines.push(
    `const ${value} = ${target};`,
    `if (helpers.isObject(${value})) {`,
    'const before = unknown.length;',
    `${passes}.prune(${value}, unknown);`,
    `if (unknown.length !== before) helpers.prefix(unknown, before, ${path});`,
    '}',
  );
}

function emitArray(emitting: Emitting, schema: ArraySchema, target: string, path: string): void {
  if (!looksInside(schema.items)) return;
  const { code } = emitting;
  const [list, index] = [freshName(code, 'list'), freshName(code, 'index')];
  code.lines.push(
    `const ${list} = ${target};`,
    `if (Array.isArray(${list})) for (let ${index} = 0; ${index} < ${list}.length; ${index}++) {`,
  );
  emitValue(emitting, schema.items, `${list}[${index}]`, `${path} + "[" + ${index} + "]"`);
  code.lines.push('}');
}

function emitMap(emitting: Emitting, schema: MapSchema, target: string, path: string): void {
  if (!looksInside(schema)) return;
  const { code } = emitting;
  const [map, key] = [freshName(code, 'map'), freshName(code, 'key')];
  code.lines.push(`const ${map} = ${target};`, `if (helpers.isObject(${map})) for (const ${key} in ${map}) {`);
  if (nullMeansZero(schema)) code.lines.push(`if (${map}[${key}] === null) ${map}[${key}] = "";`);
  if (dropsNulls(schema)) code.lines.push(`if (${map}[${key}] === null) { delete ${map}[${key}]; continue; }`);
  emitValue(emitting, schema.values, `${map}[${key}]`, `${path} + "." + ${key}`);
  code.lines.push('}');
}

/** Standard kinds come back from a Go server in canonical form; the times of custom resources as they were written. */
function canonicalForm(schema: StringSchema): ((value: unknown) => unknown) | undefined {
  if (schema.format === 'quantity') return canonicalQuantityValue;
  if (schema.format === 'byte') return canonicalBase64Value;
  if (schema.proto === undefined) return undefined;
  if (schema.format === 'date-time') return canonicalTimeValue;
  return schema.format === 'micro-time' ? canonicalMicroTimeValue : undefined;
}

function canonicalQuantityValue(value: unknown): unknown {
  return typeof value === 'string' || typeof value === 'number' ? (canonicalQuantity(value) ?? value) : value;
}

const canonicalBase64Value = (value: unknown) => (typeof value === 'string' ? canonicalBase64(value) : value);
const canonicalTimeValue = (value: unknown) => (typeof value === 'string' ? canonicalTime(value, 0) : value);
const canonicalMicroTimeValue = (value: unknown) => (typeof value === 'string' ? canonicalTime(value, 6) : value);

const helpers = {
  isObject: isPlainObject,
  isEmptyList: (value: unknown) => Array.isArray(value) && value.length === 0,
  isEmptyMap: (value: unknown) => isPlainObject(value) && Object.keys(value).length === 0,
  unknown(unknown: string[], field: string): void {
    if (unknown.length < unknownFieldsMax) unknown.push(field);
  },
  prefix(unknown: string[], from: number, outer: string): void {
    for (let index = from; index < unknown.length; index++) unknown[index] = joinPath(outer, unknown[index] as string);
  },
};
