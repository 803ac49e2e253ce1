import { cloneJson, isPlainObject } from '../meta/json.ts';
import type { Json } from '../meta/object.ts';
import { build, type Code, constant, freshName, literal, newCode } from './codegen.ts';
import type { Draft, ObjectPasses, PassesOf } from './passes.ts';
import type { ObjectSchema, Schema } from './schema.ts';

/** Writes the function that fills absent fields, outside in: a default is itself filled further. */
export function compileDefaults(schema: ObjectSchema, passesOf: PassesOf): ObjectPasses['applyDefaults'] {
  const code = newCode();
  code.lines.push('let value;');
  for (const [field, property] of Object.entries(schema.properties)) {
    if (property.default !== undefined) emitDefault(code, field, property, property.default);
    if (!looksInside(property)) continue;
    code.lines.push(`value = ${readOwn(field)};`, 'if (value !== undefined) {');
    emitInside(code, property, 'value', passesOf);
    code.lines.push('}');
  }
  return build(code, 'object', helpers);
}

/** Reads a field without falling back to `Object.prototype` (a field may be named `constructor`). */
function readOwn(field: string): string {
  const read = `object[${literal(field)}]`;
  return field in Object.prototype ? `(Object.hasOwn(object, ${literal(field)}) ? ${read} : undefined)` : read;
}

function emitDefault(code: Code, field: string, property: Schema, value: Json): void {
  const current = readOwn(field);
  const absent = property.nullable === true ? `${current} === undefined` : `(${current} ?? undefined) === undefined`;
  if (typeof value === 'object') {
    code.lines.push(`if (${absent}) helpers.set(object, ${literal(field)}, helpers.clone(${constant(code, value)}));`);
  } else {
    code.lines.push(`if (${absent}) helpers.set(object, ${literal(field)}, ${literal(value)});`);
  }
}

function looksInside(schema: Schema): boolean {
  if (schema.type === 'array') return looksInside(schema.items);
  return schema.type === 'map' ? looksInside(schema.values) : schema.type === 'object';
}

function emitInside(code: Code, schema: Schema, value: string, passesOf: PassesOf): void {
  if (schema.type === 'object') {
    code.lines.push(`if (helpers.isObject(${value})) ${constant(code, passesOf(schema))}.applyDefaults(${value});`);
  } else if (schema.type === 'array') {
    const item = freshName(code, 'item');
    code.lines.push(`if (Array.isArray(${value})) for (const ${item} of ${value}) {`);
    emitInside(code, schema.items, item, passesOf);
    code.lines.push('}');
  } else if (schema.type === 'map') {
    const key = freshName(code, 'key');
    code.lines.push(`if (helpers.isObject(${value})) for (const ${key} in ${value}) {`);
    emitInside(code, schema.values, `${value}[${key}]`, passesOf);
    code.lines.push('}');
  }
}

const helpers = {
  isObject: isPlainObject,
  clone: cloneJson,
  set(object: Draft, field: string, value: unknown): void {
    if (field === '__proto__')
      Object.defineProperty(object, field, { value, enumerable: true, configurable: true, writable: true });
    else object[field] = value;
  },
};
