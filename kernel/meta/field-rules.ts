import type { FieldError } from './errors.ts';
import { jsonEquals } from './json.ts';

/**
 * Rules about single fields that many kinds share, in the words of Kubernetes (apimachinery `pkg/api/validation`). Each
 * returns what is wrong, so that rules are put together by spreading; an absent value breaks none but `present`.
 */

/** The field may not change once it was written. */
export function unchanged(path: string, value: unknown, old: unknown): readonly FieldError[] {
  return jsonEquals(value, old) ? [] : [{ type: 'Invalid', path, value, detail: 'field is immutable' }];
}

/** A count of things or seconds. */
export function notNegative(path: string, value: number | undefined): readonly FieldError[] {
  if (value === undefined || value >= 0) return [];
  return [{ type: 'Invalid', path, value, detail: 'must be greater than or equal to 0' }];
}

/** An amount such as `10Gi`. */
export function amountNotNegative(path: string, value: string | undefined): readonly FieldError[] {
  if (value === undefined || !value.startsWith('-')) return [];
  return [{ type: 'Invalid', path, value, detail: 'must be greater than or equal to 0' }];
}

/** Several counts of one object. */
export function countsNotNegative<K extends string>(
  path: string,
  counts: { readonly [name in K]?: number },
  names: readonly K[],
): readonly FieldError[] {
  return names.flatMap((name) => notNegative(`${path}.${name}`, counts[name]));
}

/** A text that must be given. */
export function present(path: string, value: string | undefined, detail = ''): readonly FieldError[] {
  return value === undefined || value === '' ? [{ type: 'Required', path, detail }] : [];
}

/** A text that must be given and that one of the checks of `names.ts` accepts. */
export function presentAnd(
  path: string,
  value: string | undefined,
  check: (text: string) => readonly string[],
): readonly FieldError[] {
  return value === undefined || value === '' ? present(path, value) : checked(path, value, check);
}

/** What a check of `names.ts` says about a text. */
export function checked(
  path: string,
  value: string,
  check: (text: string) => readonly string[],
): readonly FieldError[] {
  return check(value).map((detail) => ({ type: 'Invalid', path, value, detail }));
}

/** A value that is wrong for a reason of its own. */
export function invalid(path: string, value: unknown, detail: string): FieldError {
  return { type: 'Invalid', path, value, detail };
}

/** A value that must be one of a few, as upstream lists them. */
export function supported(path: string, value: string | undefined, values: readonly string[]): readonly FieldError[] {
  return value !== undefined && values.includes(value) ? [] : [notSupported(path, value ?? '', values)];
}

/** Refuses what is none of a few values, as upstream lists them. */
export function notSupported(path: string, value: unknown, supported: readonly string[]): FieldError {
  const list = supported.map((one) => JSON.stringify(one)).join(', ');
  return { type: 'NotSupported', path, value, detail: `supported values: ${list}` };
}
