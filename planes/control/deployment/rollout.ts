/**
 * The arithmetic of rolling updates: how many replicas each ReplicaSet of a Deployment should have next. Pure; knows
 * counts, not objects.
 *
 * Invariants of every step, also when only the first few of its changes are carried out (`rollout.prop.test.ts`):
 * 1. no step takes away a pod that is needed to have `desired − maxUnavailable` available ones;
 * 2. pods, those on their way included, never exceed `desired + maxSurge`;
 * 3. pods that do not work are taken away before pods that do.
 */

/** What is known of one ReplicaSet. */
export interface SetCounts {
  readonly id: string;
  /** `spec.replicas`. */
  readonly wanted: number;
  /** Pods that exist and are neither deleted nor ended. */
  readonly existing: number;
  /** Pods that have been ready for minReadySeconds. */
  readonly available: number;
  readonly createdAtMs: number;
}

/** A rolling update at one moment. */
export interface RolloutState {
  readonly desired: number;
  /** Whole pods; see `resolveFenceposts`. */
  readonly maxSurge: number;
  /** Whole pods; see `resolveFenceposts`. */
  readonly maxUnavailable: number;
  /** The ReplicaSet of the current template; absent while a paused Deployment has none. */
  readonly newest: SetCounts | undefined;
  readonly old: readonly SetCounts[];
}

/** One ReplicaSet gets another number of replicas. */
export interface ScaleStep {
  readonly id: string;
  readonly replicas: number;
}

