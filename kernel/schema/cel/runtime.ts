import { comparesByType, convertDeep, convertScalar, equalByType, joinByType } from './convert.ts';
import type { Overload } from './function.ts';
import {
  add,
  addInts,
  compare,
  divide,
  equals,
  findIn,
  indexInto,
  isIn,
  itemAt,
  modulo,
  multiply,
  multiplyInts,
  negate,
  noSuchKey,
  sizeForCost,
  subtract,
  subtractInts,
} from './operators.ts';
import type { Type } from './types.ts';
import {
  CelError,
  CelMap,
  CostError,
  Double,
  entriesOf,
  fromJson,
  isMap,
  lookUp,
  Message,
  none,
  noOverload,
  Opaque,
  Optional,
  typeNameOf,
  Uint,
  type Value,
} from './values.ts';

/** What one evaluation has spent. */
export interface Spending {
  cost: number;
  readonly costMax: number;
  /** Items copied or compared at no cost: upstream counts them as free, so they are bounded apart. */
  work: number;
}

/** Most items an evaluation may copy or compare beyond what it is charged for; some 0.2 s. */
const workMax = 20_000_000;

/** @throws {CostError} when it is more than there is. */
function spend(spending: Spending, amount: number): void {
  spending.cost += amount;
  if (spending.cost > spending.costMax) throw new CostError();
}

function toil(spending: Spending, amount: number): void {
  spending.work += amount;
  if (spending.work > workMax) throw new CostError();
}

/** What generated code calls. */
export const runtime = {
  add,
  addInts,
  subtract,
  subtractInts,
  multiply,
  multiplyInts,
  divide,
  modulo,
  negate,
  compare,
  isIn,
  itemAt,
  indexInto,
  fromJson,
  convertScalar,
  convertDeep,
  spend,
  noSuchKey,
  overspent: () => new CostError(),
  newMap: () => new CelMap(),
  newMessage: (typeName: string, fields: CelMap) => new Message(typeName, fields),
  optionalOf: (value: Value) => new Optional(value),
  none,

  equals(spending: Spending, a: Value, b: Value): boolean {
    toil(spending, weightOf(a));
    return equals(a, b);
  },
  equalByType(spending: Spending, type: Type, a: Value, b: Value): boolean {
    toil(spending, weightOf(a));
    return equalByType(type, a, b);
  },
  /** What an equality costs: the smaller size. */
  equalityCost: (a: Value, b: Value) => Math.ceil(Math.min(sizeForCost(a), sizeForCost(b)) * 0.1),
  sizeForCost,
  concat(spending: Spending, type: Type, a: Value, b: Value): Value {
    if (!Array.isArray(a) || !Array.isArray(b)) return add(a, b);
    toil(spending, a.length + b.length);
    return comparesByType(type) && type.items !== undefined
      ? joinByType(type, a, b)
      : [...(a as Value[]), ...(b as Value[])];
  },

  /** @throws {CelError} if the variable has no value. */
  variable(variables: Readonly<Record<string, Value>>, name: string): Value {
    const value = variables[name];
    if (value === undefined) throw new CelError(`no such attribute(s): ${name}`);
    return value;
  },
  /** Of anything whose type is not known. */
  select(operand: Value, field: string): Value {
    if (operand instanceof Optional) return runtime.selectOptional(operand, field);
    const fields = operand instanceof Message ? operand.fields : operand;
    if (!isMap(fields)) throw noOverload();
    const value = lookUp(fields, field);
    if (value === undefined) throw noSuchKey(field);
    return value;
  },
  selectField(operand: Value, field: string): Value {
    const value = runtime.select(operand, field);
    if (value === null) throw noSuchKey(field);
    return value;
  },
  hasField(operand: Value, field: string): boolean {
    return runtime.has(operand, field) && lookUp(operand as object as CelMap, field) !== null;
  },
  /** Finding something costs; finding nothing does not. */
  selectOptionalField(spending: Spending, operand: Value, field: string, isOfObject: boolean): Value {
    const found = runtime.selectOptional(operand, field);
    if (!(found instanceof Optional) || found.value === undefined) return none;
    if (isOfObject && found.value === null) return none;
    spend(spending, 1);
    return found;
  },
  selectOptional(operand: Value, field: Value): Value {
    const inner = operand instanceof Optional ? operand.value : operand;
    if (inner === undefined) return none;
    const value = findIn(inner instanceof Message ? inner.fields : inner, field);
    return value === undefined ? none : new Optional(value);
  },
  has(operand: Value, field: string): boolean {
    const inner = operand instanceof Optional ? operand.value : operand;
    if (inner === undefined) return false;
    const fields = inner instanceof Message ? inner.fields : inner;
    if (!isMap(fields)) throw noOverload();
    return lookUp(fields, field) !== undefined;
  },
  bool(value: Value): boolean {
    if (typeof value !== 'boolean') throw noOverload();
    return value;
  },
  /** An error an operator may absorb. What is no error of the expression is thrown on. */
  absorb(error: unknown): CelError {
    if (error instanceof CelError && !(error instanceof CostError)) return error;
    throw error;
  },
  raise(error: unknown): never {
    throw error;
  },
  /** What a loop with one variable runs over. */
  elements(range: Value): readonly Value[] {
    if (Array.isArray(range)) return range;
    if (!isMap(range)) throw noOverload();
    return range instanceof CelMap ? [...range.entries()].map(([key]) => key) : Object.keys(range);
  },
  /** What a loop with two variables runs over. */
  pairs(range: Value): readonly (readonly [Value, Value])[] {
    if (Array.isArray(range)) return range.map((item, index) => [index, item] as const);
    if (!isMap(range)) throw noOverload();
    return [...entriesOf(range)];
  },
  put(spending: Spending, map: CelMap, key: Value, value: Value): void {
    toil(spending, 1);
    if (!isKey(key)) throw new CelError(`unsupported key type: ${typeNameOf(key)}`);
    if (!map.add(key, value)) throw new CelError(`insert failed: key ${String(showable(key))} already exists`);
  },
  putLiteral(map: CelMap, key: Value, value: Value): void {
    if (!isKey(key)) throw new CelError(`unsupported key type: ${typeNameOf(key)}`);
    if (!map.add(key, value)) throw new CelError(`Failed with repeated key: ${String(showable(key))}`);
  },
  putAll(spending: Spending, map: CelMap, entries: Value): void {
    if (!isMap(entries)) throw noOverload();
    for (const [key, value] of entriesOf(entries)) runtime.put(spending, map, key, value);
  },
  /** The value inside an optional item or entry; `undefined` if it is none. */
  given(value: Value): Value {
    if (!(value instanceof Optional)) throw noOverload();
    return value.value;
  },
  bound(value: Value): Optional {
    if (!(value instanceof Optional)) throw noOverload();
    return value;
  },
  /** Calls the first overload whose parameters fit. */
  dispatch(spending: Spending, overloads: readonly Overload[], args: readonly Value[]): Value {
    for (const overload of overloads) {
      if (overload.params.every((param, index) => fits(param, args[index]))) return invoke(spending, overload, args);
    }
    throw noOverload();
  },
  invoke,
};

