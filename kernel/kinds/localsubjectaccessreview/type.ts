import type { KindDefinition } from '../../schema/kind.ts';
import { standardSchema } from '../../schema/standard/standard.ts';
import type { LocalSubjectAccessReview } from '../../schema/standard/types.ts';

/** Asks whether some user may do something in one namespace (`authorization.k8s.io/v1.LocalSubjectAccessReview`). */
export const localSubjectAccessReviewKind: KindDefinition<LocalSubjectAccessReview> = {
  group: 'authorization.k8s.io',
  kind: 'LocalSubjectAccessReview',
  plural: 'localsubjectaccessreviews',
  singular: 'localsubjectaccessreview',
  scope: 'Namespaced',
  storageVersion: 'v1',
  versions: [
    { name: 'v1', served: true, schema: standardSchema('authorization/v1.LocalSubjectAccessReview'), columns: [] },
  ],
  statusSubresource: false,
  history: 'none',
};
