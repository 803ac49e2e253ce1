import { unchanged } from '../../../kernel/meta/field-rules.ts';
import type { KindAdmission } from '../../../kernel/schema/kind.ts';
import type { ResourceClaimTemplate } from '../../../kernel/schema/standard/types.ts';
import { defaultClaim, validateClaim } from '../devices/claim.ts';
import { claimSelectorProblems } from '../devices/selectors.ts';
import { draftObject } from '../pod-spec/draft.ts';

/** Defaults and rules of ResourceClaimTemplates (Kubernetes `ValidateResourceClaimTemplate`). */
export const admitResourceClaimTemplate: KindAdmission<ResourceClaimTemplate> = {
  mutate: (draft) => defaultClaim(draftObject(draftObject(draft, 'spec'), 'spec')),
  validate: async ({ spec }, old) => {
    if (old !== undefined) return unchanged('spec', spec, old.spec);
    return [...validateClaim(spec.spec, 'spec.spec'), ...(await claimSelectorProblems(spec.spec, 'spec.spec'))];
  },
};
