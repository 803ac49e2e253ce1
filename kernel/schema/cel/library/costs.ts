import type { CostModel, Range, SizedArg } from '../function.ts';
import { sizeForCost } from '../operators.ts';
import { entriesOf, isMap, type Value } from '../values.ts';

/**
 * What calls cost, before and when they happen (cel-go `checker/cost.go`, `interpreter/runtimecost.go`; Kubernetes
 * `library/cost.go`). Reading a text costs a tenth of its size.
 */

/** Cost of one character of a text that is read. */
const perCharacter = 0.1;
/** Cost of one character of a regular expression. */
const perPatternCharacter = 0.25;

function scale({ min, max }: Range, factor: number): Range {
  return { min: Math.ceil(min * factor), max: Math.ceil(max * factor) };
}

function multiply(a: Range, b: Range): Range {
  return { min: a.min * b.min, max: a.max === 0 || b.max === 0 ? 0 : a.max * b.max };
}

function sum(...ranges: readonly Range[]): Range {
  return {
    min: ranges.reduce((total, { min }) => total + min, 0),
    max: ranges.reduce((total, { max }) => total + max, 0),
  };
}

const unknown: SizedArg = {
  type: { kind: 'dyn', name: 'dyn', args: [] },
  size: { min: 0, max: Number.POSITIVE_INFINITY },
  itemSize: { min: 0, max: Number.POSITIVE_INFINITY },
};

function at(args: readonly SizedArg[], index: number): SizedArg {
  return args[index] ?? unknown;
}

/** The same whatever the arguments. */
export function fixedCost(cost: number): CostModel {
  return { actual: () => cost, estimate: () => ({ cost: { min: cost, max: cost } }) };
}

/** Reading an argument `times` over; the result is at most as large, if `keepsSize`. */
export function traversalCost(index: number, { times = 1, keepsSize = false } = {}): CostModel {
  return {
    actual: (args) => Math.ceil(sizeForCost(args[index]) * times * perCharacter),
    estimate: (args) => {
      const { size } = at(args, index);
      const cost = scale(size, times * perCharacter);
      return keepsSize ? { cost, resultSize: size } : { cost };
    },
  };
}

/** The beginning or end of a text: what runs counts the text, estimates count the part (cel-go differs in the two). */
export const affixCost: CostModel = {
  ...traversalCost(1),
  actual: ([text]) => Math.ceil(sizeForCost(text) * perCharacter),
};

/** Finding one text in another. */
export const containsCost: CostModel = {
  actual: ([text, part]) => Math.ceil(sizeForCost(text) * perCharacter) * Math.ceil(sizeForCost(part) * perCharacter),
  estimate: (args) => ({
    cost: multiply(scale(at(args, 0).size, perCharacter), scale(at(args, 1).size, perCharacter)),
  }),
};

/** Holding a text against a regular expression; `findsAll`: the result has at most as many items as the text characters. */
export const matchCost: CostModel = {
  actual: ([text, pattern]) =>
    Math.ceil((1 + sizeForCost(text)) * perCharacter) * Math.ceil(sizeForCost(pattern) * perPatternCharacter),
  estimate: (args) => {
    const text = sum(at(args, 0).size, { min: 1, max: 1 });
    const cost = multiply(scale(text, perCharacter), scale(at(args, 1).size, perPatternCharacter));
    return { cost, resultSize: { min: 0, max: at(args, 0).size.max } };
  },
};

/** Reading a list with everything in it, or a text. */
export const deepTraversalCost: CostModel = {
  actual: ([value]) => weigh(value),
  estimate: (args) => {
    const { type, size, itemSize } = at(args, 0);
    const [item] = type.args;
    if (item === undefined) return { cost: scale(size, perCharacter) };
    const isSized = item.kind === 'string' || item.kind === 'bytes';
    const one = { min: 1, max: 1 };
    return { cost: multiply(size, isSized ? sum(one, scale(itemSize, perCharacter)) : one) };
  },
};

function weigh(value: Value): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return Math.floor(value.length * perCharacter);
  if (Array.isArray(value)) return value.reduce((total: number, item) => total + weigh(item), 0);
  if (!isMap(value)) return 1;
  let total = 0;
  for (const [key, inner] of entriesOf(value)) total += weigh(key) + weigh(inner);
  return total;
}

