import type { Pass } from '../../controller/controller.ts';
import { type Outcome, settled } from '../../controller/outcome.ts';
import { type Condition, setCondition } from '../../meta/conditions.ts';
import { isApiError } from '../../meta/errors.ts';
import type { KubeObject } from '../../meta/object.ts';
import type { KindLookup } from '../../ports/client.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import type { Namespace } from '../../schema/standard/types.ts';
import { contentFinalizer } from './admit.ts';
import { namespaceKind } from './type.ts';

/** Deletion order of kinds that name none. */
const deletionOrderDefault = 100;
/** When to look again at contents that have finalizers or grace periods of their own, milliseconds. */
const recheckMs = 1_000;

/**
 * Empties a terminating namespace, kinds of lower deletion order first (pods before what they use), then lets it go by
 * taking `kubernetes` out of `spec.finalizers` (the namespace controller of kube-controller-manager, ordered deletion).
 */
export async function reconcileNamespace(pass: Pass<Namespace>, kinds: KindLookup): Promise<Outcome> {
  const { metadata, spec } = pass.object;
  if (metadata.deletionTimestamp === undefined || spec?.finalizers?.includes(contentFinalizer) !== true) return settled;
  const remaining = await deleteContents(pass, kinds);
  const message = remaining.length === 0 ? 'All content is gone' : describe(remaining);
  const condition = { type: 'NamespaceContentRemaining', status: remaining.length > 0 ? 'True' : 'False' } as const;
  const reason = remaining.length > 0 ? 'SomeResourcesRemain' : 'ContentRemoved';
  const before = pass.object.status?.conditions as readonly Condition[] | undefined;
  pass.status.conditions = [...setCondition(before, { ...condition, reason, message }, pass.clock.nowMs())];
  if (remaining.length > 0) return { kind: 'waiting', afterMs: recheckMs, reason: 'ContentRemaining', message };
  await releaseNamespace(pass, spec.finalizers);
  return settled;
}

/** Deletes what is there, one deletion order after the other. @returns what is still there. */
async function deleteContents(pass: Pass<Namespace>, kinds: KindLookup): Promise<readonly KubeObject[]> {
  const namespace = pass.object.metadata.name;
  const namespaced = kinds
    .listKinds()
    .filter(({ scope, storedAs }) => scope === 'Namespaced' && storedAs === undefined);
  const orders = [...new Set(namespaced.map(orderOf))].toSorted((a, b) => a - b);
  for (const order of orders) {
    const remaining: KubeObject[] = [];
    for (const kind of namespaced.filter((candidate) => orderOf(candidate) === order)) {
      const { items } = await pass.client.list(kind, { namespace }, pass.signal);
      for (const object of items) if (!(await deleteObject(pass, kind, object))) remaining.push(object);
    }
    if (remaining.length > 0) return remaining;
  }
  return [];
}

/** @returns true when the object is gone now. */
async function deleteObject(pass: Pass<Namespace>, kind: KindDefinition, object: KubeObject): Promise<boolean> {
  const { name, namespace, deletionTimestamp } = object.metadata;
  if (deletionTimestamp !== undefined) return false;
  const at = namespace === undefined ? { name } : { namespace, name };
  try {
    await pass.client.delete(kind, at, { propagationPolicy: 'Background' }, pass.signal);
    await pass.client.get(kind, at, pass.signal);
    return false;
  } catch (error) {
    if (isApiError(error, 'NotFound')) return true;
    throw error;
  }
}

async function releaseNamespace(pass: Pass<Namespace>, finalizers: readonly string[]): Promise<void> {
  const { name } = pass.object.metadata;
  const body = { spec: { finalizers: finalizers.filter((finalizer) => finalizer !== contentFinalizer) } };
  try {
    await pass.client.patch(namespaceKind, { name }, { type: 'merge', body }, { subresource: 'finalize' }, pass.signal);
  } catch (error) {
    if (!isApiError(error, 'NotFound')) throw error;
  }
}

function orderOf(kind: KindDefinition): number {
  return kind.deletionOrder ?? deletionOrderDefault;
}

function describe(remaining: readonly KubeObject[]): string {
  const counts = new Map<string, number>();
  for (const { kind } of remaining) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return `Still there: ${[...counts].map(([kind, count]) => `${count} ${kind}`).join(', ')}`;
}
