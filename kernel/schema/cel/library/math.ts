import { declare, type Overload } from '../function.ts';
import { compare } from '../operators.ts';
import { CelError, Double, fromJson, noOverload, toInt, toUint, Uint, type Value } from '../values.ts';

/** Mathematical functions (cel-go `ext/math.go`). Kubernetes does not have them. */

type Int = number | bigint;

function best(sign: 1 | -1): (...args: readonly Value[]) => Value {
  return (...args) => {
    const [first] = args;
    const list = args.length === 1 && Array.isArray(first) ? (first as readonly Value[]) : args;
    if (list.length === 0) throw new CelError('math.@max(list) argument must not be empty');
    return list.map(fromJson).reduce((found, item) => (compare(item, found) * sign > 0 ? item : found));
  };
}

/** Signatures of up to four numbers or a list of them. */
function extremes(name: string, sign: 1 | -1): readonly Overload[] {
  const signatures = [1, 2, 3, 4, 5, 6].map(
    (count) => `${Array.from({ length: count }, () => 'dyn').join(', ')} -> dyn`,
  );
  const typed = ['int', 'uint', 'double'].flatMap((type) => [
    `${type} -> ${type}`,
    `${type}, ${type} -> ${type}`,
    `list(${type}) -> ${type}`,
  ]);
  const numbersOnly = (...args: readonly Value[]) => {
    const result = best(sign)(...args);
    if (typeof result === 'string' || typeof result === 'boolean' || result === null) throw noOverload();
    return result;
  };
  return declare(name, Object.fromEntries([...typed, ...signatures].map((one) => [one, numbersOnly])));
}

function onDoubles(name: string, call: (value: number) => number): readonly Overload[] {
  return declare(name, { 'double -> double': ({ value }: Double) => new Double(call(value)) });
}

function tests(name: string, call: (value: number) => boolean): readonly Overload[] {
  return declare(name, { 'double -> bool': ({ value }: Double) => call(value) });
}

/** Half away from zero. */
function round(value: number): number {
  return Math.sign(value) * Math.round(Math.abs(value));
}

function bits(name: string, call: (a: bigint, b: bigint) => bigint): readonly Overload[] {
  return declare(name, {
    'int, int -> int': (a: Int, b: Int) => toInt(BigInt.asIntN(64, call(BigInt(a), BigInt(b)))),
    'uint, uint -> uint': (a: Uint, b: Uint) => toUint(BigInt.asUintN(64, call(a.value, b.value))),
  });
}

function shift(name: string, call: (value: bigint, by: bigint) => bigint): readonly Overload[] {
  const checked = (value: bigint, by: Int) => {
    if (by < 0) throw new CelError(`${name}() negative offset: ${by}`);
    return by >= 64 ? 0n : call(value, BigInt(by));
  };
  return declare(name, {
    'int, int -> int': (value: Int, by: Int) =>
      toInt(BigInt.asIntN(64, checked(BigInt.asUintN(64, BigInt(value)), by))),
    'uint, int -> uint': ({ value }: Uint, by: Int) => toUint(BigInt.asUintN(64, checked(value, by))),
  });
}

function absolute(value: Int): Int {
  return toInt(value < 0 ? -BigInt(value) : BigInt(value));
}

/** The library. */
export const mathLibrary: readonly Overload[] = [
  ...extremes('math.greatest', 1),
  ...extremes('math.least', -1),
  ...onDoubles('math.ceil', Math.ceil),
  ...onDoubles('math.floor', Math.floor),
  ...onDoubles('math.round', round),
  ...onDoubles('math.trunc', Math.trunc),
  ...onDoubles('math.sqrt', Math.sqrt),
  ...declare('math.sqrt', {
    'int -> double': (value: Int) => new Double(Math.sqrt(Number(value))),
    'uint -> double': ({ value }: Uint) => new Double(Math.sqrt(Number(value))),
  }),
  ...tests('math.isInf', (value) => value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY),
  ...tests('math.isNaN', Number.isNaN),
  ...tests('math.isFinite', Number.isFinite),
  ...onDoubles('math.abs', Math.abs),
  ...declare('math.abs', { 'int -> int': absolute, 'uint -> uint': (value: Uint) => value }),
  ...onDoubles('math.sign', Math.sign),
  ...declare('math.sign', {
    'int -> int': (value: Int) => (value < 0 ? -1 : Number(value > 0)),
    'uint -> uint': ({ value }: Uint) => new Uint(value > 0n ? 1n : 0n),
  }),
  ...bits('math.bitAnd', (a, b) => a & b),
  ...bits('math.bitOr', (a, b) => a | b),
  ...bits('math.bitXor', (a, b) => a ^ b),
  ...declare('math.bitNot', {
    'int -> int': (value: Int) => toInt(~BigInt(value)),
    'uint -> uint': ({ value }: Uint) => toUint(BigInt.asUintN(64, ~value)),
  }),
  ...shift('math.bitShiftLeft', (value, by) => value << by),
  ...shift('math.bitShiftRight', (value, by) => value >> by),
];
