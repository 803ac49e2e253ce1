import { NotFoundError } from '../meta/errors.ts';
import type { KubeObject } from '../meta/object.ts';
import type { AdmissionAttributes, PendingView } from '../ports/admission.ts';

const namespaces = 'namespaces';

/**
 * Looks up Namespaces as a write sees them: one that comes with it in the same transaction counts. The function it gives
 * throws `NotFoundError` for one that is not there.
 */
export function namespaceFinder(
  { newNamespace }: AdmissionAttributes,
  view: Pick<PendingView, 'get'>,
): (name: string) => KubeObject {
  return (name) => {
    const found = newNamespace?.metadata.name === name ? newNamespace : view.get(namespaces, '', name);
    if (found !== undefined) return found;
    throw new NotFoundError({ resource: namespaces, namespace: '', name });
  };
}
