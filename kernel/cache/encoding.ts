import { assert } from '../base/assert.ts';
import type { JsonObject, KubeObject } from '../meta/object.ts';

/**
 * Order of metadata in encoded objects (that of `metav1.ObjectMeta` in Kubernetes). `resourceVersion` stands before
 * every field whose keys a user chooses, so its first occurrence in the bytes is always the object's own.
 */
const metadataOrder = [
  'name',
  'generateName',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
] as const;

/**
 * A copy of `object` with its top level and metadata in canonical order and `revision` as its resourceVersion; without
 * one for an object that is not stored.
 */
export function withRevision(object: JsonObject, revision: number | undefined): KubeObject {
  const source = object['metadata'] as JsonObject;
  const metadata: Record<string, unknown> = {};
  for (const field of metadataOrder) {
    if (field === 'resourceVersion') {
      if (revision !== undefined) metadata[field] = String(revision);
    } else if (source[field] !== undefined) metadata[field] = source[field];
  }
  const result: Record<string, unknown> = { apiVersion: object['apiVersion'], kind: object['kind'], metadata };
  for (const field in object) result[field] ??= object[field];
  return result as KubeObject & Record<string, unknown>;
}

/** Encodes once, into memory of its own: pooled buffers would pin 64 KiB slabs for as long as the object lives. */
export function encodeObject(object: KubeObject): Buffer {
  const text = JSON.stringify(object);
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
  bytes.write(text);
  return bytes;
}

/** True if an encoded object says that it is of `apiVersion`, without parsing it: that is the first thing in the bytes. */
export function hasApiVersion(bytes: Buffer, apiVersion: string): boolean {
  const start = apiVersionStarts.getOrInsertComputed(apiVersion, () => Buffer.from(`{"apiVersion":"${apiVersion}",`));
  return bytes.length > start.length && bytes.compare(start, 0, start.length, 0, start.length) === 0;
}

/** Grows with the versions of all kinds that ever were there: small. */
const apiVersionStarts = new Map<string, Buffer>();

/** The same memory as a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Encoded object with its resourceVersion changed from `from` to `to`, without parsing it. */
export function replaceRevision(bytes: Buffer, from: number, to: number): Buffer {
  const needle = `"resourceVersion":"${from}"`;
  const start = bytes.indexOf(needle, 0, 'latin1');
  assert(start >= 0, 'Encoded objects carry their resourceVersion');
  const replacement = Buffer.from(`"resourceVersion":"${to}"`, 'latin1');
  const result = Buffer.allocUnsafeSlow(bytes.length - needle.length + replacement.length);
  bytes.copy(result, 0, 0, start);
  replacement.copy(result, start);
  bytes.copy(result, start + replacement.length, start + needle.length);
  return result;
}
