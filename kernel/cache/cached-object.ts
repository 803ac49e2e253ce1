import { deepFreeze, parseJson } from '../meta/json.ts';
import type { KubeObject } from '../meta/object.ts';
import type { StoredObject } from '../ports/endpoint.ts';
import type { KindDefinition } from '../schema/kind.ts';
import { parseHeader } from './header.ts';

const noLabels: Readonly<Record<string, string>> = Object.freeze({});
const noTexts: readonly string[] = Object.freeze([]);

/**
 * Names an object inside its resource. The separator sorts before every character of a namespace, so keys sort by
 * namespace, then name: the order of lists here and in the store.
 */
export function cacheKey(namespace: string, name: string): string {
  return `${namespace} ${name}`;
}

/** The small row kept in memory beside the bytes, so that selectors and preconditions need no parsing. */
export interface IndexRow {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Values of the kind's selectable fields, in the order of the definition. */
  readonly fields: readonly string[];
  readonly isTerminating: boolean;
}

/** One state of one object: its encoded bytes, what must be known without parsing, and a lazily parsed form. */
export class CachedObject implements StoredObject {
  /** See `cacheKey`. */
  readonly key: string;
  readonly bytes: Buffer;
  readonly revision: number;
  readonly row: IndexRow;
  readonly #parsedObjects: ParsedObjects;

  constructor(state: { bytes: Buffer; revision: number; row: IndexRow; parsedObjects: ParsedObjects; key?: string }) {
    this.key = state.key ?? cacheKey(state.row.namespace, state.row.name);
    this.bytes = state.bytes;
    this.revision = state.revision;
    this.row = state.row;
    this.#parsedObjects = state.parsedObjects;
  }

  parsed(): KubeObject {
    return this.#parsedObjects.get(this);
  }

  header(): KubeObject {
    return this.#parsedObjects.peek(this) ?? parseHeader(this.bytes);
  }

  /** The same object with other bytes: the state of a deletion, or one that left a selector. */
  withBytes(bytes: Buffer, revision: number): CachedObject {
    return new CachedObject({ bytes, revision, row: this.row, parsedObjects: this.#parsedObjects, key: this.key });
  }

  /** Remembers the parsed form of an object that was just encoded. `object` is frozen from now on. */
  remember(object: KubeObject): void {
    this.#parsedObjects.set(this, deepFreeze(object));
  }
}

/** Reads the index row off a parsed object. `definition` is absent for kinds that are not served (yet). */
export function indexRow(object: KubeObject, definition: KindDefinition | undefined): IndexRow {
  const { metadata } = object;
  const selectable = definition?.selectableFields;
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid,
    labels: metadata.labels ?? noLabels,
    fields: selectable === undefined ? noTexts : selectable.map((field) => field.value(object as never)),
    isTerminating: metadata.deletionTimestamp !== undefined,
  };
}

/** Parses encoded bytes, keeping integers beyond 2^53 exact. Objects to be shared must be frozen. */
export function parseObject(bytes: Buffer): KubeObject {
  const text = bytes.toString('utf8');
  const mayHoldLongInteger = /\d{16}/.test(text);
  const value: unknown = mayHoldLongInteger ? parseJson(text, { bytesMax: Infinity }).value : JSON.parse(text);
  return value as KubeObject;
}

/**
 * Frozen parsed objects used lately. Two generations: when the young one is full it becomes the old one, whose unused
 * objects are forgotten at the next turn. So at most twice `bytesMax` of source bytes are held parsed.
 */
export class ParsedObjects {
  readonly #bytesMax: number;
  #young = new Map<CachedObject, KubeObject>();
  #old = new Map<CachedObject, KubeObject>();
  #youngBytes = 0;

  /** @param bytesMax encoded bytes per generation. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get(cached: CachedObject): KubeObject {
    const young = this.#young.get(cached);
    if (young !== undefined) return young;
    const object = this.#old.get(cached) ?? deepFreeze(parseObject(cached.bytes));
    this.set(cached, object);
    return object;
  }

  /** What is held parsed, without parsing. */
  peek(cached: CachedObject): KubeObject | undefined {
    return this.#young.get(cached) ?? this.#old.get(cached);
  }

  /** Begins a new generation: what nobody uses until the next call is forgotten. */
  age(): void {
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngBytes = 0;
  }

  /** Drops everything that is held parsed. */
  forget(): void {
    this.age();
    this.age();
  }

  set(cached: CachedObject, object: KubeObject): void {
    if (this.#youngBytes > this.#bytesMax) this.age();
    this.#young.set(cached, object);
    this.#youngBytes += cached.bytes.length;
  }
}
