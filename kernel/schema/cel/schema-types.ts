import type { ArraySchema, ObjectSchema, Schema, StringSchema } from '../schema.ts';
import { requestBytesMax } from './limits.ts';
import { type FieldType, listType, mapType, objectType, type Type, types } from './types.ts';

/**
 * Schemas as types of expressions, with the most that their values can hold (Kubernetes `apiserver/pkg/cel/common/schemas.go`,
 * `limits.go`). What has no bound is bounded by how much of it one request can carry.
 */

/** Least space JSON takes for a value, bytes. */
const [textBytesMin, boolBytesMin, numberBytesMin, timeBytesMin, dateBytes, durationBytesMin] = [2, 4, 1, 21, 12, 3];
const [timeBytesMax, durationBytesMax] = [32, 32];

const built = new WeakMap<Schema, Type | null>();

/**
 * The type of values of the schema. @returns `undefined` if expressions cannot see them: values without a type, and lists
 * and maps of such.
 */
export function typeOfSchema(schema: Schema): Type | undefined {
  const known = built.get(schema);
  if (known !== undefined) return known ?? undefined;
  const type = buildType(schema);
  built.set(schema, type ?? null);
  return type;
}

function buildType(schema: Schema): Type | undefined {
  const type = bareType(schema);
  return type === undefined || schema.nullable !== true ? type : { ...type, isNullable: true };
}

function bareType(schema: Schema): Type | undefined {
  switch (schema.type) {
    case 'int-or-string': {
      const maxLength = schema.rules?.maxLength;
      return { ...types.dyn, sizeMax: maxLength === undefined ? requestBytesMax - 2 : Math.max(0, maxLength) * 4 };
    }
    case 'array':
      return listOf(schema);
    case 'map': {
      const value = typeOfSchema(schema.values);
      if (value === undefined) return undefined;
      const sizeMax =
        schema.rules?.maxProperties ?? Math.floor((requestBytesMax - 2) / (leastBytes(schema.values) + 6));
      // Upstream takes keys for free.
      return mapType({ ...types.string, sizeMax: 0 }, value, Math.max(0, sizeMax));
    }
    case 'object':
      return objectOf(schema);
    case 'string':
      return textOf(schema);
    case 'boolean':
      return { ...types.bool, sizeMax: 0 };
    case 'integer':
      return { ...types.int, sizeMax: 0 };
    case 'number':
      return { ...types.double, sizeMax: 0 };
    case 'any':
      return undefined;
  }
}

function listOf(schema: ArraySchema): Type | undefined {
  const item = typeOfSchema(schema.items);
  if (item === undefined) return undefined;
  const sizeMax = schema.maxItems ?? Math.floor((requestBytesMax - 2) / (leastBytes(schema.items) + 1));
  const list = listType(item, Math.max(0, sizeMax));
  if (schema.listType === 'set') return { ...list, items: 'set' };
  if (schema.listType !== 'map') return list;
  return { ...list, items: { keys: schema.listMapKeys ?? [] } };
}

let objectCount = 0;

function objectOf(schema: ObjectSchema): Type {
  const fields = new Map<string, FieldType>();
  for (const [jsonName, property] of Object.entries(schema.properties)) {
    const name = escapeField(jsonName);
    const type = typeOfSchema(property);
    if (type !== undefined && name !== undefined) fields.set(name, { type, jsonName });
  }
  if (schema.embeddedResource === true) addTypeMeta(fields, schema);
  objectCount++;
  return { ...objectType(`object${objectCount}`, fields), sizeMax: 0 };
}

/** The type of whole objects: of their metadata expressions see the name and its prefix only. */
export function typeOfRoot(schema: ObjectSchema): Type {
  const type = objectOf(schema);
  const fields = new Map(type.fields ?? []);
  addTypeMeta(fields, schema);
  return { ...type, fields };
}

function addTypeMeta(fields: Map<string, FieldType>, schema: ObjectSchema): void {
  const nameRules = schema.rules?.properties?.['metadata']?.properties;
  const metadata = ['name', 'generateName'].map((jsonName) => {
    const maxLength = nameRules?.[jsonName]?.maxLength;
    return [
      jsonName,
      { type: textOf({ type: 'string', ...(maxLength === undefined ? {} : { maxLength }) }), jsonName },
    ] as const;
  });
  objectCount++;
  const metadataType = { ...objectType(`metadata${objectCount}`, new Map(metadata)), sizeMax: 0 };
  fields.set('metadata', { type: metadataType, jsonName: 'metadata' });
  for (const jsonName of ['apiVersion', 'kind']) fields.set(jsonName, { type: textOf({ type: 'string' }), jsonName });
}

function textOf({ format, maxLength, enum: values, rules }: StringSchema): Type {
  const name = format ?? rules?.format;
  switch (name) {
    case 'byte':
      return { ...types.bytes, sizeMax: Math.max(0, maxLength ?? requestBytesMax - 2) };
    case 'duration':
      return { ...types.duration, sizeMax: durationBytesMax };
    case 'date':
      return { ...types.timestamp, sizeMax: dateBytes };
    case 'date-time':
      return { ...types.timestamp, sizeMax: timeBytesMax };
    default:
  }
  // A character takes up to four bytes, which is what upstream counts.
  if (maxLength !== undefined) return { ...types.string, sizeMax: Math.max(0, maxLength) * 4 };
  if (values === undefined || values.length === 0) return { ...types.string, sizeMax: requestBytesMax - 2 };
  return { ...types.string, sizeMax: Math.max(...values.map((value) => encoder.encode(value).length)) };
}

const encoder = new TextEncoder();

/** Least space JSON takes for a value of the schema, bytes. */
function leastBytes(schema: Schema): number {
  switch (schema.type) {
    case 'int-or-string':
    case 'any':
    case 'integer':
    case 'number':
      return numberBytesMin;
    case 'boolean':
      return boolBytesMin;
    case 'array':
    case 'map':
      return 2;
    case 'object':
      return Object.entries(schema.properties).reduce((sum, [name, property]) => {
        const isAlwaysThere = property.required === true && property.default === undefined;
        return isAlwaysThere && typeOfSchema(property) !== undefined
          ? sum + name.length + leastBytes(property) + 4
          : sum;
      }, 2);
    case 'string': {
      const format = schema.format ?? schema.rules?.format;
      if (format === 'date-time') return timeBytesMin;
      if (format === 'date') return dateBytes;
      return format === 'duration' ? durationBytesMin : textBytesMin;
    }
  }
}

/** How often a rule at the schema can be evaluated for one object when nothing bounds the lists and maps around it. */
export function cardinalityOf(schema: Schema): number {
  return Math.floor(requestBytesMax / (leastBytes(schema) + 1));
}

const reserved = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

const escapes: Readonly<Record<string, string>> = {
  __: '__underscores__',
  '.': '__dot__',
  '-': '__dash__',
  '/': '__slash__',
};

/**
 * The name an expression uses for a field: `__dash__` for `-` and the like (Kubernetes `apiserver/pkg/cel/escaping.go`).
 * @returns `undefined` for fields that have none.
 */
export function escapeField(name: string): string | undefined {
  if (reserved.has(name)) return `__${name}__`;
  if (!/^[A-Za-z_./-][\w./-]*$/.test(name)) return undefined;
  return name.replaceAll(/__|[-./]/g, (found) => escapes[found] ?? found);
}
