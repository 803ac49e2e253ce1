import { errorText, type FieldError } from '../../meta/errors.ts';
import { jsonEquals } from '../../meta/json.ts';
import { parsePattern } from '../../schema/regexp/syntax.ts';
import type { JSONSchemaProps } from '../../schema/standard/types.ts';
import { checkDefault } from './check-default.ts';
import { checkLists } from './check-lists.ts';
import { isIntOrStringPattern } from './convert.ts';

/**
 * The rules of structural schemas, with the texts and paths of Kubernetes (apiextensions-apiserver `schema/validation.go`
 * and `ValidateCustomResourceDefinitionOpenAPISchema`). Rules that are not supported yet are refused, never ignored.
 */

type Level = 'root' | 'item' | 'field';

interface Place {
  readonly path: string;
  readonly level: Level;
  /** Below apiVersion, kind or metadata of an API object. */
  readonly isMeta: boolean;
}

/** Everything wrong with the schema of one version. */
export function checkSchema(
  root: JSONSchemaProps,
  { path, hasStatus }: { readonly path: string; readonly hasStatus: boolean },
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (root.nullable === true) {
    errors.push({ type: 'Forbidden', path: `${path}.nullable`, detail: 'nullable cannot be true at the root' });
  }
  if (hasStatus) errors.push(...checkRootFields(root, path));
  errors.push(...checkStructure(root, { path, level: 'root', isMeta: false }));
  return errors;
}

const rootFields = new Set(
  'description type format title maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern maxItems minItems uniqueItems multipleOf required items properties externalDocs example x-kubernetes-preserve-unknown-fields x-kubernetes-validations'.split(
    ' ',
  ),
);

/** What the status alone is checked by must not be lost (upstream `allowedFieldsAtRootSchema`). */
function checkRootFields(root: JSONSchemaProps, path: string): readonly FieldError[] {
  const odd = Object.keys(root).find((field) => !rootFields.has(field) && field !== 'nullable');
  if (odd === undefined) return [];
  const detail = `only [${[...rootFields].join(' ')}] fields are allowed at the root of the schema if the status subresource is enabled`;
  return [{ type: 'Invalid', path, value: odd, detail }];
}

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'];

/** Fields of JSON schema that say nothing a server could prune and apply by. */
const unsupported = ['id', 'additionalItems', 'patternProperties', 'definitions', 'dependencies', '$ref'] as const;

function checkStructure(schema: JSONSchemaProps, place: Place): readonly FieldError[] {
  const { path } = place;
  return [
    ...checkKeywords(schema, place),
    ...checkType(schema, place),
    ...checkFields(schema, place),
    ...checkLists(schema, path),
    ...checkJunctions(schema, path),
    ...(schema.default === undefined ? [] : checkDefaultAt(schema, place)),
    ...checkChildren(schema, place),
  ];
}

function checkKeywords(schema: JSONSchemaProps, { path, isMeta }: Place): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const field of unsupported) {
    if (schema[field] === undefined) continue;
    errors.push({ type: 'Forbidden', path: `${path}.${field}`, detail: `${field} is not supported` });
  }
  if (schema.uniqueItems === true) {
    const detail = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic';
    errors.push({ type: 'Forbidden', path: `${path}.uniqueItems`, detail });
  }
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) {
    const detail = 'must be true or undefined';
    errors.push({ type: 'Invalid', path: `${path}.x-kubernetes-preserve-unknown-fields`, value: false, detail });
  }
  if (isMeta && schema['x-kubernetes-embedded-resource'] === true) {
    const detail = 'must not be used inside of resource meta';
    errors.push({ type: 'Forbidden', path: `${path}.x-kubernetes-embedded-resource`, detail });
  }
  return [...errors, ...checkPattern(schema, path)];
}

