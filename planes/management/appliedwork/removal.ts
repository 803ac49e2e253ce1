import { formatCount } from '../../../kernel/base/count.ts';
import type { Pass } from '../../../kernel/controller/controller.ts';
import { type Outcome, settled } from '../../../kernel/controller/outcome.ts';
import { report } from './conditions.ts';
import { type DesiredObject, nameOf, objectKey } from './desired.ts';
import type { DeliveryMemory } from './memory.ts';
import { readOrder } from './order.ts';
import { nextRemovals, planWaves, staleEntries } from './plan.ts';
import type { DeliveryPorts } from './ports.ts';
import { removeEntries } from './remove.ts';
import type { AppliedWork } from './type.ts';

/** How often removal looks whether objects are gone, besides watching them. */
export const removalLookMs = 2_000;

/** Removes what the bundle no longer holds. @returns what could not be removed yet, as text. */
export async function prune(
  wanted: readonly DesiredObject[],
  pass: Pass<AppliedWork>,
  ports: DeliveryPorts,
): Promise<readonly string[]> {
  const inventory = pass.status.inventory ?? [];
  const stale = staleEntries(inventory, new Set(wanted.map((object) => object.key)));
  if (stale.length === 0) return [];
  const batch = nextRemovals(stale, []);
  const { remaining, failures } = await removeEntries(batch, {
    pass,
    ports,
    client: ports.deliveryClient(pass.object.spec.hubId),
  });
  const gone = new Set(batch.filter((entry) => !remaining.includes(entry)).map((entry) => objectKey(entry)));
  pass.status.inventory = inventory.filter((entry) => !gone.has(objectKey(entry)));
  const left = stale.filter((entry) => !gone.has(objectKey(entry)));
  return failures.length > 0 ? failures : left.map((entry) => `${entry.kind} ${entry.name} is being removed`);
}

/** The tombstone: removes exactly what the Work made, the last wave first, and reports when nothing is left. */
export async function removeWork(
  pass: Pass<AppliedWork>,
  ports: DeliveryPorts,
  memory: DeliveryMemory,
): Promise<Outcome> {
  const inventory = pass.object.status?.inventory ?? [];
  memory.setObjects(
    pass.object.metadata.name,
    inventory.map((entry) => objectKey(entry)),
  );
  if (inventory.length === 0) {
    report(pass, { type: 'Applied', status: 'False', reason: 'Removed', message: 'The hub removed the Work' });
    report(pass, { type: 'Removed', status: 'True', reason: 'Removed', message: 'Everything the Work made is gone' });
    pass.status.feedback = [];
    return settled;
  }
  const waves = await wavesOf(pass, ports);
  const batch = nextRemovals(inventory, waves);
  const { remaining, failures } = await removeEntries(batch, {
    pass,
    ports,
    client: ports.deliveryClient(pass.object.spec.hubId),
  });
  const gone = new Set(batch.filter((entry) => !remaining.includes(entry)).map((entry) => objectKey(entry)));
  const left = inventory.filter((entry) => !gone.has(objectKey(entry)));
  pass.status.inventory = structuredClone(left) as typeof pass.status.inventory & object;
  const message = failures.length > 0 ? failures.slice(0, 3).join('; ') : `${formatCount(left.length, 'object')} left`;
  report(pass, {
    type: 'Removed',
    status: 'False',
    reason: failures.length > 0 ? 'RemovalFailed' : 'Removing',
    message,
  });
  const afterMs = gone.size > 0 ? 0 : removalLookMs;
  return {
    kind: 'waiting',
    afterMs,
    reason: 'Removing',
    on: remaining.map((entry) => ({ kind: entry.kind, ...nameOf(entry) })),
  };
}

/** Waves of the bundle, if it can still be read; without it everything goes at once. */
async function wavesOf(pass: Pass<AppliedWork>, ports: DeliveryPorts): Promise<readonly (readonly string[])[]> {
  try {
    const content = await ports.library.read(readOrder(pass.object).digest, pass.signal);
    return planWaves(content.components) ?? [];
  } catch (error) {
    if (pass.signal.aborted) throw error;
    pass.log.warn('bundle cannot be read, removing without order', {
      work: pass.object.metadata.name,
      error: String(error),
    });
    return [];
  }
}
