import { isRawNumber } from './json.ts';

/**
 * The one text of a JSON value that everybody writes alike: fields sorted by UTF-16 code units, no white space
 * (RFC 8785, for values whose numbers JavaScript can hold). Fields that are `undefined` are left out. For digests.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null || isRawNumber(value)) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const fields = value as Record<string, unknown>;
  const names = Object.keys(fields)
    .filter((name) => fields[name] !== undefined)
    .sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonicalJson(fields[name])}`).join(',')}}`;
}
