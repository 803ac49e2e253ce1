import type { FieldError } from '../../../kernel/meta/errors.ts';
import { notNegative, unchanged } from '../../../kernel/meta/field-rules.ts';
import type { KindAdmission } from '../../../kernel/schema/kind.ts';
import type { ControllerRevision } from '../../../kernel/schema/standard/types.ts';

/** Rules of ControllerRevisions (Kubernetes `ValidateControllerRevision`, `ValidateControllerRevisionUpdate`). */
export const admitControllerRevision: KindAdmission<ControllerRevision> = {
  validate: ({ data, revision }, old): readonly FieldError[] => [
    ...notNegative('revision', revision),
    ...(data === undefined ? [{ type: 'Required', path: 'data', detail: 'data is mandatory' } as const] : []),
    ...(old === undefined ? [] : unchanged('data', data, old.data)),
  ],
};
