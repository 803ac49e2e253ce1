import { errorText, type FieldError, formatFieldError } from '../../meta/errors.ts';
import { jsonEquals } from '../../meta/json.ts';
import { parsePattern } from '../../schema/regexp/syntax.ts';
import type { JSONSchemaProps } from '../../schema/standard/types.ts';
import { isIntOrStringPattern } from './convert.ts';

/**
 * What makes a schema structural: every value it speaks of has a type, and junctions only restrict what is specified
 * outside of them. Texts, paths and order are those of Kubernetes (apiextensions-apiserver `schema/validation.go`).
 */

type Level = 'root' | 'item' | 'field';

interface Place {
  readonly path: string;
  readonly level: Level;
}

/** Everything because of which a schema is not structural, in the order of the texts. */
export function checkStructure(root: JSONSchemaProps, path: string): readonly FieldError[] {
  const errors = [...checkInvariants(root, { path, level: 'root' }), ...checkCompleteness(root, path)];
  return errors.length < 2 ? errors : errors.toSorted((a, b) => compareText(formatFieldError(a), formatFieldError(b)));
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function checkInvariants(schema: JSONSchemaProps, place: Place): readonly FieldError[] {
  return [
    ...checkChildren(schema, place.path),
    ...checkType(schema, place),
    ...checkIntOrString(schema, place.path),
    ...checkFields(schema, place),
    ...checkRestrictions(schema, place.path),
  ];
}

function checkChildren({ items, properties = {}, additionalProperties }: JSONSchemaProps, path: string) {
  const errors: FieldError[] = [];
  if (items !== undefined) errors.push(...checkInvariants(items, { path: `${path}.items`, level: 'item' }));
  for (const [field, inner] of Object.entries(properties)) {
    errors.push(...checkInvariants(inner, { path: `${path}.properties[${field}]`, level: 'field' }));
  }
  if (typeof additionalProperties === 'object') {
    errors.push(...checkInvariants(additionalProperties, { path: `${path}.additionalProperties`, level: 'field' }));
  }
  return errors;
}

const emptyTypes: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};

function checkType(schema: JSONSchemaProps, { path, level }: Place): readonly FieldError[] {
  const { type = '' } = schema;
  const errors: FieldError[] = [];
  const at = `${path}.type`;
  const needsNoType = isSet(schema, 'x-kubernetes-int-or-string') || isSet(schema, preserve);
  if (isSet(schema, embedded) && type !== 'object') {
    const detail = 'must be object if x-kubernetes-embedded-resource is true';
    errors.push(
      type === '' ? { type: 'Required', path: at, detail } : { type: 'Invalid', path: at, value: type, detail },
    );
  } else if (type === '' && !needsNoType) {
    errors.push({ type: 'Required', path: at, detail: emptyTypes[level] });
  }
  if (level === 'root' && type !== '' && type !== 'object') {
    errors.push({ type: 'Invalid', path: at, value: type, detail: 'must be object at the root' });
  }
  return errors;
}

const preserve = 'x-kubernetes-preserve-unknown-fields';
const embedded = 'x-kubernetes-embedded-resource';

function isSet(schema: JSONSchemaProps, field: keyof JSONSchemaProps): boolean {
  return schema[field] === true;
}

function checkIntOrString(schema: JSONSchemaProps, path: string): readonly FieldError[] {
  if (!isSet(schema, 'x-kubernetes-int-or-string')) return [];
  const detail = 'must be false if x-kubernetes-int-or-string is true';
  const wrong = [preserve, embedded].filter((field) => isSet(schema, field as keyof JSONSchemaProps));
  return wrong.map((field) => ({ type: 'Invalid', path: `${path}.${field}`, value: true, detail }));
}

function checkFields(schema: JSONSchemaProps, { path, level }: Place): readonly FieldError[] {
  const { properties = {}, additionalProperties, type } = schema;
  const errors: FieldError[] = [];
  const isEmbedded = isSet(schema, embedded);
  if (additionalProperties !== undefined) {
    const at = `${path}.additionalProperties`;
    if (level === 'root') errors.push({ type: 'Forbidden', path: at, detail: 'must not be used at the root' });
    if (isEmbedded) {
      const detail = 'must not be used if x-kubernetes-embedded-resource is set';
      errors.push({ type: 'Forbidden', path: at, detail });
    }
  }
  if (isEmbedded && !isSet(schema, preserve) && Object.keys(properties).length === 0) {
    const detail =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
    errors.push({ type: 'Required', path: `${path}.properties`, detail });
  }
  if (type === 'array' && schema.items === undefined) {
    errors.push({ type: 'Required', path: `${path}.items`, detail: 'must be specified' });
  }
  if (level === 'root' || isEmbedded) errors.push(...checkTypeMeta(properties, path, level === 'root'));
  return errors;
}

function checkTypeMeta(
  properties: Readonly<Record<string, JSONSchemaProps>>,
  path: string,
  isRoot: boolean,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const [field, wanted] of [
    ['kind', 'string'],
    ['apiVersion', 'string'],
    ['metadata', 'object'],
  ] as const) {
    const schema = properties[field];
    if (schema === undefined || schema.type === wanted) continue;
    const at = `${path}.properties[${field}].type`;
    errors.push({ type: 'Invalid', path: at, value: schema.type ?? '', detail: `must be ${wanted}` });
  }
  const { metadata } = properties;
  if (!isRoot || metadata === undefined) return errors;
  const { type: _type, default: _default, properties: fields = {}, ...rest } = metadata;
  const isNarrow = Object.keys(fields).every((field) => field === 'name' || field === 'generateName');
  if (isNarrow && Object.keys(rest).length === 0) return errors;
  const detail = 'must not specify anything other than name and generateName, but metadata is implicitly specified';
  return [...errors, { type: 'Forbidden', path: `${path}.properties[metadata]`, detail }];
}

