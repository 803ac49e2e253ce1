import { declare, type Overload } from '../function.ts';
import { matchCost } from './costs.ts';
import { patternOf } from './standard.ts';

/** Finding what a regular expression matches (Kubernetes `library/regex.go`). */

function find(text: string, pattern: string): string {
  return patternOf(pattern).exec(text)?.[0] ?? '';
}

function findAll(text: string, pattern: string, limit: number | bigint = -1): readonly string[] {
  const all = new RegExp(patternOf(pattern), `${patternOf(pattern).flags}g`);
  const found: string[] = [];
  for (const [match] of text.matchAll(all)) {
    if (limit >= 0 && found.length >= limit) break;
    found.push(match);
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
