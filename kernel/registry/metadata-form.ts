import { ApiError } from '../meta/errors.ts';
import { isPlainObject } from '../meta/json.ts';
import type { MutableObject } from './compiled-kind.ts';

/** What a field of `metav1.ObjectMeta` holds. */
type Shape = 'string' | 'int64' | 'bool' | 'time' | 'texts' | 'strings' | 'any' | StructList;

interface StructList {
  /** Name of the Go type of the items. */
  readonly struct: string;
  readonly fields: Readonly<Record<string, Shape>>;
}

const ownerReference: StructList = {
  struct: 'OwnerReference',
  fields: {
    apiVersion: 'string',
    kind: 'string',
    name: 'string',
    uid: 'string',
    controller: 'bool',
    blockOwnerDeletion: 'bool',
  },
};
const managedFieldsEntry: StructList = {
  struct: 'ManagedFieldsEntry',
  fields: {
    manager: 'string',
    operation: 'string',
    apiVersion: 'string',
    time: 'time',
    fieldsType: 'string',
    fieldsV1: 'any',
    subresource: 'string',
  },
};

/** Fields of `metav1.ObjectMeta`. `selfLink` is accepted and dropped. */
const shapes: Readonly<Record<string, Shape>> = {
  name: 'string',
  generateName: 'string',
  namespace: 'string',
  selfLink: 'string',
  uid: 'string',
  resourceVersion: 'string',
  generation: 'int64',
  creationTimestamp: 'time',
  deletionTimestamp: 'time',
  deletionGracePeriodSeconds: 'int64',
  labels: 'texts',
  annotations: 'texts',
  ownerReferences: ownerReference,
  finalizers: 'strings',
  managedFields: managedFieldsEntry,
};

/**
 * Takes `metadata` of a decoded object and puts it into normal form in place: nulls, empty maps and empty lists go, null
 * texts are empty ones, unknown fields are pruned.
 * @param goStruct the struct that Go decodes at once, metadata and all; it is given that of custom resources alone.
 * @returns the paths of unknown fields. @throws {ApiError} `BadRequest` for a wrong type, in the words of Go's decoder.
 */
export function normalizeMetadata(object: MutableObject, goStruct?: string): readonly string[] {
  const source = object['metadata'] ?? {};
  if (!isPlainObject(source)) {
    const what = goStruct === undefined ? 'value' : `struct field ${goStruct}.metadata`;
    throw unreadable(`${goNameOf(source)} into Go ${what} of type v1.ObjectMeta`);
  }
  const outer = goStruct === undefined ? '' : 'metadata.';
  const metadata: MutableObject = {};
  const unknown: string[] = [];
  for (const [field, value] of Object.entries(source)) {
    if (value === null || value === undefined) continue;
    const shape = Object.hasOwn(shapes, field) ? shapes[field] : undefined;
    if (shape === undefined) {
      unknown.push(`metadata.${field}`);
      continue;
    }
    checkShape({ struct: 'ObjectMeta', path: outer + field }, value, shape);
    if (field !== 'selfLink' && !isEmpty(value)) metadata[field] = value;
  }
  object['metadata'] = metadata;
  return unknown;
}

/** Where a value stands, as Go's decoder says it: the struct around it and the path without positions. */
interface GoField {
  readonly struct: string;
  readonly path: string;
}

function checkShape(field: GoField, value: unknown, shape: Shape): void {
  if (typeof shape === 'object') return checkStructs(field, value, shape);
  switch (shape) {
    case 'string':
      if (typeof value !== 'string') throw wrongType(field, value, 'string');
      return;
    case 'int64':
      if (!Number.isSafeInteger(value)) throw wrongType(field, value, 'int64');
      return;
    case 'bool':
      if (typeof value !== 'boolean') throw wrongType(field, value, 'bool');
      return;
    case 'time':
      return checkTime(value);
    case 'texts':
      if (!isPlainObject(value)) throw wrongType(field, value, 'map[string]string');
      return checkTexts(field, value);
    case 'strings':
      if (!Array.isArray(value)) throw wrongType(field, value, '[]string');
      for (const item of value) if (typeof item !== 'string') throw wrongType(field, item, 'string');
      return;
    case 'any':
  }
}

function checkTexts(field: GoField, texts: MutableObject): void {
  for (const key in texts) {
    if (texts[key] === null) texts[key] = '';
    else if (typeof texts[key] !== 'string') throw wrongType(field, texts[key], 'string');
  }
}

function checkStructs(field: GoField, value: unknown, { struct, fields }: StructList): void {
  if (!Array.isArray(value)) throw wrongType(field, value, `[]v1.${struct}`);
  for (const item of value) {
    if (!isPlainObject(item)) throw wrongType(field, item, `v1.${struct}`);
    for (const [name, inner] of Object.entries(item)) {
      const shape = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (shape !== undefined && inner !== null) checkShape({ struct, path: `${field.path}.${name}` }, inner, shape);
    }
  }
}

/** RFC 3339 with seconds: what Go reads as a `metav1.Time`. */
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** The server sets these times itself, but what is no time cannot be read. */
function checkTime(value: unknown): void {
  if (typeof value !== 'string') throw unreadable(`${goNameOf(value)} into Go value of type string`);
  if (time.test(value) && !Number.isNaN(Date.parse(value))) return;
  const text = JSON.stringify(value);
  throw new ApiError(
    'BadRequest',
    `parsing time ${text} as "2006-01-02T15:04:05Z07:00": cannot parse ${text} as "2006"`,
  );
}

function wrongType({ struct, path }: GoField, value: unknown, wanted: string): ApiError {
  const isOddNumber = wanted === 'int64' && typeof value === 'number';
  const found = isOddNumber ? `number ${value}` : goNameOf(value);
  return unreadable(`${found} into Go struct field ${struct}.${path} of type ${wanted}`);
}

function unreadable(what: string): ApiError {
  return new ApiError('BadRequest', `json: cannot unmarshal ${what}`);
}

/** A kind of JSON value as Go's decoder names it. */
export function goNameOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return isPlainObject(value) || typeof value === 'string' ? typeof value : 'number';
}

function isEmpty(value: unknown): boolean {
  if (value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return isPlainObject(value) && Object.keys(value).length === 0;
}