const junctions = ['anyOf', 'allOf', 'oneOf'] as const;

/** The value validations of a schema: its pattern, and what stands below its junctions. */
function checkRestrictions(schema: JSONSchemaProps, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const { nested, at } of nestedOf(schema, path)) errors.push(...checkNested(nested, at));
  return [...errors, ...checkPattern(schema, path)];
}

interface Nested {
  readonly nested: JSONSchemaProps;
  readonly at: string;
}

/** What stands below junctions, but for the one by which generators describe an int-or-string. */
function nestedOf(schema: JSONSchemaProps, path: string): readonly Nested[] {
  const found = junctions.flatMap((field) => {
    if (field === 'anyOf' && isIntOrStringPattern(schema.anyOf)) return [];
    return (schema[field] ?? []).map((inner, index) => {
      const isPattern = field === 'allOf' && index === 0 && isIntOrStringPattern(inner.anyOf);
      return { nested: isPattern ? { ...inner, anyOf: [] } : inner, at: `${path}.${field}[${index}]` };
    });
  });
  return schema.not === undefined ? found : [...found, { nested: schema.not, at: `${path}.not` }];
}

/** Keywords that only the structure itself may have, and what they must be below junctions. */
const structureOnly = {
  type: 'must be empty to be structural',
  additionalProperties: 'must be undefined to be structural',
  default: 'must be undefined to be structural',
  title: 'must be empty to be structural',
  description: 'must be empty to be structural',
  nullable: 'must be false to be structural',
  'x-kubernetes-preserve-unknown-fields': 'must be false to be structural',
  'x-kubernetes-embedded-resource': 'must be false to be structural',
  'x-kubernetes-int-or-string': 'must be false to be structural',
  'x-kubernetes-list-map-keys': 'must be empty to be structural',
  'x-kubernetes-list-type': 'must be undefined to be structural',
  'x-kubernetes-map-type': 'must be undefined to be structural',
  'x-kubernetes-validations': 'must be empty to be structural',
} as const;

function checkNested(nested: JSONSchemaProps, path: string): readonly FieldError[] {
  const errors: FieldError[] = [...checkRestrictions(nested, path)];
  const { properties = {}, items } = nested;
  if (items !== undefined) errors.push(...checkNested(items, `${path}.items`));
  for (const [field, inner] of Object.entries(properties)) {
    errors.push(...checkNested(inner, `${path}.properties[${field}]`));
  }
  for (const [field, detail] of Object.entries(structureOnly)) {
    const value = nested[field as keyof typeof structureOnly];
    const isZero = value === undefined || value === null || value === false || value === '' || jsonEquals(value, []);
    if (!isZero) errors.push({ type: 'Forbidden', path: `${path}.${field}`, detail });
  }
  if (Object.hasOwn(properties, 'metadata')) {
    const detail = 'must not be specified in a nested context';
    errors.push({ type: 'Forbidden', path: `${path}.properties[metadata]`, detail });
  }
  return errors;
}

function checkPattern({ pattern = '' }: JSONSchemaProps, path: string): readonly FieldError[] {
  if (pattern === '') return [];
  try {
    parsePattern(pattern);
    return [];
  } catch (error) {
    const detail = `must be a valid regular expression, but isn't: error parsing regexp: ${errorText(error)}`;
    return [{ type: 'Invalid', path: `${path}.pattern`, value: pattern, detail }];
  }
}

/** Every field and item that a junction of the root speaks of must be specified by the structure too. */
function checkCompleteness(root: JSONSchemaProps, path: string): readonly FieldError[] {
  // Kubernetes: junctions below the root may speak of fields that nobody specifies.
  return junctionsOf(root, path).flatMap(({ nested, at }) => checkSpecified(nested, at, { schema: root, path }));
}

function junctionsOf(schema: JSONSchemaProps, path: string): readonly Nested[] {
  const found = junctions.flatMap((field) =>
    (schema[field] ?? []).map((nested, index) => ({ nested, at: `${path}.${field}[${index}]` })),
  );
  return schema.not === undefined ? found : [{ nested: schema.not, at: `${path}.not` }, ...found];
}

interface Outside {
  readonly schema: JSONSchemaProps | undefined;
  readonly path: string;
}

function checkSpecified(nested: JSONSchemaProps, path: string, outside: Outside): readonly FieldError[] {
  if (outside.schema === undefined) {
    return [{ type: 'Required', path: outside.path, detail: `because it is defined in ${path}` }];
  }
  const { properties: known = {}, items: knownItems } = outside.schema;
  const errors: FieldError[] = [];
  for (const { nested: inner, at } of junctionsOf(nested, path)) errors.push(...checkSpecified(inner, at, outside));
  if (nested.items !== undefined) {
    const at = { schema: knownItems, path: `${outside.path}.items` };
    errors.push(...checkSpecified(nested.items, `${path}.items`, at));
  }
  for (const [field, inner] of Object.entries(nested.properties ?? {})) {
    const schema = Object.hasOwn(known, field) ? known[field] : undefined;
    const at = { schema, path: `${outside.path}.properties[${field}]` };
    errors.push(...checkSpecified(inner, `${path}.properties[${field}]`, at));
  }
  return errors;
}
