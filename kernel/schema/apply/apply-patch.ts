import { ApiError } from '../../meta/errors.ts';
import { isPlainObject, jsonEquals } from '../../meta/json.ts';
import type { Json, JsonObject, ManagedFieldsEntry } from '../../meta/object.ts';
import type { ObjectSchema } from '../schema.ts';
import { compareObjects } from './compare.ts';
import * as sets from './field-set.ts';
import type { FieldSet } from './field-set.ts';
import { kubectlManager, lastAppliedFields, withLastApplied } from './last-applied.ts';
import * as managed from './managed-fields.ts';
import type { ManagedFields, Writer } from './managed-fields.ts';
import { mergeValues } from './merge.ts';
import { removeItems, withNamedFields } from './remove.ts';
import { toFieldSet } from './to-field-set.ts';
import { compareInVersions, noChanges, type VersionedChanges, type VersionSteps } from './versions.ts';

/** One server-side apply. */
export interface ApplyPatch extends Writer {
  /** The stored object in the version of the request; absent to create it. */
  readonly live: JsonObject | undefined;
  /** What the manager wants, pruned to the schema; without managed fields. */
  readonly applied: JsonObject;
  /** Ownership of `live`. */
  readonly managedFields: ManagedFields;
  /** Take fields over from other managers instead of reporting conflicts. */
  readonly force: boolean;
  /** Schema of the whole object, metadata included. */
  readonly schema: ObjectSchema;
}

/** One field another manager owns with another value. */
export interface ApplyConflict {
  /** As messages show it: `"kubectl"`, `"hub" using apps/v1`, `"a" with subresource "status"`. */
  readonly manager: string;
  /** `.spec.items[name="a"].v` */
  readonly path: string;
}

/** The object to store and its ownership, or what stands against it. */
export type ApplyResult =
  | {
      readonly kind: 'applied';
      /** Still with the managed fields of `live`; `live` itself if no field changed. */
      readonly object: JsonObject;
      /** The given list itself if no ownership changed. */
      readonly managedFields: ManagedFields;
    }
  | { readonly kind: 'conflicts'; readonly conflicts: readonly ApplyConflict[] };

/** Fields of the applied metadata that never reach the object: the server keeps them. */
const serverMetadata = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
  'managedFields',
];

/**
 * Merges `applied` into `live` (structured-merge-diff `Updater.Apply`): what the manager applied before, does not apply
 * now and nobody else owns is removed; what others own with another value is a conflict unless forced, or unless kubectl
 * takes over what its own client-side apply set.
 * @throws {ApiError} `BadRequest` for another apiVersion, managed fields in the patch, or list items without key.
 */
export function* applyPatch(patch: ApplyPatch): VersionSteps<ApplyResult> {
  const { live, applied, schema, apiVersion } = patch;
  checkPatch(patch);
  const entries = startingEntries(patch);
  const own = entries.find((entry) => isApplyOf(entry, patch));
  const others = entries.filter((entry) => entry !== own);
  const set = toFieldSet(applied, schema);
  const body = withoutServerMetadata(applied);
  const merged = live === undefined ? body : (mergeValues(live, body, schema) as JsonObject);
  const object = own === undefined ? merged : yield* dropFields(merged, { own, others, set, schema, apiVersion });
  const changes = (object === live ? undefined : compareObjects(live ?? {}, object, schema)) ?? noChanges;
  const versioned = yield* compareInVersions({ apiVersion, before: live ?? {}, after: object, changes }, others);
  const conflicts = patch.force ? [] : findConflicts(patch, others, versioned);
  if (conflicts.length > 0) return { kind: 'conflicts', conflicts };
  const kept = others.flatMap((entry) => managed.releaseChanged(entry, versioned) ?? []);
  const next = ownEntry(patch, own, set, object !== live);
  const all = next === undefined ? kept : [...kept, next];
  const isSame = all.length === patch.managedFields.length && all.every((entry) => patch.managedFields.includes(entry));
  return {
    kind: 'applied',
    object: withLastApplied(object, patch),
    managedFields: isSame ? patch.managedFields : managed.sortEntries(all),
  };
}

