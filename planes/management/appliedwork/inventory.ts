import type { Pass } from '../../../kernel/controller/controller.ts';
import type { Client } from '../../../kernel/ports/client.ts';
import { deliveryUser } from '../identity/users.ts';
import type { Delivered } from './apply.ts';
import { type DesiredObject, desiredNamespace, impliedNamespaces, objectKey } from './desired.ts';
import { isWatched, readIfAllowed } from './look.ts';
import { otherOwner } from './ownership.ts';
import { withIntended } from './plan.ts';
import type { DeliveryPorts } from './ports.ts';
import type { AppliedWork, InventoryEntry } from './type.ts';

/** Namespaces that objects need, that no manifest makes, and that are ours or absent. */
export async function neededNamespaces(
  objects: readonly DesiredObject[],
  pass: Pass<AppliedWork>,
  ports: DeliveryPorts,
): Promise<readonly DesiredObject[]> {
  const kind = ports.kinds.findKind('v1', 'Namespace');
  if (kind === undefined) return [];
  const needed: DesiredObject[] = [];
  for (const name of impliedNamespaces(objects)) {
    const object = desiredNamespace(name, pass.object.metadata.name, kind);
    const isOurs =
      pass.object.status?.inventory?.some((entry) => objectKey(entry) === object.key && entry.adopted !== true) ===
      true;
    const live = isWatched(ports, kind) ? pass.view.get(kind, { name }) : undefined;
    const isOthers = live !== undefined && otherOwner(live, pass) !== undefined;
    if (live === undefined || (isOurs && !isOthers)) needed.push(object);
  }
  return needed;
}

/**
 * Writes down objects before they are made, so that no crash leaves one behind that nobody remembers. An object that
 * is there already, and not by us, is adopted: it stays when the Work goes. @returns true if there was anything to write.
 */
export async function recordIntent(
  wanted: readonly DesiredObject[],
  pass: Pass<AppliedWork>,
  ports: DeliveryPorts,
): Promise<boolean> {
  const inventory = pass.object.status?.inventory ?? [];
  const known = new Set(inventory.map((entry) => objectKey(entry)));
  const client = ports.deliveryClient(pass.object.spec.hubId);
  const intended: InventoryEntry[] = [];
  for (const object of wanted) {
    const { apiVersion, kind } = object.manifest;
    const entry: InventoryEntry = { apiVersion, kind, ...object.at, component: object.component };
    const isAdopted = !known.has(object.key) && (await isForeign(object, client, pass));
    intended.push(isAdopted ? { ...entry, adopted: true } : entry);
  }
  const next = withIntended(inventory, intended);
  if (next !== undefined) pass.status.inventory = structuredClone(next) as typeof pass.status.inventory & object;
  return next !== undefined;
}

async function isForeign(object: DesiredObject, client: Client, pass: Pass<AppliedWork>): Promise<boolean> {
  const live = await readIfAllowed(client, object.kind, object.at, pass.signal);
  if (live === 'forbidden') return true;
  const manager = deliveryUser(pass.object.spec.hubId).name;
  return live !== undefined && live.metadata.managedFields?.some((entry) => entry.manager === manager) !== true;
}

/** Notes the uid of everything that was applied: removal compares it. */
export function recordUids(delivered: readonly Delivered[], pass: Pass<AppliedWork>): void {
  const uids = new Map(
    delivered.flatMap((one) => (one.kind === 'applied' ? [[one.look.desired.key, one.object.metadata.uid]] : [])),
  );
  pass.status.inventory = (pass.status.inventory ?? []).map((entry) => {
    const uid = uids.get(objectKey(entry));
    return uid === undefined ? entry : { ...entry, uid };
  });
}