function checkPattern({ pattern }: JSONSchemaProps, path: string): readonly FieldError[] {
  if (pattern === undefined) return [];
  try {
    parsePattern(pattern);
    return [];
  } catch (error) {
    const detail = `must be a valid regular expression, but isn't: error parsing regexp: ${errorText(error)}`;
    return [{ type: 'Invalid', path: `${path}.pattern`, value: pattern, detail }];
  }
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
  const isEmbedded = schema['x-kubernetes-embedded-resource'] === true;
  const isIntOrString = schema['x-kubernetes-int-or-string'] === true;
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (type === 'null') {
    const detail = 'type cannot be set to null, use nullable as an alternative';
    errors.push({ type: 'Forbidden', path: at, detail });
  } else if (type !== '' && !types.includes(type)) {
    const detail = `supported values: ${types.map((one) => `"${one}"`).join(', ')}`;
    errors.push({ type: 'NotSupported', path: at, value: type, detail });
  }
  if (isEmbedded && type !== 'object') {
    const detail = 'must be object if x-kubernetes-embedded-resource is true';
    errors.push(
      type === '' ? { type: 'Required', path: at, detail } : { type: 'Invalid', path: at, value: type, detail },
    );
  } else if (type === '' && !isIntOrString && !isOpen) {
    errors.push({ type: 'Required', path: at, detail: emptyTypes[level] });
  }
  if (level === 'root' && type !== '' && type !== 'object') {
    errors.push({ type: 'Invalid', path: at, value: type, detail: 'must be object at the root' });
  }
  if (isIntOrString && type !== '') {
    const detail = 'must be empty if x-kubernetes-int-or-string is true';
    errors.push({ type: 'Invalid', path: at, value: type, detail });
  }
  for (const [field, isSet] of [
    ['x-kubernetes-preserve-unknown-fields', isOpen],
    ['x-kubernetes-embedded-resource', isEmbedded],
  ] as const) {
    if (!isIntOrString || !isSet) continue;
    const detail = 'must be false if x-kubernetes-int-or-string is true';
    errors.push({ type: 'Invalid', path: `${path}.${field}`, value: true, detail });
  }
  return errors;
}

function checkFields(schema: JSONSchemaProps, { path, level }: Place): readonly FieldError[] {
  const { properties = {}, additionalProperties, type } = schema;
  const errors: FieldError[] = [];
  const fieldCount = Object.keys(properties).length;
  const isEmbedded = schema['x-kubernetes-embedded-resource'] === true;
  const at = `${path}.additionalProperties`;
  if (additionalProperties !== undefined) {
    if (fieldCount > 0 && additionalProperties !== true) {
      errors.push({ type: 'Forbidden', path: at, detail: 'additionalProperties and properties are mutual exclusive' });
    }
    if (level === 'root') errors.push({ type: 'Forbidden', path: at, detail: 'must not be used at the root' });
    if (isEmbedded) {
      const detail = 'must not be used if x-kubernetes-embedded-resource is set';
      errors.push({ type: 'Forbidden', path: at, detail });
    }
  }
  if (isEmbedded && schema['x-kubernetes-preserve-unknown-fields'] !== true && fieldCount === 0) {
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
  const { type: _type, description: _text, properties: fields = {}, ...rest } = metadata;
  const isNarrow = Object.keys(fields).every((field) => field === 'name' || field === 'generateName');
  if (isNarrow && Object.keys(rest).length === 0) return errors;
  const detail = 'must not specify anything other than name and generateName, but metadata is implicitly specified';
  return [...errors, { type: 'Forbidden', path: `${path}.properties[metadata]`, detail }];
}

function checkDefaultAt(schema: JSONSchemaProps, { path, isMeta }: Place): readonly FieldError[] {
  if (!isMeta) return checkDefault(schema, path);
  return [{ type: 'Forbidden', path: `${path}.default`, detail: 'must not be set in object metadata' }];
}

function checkChildren(schema: JSONSchemaProps, { path, level, isMeta }: Place): readonly FieldError[] {
  const { items, properties = {}, additionalProperties } = schema;
  const errors: FieldError[] = [];
  if (Array.isArray(items)) {
    const detail = 'items must be a schema object and not an array';
    errors.push({ type: 'Forbidden', path: `${path}.items`, detail });
  } else if (items !== undefined) {
    errors.push(...checkStructure(items, { path: `${path}.items`, level: 'item', isMeta }));
  }
  const holdsMeta = level === 'root' || schema['x-kubernetes-embedded-resource'] === true;
  for (const [field, inner] of Object.entries(properties)) {
    const isMetaField = holdsMeta && (field === 'metadata' || field === 'kind' || field === 'apiVersion');
    const place = { path: `${path}.properties[${field}]`, level: 'field', isMeta: isMeta || isMetaField } as const;
    errors.push(...checkStructure(inner, place));
  }
  if (typeof additionalProperties === 'object') {
    errors.push(
      ...checkStructure(additionalProperties, { path: `${path}.additionalProperties`, level: 'field', isMeta }),
    );
  }
  return errors;
}

const junctions = ['allOf', 'anyOf', 'oneOf'] as const;

/** The value validations of a schema and whether they speak only of what is specified outside of them. */
function checkJunctions(schema: JSONSchemaProps, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const field of junctions) {
    if (field === 'anyOf' && isIntOrStringPattern(schema.anyOf)) continue;
    (schema[field] ?? []).forEach((inner, index) => {
      const skipsAnyOf = field === 'allOf' && index === 0 && isIntOrStringPattern(inner.anyOf);
      const nested = skipsAnyOf ? { ...inner, anyOf: [] } : inner;
      errors.push(...checkNested(nested, `${path}.${field}[${index}]`, { schema, path }));
    });
  }
  if (schema.not !== undefined) errors.push(...checkNested(schema.not, `${path}.not`, { schema, path }));
  return errors;
}

