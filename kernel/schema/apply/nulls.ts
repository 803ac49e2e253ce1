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
 * Notes the fields of standard kinds that are empty: pruning drops those that Go would not write, which is right for the
 * object but not for who applies them, who owns them (Kubernetes: applies are not decoded as structs).
 * @param object is private and will be pruned in place. @returns what puts them back.
 */
export function noteEmpty(object: Json): () => void {
  const found: (readonly [holder: Fields, name: string, value: Json])[] = [];
  visitEmpty(object, found);
  return () => {
    for (const [holder, name, value] of found) holder[name] = value;
  };
}

function visitEmpty(value: Json, found: (readonly [Fields, string, Json])[]): void {
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) visitEmpty(item, found);
  } else if (isPlainObject(value)) {
    for (const name in value) {
      const field = value[name];
      if (field === undefined || field === null) continue;
      if (isEmpty(field)) found.push([value, name, field]);
      else visitEmpty(field, found);
    }
  }
}

function isEmpty(value: Json): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return isPlainObject(value) ? Object.keys(value).length === 0 : value === '' || value === false || value === 0;
}
