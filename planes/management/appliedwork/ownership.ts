import { isConditionTrue } from '../../../kernel/meta/conditions.ts';
import type { KubeObject } from '../../../kernel/meta/object.ts';
import type { Pass } from '../../../kernel/controller/controller.ts';
import { objectKey } from './desired.ts';
import { type AppliedWork, appliedWorkKind, workLabel } from './type.ts';

/**
 * The other Work at this site that an object belongs to; `undefined` when it is free. The label on the object names its
 * owner, as long as that Work is here and has the object in its inventory. Whoever owns it keeps it: two Works that
 * hold the same object would otherwise take it from each other for ever.
 */
export function otherOwner(
  live: KubeObject,
  { object, view }: Pick<Pass<AppliedWork>, 'object' | 'view'>,
): string | undefined {
  const name = live.metadata.labels?.[workLabel];
  if (name === undefined || name === object.metadata.name) return undefined;
  const other = view.get(appliedWorkKind, { name });
  if (other === undefined || isConditionTrue(other.status?.conditions, 'Removed')) return undefined;
  const { apiVersion, kind, metadata } = live;
  const key = objectKey({ apiVersion, kind, namespace: metadata.namespace, name: metadata.name });
  const isMadeByOther = other.status?.inventory?.some((entry) => objectKey(entry) === key && entry.adopted !== true);
  return isMadeByOther === true ? name : undefined;
}
