import { unchanged } from '../../../kernel/meta/field-rules.ts';
import type { KindAdmission } from '../../../kernel/schema/kind.ts';
import type { ResourceClaimTemplate } from '../../../kernel/schema/standard/types.ts';
import { defaultClaim, validateClaim } from '../devices/claim.ts';
import { draftObject } from '../pod-spec/draft.ts';

/** Defaults and rules of ResourceClaimTemplates (Kubernetes `ValidateResourceClaimTemplate`). */
export const admitResourceClaimTemplate: KindAdmission<ResourceClaimTemplate> = {
  mutate: (draft) => defaultClaim(draftObject(draftObject(draft, 'spec'), 'spec')),
  validate: ({ spec }, old) =>
    old === undefined ? validateClaim(spec.spec, 'spec.spec') : unchanged('spec', spec, old.spec),
};
