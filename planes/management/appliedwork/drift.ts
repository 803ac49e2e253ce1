import { jsonEquals } from '../../../kernel/meta/json.ts';
import {
  type Json,
  type JsonObject,
  type KubeObject,
  type ManagedFieldsEntry,
  isJsonObject,
} from '../../../kernel/meta/object.ts';
import type { ObjectSchema } from '../../../kernel/schema/schema.ts';
import { type FieldPath, type Leaf, formatPath, leavesOf, ownsPath, valueAt } from './field-path.ts';

/** A delivered field that somebody else has set to something else, or removed. */
export interface ForeignChange {
  readonly path: FieldPath;
  readonly pathText: string;
  readonly hubValue: Json;
  /** Absent when the field was removed. */
  readonly siteValue?: Json;
  /** Field manager that owns the field now; absent when nobody does. */
  readonly manager?: string;
  /** When that manager last wrote, RFC 3339. */
  readonly time?: string;
}

/** What to compare. */
export interface Comparison {
  /** The manifest as it shall be applied. */
  readonly desired: KubeObject;
  /** What was applied before; absent when nothing was. */
  readonly previous: KubeObject | undefined;
  readonly live: KubeObject;
  /** Schema of the kind, for lists with keys. */
  readonly schema: ObjectSchema;
  /** Our field manager. */
  readonly manager: string;
}

/** Parts of an object that a manifest may set: everything but what names it and what is reported. */
const unmanaged = new Set(['apiVersion', 'kind', 'metadata', 'status']);
const managedMetadata = ['labels', 'annotations'] as const;

/** All fields a manifest sets, in document order. */
export function deliveredLeaves(manifest: KubeObject, schema: ObjectSchema): readonly Leaf[] {
  const body = Object.fromEntries(Object.entries(asJson(manifest)).filter(([name]) => !unmanaged.has(name)));
  const metadata = managedMetadata.flatMap((name) => {
    const labels = manifest.metadata[name];
    const path: FieldPath = [
      { kind: 'field', name: 'metadata' },
      { kind: 'field', name },
    ];
    return labels === undefined || Object.keys(labels).length === 0 ? [] : leavesOf(labels, undefined, path);
  });
  return Object.keys(body).length === 0 ? metadata : [...metadata, ...leavesOf(body, schema)];
}

/**
 * Delivered fields that are not as delivered because of somebody else: we no longer own them. A field that differs
 * while we still own it is our own older value; a field that is missing and was never applied is new. Neither counts.
 */
export function foreignChanges({ desired, previous, live, schema, manager }: Comparison): readonly ForeignChange[] {
  const own = applyEntry(live, manager);
  const before = previous === undefined ? undefined : asJson(previous);
  return deliveredLeaves(desired, schema).flatMap(({ path, value }): readonly ForeignChange[] => {
    const siteValue = valueAt(asJson(live), path);
    if (siteValue !== undefined && isSame(value, siteValue)) return [];
    if (own !== undefined && ownsPath(own.fieldsV1, path)) return [];
    if (siteValue === undefined && valueAt(before, path) === undefined) return [];
    const owner = ownerOfPath(live, path, manager);
    return [
      {
        path,
        pathText: formatPath(path),
        hubValue: value,
        ...(siteValue === undefined ? {} : { siteValue }),
        ...(owner === undefined ? {} : { manager: owner.manager }),
        ...(owner?.time === undefined ? {} : { time: owner.time }),
      },
    ];
  });
}

/** The entry of our own applies. */
function applyEntry(live: KubeObject, manager: string): ManagedFieldsEntry | undefined {
  return live.metadata.managedFields?.find((entry) => entry.manager === manager && entry.operation === 'Apply');
}

/** The newest entry of somebody else that owns the path, or an atomic field around it. */
function ownerOfPath(live: KubeObject, path: FieldPath, manager: string): ManagedFieldsEntry | undefined {
  const owners = (live.metadata.managedFields ?? []).filter(
    (entry) => entry.manager !== manager && ownsPath(entry.fieldsV1, path),
  );
  return owners.sort((a, b) => ((a.time ?? '') < (b.time ?? '') ? 1 : -1))[0];
}

/** Equal as the API sees it: 1 and "1" are the same quantity or port, and an empty object is there or not. */
function isSame(delivered: Json, found: Json): boolean {
  if (isJsonObject(delivered) && Object.keys(delivered).length === 0) return isJsonObject(found);
  return jsonEquals(scalarText(delivered) ?? delivered, scalarText(found) ?? found);
}

function scalarText(value: Json): string | undefined {
  return typeof value === 'object' ? undefined : String(value);
}

/** Objects of the API are JSON; the interface type has no index signature. */
export function asJson(object: KubeObject): JsonObject {
  return object as KubeObject & JsonObject;
}
