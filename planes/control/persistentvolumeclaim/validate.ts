import type { FieldError } from '../../../kernel/meta/errors.ts';
import { present, unchanged } from '../../../kernel/meta/field-rules.ts';
import { jsonEquals } from '../../../kernel/meta/json.ts';
import { compareQuantities, parseQuantity } from '../../../kernel/meta/quantity.ts';
import type { AdmitContext } from '../../../kernel/schema/kind.ts';
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../../../kernel/schema/standard/types.ts';
import { validateClaimSpec } from '../pod-spec/claim-spec.ts';

/** Everything wrong with a claim beyond its schema. */
export function validateClaim(
  claim: PersistentVolumeClaim,
  old: PersistentVolumeClaim | undefined,
  { subresource }: AdmitContext,
): readonly FieldError[] {
  if (subresource === 'status') return [];
  if (claim.spec === undefined) return present('spec', undefined);
  return [...validateClaimSpec(claim.spec, 'spec'), ...(old?.spec === undefined ? [] : validateChange(claim, old))];
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
  return [...errors, ...unchanged('volumeMode', claim.spec?.volumeMode, old.spec?.volumeMode)];
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
