import { asBuffer } from '../cache/encoding.ts';
import { parseObject, type CachedObject } from '../cache/cached-object.ts';
import { type CachedPage, keyAfter } from '../cache/resource-cache.ts';
import { isSelected, type Selection } from '../cache/selection.ts';
import { NotFoundError } from '../meta/errors.ts';
import type { HistoryEntry, ResourceContext, ResourceTarget } from '../ports/resources.ts';
import type { StoreRow } from '../ports/store.ts';
import type { RegistryCore } from './core.ts';

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

/** One page as of a revision that memory no longer reaches; `undefined` when the store has forgotten it too. */
export async function readPast(
  core: RegistryCore,
  query: PastQuery,
  signal: AbortSignal,
): Promise<CachedPage | undefined> {
  if (query.revision < (await core.store.readFloor(signal))) return undefined;
  const items: CachedObject[] = [];
  const { namespace } = query.selection;
  let after = query.start === '' ? { namespace, name: '' } : readPosition(query.start);
  for (;;) {
    const options = { rowsMax: pastRowsMax, after };
    const rows = await core.store.readAsOf(query.resource, query.revision, options, signal);
    for (const row of rows) {
      const object = cachedRow(core, row);
      if (namespace !== '' && row.namespace > namespace) return { items, remaining: 0 };
      if (!isSelected(query.selection, object)) continue;
      const last = items.at(-1);
      if (last !== undefined && items.length >= query.limit) return { items, next: keyAfter(last.key), remaining: 1 };
      items.push(object);
    }
    const last = rows.at(-1);
    if (rows.length < pastRowsMax || last === undefined) return { items, remaining: 0 };
    after = { namespace: last.namespace, name: last.name };
  }
}

/** Past states of one object, newest first. @throws {ApiError} `NotFound` when nothing is known of it. */
export async function readHistory(
  core: RegistryCore,
  context: ResourceContext,
  target: ResourceTarget,
  limit: number,
): Promise<readonly HistoryEntry[]> {
  const kind = core.catalog.compiled(target.definition);
  const { namespace, name, version } = target;
  const rows = await core.store.readHistory(kind.storedKey(namespace, name), { rowsMax: limit }, context.signal);
  if (rows.length === 0) throw new NotFoundError(kind.key(namespace, name));
  const states = rows.map((row) => cachedRow(core, row));
  const objects = await core.conversions.allInVersion(kind, states, version);
  return rows.map((row, index) => ({
    revision: row.revision,
    operation: row.operation,
    actor: row.actor,
    reason: row.reason,
    atMs: row.atMs,
    object: (objects[index] as CachedObject).parsed(),
  }));
}

/** The cached form of a row of the store. */
function cachedRow(core: Pick<RegistryCore, 'cache' | 'catalog'>, row: StoreRow): CachedObject {
  const bytes = asBuffer(row.bytes);
  return core.cache.entry(bytes, parseObject(bytes), core.catalog.findResource(row.resource)?.definition);
}

/** The namespace and name in a start key made by `keyAfter`. */
function readPosition(start: string): { readonly namespace: string; readonly name: string } {
  const separator = start.indexOf(' ');
  return { namespace: start.slice(0, Math.max(separator, 0)), name: start.slice(separator + 1).replace(/\0$/, '') };
}
