import { isPlainObject, jsonEquals } from '../../meta/json.ts';
import type { Json, JsonObject, ManagedFieldsEntry } from '../../meta/object.ts';
import type { ObjectSchema } from '../schema.ts';
import { compareObjects } from './compare.ts';
import type { Comparison, WrittenPart } from './compare.ts';
import { emptySet, isEmptySet, parseFieldSet, subtractSets, unionSets } from './field-set.ts';
import type { FieldSet } from './field-set.ts';
import { compareInVersions, type VersionedChanges, type VersionSteps } from './versions.ts';

/**
 * `metadata.managedFields`: who owns which field (apimachinery `util/managedfields`). Lists are immutable; functions
 * return the very list they were given when nothing changes. Each entry names fields as its own API version does.
 */
export type ManagedFields = readonly ManagedFieldsEntry[];

/** Most entries of operation Update; older ones are merged (`DefaultMaxUpdateManagers`). */
export const updateManagersMax = 10;
/** Manager of the entry into which the oldest Update entries are merged. */
export const ancientChanges = 'ancient-changes';
/** Manager that owns what an untracked object had before its first apply. */
export const beforeFirstApply = 'before-first-apply';
/** Most characters of a manager's name. */
export const managerLengthMax = 128;

/** Who writes, and when. */
export interface Writer {
  /** 1 … `managerLengthMax` characters. */
  readonly manager: string;
  /** `apiVersion` of the request. */
  readonly apiVersion: string;
  /** `status`, `scale` …; empty or absent for the object itself. */
  readonly subresource?: string;
  /** Now, RFC 3339. */
  readonly nowText: string;
  /** What such a write can change. Default: the whole object. */
  readonly part?: WrittenPart;
}

/** A write by create, update or patch other than apply. */
export interface RecordedUpdate extends Writer {
  /** Absent for a create. */
  readonly before?: JsonObject | undefined;
  /** What will be stored. */
  readonly after: JsonObject;
  /** Ownership to start from, see `chooseManagedFields`. */
  readonly managedFields: ManagedFields;
  /** Schema of the whole object, metadata included. */
  readonly schema: ObjectSchema;
}

/**
 * Ownership after an update: the writer takes what it added or changed, everybody loses what was removed. An existing
 * object without managed fields stays untracked until its first apply.
 */
export function* recordUpdate(update: RecordedUpdate): VersionSteps<ManagedFields> {
  const { before, after, managedFields, schema, apiVersion } = update;
  if (before !== undefined && managedFields.length === 0) return managedFields;
  const changes = compareObjects(before, after, schema, update.part);
  if (changes === undefined) return managedFields;
  const taken = unionSets(changes.added, changes.modified);
  const versioned = yield* compareInVersions({ apiVersion, before, after, changes }, managedFields);
  const entries = managedFields.flatMap((entry) => {
    const isOwn = isUpdateOf(entry, update);
    const left = isOwn ? updateOwn(entry, taken, changes, update.nowText) : releaseChanged(entry, versioned);
    return left === undefined ? [] : [left];
  });
  if (!managedFields.some((entry) => isUpdateOf(entry, update)) && !isEmptySet(taken)) {
    entries.push(newEntry('Update', update, taken));
  }
  return sortEntries(capUpdates(entries));
}

/**
 * Ownership a write starts from. Clients may rewrite it by sending managed fields with the object; `[{}]` resets it.
 * What cannot be read, an empty list and writes to a subresource leave it as it is.
 */
export function chooseManagedFields(
  sent: Json | undefined,
  current: ManagedFields,
  subresource?: string,
): ManagedFields {
  if (!Array.isArray(sent) || sent.length === 0 || (subresource ?? '') !== '') return current;
  const list = sent as readonly Json[];
  if (list.length === 1 && isPlainObject(list[0]) && Object.keys(list[0]).length === 0) return [];
  if (jsonEquals(list, current)) return current;
  const entries = list.map(parseEntry);
  return entries.every((entry) => entry !== undefined) ? entries : current;
}

/** `object` with these managed fields (none: without the field). Returns `object` itself if it has them already. */
export function withManagedFields(object: JsonObject, managedFields: ManagedFields): JsonObject {
  const metadata = isPlainObject(object['metadata']) ? object['metadata'] : {};
  if (Object.is(metadata['managedFields'], managedFields)) return object;
  const { managedFields: _old, ...rest } = metadata;
  if (managedFields.length === 0) return _old === undefined ? object : { ...object, metadata: rest };
  return { ...object, metadata: { ...rest, managedFields: managedFields as readonly unknown[] as Json } };
}

/** The managed fields an object carries. */
export function managedFieldsOf(object: JsonObject | undefined): ManagedFields {
  const metadata = object?.['metadata'];
  const list = isPlainObject(metadata) ? metadata['managedFields'] : undefined;
  return Array.isArray(list) ? (list as readonly unknown[] as ManagedFields) : [];
}

