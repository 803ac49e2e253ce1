import type { FieldError } from '../../../kernel/meta/errors.ts';
import { addFinalizer } from '../../../kernel/meta/finalizers.ts';
import { jsonEquals } from '../../../kernel/meta/json.ts';
import type { KindAdmission } from '../../../kernel/schema/kind.ts';
import type { Bundle } from './type.ts';

/** Keeps a Bundle until no Work points at it and its blobs are removed. */
export const bundleFinalizer = 'management.planform.dev/blobs';

/** Admission of Bundle: the name is the digest, and the content never changes. */
export const admitBundle: KindAdmission<Bundle> = {
  mutate(draft, _old, { operation }) {
    if (operation === 'create') addFinalizer(draft, bundleFinalizer);
  },
  validate(bundle, old) {
    const errors: FieldError[] = [];
    const expectedName = bundle.spec.digest.replace(':', '-');
    if (bundle.metadata.name !== expectedName) {
      errors.push({
        type: 'Invalid',
        path: 'metadata.name',
        value: bundle.metadata.name,
        detail: `must be "${expectedName}"`,
      });
    }
    if (old !== undefined && !jsonEquals(old.spec, bundle.spec)) {
      errors.push({
        type: 'Forbidden',
        path: 'spec',
        detail: 'a bundle cannot be changed: other content has another digest',
      });
    }
    return errors;
  },
};