/** What `applyPatch` found as the error of the API (HTTP 409), with the message and causes of Kubernetes. */
export function applyConflictError(conflicts: readonly ApplyConflict[]): ApiError {
  const causes = conflicts.map(({ manager, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${manager}`,
    field: path,
  }));
  return new ApiError('Conflict', conflictText(conflicts), { causes });
}

function conflictText(conflicts: readonly ApplyConflict[]): string {
  const [first] = conflicts;
  if (conflicts.length === 1) return `Apply failed with 1 conflict: conflict with ${first?.manager}: ${first?.path}`;
  const managers = [...new Set(conflicts.map(({ manager }) => manager))].sort();
  const lines = managers.flatMap((manager) => [
    `conflicts with ${manager}:`,
    ...conflicts.filter((conflict) => conflict.manager === manager).map(({ path }) => `- ${path}`),
  ]);
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}

function checkPatch({ applied, apiVersion }: ApplyPatch): void {
  if (applied['apiVersion'] !== apiVersion) {
    const specified = `Specified patch version: ${JSON.stringify(applied['apiVersion'])}, expected: ${apiVersion}`;
    throw new ApiError('BadRequest', `Incorrect version specified in apply patch. ${specified}`);
  }
  if (managed.managedFieldsOf(applied).length > 0)
    throw new ApiError('BadRequest', 'metadata.managedFields must be nil');
}

/** An object nobody tracked yet is taken to be the work of one manager of old. */
function startingEntries(patch: ApplyPatch): ManagedFields {
  const { live, managedFields, schema, part } = patch;
  if (live === undefined || managedFields.length > 0) return managedFields;
  const fields = compareObjects(undefined, live, schema, part)?.added;
  if (fields === undefined) return managedFields;
  return [managed.newEntry('Update', { ...patch, manager: managed.beforeFirstApply }, fields)];
}

interface Dropping {
  readonly own: ManagedFieldsEntry;
  readonly others: ManagedFields;
  /** What the manager applies now. */
  readonly set: FieldSet;
  readonly schema: ObjectSchema;
  /** In which `merged` and `set` are. */
  readonly apiVersion: string;
}

/**
 * Removes what the manager's last apply had, this one has not, and nobody else owns. The last apply counts in its own
 * version, what others own in theirs (structured-merge-diff `Updater.prune`).
 */
function* dropFields(merged: JsonObject, dropping: Dropping): VersionSteps<JsonObject> {
  const { own, others, set, schema, apiVersion } = dropping;
  const last = managed.fieldsOf(own);
  const isSameVersion = own.apiVersion === apiVersion;
  if (isSameVersion && sets.isEmptySet(sets.subtractSets(last, set))) return merged;
  const owned = ownedByVersion(others, { apiVersion, set });
  const start = isSameVersion ? { object: merged, schema } : yield { object: merged, apiVersion: own.apiVersion };
  if (start === undefined) return merged; // nobody knows any more what was applied
  const dropped = notOwned(last, owned.get(own.apiVersion), start.schema);
  const left = removeItems(start.object, dropped, start.schema) as JsonObject;
  if (left === start.object) return merged;
  owned.delete(own.apiVersion);
  const pruned = yield* addBackOwned({ apiVersion: own.apiVersion, merged: start.object, left }, owned);
  if (pruned.apiVersion === apiVersion) return pruned.left;
  return (yield { object: pruned.left, apiVersion })?.object ?? merged;
}

/** What is owned, in each version in which somebody owns something. */
function ownedByVersion(
  others: ManagedFields,
  own: { readonly apiVersion: string; readonly set: FieldSet },
): Map<string, FieldSet> {
  const owned = new Map([[own.apiVersion, own.set]]);
  for (const entry of others) {
    const known = owned.get(entry.apiVersion) ?? sets.emptySet;
    owned.set(entry.apiVersion, sets.unionSets(known, managed.fieldsOf(entry)));
  }
  return owned;
}

function notOwned(fields: FieldSet, owned: FieldSet = sets.emptySet, schema: ObjectSchema): FieldSet {
  return sets.subtractSets(withNamedFields(fields, schema), withNamedFields(owned, schema));
}

/** An object before and after fields were dropped, in one version. */
interface Pruned {
  readonly apiVersion: string;
  readonly merged: JsonObject;
  readonly left: JsonObject;
}

/** Puts back what owners of other versions own of what was dropped, version by version. */
function* addBackOwned(pruned: Pruned, owned: ReadonlyMap<string, FieldSet>): VersionSteps<Pruned> {
  let current = pruned;
  for (const [apiVersion, set] of owned) {
    const merged = yield { object: current.merged, apiVersion };
    const left = yield { object: current.left, apiVersion };
    if (merged === undefined || left === undefined) continue;
    const { schema } = merged;
    const lost = sets.subtractSets(
      notOwned(toFieldSet(merged.object, schema), toFieldSet(left.object, schema), schema),
      withNamedFields(set, schema),
    );
    current = { apiVersion, merged: merged.object, left: removeItems(merged.object, lost, schema) as JsonObject };
  }
  return current;
}

function findConflicts(
  patch: ApplyPatch,
  others: ManagedFields,
  versioned: VersionedChanges,
): readonly ApplyConflict[] {
  return others.flatMap((entry) => {
    const changes = versioned.get(entry.apiVersion) ?? 'gone';
    if (changes === 'gone') return [];
    const taken = contested(patch, entry, sets.unionSets(changes.added, changes.modified));
    const paths = sets.listPaths(sets.intersectSets(managed.fieldsOf(entry), taken));
    return paths.map((path) => ({ manager: showManager(entry), path: sets.formatPath(path) }));
  });
}

/** Nobody contests what kubectl takes over from its own client-side apply. */
function contested({ live, manager, schema, apiVersion }: ApplyPatch, entry: ManagedFieldsEntry, taken: FieldSet) {
  const isMigration = live !== undefined && manager === kubectlManager && entry.apiVersion === apiVersion;
  if (!isMigration || sets.isEmptySet(taken)) return taken;
  return sets.subtractSets(taken, lastAppliedFields(live, schema));
}

function showManager({ manager, subresource = '', operation, apiVersion }: ManagedFieldsEntry): string {
  const name = JSON.stringify(manager) + (subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`);
  return operation === 'Update' ? `${name} using ${apiVersion}` : name;
}

/** The manager's entry: replaced by what it applies now; its time moves when that or the object changed. */
function ownEntry(
  patch: ApplyPatch,
  last: ManagedFieldsEntry | undefined,
  set: FieldSet,
  changed: boolean,
): ManagedFieldsEntry | undefined {
  if (sets.isEmptySet(set)) return undefined;
  const isSame =
    last !== undefined && last.apiVersion === patch.apiVersion && sets.equalSets(managed.fieldsOf(last), set);
  return isSame && !changed ? last : managed.newEntry('Apply', patch, set);
}

/** An applier keeps one entry across API versions. */
function isApplyOf(entry: ManagedFieldsEntry, { manager, subresource = '' }: Writer): boolean {
  return entry.operation === 'Apply' && entry.manager === manager && (entry.subresource ?? '') === subresource;
}

function withoutServerMetadata(applied: JsonObject): JsonObject {
  const metadata = applied['metadata'];
  if (!isPlainObject(metadata) || !serverMetadata.some((name) => Object.hasOwn(metadata, name))) return applied;
  const rest: Record<string, Json> = { ...metadata };
  for (const name of serverMetadata) delete rest[name];
  return jsonEquals(rest, metadata) ? applied : { ...applied, metadata: rest };
}
