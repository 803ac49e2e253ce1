import type { FieldError } from '../../../kernel/meta/errors.ts';
import { checked } from '../../../kernel/meta/field-rules.ts';
import { jsonEquals } from '../../../kernel/meta/json.ts';
import { checkDnsSubdomain } from '../../../kernel/meta/names.ts';
import { compareQuantities, parseQuantity, zeroQuantity } from '../../../kernel/meta/quantity.ts';
import { validateLabelSelector } from '../../../kernel/meta/selectors.ts';
import type { AdmitContext, KindAdmission } from '../../../kernel/schema/kind.ts';
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../../../kernel/schema/standard/types.ts';

/** Defaults and rules of PersistentVolumeClaims (Kubernetes `ValidatePersistentVolumeClaim`, `ValidatePersistentVolumeClaimUpdate`). */
export const admitPersistentVolumeClaim: KindAdmission<PersistentVolumeClaim> = {
  mutate: (draft, old) => {
    if (old === undefined) draft['status'] = { phase: 'Pending' };
  },
  validate: validateClaim,
};

function validateClaim(
  claim: PersistentVolumeClaim,
  old: PersistentVolumeClaim | undefined,
  { subresource }: AdmitContext,
): readonly FieldError[] {
  if (subresource === 'status') return [];
  const { spec } = claim;
  if (spec === undefined) return [{ type: 'Required', path: 'spec', detail: '' }];
  const { accessModes = [], selector, storageClassName = '' } = spec;
  const errors: FieldError[] = [];
  if (accessModes.length === 0) {
    errors.push({ type: 'Required', path: 'spec.accessModes', detail: 'at least 1 access mode is required' });
  }
  if (accessModes.includes('ReadWriteOncePod') && accessModes.length > 1) {
    const detail = 'may not use ReadWriteOncePod with other access modes';
    errors.push({ type: 'Forbidden', path: 'spec.accessModes', detail });
  }
  if (selector !== undefined) errors.push(...validateLabelSelector(selector, 'spec.selector'));
  if (storageClassName !== '') errors.push(...checked('spec.storageClassName', storageClassName, checkDnsSubdomain));
  return [...errors, ...validateSize(spec), ...(old?.spec === undefined ? [] : validateChange(claim, old))];
}

const sizePath = 'spec.resources[storage]';

function validateSize({ resources }: PersistentVolumeClaimSpec): readonly FieldError[] {
  const size = resources?.requests?.['storage'];
  if (size === undefined) return [{ type: 'Required', path: sizePath, detail: '' }];
  const isPositive = compareQuantities(parseQuantity(size) ?? zeroQuantity, zeroQuantity) > 0;
  return isPositive ? [] : [{ type: 'Invalid', path: sizePath, value: size, detail: 'must be greater than zero' }];
}

const changeRule =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';

/** A claim gets its volume once; a bound one may grow and change its attributes, and may get its class once. */
function validateChange(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): readonly FieldError[] {
  const isBound = old.status?.phase === 'Bound';
  const errors: FieldError[] = [];
  if (!jsonEquals(fixedPart(claim.spec, old.spec, isBound), fixedPart(old.spec, old.spec, isBound))) {
    errors.push({ type: 'Forbidden', path: 'spec', detail: changeRule });
  }
  const [size, held] = [claim.spec?.resources?.requests?.['storage'], old.status?.capacity?.['storage']];
  const [wanted, capacity] = [parseQuantity(size ?? '0'), parseQuantity(held ?? '0')];
  if (isBound && wanted !== undefined && capacity !== undefined && compareQuantities(wanted, capacity) < 0) {
    const detail = 'field can not be less than status.capacity';
    errors.push({ type: 'Forbidden', path: 'spec.resources.requests.storage', detail });
  }
  return errors;
}

function fixedPart(
  spec: PersistentVolumeClaimSpec = {},
  old: PersistentVolumeClaimSpec = {},
  isBound: boolean,
): object {
  const { volumeName, storageClassName, resources, volumeAttributesClassName, ...fixed } = spec;
  const { requests, ...otherResources } = resources ?? {};
  const { storage: _storage, ...otherRequests } = requests ?? {};
  return {
    ...fixed,
    ...(old.volumeName === undefined ? {} : { volumeName }),
    // A default class may be filled in later; to take one away is a change.
    ...(old.storageClassName === undefined ? {} : { storageClassName }),
    ...(isBound
      ? { resources: { ...otherResources, requests: otherRequests } }
      : { resources, volumeAttributesClassName }),
  };
}
