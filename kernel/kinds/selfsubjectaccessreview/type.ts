import type { KindDefinition } from '../../schema/kind.ts';
import { standardSchema } from '../../schema/standard/standard.ts';
import type { SelfSubjectAccessReview } from '../../schema/standard/types.ts';

/** Asks whether the caller may do something: `kubectl auth can-i` (`authorization.k8s.io/v1`). */
export const selfSubjectAccessReviewKind: KindDefinition<SelfSubjectAccessReview> = {
  group: 'authorization.k8s.io',
  kind: 'SelfSubjectAccessReview',
  plural: 'selfsubjectaccessreviews',
  singular: 'selfsubjectaccessreview',
  scope: 'Cluster',
  storageVersion: 'v1',
  versions: [
    { name: 'v1', served: true, schema: standardSchema('authorization/v1.SelfSubjectAccessReview'), columns: [] },
  ],
  statusSubresource: false,
  history: 'none',
};
