import { jsonEquals } from '../../../kernel/meta/json.ts';
import { type Json, type JsonObject, isJsonObject } from '../../../kernel/meta/object.ts';
import type { ArraySchema, Schema } from '../../../kernel/schema/schema.ts';

/**
 * Paths to single fields inside an object, as server-side apply sees them: maps and associative lists are looked
 * into, atomic ones are one field (structured-merge-diff `fieldpath`).
 */
export type FieldPath = readonly PathStep[];

/** One step of a path: a field of an object, an element of an associative list by its keys, an element of a set. */
export type PathStep =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'keys'; readonly keys: JsonObject }
  | { readonly kind: 'value'; readonly value: Json };

/** A field that somebody sets, and to what. */
export interface Leaf {
  readonly path: FieldPath;
  readonly value: Json;
}

/** Text form, as apply conflicts name fields: `.spec.containers[name="web"].image`. */
export function formatPath(path: FieldPath): string {
  return path.map(formatStep).join('');
}

function formatStep(step: PathStep): string {
  switch (step.kind) {
    case 'field':
      return `.${step.name}`;
    case 'value':
      return `[=${JSON.stringify(step.value)}]`;
    case 'keys': {
      const pairs = Object.entries(step.keys).sort(([a], [b]) => (a < b ? -1 : 1));
      return `[${pairs.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
    }
  }
}

/** Every field that `value` sets, in document order. Without a schema objects are looked into and lists are atomic. */
export function leavesOf(value: Json, schema: Schema | undefined, path: FieldPath = []): readonly Leaf[] {
  if (value === null) return [];
  if (Array.isArray(value)) return listLeaves(value, schema, path);
  if (!isJsonObject(value) || (schema !== undefined && 'mapType' in schema && schema.mapType === 'atomic')) {
    return [{ path, value }];
  }
  const entries = Object.entries(value);
  if (entries.length === 0) return [{ path, value }];
  return entries.flatMap(([name, child]) =>
    leavesOf(child, childSchema(schema, name), [...path, { kind: 'field', name }]),
  );
}

function listLeaves(list: readonly Json[], schema: Schema | undefined, path: FieldPath): readonly Leaf[] {
  if (schema?.type !== 'array' || list.length === 0) return [{ path, value: list }];
  if (schema.listType === 'set') {
    return list.map((value) => ({ path: [...path, { kind: 'value', value } as const], value }));
  }
  if (schema.listType !== 'map') return [{ path, value: list }];
  return list.flatMap((item) => leavesOf(item, schema.items, [...path, { kind: 'keys', keys: keysOf(item, schema) }]));
}

function childSchema(schema: Schema | undefined, name: string): Schema | undefined {
  if (schema?.type === 'map') return schema.values;
  return schema?.type === 'object' ? schema.properties[name] : undefined;
}

/** Keys of an element; a key that is left out has its default, as in server-side apply. */
function keysOf(item: Json, schema: ArraySchema): JsonObject {
  const fields = isJsonObject(item) ? item : {};
  const keys: Record<string, Json> = {};
  for (const key of schema.listMapKeys ?? []) {
    const value = fields[key] ?? childSchema(schema.items, key)?.default;
    if (value !== undefined) keys[key] = value;
  }
  return keys;
}

/** The value at a path; `undefined` when something on the way is missing. */
export function valueAt(root: Json | undefined, path: FieldPath): Json | undefined {
  let value: Json | undefined = root;
  for (const step of path) {
    value = child(value, step);
    if (value === undefined) return undefined;
  }
  return value;
}

function child(value: Json | undefined, step: PathStep): Json | undefined {
  if (step.kind === 'field')
    return isJsonObject(value) && Object.hasOwn(value, step.name) ? value[step.name] : undefined;
  if (!Array.isArray(value)) return undefined;
  return (value as readonly Json[]).find((item) => matchesStep(item, step));
}

function matchesStep(item: Json, step: Exclude<PathStep, { kind: 'field' }>): boolean {
  if (step.kind === 'value') return jsonEquals(item, step.value);
  return isJsonObject(item) && Object.entries(step.keys).every(([key, value]) => jsonEquals(item[key] ?? value, value));
}

/**
 * A copy of `root` without the field at `path`. Containers stay, even when they are empty afterwards, and so do the
 * keys of list elements: without them the element could not be named.
 */
export function withoutPath<T extends Json>(root: T, path: FieldPath): T {
  return removeAt(root, path) as T;
}

function removeAt(value: Json, [step, ...rest]: FieldPath): Json {
  if (step === undefined) return value;
  if (step.kind === 'field') {
    if (!isJsonObject(value) || !Object.hasOwn(value, step.name)) return value;
    const { [step.name]: target, ...others } = value;
    return rest.length === 0 || target === undefined ? others : { ...value, [step.name]: removeAt(target, rest) };
  }
  if (!Array.isArray(value)) return value;
  const list = value as readonly Json[];
  if (rest.length === 0) return list.filter((item) => !matchesStep(item, step));
  const isKey = rest.length === 1 && step.kind === 'keys' && rest[0]?.kind === 'field' && rest[0].name in step.keys;
  return isKey ? list : list.map((item) => (matchesStep(item, step) ? removeAt(item, rest) : item));
}

/** True if a `fieldsV1` set (`metadata.managedFields[]`) contains the path. */
export function ownsPath(fields: JsonObject, path: FieldPath): boolean {
  let node: Json | undefined = fields;
  for (const step of path) {
    if (!isJsonObject(node)) return false;
    node = ownedChild(node, step);
    if (node === undefined) return false;
  }
  return true;
}

function ownedChild(node: JsonObject, step: PathStep): Json | undefined {
  if (step.kind === 'field') return node[`f:${step.name}`];
  const prefix = step.kind === 'keys' ? 'k:' : 'v:';
  const wanted = step.kind === 'keys' ? step.keys : step.value;
  for (const [key, value] of Object.entries(node)) {
    if (key.startsWith(prefix) && jsonEquals(JSON.parse(key.slice(prefix.length)), wanted)) return value;
  }
  return undefined;
}
