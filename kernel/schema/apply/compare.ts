import { isPlainObject, jsonEquals, ownField } from '../../meta/json.ts';
import type { Json, JsonObject } from '../../meta/object.ts';
import type { ObjectSchema, Schema } from '../schema.ts';
import { emptySet } from './field-set.ts';
import type { FieldSet } from './field-set.ts';
import * as shape from './shape.ts';
import { describe } from './to-field-set.ts';

/** What differs between two objects (structured-merge-diff `Compare`). A path is in at most one of the sets. */
export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

/**
 * The part of an object a write can change: where there is a status subresource, writes of the object leave the status as
 * it is and writes of the status the rest. What a server itself does to the other part makes nobody its owner (the
 * `GetResetFields` of Kubernetes).
 */
export type WrittenPart = 'whole' | 'desired' | 'status';

/**
 * What differs between two objects of one schema, leaving out what nobody owns (`apiVersion`, `metadata.name` …).
 * An absent `before` stands for an object that does not exist yet. A thing that came or went as a whole is in the set
 * with all that is below it.
 * @param part only this is compared.
 * @returns `undefined` when nothing differs.
 */
export function compareObjects(
  before: JsonObject | undefined,
  after: JsonObject,
  schema: ObjectSchema,
  part: WrittenPart = 'whole',
): Comparison | undefined {
  const old = before ?? noFields;
  const changes = new Changes();
  if (part === 'status') {
    const status = shape.fieldSchema(schema, 'status');
    changes.take('f:status', compareValues(ownField(old, 'status'), ownField(after, 'status'), status));
  } else {
    compareFields(changes, old, after, schema, part === 'whole' ? shape.untrackedFields : shape.untrackedWithStatus);
    changes.take('f:metadata', compareMetadata(old, after, schema));
  }
  if (changes.isEmpty) return undefined;
  return { added: changes.added, modified: changes.modified, removed: changes.removed };
}

function compareMetadata(before: JsonObject, after: JsonObject, schema: ObjectSchema): Difference | undefined {
  const below = new Changes();
  const metadata = shape.fieldSchema(schema, 'metadata');
  const [old, next] = [objectField(before, 'metadata'), objectField(after, 'metadata')];
  compareFields(below, old, next, metadata, shape.untrackedMetadata);
  return below.difference;
}

/** Differences at and below one path: nodes of the three sets. */
interface Difference {
  readonly added?: FieldSet | undefined;
  readonly modified?: FieldSet | undefined;
  readonly removed?: FieldSet | undefined;
}

const noFields: JsonObject = Object.freeze({});

/** Collects the differences below one node; makes no node until there is one. */
class Changes {
  added: FieldSet = emptySet;
  modified: FieldSet = emptySet;
  removed: FieldSet = emptySet;

  get isEmpty(): boolean {
    return this.added === emptySet && this.modified === emptySet && this.removed === emptySet;
  }

  get difference(): Difference | undefined {
    if (this.isEmpty) return undefined;
    return {
      added: this.added === emptySet ? undefined : this.added,
      modified: this.modified === emptySet ? undefined : this.modified,
      removed: this.removed === emptySet ? undefined : this.removed,
    };
  }

  take(element: string, below: Difference | undefined): void {
    if (below === undefined) return;
    if (below.added !== undefined) this.added = withChild(this.added, element, below.added);
    if (below.modified !== undefined) this.modified = withChild(this.modified, element, below.modified);
    if (below.removed !== undefined) this.removed = withChild(this.removed, element, below.removed);
  }
}

/** Adds to a node this walk made itself; the shared empty one is replaced. */
function withChild(node: FieldSet, element: string, child: FieldSet): FieldSet {
  if (node === emptySet) return { [element]: child };
  (node as Record<string, FieldSet>)[element] = child;
  return node;
}

function compareValues(
  before: Json | undefined,
  after: Json | undefined,
  schema: Schema | undefined,
): Difference | undefined {
  if (before === after) return undefined;
  if (before !== undefined && after !== undefined) return compareGiven(before, after, schema);
  // Kubernetes: what Go holds by value has its zero value where it is absent, so it neither comes nor goes.
  if (schema?.byValue === true) {
    const nothing = zeroValueOf(schema);
    if (isEmptyList(before ?? after)) return undefined;
    return compareGiven(before ?? nothing, after ?? nothing, schema);
  }
  return before === undefined ? { added: describe(after as Json, schema) } : { removed: describe(before, schema) };
}

