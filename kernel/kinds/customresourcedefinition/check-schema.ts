import type { FieldError } from '../../meta/errors.ts';
import type { JSONSchemaProps } from '../../schema/standard/types.ts';
import { checkDefaults } from './check-default.ts';
import { checkLists } from './check-lists.ts';
import { checkRuleFields } from './check-rule-fields.ts';
import { checkStructure } from './check-structure.ts';
import { schemasBelow } from './schemas-below.ts';

/**
 * The rules of schemas, with the texts, paths and order of Kubernetes (apiextensions-apiserver
 * `validateCustomResourceDefinitionValidation`). Rules that are not supported are refused, never ignored.
 */

/** Everything wrong with a schema but the expressions of its rules. */
export function checkSchema(
  root: JSONSchemaProps,
  { path, hasStatus }: { readonly path: string; readonly hasStatus: boolean },
): readonly FieldError[] {
  const errors: FieldError[] = hasStatus ? [...checkRootFields(root, path)] : [];
  if (root.nullable === true) {
    errors.push({ type: 'Forbidden', path: `${path}.nullable`, detail: 'nullable cannot be true at the root' });
  }
  // What is no structure at all is refused for its keywords alone.
  if (!hasUnsupported(root)) {
    const structural = checkStructure(root, path);
    errors.push(...(structural.length > 0 ? structural : checkDefaults(root, path)));
  }
  errors.push(...checkKeywords(root, { path, isRoot: true, meta: undefined }));
  if (errors.length > 0 || !hasUnsupported(root)) return errors;
  return [{ type: 'Invalid', path, value: '', detail: "OpenAPIV3Schema 'schema' is not supported" }];
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

/** True if a schema cannot even be read as a structure. */
function hasUnsupported(schema: JSONSchemaProps): boolean {
  if (unsupported.some((field) => schema[field] !== undefined) || schema.$schema !== undefined) return true;
  if (Array.isArray(schema.items)) return true;
  return (
    schema['x-kubernetes-preserve-unknown-fields'] === false ||
    schemasBelow(schema, '').some(([inner]) => hasUnsupported(inner))
  );
}

interface Place {
  readonly path: string;
  readonly isRoot: boolean;
  /** Why there may be no default, below apiVersion, kind and metadata of an API object. */
  readonly meta: string | undefined;
}

/** What single keywords of a schema and of those inside it may say (`ValidateCustomResourceDefinitionOpenAPISchema`). */
function checkKeywords(schema: JSONSchemaProps, place: Place): readonly FieldError[] {
  const { path } = place;
  const errors: FieldError[] = [...checkSupported(schema, place)];
  const { properties = {}, additionalProperties } = schema;
  if (additionalProperties !== undefined && additionalProperties !== true && Object.keys(properties).length > 0) {
    const detail = 'additionalProperties and properties are mutual exclusive';
    errors.push({ type: 'Forbidden', path: `${path}.additionalProperties`, detail });
  }
  for (const [inner, at, field] of schemasBelow(schema, path)) {
    errors.push(...checkKeywords(inner, { path: at, isRoot: false, meta: metaBelow(schema, place, field) }));
  }
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) {
    const at = `${path}.x-kubernetes-preserve-unknown-fields`;
    errors.push({ type: 'Invalid', path: at, value: false, detail: 'must be true or undefined' });
  }
  errors.push(...checkLists(schema, path));
  (schema['x-kubernetes-validations'] ?? []).forEach((rule, index) => {
    errors.push(...checkRuleFields(rule, schema, `${path}.x-kubernetes-validations[${index}]`));
  });
  return errors;
}

const metaFields = new Set(['metadata', 'kind', 'apiVersion']);

function metaBelow(schema: JSONSchemaProps, { isRoot, meta }: Place, field: string | undefined): string | undefined {
  if (field === undefined || !metaFields.has(field)) return meta;
  if (isRoot) return `in top-level ${field}`;
  return schema['x-kubernetes-embedded-resource'] === true ? '' : meta;
}

function checkSupported(schema: JSONSchemaProps, { path, meta }: Place): readonly FieldError[] {
  const { type = '' } = schema;
  const errors: FieldError[] = [];
  const forbid = (field: string, detail: string) =>
    errors.push({ type: 'Forbidden', path: `${path}.${field}`, detail });
  if (type !== '' && !types.includes(type)) {
    const detail = `supported values: ${types.map((one) => `"${one}"`).join(', ')}`;
    errors.push({ type: 'NotSupported', path: `${path}.type`, value: type, detail });
  }
  if (isGiven(schema.default) && meta !== undefined && meta !== '') forbid('default', `must not be set ${meta}`);
  for (const field of unsupported) if (schema[field] !== undefined) forbid(field, `${field} is not supported`);
  if (type === 'null') forbid('type', 'type cannot be set to null, use nullable as an alternative');
  if (Array.isArray(schema.items)) forbid('items', 'items must be a schema object and not an array');
  if (meta !== undefined && schema['x-kubernetes-embedded-resource'] === true) {
    forbid('x-kubernetes-embedded-resource', 'must not be used inside of resource meta');
  }
  if (schema.uniqueItems === true) {
    forbid('uniqueItems', 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic');
  }
  return errors;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
