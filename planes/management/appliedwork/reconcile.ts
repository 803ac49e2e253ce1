import { parseTime } from '../../../kernel/base/clock.ts';
import { BlobError } from '../../../kernel/ports/blobs.ts';
import type { Pass } from '../../../kernel/controller/controller.ts';
import { type Outcome, settled } from '../../../kernel/controller/outcome.ts';
import { hubMembershipKind, isConnected } from '../hubmembership/type.ts';
import { deliveryUser } from '../identity/users.ts';
import { type Delivered, applyObject } from './apply.ts';
import { report, reportHeld, reportNotRemoved } from './conditions.ts';
import { type DesiredObject, objectKey } from './desired.ts';
import { assess } from './feedback.ts';
import { neededNamespaces, recordIntent, recordUids } from './inventory.ts';
import { type Connection, type EditsPlan, planEdits } from './local-edits.ts';
import { type Delivery, type Look, lookAt } from './look.ts';
import type { DeliveryMemory } from './memory.ts';
import { readOrder } from './order.ts';
import { isTombstoned, planRemoval, planWaves, releasedComponents } from './plan.ts';
import type { DeliveryPorts } from './ports.ts';
import { prune, removalLookMs, removeWork } from './removal.ts';
import { writeStatus } from './status.ts';
import { type AppliedWork, appliedWorkKind, reportedEditsAnnotation } from './type.ts';

/** Pause before an object that failed is tried again: soon when it may go away by itself. */
const transientRetryMs = 2_000;
const permanentRetryMs = 30_000;

/**
 * One pass: 1. hold or remove when the hub wants the Work gone; 2. write down which objects are about to be made;
 * 3. look at every object of the components that may be applied; 4. decide which changes by others stand; 5. apply;
 * 6. remove what left the bundle, once all of it is applied; 7. judge health and report.
 */
export async function reconcileAppliedWork(
  pass: Pass<AppliedWork>,
  ports: DeliveryPorts,
  memory: DeliveryMemory,
): Promise<Outcome> {
  pass.status.observedGeneration = pass.object.metadata.generation ?? 0;
  if (!isTombstoned(pass.object)) {
    reportHeld(pass, false);
    reportNotRemoved(pass);
    return enforceWork(pass, ports, memory);
  }
  const hasMade = (pass.object.status?.inventory ?? []).length > 0;
  const decision = planRemoval(pass.object, pass.view.list(appliedWorkKind), pass.clock.nowMs());
  reportHeld(pass, hasMade && decision.kind === 'hold');
  // A Work that comes with its tombstone has made nothing here, and must not begin to.
  if (!hasMade || decision.kind === 'remove') return removeWork(pass, ports, memory);
  report(pass, { type: 'Removed', status: 'False', reason: 'Ordered', message: 'The hub wants the Work gone' });
  const outcome = await keepEnforced(pass, ports, memory);
  return decision.kind === 'gather'
    ? { kind: 'waiting', afterMs: decision.leftMs, reason: 'GatheringRemovals' }
    : outcome;
}

/** Goes on with a Work until it is removed. Its last bundle may never have come: then what is there stays as it is. */
async function keepEnforced(pass: Pass<AppliedWork>, ports: DeliveryPorts, memory: DeliveryMemory): Promise<Outcome> {
  try {
    return await enforceWork(pass, ports, memory);
  } catch (error) {
    if (!(error instanceof BlobError) || error.code !== 'NotFound') throw error;
    return { kind: 'stalled', reason: 'BundleMissing', message: 'The bundle the Work was removed with is not here' };
  }
}

