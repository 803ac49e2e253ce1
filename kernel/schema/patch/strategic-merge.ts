import { ApiError } from '../../meta/errors.ts';
import { isPlainObject, jsonEquals, ownField } from '../../meta/json.ts';
import type { Json, JsonObject } from '../../meta/object.ts';
import type { ArraySchema, Schema } from '../schema.ts';

/**
 * Strategic merge patch of Kubernetes (apimachinery `util/strategicpatch`, server side): a merge patch in which lists
 * marked `patchStrategy: merge` merge item by item, and in which `$`-directives reorder, replace and delete.
 * What the schema does not know merges as in a merge patch.
 */

const deletePrefix = '$deleteFromPrimitiveList/';
const orderPrefix = '$setElementOrder/';

/**
 * Applies `patch` to `target` (absent: to an empty object) under `schema`. `target` is not changed; the result shares
 * what the patch leaves alone and is `target` itself when nothing changes.
 * @throws {ApiError} `BadRequest` for malformed directives; `Invalid` for list items without their merge key.
 */
export function applyStrategicMerge(target: JsonObject | undefined, patch: JsonObject, schema: Schema): JsonObject {
  const merged = mergeObject(target, patch, schema);
  return target !== undefined && jsonEquals(merged, target) ? target : merged;
}

function mergeObject(target: JsonObject | undefined, patch: JsonObject, schema: Schema | undefined): JsonObject {
  const directive = patch['$patch'];
  if (directive === 'delete') return {};
  if (directive === 'replace') return mergeObject(undefined, withoutField(patch, '$patch'), schema);
  if (directive !== undefined && directive !== 'merge') throw unknownDirective(directive);
  const draft: Record<string, Json> = { ...target };
  retainKeys(draft, patch);
  if (patch['$setElementOrder'] !== undefined)
    throw malformed('$setElementOrder names no field: want $setElementOrder/<field>');
  for (const name in patch) if (name.startsWith(deletePrefix)) deleteValues(draft, name, patch[name]);
  for (const name in patch) {
    if (isDirective(name)) continue;
    const change = patch[name];
    if (change === null) delete draft[name];
    else if (change !== undefined) draft[name] = mergeField(ownField(draft, name), change, fieldSchema(schema, name));
  }
  for (const name in patch) {
    if (name.startsWith(orderPrefix)) reorder(draft, { target, patch, name, schema });
  }
  return draft;
}

function mergeField(old: Json | undefined, change: Json, schema: Schema | undefined): Json {
  if (Array.isArray(change)) {
    const list = Array.isArray(old) ? (old as readonly Json[]) : [];
    return isMergedList(schema) ? mergeList(list, change as readonly Json[], schema) : change;
  }
  if (!isPlainObject(change)) return change;
  const replaces = schema?.type === 'object' && schema.patchStrategy?.includes('replace') === true;
  return mergeObject(isPlainObject(old) && !replaces ? old : undefined, change, schema);
}

/** `$retainKeys`: fields of the target not named there go; the patch must not set others. */
function retainKeys(draft: Record<string, Json>, patch: JsonObject): void {
  const retained = patch['$retainKeys'];
  if (retained === undefined) return;
  if (!Array.isArray(retained)) throw malformed('$retainKeys is not a list');
  const names = new Set<Json>(retained as readonly Json[]);
  for (const name in patch) {
    const isSet = patch[name] !== null && !isDirective(name);
    if (isSet && !names.has(name)) throw malformed(`"${name}" is set but not in $retainKeys`);
  }
  for (const name in draft) if (!names.has(name)) delete draft[name];
}

/** `$deleteFromPrimitiveList/<field>`: takes scalars out of a list. */
function deleteValues(draft: Record<string, Json>, directive: string, values: Json | undefined): void {
  if (!Array.isArray(values)) throw malformed(`${directive} is not a list`);
  const name = directive.slice(deletePrefix.length);
  const list = ownField(draft, name);
  if (!Array.isArray(list)) return;
  const deleted = new Set<Json>(values as readonly Json[]);
  draft[name] = (list as readonly Json[]).filter((item) => !deleted.has(item));
}

function mergeList(list: readonly Json[], patch: readonly Json[], schema: ArraySchema): readonly Json[] {
  if (list.length === 0 && patch.length === 0) return list;
  const sample = patch[0] ?? list[0];
  if (!isPlainObject(sample)) {
    const merged = [...new Set([...list, ...patch])];
    return mergeOrder(merged, patch, list);
  }
  return mergeItems(list, patch, schema);
}

/** Merges lists of objects by their merge key, after the `$patch` items of the patch were obeyed. */
function mergeItems(list: readonly Json[], patch: readonly Json[], schema: ArraySchema): readonly Json[] {
  const key = schema.patchMergeKey;
  if (key === undefined) throw refused('the list has no merge key');
  let kept = list;
  let replaces = false;
  const changes: JsonObject[] = [];
  for (const item of patch) {
    const directive = isPlainObject(item) ? item['$patch'] : undefined;
    if (directive === 'replace') replaces = true;
    else if (directive === 'delete')
      kept = kept.filter((other) => !jsonEquals(mergeKey(other, key), mergeKey(item, key)));
    else if (directive === undefined || directive === 'merge') changes.push(item as JsonObject);
    else throw unknownDirective(directive);
  }
  if (replaces) return changes.map((item) => mergeObject(undefined, item, schema.items));
  const merged = [...kept];
  for (const change of changes) {
    const value = mergeKey(change, key);
    const index = merged.findIndex((item) => jsonEquals(mergeKey(item, key), value));
    if (index < 0) merged.push(mergeObject(undefined, change, schema.items));
    else merged[index] = mergeObject(merged[index] as JsonObject, change, schema.items);
  }
  return mergeOrder(merged, changes, kept, key);
}

