import { isPlainObject, ownField } from '../../meta/json.ts';
import type { Json, JsonObject } from '../../meta/object.ts';
import type { ArraySchema, Schema } from '../schema.ts';
import { objectMetaSchema } from '../standard/standard.ts';

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
  if (schema?.type === 'map') return schema.values;
  if (schema?.type !== 'object') return undefined;
  if (Object.hasOwn(schema.properties, name)) return schema.properties[name];
  return schema.embeddedResource === true && Object.hasOwn(embeddedFields, name) ? embeddedFields[name] : undefined;
}

/** What API objects inside of others have without saying so. */
const embeddedFields: Readonly<Record<string, Schema>> = {
  apiVersion: { type: 'string' },
  kind: { type: 'string' },
  metadata: objectMetaSchema,
};

/** Schema of the items of a list. */
export function itemSchema(schema: Schema | undefined): Schema | undefined {
  return schema?.type === 'array' ? schema.items : undefined;
}

/** True if `name` is a field of a type, not an entry of a map. Such fields are not owned themselves, only their leaves. */
export function hasField(schema: Schema | undefined, name: string): boolean {
  if (schema?.type !== 'object') return false;
  return (
    Object.hasOwn(schema.properties, name) || (schema.embeddedResource === true && Object.hasOwn(embeddedFields, name))
  );
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

/**
 * `k:{"port":80,"protocol":"TCP"}` or `v:"a"`; keys that an item does not have are left out, so that it is another one than
 * those that have them. `undefined` for an item that has none of its keys, or is none that a set can hold.
 */
export function itemElement(schema: KeyedList, item: Json): string | undefined {
  if (schema.listType === 'set') {
    const isScalar = item !== null && !Array.isArray(item) && !isPlainObject(item);
    return isScalar ? `v:${JSON.stringify(item)}` : undefined;
  }
  if (!isPlainObject(item)) return undefined;
  let text = '';
  for (const key of sortedKeys(schema)) {
    const value = keyValue(schema, item, key);
    if (value === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${JSON.stringify(value)}`;
  }
  return text === '' ? undefined : `k:{${text}}`;
}

/** Why an item has no path element (structured-merge-diff `listItemToPathElement`). */
export function missingKeyText(schema: KeyedList, item: Json): string {
  if (schema.listType === 'map') {
    if (item === null) return 'associative list with keys may not have a null element';
    if (!isPlainObject(item)) return 'associative list with keys may not have non-map elements';
    const keys = (schema.listMapKeys ?? []).map((key) => JSON.stringify(key)).join(' ');
    return `associative list with keys has an element that omits all key fields [${keys}] (and doesn't have default values for any key fields)`;
  }
  if (item === null) return "associative list without keys has an element that's an explicit null";
  return Array.isArray(item)
    ? 'not supported: associative list with lists as elements'
    : "associative list without keys has an element that's a map type";
}

function isKeyedList(schema: Schema | undefined): schema is KeyedList {
  return schema?.type === 'array' && (schema.listType === 'map' || schema.listType === 'set');
}

/** The value of one key of an item; keys may have defaults. */
function keyValue(schema: KeyedList, item: JsonObject, key: string): Json | undefined {
  const given = ownField(item, key);
  if (given !== undefined) return given;
  const field = fieldSchema(schema.items, key);
  return field?.default ?? field?.keyDefault;
}

function sortedKeys(schema: KeyedList): readonly string[] {
  const keys = schema.listMapKeys ?? [];
  return keys.length < 2 ? keys : [...keys].sort();
}
