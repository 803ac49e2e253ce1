import type { CachedObject } from './cached-object.ts';

/** Which objects of one resource a list or watch wants. The exact parts let reads and dispatch skip the others. */
export interface Selection {
  /** Empty: all namespaces. */
  readonly namespace: string;
  /** Set when one exact name is wanted. */
  readonly name?: string;
  /** One label that must have exactly this value, if the selector demands one. */
  readonly label?: { readonly key: string; readonly value: string };
  /** One selectable field (index in the kind's list) that must have exactly this value. */
  readonly field?: { readonly index: number; readonly value: string };
  /** Label and field selectors; absent when there are none besides `namespace` and `name`. */
  readonly matches?: (object: CachedObject) => boolean;
}

/** True if the object is in the namespace, has the name and matches the selectors. */
export function isSelected(selection: Selection, object: CachedObject): boolean {
  if (selection.namespace !== '' && selection.namespace !== object.row.namespace) return false;
  if (selection.name !== undefined && selection.name !== object.row.name) return false;
  return selection.matches === undefined || selection.matches(object);
}
