import { ApiError } from '../../meta/errors.ts';
import { isPlainObject, ownField } from '../../meta/json.ts';
import { type Json, type JsonObject, type KubeObject, parseApiVersion } from '../../meta/object.ts';
import type { ObjectSchema, Schema } from '../schema.ts';
import { emptySet, formatPath, isEmptySet } from './field-set.ts';
import type { FieldSet } from './field-set.ts';
import * as shape from './shape.ts';

/**
 * The paths an applied object lays claim to (structured-merge-diff `ToFieldSet`): every leaf, map entry and list item,
 * but not the fields of types they are nested in.
 * @throws {ApiError} `BadRequest` for list items without their key or with the same key twice.
 */
export function toFieldSet(object: JsonObject, schema: ObjectSchema): FieldSet {
  const set: Record<string, FieldSet> = {};
  const at: Place = { object, path: [] };
  claimFields(set, { fields: object, schema, at, ignored: shape.untrackedFields });
  const metadata = ownField(object, 'metadata');
  if (isPlainObject(metadata)) {
    const node: Record<string, FieldSet> = {};
    const inner = shape.fieldSchema(schema, 'metadata');
    at.path.push('f:metadata');
    claimFields(node, { fields: metadata, schema: inner, at, ignored: shape.untrackedMetadata });
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

/** Where the walk is, for messages. */
interface Place {
  readonly object: JsonObject;
  /** The walk pushes and pops. */
  readonly path: string[];
}

interface FieldsClaim {
  readonly fields: JsonObject;
  readonly schema: Schema | undefined;
  readonly at: Place;
  readonly ignored?: ReadonlySet<string>;
}

function claimFields(node: Record<string, FieldSet>, { fields, schema, at, ignored }: FieldsClaim): void {
  for (const name in fields) {
    const value = fields[name];
    if (value === undefined || ignored?.has(name) === true) continue;
    const element = `f:${name}`;
    at.path.push(element);
    const child = claim(value, shape.fieldSchema(schema, name), at);
    at.path.pop();
    const isField = shape.hasField(schema, name);
    if (isField && child !== undefined) node[element] = child;
    else if (!isField) node[element] = asMember(child ?? emptySet);
  }
}

function claimItems(node: Record<string, FieldSet>, list: readonly Json[], schema: shape.KeyedList, at: Place): void {
  for (const [index, item] of list.entries()) {
    const element = shape.itemElement(schema, item);
    if (element === undefined) throw refused(at, `element ${index}: ${shape.missingKeyText(schema, item)}`);
    if (node[element] !== undefined) throw refused(at, `duplicate entries for key ${formatPath([element])}`);
    at.path.push(element);
    node[element] = asMember(claim(item, schema.items, at) ?? emptySet);
    at.path.pop();
  }
}

/** What is claimed below one value; a leaf and an empty object are claimed themselves, an empty keyed list is nothing. */
function claim(value: Json, schema: Schema | undefined, at: Place): FieldSet | undefined {
  const seen = shape.shapeOf(value, schema);
  if (seen === 'leaf') return emptySet;
  const node: Record<string, FieldSet> = {};
  if (seen === 'items') claimItems(node, value as readonly Json[], schema as shape.KeyedList, at);
  else claimFields(node, { fields: value as JsonObject, schema, at });
  if (!isEmptySet(node)) return node;
  return seen === 'fields' && Object.keys(value as JsonObject).length === 0 ? emptySet : undefined;
}

/** Map entries and list items are owned themselves. */
function asMember(node: FieldSet): FieldSet {
  return isEmptySet(node) ? node : { '.': emptySet, ...node };
}

function refused({ object, path }: Place, why: string): ApiError {
  return untypedPatch(object, [`${formatPath(path)}: ${why}`]);
}

/** An applied object does not fit its schema (HTTP 400). */
export class UntypedPatchError extends ApiError {
  override readonly name = 'UntypedPatchError';
  /** `.spec.ports: element 0: …`, one or more. */
  readonly problems: readonly string[];

  constructor(message: string, problems: readonly string[]) {
    super('BadRequest', message);
    this.problems = problems;
  }
}

/** The refusal of an applied object that does not fit its schema (apiserver fieldmanager `objectGVKNN`). */
export function untypedPatch(object: JsonObject, problems: readonly string[]): UntypedPatchError {
  const { apiVersion, kind, metadata } = object as Partial<KubeObject>;
  const { group, version } = parseApiVersion(apiVersion ?? '');
  const subject = `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}; ${group}/${version}, Kind=${kind ?? ''}`;
  const shown =
    problems.length === 1 ? problems[0] : `errors:\n${problems.map((problem) => `  ${problem}`).join('\n')}`;
  return new UntypedPatchError(`failed to create typed patch object (${subject}): ${shown}`, problems);
}
