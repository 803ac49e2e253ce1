import { asBuffer } from '../cache/encoding.ts';
import type { CachedObject } from '../cache/cached-object.ts';
import { type CachedPage, keyAfter } from '../cache/resource-cache.ts';
import { isSelected, type Selection } from '../cache/selection.ts';
import { ApiError, NotFoundError } from '../meta/errors.ts';
import type { KubeObject } from '../meta/object.ts';
import type { ObjectHistory, ResourceContext, ResourceTarget } from '../ports/resources.ts';
import type { StoreRow } from '../ports/store.ts';
import type { HistoryClass } from '../schema/kind.ts';
import type { RegistryCore } from './core.ts';
import type { WriteRequest } from './write-request.ts';

/** Rows of one object that are looked at for the oldest one. */
const historyRowsMax = 10_000;
/** Rows read from the store at once while looking for selected objects of the past. */
const pastRowsMax = 1_000;

/** A list of the past to read from the store. */
export interface PastQuery {
  readonly resource: string;
  readonly selection: Selection;
  readonly start: string;
  readonly limit: number;
  readonly revision: number;
}

/**
 * One page as of a revision that memory no longer reaches; `undefined` when the store has forgotten it too. Below the floor of
 * watches there is what history keeps. How many objects follow is not known: nobody counts the past.
 * @throws {ApiError} `Expired`, saying from where on history is whole, where it no longer is at that revision.
 */
export async function readPast(
  core: RegistryCore,
  query: PastQuery,
  context: Pick<ResourceContext, 'signal' | 'warn'>,
): Promise<CachedPage | undefined> {
  const { signal } = context;
  if (!(await isReached(core, query, signal))) return undefined;
  const { name, namespace } = query.selection;
  const isOne = name !== undefined && namespace !== '';
  const page = isOne
    ? await onePast(core, { ...query, namespace, name }, signal)
    : await collectPast(core, query, signal);
  // Compaction may have passed by meanwhile and taken rows between two reads.
  if (!(await isReached(core, query, signal))) return undefined;
  const isBelowFloor = query.revision < (await core.store.readFloor(signal));
  if (isBelowFloor && historyOf(core, query.resource) === 'spec') context.warn(statusOfThen);
  return page;
}

const statusOfThen =
  'this list is older than the watch window: status is shown as of the last change of spec or metadata of each object';

function historyOf({ catalog }: RegistryCore, resource: string): HistoryClass {
  return catalog.findResource(resource)?.definition.history ?? 'none';
}

/** Whether everything of that revision is there. @throws {ApiError} `Expired` when only some of it is. */
async function isReached(core: RegistryCore, query: PastQuery, signal: AbortSignal): Promise<boolean> {
  const { store } = core;
  const { resource, revision, selection, start } = query;
  if (isSkipped(core, revision)) return false;
  if (revision >= (await store.readFloor(signal))) return true;
  if (historyOf(core, resource) === 'none') return false;
  const wholeFrom = await store.readHistoryFloor(resource, selection.namespace, signal);
  if (revision >= wholeFrom) return true;
  // Whoever goes on with a list is told how to do so instead.
  if (start !== '') return false;
  const where = selection.namespace === '' ? '' : ` in namespace "${selection.namespace}"`;
  const what = `The resourceVersion for the provided list is too old: the history of ${resource}${where} is whole from`;
  throw new ApiError('Expired', `${what} resourceVersion ${wholeFrom} on, asked was ${revision}`);
}

/** A restore skipped it: what it named before the restore is lost, and now it names nothing. */
function isSkipped({ store }: RegistryCore, revision: number): boolean {
  return store.recovery.skipped.some(({ after, before }) => revision > after && revision < before);
}

/** @throws {ApiError} for a revision that names no state: not yet, or no longer. */
function requireKnown(core: RegistryCore, revision: number): void {
  const { head } = core.cache;
  if (revision > head) {
    throw new ApiError('BadRequest', `Revision ${revision} names no state: it is still to come, the newest is ${head}`);
  }
  if (!isSkipped(core, revision)) return;
  const why = 'the store was restored from a backup made before it';
  throw new ApiError('Expired', `Revision ${revision} names no state: ${why}`);
}

