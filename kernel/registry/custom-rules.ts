import type { FieldError } from '../meta/errors.ts';
import { isPlainObject, isRawNumber } from '../meta/json.ts';
import { checkQualifiedName } from '../meta/names.ts';
import type { KubeObject, ObjectMeta } from '../meta/object.ts';
import { isAttributable } from '../meta/finalizers.ts';
import { type ScaleMapping, scaleMapping } from '../schema/kind.ts';
import type { MutableObject } from './compiled-kind.ts';
import { validateEmbedded } from './embedded.ts';
import { type WriteRequest, writesStatus } from './write-request.ts';

/** What custom resources are held to beside their schema (apiextensions-apiserver `registry/customresource`). */

/** Everything wrong with the fields that scale maps to and with embedded objects. */
export function validateCustom({ kind, schema, target }: WriteRequest, object: MutableObject): readonly FieldError[] {
  return [
    ...validateScale(scaleMapping(kind.definition, target.version), object, writesStatus(target)),
    ...validateEmbedded(schema.schema, object),
  ];
}

const replicasMax = 2 ** 31 - 1;

/**
 * Everything wrong with what a scale subresource reads.
 * @param isStatus the write is one of the status.
 */
export function validateScale(
  mapping: ScaleMapping | undefined,
  object: MutableObject,
  isStatus: boolean,
): readonly FieldError[] {
  if (mapping === undefined) return [];
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = mapping;
  const selector = labelSelectorPath === '' ? [] : accessErrors(object, labelSelectorPath, 'string');
  return [
    ...(isStatus ? [] : validateReplicas(object, specReplicasPath)),
    ...validateReplicas(object, statusReplicasPath),
    ...selector,
  ];
}

function validateReplicas(object: MutableObject, path: string): readonly FieldError[] {
  const errors = accessErrors(object, path, 'int64');
  if (errors.length > 0) return errors;
  const value = valueAt(object, path) ?? 0;
  const count = isRawNumber(value) ? Number(value.rawJSON) : Number(value);
  if (count < 0) return [invalid(path, value, 'should be a non-negative integer')];
  return count > replicasMax ? [invalid(path, value, `should be less than or equal to ${replicasMax}`)] : [];
}

function valueAt(object: MutableObject, path: string): unknown {
  let value: unknown = object;
  for (const field of path.split('.')) value = isPlainObject(value) ? value[field] : undefined;
  return value;
}

/** Values on the way to a field that have the wrong type, as upstream's accessors of unstructured objects say it. */
function accessErrors(object: MutableObject, path: string, wanted: 'int64' | 'string'): readonly FieldError[] {
  const fields = path.split('.');
  let value: unknown = object;
  for (const [index, field] of fields.entries()) {
    if (value === undefined) return [];
    if (!isPlainObject(value)) {
      return [accessError(path, fields.slice(0, index + 1), value, wanted, 'map[string]interface{}')];
    }
    value = value[field];
  }
  if (value === undefined || goTypeOf(value) === wanted) return [];
  return [accessError(path, fields, value, wanted, wanted)];
}

function accessError(
  path: string,
  fields: readonly string[],
  value: unknown,
  zeroOf: 'int64' | 'string',
  wanted: string,
): FieldError {
  const detail = `.${fields.join('.')} accessor error: ${goText(value)} is of the type ${goTypeOf(value)}, expected ${wanted}`;
  return invalid(path, zeroOf === 'int64' ? 0 : '', detail);
}

function invalid(path: string, value: unknown, detail: string): FieldError {
  return { type: 'Invalid', path: `.${path}`, value, detail };
}

function goTypeOf(value: unknown): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'int64' : 'float64';
  if (isRawNumber(value)) return 'int64';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'string' ? 'string' : 'map[string]interface {}';
}

/** A value as Go prints it. */
function goText(value: unknown): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (typeof value === 'string') return value;
  if (!isPlainObject(value)) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `map[${entries.map(([key, inner]) => `${key}:${goText(inner)}`).join(' ')}]`;
}

/** Errors of a write of the status: upstream validates the status by itself, and its texts begin there. */
export function asStatusErrors(errors: readonly FieldError[]): readonly FieldError[] {
  return errors.map((error) => {
    if (error.path === '<nil>' && error.type === 'Invalid' && error.origin === 'format') {
      return { ...error, path: 'status', detail: error.detail.replace(' in status.', ' in ') };
    }
    return error.path.startsWith('status.')
      ? { ...error, detail: error.detail.replace(/^status\.(?=\S+ in body )/, '') }
      : error;
  });
}

/** Told a writer whose new finalizers another one might take for its own. */
export function finalizerWarnings({ finalizers }: ObjectMeta, old: KubeObject | undefined): readonly string[] {
  if (finalizers === undefined) return [];
  const before = new Set(old?.metadata.finalizers);
  const added = new Set(finalizers.filter((finalizer) => !before.has(finalizer)));
  return [...added].sort().flatMap(finalizerWarning);
}

function finalizerWarning(finalizer: string): readonly string[] {
  const subject = `metadata.finalizers: ${JSON.stringify(finalizer)}`;
  const warnings = checkQualifiedName(finalizer).map((problem) => `${subject}: ${problem}`);
  if (isAttributable(finalizer)) return warnings;
  const wanted = `a domain-qualified finalizer name${finalizer.includes('.') ? ' including a path (/)' : ''}`;
  return [...warnings, `${subject}: prefer ${wanted} to avoid accidental conflicts with other finalizer writers`];
}
