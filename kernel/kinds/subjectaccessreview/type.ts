import type { KindDefinition } from '../../schema/kind.ts';
import { standardSchema } from '../../schema/standard/standard.ts';
import type { SubjectAccessReview } from '../../schema/standard/types.ts';

/** Asks whether some user may do something (`authorization.k8s.io/v1.SubjectAccessReview`). */
export const subjectAccessReviewKind: KindDefinition<SubjectAccessReview> = {
  group: 'authorization.k8s.io',
  kind: 'SubjectAccessReview',
  plural: 'subjectaccessreviews',
  singular: 'subjectaccessreview',
  scope: 'Cluster',
  storageVersion: 'v1',
  versions: [{ name: 'v1', served: true, schema: standardSchema('authorization/v1.SubjectAccessReview'), columns: [] }],
  statusSubresource: false,
  history: 'none',
};
