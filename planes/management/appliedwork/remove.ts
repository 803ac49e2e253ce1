import { ApiError, errorText, isApiError } from '../../../kernel/meta/errors.ts';
import type { KubeObject } from '../../../kernel/meta/object.ts';
import type { Pass } from '../../../kernel/controller/controller.ts';
import type { Client } from '../../../kernel/ports/client.ts';
import { describeObject, nameOf } from './desired.ts';
import { readLive } from './look.ts';
import { otherOwner } from './ownership.ts';
import type { DeliveryPorts } from './ports.ts';
import { type AppliedWork, type InventoryEntry, workLabel } from './type.ts';

/** What became of the entries that were to be removed. */
export interface Removal {
  /** Entries whose object is still there: on its way out, or it could not be deleted. */
  readonly remaining: readonly InventoryEntry[];
  /** Why objects could not be deleted. */
  readonly failures: readonly string[];
}

/** What removing needs. */
export interface RemovalContext {
  readonly pass: Pass<AppliedWork>;
  readonly ports: DeliveryPorts;
  readonly client: Client;
}

/**
 * Deletes objects this Work made, dependents first (foreground), and says which are still there. Nothing is deleted
 * that is not in the inventory with the uid it has now: an object that was made anew, adopted, or never ours is
 * dropped from the inventory and left alone.
 */
export async function removeEntries(entries: readonly InventoryEntry[], context: RemovalContext): Promise<Removal> {
  const remaining: InventoryEntry[] = [];
  const failures: string[] = [];
  for (const entry of entries) {
    const verdict = await removeEntry(entry, context);
    if (verdict === 'gone') continue;
    remaining.push(entry);
    if (verdict !== 'leaving') failures.push(`${describeObject(entry)}: ${verdict.message}`);
  }
  return { remaining, failures };
}

type Verdict = 'gone' | 'leaving' | { readonly message: string };

async function removeEntry(entry: InventoryEntry, { pass, ports, client }: RemovalContext): Promise<Verdict> {
  const kind = ports.kinds.findKind(entry.apiVersion, entry.kind);
  // A kind that is no longer served has no objects.
  if (kind === undefined || entry.adopted === true) return 'gone';
  const at = nameOf(entry);
  try {
    const live = await readLive(client, kind, at, pass.signal);
    if (live === undefined || !isOurs(entry, live, pass)) return 'gone';
    if (live.metadata.deletionTimestamp !== undefined) return 'leaving';
    const preconditions = { uid: live.metadata.uid };
    await client.delete(kind, at, { propagationPolicy: 'Foreground', preconditions }, pass.signal);
    return 'leaving';
  } catch (error) {
    if (isApiError(error, 'NotFound')) return 'gone';
    if (entry.kind === 'Namespace' && isApiError(error, 'Conflict')) return keepNamespace(entry, pass);
    if (error instanceof ApiError) return { message: errorText(error) };
    throw error;
  }
}

/** Others are in it, see `namespaceGuard`. */
function keepNamespace({ name }: InventoryEntry, pass: Pass<AppliedWork>): Verdict {
  pass.event({
    type: 'Normal',
    reason: 'NamespaceKept',
    message: `Namespace "${name}" stays: other objects are in it`,
  });
  return 'gone';
}

/**
 * The uid matches; or it was not recorded before a crash, and the object carries the label of this Work. What another
 * Work has taken over is no longer ours.
 */
function isOurs(entry: InventoryEntry, live: KubeObject, pass: Pass<AppliedWork>): boolean {
  if (otherOwner(live, pass) !== undefined) return false;
  const isLabelled = live.metadata.labels?.[workLabel] === pass.object.metadata.name;
  return entry.uid === undefined ? isLabelled : entry.uid === live.metadata.uid;
}