async function enforceWork(pass: Pass<AppliedWork>, ports: DeliveryPorts, memory: DeliveryMemory): Promise<Outcome> {
  const { digest } = readOrder(pass.object);
  const content = await ports.library.read(digest, pass.signal);
  if (planWaves(content.components) === undefined) {
    const message = 'Components depend on each other in a circle';
    report(pass, { type: 'Applied', status: 'False', reason: 'DependencyCycle', message });
    return { kind: 'stalled', reason: 'DependencyCycle', message };
  }
  const { objects, unknown } = memory.desiredObjects(content, pass.object.metadata.name, ports.kinds);
  const wanted = [...(await neededNamespaces(objects, pass, ports)), ...objects];
  memory.setObjects(
    pass.object.metadata.name,
    wanted.map((object) => object.key),
  );
  if (await recordIntent(wanted, pass, ports)) return { kind: 'waiting', afterMs: 0, reason: 'InventoryRecorded' };

  const delivery = newDelivery(pass, ports, memory, content);
  const released = releasedComponents(content, pass.object.status?.components);
  const isReleased = (object: DesiredObject) => object.component === '' || released.has(object.component);
  const looks: Look[] = [];
  for (const object of wanted.filter(isReleased)) looks.push(await lookAt(object, delivery));
  const connection = connectionOf(pass);
  const edits = decideEdits(looks, wanted, pass, connection);
  const delivered: Delivered[] = [];
  for (const look of looks) delivered.push(await applyObject(look, edits.standing, connection, delivery));

  const waiting = wanted.filter((object) => !isReleased(object));
  const assessment = assess({ delivered, unknown, waiting }, pass.view, ports.watchedKinds);
  recordUids(delivered, pass);
  const isComplete = waiting.length === 0 && unknown.length === 0 && delivered.every((one) => one.kind !== 'failed');
  const leftovers = isComplete && content.omitted === 0 ? await prune(wanted, pass, ports) : [];
  writeStatus({ pass, content, wanted, delivered, assessment, edits, leftovers });
  return outcomeOf(delivered, edits, leftovers);
}

function newDelivery(
  pass: Pass<AppliedWork>,
  ports: DeliveryPorts,
  memory: DeliveryMemory,
  content: Delivery['content'],
): Delivery {
  const { hubId } = pass.object.spec;
  const inventory = new Map((pass.object.status?.inventory ?? []).map((entry) => [objectKey(entry), entry]));
  const digestOf = new Map((pass.object.status?.components ?? []).map((state) => [state.name, state.appliedDigest]));
  const previous: Delivery['previous'] = async (desired) => {
    const digest = digestOf.get(desired.component);
    if (digest === undefined || digest === content.digest) return digest === undefined ? undefined : desired.manifest;
    const before = await ports.library.read(digest, pass.signal);
    const objects = memory.desiredObjects(before, pass.object.metadata.name, ports.kinds).objects;
    return objects.find((object) => object.key === desired.key)?.manifest;
  };
  return {
    pass,
    ports,
    memory,
    content,
    inventory,
    previous,
    client: ports.deliveryClient(hubId),
    manager: deliveryUser(hubId).name,
  };
}

function connectionOf(pass: Pass<AppliedWork>): Connection {
  const membership = pass.view.get(hubMembershipKind, { name: pass.object.spec.hubId });
  const sinceMs = parseTime(membership?.status?.connectedSince);
  return membership !== undefined && isConnected(membership) && sinceMs !== undefined
    ? { isConnected: true, sinceMs }
    : { isConnected: false };
}

/** Edits of components that were not looked at stay as they are; edits of objects that left the bundle are dropped. */
function decideEdits(
  looks: readonly Look[],
  wanted: readonly DesiredObject[],
  pass: Pass<AppliedWork>,
  connection: Connection,
): EditsPlan {
  const stored = pass.object.status?.localEdits ?? [];
  const plan = planEdits({
    found: looks.flatMap((look) => look.found),
    stored,
    onReconnect: readOrder(pass.object).onReconnect,
    connection,
    reportedDigest: pass.object.metadata.annotations?.[reportedEditsAnnotation],
    nowMs: pass.clock.nowMs(),
  });
  const lookedAt = new Set(looks.map((look) => look.desired.key));
  const stillWanted = new Set(wanted.map((object) => object.key));
  const untouched = stored.filter(
    (edit) => edit.resolution !== 'Reverted' && stillWanted.has(objectKey(edit)) && !lookedAt.has(objectKey(edit)),
  );
  return { ...plan, standing: [...plan.standing, ...untouched], record: [...untouched, ...plan.record] };
}

function outcomeOf(delivered: readonly Delivered[], edits: EditsPlan, leftovers: readonly string[]): Outcome {
  const failed = delivered.filter((one) => one.kind === 'failed');
  if (failed.length > 0) {
    const afterMs = failed.some((one) => one.isTransient) ? transientRetryMs : permanentRetryMs;
    return { kind: 'waiting', afterMs, reason: 'ObjectsFailed' };
  }
  if (leftovers.length > 0) return { kind: 'waiting', afterMs: removalLookMs, reason: 'RemovingOldObjects' };
  if (edits.awaitsReport) return { kind: 'waiting', afterMs: permanentRetryMs, reason: 'ReportingLocalEdits' };
  return settled;
}
