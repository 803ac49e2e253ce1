import { ApiError } from '../meta/errors.ts';
import { formatResource } from '../meta/key.ts';
import type { AdmissionPlugin } from '../ports/admission.ts';

const definitions = 'customresourcedefinitions.apiextensions.k8s.io';

/**
 * Objects of a custom kind are created only while its CustomResourceDefinition is there and stays. Decided in the commit
 * step, so that no object can slip in after the last one was deleted. Answer of apiextensions-apiserver.
 */
export const customResourceLifecycle: AdmissionPlugin = {
  name: 'CustomResourceLifecycle',
  handles: ({ operation, definition }) => operation === 'create' && definition.custom !== undefined,
  commit(_object, { definition }, view) {
    const found = view.get(definitions, '', formatResource(definition.plural, definition.group));
    if (found !== undefined && found.metadata.deletionTimestamp === undefined) return;
    throw new ApiError('MethodNotAllowed', `create not allowed while custom resource definition is terminating`);
  },
};