/** Kubernetes writes such a list as null. */
function isEmptyList(value: Json | undefined): boolean {
  return Array.isArray(value) && value.length === 0;
}

function zeroValueOf({ type }: Schema): Json {
  switch (type) {
    case 'array':
      return null;
    case 'string':
      return '';
    case 'integer':
      return 0;
    default:
      return noFields;
  }
}

function compareGiven(before: Json, after: Json, schema: Schema | undefined): Difference | undefined {
  const [left, right] = [shape.shapeOf(before, schema), shape.shapeOf(after, schema)];
  if (left === right && left !== 'leaf') {
    const changes = new Changes();
    if (left === 'fields') compareFields(changes, before as JsonObject, after as JsonObject, schema);
    else compareItems(changes, before as readonly Json[], after as readonly Json[], schema as shape.KeyedList);
    return changes.difference;
  }
  if (left === right && jsonEquals(before, after)) return undefined;
  const isReplaced = left === right || (before !== null && after !== null);
  return {
    added: childrenOf(describe(after, schema)),
    modified: isReplaced ? emptySet : undefined,
    removed: childrenOf(describe(before, schema)),
  };
}

function compareFields(
  changes: Changes,
  before: JsonObject,
  after: JsonObject,
  schema: Schema | undefined,
  ignored?: ReadonlySet<string>,
): void {
  for (const name in after) {
    const [old, value] = [ownField(before, name), after[name]];
    if (old === value || ignored?.has(name) === true) continue;
    changes.take(`f:${name}`, compareValues(old, value, shape.fieldSchema(schema, name)));
  }
  for (const name in before) {
    const old = before[name];
    if (old === undefined || Object.hasOwn(after, name) || ignored?.has(name) === true) continue;
    changes.take(`f:${name}`, compareValues(old, undefined, shape.fieldSchema(schema, name)));
  }
}

function compareItems(
  changes: Changes,
  before: readonly Json[],
  after: readonly Json[],
  schema: shape.KeyedList,
): void {
  if (hasSameKeys(before, after, schema)) {
    for (const [index, item] of after.entries()) {
      const below = compareValues(before[index], item, schema.items);
      if (below !== undefined) changes.take(shape.elementOf(schema, item), below);
    }
    return;
  }
  const [left, right] = [shape.groupItems(before, schema), shape.groupItems(after, schema)];
  for (const [element, items] of right) {
    const old = left.get(element);
    if (old === undefined) changes.take(element, { added: describeGroup(items, schema) });
    else if (old.length === 1 && items.length === 1)
      changes.take(element, compareValues(old[0], items[0], schema.items));
    else if (!jsonEquals(old, items)) changes.take(element, { modified: emptySet });
  }
  for (const [element, items] of left) {
    if (!right.has(element)) changes.take(element, { removed: describeGroup(items, schema) });
  }
}

/** True if both lists hold items of the same keys in the same order: the usual case, and cheap to walk. */
function hasSameKeys(before: readonly Json[], after: readonly Json[], schema: shape.KeyedList): boolean {
  if (before.length !== after.length) return false;
  if (schema.listType === 'set') return jsonEquals(before, after);
  const keys = schema.listMapKeys ?? [];
  return after.every((item, index) => {
    const old = before[index];
    return isPlainObject(item) && isPlainObject(old) && keys.every((key) => jsonEquals(item[key], old[key]));
  });
}

/** Items of a stored list that repeat one key are owned together. */
function describeGroup(items: readonly Json[], schema: shape.KeyedList): FieldSet {
  return items.length === 1 ? describe(items[0] as Json, schema.items) : emptySet;
}

/** What a node holds besides itself. */
function childrenOf(node: FieldSet): FieldSet | undefined {
  if (node === emptySet) return undefined;
  const { '.': _self, ...children } = node;
  return children;
}

function objectField(object: JsonObject, name: string): JsonObject {
  const value = ownField(object, name);
  return isPlainObject(value) ? value : noFields;
}
