import { canonicalJson } from '../meta/canonical-json.ts';
import type { FieldError, FieldErrorType } from '../meta/errors.ts';
import { isRawNumber, toNumber } from '../meta/json.ts';
import { isJsonObject } from '../meta/object.ts';
import { codePointCount, isInt64 } from './formats.ts';
import type { Finding } from './passes.ts';
import { joinPath } from './paths.ts';
import type { LinearRegexp } from './regexp/regexp.ts';

/** Most findings gathered for one object. */
const findingsMax = 100;

/** Longest refused text that is shown, characters. */
const shownLengthMax = 256;

/** What generated validators call when something is wrong. Texts are those of kube-apiserver (kube-openapi validation). */
export const findings = {
  missing: (found: Finding[], path: string) =>
    add(found, 'Required', path, { value: undefined, detail: '', origin: 'required' }),
  wrongType(found: Finding[], path: string, value: unknown, wanted: string): void {
    const given = typeName(value);
    addNaming(found, 'TypeInvalid', path, {
      value: given,
      detail: `must be of type ${wanted}: "${given}"`,
      origin: 'type',
    });
  },
  notSupported(found: Finding[], path: string, value: unknown, allowed: ReadonlySet<string>): void {
    const shown = [...allowed].map((text) => JSON.stringify(text)).join(', ');
    add(found, 'NotSupported', path, { value: shorten(value), detail: `supported values: ${shown}`, origin: 'enum' });
  },
  tooSmall(found: Finding[], path: string, value: unknown, minimum: number): void {
    addNaming(found, 'Invalid', path, {
      value,
      detail: `should be greater than or equal to ${minimum}`,
      origin: 'minimum',
    });
  },
  tooLarge(found: Finding[], path: string, value: unknown, maximum: number): void {
    addNaming(found, 'Invalid', path, {
      value,
      detail: `should be less than or equal to ${maximum}`,
      origin: 'maximum',
    });
  },
  tooFew(found: Finding[], path: string, count: number, minimum: number): void {
    addNaming(found, 'Invalid', path, {
      value: count,
      detail: `should have at least ${minimum} items`,
      origin: 'minItems',
    });
  },
  tooMany(found: Finding[], path: string, count: number, maximum: number): void {
    add(found, 'TooMany', path, {
      value: count,
      detail: `${count}: must have at most ${maximum} ${maximum === 1 ? 'item' : 'items'}`,
      origin: 'maxItems',
    });
  },
  tooFewFields(found: Finding[], path: string, count: number, minimum: number): void {
    const detail = `should have at least ${minimum} properties`;
    addNaming(found, 'Invalid', path, { value: count, detail, origin: 'minProperties' });
  },
  /** A number that its format cannot hold, as upstream says it: of no field. @param wanted `integer with format int32`. */
  outOfFormat(found: Finding[], path: string, wanted: string): void {
    if (found.length >= findingsMax) return;
    const describe = (whole: string) => `Checked value must be of type ${wanted} in ${whole}`;
    found.push({ type: 'Invalid', path, value: '', describe, isGeneral: true, origin: 'format' });
  },
  notPositive(found: Finding[], path: string, factor: number): void {
    if (found.length >= findingsMax) return;
    const describe = (whole: string) => `factor MultipleOf declared for ${whole} must be positive: ${factor}`;
    found.push({ type: 'Invalid', path, value: factor, describe, origin: 'range' });
  },
  outOfRange(found: Finding[], path: string, value: unknown, detail: string): void {
    addNaming(found, 'Invalid', path, { value, detail, origin: 'range' });
  },
  junction(found: Finding[], path: string, detail: string): void {
    if (found.length >= findingsMax) return;
    const describe = (whole: string) => `${JSON.stringify(whole)} ${detail}`;
    found.push({ type: 'Invalid', path, value: '', describe, isGeneral: true, origin: 'junction' });
  },
  /** @param type `TypeInvalid` for custom resources: rules are not evaluated then. */
  wrongFormat(
    found: Finding[],
    path: string,
    value: unknown,
    { format, type }: { readonly format: string; readonly type: 'Invalid' | 'TypeInvalid' },
  ): void {
    // Bytes are the form of Secrets, so they are never shown.
    if (format === 'byte') {
      return addNaming(found, type, path, { value: '(hidden)', detail: 'must be base64', origin: 'format' });
    }
    const shown = shorten(value);
    addNaming(found, type, path, {
      value: shown,
      detail: `must be of type ${format}: ${JSON.stringify(shown)}`,
      origin: 'format',
    });
  },
  /** Checks of texts: true if nothing is wrong. Upstream reports one of length and pattern, the first. */
  checkMinLength(found: Finding[], path: string, value: string, minimum: number): boolean {
    if (value.length >= minimum && codePointCount(value) >= minimum) return true;
    addNaming(found, 'Invalid', path, {
      value,
      detail: `should be at least ${minimum} chars long`,
      origin: 'minLength',
    });
    return false;
  },
  checkMaxLength(found: Finding[], path: string, value: string, maximum: number): boolean {
    if (codePointCount(value) <= maximum) return true;
    tooLong(found, path, maximum);
    return false;
  },
  checkPattern(found: Finding[], path: string, value: string, expression: LinearRegexp, pattern: string): boolean {
    if (matches(expression, value)) return true;
    addNaming(found, 'Invalid', path, {
      value: shorten(value),
      detail: `should match '${pattern}'`,
      origin: 'pattern',
    });
    return false;
  },
  /** For what is no plain number: an integer beyond 2^53 counts, as long as it fits into 64 bits. */
  checkOtherNumber(
    found: Finding[],
    path: string,
    value: unknown,
    { wanted, checked, isShort, minimum, maximum }: NumberLimits,
  ): void {
    const isRight = isRawNumber(value) && (wanted === 'number' || isInt64(value.rawJSON));
    if (!isRight) findings.wrongType(found, path, value, wanted);
    const amount = toNumber(value);
    // Whatever is wrong with its type, a number of a custom resource is held to its limits.
    if (amount === undefined || (!isRight && checked === undefined)) return;
    if (checked !== undefined && (!isRight || isShort)) findings.outOfFormat(found, path, checked);
    if (minimum !== undefined && amount < minimum) findings.tooSmall(found, path, value, minimum);
    if (maximum !== undefined && amount > maximum) findings.tooLarge(found, path, value, maximum);
  },
  /** @param keys the fields that must be unique together; `undefined`: the whole item. */
  duplicates(found: Finding[], path: string, items: readonly unknown[], keys: readonly string[] | undefined): void {
    const seen = new Set<string>();
    for (const [index, item] of items.entries()) {
      const identity = keys === undefined ? item : pick(item, keys);
      const text = canonicalJson(identity);
      if (seen.has(text))
        add(found, 'Duplicate', `${path}[${index}]`, { value: identity, detail: '', origin: 'listType' });
      seen.add(text);
    }
  },
  prefix(found: Finding[], from: number, outer: string): void {
    for (let index = from; index < found.length; index++) {
      const finding = found[index] as Finding;
      finding.path = joinPath(outer, finding.path);
    }
  },
};

