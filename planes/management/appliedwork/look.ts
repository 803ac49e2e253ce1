import { isApiError } from '../../../kernel/meta/errors.ts';
import type { KubeObject } from '../../../kernel/meta/object.ts';
import type { Pass } from '../../../kernel/controller/controller.ts';
import type { Client, ObjectName } from '../../../kernel/ports/client.ts';
import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import type { BundleContent } from '../bundle-content/decode.ts';
import { type DesiredObject, objectKey, storageSchema } from './desired.ts';
import { type ForeignChange, foreignChanges } from './drift.ts';
import type { FieldPath } from './field-path.ts';
import { type FoundEdit, findAuthor, findDeleter, isController } from './local-edits.ts';
import { type DeliveryMemory, fingerprintOf } from './memory.ts';
import type { DeliveryPorts } from './ports.ts';
import type { AppliedWork, InventoryEntry } from './type.ts';

/** Past states read to find who changed something. */
const historyEntriesMax = 100;

/** One pass over one AppliedWork, with what its steps share. */
export interface Delivery {
  readonly pass: Pass<AppliedWork>;
  readonly ports: DeliveryPorts;
  readonly memory: DeliveryMemory;
  /** Acts as the hub's delivery user. */
  readonly client: Client;
  readonly manager: string;
  readonly content: BundleContent;
  /** By `objectKey`. */
  readonly inventory: ReadonlyMap<string, InventoryEntry>;
  /** The manifest applied before the current one, by `objectKey`; the current one where nothing changed. */
  readonly previous: (desired: DesiredObject) => Promise<KubeObject | undefined>;
}

/** What was found where an object should be. */
export interface Look {
  readonly desired: DesiredObject;
  readonly live: KubeObject | undefined;
  /** Changes by others; a deletion is one with an empty path. */
  readonly found: readonly FoundEdit[];
  /** Paths of `found`, by their text. */
  readonly paths: ReadonlyMap<string, FieldPath>;
  /** Nothing changed since it was last applied: there is nothing to do. */
  readonly isAsDelivered: boolean;
}

/** Looks at one object. Cheap when nothing changed; otherwise reads it, and its history when others changed it. */
export async function lookAt(desired: DesiredObject, delivery: Delivery): Promise<Look> {
  const { pass, ports, memory, content, client } = delivery;
  const cached = isWatched(ports, desired.kind) ? pass.view.get(desired.kind, desired.at) : undefined;
  const hasEdits = pass.object.status?.localEdits?.some(
    (edit) => edit.resolution !== 'Reverted' && objectKey(edit) === desired.key,
  );
  if (cached !== undefined && hasEdits !== true) {
    const isKnown =
      memory.getFingerprint(pass.object.metadata.name, desired.key) === fingerprintOf(cached, content.digest);
    if (isKnown) return { desired, live: cached, found: [], paths: new Map(), isAsDelivered: true };
  }
  const live = await readIfAllowed(client, desired.kind, desired.at, pass.signal);
  if (live === 'forbidden') return { desired, live: undefined, ...nothing, isAsDelivered: false };
  const found =
    live === undefined ? await lookAtAbsent(desired, delivery) : await lookAtChanged(desired, live, delivery);
  return { desired, live, ...found, isAsDelivered: false };
}

/** Reads an object past every cache; `undefined` when there is none. */
export async function readLive(
  client: Client,
  kind: KindDefinition,
  at: ObjectName,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  try {
    return await client.get(kind, at, signal);
  } catch (error) {
    if (isApiError(error, 'NotFound')) return undefined;
    throw error;
  }
}

/** As `readLive`; what the hub may not even look at does not hold up the rest: applying it is refused, and says so. */
export async function readIfAllowed(
  ...[client, kind, at, signal]: Parameters<typeof readLive>
): Promise<KubeObject | undefined | 'forbidden'> {
  try {
    return await readLive(client, kind, at, signal);
  } catch (error) {
    if (isApiError(error, 'Forbidden')) return 'forbidden';
    throw error;
  }
}

/** True if the pass's view has the kind. */
export function isWatched(ports: DeliveryPorts, kind: KindDefinition): boolean {
  return ports.watchedKinds.some((candidate) => candidate.group === kind.group && candidate.kind === kind.kind);
}

type Found = Pick<Look, 'found' | 'paths'>;
const nothing: Found = { found: [], paths: new Map() };

/** An object that was made and is gone: a person's deletion is an edit, a controller's is not. */
async function lookAtAbsent(desired: DesiredObject, { inventory, ports, pass }: Delivery): Promise<Found> {
  if (inventory.get(desired.key)?.uid === undefined) return nothing;
  const history = await ports.history.read(desired.kind, desired.at, historyEntriesMax, pass.signal);
  const author = findDeleter(history);
  if (author === undefined || isController(author.who)) return nothing;
  return { found: [{ ...identityOf(desired), path: '', author }], paths: new Map([['', []]]) };
}

async function lookAtChanged(desired: DesiredObject, live: KubeObject, delivery: Delivery): Promise<Found> {
  const { ports, pass, manager } = delivery;
  const schema = storageSchema(desired.kind);
  const changes = foreignChanges({
    desired: desired.manifest,
    previous: await delivery.previous(desired),
    live,
    schema,
    manager,
  });
  if (changes.length === 0) return nothing;
  const history = await ports.history.read(desired.kind, desired.at, historyEntriesMax, pass.signal);
  const found = changes.map((change) => foundEdit(desired, change, findAuthor(history, change.path, change.siteValue)));
  return { found, paths: new Map(changes.map((change) => [change.pathText, change.path])) };
}

function foundEdit(desired: DesiredObject, change: ForeignChange, author: FoundEdit['author']): FoundEdit {
  const { pathText, hubValue, siteValue, manager, time } = change;
  const known = author ?? (time === undefined ? undefined : { who: manager ?? 'unknown', atMs: Date.parse(time) });
  return {
    ...identityOf(desired),
    path: pathText,
    hubValue,
    ...(siteValue === undefined ? {} : { siteValue }),
    ...(manager === undefined ? {} : { manager }),
    ...(known === undefined ? {} : { author: known }),
  };
}

function identityOf({ manifest, at }: DesiredObject): Pick<FoundEdit, 'apiVersion' | 'kind' | 'name' | 'namespace'> {
  const { apiVersion, kind } = manifest;
  return { apiVersion, kind, ...at };
}
