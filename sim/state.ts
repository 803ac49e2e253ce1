import type { JsonObject } from '../kernel/meta/object.ts';
import type { StoreRow } from '../kernel/ports/store.ts';
import type { MemoryDisk } from '../kernel/store/memory/memory-disk.ts';

/** An object as it stands in a store, with only what checks look at. */
export type SeenObject = JsonObject & {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly generation?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string; readonly uid: string }[];
  };
  readonly spec?: JsonObject;
  readonly data?: Readonly<Record<string, string>>;
  readonly status?: JsonObject;
};

const decoder = new TextDecoder();
const parsed = new WeakMap<StoreRow, SeenObject>();

/** The object in a row; for a deletion its last state. */
export function objectOf(row: StoreRow): SeenObject {
  const known = parsed.get(row);
  if (known !== undefined) return known;
  const object = JSON.parse(decoder.decode(row.bytes)) as SeenObject;
  parsed.set(row, object);
  return object;
}

/** Current objects of one resource (`deployments.apps`) on a disk: what a program would find that starts now. */
export function currentObjects(disk: MemoryDisk, resource: string): readonly SeenObject[] {
  const objects: SeenObject[] = [];
  for (const rows of disk.objects()) {
    const newest = rows.at(-1);
    if (newest === undefined || newest.resource !== resource || newest.operation === 'delete') continue;
    objects.push(objectOf(newest));
  }
  return objects;
}

/** Current objects of all resources that carry a label. */
export function labelledObjects(disk: MemoryDisk, label: string): readonly SeenObject[] {
  const objects: SeenObject[] = [];
  for (const rows of disk.objects()) {
    const newest = rows.at(-1);
    if (newest === undefined || newest.operation === 'delete') continue;
    const object = objectOf(newest);
    if (object.metadata.labels?.[label] !== undefined) objects.push(object);
  }
  return objects;
}

/** `Deployment shop/web`, for messages and as a key. */
export function nameOf({ kind, metadata: { namespace, name } }: Pick<SeenObject, 'kind' | 'metadata'>): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}
