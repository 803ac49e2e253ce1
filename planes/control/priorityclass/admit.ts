import type { FieldError } from '../../../kernel/meta/errors.ts';
import { unchanged } from '../../../kernel/meta/field-rules.ts';
import type { KindAdmission } from '../../../kernel/schema/kind.ts';
import type { PriorityClass } from '../../../kernel/schema/standard/types.ts';
import { systemPriorityClasses } from './system.ts';

/** Highest value that people may give. */
const valueMax = 1_000_000_000;

/** Rules of PriorityClasses (Kubernetes `ValidatePriorityClass`, `ValidatePriorityClassUpdate`). */
export const admitPriorityClass: KindAdmission<PriorityClass> = {
  validate: (object, old) => (old === undefined ? validateNew(object) : validateChange(object, old)),
};

function validateNew(object: PriorityClass): readonly FieldError[] {
  const { name } = object.metadata;
  const { value = 0 } = object;
  if (name.startsWith('system-')) {
    const why = systemProblem(object);
    if (why === undefined) return [];
    const detail = `priority class names with 'system-' prefix are reserved for system use only. error: ${why}`;
    return [{ type: 'Forbidden', path: 'metadata.name', detail }];
  }
  if (value <= valueMax) return [];
  const detail = `maximum allowed value of a user defined priority is ${valueMax}`;
  return [{ type: 'Forbidden', path: 'value', detail }];
}

/** What makes a class with a reserved name another one than the system's. */
function systemProblem({ metadata: { name }, value, globalDefault = false }: PriorityClass): string | undefined {
  const known = systemPriorityClasses.find((one) => one.name === name);
  if (known === undefined) return `${name} is not a known system priority class`;
  if (value !== known.value) return `value of ${name} PriorityClass must be ${known.value}`;
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}

function validateChange({ value, preemptionPolicy }: PriorityClass, old: PriorityClass): readonly FieldError[] {
  const errors = [...unchanged('preemptionPolicy', preemptionPolicy, old.preemptionPolicy)];
  if (value !== old.value)
    errors.push({ type: 'Forbidden', path: 'value', detail: 'may not be changed in an update.' });
  return errors;
}
