import { isConditionTrue } from '../../../kernel/meta/conditions.ts';
import type { Work } from './type.ts';

/** Keeps a Work at the hub until its site confirmed that everything it made is gone. */
export const workFinalizer = 'management.planform.dev/site';

/** True once a deleted Work may go: its site has confirmed. */
export function isReleased(work: Work): boolean {
  return work.metadata.deletionTimestamp !== undefined && isConditionTrue(work.status?.conditions, 'Removed');
}
