import { declare, type Overload } from '../function.ts';
import { add, compare, equals } from '../operators.ts';
import { CelError, Double, Duration, fromJson, Uint, type Value } from '../values.ts';
import { deepTraversalCost } from './costs.ts';

/** Functions on lists (Kubernetes `library/lists.go`). */

function isSorted(list: readonly Value[]): boolean {
  return list.every((item, index) => index === 0 || compare(list[index - 1], item) <= 0);
}

function sumFrom(zero: Value): (list: readonly Value[]) => Value {
  return (list) => list.reduce((total: Value, item) => add(total, fromJson(item)), zero);
}

function sumOf(list: readonly Value[]): Value {
  const [first, ...rest] = list;
  return first === undefined ? 0 : rest.reduce((total: Value, item) => add(total, fromJson(item)), fromJson(first));
}

function extreme(name: string, sign: 1 | -1): (list: readonly Value[]) => Value {
  return (list) => {
    const [first, ...rest] = list;
    if (first === undefined) throw new CelError(`${name} called on empty list`);
    return fromJson(rest.reduce((best, item) => (compare(item, best) * sign > 0 ? item : best), first));
  };
}

const comparable = ['int', 'uint', 'double', 'bool', 'duration', 'timestamp', 'string', 'bytes'];

/** The library. */
export const listsLibrary: readonly Overload[] = [
  ...declare(
    'isSorted',
    Object.fromEntries(comparable.map((type) => [`self: list(${type}) -> bool`, isSorted])),
    deepTraversalCost,
  ),
  ...declare(
    'sum',
    {
      'self: list(int) -> int': sumOf,
      'self: list(uint) -> uint': sumFrom(new Uint(0n)),
      'self: list(double) -> double': sumFrom(new Double(0)),
      'self: list(duration) -> duration': sumFrom(new Duration(0n)),
    },
    deepTraversalCost,
  ),
  ...declare(
    'min',
    Object.fromEntries(comparable.map((type) => [`self: list(${type}) -> ${type}`, extreme('min', -1)])),
    deepTraversalCost,
  ),
  ...declare(
    'max',
    Object.fromEntries(comparable.map((type) => [`self: list(${type}) -> ${type}`, extreme('max', 1)])),
    deepTraversalCost,
  ),
  ...declare(
    'indexOf',
    { 'self: list(A), A -> int': (list: readonly Value[], item: Value) => list.findIndex((one) => equals(one, item)) },
    deepTraversalCost,
  ),
  ...declare(
    'lastIndexOf',
    {
      'self: list(A), A -> int': (list: readonly Value[], item: Value) =>
        list.findLastIndex((one) => equals(one, item)),
    },
    deepTraversalCost,
  ),
];
