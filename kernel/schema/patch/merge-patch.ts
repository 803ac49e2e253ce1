import { isPlainObject, jsonEquals } from '../../meta/json.ts';
import type { Json, JsonObject } from '../../meta/object.ts';

/**
 * JSON Merge Patch (RFC 7396) on immutable values: the result shares every part with `target` that the patch leaves
 * alone, and is `target` itself when nothing changes.
 */
export function applyMergePatch(target: Json | undefined, patch: Json): Json {
  if (!isPlainObject(patch)) return patch;
  const before = isPlainObject(target) ? target : undefined;
  let after: Record<string, Json> | undefined = before === undefined ? {} : undefined;
  for (const name in patch) {
    const change = patch[name];
    if (change === undefined) continue;
    const old = before !== undefined && Object.hasOwn(before, name) ? before[name] : undefined;
    if (change === null) {
      if (old === undefined) continue;
      after ??= { ...before };
      delete after[name];
      continue;
    }
    const merged = applyMergePatch(old, change);
    if (merged === old || (old !== undefined && !isPlainObject(merged) && jsonEquals(merged, old))) continue;
    after ??= { ...before };
    after[name] = merged;
  }
  return after ?? (before as JsonObject);
}

/**
 * The smallest merge patch that turns `before` into `after`; `undefined` when they are equal. Fields of `after` that
 * are `undefined` count as absent; so do those that are null, since a merge patch cannot set null.
 */
export function diffMerge(before: object, after: object): JsonObject | undefined {
  const [left, right] = [before as JsonObject, after as JsonObject];
  const patch: Record<string, Json> = {};
  for (const name in left) {
    if (!isPresent(right, name) && isPresent(left, name)) patch[name] = null;
  }
  for (const name in right) {
    if (!isPresent(right, name)) continue;
    const [old, value] = [isPresent(left, name) ? left[name] : undefined, right[name] as Json];
    const change = isPlainObject(old) && isPlainObject(value) ? diffMerge(old, value) : diffValue(old, value);
    if (change !== undefined) patch[name] = change;
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}

function diffValue(old: Json | undefined, value: Json): Json | undefined {
  return jsonEquals(old, value) ? undefined : value;
}

function isPresent(object: JsonObject, name: string): boolean {
  return Object.hasOwn(object, name) && object[name] !== undefined && object[name] !== null;
}
