import { isPlainObject } from '../../meta/json.ts';
import type { Json } from '../../meta/object.ts';
import type { Schema } from '../schema.ts';
import * as shape from './shape.ts';

type Fields = Record<string, Json | undefined>;

/**
 * Notes the fields of custom resources that are null although they may not be: pruning drops them, which is right for all
 * writes but applies. There null is a value: its field is owned, and is refused unless it has a default or a value already
 * (Kubernetes: applies are not decoded as custom resources).
 * @param object is private and will be pruned in place. @returns what puts the nulls back.
 */
export function noteNulls(object: Json, schema: Schema): () => void {
  const found: (readonly [holder: Fields, name: string])[] = [];
  visit(object, schema, found);
  return () => {
    for (const [holder, name] of found) holder[name] = null;
  };
}

function visit(value: Json, schema: Schema | undefined, found: (readonly [Fields, string])[]): void {
  if (schema === undefined || schema.type === 'any') return;
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) visit(item, shape.itemSchema(schema), found);
  } else if (isPlainObject(value)) {
    for (const name in value) {
      const [field, inner] = [value[name], shape.fieldSchema(schema, name)];
      if (field === null && inner !== undefined && inner.type !== 'any' && inner.nullable !== true)
        found.push([value, name]);
      else if (typeof field === 'object' && field !== null) visit(field, inner, found);
    }
  }
}

/**
 * Notes the maps of standard kinds that have no entry: pruning drops those that Go would not write, which is right for the
 * object but not for who applies it, who owns them (Kubernetes: applies are not decoded as structs).
 * @param object is private and will be pruned in place. @returns what puts the maps back.
 */
export function noteEmptyMaps(object: Json): () => void {
  const found: (readonly [holder: Fields, name: string])[] = [];
  visitEmptyMaps(object, found);
  return () => {
    for (const [holder, name] of found) holder[name] = {};
  };
}

function visitEmptyMaps(value: Json, found: (readonly [Fields, string])[]): void {
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) visitEmptyMaps(item, found);
  } else if (isPlainObject(value)) {
    for (const name in value) {
      const field = value[name];
      if (isPlainObject(field) && Object.keys(field).length === 0) found.push([value, name]);
      else if (typeof field === 'object' && field !== null) visitEmptyMaps(field, found);
    }
  }
}
