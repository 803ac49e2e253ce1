import type { KindDefinition } from '../../schema/kind.ts';
import { standardSchema } from '../../schema/standard/standard.ts';
import type { TokenReview } from '../../schema/standard/types.ts';

/** Asks whose a bearer token is (`authentication.k8s.io/v1.TokenReview`). */
export const tokenReviewKind: KindDefinition<TokenReview> = {
  group: 'authentication.k8s.io',
  kind: 'TokenReview',
  plural: 'tokenreviews',
  singular: 'tokenreview',
  scope: 'Cluster',
  storageVersion: 'v1',
  versions: [{ name: 'v1', served: true, schema: standardSchema('authentication/v1.TokenReview'), columns: [] }],
  statusSubresource: false,
  history: 'none',
};