interface Reorder {
  readonly target: JsonObject | undefined;
  readonly patch: JsonObject;
  /** The directive, `$setElementOrder/<field>`. */
  readonly name: string;
  readonly schema: Schema | undefined;
}

/** `$setElementOrder/<field>`: the order of the client's items; items only the server has keep theirs. */
function reorder(draft: Record<string, Json>, { target, patch, name, schema }: Reorder): void {
  const order = patch[name];
  if (!Array.isArray(order)) throw malformed(`${name} is not a list`);
  const field = name.slice(orderPrefix.length);
  const merged = ownField(draft, field);
  if (!Array.isArray(merged)) return;
  const listSchema = fieldSchema(schema, field);
  const key = isMergedList(listSchema) ? listSchema.patchMergeKey : undefined;
  const wanted = order as readonly Json[];
  checkOrder(wanted, ownField(patch, field), key, name);
  const before = ownField(target, field);
  draft[field] = mergeOrder(
    merged as readonly Json[],
    wanted,
    Array.isArray(before) ? (before as readonly Json[]) : [],
    key,
  );
}

/** The items a patch sets must appear in `$setElementOrder`, in the same order. */
function checkOrder(order: readonly Json[], patch: Json | undefined, key: string | undefined, name: string): void {
  if (!Array.isArray(patch)) return;
  let last = -1;
  for (const item of patch as readonly Json[]) {
    if (isPlainObject(item) && item['$patch'] !== undefined) continue;
    last = indexOfItem(order, item, key, last + 1);
    if (last < 0) throw malformed(`items of the patch are missing from ${name} or in another order`);
  }
}

/**
 * Items of `merged` that are in `order` take its order, the others that of `before`; where the two kinds meet, `before`
 * decides, and items it does not know come first (strategicpatch `mergeSortedSlice`).
 */
function mergeOrder(
  merged: readonly Json[],
  order: readonly Json[],
  before: readonly Json[],
  key?: string,
): readonly Json[] {
  const [orderOf, beforeOf] = [ranks(order, key), ranks(before, key)];
  const rankOf = (item: Json) => identity(item, key);
  const named = merged.filter((item) => orderOf.has(rankOf(item)));
  const others = merged.filter((item) => !orderOf.has(rankOf(item)));
  const byRank = (rank: ReadonlyMap<Json, number>) => (a: Json, b: Json) =>
    (rank.get(rankOf(a)) ?? rank.size) - (rank.get(rankOf(b)) ?? rank.size);
  named.sort(byRank(orderOf));
  others.sort(byRank(beforeOf));
  const result: Json[] = [];
  while (named.length > 0 && others.length > 0) {
    const left = beforeOf.get(rankOf(named[0] as Json));
    const right = beforeOf.get(rankOf(others[0] as Json));
    const takesOther = left !== undefined && right !== undefined && right < left;
    result.push((takesOther ? others : named).shift() as Json);
  }
  return [...result, ...named, ...others];
}

function ranks(list: readonly Json[], key: string | undefined): ReadonlyMap<Json, number> {
  const found = new Map<Json, number>();
  list.forEach((item, index) => {
    const value = identity(item, key);
    if (!found.has(value)) found.set(value, index);
  });
  return found;
}

function indexOfItem(list: readonly Json[], item: Json, key: string | undefined, start: number): number {
  const value = identity(item, key);
  return list.findIndex((other, index) => index >= start && identity(other, key) === value);
}

/** What tells one item of a merged list from another: the value of the merge key, or the scalar itself. */
function identity(item: Json, key: string | undefined): Json {
  if (key !== undefined) return mergeKey(item, key);
  return typeof item === 'object' && item !== null ? JSON.stringify(item) : item;
}

function mergeKey(item: Json, key: string): Json {
  const value = ownField(item, key);
  if (value === undefined) throw refused(`${JSON.stringify(item)} does not contain declared merge key: ${key}`);
  return value;
}

function isMergedList(schema: Schema | undefined): schema is ArraySchema {
  return schema?.type === 'array' && schema.patchStrategy?.includes('merge') === true;
}

function fieldSchema(schema: Schema | undefined, name: string): Schema | undefined {
  if (schema?.type === 'map') return schema.values;
  return schema?.type === 'object' && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
}

function isDirective(name: string): boolean {
  if (!name.startsWith('$')) return false;
  return name === '$patch' || name === '$retainKeys' || name.startsWith(deletePrefix) || name.startsWith(orderPrefix);
}

function withoutField(object: JsonObject, name: string): JsonObject {
  const { [name]: _dropped, ...rest } = object;
  return rest;
}

function unknownDirective(directive: Json): ApiError {
  return malformed(`unknown $patch ${JSON.stringify(directive)}: must be replace, delete or merge`);
}

function malformed(why: string): ApiError {
  return new ApiError('BadRequest', `Cannot read strategic merge patch: ${why}`);
}

function refused(why: string): ApiError {
  return new ApiError('Invalid', `Cannot apply strategic merge patch: ${why}`);
}
