import type { FieldError } from '../../meta/errors.ts';
import { jsonEquals } from '../../meta/json.ts';
import type { KindAdmission } from '../../schema/kind.ts';
import type { Restoration } from './type.ts';

/** A restoration that has begun cannot become another one. */
export const admitRestoration: KindAdmission<Restoration> = {
  validate(object, old) {
    const errors: FieldError[] = [];
    if (old !== undefined && !jsonEquals(object.spec, old.spec)) {
      errors.push({ type: 'Forbidden', path: 'spec', detail: 'cannot be changed: make another Restoration' });
    }
    if (object.spec.prune === true && object.spec.root !== undefined) {
      errors.push({ type: 'Forbidden', path: 'spec.prune', detail: 'may not be set together with `root`' });
    }
    return errors;
  },
};
