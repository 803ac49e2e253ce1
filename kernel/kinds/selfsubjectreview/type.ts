import type { KindDefinition } from '../../schema/kind.ts';
import { standardSchema } from '../../schema/standard/standard.ts';
import type { SelfSubjectReview } from '../../schema/standard/types.ts';

/** Asks who the server takes the caller for: `kubectl auth whoami` (`authentication.k8s.io/v1.SelfSubjectReview`). */
export const selfSubjectReviewKind: KindDefinition<SelfSubjectReview> = {
  group: 'authentication.k8s.io',
  kind: 'SelfSubjectReview',
  plural: 'selfsubjectreviews',
  singular: 'selfsubjectreview',
  scope: 'Cluster',
  storageVersion: 'v1',
  versions: [{ name: 'v1', served: true, schema: standardSchema('authentication/v1.SelfSubjectReview'), columns: [] }],
  statusSubresource: false,
  history: 'none',
};
