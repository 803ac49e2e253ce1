import { parseTime } from '../../../kernel/base/clock.ts';
import { isConditionTrue } from '../../../kernel/meta/conditions.ts';
import { isJsonObject } from '../../../kernel/meta/object.ts';
import type { Pass } from '../../../kernel/controller/controller.ts';
import { type Outcome, settled } from '../../../kernel/controller/outcome.ts';
import { hubMembershipKind, isConnected } from '../hubmembership/type.ts';
import { deliveryUser } from '../identity/users.ts';
import { type Delivered, applyObject } from './apply.ts';
import { report, reportApplied, reportDrifted, reportHealthy, reportHeld, reportNotRemoved } from './conditions.ts';
import {
  type DesiredObject,
  desiredNamespace,
  desiredObjects,
  impliedNamespaces,
  nameOf,
  objectKey,
} from './desired.ts';
import { type Assessment, assess, boundFeedback } from './feedback.ts';
import { type Connection, type EditsPlan, planEdits } from './local-edits.ts';
import { type Delivery, type Look, isWatched, lookAt, readLive } from './look.ts';
import type { DeliveryMemory } from './memory.ts';
import {
  isTombstoned,
  nextRemovals,
  planRemoval,
  planWaves,
  releasedComponents,
  staleEntries,
  withIntended,
} from './plan.ts';
import type { DeliveryPorts } from './ports.ts';
import { removeEntries } from './remove.ts';
import { type AppliedWork, type InventoryEntry, appliedWorkKind, reportedEditsAnnotation } from './type.ts';

/** Pause before an object that failed is tried again: soon when it may go away by itself. */
const transientRetryMs = 2_000;
const permanentRetryMs = 30_000;
/** How often removal looks whether objects are gone, besides watching them. */
const removalLookMs = 2_000;

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
  const decision = planRemoval(pass.object, pass.view.list(appliedWorkKind), pass.clock.nowMs());
  reportHeld(pass, decision.kind === 'hold');
  if (decision.kind === 'remove') return removeWork(pass, ports, memory);
  report(pass, { type: 'Removed', status: 'False', reason: 'Ordered', message: 'The hub wants the Work gone' });
  const outcome = await enforceWork(pass, ports, memory);
  return decision.kind === 'gather'
    ? { kind: 'waiting', afterMs: decision.leftMs, reason: 'GatheringRemovals' }
    : outcome;
}

async function enforceWork(pass: Pass<AppliedWork>, ports: DeliveryPorts, memory: DeliveryMemory): Promise<Outcome> {
  const { digest } = readOrder(pass.object);
  const content = await ports.library.read(digest, pass.signal);
  if (planWaves(content.components) === undefined) {
    const message = 'Components depend on each other in a circle';
    report(pass, { type: 'Applied', status: 'False', reason: 'DependencyCycle', message });
    return { kind: 'stalled', reason: 'DependencyCycle', message };
  }
  const { objects, unknown } = desiredObjects(content, pass.object.metadata.name, ports.kinds);
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
  writeStatus({ pass, delivery, delivered, assessment, edits, leftovers });
  return outcomeOf(delivered, edits, leftovers);
}

/** The parts of the hub's order that this site acts on. The hub has validated it; a site does not rely on that. */
function readOrder(applied: AppliedWork): {
  readonly digest: string;
  readonly onReconnect: 'HubWins' | 'SiteWins' | 'Report';
} {
  const { spec } = applied.spec.order;
  const bundle = isJsonObject(spec) ? spec['bundle'] : undefined;
  const digest = isJsonObject(bundle) ? bundle['digest'] : undefined;
  const onReconnect = isJsonObject(spec) ? spec['onReconnect'] : undefined;
  return {
    digest: typeof digest === 'string' ? digest : '',
    onReconnect: onReconnect === 'SiteWins' || onReconnect === 'Report' ? onReconnect : 'HubWins',
  };
}

