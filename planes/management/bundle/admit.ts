import type { FieldError } from '../../../kernel/meta/errors.ts';
import { jsonEquals } from '../../../kernel/meta/json.ts';
import type { KindAdmission } from '../../../kernel/schema/kind.ts';
import type { Bundle } from './type.ts';

/** Admission of Bundle: the name is the digest, and the content never changes. */
export const admitBundle: KindAdmission<Bundle> = {
  validate(bundle, old) {
    const errors: FieldError[] = [];
    const expectedName = bundle.spec.digest.replace(':', '-');
    if (bundle.metadata.name !== expectedName) {
      errors.push({ type: 'Invalid', path: 'metadata.name', value: bundle.metadata.name, detail: `must be "${expectedName}"` });
    }
    if (old !== undefined && !jsonEquals(old.spec, bundle.spec)) {
      errors.push({ type: 'Forbidden', path: 'spec', detail: 'a bundle cannot be changed: other content has another digest' });
    }
    return errors;
  },
};
