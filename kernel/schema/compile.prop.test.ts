import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cloneJson, isPlainObject } from '../meta/json.ts';
import type { Json } from '../meta/object.ts';
import { compileSchema } from './compile.ts';
import type { Draft } from './passes.ts';
import type { ObjectSchema, Schema } from './schema.ts';

/** Field names, among them those that objects inherit. */
const fieldName = fc.constantFrom('a', 'b', 'c', 'constructor', 'toString', 'hasOwnProperty', '0');

const scalarSchema: fc.Arbitrary<Schema> = fc.oneof(
  fc.record({ type: fc.constant('string' as const), nullable: fc.boolean(), omitZero: fc.boolean() }),
  fc.record({ type: fc.constant('string' as const), enum: fc.constant(['x', 'y']), default: fc.constant('x') }),
  fc.record({ type: fc.constant('integer' as const), minimum: fc.constant(0), maximum: fc.constant(5) }),
  fc.record({ type: fc.constant('integer' as const), default: fc.constant(3), nullable: fc.boolean() }),
  fc.record({ type: fc.constant('boolean' as const), omitZero: fc.boolean() }),
  fc.constant({ type: 'any' as const }),
  fc.constant({ type: 'int-or-string' as const }),
);

const { schema: anySchema } = fc.letrec<{ schema: Schema; object: ObjectSchema }>((tie) => ({
  object: fc.record({
    type: fc.constant('object' as const),
    properties: fc.dictionary(fieldName, tie('schema'), { maxKeys: 4, noNullPrototype: true }),
    preserveUnknownFields: fc.boolean(),
    nullable: fc.boolean(),
    required: fc.boolean(),
  }),
  schema: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalarSchema,
    tie('object'),
    fc.record({
      type: fc.constant('array' as const),
      items: tie('schema'),
      listType: fc.constantFrom('atomic' as const, 'set' as const),
    }),
    fc.record({ type: fc.constant('map' as const), values: tie('schema'), omitZero: fc.boolean() }),
  ),
}));

const objectSchema: fc.Arbitrary<ObjectSchema> = fc
  .dictionary(fieldName, anySchema, { maxKeys: 5, noNullPrototype: true })
  .map((properties) => ({ type: 'object', properties }));

const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, false, '', 'x', 'z', 0, 3, 9, 1.5),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fieldName, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

const objectValue = fc.dictionary(fieldName, anyValue, { maxKeys: 5, noNullPrototype: true }) as fc.Arbitrary<Draft>;

