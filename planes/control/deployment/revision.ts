import { parseTime } from '../../../kernel/base/clock.ts';
import type { Deployment, ReplicaSet } from '../../../kernel/schema/standard/types.ts';
import { sameTemplate } from '../workload/template.ts';

/** Annotations Kubernetes tools read on Deployments and ReplicaSets (k8s.io/kubectl, `rollout history` and `undo`). */
export const revisionAnnotation = 'deployment.kubernetes.io/revision';
/** Revisions a ReplicaSet had before it became current again, comma separated. */
export const revisionHistoryAnnotation = 'deployment.kubernetes.io/revision-history';
/** `spec.replicas` of the Deployment when the ReplicaSet was last scaled; tells a scale event from a rollout. */
export const desiredReplicasAnnotation = 'deployment.kubernetes.io/desired-replicas';
/** The above plus maxSurge. */
export const maxReplicasAnnotation = 'deployment.kubernetes.io/max-replicas';

const annotationsNotCopied: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'deprecated.deployment.rollback.to',
  revisionAnnotation,
  revisionHistoryAnnotation,
  desiredReplicasAnnotation,
  maxReplicasAnnotation,
]);

/** Annotations of a Deployment its ReplicaSet gets too, such as `kubernetes.io/change-cause`. */
export function copiedAnnotations(deployment: Deployment): Readonly<Record<string, string>> {
  const entries = Object.entries(deployment.metadata.annotations ?? {});
  return Object.fromEntries(entries.filter(([name]) => !annotationsNotCopied.has(name)));
}

/** The revision of a ReplicaSet or Deployment; 0 when it has none. */
export function revisionOf(object: ReplicaSet | Deployment): number {
  const revision = Number.parseInt(object.metadata.annotations?.[revisionAnnotation] ?? '0', 10);
  return Number.isNaN(revision) ? 0 : revision;
}

/** When an object was created, milliseconds; 0 if unknown. */
export function createdAtMs(object: ReplicaSet): number {
  return parseTime(object.metadata.creationTimestamp) ?? 0;
}

/** The ReplicaSet that has the Deployment's template now: the oldest if several do, so that all passes agree. */
export function findNewest(deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined {
  const template = deployment.spec?.template ?? {};
  return sets
    .filter((set) => set.spec?.template !== undefined && sameTemplate(set.spec.template, template))
    .toSorted((a, b) => createdAtMs(a) - createdAtMs(b) || (a.metadata.name < b.metadata.name ? -1 : 1))[0];
}

/** The revision of the current template: one above all others, or what its ReplicaSet has if that is the highest. */
export function planRevision(newest: ReplicaSet | undefined, old: readonly ReplicaSet[]): number {
  const highestOld = Math.max(0, ...old.map(revisionOf));
  const current = newest === undefined ? 0 : revisionOf(newest);
  return current > highestOld ? current : highestOld + 1;
}

/** Revision annotations of a ReplicaSet that becomes revision `revision`; the one it had goes into its history. */
export function revisionAnnotations(set: ReplicaSet, revision: number): Readonly<Record<string, string>> {
  const before = revisionOf(set);
  if (before === revision) return {};
  if (before === 0) return { [revisionAnnotation]: String(revision) };
  const history = set.metadata.annotations?.[revisionHistoryAnnotation];
  return {
    [revisionAnnotation]: String(revision),
    [revisionHistoryAnnotation]: history === undefined ? String(before) : `${history},${before}`,
  };
}

/** Old ReplicaSets beyond the history limit that want, report and have no pods, the oldest revisions first. */
export function planHistoryCleanup(
  old: readonly ReplicaSet[],
  limit: number,
  hasPods: (set: ReplicaSet) => boolean,
): readonly ReplicaSet[] {
  const excess = old.length - limit;
  if (excess <= 0) return [];
  const isDone = (set: ReplicaSet) =>
    (set.spec?.replicas ?? 0) === 0 &&
    (set.status?.replicas ?? 0) === 0 &&
    (set.status?.observedGeneration ?? 0) >= (set.metadata.generation ?? 0) &&
    set.metadata.deletionTimestamp === undefined &&
    !hasPods(set);
  return old
    .toSorted((a, b) => revisionOf(a) - revisionOf(b) || createdAtMs(a) - createdAtMs(b))
    .slice(0, excess)
    .filter(isDone);
}