function invoke(spending: Spending, { call, cost }: Overload, args: readonly Value[]): Value {
  const result = (call as (...values: readonly Value[]) => Value)(...args);
  spend(spending, cost === undefined ? 1 : cost.actual(args, result));
  return result;
}

/** Items a comparison may look at: those of nested lists count as well, roughly. */
function weightOf(value: Value): number {
  if (typeof value !== 'object' || value === null) return 1;
  if (Array.isArray(value)) return value.length === 0 ? 1 : value.length * weightOf(value[0]);
  if (value instanceof Message) return weightOf(value.fields);
  if (!isMap(value)) return 1;
  let weight = 1;
  for (const [, inner] of entriesOf(value)) weight += weightOf(inner);
  return weight;
}

function isKey(key: Value): boolean {
  return ['string', 'boolean', 'number', 'bigint'].includes(typeof key) || key instanceof Uint;
}

function showable(key: Value): Value {
  return key instanceof Uint || key instanceof Double ? key.value : key;
}

const kindNames: Readonly<Record<string, string>> = {
  null: 'null_type',
  timestamp: 'google.protobuf.Timestamp',
  duration: 'google.protobuf.Duration',
};

/** True if the value is of the type, as far as a value tells: items of lists and maps are not looked at. */
function fits({ kind, name }: Type, value: Value): boolean {
  if (kind === 'param' || kind === 'dyn') return true;
  if (kind === 'object') return value instanceof Message ? value.typeName === name : isMap(value);
  if (kind === 'opaque') return value instanceof Opaque ? value.typeName === name : typeNameOf(value) === name;
  return typeNameOf(value) === (kindNames[kind] ?? kind);
}
