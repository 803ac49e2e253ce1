import type { KindDefinition } from '../../schema/kind.ts';
import { standardSchema } from '../../schema/standard/standard.ts';
import type { SelfSubjectRulesReview } from '../../schema/standard/types.ts';

/** Asks for the rules of the caller in a namespace: `kubectl auth can-i --list` (`authorization.k8s.io/v1.SelfSubjectRulesReview`). */
export const selfSubjectRulesReviewKind: KindDefinition<SelfSubjectRulesReview> = {
  group: 'authorization.k8s.io',
  kind: 'SelfSubjectRulesReview',
  plural: 'selfsubjectrulesreviews',
  singular: 'selfsubjectrulesreview',
  scope: 'Cluster',
  storageVersion: 'v1',
  versions: [
    { name: 'v1', served: true, schema: standardSchema('authorization/v1.SelfSubjectRulesReview'), columns: [] },
  ],
  statusSubresource: false,
  history: 'none',
};
