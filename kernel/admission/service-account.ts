import { isPlainObject } from '../meta/json.ts';
import type { AdmissionPlugin } from '../ports/admission.ts';

/** The account of pods that name none. */
const defaultAccount = 'default';

/**
 * Gives new pods the ServiceAccount `default` when they name none (the first part of the Kubernetes plugin
 * `ServiceAccount`). Tokens are not mounted by it: what runs pods here hands them out, if anything does.
 */
export const serviceAccountDefault: AdmissionPlugin = {
  name: 'ServiceAccount',
  handles: ({ operation, definition, subresource }) =>
    operation === 'create' && subresource === '' && definition.group === '' && definition.plural === 'pods',
  async mutate(draft) {
    if (!isPlainObject(draft['spec'])) return;
    const spec: Record<string, unknown> = draft['spec'];
    if ((spec['serviceAccountName'] ?? '') !== '') return;
    spec['serviceAccountName'] = defaultAccount;
    // The older name of the field; both are kept alike.
    spec['serviceAccount'] = defaultAccount;
  },
};