/** The findings in their public form. */
export function toFieldErrors(found: readonly Finding[]): readonly FieldError[] {
  return found.map(({ type, path, value, describe, isGeneral, origin }) => {
    return { type, path: isGeneral === true ? '<nil>' : path, value, detail: describe(path), origin };
  });
}

/** What a number is held to. */
export interface NumberLimits {
  readonly wanted: 'integer' | 'number';
  /** The integers of a custom resource, as upstream names them: `integer (default format)`. */
  readonly checked?: string | undefined;
  /** It has 32 bits. */
  readonly isShort: boolean;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
}

/** A text that takes a hostile expression too many steps does not match. */
function matches(expression: LinearRegexp, value: string): boolean {
  try {
    return expression.test(value);
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

interface Details {
  readonly value: unknown;
  readonly detail: string;
  readonly origin: string;
}

function add(found: Finding[], type: FieldErrorType, path: string, { value, detail, origin }: Details): void {
  if (found.length < findingsMax) found.push({ type, path, value, describe: () => detail, origin });
}

function addNaming(found: Finding[], type: FieldErrorType, path: string, { value, detail, origin }: Details): void {
  if (found.length >= findingsMax) return;
  found.push({ type, path, value, describe: (whole) => `${whole} in body ${detail}`, origin });
}

function tooLong(found: Finding[], path: string, maximum: number): void {
  add(found, 'TooLong', path, {
    value: undefined,
    detail: `may not be more than ${maximum} bytes`,
    origin: 'maxLength',
  });
}

function shorten(value: unknown): unknown {
  return typeof value === 'string' && value.length > shownLengthMax ? `${value.slice(0, shownLengthMax)}…` : value;
}

function pick(item: unknown, keys: readonly string[]): unknown {
  if (!isJsonObject(item)) return item;
  return Object.fromEntries(keys.filter((key) => Object.hasOwn(item, key)).map((key) => [key, item[key]]));
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (isRawNumber(value)) return isInt64(value.rawJSON) ? 'integer' : 'number';
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'integer' : 'number';
  return typeof value;
}
