import { ApiError, type FieldError, isApiError } from '../meta/errors.ts';
import { canonicalJson } from '../meta/canonical-json.ts';
import { isPlainObject } from '../meta/json.ts';
import { checkPathSegment, checkServiceName } from '../meta/names.ts';
import type { ObjectMeta } from '../meta/object.ts';
import { joinPath } from '../schema/paths.ts';
import type { Schema } from '../schema/schema.ts';
import type { MutableObject } from './compiled-kind.ts';
import { normalizeMetadata } from './metadata-form.ts';
import { metadataOf, validateCommonMetadata, validateNames } from './metadata.ts';

/**
 * API objects inside custom resources (`x-kubernetes-embedded-resource`): like a resource of their own they say what they are,
 * and their metadata follows the rules of metadata (apiextensions-apiserver `schema/objectmeta`).
 */

/** Brings the metadata of embedded objects into normal form. @throws {ApiError} `BadRequest` for what cannot be read. */
export function normalizeEmbedded(schema: Schema, value: unknown): void {
  visitEmbedded(schema, value, '', (embedded, path) => {
    for (const field of ['apiVersion', 'kind']) {
      const given = embedded[field];
      if (given !== undefined && typeof given !== 'string')
        throw unreadable(`${path}.${field}`, given, 'must be a string');
    }
    const { metadata } = embedded;
    if (metadata === undefined) return;
    try {
      normalizeMetadata(embedded);
    } catch (error) {
      throw isApiError(error, 'BadRequest') ? unreadable(`${path}.metadata`, metadata, error.message) : error;
    }
  });
}

function unreadable(path: string, value: unknown, why: string): ApiError {
  return new ApiError('BadRequest', `${path}: Invalid value: ${canonicalJson(value)}: ${why}`);
}

/** Everything wrong with the type and the metadata of embedded objects. */
export function validateEmbedded(schema: Schema, value: unknown): readonly FieldError[] {
  const errors: FieldError[] = [];
  visitEmbedded(schema, value, '', (embedded, path) => {
    for (const field of ['apiVersion', 'kind']) {
      if (embedded[field] === undefined) errors.push({ type: 'Required', path: `${path}.${field}`, detail: '' });
    }
    const { apiVersion, kind, metadata } = embedded;
    const refuse = (field: string, given: unknown, details: readonly string[]) =>
      errors.push(...details.map((detail) => invalid(`${path}.${field}`, given, detail)));
    if (apiVersion !== undefined) refuse('apiVersion', apiVersion, checkApiVersion(apiVersion));
    if (kind !== undefined) refuse('kind', kind, checkKind(kind));
    if (metadata !== undefined) errors.push(...validateEmbeddedMetadata(metadataOf(embedded), `${path}.metadata`));
  });
  return errors;
}

function invalid(path: string, value: unknown, detail: string): FieldError {
  return { type: 'Invalid', path, value, detail };
}

function checkApiVersion(text: unknown): readonly string[] {
  if (typeof text !== 'string') return ['must be a string'];
  if (text === '') return ['must not be empty'];
  return text.split('/').length > 2 ? [`unexpected GroupVersion string: ${text}`] : [];
}

function checkKind(text: unknown): readonly string[] {
  if (typeof text !== 'string') return ['must be a string'];
  if (text === '') return ['must not be empty'];
  const problems = checkServiceName(text.toLowerCase());
  return problems.length === 0 ? [] : [`may have mixed case, but should otherwise match: ${problems.join(',')}`];
}

/** An embedded object need not have a name, and any name that a path can hold will do. */
function validateEmbeddedMetadata(metadata: MutableObject, path: string): readonly FieldError[] {
  const named = { name: 'any', ...metadata } as MutableObject & ObjectMeta;
  return [...validateNames(named, checkPathSegment, path), ...validateCommonMetadata(named, path)];
}

type Visitor = (embedded: MutableObject, path: string) => void;

function visitEmbedded(schema: Schema, value: unknown, path: string, visit: Visitor): void {
  if (!holdsEmbedded(schema)) return;
  if (Array.isArray(value) && schema.type === 'array') {
    for (const [index, item] of value.entries()) visitEmbedded(schema.items, item, `${path}[${index}]`, visit);
  } else if (isPlainObject(value)) {
    visitFields(schema, value, path, visit);
  }
}

function visitFields(schema: Schema, value: MutableObject, path: string, visit: Visitor): void {
  if (schema.type === 'map') {
    for (const [key, item] of Object.entries(value)) visitEmbedded(schema.values, item, `${path}[${key}]`, visit);
  }
  if (schema.type !== 'object') return;
  if (schema.embeddedResource === true) visit(value, path);
  for (const [field, property] of Object.entries(schema.properties)) {
    if (Object.hasOwn(value, field)) visitEmbedded(property, value[field], joinPath(path, field), visit);
  }
}

const known = new WeakMap<Schema, boolean>();

/** True if there may be embedded objects below: nearly never. */
function holdsEmbedded(schema: Schema): boolean {
  const before = known.get(schema);
  if (before !== undefined) return before;
  const holds =
    innerSchemas(schema).some(holdsEmbedded) || (schema.type === 'object' && schema.embeddedResource === true);
  known.set(schema, holds);
  return holds;
}

function innerSchemas(schema: Schema): readonly Schema[] {
  if (schema.type === 'object') return Object.values(schema.properties);
  if (schema.type === 'map') return [schema.values];
  return schema.type === 'array' ? [schema.items] : [];
}
