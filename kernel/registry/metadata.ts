import { ApiError, type FieldError } from '../meta/errors.ts';
import { isPlainObject } from '../meta/json.ts';
import { checkDnsSubdomain, checkQualifiedName } from '../meta/names.ts';
import type { JsonObject, ObjectMeta, OwnerReference } from '../meta/object.ts';
import { validateLabels } from '../meta/selectors.ts';
import type { CompiledKind, MutableObject } from './compiled-kind.ts';

/** Most bytes of all annotations of one object (apimachinery `TotalAnnotationSizeLimitB`). */
const annotationBytesMax = 256 * 1024;

type Shape = 'string' | 'integer' | 'texts' | 'list' | 'strings';

/** Fields of `metav1.ObjectMeta` and their shapes. `selfLink` is accepted and dropped. */
const shapes: Readonly<Record<string, Shape>> = {
  name: 'string',
  generateName: 'string',
  namespace: 'string',
  selfLink: 'string',
  uid: 'string',
  resourceVersion: 'string',
  generation: 'integer',
  creationTimestamp: 'string',
  deletionTimestamp: 'string',
  deletionGracePeriodSeconds: 'integer',
  labels: 'texts',
  annotations: 'texts',
  ownerReferences: 'list',
  finalizers: 'strings',
  managedFields: 'list',
};

/**
 * Takes `metadata` of a decoded object and puts it into normal form in place: nulls, empty maps and empty lists go,
 * unknown fields are pruned.
 * @returns the paths of unknown fields. @throws {ApiError} `BadRequest` for a wrong type, naming its path.
 */
export function normalizeMetadata(object: MutableObject): readonly string[] {
  const source = object['metadata'] ?? {};
  if (!isPlainObject(source)) throw wrongType('metadata', 'an object');
  const metadata: MutableObject = {};
  const unknown: string[] = [];
  for (const [field, value] of Object.entries(source)) {
    if (value === null || value === undefined) continue;
    const shape = Object.hasOwn(shapes, field) ? shapes[field] : undefined;
    if (shape === undefined) {
      unknown.push(`metadata.${field}`);
      continue;
    }
    checkShape(`metadata.${field}`, value, shape);
    if (field !== 'selfLink' && !isEmpty(value)) metadata[field] = value;
  }
  object['metadata'] = metadata;
  return unknown;
}

/** Metadata of an object that went through `normalizeMetadata`. */
export function metadataOf(object: JsonObject | MutableObject): MutableObject {
  return object['metadata'] as MutableObject;
}

/** The same, read-only and typed. */
export function readMetadata(object: JsonObject | MutableObject): ObjectMeta {
  return object['metadata'] as ObjectMeta;
}

function checkShape(path: string, value: unknown, shape: Shape): void {
  switch (shape) {
    case 'string':
      if (typeof value !== 'string') throw wrongType(path, 'a string');
      return;
    case 'integer':
      if (!Number.isSafeInteger(value)) throw wrongType(path, 'an integer');
      return;
    case 'texts':
      if (!isPlainObject(value)) throw wrongType(path, 'a map of strings');
      for (const [key, item] of Object.entries(value)) {
        if (typeof item !== 'string') throw wrongType(`${path}[${key}]`, 'a string');
      }
      return;
    case 'strings':
      if (!Array.isArray(value) || value.some((item) => typeof item !== 'string')) {
        throw wrongType(path, 'a list of strings');
      }
      return;
    case 'list':
      if (!Array.isArray(value) || !value.every(isPlainObject)) throw wrongType(path, 'a list of objects');
      return;
  }
}

function wrongType(path: string, wanted: string): ApiError {
  return new ApiError('BadRequest', `Cannot read "${path}": must be ${wanted}`);
}

function isEmpty(value: unknown): boolean {
  if (value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return isPlainObject(value) && Object.keys(value).length === 0;
}

/** Every rule `metadata` breaks (apimachinery `ValidateObjectMeta` and `ValidateObjectMetaUpdate`). */
export function validateMetadata(kind: CompiledKind, metadata: ObjectMeta, old?: ObjectMeta): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (old === undefined) {
    const checkName = kind.definition.checkName ?? checkDnsSubdomain;
    for (const detail of checkName(metadata.name)) {
      errors.push({ type: 'Invalid', path: 'metadata.name', value: metadata.name, detail });
    }
  }
  if (metadata.labels !== undefined && metadata.labels !== old?.labels) {
    errors.push(...validateLabels(metadata.labels, 'metadata.labels'));
  }
  errors.push(...validateAnnotations(metadata.annotations));
  errors.push(...validateOwners(metadata.ownerReferences ?? []));
  errors.push(...validateFinalizers(metadata, old));
  return errors;
}

/** Everything wrong with annotations (apimachinery `ValidateAnnotations`). */
export function validateAnnotations(annotations: Readonly<Record<string, string>> | undefined): readonly FieldError[] {
  if (annotations === undefined) return [];
  const errors: FieldError[] = [];
  let length = 0;
  for (const [key, value] of Object.entries(annotations)) {
    length += key.length + value.length;
    for (const detail of checkQualifiedName(key.toLowerCase())) {
      errors.push({ type: 'Invalid', path: 'metadata.annotations', value: key, detail });
    }
  }
  if (length > annotationBytesMax) {
    const detail = `may not be more than ${annotationBytesMax} bytes`;
    errors.push({ type: 'TooLong', path: 'metadata.annotations', detail });
  }
  return errors;
}

const ownerFields = ['apiVersion', 'kind', 'name', 'uid'] as const;

function validateOwners(owners: readonly OwnerReference[]): readonly FieldError[] {
  const errors: FieldError[] = [];
  let controller: OwnerReference | undefined;
  owners.forEach((owner, index) => {
    const path = `metadata.ownerReferences[${index}]`;
    for (const field of ownerFields) {
      if (typeof owner[field] === 'string' && owner[field] !== '') continue;
      errors.push({ type: 'Required', path: `${path}.${field}`, detail: 'must not be empty' });
    }
    if (owner.controller !== true) return;
    if (controller === undefined) controller = owner;
    else {
      const names = `${controller.kind} "${controller.name}" and ${owner.kind} "${owner.name}"`;
      const detail = `Only one reference can have Controller set to true. Found "true" in references for ${names}`;
      errors.push({ type: 'Invalid', path: 'metadata.ownerReferences', value: owners, detail });
    }
  });
  return errors;
}

function validateFinalizers(metadata: ObjectMeta, old: ObjectMeta | undefined): readonly FieldError[] {
  const finalizers = metadata.finalizers ?? [];
  const errors: FieldError[] = [];
  for (const finalizer of finalizers) {
    for (const detail of checkQualifiedName(finalizer)) {
      errors.push({ type: 'Invalid', path: 'metadata.finalizers', value: finalizer, detail });
    }
  }
  if (old?.deletionTimestamp === undefined) return errors;
  const added = finalizers.filter((finalizer) => old.finalizers?.includes(finalizer) !== true);
  if (added.length > 0) {
    const found = added.map((finalizer) => JSON.stringify(finalizer)).join(', ');
    const detail = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${found}}`;
    errors.push({ type: 'Forbidden', path: 'metadata.finalizers', detail });
  }
  return errors;
}