/** Namespaces that objects need, that no manifest makes, and that are ours or absent. */
async function neededNamespaces(
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
    const isThere = isWatched(ports, kind) && pass.view.get(kind, { name }) !== undefined;
    if (isOurs || !isThere) needed.push(object);
  }
  return needed;
}

/**
 * Writes down objects before they are made, so that no crash leaves one behind that nobody remembers. An object that
 * is there already, and not by us, is adopted: it stays when the Work goes. @returns true if there was anything to write.
 */
async function recordIntent(
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

async function isForeign(
  object: DesiredObject,
  client: ReturnType<DeliveryPorts['deliveryClient']>,
  pass: Pass<AppliedWork>,
): Promise<boolean> {
  const live = await readLive(client, object.kind, object.at, pass.signal);
  const manager = deliveryUser(pass.object.spec.hubId).name;
  return live !== undefined && live.metadata.managedFields?.some((entry) => entry.manager === manager) !== true;
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
    const objects = desiredObjects(before, pass.object.metadata.name, ports.kinds).objects;
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

function recordUids(delivered: readonly Delivered[], pass: Pass<AppliedWork>): void {
  const uids = new Map(
    delivered.flatMap((one) => (one.kind === 'applied' ? [[one.look.desired.key, one.object.metadata.uid]] : [])),
  );
  pass.status.inventory = (pass.status.inventory ?? []).map((entry) => {
    const uid = uids.get(objectKey(entry));
    return uid === undefined ? entry : { ...entry, uid };
  });
}

/** Removes what the bundle no longer holds. @returns what could not be removed yet, as text. */
async function prune(
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

interface Result {
  readonly pass: Pass<AppliedWork>;
  readonly delivery: Delivery;
  readonly delivered: readonly Delivered[];
  readonly assessment: Assessment;
  readonly edits: EditsPlan;
  readonly leftovers: readonly string[];
}

function writeStatus({ pass, delivery, delivered, assessment, edits, leftovers }: Result): void {
  const { status, object } = pass;
  const { feedback, states } = assessment;
  const { digest, components } = delivery.content;
  const failed = new Set(delivered.filter((one) => one.kind === 'failed').map((one) => one.look.desired.component));
  const before = new Map((object.status?.components ?? []).map((state) => [state.name, state.appliedDigest]));
  status.components = components.map(({ name }) => {
    const state = states.get(name) ?? 'Healthy';
    const appliedDigest = state === 'Waiting' || state === 'Failed' || failed.has(name) ? before.get(name) : digest;
    return { name, state, ...(appliedDigest === undefined ? {} : { appliedDigest }) };
  });
  status.feedback = structuredClone(boundFeedback(feedback)) as typeof status.feedback & object;
  status.objects = { healthy: feedback.filter((entry) => entry.state === 'Healthy').length, total: feedback.length };
  status.localEdits = structuredClone(edits.record) as typeof status.localEdits & object;
  reportApplied(pass, feedback, leftovers);
  reportHealthy(pass, feedback);
  reportDrifted(pass, edits.standing);
  for (const edit of edits.reverted) {
    const message = `${edit.kind} ${edit.name} ${edit.path}: ${JSON.stringify(edit.siteValue)} by ${edit.who ?? 'somebody'} taken back to ${JSON.stringify(edit.hubValue)}`;
    pass.event({ type: 'Warning', reason: 'LocalEditReverted', message });
  }
  if (!isConditionTrue(status.conditions, 'Applied')) return;
  if (status.appliedDigest !== digest) pass.log.info('work applied', { work: object.metadata.name, digest });
  status.appliedDigest = digest;
  if (isConditionTrue(status.conditions, 'Healthy')) status.lastGoodDigest = digest;
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

/** The tombstone: removes exactly what the Work made, the last wave first, and reports when nothing is left. */
async function removeWork(pass: Pass<AppliedWork>, ports: DeliveryPorts, memory: DeliveryMemory): Promise<Outcome> {
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
  const message = failures.length > 0 ? failures.slice(0, 3).join('; ') : `${left.length} objects are left`;
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
