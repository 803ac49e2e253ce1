import type { Json, JsonObject } from '../../meta/object.ts';
import type { Schema } from '../schema.ts';
import { emptySet, isEmptySet, isMemberNode } from './field-set.ts';
import type { FieldSet } from './field-set.ts';
import * as shape from './shape.ts';

/** `value` without the fields and items in `set`, each with all that is below it. A list or map may become empty. */
export function removeItems(value: Json, set: FieldSet, schema: Schema | undefined): Json {
  return filter(value, schema, set, (item, node, inner) => {
    if (node === undefined) return item;
    return isMemberNode(node) ? undefined : removeItems(item, node, inner);
  });
}

/** Only the fields and items of `value` that are in `set`, with what they are nested in. */
export function extractItems(value: Json, set: FieldSet, schema: Schema | undefined): Json {
  return filter(value, schema, set, (item, node, inner) => {
    return node === undefined ? undefined : extractItems(item, node, inner);
  });
}

/**
 * The set with the named fields of types added in which it has something: who owns `spec.replicas` also holds `spec`
 * (structured-merge-diff `EnsureNamedFieldsAreMembers`). It tells what goes when an owner lets go. `metadata` never goes.
 */
export function withNamedFields(set: FieldSet, schema: Schema | undefined): FieldSet {
  const closed: Record<string, FieldSet> = {};
  for (const element in set) {
    const name = element.slice(2);
    const isNamed = name !== 'metadata' && shape.hasField(schema, name);
    closed[element] = closeNode(set[element] as FieldSet, shape.fieldSchema(schema, name), isNamed);
  }
  return closed;
}

function closeNode(node: FieldSet, schema: Schema | undefined, isNamed: boolean): FieldSet {
  if (isEmptySet(node)) return node;
  const closed: Record<string, FieldSet> = {};
  if (isNamed || node['.'] !== undefined) closed['.'] = emptySet;
  for (const element in node) {
    if (element === '.') continue;
    const name = element.slice(2);
    const isField = element.startsWith('f:');
    const inner = isField ? shape.fieldSchema(schema, name) : shape.itemSchema(schema);
    closed[element] = closeNode(node[element] as FieldSet, inner, isField && shape.hasField(schema, name));
  }
  return closed;
}

type Keep = (item: Json, node: FieldSet | undefined, schema: Schema | undefined) => Json | undefined;

/** `value` with `keep` applied to every field or item; `value` itself if that keeps all. */
function filter(value: Json, schema: Schema | undefined, set: FieldSet, keep: Keep): Json {
  const seen = shape.shapeOf(value, schema);
  if (seen === 'leaf') return value;
  if (seen === 'items') {
    const list = schema as shape.KeyedList;
    const items = value as readonly Json[];
    const kept = items.map((item) => keep(item, set[shape.elementOf(list, item)], list.items));
    return kept.every((item, index) => item === items[index]) ? value : kept.filter((item) => item !== undefined);
  }
  const fields = value as JsonObject;
  let result: Record<string, Json> | undefined;
  for (const name in fields) {
    const old = fields[name];
    if (old === undefined) continue;
    const kept = keep(old, set[`f:${name}`], shape.fieldSchema(schema, name));
    if (kept === old) continue;
    result ??= { ...fields };
    if (kept === undefined) delete result[name];
    else result[name] = kept;
  }
  return result ?? value;
}
