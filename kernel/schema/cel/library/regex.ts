import { declare, type Overload } from '../function.ts';
import { matchCost } from './costs.ts';
import { patternOf } from './standard.ts';

/** Finding what a regular expression matches (Kubernetes `library/regex.go`). */

function find(text: string, pattern: string): string {
  const [start, end] = patternOf(pattern).find(text) ?? [0, 0];
  return text.slice(start, end);
}

function findAll(text: string, pattern: string, limit: number | bigint = -1): readonly string[] {
  const expression = patternOf(pattern);
  const found: string[] = [];
  const countMax = limit < 0 ? Number.POSITIVE_INFINITY : Number(limit);
  let [from, previousEnd] = [0, -1];
  while (from <= text.length && found.length < countMax) {
    const match = expression.find(text, from);
    if (match === undefined) break;
    const [start, end] = match;
    // An empty match right behind another one does not count, as in Go.
    if (end > start || start !== previousEnd) found.push(text.slice(start, end));
    previousEnd = end;
    from = end > start ? end : end + ((text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1);
  }
  return found;
}

/** The library. */
export const regexLibrary: readonly Overload[] = [
  ...declare('find', { 'self: string, string -> string': find }, matchCost),
  ...declare(
    'findAll',
    { 'self: string, string -> list(string)': findAll, 'self: string, string, int -> list(string)': findAll },
    matchCost,
  ),
];
