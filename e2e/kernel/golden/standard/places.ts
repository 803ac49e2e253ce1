/** The namespace of the recordings. */
export const namespace = 'golden';

/** Namespaced kinds of the core group. */
export const core = `/api/v1/namespaces/${namespace}`;

/** Namespaced kinds of a group: `inGroup('apps')`. */
export function inGroup(group: string, version = 'v1'): string {
  return `/apis/${group}/${version}/namespaces/${namespace}`;
}
