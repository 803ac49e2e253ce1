import { declare, type Overload } from '../function.ts';
import { equals } from '../operators.ts';
import type { Value } from '../values.ts';
import { setCost } from './costs.ts';

/** Lists as sets (cel-go `ext/sets.go`). */

type List = readonly Value[];

function containsAll(list: List, items: List): boolean {
  return items.every((item) => list.some((one) => equals(one, item)));
}

/** The library. */
export const setsLibrary: readonly Overload[] = [
  ...declare('sets.contains', { 'list(A), list(A) -> bool': containsAll }, setCost(1)),
  ...declare(
    'sets.equivalent',
    { 'list(A), list(A) -> bool': (a: List, b: List) => containsAll(a, b) && containsAll(b, a) },
    setCost(2),
  ),
  ...declare(
    'sets.intersects',
    { 'list(A), list(A) -> bool': (a: List, b: List) => a.some((item) => b.some((one) => equals(one, item))) },
    setCost(1),
  ),
];