/** The rules of `prune`, `applyDefaults` and `validate`, written as an interpreter. */
const naive = {
  prune(schema: Schema, value: unknown, path: string, unknown: string[]): void {
    if (schema.type === 'array' && Array.isArray(value)) {
      for (const [index, item] of value.entries()) naive.prune(schema.items, item, `${path}[${index}]`, unknown);
    }
    if (schema.type === 'map' && isPlainObject(value)) {
      for (const [key, item] of Object.entries(value)) {
        const dropsNull = schema.values.type !== 'any' && schema.values.nullable !== true;
        if (item === null && dropsNull) delete (value as Draft)[key];
        else naive.prune(schema.values, item, `${path}.${key}`, unknown);
      }
    }
    if (schema.type !== 'object' || !isPlainObject(value)) return;
    const fields = value as Draft;
    for (const [field, item] of Object.entries(fields)) {
      const property = Object.hasOwn(schema.properties, field) ? schema.properties[field] : undefined;
      const itemPath = path === '' ? field : `${path}.${field}`;
      if (property === undefined) {
        if (schema.preserveUnknownFields === true) continue;
        unknown.push(itemPath);
        delete fields[field];
      } else {
        if (item !== null) naive.prune(property, item, itemPath, unknown);
        const isAbsent = item === null && property.nullable !== true;
        if (isAbsent || (property.omitZero === true && isZero(property, item))) delete fields[field];
      }
    }
  },
  applyDefaults(schema: Schema, value: unknown): void {
    if (schema.type === 'array' && Array.isArray(value))
      for (const item of value) naive.applyDefaults(schema.items, item);
    if (schema.type === 'map' && isPlainObject(value)) {
      for (const item of Object.values(value)) naive.applyDefaults(schema.values, item);
    }
    if (schema.type !== 'object' || !isPlainObject(value)) return;
    const fields = value as Draft;
    for (const [field, property] of Object.entries(schema.properties)) {
      const current = Object.hasOwn(fields, field) ? fields[field] : undefined;
      const absent = current === undefined || (current === null && property.nullable !== true);
      if (absent && property.default !== undefined) fields[field] = cloneJson<Json>(property.default);
      if (Object.hasOwn(fields, field)) naive.applyDefaults(property, fields[field]);
    }
  },
  validate(schema: Schema, value: unknown, path: string): readonly string[] {
    if (value === null && schema.nullable === true) return [];
    switch (schema.type) {
      case 'object':
        if (!isPlainObject(value)) return [`TypeInvalid ${path}`];
        return Object.entries(schema.properties).flatMap(([field, property]) => {
          const itemPath = path === '' ? field : `${path}.${field}`;
          if (!Object.hasOwn(value, field)) return property.required === true ? [`Required ${itemPath}`] : [];
          return naive.validate(property, value[field], itemPath);
        });
      case 'map':
        if (!isPlainObject(value)) return [`TypeInvalid ${path}`];
        return Object.entries(value).flatMap(([key, item]) => naive.validate(schema.values, item, `${path}.${key}`));
      case 'array': {
        if (!Array.isArray(value)) return [`TypeInvalid ${path}`];
        const errors = value.flatMap((item, index) => naive.validate(schema.items, item, `${path}[${index}]`));
        const sorted = value.map((item) => JSON.stringify(sortFields(item)));
        const repeats = value.flatMap((_, index) =>
          sorted.indexOf(sorted[index] ?? '') < index ? [`Duplicate ${path}[${index}]`] : [],
        );
        return schema.listType === 'set' ? [...errors, ...repeats] : errors;
      }
      case 'string':
        if (typeof value !== 'string') {
          return [`TypeInvalid ${path}`, ...(schema.enum === undefined ? [] : [`NotSupported ${path}`])];
        }
        return schema.enum?.includes(value) === false ? [`NotSupported ${path}`] : [];
      case 'integer':
      case 'number':
        if (typeof value !== 'number') return [`TypeInvalid ${path}`];
        return [
          ...(Number.isSafeInteger(value) ? [] : [`TypeInvalid ${path}`, 'Invalid <nil>']),
          ...(value < (schema.minimum ?? -Infinity) || value > (schema.maximum ?? Infinity) ? [`Invalid ${path}`] : []),
        ];
      case 'boolean':
        return typeof value === 'boolean' ? [] : [`TypeInvalid ${path}`];
      case 'int-or-string':
        return typeof value === 'string' || Number.isSafeInteger(value) ? [] : [`TypeInvalid ${path}`];
      case 'any':
        return [];
    }
  },
};

function isZero(schema: Schema, value: unknown): boolean {
  switch (schema.type) {
    case 'string':
      return value === '';
    case 'boolean':
      return value === false;
    case 'integer':
    case 'number':
      return value === 0;
    case 'array':
      return Array.isArray(value) && value.length === 0;
    case 'map':
      return isPlainObject(value) && Object.keys(value).length === 0;
    case 'object':
    case 'int-or-string':
    case 'any':
      return false;
  }
}

function sortFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortFields);
  if (!isPlainObject(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return { entries: entries.map(([key, item]) => [key, sortFields(item)]) };
}

test('compiled passes agree with the interpreter', () => {
  fc.assert(
    fc.property(objectSchema, objectValue, (schema, input) => {
      const compiled = compileSchema(schema);
      const [mine, theirs] = [cloneJson(input), cloneJson(input)];
      const unknown: string[] = [];
      naive.prune(schema, theirs, '', unknown);
      assert.deepEqual(compiled.prune(mine), unknown);
      assert.deepEqual(mine, theirs);
      compiled.applyDefaults(mine);
      naive.applyDefaults(schema, theirs);
      assert.deepEqual(mine, theirs);
      const errors = compiled.validate(mine).map(({ type, path }) => `${type} ${path}`);
      assert.deepEqual(errors.sort(), [...naive.validate(schema, theirs, '')].sort());
    }),
    { numRuns: 500 },
  );
});

test('prune() and applyDefaults() are idempotent', () => {
  fc.assert(
    fc.property(objectSchema, objectValue, (schema, input) => {
      const compiled = compileSchema(schema);
      const value = cloneJson(input);
      compiled.prune(value);
      compiled.applyDefaults(value);
      const once = cloneJson(value);
      assert.deepEqual(compiled.prune(value), []);
      compiled.applyDefaults(value);
      assert.deepEqual(value, once);
    }),
    { numRuns: 300 },
  );
});