/** Keywords that only the structure itself may have, and what they must be below junctions. */
const structureOnly = {
  type: 'must be empty to be structural',
  additionalProperties: 'must be undefined to be structural',
  default: 'must be undefined to be structural',
  title: 'must be empty to be structural',
  description: 'must be empty to be structural',
  nullable: 'must be false to be structural',
  externalDocs: 'must be undefined to be structural',
  'x-kubernetes-preserve-unknown-fields': 'must be false to be structural',
  'x-kubernetes-embedded-resource': 'must be false to be structural',
  'x-kubernetes-int-or-string': 'must be false to be structural',
  'x-kubernetes-list-map-keys': 'must be empty to be structural',
  'x-kubernetes-list-type': 'must be undefined to be structural',
  'x-kubernetes-map-type': 'must be undefined to be structural',
  'x-kubernetes-validations': 'must be empty to be structural',
} as const;

interface Outside {
  readonly schema: JSONSchemaProps | undefined;
  readonly path: string;
}

function checkNested(nested: JSONSchemaProps, path: string, outside: Outside): readonly FieldError[] {
  const errors: FieldError[] = [...checkPattern(nested, path)];
  for (const [field, detail] of Object.entries(structureOnly)) {
    const value = nested[field as keyof typeof structureOnly];
    const isZero = value === undefined || value === false || value === '' || jsonEquals(value, []);
    if (!isZero) errors.push({ type: 'Forbidden', path: `${path}.${field}`, detail });
  }
  const { properties = {}, items, not } = nested;
  if (Object.hasOwn(properties, 'metadata')) {
    const detail = 'must not be specified in a nested context';
    errors.push({ type: 'Forbidden', path: `${path}.properties[metadata]`, detail });
  }
  for (const [field, inner] of Object.entries(properties)) {
    const at = { schema: outside.schema?.properties?.[field], path: `${outside.path}.properties[${field}]` };
    errors.push(...checkOutside(at, `${path}.properties[${field}]`, inner));
  }
  if (items !== undefined) {
    const at = { schema: outside.schema?.items, path: `${outside.path}.items` };
    errors.push(...checkOutside(at, `${path}.items`, items));
  }
  for (const field of junctions) {
    (nested[field] ?? []).forEach((inner, index) => {
      errors.push(...checkNested(inner, `${path}.${field}[${index}]`, outside));
    });
  }
  if (not !== undefined) errors.push(...checkNested(not, `${path}.not`, outside));
  return errors;
}

/** Every field and item a junction speaks of must be specified by the structure too. */
function checkOutside(outside: Outside, path: string, inner: JSONSchemaProps): readonly FieldError[] {
  const errors = checkNested(inner, path, outside);
  if (outside.schema !== undefined) return errors;
  return [{ type: 'Required', path: outside.path, detail: `because it is defined in ${path}` }, ...errors];
}
