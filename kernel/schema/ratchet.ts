import { canonicalJson } from '../meta/canonical-json.ts';
import { isPlainObject, jsonEquals } from '../meta/json.ts';
import type { Schema } from './schema.ts';

/**
 * Ratcheting (KEP-4008): what was there before and did not change need not follow rules that came since. Old and new values
 * are matched the way Kubernetes does (`apiserver/pkg/cel/common/equality.go`).
 */
export class Correlated {
  readonly value: unknown;
  readonly old: unknown;
  readonly schema: Schema;
  #isEqual: boolean | undefined;

  constructor(value: unknown, old: unknown, schema: Schema) {
    this.value = value;
    this.old = old;
    this.schema = schema;
  }

  /** True if nothing changed. Lists of type map are the same in any order. */
  isEqual(): boolean {
    this.#isEqual ??= this.#compare();
    return this.#isEqual;
  }

  #compare(): boolean {
    const { value, old, schema } = this;
    const isKeyed = schema.type === 'array' && schema.listType === 'map';
    if (!isKeyed || !Array.isArray(value) || !Array.isArray(old)) return jsonEquals(value, old);
    return value.length === old.length && value.every((_item, index) => this.index(index)?.isEqual() === true);
  }

  /** The field or entry in both. @returns `undefined` if it is not in both. */
  key(name: string): Correlated | undefined {
    const { value, old } = this;
    if (!isPlainObject(value) || !isPlainObject(old)) return undefined;
    if (!Object.hasOwn(value, name) || !Object.hasOwn(old, name)) return undefined;
    const schema = fieldSchema(this.schema, name);
    return schema === undefined ? undefined : new Correlated(value[name], old[name], schema);
  }

  /** The item in both: by keys, by position where the list has no type, else none. */
  index(position: number): Correlated | undefined {
    const { value, old, schema } = this;
    if (!Array.isArray(value) || !Array.isArray(old) || schema.type !== 'array') return undefined;
    const item: unknown = value[position];
    const before = schema.listType === undefined ? (old[position] as unknown) : oldItem(schema, item, old);
    return before === undefined ? undefined : new Correlated(item, before, schema.items);
  }
}

function fieldSchema(schema: Schema, name: string): Schema | undefined {
  if (schema.type === 'map') return schema.values;
  return schema.type === 'object' && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
}

/** The item of a list of type map that has the same keys; lists of other types have none. */
export function oldItem(schema: Schema, item: unknown, old: readonly unknown[]): unknown {
  if (schema.type !== 'array' || schema.listType !== 'map') return undefined;
  const { listMapKeys = [], items } = schema;
  const identityOf = (one: unknown) =>
    isPlainObject(one) ? canonicalJson(listMapKeys.map((key) => one[key] ?? defaultOf(items, key))) : undefined;
  const identity = identityOf(item);
  return identity === undefined ? undefined : old.find((one) => identityOf(one) === identity);
}

function defaultOf(items: Schema, key: string): unknown {
  return items.type === 'object' ? (items.properties[key]?.default ?? null) : null;
}

/** True if what a finding at the path speaks of, or something around it, did not change. */
export function isUnchanged(root: Correlated, path: string): boolean {
  let [at, rest]: [Correlated | undefined, string] = [root, path];
  while (at !== undefined) {
    if (at.isEqual()) return true;
    if (rest === '') return false;
    const step = stepOf(at, rest);
    if (step === undefined) return false;
    [at, rest] = step;
  }
  return false;
}

/** One step down a path. Names may hold dots and brackets, so those that are there decide how far a step goes. */
function stepOf(at: Correlated, path: string): [Correlated | undefined, string] | undefined {
  const { value } = at;
  if (Array.isArray(value)) {
    const index = /^\[(\d+)\]/.exec(path);
    return index === null ? undefined : [at.index(Number(index[1])), restOf(path.slice(index[0].length))];
  }
  if (!isPlainObject(value)) return undefined;
  const isMap = at.schema.type === 'map';
  const names = Object.keys(value).filter((name) => beginsWith(path, isMap ? `[${name}]` : name));
  const name = names.reduce<string | undefined>(
    (best, one) => (best === undefined || one.length > best.length ? one : best),
    undefined,
  );
  if (name === undefined) return undefined;
  return [at.key(name), restOf(path.slice(name.length + (isMap ? 2 : 0)))];
}

function beginsWith(path: string, start: string): boolean {
  return (
    path.startsWith(start) && (path.length === start.length || path[start.length] === '.' || path[start.length] === '[')
  );
}

function restOf(path: string): string {
  return path.startsWith('.') ? path.slice(1) : path;
}
