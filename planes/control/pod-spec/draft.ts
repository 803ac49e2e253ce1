import { isPlainObject } from '../../../kernel/meta/json.ts';

/** Part of an object on its way through mutating admission: JSON of any shape, not yet validated. */
export type DraftObject = Record<string, unknown>;

/** The object in field `name`; `undefined` when it is absent or no object (validation will say so). */
export function draftObject(parent: DraftObject | undefined, name: string): DraftObject | undefined {
  const value = parent?.[name];
  return isPlainObject(value) ? value : undefined;
}

/** The objects in list `name`; items that are none are left out. */
export function draftObjects(parent: DraftObject | undefined, name: string): readonly DraftObject[] {
  const value = parent?.[name];
  return Array.isArray(value) ? value.filter((item): item is DraftObject => isPlainObject(item)) : [];
}

/** Sets a field that was not given. */
export function setDefault(parent: DraftObject, name: string, value: unknown): void {
  if (parent[name] === undefined || parent[name] === null) parent[name] = value;
}

/** The object in field `name`, made when it was not given; `undefined` when something else stands there. */
export function ensureObject(parent: DraftObject, name: string): DraftObject | undefined {
  setDefault(parent, name, {});
  return draftObject(parent, name);
}