/** The set of an entry. */
export function fieldsOf(entry: ManagedFieldsEntry): FieldSet {
  return entry.fieldsV1 as FieldSet;
}

/** An entry of the writer. */
export function newEntry(operation: 'Apply' | 'Update', writer: Writer, set: FieldSet): ManagedFieldsEntry {
  const { manager, apiVersion, subresource = '', nowText } = writer;
  const entry = { manager, operation, apiVersion, time: nowText, fieldsType: 'FieldsV1', fieldsV1: set } as const;
  return subresource === '' ? entry : { ...entry, subresource };
}

/** An entry of somebody else after `taken` and `removed` are gone; `undefined` if it has nothing left. */
function releaseFields(entry: ManagedFieldsEntry, taken: FieldSet, removed: FieldSet): ManagedFieldsEntry | undefined {
  const before = fieldsOf(entry);
  const left = subtractSets(subtractSets(before, taken), removed);
  if (left === before) return entry;
  return isEmptySet(left) ? undefined : { ...entry, fieldsV1: left };
}

/** What is left of an entry of somebody else after a change, which counts in the version of the entry. */
export function releaseChanged(entry: ManagedFieldsEntry, versioned: VersionedChanges): ManagedFieldsEntry | undefined {
  const changes = versioned.get(entry.apiVersion) ?? 'gone';
  if (changes === 'gone') return undefined;
  return releaseFields(entry, unionSets(changes.added, changes.modified), changes.removed);
}

/** Applies first, then by age, as Kubernetes lists them. */
export function sortEntries(entries: ManagedFieldsEntry[]): ManagedFields {
  if (entries.length < 2) return entries;
  return entries.sort(
    (a, b) =>
      compareText(a.operation, b.operation) ||
      compareText(a.time ?? '', b.time ?? '') ||
      compareText(a.manager, b.manager) ||
      compareText(a.apiVersion, b.apiVersion) ||
      compareText(a.subresource ?? '', b.subresource ?? ''),
  );
}

/** The writer's own entry: time moves when it took fields or dropped one of its own. */
function updateOwn(
  entry: ManagedFieldsEntry,
  taken: FieldSet,
  { removed }: Comparison,
  nowText: string,
): ManagedFieldsEntry | undefined {
  const before = fieldsOf(entry);
  const after = subtractSets(unionSets(before, taken), removed);
  if (isEmptySet(after)) return undefined;
  if (after === before && isEmptySet(taken)) return entry;
  return { ...entry, time: nowText, fieldsV1: after };
}

function isUpdateOf(entry: ManagedFieldsEntry, { manager, apiVersion, subresource = '' }: Writer): boolean {
  return (
    entry.operation === 'Update' &&
    entry.manager === manager &&
    entry.apiVersion === apiVersion &&
    (entry.subresource ?? '') === subresource
  );
}

/** Merges the oldest Update entries, one bucket per API version, until few enough are left (`capManagersManager`). */
function capUpdates(entries: ManagedFieldsEntry[]): ManagedFieldsEntry[] {
  const updates = entries.filter(({ operation }) => operation === 'Update');
  if (updates.length <= updateManagersMax) return entries;
  const oldest = [...sortEntries(updates)];
  const buckets = new Map<string, ManagedFieldsEntry>();
  const merged = new Set<ManagedFieldsEntry>();
  let left = oldest.length;
  for (const entry of oldest) {
    if (left <= updateManagersMax) break;
    const bucket = buckets.get(entry.apiVersion);
    merged.add(entry);
    if (bucket === undefined) {
      buckets.set(entry.apiVersion, entry);
      continue;
    }
    left--;
    const { subresource: _dropped, ...rest } = entry;
    const fieldsV1 = unionSets(fieldsOf(bucket), fieldsOf(entry));
    buckets.set(entry.apiVersion, { ...rest, manager: ancientChanges, fieldsV1 });
  }
  return [...entries.filter((entry) => !merged.has(entry)), ...buckets.values()];
}

function parseEntry(json: Json): ManagedFieldsEntry | undefined {
  if (!isPlainObject(json)) return undefined;
  const { manager = '', operation, apiVersion, time, fieldsType, subresource = '' } = json;
  const fieldsV1 = parseFieldSet(json['fieldsV1'] ?? emptySet);
  const isText = typeof manager === 'string' && typeof apiVersion === 'string' && typeof subresource === 'string';
  if (!isText || (operation !== 'Apply' && operation !== 'Update')) return undefined;
  if (fieldsType !== 'FieldsV1' || fieldsV1 === undefined || manager.length > managerLengthMax) return undefined;
  const entry = { manager, operation, apiVersion, fieldsType, fieldsV1 } as const;
  const timed = typeof time === 'string' ? { ...entry, time } : entry;
  return subresource === '' ? timed : { ...timed, subresource };
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
