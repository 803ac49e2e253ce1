import { canonicalJson } from '../../../kernel/meta/canonical-json.ts';
import type { KubeObject } from '../../../kernel/meta/object.ts';
import type { KindLookup } from '../../../kernel/ports/client.ts';
import type { BundleContent } from '../bundle-content/decode.ts';
import { type DesiredObjects, desiredObjects } from './desired.ts';

/**
 * What the controller remembers between passes, and nothing depends on: losing it costs one look at every object.
 * Which Works an object belongs to, and how an object looked right after it was applied.
 */
export class DeliveryMemory {
  readonly #worksOf = new Map<string, Set<string>>();
  readonly #keysOf = new Map<string, ReadonlySet<string>>();
  readonly #applied = new Map<string, Map<string, string>>();
  readonly #desired = new WeakMap<BundleContent, { readonly workName: string; readonly desired: DesiredObjects }>();

  /** The objects of a bundle, worked out once; again while kinds are missing that may still come. */
  desiredObjects(content: BundleContent, workName: string, kinds: KindLookup): DesiredObjects {
    const known = this.#desired.get(content);
    if (known?.workName === workName) return known.desired;
    const desired = desiredObjects(content, workName, kinds);
    if (desired.unknown.length === 0) this.#desired.set(content, { workName, desired });
    return desired;
  }

  /** Replaces the objects of a Work. */
  setObjects(work: string, keys: Iterable<string>): void {
    const next = new Set(keys);
    for (const key of this.#keysOf.get(work) ?? []) if (!next.has(key)) this.#unlink(key, work);
    for (const key of next) {
      const works = this.#worksOf.get(key);
      if (works === undefined) this.#worksOf.set(key, new Set([work]));
      else works.add(work);
    }
    this.#keysOf.set(work, next);
  }

  /** Works an object belongs to. */
  worksOf(key: string): readonly string[] {
    return [...(this.#worksOf.get(key) ?? [])];
  }

  /** Notes how an object looked when everything about it was as delivered. */
  setFingerprint(work: string, key: string, fingerprint: string): void {
    let ofWork = this.#applied.get(work);
    if (ofWork === undefined) this.#applied.set(work, (ofWork = new Map()));
    ofWork.set(key, fingerprint);
  }

  /** See `setFingerprint`. */
  getFingerprint(work: string, key: string): string | undefined {
    return this.#applied.get(work)?.get(key);
  }

  /** Forgets a Work that is gone. */
  forget(work: string): void {
    for (const key of this.#keysOf.get(work) ?? []) this.#unlink(key, work);
    this.#keysOf.delete(work);
    this.#applied.delete(work);
  }

  #unlink(key: string, work: string): void {
    const works = this.#worksOf.get(key);
    works?.delete(work);
    if (works?.size === 0) this.#worksOf.delete(key);
  }
}

/**
 * Changes whenever something changed that a manifest can set. Reports (status) do not count where the kind counts
 * generations; elsewhere every write does.
 */
export function fingerprintOf(live: KubeObject, bundleDigest: string): string {
  const { uid, generation, resourceVersion, labels, annotations, deletionTimestamp } = live.metadata;
  const content = generation === undefined ? `at ${resourceVersion}` : `generation ${generation}`;
  return canonicalJson([bundleDigest, uid, content, labels, annotations, deletionTimestamp]);
}
