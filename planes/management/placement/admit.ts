import { validateLabelSelector } from '../../../kernel/meta/selectors.ts';
import type { KindAdmission } from '../../../kernel/schema/kind.ts';
import type { Placement } from './type.ts';

/** Admission of Placement: the selector can be understood. */
export const admitPlacement: KindAdmission<Placement> = {
  validate: (placement) => validateLabelSelector(placement.spec.siteSelector, 'spec.siteSelector'),
};
