import type { FieldError } from '../../../kernel/meta/errors.ts';
import { checkDnsLabel } from '../../../kernel/meta/names.ts';
import { validateLabels } from '../../../kernel/meta/selectors.ts';
import { jsonEquals } from '../../../kernel/meta/json.ts';
import type { KindAdmission } from '../../../kernel/schema/kind.ts';
import type { JoinToken } from './type.ts';

/** Admission of JoinToken: one site per named token, and a spec that never changes. */
export const admitJoinToken: KindAdmission<JoinToken> = {
  validate(token, old) {
    const { siteName, siteLabels, usesMax } = token.spec;
    const errors: FieldError[] = [];
    if (old !== undefined && !jsonEquals(old.spec, token.spec)) {
      errors.push({
        type: 'Forbidden',
        path: 'spec',
        detail: 'a join token cannot be changed: delete it and create another',
      });
    }
    if (siteName !== undefined && (usesMax ?? 1) > 1) {
      errors.push({
        type: 'Invalid',
        path: 'spec.usesMax',
        value: usesMax,
        detail: 'must be 1 when spec.siteName is set',
      });
    }
    for (const detail of siteName === undefined ? [] : checkDnsLabel(siteName)) {
      errors.push({ type: 'Invalid', path: 'spec.siteName', value: siteName, detail });
    }
    return [...errors, ...validateLabels(siteLabels ?? {}, 'spec.siteLabels')];
  },
};
