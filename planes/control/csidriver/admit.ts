import type { FieldError } from '../../../kernel/meta/errors.ts';
import { notSupported, unchanged } from '../../../kernel/meta/field-rules.ts';
import type { KindAdmission } from '../../../kernel/schema/kind.ts';
import type { CSIDriver } from '../../../kernel/schema/standard/types.ts';

const modes = ['Persistent', 'Ephemeral'];
const policies = ['File', 'None', 'ReadWriteOnceWithFSType'];

/** Shortest life of a token, seconds. */
const tokenSecondsMin = 600;

/** Rules of CSIDrivers (Kubernetes `ValidateCSIDriver`, `ValidateCSIDriverUpdate`). */
export const admitCsiDriver: KindAdmission<CSIDriver> = {
  validate: (object, old): readonly FieldError[] => [
    ...validateDriver(object),
    ...(old === undefined ? [] : validateChange(object, old)),
  ],
};

function validateDriver({ spec }: CSIDriver): readonly FieldError[] {
  const { volumeLifecycleModes = [], fsGroupPolicy, tokenRequests = [] } = spec;
  const errors: FieldError[] = volumeLifecycleModes
    .filter((mode) => !modes.includes(mode))
    .map((mode) => notSupported('spec.volumeLifecycleModes', mode, modes));
  if (fsGroupPolicy !== undefined && !policies.includes(fsGroupPolicy)) {
    errors.push(notSupported('spec.fsGroupPolicy', fsGroupPolicy, policies));
  }
  const audiences = new Set<string>();
  tokenRequests.forEach(({ audience, expirationSeconds }, index) => {
    const path = `spec.tokenRequests[${index}]`;
    if (audiences.has(audience))
      errors.push({ type: 'Duplicate', path: `${path}.audience`, value: audience, detail: '' });
    audiences.add(audience);
    if (expirationSeconds !== undefined && expirationSeconds < tokenSecondsMin) {
      const detail = 'may not specify a duration less than 10 minutes';
      errors.push({ type: 'Invalid', path: `${path}.expirationSeconds`, value: expirationSeconds, detail });
    }
  });
  return errors;
}

function validateChange({ spec }: CSIDriver, { spec: old }: CSIDriver): readonly FieldError[] {
  return [
    // Upstream misspells the field.
    ...unchanged('spec.attachedRequired', spec.attachRequired, old.attachRequired),
    ...unchanged('spec.volumeLifecycleModes', spec.volumeLifecycleModes, old.volumeLifecycleModes),
  ];
}
