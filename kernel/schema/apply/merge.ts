import { jsonEquals, ownField } from '../../meta/json.ts';
import type { Json, JsonObject } from '../../meta/object.ts';
import type { Schema } from '../schema.ts';
import * as shape from './shape.ts';

/**
 * `live` with everything that `applied` says (structured-merge-diff `Merge`). Nothing is removed; items of keyed lists
 * take the order of `applied` where it names them. Returns `live` itself when nothing changes.
 */
export function mergeValues(live: Json, applied: Json, schema: Schema | undefined): Json {
  const [left, right] = [shape.shapeOf(live, schema), shape.shapeOf(applied, schema)];
  if (left === 'fields' && right === 'fields') return mergeFields(live as JsonObject, applied as JsonObject, schema);
  if (left === 'items' && right === 'items') {
    return mergeItems(live as readonly Json[], applied as readonly Json[], schema as shape.KeyedList);
  }
  // Null says nothing of what a list or map holds, but that there is none.
  const keepsLive = (applied === null && left !== 'leaf' && !isEmpty(live)) || jsonEquals(live, applied);
  return keepsLive ? live : applied;
}

function isEmpty(value: Json): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return (Array.isArray(value) ? value : Object.keys(value)).length === 0;
}

function mergeFields(live: JsonObject, applied: JsonObject, schema: Schema | undefined): JsonObject {
  let merged: Record<string, Json> | undefined;
  for (const name in applied) {
    const [old, change] = [ownField(live, name), applied[name]];
    if (change === undefined) continue;
    const value = old === undefined ? change : mergeValues(old, change, shape.fieldSchema(schema, name));
    if (value === old) continue;
    merged ??= { ...live };
    merged[name] = value;
  }
  return merged ?? live;
}

function mergeItems(live: readonly Json[], applied: readonly Json[], schema: shape.KeyedList): readonly Json[] {
  const [left, right] = [shape.groupItems(live, schema), shape.groupItems(applied, schema)];
  const merged: Json[] = [];
  for (const element of mergeOrder([...left.keys()], [...right.keys()])) {
    const [mine = [], theirs] = [left.get(element), right.get(element)];
    if (theirs === undefined) merged.push(...mine);
    else
      merged.push(
        mine.length === 1 ? mergeValues(mine[0] as Json, theirs[0] as Json, schema.items) : (theirs[0] as Json),
      );
  }
  const isSame = merged.length === live.length && merged.every((item, index) => item === live[index]);
  return isSame ? live : merged;
}

/**
 * The order of two lists of distinct elements merged: elements of both as on the right; those of one side only keep
 * their place among their neighbours, left before right (structured-merge-diff `visitListItems`).
 */
export function mergeOrder(left: readonly string[], right: readonly string[]): readonly string[] {
  const [inLeft, inRight] = [new Set(left), new Set(right)];
  const shared = right.filter((element) => inLeft.has(element));
  const order: string[] = [];
  let [l, r, s] = [0, 0, 0];
  while (l < left.length || r < right.length) {
    const [mine, theirs] = [left[l], right[r]];
    if (mine !== undefined && !inRight.has(mine)) {
      order.push(mine);
      l++;
    } else if (mine !== undefined && (mine !== shared[s] || theirs === undefined)) {
      l++; // of both, but not the next one of both on the right: taken when the right comes to it
    } else {
      order.push(theirs as string);
      if (theirs === mine) l++;
      if (theirs === shared[s]) s++;
      r++;
    }
  }
  return order;
}
