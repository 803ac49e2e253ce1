import type { Pass } from '../../controller/controller.ts';
import { type Outcome, settled } from '../../controller/outcome.ts';
import type { Condition } from '../../meta/conditions.ts';
import { errorText, isApiError } from '../../meta/errors.ts';
import type { KubeObject } from '../../meta/object.ts';
import type { KindLookup } from '../../ports/client.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import type { Namespace } from '../../schema/standard/types.ts';
import { contentFinalizer } from './admit.ts';
import { deletionConditions, type EmptyingResult, remainingText } from './plan.ts';
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
  const { metadata, spec, status } = pass.object;
  if (metadata.deletionTimestamp === undefined || spec?.finalizers?.includes(contentFinalizer) !== true) return settled;
  const result = await deleteContents(pass, kinds);
  const before = status?.conditions as readonly Condition[] | undefined;
  pass.status.conditions = [...deletionConditions(before, result, pass.clock.nowMs())];
  if (result.failures.length > 0)
    throw new Error(`Cannot empty namespace "${metadata.name}": ${result.failures.join(', ')}`);
  if (result.remaining.length === 0) {
    await releaseNamespace(pass, spec.finalizers);
    return settled;
  }
  return { kind: 'waiting', afterMs: recheckMs, reason: 'ContentRemaining', message: remainingText(result) };
}

/** Deletes what is there, one deletion order after the other: what comes later waits for what comes before. */
async function deleteContents(pass: Pass<Namespace>, kinds: KindLookup): Promise<EmptyingResult> {
  const namespaced = kinds
    .listKinds()
    .filter(({ scope, storedAs }) => scope === 'Namespaced' && storedAs === undefined);
  const orders = [...new Set(namespaced.map(orderOf))].toSorted((a, b) => a - b);
  for (const order of orders) {
    const remaining: { kind: KindDefinition; objects: readonly KubeObject[] }[] = [];
    const failures: string[] = [];
    for (const kind of namespaced.filter((candidate) => orderOf(candidate) === order)) {
      const objects = await deleteAll(pass, kind, failures);
      if (objects.length > 0) remaining.push({ kind, objects });
    }
    if (remaining.length > 0 || failures.length > 0) return { remaining, failures };
  }
  return { remaining: [], failures: [] };
}

/** @returns what is there after everything of the kind was asked to go. @param failures gets what went wrong. */
async function deleteAll(
  { client, object, signal }: Pass<Namespace>,
  kind: KindDefinition,
  failures: string[],
): Promise<readonly KubeObject[]> {
  const namespace = object.metadata.name;
  const list = async () => (await client.list(kind, { namespace, metadataOnly: true }, signal)).items;
  const found = await list();
  const standing = found.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  for (const { metadata } of standing) {
    try {
      const at = { namespace, name: metadata.name };
      await client.delete(kind, at, { propagationPolicy: 'Background' }, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      if (!isApiError(error, 'NotFound')) failures.push(`${kind.kind} "${metadata.name}": ${errorText(error)}`);
    }
  }
  return standing.length === 0 ? found : list();
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