/** `replace`: reading and building; the result is longest when the shortest part is replaced as often as it can be. */
export const replaceCost: CostModel = {
  actual: ([text]) => Math.ceil(sizeForCost(text) * 2 * perCharacter),
  estimate: (args) => {
    const [{ size }, part, by] = [at(args, 0), at(args, 1).size, at(args, 2).size];
    const longest =
      part.min === 0
        ? { count: size.max + 1, kept: size.max }
        : by.max <= part.min
          ? { count: 0, kept: size.max }
          : { count: Math.ceil(size.max / part.min), kept: 0 };
    const shortest =
      part.max === 0
        ? { count: size.min + 1, kept: size.min }
        : part.max <= by.min
          ? { count: 0, kept: size.min }
          : { count: Math.ceil(size.min / part.max), kept: 0 };
    const product = (count: number, each: number) => (count === 0 || each === 0 ? 0 : count * each);
    const resultSize = {
      min: product(shortest.count, by.min) + shortest.kept,
      max: product(longest.count, by.max) + longest.kept,
    };
    return { cost: scale(size, 2 * perCharacter), resultSize };
  },
};

/** `split`: at most as many parts as characters, or as the literal limit says. */
export const splitCost: CostModel = {
  actual: ([text]) => Math.ceil(sizeForCost(text) * 2 * perCharacter),
  estimate: (args) => {
    const { size } = at(args, 0);
    const { literal } = at(args, 2);
    const max = literal !== undefined && literal >= 0 ? literal : size.max;
    return { cost: scale(size, 2 * perCharacter), resultSize: { min: 0, max } };
  },
};

/** `join`: by the size of the result. */
export const joinCost: CostModel = {
  actual: (_args, result) => Math.ceil(sizeForCost(result) * 2 * perCharacter),
  estimate: (args) => {
    const { size, itemSize } = at(args, 0);
    const separators = { min: Math.max(0, size.min - 1), max: Math.max(0, size.max - 1) };
    const separator = args.length > 1 ? multiply(at(args, 1).size, separators) : { min: 0, max: 0 };
    const resultSize = sum(multiply(size, itemSize), separator);
    return { cost: scale(resultSize, perCharacter), resultSize };
  },
};

/** `format`: by the size of the format text. */
export const formatCost: CostModel = {
  actual: ([text]) => Math.ceil(sizeForCost(text) * perCharacter),
  estimate: (args) => ({ cost: scale(at(args, 0).size, perCharacter) }),
};

/** `quote`: every character may need another one in front. */
export const quoteCost: CostModel = {
  actual: ([text]) => Math.ceil(sizeForCost(text) * perCharacter),
  estimate: (args) => {
    const { size } = at(args, 0);
    return { cost: scale(size, perCharacter), resultSize: { min: size.min + 2, max: size.max * 2 + 2 } };
  },
};

/** `bytes(string)`: a character has up to four bytes. */
export const encodeCost: CostModel = {
  actual: ([text]) => Math.ceil(sizeForCost(text) * perCharacter),
  estimate: (args) => {
    const { size } = at(args, 0);
    return { cost: scale(size, perCharacter), resultSize: { min: size.min, max: size.max * 4 } };
  },
};

/** `string(bytes)`. */
export const decodeCost: CostModel = {
  actual: ([bytes]) => Math.ceil(sizeForCost(bytes) * perCharacter),
  estimate: (args) => {
    const { size } = at(args, 0);
    return { cost: scale(size, perCharacter), resultSize: { min: Math.floor(size.min / 4), max: size.max } };
  },
};

/** Items of one list looked for in another one, each time from the start; `times`: both ways round. */
export function setCost(times: 1 | 2): CostModel {
  return {
    actual: ([a, b]) => sizeForCost(a) * sizeForCost(b) * times + 1,
    estimate: (args) => {
      const pairs = scale(multiply(at(args, 0).size, at(args, 1).size), times);
      return { cost: sum(pairs, { min: 1, max: 1 }) };
    },
  };
}

/** Comparing addresses of 4 to 16 bytes; `readsText`: the other one is still a text. */
export function addressCost({ masks, readsText }: { readonly masks: boolean; readonly readsText: boolean }): CostModel {
  const times = masks ? 3 : 2;
  return {
    actual: ([, other]) =>
      Math.ceil(16 * times * perCharacter) +
      Number(masks) +
      (readsText ? Math.ceil(sizeForCost(other) * perCharacter) : 0),
    estimate: (args) => {
      const sized = scale({ min: 4 * times, max: 16 * times }, perCharacter);
      const reading = readsText ? scale(at(args, 1).size, perCharacter) : { min: 0, max: 0 };
      return { cost: sum(sized, reading, { min: Number(masks), max: Number(masks) }) };
    },
  };
}
