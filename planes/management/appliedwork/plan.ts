import { canonicalJson } from '../../../kernel/meta/canonical-json.ts';
import { parseTime } from '../../../kernel/base/clock.ts';
import { findCondition } from '../../../kernel/meta/conditions.ts';
import { sha256Digest } from '../../../kernel/ports/digest.ts';
import type { BundleContent } from '../bundle-content/decode.ts';
import type { LocalEdit } from '../work/type.ts';
import { objectKey } from './desired.ts';
import type { AppliedWork, InventoryEntry } from './type.ts';

/** Components grouped so that each wave depends only on earlier ones. */
export type Waves = readonly (readonly string[])[];

/**
 * Orders components by `dependsOn`. References to components that do not exist count as fulfilled.
 * @returns `undefined` when they depend on each other in a circle.
 */
export function planWaves(components: BundleContent['components']): Waves | undefined {
  const open = new Map(components.map((component) => [component.name, component.dependsOn]));
  const waves: string[][] = [];
  while (open.size > 0) {
    const wave = [...open].filter(([, needs]) => needs.every((name) => !open.has(name))).map(([name]) => name);
    if (wave.length === 0) return undefined;
    for (const name of wave) open.delete(name);
    waves.push(wave);
  }
  return waves;
}

/**
 * Components that may be applied now: those that were applied from this bundle before (they stay enforced whatever
 * happens to what they depend on) and those whose dependencies are all applied from it and healthy.
 */
export function releasedComponents(
  content: BundleContent,
  states: NonNullable<AppliedWork['status']>['components'],
): ReadonlySet<string> {
  const names = new Set(content.components.map((component) => component.name));
  const applied = new Set(
    (states ?? []).filter((state) => state.appliedDigest === content.digest).map((state) => state.name),
  );
  const done = new Set(
    (states ?? []).filter((state) => applied.has(state.name) && state.state === 'Healthy').map((state) => state.name),
  );
  const isFree = (needs: readonly string[]) => needs.every((need) => done.has(need) || !names.has(need));
  return new Set(
    content.components
      .filter(({ name, dependsOn }) => applied.has(name) || isFree(dependsOn))
      .map((component) => component.name),
  );
}

/** The inventory with entries for objects that are about to be made; `undefined` when nothing is missing. */
export function withIntended(
  inventory: readonly InventoryEntry[],
  intended: readonly InventoryEntry[],
): readonly InventoryEntry[] | undefined {
  const known = new Map(inventory.map((entry) => [objectKey(entry), entry]));
  const missing = intended.filter((entry) => known.get(objectKey(entry))?.component !== entry.component);
  if (missing.length === 0) return undefined;
  for (const entry of missing) known.set(objectKey(entry), { ...known.get(objectKey(entry)), ...entry });
  return [...known.values()];
}

/** Entries that the bundle no longer asks for. */
export function staleEntries(
  inventory: readonly InventoryEntry[],
  wantedKeys: ReadonlySet<string>,
): readonly InventoryEntry[] {
  return inventory.filter((entry) => !wantedKeys.has(objectKey(entry)));
}

/**
 * The entries to remove next: those of the last wave that has any left. Components that are in no wave (left the
 * bundle) go first, namespaces last. Inside a wave, what was made last is first.
 */
export function nextRemovals(inventory: readonly InventoryEntry[], waves: Waves): readonly InventoryEntry[] {
  const waveOf = new Map(waves.flatMap((wave, index) => wave.map((name) => [name, index] as const)));
  const rank = (entry: InventoryEntry) => {
    if (entry.kind === 'Namespace') return -1;
    return waveOf.get(entry.component) ?? Number.MAX_SAFE_INTEGER;
  };
  const last = Math.max(...inventory.map(rank));
  return inventory.filter((entry) => rank(entry) === last).toReversed();
}

/** Removals that are always taken; see `planRemoval`. */
const removalsAlways = 5;
/** Share of all Works whose removal at the same time is taken without a person. */
const removalsShare = 0.1;

/** What to do about a tombstone. */
export type RemovalDecision =
  | { readonly kind: 'remove' }
  /** More tombstones may be on their way: look at them all together. */
  | { readonly kind: 'gather'; readonly leftMs: number }
  /** So many at once that a person has to confirm. */
  | { readonly kind: 'hold' };

/** Quiet time after the last tombstone before anything is removed. */
const gatherMs = 2_000;

/**
 * Decides on a tombstone in the light of all others: more than 5, and more than a tenth of all Works, wait for a
 * person, one by one, however few are left in the end. A confirmed one goes at once.
 */
export function planRemoval(applied: AppliedWork, all: readonly AppliedWork[], nowMs: number): RemovalDecision {
  if (isRemovalConfirmed(applied) || hasBegun(applied)) return { kind: 'remove' };
  const held = findCondition(applied.status?.conditions, 'HeldForConfirmation');
  if (held?.status === 'True' && held.reason === 'MassRemoval') return { kind: 'hold' };
  const pending = all.filter((work) => isTombstoned(work) && !isRemovalConfirmed(work));
  if (pending.length > Math.max(removalsAlways, all.length * removalsShare)) return { kind: 'hold' };
  const newestMs = Math.max(...pending.filter((work) => !hasBegun(work)).map((work) => tombstoneSeenMs(work) ?? nowMs));
  // Seen in the future: the clock was set back since, and nobody knows how long ago that was.
  const leftMs = newestMs > nowMs ? 0 : newestMs + gatherMs - nowMs;
  return leftMs > 0 ? { kind: 'gather', leftMs } : { kind: 'remove' };
}

/** A removal that has begun goes on: what is gone is not made again because others follow. */
function hasBegun(applied: AppliedWork): boolean {
  const reason = findCondition(applied.status?.conditions, 'Removed')?.reason ?? '';
  return ['Removing', 'RemovalFailed', 'Removed'].includes(reason);
}

/** When this site first looked at the tombstone. */
function tombstoneSeenMs(applied: AppliedWork): number | undefined {
  return parseTime(findCondition(applied.status?.conditions, 'Removed')?.lastTransitionTime);
}

/** True when the hub wants the Work gone. */
export function isTombstoned(applied: AppliedWork): boolean {
  return applied.spec.order.deletionTimestamp !== undefined;
}

/** True when a person, at the hub or at the site, confirmed the removal. */
export function isRemovalConfirmed(applied: AppliedWork): boolean {
  const spec = applied.spec.order.spec as { readonly removalConfirmed?: unknown } | null;
  return applied.spec.removalConfirmed === true || spec?.removalConfirmed === true;
}

/** Digest of the edits in force: what the hub confirms to know. */
export function editsDigest(edits: readonly LocalEdit[] | undefined): string {
  const standing = (edits ?? []).filter((edit) => edit.resolution !== 'Reverted');
  return sha256Digest(canonicalJson(standing.map(({ resolution: _resolution, ...edit }) => edit)));
}
