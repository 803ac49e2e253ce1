import type { FieldError } from '../../../kernel/meta/errors.ts';
import { addFinalizer } from '../../../kernel/meta/finalizers.ts';
import { labelLengthMax } from '../../../kernel/meta/names.ts';
import type { KindAdmission } from '../../../kernel/schema/kind.ts';
import { workFinalizer } from './plan.ts';
import type { Work } from './type.ts';

/** Admission of Work: it stands in the namespace of a site, and goes only when that site confirmed. */
export const admitWork: KindAdmission<Work> = {
  mutate(draft, _old, { operation, subresource }) {
    if (operation === 'create' && subresource === '') addFinalizer(draft, workFinalizer);
  },
  validate(work) {
    const { namespace = '', name } = work.metadata;
    const errors: FieldError[] = [];
    if (!namespace.startsWith('site-')) {
      const detail = 'must be the namespace of a site, "site-<name>"';
      errors.push({ type: 'Invalid', path: 'metadata.namespace', value: namespace, detail });
    }
    // Everything a Work delivers carries its name in a label.
    if (name.length > labelLengthMax)
      errors.push({
        type: 'TooLong',
        path: 'metadata.name',
        value: name,
        detail: `must be no more than ${labelLengthMax} bytes`,
      });
    return errors;
  },
};