/** The list of one object of a namespace. */
async function onePast(
  core: RegistryCore,
  { resource, namespace, name, revision, selection }: PastQuery & { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<CachedPage> {
  const options = { before: revision + 1, rowsMax: 1 };
  const rows = await core.store.readHistory({ resource, namespace, name }, options, signal);
  const objects = rows.filter(({ operation }) => operation !== 'delete').map((row) => cachedRow(core, row));
  return { items: objects.filter((object) => isSelected(selection, object)), remaining: 0 };
}

async function collectPast(core: RegistryCore, query: PastQuery, signal: AbortSignal): Promise<CachedPage> {
  const { resource, revision, selection, limit } = query;
  const { namespace } = selection;
  const within = namespace === '' ? {} : { namespace };
  const items: CachedObject[] = [];
  const rowsMax = selection.matches === undefined ? Math.min(limit + 1, pastRowsMax) : pastRowsMax;
  for (let after = startOf(query); ; ) {
    const rows = await core.store.readAsOf(resource, revision, { rowsMax, after, ...within }, signal);
    for (const row of rows) {
      const object = cachedRow(core, row);
      if (!isSelected(selection, object)) continue;
      const last = items.at(-1);
      if (last !== undefined && items.length >= limit) return { items, next: keyAfter(last.key), remaining: undefined };
      items.push(object);
    }
    const last = rows.at(-1);
    if (rows.length < rowsMax || last === undefined) return { items, remaining: 0 };
    after = { namespace: last.namespace, name: last.name };
  }
}

/** Where a page begins: behind the one before it, but never before the namespace that was asked for. */
function startOf({ start, selection }: PastQuery): { readonly namespace: string; readonly name: string } {
  const { namespace } = selection;
  const after = readPosition(start);
  return after.namespace < namespace ? { namespace, name: '' } : after;
}

/** What `readHistory` reads. */
export interface HistoryPage {
  readonly limit: number;
  /** Only revisions before this one. */
  readonly before?: number | undefined;
}

/** Past states of one object, newest first. @throws {ApiError} `NotFound` when nothing is known of it. */
export async function readHistory(
  core: RegistryCore,
  context: ResourceContext,
  target: ResourceTarget,
  { limit, before }: HistoryPage,
): Promise<ObjectHistory> {
  const kind = core.catalog.compiled(target.definition);
  const { namespace, name, version } = target;
  const revision = core.cache.head;
  const page = { rowsMax: limit, ...(before === undefined ? {} : { before }) };
  const rows = await core.store.readHistory(kind.storedKey(namespace, name), page, context.signal);
  if (rows.length === 0 && before === undefined) throw new NotFoundError(kind.key(namespace, name));
  const states = rows.map((row) => cachedRow(core, row));
  const objects = await core.conversions.allInVersion(kind, states, version);
  const entries = rows.map((row, index) => {
    const { operation, actor, reason, atMs } = row;
    return {
      revision: row.revision,
      operation,
      actor,
      reason,
      atMs,
      object: (objects[index] as CachedObject).parsed(),
    };
  });
  const oldest = rows.at(-1);
  if (oldest === undefined || rows.length === limit || oldest.operation === 'create') return { entries, revision };
  const evictedThrough = await core.store.readEvicted(context.signal);
  return { entries, revision, ...(evictedThrough === 0 ? { keptFrom: oldest.revision } : { evictedThrough }) };
}

/**
 * The state of one object at a revision, in the version of the request. The revision of its deletion stands for its last state.
 * @throws {ApiError} `NotFound` when nothing is known of it, `Expired` when that state is no longer kept, `BadRequest` for a
 *   revision that is still to come: nobody knows what it will be.
 */
export async function readPastState(
  core: RegistryCore,
  { kind, target, context }: Pick<WriteRequest, 'kind' | 'target' | 'context'>,
  revision: number,
): Promise<KubeObject> {
  const { namespace, name, version } = target;
  const object = kind.storedKey(namespace, name);
  requireKnown(core, revision);
  const [row] = await core.store.readHistory(object, { before: revision + 1, rowsMax: 1 }, context.signal);
  if (row !== undefined) return (await core.conversions.inVersion(kind, cachedRow(core, row), version)).parsed();
  const later = await core.store.readHistory(object, { rowsMax: historyRowsMax }, context.signal);
  const oldest = later.at(-1);
  if (oldest === undefined) throw new NotFoundError(kind.key(namespace, name));
  const { resource } = kind.key(namespace, name);
  const what = `${resource} "${name}" has no state at revision ${revision}`;
  const known = `the oldest that is kept is revision ${oldest.revision}`;
  if (oldest.operation === 'create') throw new ApiError('NotFound', `${what}: it was created at ${oldest.revision}`);
  throw new ApiError('Expired', `${what} any more: ${known}`);
}

/** The cached form of a row of the store. */
function cachedRow(core: Pick<RegistryCore, 'cache' | 'catalog'>, row: StoreRow): CachedObject {
  return core.cache.storedEntry(asBuffer(row.bytes), core.catalog.findResource(row.resource)?.definition);
}

/** The namespace and name in a start key made by `keyAfter`. */
function readPosition(start: string): { readonly namespace: string; readonly name: string } {
  const separator = start.indexOf(' ');
  return { namespace: start.slice(0, Math.max(separator, 0)), name: start.slice(separator + 1).replace(/\0$/, '') };
}
