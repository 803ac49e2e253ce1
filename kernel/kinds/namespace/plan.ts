import { formatResource } from '../../meta/key.ts';
import type { Condition, ConditionDraft } from '../../meta/conditions.ts';
import { setCondition } from '../../meta/conditions.ts';
import type { KubeObject } from '../../meta/object.ts';
import type { KindDefinition } from '../../schema/kind.ts';

/** What emptying a namespace came to. */
export interface EmptyingResult {
  /** What is still there, by kind. */
  readonly remaining: readonly { readonly kind: KindDefinition; readonly objects: readonly KubeObject[] }[];
  /** What could not be deleted or listed, for people. */
  readonly failures: readonly string[];
}

/**
 * The conditions of a terminating namespace: types, reasons and texts of kube-controller-manager
 * (namespace/deletion/status_condition_utils.go). Discovery cannot fail here: it is in the same process.
 */
export function deletionConditions(
  before: readonly Condition[] | undefined,
  result: EmptyingResult,
  nowMs: number,
): readonly Condition[] {
  const drafts = [
    discovered('NamespaceDeletionDiscoveryFailure', 'ResourcesDiscovered', 'All resources successfully discovered'),
    discovered(
      'NamespaceDeletionGroupVersionParsingFailure',
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ),
    contentFailure(result),
    contentRemaining(result),
    finalizersRemaining(result),
  ];
  return drafts.reduce<readonly Condition[]>((list, draft) => setCondition(list, draft, nowMs), before ?? []);
}

/** How many of which resource are still there, as a condition and an outcome say it. */
export function remainingText({ remaining }: EmptyingResult): string {
  const counts = remaining.map(
    ({ kind, objects }) => `${shownResource(kind)} has ${objects.length} resource instances`,
  );
  return `Some resources are remaining: ${counts.toSorted().join(', ')}`;
}

function discovered(type: string, reason: string, message: string): ConditionDraft {
  return { type, status: 'False', reason, message };
}

function contentFailure({ failures, remaining }: EmptyingResult): ConditionDraft {
  const type = 'NamespaceDeletionContentFailure';
  if (failures.length === 0) {
    const message = 'All content successfully deleted, may be waiting on finalization';
    return { type, status: 'False', reason: 'ContentDeleted', message };
  }
  const count = remaining.length;
  const message = `Failed to delete all resource types, ${count} remaining: ${failures.join(', ')}`;
  return { type, status: 'True', reason: 'ContentDeletionFailed', message };
}

function contentRemaining(result: EmptyingResult): ConditionDraft {
  const type = 'NamespaceContentRemaining';
  if (result.remaining.length === 0) {
    return { type, status: 'False', reason: 'ContentRemoved', message: 'All content successfully removed' };
  }
  return { type, status: 'True', reason: 'SomeResourcesRemain', message: remainingText(result) };
}

function finalizersRemaining({ remaining }: EmptyingResult): ConditionDraft {
  const type = 'NamespaceFinalizersRemaining';
  const counts = new Map<string, number>();
  for (const { metadata } of remaining.flatMap(({ objects }) => objects)) {
    for (const finalizer of metadata.finalizers ?? []) counts.set(finalizer, (counts.get(finalizer) ?? 0) + 1);
  }
  if (counts.size === 0) {
    const message = 'All content-preserving finalizers finished';
    return { type, status: 'False', reason: 'ContentHasNoFinalizers', message };
  }
  const shown = [...counts].map(([finalizer, count]) => `${finalizer} in ${count} resource instances`).toSorted();
  const message = `Some content in the namespace has finalizers remaining: ${shown.join(', ')}`;
  return { type, status: 'True', reason: 'SomeFinalizersRemain', message };
}

/** `configmaps.` and `deployments.apps`: upstream writes the dot also where there is no group. */
function shownResource({ plural, group }: KindDefinition): string {
  return group === '' ? `${plural}.` : formatResource(plural, group);
}
