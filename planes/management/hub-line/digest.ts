import { canonicalJson } from '../../../kernel/meta/canonical-json.ts';
import { isJsonObject } from '../../../kernel/meta/object.ts';
import { sha256Digest } from '../../../kernel/ports/digest.ts';
import type { WorkOrder } from '../appliedwork/type.ts';
import type { Work } from '../work/type.ts';

/** Digests of a set of orders: one for all, one per bucket that is not empty, one per order. */
export interface OrderDigests {
  readonly root: string;
  /** By bucket number (0 … 255) as text. */
  readonly buckets: Readonly<Record<string, string>>;
  /** Digest per Work name, by bucket number. */
  readonly works: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** What a site has to know of a Work: what it asks for, and whether it is to go. Nothing the site reports. */
export function orderOf(work: Work): WorkOrder {
  const { name, uid, generation = 1, deletionTimestamp } = work.metadata;
  return {
    name,
    uid,
    generation,
    spec: work.spec,
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
  };
}

/** Digest of the bundle an order asks for; empty when it has none. */
export function bundleDigestOf(order: WorkOrder): string {
  const bundle = isJsonObject(order.spec) ? order.spec['bundle'] : undefined;
  const digest = isJsonObject(bundle) ? bundle['digest'] : undefined;
  return typeof digest === 'string' ? digest : '';
}

/** Digest of one order, over the values as the hub sent them: unknown fields count. */
export function orderDigest(order: WorkOrder): string {
  const known = digests.get(order);
  if (known !== undefined) return known;
  const digest = sha256Digest(canonicalJson(order));
  digests.set(order, digest);
  return digest;
}

/** Stored objects are frozen and shared, so a digest is computed once per state of a Work. */
const digests = new WeakMap<object, string>();

/** Digests of a set of orders. Equal sets have equal roots, whatever their order. */
export function digestOrders(orders: Iterable<WorkOrder>): OrderDigests {
  const works: Record<string, Record<string, string>> = {};
  for (const order of orders) (works[bucketOf(order.name)] ??= {})[order.name] = orderDigest(order);
  const buckets = Object.fromEntries(
    Object.entries(works).map(([bucket, entries]) => [bucket, sha256Digest(canonicalJson(entries))]),
  );
  return { root: sha256Digest(canonicalJson(buckets)), buckets, works };
}

/** The bucket (of 256) of a Work, by its name alone. */
export function bucketOf(name: string): string {
  return String(Number.parseInt(sha256Digest(name).slice('sha256:'.length, 'sha256:'.length + 2), 16));
}

/** Buckets in which two sets differ, ascending. */
export function differingBuckets(ours: OrderDigests['buckets'], theirs: OrderDigests['buckets']): readonly string[] {
  const all = new Set([...Object.keys(ours), ...Object.keys(theirs)]);
  return [...all].filter((bucket) => ours[bucket] !== theirs[bucket]).sort((a, b) => Number(a) - Number(b));
}