/** How far a rollout may stray from `desired`. */
export interface RolloutBounds {
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

/**
 * Turns counts or percentages into pods: surge rounds up, unavailable rounds down, and when both are 0 one pod may be
 * unavailable, or nothing would ever move (Kubernetes `ResolveFenceposts`).
 */
export function resolveFenceposts(
  maxSurge: number | string,
  maxUnavailable: number | string,
  desired: number,
): RolloutBounds {
  const surge = resolveCount(maxSurge, desired, Math.ceil);
  const unavailable = resolveCount(maxUnavailable, desired, Math.floor);
  if (surge === 0 && unavailable === 0) return { maxSurge: 0, maxUnavailable: Math.min(1, desired) };
  return { maxSurge: surge, maxUnavailable: Math.min(unavailable, desired) };
}

/**
 * The next step of a rolling update: first old ReplicaSets shrink by what is not needed, broken pods first, then the
 * current template grows into the room there is (Kubernetes `rolling.go`, on live pods instead of reported counts).
 * No shrinking counts on growth that comes later.
 */
export function planRollingStep(state: RolloutState): readonly ScaleStep[] {
  const { newest, desired, maxSurge } = state;
  if (newest === undefined) return [];
  const capped = { ...newest, wanted: Math.min(newest.wanted, desired) };
  const steps = shrinkOld(state, capped);
  const sizes = new Map(steps.map((step) => [step.id, step.replicas]));
  const old = state.old.map((set) => ({ ...set, wanted: sizes.get(set.id) ?? set.wanted }));
  const room = Math.max(0, desired + maxSurge - sum([capped, ...old], occupied));
  const replicas = Math.min(desired, capped.wanted + room);
  return replicas === newest.wanted ? steps : [...steps, { id: newest.id, replicas }];
}

/**
 * Spreads a change of `desired` over all active ReplicaSets in proportion to their size, so that a scaled rollout
 * stays as risky as it was, without ever taking a pod that is needed for the minimum.
 */
export function planProportionalScale(state: RolloutState): readonly ScaleStep[] {
  const sets = activeSets(state);
  const wanted = sum(sets, (set) => set.wanted);
  const allowed = state.desired === 0 ? 0 : state.desired + state.maxSurge;
  const room = Math.max(0, allowed - sum(allSets(state), occupied));
  const target = allowed > wanted ? Math.min(allowed, wanted + room) : allowed;
  const sizes = shareOut(sets, target).map((size, index) =>
    sets[index]?.id === state.newest?.id ? Math.min(size, state.desired) : size,
  );
  const needed = Math.min(
    state.desired - state.maxUnavailable,
    sum(sets, (set) => keepable(set, set.wanted)),
  );
  keepAvailable(sets, sizes, needed);
  return sets.flatMap((set, index) => {
    const replicas = sizes[index] ?? 0;
    return replicas === set.wanted ? [] : [{ id: set.id, replicas }];
  });
}

/** Old ReplicaSets at 0 and, once none of their pods is left, the newest at `desired` (strategy Recreate). */
export function planRecreateStep(state: RolloutState, hasOldPods: boolean): readonly ScaleStep[] {
  const steps: ScaleStep[] = state.old.filter((set) => set.wanted > 0).map((set) => ({ id: set.id, replicas: 0 }));
  const { newest } = state;
  if (steps.length > 0 || hasOldPods || newest === undefined || newest.wanted === state.desired) return steps;
  return [{ id: newest.id, replicas: state.desired }];
}

/** ReplicaSets that have or are to have pods, the newest first. */
export function activeSets(state: RolloutState): readonly SetCounts[] {
  return allSets(state).filter((set) => set.wanted > 0);
}

/** True while a ReplicaSet still has more pods than it is to have. */
export function isDraining(state: RolloutState): boolean {
  return allSets(state).some((set) => set.existing > set.wanted);
}

function allSets({ newest, old }: RolloutState): readonly SetCounts[] {
  return newest === undefined ? old : [newest, ...old];
}

/** Pods a ReplicaSet has or will have: one that was scaled down keeps its place until its pods are gone. */
function occupied(set: SetCounts): number {
  return Math.max(set.wanted, set.existing);
}

/** Available pods that stay when the ReplicaSet has `replicas`: it gives up the others first. */
function keepable(set: SetCounts, replicas: number): number {
  return Math.min(set.available, replicas);
}

function shrinkOld(state: RolloutState, newest: SetCounts): readonly ScaleStep[] {
  const old = state.old.filter((set) => set.wanted > 0).toSorted((a, b) => a.createdAtMs - b.createdAtMs);
  const needed = state.desired - state.maxUnavailable;
  const available = keepable(newest, newest.wanted) + sum(old, (set) => keepable(set, set.wanted));
  // Broken pods may go as long as enough others remain wanted; they may be on their way to work.
  let brokenSpare = available - needed + sum(old, brokenPods);
  const sizes = old.map((set) => {
    const removed = Math.max(0, Math.min(brokenPods(set), brokenSpare));
    brokenSpare -= removed;
    return set.wanted - removed;
  });
  let workingSpare = Math.max(0, available - needed);
  return old.flatMap((set, index) => {
    const size = sizes[index] ?? set.wanted;
    const removed = Math.min(size, workingSpare);
    workingSpare -= removed;
    return size - removed === set.wanted ? [] : [{ id: set.id, replicas: size - removed }];
  });
}

/** Replicas of a set that are not available. */
function brokenPods(set: SetCounts): number {
  return set.wanted - keepable(set, set.wanted);
}

/** `target` divided among the sets by size, largest remainder first; the newest wins ties. */
function shareOut(sets: readonly SetCounts[], target: number): number[] {
  const wanted = sum(sets, (set) => set.wanted);
  if (wanted === 0) return sets.map(() => 0);
  const exact = sets.map((set) => (set.wanted * target) / wanted);
  const sizes = exact.map(Math.floor);
  const byRemainder = exact
    .map((share, index) => ({ index, remainder: share - Math.floor(share) }))
    .toSorted((a, b) => b.remainder - a.remainder);
  const left = target - sum(sizes, (size) => size);
  for (const { index } of byRemainder.slice(0, left)) sizes[index] = (sizes[index] ?? 0) + 1;
  return sizes;
}

/** Moves replicas from sets that keep pods which do not work to sets that would lose working ones. */
function keepAvailable(sets: readonly SetCounts[], sizes: number[], needed: number): void {
  let missing = needed - sum(sets, (set, index) => keepable(set, sizes[index] ?? 0));
  for (const [to, set] of sets.entries()) {
    while (missing > 0 && (sizes[to] ?? 0) < keepable(set, set.wanted)) {
      const from = sets.findIndex((other, index) => index !== to && (sizes[index] ?? 0) > other.available);
      if (from < 0) return;
      sizes[from] = (sizes[from] ?? 0) - 1;
      sizes[to] = (sizes[to] ?? 0) + 1;
      missing--;
    }
  }
}

function resolveCount(value: number | string, total: number, round: (exact: number) => number): number {
  if (typeof value === 'number') return value;
  const percent = Number.parseInt(value, 10);
  return value.endsWith('%') ? round((percent * total) / 100) : percent;
}

function sum<T>(items: readonly T[], of: (item: T, index: number) => number): number {
  return items.reduce((total, item, index) => total + of(item, index), 0);
}
