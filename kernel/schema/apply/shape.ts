import { isPlainObject, ownField } from '../../meta/json.ts';
import type { Json, JsonObject } from '../../meta/object.ts';
import type { ArraySchema, Schema } from '../schema.ts';

/**
 * How server-side apply sees a value under its schema (structured-merge-diff `schema` and `typed/helpers`). Lists of
 * `listType` set and map and granular objects and maps are walked into; everything else is one leaf. Values without
 * schema are deduced: objects are granular, lists are leaves.
 */
export type Shape = 'fields' | 'items' | 'leaf';

/** A list whose items are told apart by key or value. */
export type KeyedList = ArraySchema & { readonly listType: 'set' | 'map' };

/** Top-level fields that nobody owns. */
export const untrackedFields: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

/** Top-level fields that writes of an object with a status subresource own nothing of. */
export const untrackedWithStatus: ReadonlySet<string> = new Set([...untrackedFields, 'status']);

/** Fields of `metadata` that nobody owns: identity and what the server keeps (fieldmanager `stripMeta`). */
export const untrackedMetadata: ReadonlySet<string> = new Set([
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'clusterName',
  'generation',
  'managedFields',
  'resourceVersion',
]);

/** The shape of `value`. A value of another type than its schema says is a leaf. */
export function shapeOf(value: Json, schema: Schema | undefined): Shape {
  if (typeof value !== 'object' || value === null) return 'leaf';
  if (Array.isArray(value)) return isKeyedList(schema) ? 'items' : 'leaf';
  if (!isPlainObject(value)) return 'leaf';
  if (schema === undefined || schema.type === 'any') return 'fields';
  if (schema.type === 'map') return schema.mapType === 'atomic' ? 'leaf' : 'fields';
  if (schema.type !== 'object') return 'leaf';
  return schema.mapType === 'atomic' || schema.wire !== undefined ? 'leaf' : 'fields';
}

/** Schema of the field or map entry `name`; `undefined` where it has to be deduced. */
export function fieldSchema(schema: Schema | undefined, name: string): Schema | undefined {
  if (schema?.type === 'object') return Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
  return schema?.type === 'map' ? schema.values : undefined;
}

/** Schema of the items of a list. */
export function itemSchema(schema: Schema | undefined): Schema | undefined {
  return schema?.type === 'array' ? schema.items : undefined;
}

/** True if `name` is a field of a type, not an entry of a map. Such fields are not owned themselves, only their leaves. */
export function hasField(schema: Schema | undefined, name: string): boolean {
  return schema?.type === 'object' && Object.hasOwn(schema.properties, name);
}

/** The items by path element, in order of first appearance; more than one where a stored list repeats a key. */
export function groupItems(list: readonly Json[], schema: KeyedList): ReadonlyMap<string, readonly Json[]> {
  const groups = new Map<string, Json[]>();
  for (const item of list) {
    const element = elementOf(schema, item);
    const group = groups.get(element);
    if (group === undefined) groups.set(element, [item]);
    else group.push(item);
  }
  return groups;
}

/** The path element of an item of a stored list; one without its keys stands for itself. */
export function elementOf(schema: KeyedList, item: Json): string {
  return itemElement(schema, item) ?? `v:${JSON.stringify(item)}`;
}

/** `k:{"port":80,"protocol":"TCP"}` or `v:"a"`; `undefined` when a key without default is missing. */
export function itemElement(schema: KeyedList, item: Json): string | undefined {
  if (schema.listType === 'set') return `v:${JSON.stringify(item)}`;
  if (!isPlainObject(item)) return undefined;
  let text = '';
  for (const key of sortedKeys(schema)) {
    const value = keyValue(schema, item, key);
    if (value === undefined) return undefined;
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${JSON.stringify(value)}`;
  }
  return `k:{${text}}`;
}

/** Why an item has no path element. */
export function missingKeyText(schema: KeyedList, item: Json): string {
  const key = sortedKeys(schema).find((name) => !isPlainObject(item) || keyValue(schema, item, name) === undefined);
  return `associative list with keys has an element that omits key field "${key}" (and doesn't have default value)`;
}

function isKeyedList(schema: Schema | undefined): schema is KeyedList {
  return schema?.type === 'array' && (schema.listType === 'map' || schema.listType === 'set');
}

/** The value of one key of an item; keys may have defaults, null counts as absent. */
function keyValue(schema: KeyedList, item: JsonObject, key: string): Json | undefined {
  return ownField(item, key) ?? fieldSchema(schema.items, key)?.default ?? undefined;
}

function sortedKeys(schema: KeyedList): readonly string[] {
  const keys = schema.listMapKeys ?? [];
  return keys.length < 2 ? keys : [...keys].sort();
}
