import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
  quantityOf,
  subtractQuantities,
} from '../../../meta/quantity.ts';
import { declare, type Overload } from '../function.ts';
import { CelError, Double, normalizeInt, Opaque } from '../values.ts';
import { fixedCost, traversalCost } from './costs.ts';

/** Amounts of resources (Kubernetes `library/quantity.go`). */

class QuantityValue extends Opaque {
  readonly typeName = 'kubernetes.Quantity';
  readonly quantity: Quantity;

  constructor(quantity: Quantity) {
    super();
    this.quantity = quantity;
  }

  equals(other: Opaque): boolean {
    return other instanceof QuantityValue && compareQuantities(this.quantity, other.quantity) === 0;
  }
}

const nanosPerUnit = 1_000_000_000n;

function quantityFrom(text: string): QuantityValue {
  const quantity = parseQuantity(text);
  if (quantity === undefined) {
    throw new CelError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
  }
  return new QuantityValue(quantity);
}

function isWhole({ quantity }: QuantityValue): boolean {
  return quantity.nanos % nanosPerUnit === 0n;
}

function asInteger(value: QuantityValue): number | bigint {
  const whole = value.quantity.nanos / nanosPerUnit;
  // Larger amounts are capped there when they are read.
  const isCapped = whole >= 2n ** 63n - 1n || whole <= -(2n ** 63n) + 1n;
  if (!isWhole(value) || isCapped) throw new CelError('cannot convert value to integer');
  return normalizeInt(whole);
}

function operate(
  call: (a: Quantity, b: Quantity) => Quantity,
): Readonly<Record<string, (...args: never) => QuantityValue>> {
  return {
    'self: kubernetes.Quantity, kubernetes.Quantity -> kubernetes.Quantity': (a: QuantityValue, b: QuantityValue) =>
      new QuantityValue(call(a.quantity, b.quantity)),
    'self: kubernetes.Quantity, int -> kubernetes.Quantity': (a: QuantityValue, b: number | bigint) =>
      new QuantityValue(call(a.quantity, quantityOf(Number(b)))),
  };
}

function comparison(name: string, call: (order: number) => boolean | number): readonly Overload[] {
  const result = name === 'compareTo' ? 'int' : 'bool';
  const compare = (a: QuantityValue, b: QuantityValue) => call(compareQuantities(a.quantity, b.quantity));
  return declare(name, { [`self: kubernetes.Quantity, kubernetes.Quantity -> ${result}`]: compare }, fixedCost(1));
}

/** The library. */
export const quantityLibrary: readonly Overload[] = [
  ...declare('quantity', { 'string -> kubernetes.Quantity': quantityFrom }, traversalCost(0)),
  ...declare('isQuantity', { 'string -> bool': (text: string) => parseQuantity(text) !== undefined }, traversalCost(0)),
  ...declare('string', { 'kubernetes.Quantity -> string': ({ quantity }: QuantityValue) => formatQuantity(quantity) }),
  ...declare('isInteger', { 'self: kubernetes.Quantity -> bool': isWhole }, fixedCost(1)),
  ...declare('asInteger', { 'self: kubernetes.Quantity -> int': asInteger }, fixedCost(1)),
  ...declare(
    'asApproximateFloat',
    {
      'self: kubernetes.Quantity -> double': ({ quantity }: QuantityValue) => new Double(Number(quantity.nanos) / 1e9),
    },
    fixedCost(1),
  ),
  ...declare(
    'sign',
    {
      'self: kubernetes.Quantity -> int': ({ quantity: { nanos } }: QuantityValue) =>
        normalizeInt(nanos < 0n ? -1n : nanos > 0n ? 1n : 0n),
    },
    fixedCost(1),
  ),
  ...declare('add', operate(addQuantities), fixedCost(1)),
  ...declare('sub', operate(subtractQuantities), fixedCost(1)),
  ...comparison('isLessThan', (order) => order < 0),
  ...comparison('isGreaterThan', (order) => order > 0),
  ...comparison('compareTo', Math.sign),
];
