import type { Condition } from '../../../kernel/meta/conditions.ts';
import { isJsonObject, type Json, type KubeObject } from '../../../kernel/meta/object.ts';

/** Reads of objects whose kinds are data here: nothing is taken to be there, nothing is thrown. */

/** The value at a path of field names. */
export function read(value: KubeObject | Json | undefined, ...path: readonly string[]): Json | undefined {
  let found = value as Json | undefined;
  for (const name of path) found = isJsonObject(found) ? found[name] : undefined;
  return found;
}

/** A field that is a number. */
export function numberIn(value: Json | undefined, name: string): number | undefined {
  const found = read(value, name);
  return typeof found === 'number' ? found : undefined;
}

/** A field that is a text, and not an empty one. */
export function textIn(value: Json | undefined, name: string): string | undefined {
  const found = read(value, name);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

/** A field that is a list; empty when it is absent. */
export function listIn(value: Json | undefined, name: string): readonly Json[] {
  const found = read(value, name);
  return Array.isArray(found) ? (found as readonly Json[]) : [];
}

/** `status.conditions`. */
export function conditionsOf(object: KubeObject): readonly Condition[] {
  return listIn(read(object, 'status'), 'conditions') as Json as readonly (Condition & Json)[];
}
