import type { FieldError } from '../../../kernel/meta/errors.ts';
import { presentAnd, unchanged } from '../../../kernel/meta/field-rules.ts';
import { jsonEquals } from '../../../kernel/meta/json.ts';
import { checkDnsLabel } from '../../../kernel/meta/names.ts';
import { validateLabels } from '../../../kernel/meta/selectors.ts';
import type { KindAdmission } from '../../../kernel/schema/kind.ts';
import type { RuntimeClass, Toleration } from '../../../kernel/schema/standard/types.ts';
import { validateToleration } from '../pod-spec/validate-placement.ts';
import { validateResources } from '../pod-spec/validate-resources.ts';

/** Rules of RuntimeClasses (Kubernetes `ValidateRuntimeClass`, `ValidateRuntimeClassUpdate`). */
export const admitRuntimeClass: KindAdmission<RuntimeClass> = {
  validate: ({ handler, overhead, scheduling }, old): readonly FieldError[] => [
    ...presentAnd('handler', handler, checkDnsLabel),
    // Upstream looks at what pods cost as at the limits of a container.
    ...validateResources({ limits: overhead?.podFixed ?? {} }, 'overhead', []),
    ...validateLabels(scheduling?.nodeSelector ?? {}, 'scheduling.nodeSelector'),
    ...validateTolerations(scheduling?.tolerations ?? [], 'scheduling.tolerations'),
    ...(old === undefined ? [] : unchanged('handler', handler, old.handler)),
  ],
};

/** Tolerations, each of them once. */
function validateTolerations(tolerations: readonly Toleration[], path: string): readonly FieldError[] {
  return tolerations.flatMap((toleration, index) => {
    const at = `${path}[${index}]`;
    const isRepeated = tolerations.findIndex((other) => jsonEquals(other, toleration)) < index;
    const repeated: FieldError = { type: 'Duplicate', path: at, value: toleration, detail: '' };
    return [...validateToleration(toleration, at), ...(isRepeated ? [repeated] : [])];
  });
}
