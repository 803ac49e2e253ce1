import type { FieldError } from '../../../kernel/meta/errors.ts';
import { unchanged } from '../../../kernel/meta/field-rules.ts';
import type { AdmitContext, KindAdmission } from '../../../kernel/schema/kind.ts';
import type { ResourceV1ResourceClaim as ResourceClaim } from '../../../kernel/schema/standard/types.ts';
import { defaultClaim, validateClaim } from '../devices/claim.ts';
import { claimSelectorProblems } from '../devices/selectors.ts';
import { draftObject } from '../pod-spec/draft.ts';

/** Defaults and rules of ResourceClaims (Kubernetes `ValidateResourceClaim`, `ValidateResourceClaimUpdate`). */
export const admitResourceClaim: KindAdmission<ResourceClaim> = {
  mutate: (draft) => defaultClaim(draftObject(draft, 'spec')),
  validate: validateResourceClaim,
};

async function validateResourceClaim(
  { spec }: ResourceClaim,
  old: ResourceClaim | undefined,
  { subresource }: AdmitContext,
): Promise<readonly FieldError[]> {
  if (subresource === 'status') return [];
  if (old !== undefined) return unchanged('spec', spec, old.spec);
  return [...validateClaim(spec, 'spec'), ...(await claimSelectorProblems(spec, 'spec'))];
}
