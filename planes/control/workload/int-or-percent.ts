import type { FieldError } from '../../../kernel/meta/errors.ts';
import { notNegative } from '../../../kernel/meta/field-rules.ts';

/** A count or a percentage must be ≥ 0 (Kubernetes `ValidatePositiveIntOrPercent`). */
export function notNegativeOrPercent(path: string, value: number | string): readonly FieldError[] {
  if (typeof value === 'number') return notNegative(path, value);
  if (/^[0-9]+%$/.test(value)) return [];
  const detail =
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
  return [{ type: 'Invalid', path, value, detail }];
}

/** A percentage of what there is cannot be above 100 (Kubernetes `IsNotMoreThan100Percent`). */
export function notAbove100Percent(path: string, value: number | string): readonly FieldError[] {
  if (typeof value === 'number' || !/^[0-9]+%$/.test(value) || Number.parseInt(value, 10) <= 100) return [];
  return [{ type: 'Invalid', path, value, detail: 'must not be greater than 100%' }];
}
