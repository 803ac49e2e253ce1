import { isPlainObject, ownField } from '../../meta/json.ts';
import type { Json, JsonObject } from '../../meta/object.ts';
import type { ObjectSchema, Schema } from '../schema.ts';
import { emptySet, isEmptySet } from './field-set.ts';
import type { FieldSet } from './field-set.ts';
import * as shape from './shape.ts';

/**
 * The paths an applied object lays claim to (structured-merge-diff `ToFieldSet`): every leaf, map entry and list item,
 * but not the fields of types they are nested in. Items that repeat one key are claimed together.
 */
export function toFieldSet(object: JsonObject, schema: ObjectSchema): FieldSet {
  const set: Record<string, FieldSet> = {};
  claimFields(set, { fields: object, schema, ignored: shape.untrackedFields });
  const metadata = ownField(object, 'metadata');
  if (isPlainObject(metadata)) {
    const node: Record<string, FieldSet> = {};
    const inner = shape.fieldSchema(schema, 'metadata');
    claimFields(node, { fields: metadata, schema: inner, ignored: shape.untrackedMetadata });
    if (!isEmptySet(node)) set['f:metadata'] = node;
  }
  return set;
}

/** Every path of a value that came or went as a whole, its own included. */
export function describe(value: Json, schema: Schema | undefined): FieldSet {
  const seen = shape.shapeOf(value, schema);
  if (seen === 'leaf') return emptySet;
  const node: Record<string, FieldSet> = { '.': emptySet };
  let isBare = true;
  if (seen === 'fields') {
    const fields = value as JsonObject;
    for (const name in fields) {
      if (fields[name] === undefined) continue;
      node[`f:${name}`] = describe(fields[name], shape.fieldSchema(schema, name));
      isBare = false;
    }
  } else {
    const list = schema as shape.KeyedList;
    for (const item of value as readonly Json[]) {
      const element = shape.elementOf(list, item);
      node[element] = node[element] === undefined ? describe(item, list.items) : emptySet;
      isBare = false;
    }
  }
  return isBare ? emptySet : node;
}

interface FieldsClaim {
  readonly fields: JsonObject;
  readonly schema: Schema | undefined;
  readonly ignored?: ReadonlySet<string>;
}

function claimFields(node: Record<string, FieldSet>, { fields, schema, ignored }: FieldsClaim): void {
  for (const name in fields) {
    const value = fields[name];
    if (value === undefined || ignored?.has(name) === true) continue;
    const element = `f:${name}`;
    const child = claim(value, shape.fieldSchema(schema, name));
    const isField = shape.hasField(schema, name);
    if (isField && child !== undefined) node[element] = child;
    else if (!isField) node[element] = asMember(child ?? emptySet);
  }
}

function claimItems(node: Record<string, FieldSet>, list: readonly Json[], schema: shape.KeyedList): void {
  for (const item of list) {
    const element = shape.elementOf(schema, item);
    const isRepeated = node[element] !== undefined;
    node[element] = isRepeated ? emptySet : asMember(claim(item, schema.items) ?? emptySet);
  }
}

/** What is claimed below one value; a leaf and an empty object are claimed themselves, an empty keyed list is nothing. */
function claim(value: Json, schema: Schema | undefined): FieldSet | undefined {
  const seen = shape.shapeOf(value, schema);
  if (seen === 'leaf') return emptySet;
  const node: Record<string, FieldSet> = {};
  if (seen === 'items') claimItems(node, value as readonly Json[], schema as shape.KeyedList);
  else claimFields(node, { fields: value as JsonObject, schema });
  if (!isEmptySet(node)) return node;
  return seen === 'fields' && Object.keys(value as JsonObject).length === 0 ? emptySet : undefined;
}

/** Map entries and list items are owned themselves. */
function asMember(node: FieldSet): FieldSet {
  return isEmptySet(node) ? node : { '.': emptySet, ...node };
}
