import { type CostModel, declare, type Overload, type Range } from '../function.ts';
import { perCallCostMax } from '../limits.ts';
import { compare, equals, sizeForCost } from '../operators.ts';
import { CelError, CostError, type Value } from '../values.ts';

/** New lists of the items of others: parts, orders, without copies (cel-go `ext/lists.go`, version 3: Kubernetes 1.34). */

type List = readonly Value[];
type Int = number | bigint;

function slice(list: List, start: Int, end: Int): List {
  const failed = (why: string): CelError => new CelError(`cannot slice(${start}, ${end}), ${why}`);
  if (start < 0 || end < 0) throw failed('negative indexes not supported');
  if (start > end) throw failed('start index must be less than or equal to end index');
  if (list.length < end) throw failed(`list is length ${list.length}`);
  return list.slice(Number(start), Number(end));
}

function flatten(list: List, depth: Int = 1): List {
  if (depth < 0) throw new CelError('level must be non-negative');
  return list.flat(Number(depth));
}

/** A call whose cost would end the evaluation does so before the work. */
function holdTo(cost: Int): void {
  if (cost > perCallCostMax) throw new CostError();
}

function range(count: Int): List {
  holdTo(count);
  return Array.from({ length: Math.max(0, Number(count)) }, (_, index) => index);
}

function distinct(list: List): List {
  holdTo(2 * list.length * list.length);
  const kept: Value[] = [];
  for (const item of list) if (!kept.some((one) => equals(one, item))) kept.push(item);
  return kept;
}

/** The items in the order of their keys, those with equal keys as they were. */
function sortByKeys(list: List, keys: List): List {
  holdTo(2 * keys.length * keys.length);
  const order = keys
    .map((key, index) => ({ key, index }))
    .toSorted((a, b) => compare(a.key, b.key) || a.index - b.index);
  return order.map(({ index }) => list[index] ?? null);
}

function sort(list: List): List {
  return sortByKeys(list, list);
}

const unbounded: Range = { min: 0, max: Number.POSITIVE_INFINITY };
/** Of a call that makes a list, besides its items. */
const makingCost = 11;

/** @param size of the result, from what is known of the arguments. @param times how often an item of it is looked at. */
function makingListCost(
  size: (args: Parameters<CostModel['estimate']>[0]) => Range,
  actual: (args: readonly Value[], result: Value) => number,
  times: number | ((args: Parameters<CostModel['estimate']>[0]) => number) = 1,
): CostModel {
  return {
    actual: (args, result) => Math.floor(actual(args, result)) + makingCost,
    estimate: (args) => {
      const resultSize = size(args);
      const factor = typeof times === 'number' ? times : times(args);
      const cost = (count: number): number => (count === 0 ? 0 : Math.ceil(count * factor)) + makingCost;
      return { cost: { min: cost(resultSize.min), max: cost(resultSize.max) }, resultSize };
    },
  };
}

function sizeOfResult(_args: readonly Value[], result: Value): number {
  return sizeForCost(result);
}

const sliceCost = makingListCost(([list, start, end]) => {
  const count = (end?.literal ?? list?.size.max ?? Number.POSITIVE_INFINITY) - (start?.literal ?? 0);
  return { min: Math.max(0, count), max: Math.max(0, count) };
}, sizeOfResult);

const rangeCost = makingListCost(([count]) => {
  const size = Math.max(0, count?.literal ?? Number.POSITIVE_INFINITY);
  return { min: size, max: size };
}, sizeOfResult);

const reverseCost = makingListCost(([list]) => list?.size ?? unbounded, sizeOfResult);

const flattenCost = makingListCost(
  ([list]) => list?.size ?? unbounded,
  ([list, depth = 1]) => sizeForCost(list) * Number(depth),
  ([, depth]) => (depth === undefined ? 1 : (depth.literal ?? Number.POSITIVE_INFINITY)),
);

/** Every item held against every other one. @param index of the argument with what is compared. */
function comparingCost(index: number, times: number): CostModel {
  return makingListCost(
    (args) => {
      const { min, max } = args[index]?.size ?? unbounded;
      return { min: min * min, max: max * max };
    },
    (args) => sizeForCost(args[index]) ** 2 * (holdsTexts(args[index]) ? perText : perItem),
    times,
  );
}

function holdsTexts(list: Value): boolean {
  const [first] = Array.isArray(list) ? list : [];
  return typeof first === 'string' || first instanceof Uint8Array;
}

const comparable = ['int', 'uint', 'double', 'bool', 'duration', 'timestamp', 'string', 'bytes'];
const perText = 2.1;
const perItem = 2;

function timesOf(type: string): number {
  return type === 'string' || type === 'bytes' ? perText : perItem;
}

/** The library. */
export const listShapesLibrary: readonly Overload[] = [
  ...declare('slice', { 'self: list(A), int, int -> list(A)': slice }, sliceCost),
  ...declare(
    'flatten',
    { 'self: list(list(A)) -> list(A)': flatten, 'self: list(dyn), int -> list(dyn)': flatten },
    flattenCost,
  ),
  ...comparable.flatMap((type) =>
    declare('sort', { [`self: list(${type}) -> list(${type})`]: sort }, comparingCost(0, timesOf(type))),
  ),
  // What the macro `sortBy` becomes.
  ...comparable.flatMap((type) =>
    declare(
      '@sortByAssociatedKeys',
      { [`self: list(A), list(${type}) -> list(A)`]: sortByKeys },
      comparingCost(1, timesOf(type)),
    ),
  ),
  ...declare('lists.range', { 'int -> list(int)': range }, rangeCost),
  ...declare('reverse', { 'self: list(A) -> list(A)': (list: List) => list.toReversed() }, reverseCost),
  ...declare('distinct', { 'self: list(A) -> list(A)': distinct }, comparingCost(0, perItem)),
];
