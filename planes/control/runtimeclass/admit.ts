import type { FieldError } from '../../../kernel/meta/errors.ts';
import { presentAnd, unchanged } from '../../../kernel/meta/field-rules.ts';
import { checkDnsLabel } from '../../../kernel/meta/names.ts';
import { validateLabels } from '../../../kernel/meta/selectors.ts';
import type { KindAdmission } from '../../../kernel/schema/kind.ts';
import type { RuntimeClass } from '../../../kernel/schema/standard/types.ts';

/** Rules of RuntimeClasses (Kubernetes `ValidateRuntimeClass`, `ValidateRuntimeClassUpdate`). */
export const admitRuntimeClass: KindAdmission<RuntimeClass> = {
  validate: ({ handler, scheduling }, old): readonly FieldError[] => [
    ...presentAnd('handler', handler, checkDnsLabel),
    ...validateLabels(scheduling?.nodeSelector ?? {}, 'scheduling.nodeSelector'),
    ...(old === undefined ? [] : unchanged('handler', handler, old.handler)),
  ],
};
