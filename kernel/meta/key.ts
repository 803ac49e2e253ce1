/** Names one object of a store. */
export interface ObjectKey {
  /** Plural and group as kubectl writes them: `deployments.apps`, `configmaps` for the core group. */
  readonly resource: string;
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
}

/** `deployments.apps` from plural and group; the group is empty for core kinds. */
export function formatResource(plural: string, group: string): string {
  return group === '' ? plural : `${plural}.${group}`;
}

/** The key inside one resource: `namespace/name`, or `/name` for cluster-scoped objects. Sorts as the API lists. */
export function localKey(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

/** Splits what `localKey` made. */
export function parseLocalKey(key: string): { readonly namespace: string; readonly name: string } {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
